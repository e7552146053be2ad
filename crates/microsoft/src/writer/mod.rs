//! The writing side of the port.

mod access;
mod configure;
mod create;
mod group;
mod ready;
mod retire;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use tripod_tenant::{
    Clock, Configure, Done, Endpoints, ErrorKind, Grant, MailboxId, MailboxRef, NewMailbox, Revoke, TenantError,
    TenantWriter, poll,
};

use crate::config::{AppCredentials, MicrosoftTenant};
use crate::connection::Connection;
use crate::trail::followed;

/// How long a write may take to show when it is read back.
const SHOWS_WITHIN: Duration = Duration::from_mins(2);
/// How long «could not be found» may be the answer of a back-end that has not heard of a new object yet (facts sheet,
/// Microsoft 1a, errors; others repeat the cmdlet up to eight times).
const SETTLES_WITHIN: Duration = Duration::from_mins(1);

/// Changes a Microsoft 365 tenant.
///
/// The app needs, beside what [`crate::MicrosoftReader`] needs, User.EnableDisableAccount.All and (for groups)
/// Group.ReadWrite.All at Microsoft Graph, and the Exchange roles Mail Recipient Creation and Mail Recipients.
///
/// A shared mailbox gets no password: one whose account is to sign in is left as `New-Mailbox` makes it, and a create
/// that brings a first password is refused before anything is sent. The password could only be set once Graph knows
/// the account, which is after its id has been told; a run that ended in between would lose it without a trace.
#[derive(Debug)]
pub struct MicrosoftWriter {
    connection: Connection,
}

impl MicrosoftWriter {
    /// A writer of this tenant. Nothing is sent yet; ids and the certificate are checked.
    pub fn new(
        tenant: MicrosoftTenant,
        credentials: AppCredentials,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        Ok(Self { connection: Connection::new(tenant, credentials, true, endpoints, clock)? })
    }
}

#[async_trait]
impl TenantWriter for MicrosoftWriter {
    async fn create(&self, wanted: &[NewMailbox], done: &Done<'_, MailboxId>) {
        each(wanted, done, |new| create::one(&self.connection, new)).await;
    }

    async fn wait_until_ready(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        each(mailboxes, done, |mailbox| ready::one(&self.connection, mailbox)).await;
    }

    async fn configure(&self, changes: &[Configure], done: &Done<'_, ()>) {
        each(changes, done, |change| configure::one(&self.connection, change)).await;
    }

    async fn grant(&self, grants: &[Grant], done: &Done<'_, ()>) {
        access::grant(&self.connection, grants, done).await;
    }

    async fn revoke(&self, revokes: &[Revoke], done: &Done<'_, ()>) {
        access::revoke(&self.connection, revokes, done).await;
    }

    async fn retire(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        each(mailboxes, done, |mailbox| retire::one(&self.connection, mailbox)).await;
    }
}

/// Does something with each item, side by side, and tells each outcome as soon as it is known.
async fn each<'i, I, T, F, Fut>(items: &'i [I], done: &Done<'_, T>, act: F)
where
    F: Fn(&'i I) -> Fut,
    Fut: Future<Output = Result<T, TenantError>>,
{
    let work = items.iter().enumerate().map(|(index, item)| {
        let outcome = act(item);
        async move { done(index, followed(outcome).await) }
    });
    join_all(work).await;
}

/// Repeats what answers «not there» for as long as that may be a back-end that lags.
async fn settled<T, F, Fut>(clock: &dyn Clock, operation: &str, act: F) -> Result<T, TenantError>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, TenantError>>,
{
    let end = clock.now().saturating_add(SETTLES_WITHIN).unwrap_or(jiff::Timestamp::MAX);
    let ask = || async {
        match act().await {
            Err(error) if error.kind == ErrorKind::Missing && clock.now() < end => Ok(None),
            outcome => outcome.map(Some),
        }
    };
    poll(clock, SETTLES_WITHIN, operation, ask).await
}

/// Asks again until there is an answer, and gives nothing when the time is over. «Not there» is no answer yet: what
/// was accepted may be read back from a copy that lags (facts sheet, Microsoft 3, users).
async fn seen_within<T, F, Fut>(
    clock: &dyn Clock,
    budget: Duration,
    operation: &str,
    ask: F,
) -> Result<Option<T>, TenantError>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Option<T>, TenantError>>,
{
    let end = clock.now().saturating_add(budget).unwrap_or(jiff::Timestamp::MAX);
    let ask = || async {
        let answer = match ask().await {
            Err(error) if error.kind == ErrorKind::Missing => None,
            answer => answer?,
        };
        match answer {
            Some(answer) => Ok(Some(Some(answer))),
            None if clock.now() >= end => Ok(Some(None)),
            None => Ok(None),
        }
    };
    // The budget of the poll itself is longer, so that it is this function which ends.
    poll(clock, budget + SHOWS_WITHIN, operation, ask).await
}

/// The error when something was written and does not show.
fn not_shown(operation: &str, what: &str) -> TenantError {
    let message = format!("it was accepted, but {what} does not show yet; run the command again later");
    TenantError::new(ErrorKind::Unavailable, operation, message)
}
