//! The reading side: asks for read scopes only, and tells *not there* from *could not be asked*.

mod audit;
mod import;
mod mailboxes;
mod people;
mod readiness;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use tokio::sync::OnceCell;
use tripod_model::{Address, Provider};
use tripod_tenant::{
    Clock, Endpoints, MailboxQuery, Observed, ObservedMailbox, Obstacle, Person, TenantError, TenantReader,
};

use crate::call::Caller;
use crate::identity::GoogleIdentity;
use crate::scope::Access;
use crate::tenant::GoogleTenant;
use crate::wire::User;

/// How many mailboxes or people are looked at side by side.
const SIDE_BY_SIDE: usize = 8;

/// Reads a Google Workspace customer.
pub struct GoogleReader {
    caller: Caller,
}

impl GoogleReader {
    /// A reader for a customer. It makes no call yet; an error of kind `SetUp` if the identity cannot be used.
    pub fn new(
        tenant: GoogleTenant,
        identity: impl Into<GoogleIdentity>,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        Ok(Self { caller: Caller::new(tenant, Access::Read, identity.into(), endpoints, clock)? })
    }
}

impl std::fmt::Debug for GoogleReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoogleReader").field("tenant", &self.caller.tenant).finish_non_exhaustive()
    }
}

#[async_trait]
impl TenantReader for GoogleReader {
    fn provider(&self) -> Provider {
        Provider::GoogleWorkspace
    }

    async fn mailboxes(&self, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
        mailboxes::mailboxes(&self.caller, queries).await
    }

    async fn people(&self, addresses: &[Address]) -> Vec<Observed<Person>> {
        people::people(&self.caller, addresses).await
    }

    async fn directory(&self) -> Result<Vec<Person>, TenantError> {
        people::directory(&self.caller).await
    }

    async fn service_mailboxes(&self) -> Result<Vec<ObservedMailbox>, TenantError> {
        import::service_mailboxes(&self.caller).await
    }

    async fn readiness(&self, wanted: &[MailboxQuery]) -> Vec<Obstacle> {
        readiness::readiness(&self.caller, wanted).await
    }
}

/// The accounts that are deleted and still hold their addresses; listed once, and only when something is not there.
#[derive(Default)]
struct Deleted(OnceCell<Result<Vec<User>, TenantError>>);

impl Deleted {
    /// The deleted account that holds an address. Unless the list could be read, nobody knows.
    async fn holder(&self, caller: &Caller, address: &Address) -> Result<Option<User>, TenantError> {
        let all = self.0.get_or_init(|| caller.users(true)).await.as_ref().map_err(Clone::clone)?;
        let is_it = |text: &String| text.eq_ignore_ascii_case(address.as_str());
        Ok(all.iter().find(|user| is_it(&user.primary_email) || user.aliases.iter().any(is_it)).cloned())
    }
}

/// Runs futures side by side, a few at a time, and gives their results in order.
async fn side_by_side<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    futures::stream::iter(futures).buffered(SIDE_BY_SIDE).collect().await
}
