//! Mailboxes deleted so that they can still be restored: for about 30 days (facts sheet, Microsoft 2, Remove-Mailbox).

use tripod_model::{Address, Kind};
use tripod_tenant::{ErrorKind, MailboxRef, TenantError};

use crate::config::Guid;
use crate::connection::Connection;
use crate::exchange::mailbox;
use crate::graph::Call;
use crate::graph::group::{self, Group};

/// Deletes one mailbox, after a look that it still is what it is taken for.
pub(super) async fn one(connection: &Connection, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let operation = format!("delete {}", mailbox.address);
    let id = Guid::parse(&mailbox.id.0, &operation)?;
    let deleted = match mailbox.kind {
        Kind::SharedMailbox => shared(connection, &mailbox.address, &id, &operation).await,
        Kind::GroupInbox => unified(connection, &mailbox.address, &id, &operation).await,
    };
    match deleted {
        Err(error) if error.kind == ErrorKind::Missing => Ok(()),
        outcome => outcome,
    }
}

async fn shared(connection: &Connection, address: &Address, id: &Guid, operation: &str) -> Result<(), TenantError> {
    let Some(found) = connection.exchange.mailbox(id.as_str(), operation).await? else {
        return Ok(());
    };
    if !(found.is_shared() && found.holds(address)) {
        return Err(changed(&found.words(), operation));
    }
    connection.exchange.write(&mailbox::remove(id, operation), id.as_str()).await.map(drop)
}

async fn unified(connection: &Connection, address: &Address, id: &Guid, operation: &str) -> Result<(), TenantError> {
    let found = Group::read(connection.graph.call(&group::by_id(id, operation)).await?, operation)?;
    if !(found.is_unified() && found.holds(address)) {
        return Err(changed(found.words(), operation));
    }
    connection.graph.call(&Call::delete(&["groups", id.as_str()], group::WRITE, operation)).await.map(drop)
}

fn changed(words: &str, operation: &str) -> TenantError {
    let message = format!("it has become {words}, or has another address now; look at it before it is deleted");
    TenantError::new(ErrorKind::Conflict, operation, message)
}
