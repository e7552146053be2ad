//! A tenant that could not be connected to: everything about it is unknown, and nothing in it can be changed.
//!
//! It stands in for the real adapter when, say, a key file is missing, so that the other tenants' work goes on.

use async_trait::async_trait;
use tripod_model::{Address, Provider};

use crate::audit::{AppGrant, Changes, MailboxFacts, Ownership, PersonFacts, TenantAuditor};
use crate::error::TenantError;
use crate::ids::MailboxId;
use crate::mailbox::{MailboxQuery, MailboxRef, ObservedMailbox};
use crate::observed::Observed;
use crate::person::{Person, PersonRef};
use crate::reader::{Obstacle, TenantReader};
use crate::writer::{Configure, Done, Grant, NewMailbox, Revoke, TenantWriter};

/// A tenant that could not be connected to, with the reason.
#[derive(Clone, Debug)]
pub struct Unconnected {
    provider: Provider,
    error: TenantError,
}

impl Unconnected {
    /// A tenant of this provider that could not be connected to because of this error.
    #[must_use]
    pub fn new(provider: Provider, error: TenantError) -> Self {
        Self { provider, error }
    }

    fn unknown<T>(&self) -> Observed<T> {
        Observed::Unknown(self.error.clone().into())
    }

    fn refuse<T>(&self, count: usize, done: &Done<'_, T>) {
        (0..count).for_each(|index| done(index, Err(self.error.clone())));
    }
}

#[async_trait]
impl TenantReader for Unconnected {
    fn provider(&self) -> Provider {
        self.provider
    }

    async fn mailboxes(&self, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
        queries.iter().map(|_| self.unknown()).collect()
    }

    async fn people(&self, addresses: &[Address]) -> Vec<Observed<Person>> {
        addresses.iter().map(|_| self.unknown()).collect()
    }

    async fn directory(&self) -> Result<Vec<Person>, TenantError> {
        Err(self.error.clone())
    }

    async fn service_mailboxes(&self) -> Result<Vec<ObservedMailbox>, TenantError> {
        Err(self.error.clone())
    }

    async fn readiness(&self, _wanted: &[MailboxQuery]) -> Vec<Obstacle> {
        // Nothing is planned for mailboxes that are unknown, so nothing can stand in the way of it.
        Vec::new()
    }
}

#[async_trait]
impl TenantAuditor for Unconnected {
    async fn person_facts(&self, people: &[PersonRef]) -> Vec<PersonFacts> {
        people.iter().map(|_| PersonFacts::all_unknown(&self.error.clone().into())).collect()
    }

    async fn mailbox_facts(&self, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts> {
        mailboxes.iter().map(|_| MailboxFacts::all_unknown(&self.error.clone().into())).collect()
    }

    async fn group_members(&self, groups: &[Address]) -> Vec<Observed<Vec<Address>>> {
        groups.iter().map(|_| self.unknown()).collect()
    }

    async fn grants(&self) -> Result<Vec<AppGrant>, TenantError> {
        Err(self.error.clone())
    }

    async fn ownerships(&self) -> Result<Vec<Ownership>, TenantError> {
        Err(self.error.clone())
    }

    async fn changes(&self, _since: Option<&str>) -> Result<Option<Changes>, TenantError> {
        Err(self.error.clone())
    }
}

#[async_trait]
impl TenantWriter for Unconnected {
    async fn create(&self, wanted: &[NewMailbox], done: &Done<'_, MailboxId>) {
        self.refuse(wanted.len(), done);
    }

    async fn wait_until_ready(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        self.refuse(mailboxes.len(), done);
    }

    async fn configure(&self, changes: &[Configure], done: &Done<'_, ()>) {
        self.refuse(changes.len(), done);
    }

    async fn grant(&self, grants: &[Grant], done: &Done<'_, ()>) {
        self.refuse(grants.len(), done);
    }

    async fn revoke(&self, revokes: &[Revoke], done: &Done<'_, ()>) {
        self.refuse(revokes.len(), done);
    }

    async fn retire(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        self.refuse(mailboxes.len(), done);
    }
}
