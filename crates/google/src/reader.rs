//! The reading side: asks for read scopes only, and tells *not there* from *could not be asked*.

mod audit;
mod import;
mod mailboxes;
mod people;
mod readiness;
mod states;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use tokio::sync::OnceCell;
use tripod_model::{Address, Provider};
use tripod_tenant::{
    Clock, Endpoints, ErrorKind, MailboxQuery, Observed, ObservedMailbox, Obstacle, Person, TenantError, TenantReader,
};

use crate::call::Caller;
use crate::identity::GoogleIdentity;
use crate::member_rules::MemberRules;
use crate::policies::DelegationSwitch;
use crate::scope::Access;
use crate::tenant::GoogleTenant;
use crate::wire::{DomainStanding, Domains, User};

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

/// What is read once for everything that one question asks about, and only when it is needed.
#[derive(Default)]
struct Looked {
    unseen: Unseen,
    switch: DelegationSwitch,
    rules: MemberRules,
}

/// What is asked about addresses under which nothing is seen; each list is read once, and only when it is needed.
#[derive(Default)]
struct Unseen {
    /// The accounts that are deleted and still hold their addresses.
    deleted: OnceCell<Result<Vec<User>, TenantError>>,
    domains: OnceCell<Result<Domains, TenantError>>,
}

impl Unseen {
    /// The deleted account that holds an address. Unless the list could be read, nobody knows.
    async fn holder(&self, caller: &Caller, address: &Address) -> Result<Option<User>, TenantError> {
        let all = self.deleted.get_or_init(|| caller.users(true)).await.as_ref().map_err(Clone::clone)?;
        let is_it = |text: &String| text.eq_ignore_ascii_case(address.as_str());
        Ok(all.iter().find(|user| is_it(&user.primary_email) || user.aliases.iter().any(is_it)).cloned())
    }

    /// What is under an address, nothing if Google says that it is not there, or the error.
    ///
    /// An address in a domain that is none of the customer's is refused in the same words as a role that is too small
    /// (facts sheet, Google 3.3), so that the list of domains decides which of the two it is.
    async fn there<T>(
        &self,
        caller: &Caller,
        address: &Address,
        result: Result<T, TenantError>,
    ) -> Result<Option<T>, TenantError> {
        match there(result) {
            Err(error) if error.kind == ErrorKind::Denied && error.permission.is_none() => {
                match self.domains.get_or_init(|| caller.domains()).await {
                    Ok(domains) if domains.standing(address.domain()) == DomainStanding::Foreign => Ok(None),
                    _ => Err(error),
                }
            }
            result => result,
        }
    }
}

/// What is there, nothing if Google says that it is not, or the error.
fn there<T>(result: Result<T, TenantError>) -> Result<Option<T>, TenantError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::Missing => Ok(None),
        Err(error) => Err(error),
    }
}

/// Runs futures side by side, a few at a time, and gives their results in order.
async fn side_by_side<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    futures::stream::iter(futures).buffered(SIDE_BY_SIDE).collect().await
}
