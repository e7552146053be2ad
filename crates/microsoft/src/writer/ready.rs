//! New mailboxes until they can be configured and delegated.

use std::time::Duration;

use tripod_model::Kind;
use tripod_tenant::{ErrorKind, MailboxRef, TenantError, poll};

use super::{SHOWS_WITHIN, not_shown, seen_within, settled};
use crate::config::Guid;
use crate::connection::Connection;
use crate::exchange::mailbox;
use crate::graph::group::{self, Group};
use crate::graph::user;

/// How long Exchange may take to show a new mailbox (facts sheet, Microsoft 2, create sequence, 5).
const MAILBOX_WITHIN: Duration = Duration::from_mins(10);

/// Waits until one mailbox shows everywhere.
pub(super) async fn one(connection: &Connection, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let operation = format!("wait for {}", mailbox.address);
    let id = Guid::parse(&mailbox.id.0, &operation)?;
    match mailbox.kind {
        Kind::SharedMailbox => shared(connection, mailbox, &id, &operation).await,
        Kind::GroupInbox => group(connection, mailbox, &id, &operation).await,
    }
}

async fn shared(connection: &Connection, wanted: &MailboxRef, id: &Guid, operation: &str) -> Result<(), TenantError> {
    let exchange = &connection.exchange;
    let look = || exchange.mailbox(id.as_str(), operation);
    let mailbox = poll(exchange.clock(), MAILBOX_WITHIN, operation, look).await?;
    let call = user::by_id(id, operation);
    poll(connection.graph.clock(), user::SHOWS_WITHIN, operation, || async {
        match connection.graph.call(&call).await {
            Ok(_) => Ok(Some(())),
            Err(error) if error.kind == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    })
    .await?;
    // The sign-in name cannot be given to `New-Mailbox -Shared`, and may come out on the default domain or with
    // another alias (facts sheet, Microsoft 2, New-Mailbox).
    let address = wanted.address.as_str();
    let is_aligned = |name: Option<&str>| name.is_none_or(|name| name.eq_ignore_ascii_case(address));
    if is_aligned(mailbox.sign_in_name()) {
        return Ok(());
    }
    let cmdlet = mailbox::set(id, operation).with("MicrosoftOnlineServicesID", address);
    settled(exchange.clock(), operation, || exchange.write(&cmdlet, id.as_str())).await?;
    let look = || async {
        let mailbox = exchange.mailbox(id.as_str(), operation).await?;
        Ok(mailbox.filter(|mailbox| is_aligned(mailbox.sign_in_name())).map(drop))
    };
    let seen = seen_within(exchange.clock(), SHOWS_WITHIN, operation, look).await?;
    seen.ok_or_else(|| not_shown(operation, "its sign-in name"))
}

async fn group(connection: &Connection, wanted: &MailboxRef, id: &Guid, operation: &str) -> Result<(), TenantError> {
    let call = group::by_id(id, operation);
    let ask = || async {
        match connection.graph.call(&call).await {
            // The address comes with the mailbox, some time after the group.
            Ok(value) => Ok(Some(Group::read(value, operation)?).filter(|group| group.address().is_some())),
            Err(error) if error.kind == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    };
    let group = poll(connection.graph.clock(), MAILBOX_WITHIN, operation, ask).await?;
    if group.holds(&wanted.address) {
        return Ok(());
    }
    let got = group.address().map(|address| address.to_string()).unwrap_or_default();
    let message =
        format!("the group was given the address {got}; new groups get theirs in the tenant's default domain");
    Err(TenantError::new(ErrorKind::SetUp, operation, message))
}
