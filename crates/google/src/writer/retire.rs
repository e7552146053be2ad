//! Deleting mailboxes, and bringing an account back.

use tripod_model::Kind;
use tripod_tenant::{ErrorKind, MailboxRef, TenantError};

use super::settle::{CHANGE_BUDGET, settle};
use crate::call::Caller;

/// Deletes a mailbox, by its id. Google keeps an account for 20 days (facts sheet, Google 3); a group is gone at once,
/// with what it holds.
pub(super) async fn retire(caller: &Caller, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let what = format!("delete {}", mailbox.address);
    // A new account answers a delete with 412 for a while (facts sheet, Google 3.4).
    let may_pass = |error: &TenantError| error.kind == ErrorKind::Conflict;
    settle(caller.clock.as_ref(), CHANGE_BUDGET, &what, may_pass, || async {
        let outcome = match mailbox.kind {
            Kind::SharedMailbox => caller.delete_user(&mailbox.id.0, what.clone()).await,
            Kind::GroupInbox => caller.delete_group(&mailbox.id.0, what.clone()).await,
        };
        match outcome {
            Err(error) if error.kind == ErrorKind::Missing => Ok(()),
            outcome => outcome,
        }
    })
    .await
}

/// Restores a deleted account.
pub(super) async fn restore(caller: &Caller, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let what = format!("restore {}", mailbox.address);
    match mailbox.kind {
        Kind::SharedMailbox => caller.undelete_user(&mailbox.id.0, &caller.tenant.mailbox_unit, what).await,
        Kind::GroupInbox => Err(TenantError::new(ErrorKind::Invalid, what, "Google does not restore a deleted group")),
    }
}
