//! Waiting until a new mailbox can be worked on (facts sheet, Google 3.4).

use std::time::Duration;

use futures::lock::Mutex;
use tripod_model::Kind;
use tripod_tenant::{ErrorKind, MailboxRef, TenantError};

use super::settle::settle;
use crate::call::Caller;
use crate::error::may_pass_while_new;

/// How long a new mailbox may take.
const BUDGET: Duration = Duration::from_mins(10);

/// Waits until the same state is seen twice and the mailbox answers.
pub(super) async fn wait_until_ready(caller: &Caller, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let operation = format!("wait for {}", mailbox.address);
    let before = Mutex::new(None);
    let clock = caller.clock.as_ref();
    match mailbox.kind {
        Kind::SharedMailbox => {
            settle(clock, BUDGET, &operation, may_pass_while_new, || async {
                let user = caller.user(&mailbox.id.0).await?;
                twice(&before, user.etag, &operation).await?;
                if user.is_mailbox_setup == Some(false) {
                    return Err(not_yet(&operation, "Google has not set its mailbox up yet"));
                }
                // That it is set up does not prove that Gmail answers.
                caller.delegates(&mailbox.address).await.map(drop)
            })
            .await
        }
        Kind::GroupInbox => {
            // The settings of a new group may also be refused as invalid for a while (facts sheet, Google 4).
            let may_pass = |error: &TenantError| may_pass_while_new(error) || error.kind == ErrorKind::Invalid;
            settle(clock, BUDGET, &operation, may_pass, || async {
                let group = caller.group(&mailbox.id.0).await?;
                twice(&before, group.etag, &operation).await?;
                caller.members(&mailbox.id.0, operation.clone()).await?;
                caller.group_settings(mailbox.address.as_str()).await.map(drop)
            })
            .await
        }
    }
}

/// Whether the etag is the one of the time before; one copy that has it proves nothing about the others.
async fn twice(before: &Mutex<Option<String>>, etag: Option<String>, operation: &str) -> Result<(), TenantError> {
    let mut before = before.lock().await;
    let same = before.is_some() && *before == etag;
    *before = etag;
    if same { Ok(()) } else { Err(not_yet(operation, "Google still shows it changing")) }
}

fn not_yet(operation: &str, message: &str) -> TenantError {
    TenantError::new(ErrorKind::Missing, operation, format!("{message}; run the command again later"))
}
