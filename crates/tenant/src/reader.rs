//! The reading side of the port.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Provider};

use crate::error::{ErrorKind, TenantError};
use crate::mailbox::{MailboxQuery, ObservedMailbox};
use crate::observed::Observed;
use crate::person::Person;

/// Reads a tenant, with credentials that can do nothing else.
#[async_trait]
pub trait TenantReader: Send + Sync {
    /// Who runs the tenant's mail.
    fn provider(&self) -> Provider;

    /// What stands under each of these addresses, in the order asked.
    async fn mailboxes(&self, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>>;

    /// Who each of these addresses belongs to, in the order asked. Asked directly, never through a search index.
    async fn people(&self, addresses: &[Address]) -> Vec<Observed<Person>>;

    /// Everybody in the directory, all pages or an error; service mailboxes left out.
    async fn directory(&self) -> Result<Vec<Person>, TenantError>;

    /// Every mailbox that serves as a service mailbox today, all pages or an error: shared mailboxes and groups used
    /// as inbox; at Google also accounts that carry Tripod's marker or have delegates.
    async fn service_mailboxes(&self) -> Result<Vec<ObservedMailbox>, TenantError>;

    /// What stands in the way of these mailboxes being made: unverified domains, missing units, switches that are off.
    async fn readiness(&self, wanted: &[MailboxQuery]) -> Vec<Obstacle>;
}

/// Something at the provider that would make a plan fail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Obstacle {
    /// The mailboxes that it concerns.
    pub mailboxes: Vec<Address>,
    /// What is in the way, as a sentence without a full stop.
    pub message: String,
    /// What to do about it, as a sentence without a full stop.
    pub remedy: String,
    /// [`ErrorKind::SetUp`] if it is certainly in the way; another kind if it could not be found out, which only warns.
    pub kind: ErrorKind,
}
