//! The reading side of the port.

mod audit;
mod directory;
mod group_inbox;
mod lookup;
mod mailboxes;
mod people;
mod readiness;

use std::sync::Arc;

use async_trait::async_trait;
use tripod_model::{Address, Provider};
use tripod_tenant::{
    Clock, Endpoints, MailboxQuery, Observed, ObservedMailbox, Obstacle, Person, TenantError, TenantReader,
};

use crate::config::{AppCredentials, MicrosoftTenant};
use crate::connection::Connection;

/// Reads a Microsoft 365 tenant.
///
/// The app needs User.Read.All, GroupMember.Read.All, Domain.Read.All and User-LifeCycleInfo.Read.All (for leave
/// dates) at Microsoft Graph, and Exchange.ManageAsApp with the Exchange role View-Only Recipients. As an auditor it
/// needs Directory.Read.All, Application.Read.All and AuditLog.Read.All too; when people last signed in, and who has a
/// second factor, is told only to tenants with Microsoft Entra ID P1.
#[derive(Debug)]
pub struct MicrosoftReader {
    connection: Connection,
}

impl MicrosoftReader {
    /// A reader of this tenant. Nothing is sent yet; ids and the certificate are checked.
    pub fn new(
        tenant: MicrosoftTenant,
        credentials: AppCredentials,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        Ok(Self { connection: Connection::new(tenant, credentials, false, endpoints, clock)? })
    }
}

#[async_trait]
impl TenantReader for MicrosoftReader {
    fn provider(&self) -> Provider {
        Provider::Microsoft365
    }

    async fn mailboxes(&self, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
        mailboxes::asked_for(&self.connection, queries).await
    }

    async fn people(&self, addresses: &[Address]) -> Vec<Observed<Person>> {
        people::asked_for(&self.connection, addresses).await
    }

    async fn directory(&self) -> Result<Vec<Person>, TenantError> {
        directory::everybody(&self.connection).await
    }

    /// Every shared mailbox, and every Microsoft 365 group that is not a team: a team's group is a membership list
    /// that happens to have an address, and most tenants have hundreds of them.
    async fn service_mailboxes(&self) -> Result<Vec<ObservedMailbox>, TenantError> {
        mailboxes::all(&self.connection).await
    }

    async fn readiness(&self, wanted: &[MailboxQuery]) -> Vec<Obstacle> {
        readiness::obstacles(&self.connection, wanted).await
    }
}
