//! The writing side. Mailboxes are worked on side by side, what concerns one mailbox one after the other.

mod access;
mod configure;
mod create;
mod password;
mod ready;
mod retire;
mod settle;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use tripod_model::Address;
use tripod_tenant::{
    Clock, Configure, Done, Endpoints, Grant, MailboxId, MailboxRef, NewMailbox, Revoke, TenantError, TenantWriter,
};

use crate::call::Caller;
use crate::identity::GoogleIdentity;
use crate::member_rules::MemberRules;
use crate::policies::DelegationSwitch;
use crate::scope::Access;
use crate::tenant::GoogleTenant;

/// How many mailboxes are worked on side by side.
const SIDE_BY_SIDE: usize = 8;

/// Changes a Google Workspace customer.
pub struct GoogleWriter {
    caller: Caller,
}

impl GoogleWriter {
    /// A writer for a customer. It makes no call yet; an error of kind `SetUp` if the identity cannot be used.
    pub fn new(
        tenant: GoogleTenant,
        identity: impl Into<GoogleIdentity>,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        Ok(Self { caller: Caller::new(tenant, Access::Write, identity.into(), endpoints, clock)? })
    }

    /// Restores a deleted account, for 20 days after it was deleted (facts sheet, Google 3), into the unit of service
    /// mailboxes. A group cannot be restored.
    pub async fn restore(&self, mailbox: &MailboxRef) -> Result<(), TenantError> {
        retire::restore(&self.caller, mailbox).await
    }

    /// Gives an account one more address; one that it already has is fine.
    pub async fn add_alias(&self, mailbox: &MailboxRef, alias: &Address) -> Result<(), TenantError> {
        configure::add_alias(&self.caller, mailbox, alias).await
    }

    /// Takes one of its other addresses from an account; one that it does not have is fine.
    pub async fn remove_alias(&self, mailbox: &MailboxRef, alias: &Address) -> Result<(), TenantError> {
        configure::remove_alias(&self.caller, mailbox, alias).await
    }
}

impl std::fmt::Debug for GoogleWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoogleWriter").field("tenant", &self.caller.tenant).finish_non_exhaustive()
    }
}

#[async_trait]
impl TenantWriter for GoogleWriter {
    async fn create(&self, wanted: &[NewMailbox], done: &Done<'_, MailboxId>) {
        let one = |(index, new)| async move { done(index, create::create(&self.caller, new).await.map(Into::into)) };
        each(wanted.iter().enumerate().map(one).collect()).await;
    }

    async fn wait_until_ready(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        let one = |(index, mailbox)| async move {
            done(index, ready::wait_until_ready(&self.caller, mailbox).await.map(Into::into));
        };
        each(mailboxes.iter().enumerate().map(one).collect()).await;
    }

    async fn configure(&self, changes: &[Configure], done: &Done<'_, ()>) {
        let groups = by_mailbox(changes, |change| &change.mailbox);
        each(groups.into_iter().map(|changes| configure::configure(&self.caller, changes, done)).collect()).await;
    }

    async fn grant(&self, grants: &[Grant], done: &Done<'_, ()>) {
        let (switch, rules) = (DelegationSwitch::default(), MemberRules::default());
        let groups = by_mailbox(grants, |grant| &grant.mailbox);
        let one = |grants| access::grant(&self.caller, &switch, &rules, grants, done);
        each(groups.into_iter().map(one).collect()).await;
    }

    async fn revoke(&self, revokes: &[Revoke], done: &Done<'_, ()>) {
        let rules = MemberRules::default();
        let groups = by_mailbox(revokes, |revoke| &revoke.mailbox);
        each(groups.into_iter().map(|revokes| access::revoke(&self.caller, &rules, revokes, done)).collect()).await;
    }

    async fn retire(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        let one =
            |(index, mailbox)| async move { done(index, retire::retire(&self.caller, mailbox).await.map(Into::into)) };
        each(mailboxes.iter().enumerate().map(one).collect()).await;
    }
}

/// Runs futures side by side, a few at a time.
async fn each<F: Future<Output = ()>>(futures: Vec<F>) {
    futures::stream::iter(futures).buffer_unordered(SIDE_BY_SIDE).collect::<Vec<()>>().await;
}

/// The items of a set by mailbox, each with its index, in the order in which they came.
fn by_mailbox<T>(items: &[T], mailbox: impl Fn(&T) -> &MailboxRef) -> Vec<Vec<(usize, &T)>> {
    let mut groups: Vec<Vec<(usize, &T)>> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match groups.iter_mut().find(|group| mailbox(group[0].1).id == mailbox(item).id) {
            Some(group) => group.push((index, item)),
            None => groups.push(vec![(index, item)]),
        }
    }
    groups
}
