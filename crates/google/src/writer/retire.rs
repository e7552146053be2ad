//! Deleting mailboxes, and bringing an account back.

use tripod_model::Kind;
use tripod_tenant::{ErrorKind, MailboxRef, TenantError};

use crate::call::Caller;

/// Deletes a mailbox, by its id. Google keeps an account for 20 days (facts sheet, Google 3); a group is gone at once,
/// with what it holds.
pub(super) async fn retire(caller: &Caller, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let what = format!("delete {}", mailbox.address);
    let outcome = match mailbox.kind {
        Kind::SharedMailbox => caller.delete_user(&mailbox.id.0, what).await,
        Kind::GroupInbox => caller.delete_group(&mailbox.id.0, what).await,
    };
    match outcome {
        Err(error) if error.kind == ErrorKind::Missing => Ok(()),
        outcome => outcome,
    }
}

/// Restores a deleted account.
pub(super) async fn restore(caller: &Caller, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let what = format!("restore {}", mailbox.address);
    match mailbox.kind {
        Kind::SharedMailbox => caller.undelete_user(&mailbox.id.0, &caller.tenant.mailbox_unit, what).await,
        Kind::GroupInbox => Err(TenantError::new(ErrorKind::Invalid, what, "Google does not restore a deleted group")),
    }
}
