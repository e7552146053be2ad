//! The writing side of the port.

use async_trait::async_trait;
use secrecy::SecretString;
use tripod_model::{Address, Kind, SignIn};

use crate::error::TenantError;
use crate::ids::MailboxId;
use crate::mailbox::{MailboxRef, Principal, Setting};
use crate::person::PersonRef;

/// Told the outcome of each item of a set, by its index, exactly once and as soon as it is known.
///
/// The journal stands behind it: when it returns, the outcome is durable. An adapter calls it before it waits on
/// anything that follows from the outcome.
pub type Done<'a, T> = dyn Fn(usize, Result<Written<T>, TenantError>) + Send + Sync + 'a;

/// What came of an item that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// What it gives.
    pub value: T,
    /// The provider's own id of the last request that changed something for it, by which the provider finds it in its
    /// logs. Nothing where the provider names none (Google Workspace's APIs do not), or where nothing had to be changed.
    pub request_id: Option<String>,
}

impl<T> From<T> for Written<T> {
    fn from(value: T) -> Self {
        Self { value, request_id: None }
    }
}

/// Changes a tenant. Every method may be called again with the same items: what is already so succeeds.
#[async_trait]
pub trait TenantWriter: Send + Sync {
    /// Makes mailboxes, and tells each id as soon as the provider gives it, without waiting for the mailbox to work.
    async fn create(&self, wanted: &[NewMailbox], done: &Done<'_, MailboxId>);

    /// Waits until new mailboxes can be configured and delegated. Bounded: an error of kind `Unavailable` after that.
    async fn wait_until_ready(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>);

    /// Changes settings and names, and reads each back.
    async fn configure(&self, changes: &[Configure], done: &Done<'_, ()>);

    /// Gives people both rights of [`crate::Rights`].
    async fn grant(&self, grants: &[Grant], done: &Done<'_, ()>);

    /// Takes every right away from somebody.
    async fn revoke(&self, revokes: &[Revoke], done: &Done<'_, ()>);

    /// Deletes mailboxes so that the provider can still restore them for its usual time.
    async fn retire(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>);
}

/// A mailbox to be made. It cannot be compared, because it may hold a password.
#[derive(Clone, Debug)]
pub struct NewMailbox {
    /// Its address.
    pub address: Address,
    /// The display name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// What it is made of.
    pub kind: Kind,
    /// Whether its account may sign in.
    pub sign_in: SignIn,
    /// The password that its account starts with, where somebody is to be handed one. Without it the account gets one
    /// that nobody knows.
    pub first_password: Option<SecretString>,
    /// One of those who are given access right after, where there is one. A provider that makes whoever creates
    /// something its owner is told that it is this person instead.
    pub first_owner: Option<PersonRef>,
    /// Whether the journal knows of an earlier attempt whose outcome was lost. Only then may the adapter take over,
    /// on a conflict, an object of the right form that carries no marker of ours.
    pub attempted_before: bool,
}

/// Changes to one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configure {
    /// The mailbox.
    pub mailbox: MailboxRef,
    /// What to change.
    pub changes: Vec<Change>,
}

/// One change to a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Turn a setting on.
    TurnOn(Setting),
    /// Give it this display name.
    Rename(String),
    /// Put Tripod's marker on it (Google accounts that are taken over).
    Mark,
}

/// Access for one person to one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The mailbox.
    pub mailbox: MailboxRef,
    /// The person.
    pub person: PersonRef,
}

/// The end of somebody's access to one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoke {
    /// The mailbox.
    pub mailbox: MailboxRef,
    /// Whose access ends.
    pub who: Principal,
}
