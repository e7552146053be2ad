//! Connects to the tenants of a workspace: to the real ones, or to stand-ins on loopback.

mod google;
mod microsoft;
mod secret;
pub(crate) mod sign_in;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tripod_google::{GoogleDoctor, GoogleReader, GoogleWriter};
use tripod_microsoft::{MicrosoftDoctor, MicrosoftReader, MicrosoftWriter};
use tripod_model::{GoogleConfig, MicrosoftConfig, ProviderConfig, TenantConfig, TenantName};
use tripod_sandbox::{Access, Options, Sandbox};
use tripod_tenant::{
    CauseId, Clock, Diagnosing, Endpoints, ErrorKind, Readers, SystemClock, TenantAuditor, TenantError, TenantReader,
    TenantWriter, Unconnected,
};

use tripod_verifier::Auditors;

use crate::exit::{CommandError, Exit};
use crate::sandbox_files;
use crate::workspace::Workspace;

/// The writers by tenant.
pub(crate) type Writers = BTreeMap<TenantName, Arc<dyn TenantWriter>>;

/// The connection to a workspace's tenants.
pub(crate) struct Session {
    /// The time that everything goes by.
    pub clock: Arc<dyn Clock>,
    /// The stand-ins, if it is they.
    sandbox: Option<Sandbox>,
    endpoints: Endpoints,
}

impl Session {
    /// Makes ready to connect. With stand-ins, they are started in this process.
    pub(crate) async fn open(root: &Path, with_sandbox: bool) -> Result<Self, CommandError> {
        if !with_sandbox {
            return Ok(Self { clock: Arc::new(SystemClock), sandbox: None, endpoints: Endpoints::providers() });
        }
        Self::with_world(sandbox_files::open(root)?).await
    }

    /// Makes ready to connect to these stand-ins.
    pub(crate) async fn with_world(world: tripod_sandbox::World) -> Result<Self, CommandError> {
        let options = Options { wire_log: std::env::var_os("TRIPOD_WIRE_LOG").map(Into::into), ..Options::default() };
        let sandbox = Sandbox::start(world, options).await?;
        let endpoints =
            Endpoints::stand_in(sandbox.url().clone()).map_err(|e| CommandError::new(Exit::Unexpected, e))?;
        Ok(Self { clock: sandbox.clock(), sandbox: Some(sandbox), endpoints })
    }

    /// The stand-ins, if it is they.
    pub(crate) fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// The folder for what is kept of what was done and found in a workspace.
    pub(crate) fn records(&self, root: &Path) -> PathBuf {
        crate::workspace::records(root, self.sandbox.is_some())
    }

    /// Where every vendor's hosts are reached.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// A reader for every tenant. One that cannot be connected to says so in every answer.
    pub(crate) fn readers(&self, workspace: &Workspace) -> Readers {
        let connect = |(name, tenant): (&TenantName, &TenantConfig)| {
            let reader = self.auditor(&workspace.root, tenant).map(|auditor| auditor as Arc<dyn TenantReader>);
            let reader = reader.unwrap_or_else(|error| Arc::new(Unconnected::new(tenant.provider(), error)));
            (name.clone(), reader)
        };
        workspace.settings.tenants.iter().map(connect).collect()
    }

    /// An auditor for every tenant. One that cannot be connected to says so in every answer.
    pub(crate) fn auditors(&self, workspace: &Workspace) -> Auditors {
        let connect = |(name, tenant): (&TenantName, &TenantConfig)| {
            let auditor = self.auditor(&workspace.root, tenant);
            let auditor = auditor.unwrap_or_else(|error| Arc::new(Unconnected::new(tenant.provider(), error)));
            (name.clone(), auditor)
        };
        workspace.settings.tenants.iter().map(connect).collect()
    }

    /// A writer for every tenant. One that cannot be connected to says so in every answer.
    pub(crate) fn writers(&self, workspace: &Workspace) -> Writers {
        let connect = |(name, tenant): (&TenantName, &TenantConfig)| {
            let writer = self.writer(&workspace.root, tenant);
            let writer = writer.unwrap_or_else(|error| Arc::new(Unconnected::new(tenant.provider(), error)));
            (name.clone(), writer)
        };
        workspace.settings.tenants.iter().map(connect).collect()
    }

    /// What looks at a tenant as the identity that reads, or as the one that `writes`.
    pub(crate) fn doctor(
        &self,
        root: &Path,
        tenant: &TenantConfig,
        writes: bool,
    ) -> Result<Box<dyn Diagnosing>, TenantError> {
        let (endpoints, clock) = (self.endpoints.clone(), Arc::clone(&self.clock));
        let access = if writes { Access::Write } else { Access::Read };
        Ok(match &tenant.provider {
            ProviderConfig::GoogleWorkspace(config) => {
                let known = self.known_in_sandbox(tenant, &config.customer);
                let google_there = GoogleConfig { customer: known, ..config.clone() };
                let identity = self.google_identity(root, &google_there, access)?;
                Box::new(GoogleDoctor::new(google::tenant(tenant, config), identity, writes, endpoints, clock)?)
            }
            ProviderConfig::Microsoft365(config) => {
                let known = self.known_in_sandbox(tenant, &config.tenant_id);
                let microsoft_there = MicrosoftConfig { tenant_id: known, ..config.clone() };
                let app = self.microsoft_app(root, &microsoft_there, access)?;
                Box::new(MicrosoftDoctor::new(microsoft::tenant(tenant, config), app, writes, endpoints, clock)?)
            }
        })
    }

    /// The id of the stand-in tenant whose credentials are used: the one with this id, else the one with the domains,
    /// so that a wrong id is found out in the same way as at the provider.
    fn known_in_sandbox(&self, tenant: &TenantConfig, id: &str) -> String {
        let by_domain = |world: &tripod_sandbox::World| {
            let ids = |described: &tripod_sandbox::TenantDescription| {
                described.customer.clone().or_else(|| described.tenant_id.clone())
            };
            let of_provider: Vec<_> =
                world.tenants().filter(|(_, described)| described.provider == tenant.provider()).collect();
            let is_it = |described: &tripod_sandbox::TenantDescription| {
                ids(described).is_some_and(|theirs| theirs.eq_ignore_ascii_case(id))
            };
            if of_provider.iter().any(|(_, described)| is_it(described)) {
                return None;
            }
            let has_domain = |described: &tripod_sandbox::TenantDescription| {
                described.domains.iter().any(|d| tenant.domains.contains(d))
            };
            of_provider.iter().find(|(_, described)| has_domain(described)).and_then(|(_, described)| ids(described))
        };
        self.sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.with_world(|world| by_domain(world)))
            .unwrap_or_else(|| id.to_owned())
    }

    fn auditor(&self, root: &Path, tenant: &TenantConfig) -> Result<Arc<dyn TenantAuditor>, TenantError> {
        let (endpoints, clock) = (self.endpoints.clone(), Arc::clone(&self.clock));
        Ok(match &tenant.provider {
            ProviderConfig::GoogleWorkspace(config) => {
                let identity = self.google_identity(root, config, Access::Read)?;
                Arc::new(GoogleReader::new(google::tenant(tenant, config), identity, endpoints, clock)?)
            }
            ProviderConfig::Microsoft365(config) => {
                let app = self.microsoft_app(root, config, Access::Read)?;
                Arc::new(MicrosoftReader::new(microsoft::tenant(tenant, config), app, endpoints, clock)?)
            }
        })
    }

    fn writer(&self, root: &Path, tenant: &TenantConfig) -> Result<Arc<dyn TenantWriter>, TenantError> {
        let (endpoints, clock) = (self.endpoints.clone(), Arc::clone(&self.clock));
        Ok(match &tenant.provider {
            ProviderConfig::GoogleWorkspace(config) => {
                let identity = self.google_identity(root, config, Access::Write)?;
                Arc::new(GoogleWriter::new(google::tenant(tenant, config), identity, endpoints, clock)?)
            }
            ProviderConfig::Microsoft365(config) => {
                let app = self.microsoft_app(root, config, Access::Write)?;
                Arc::new(MicrosoftWriter::new(microsoft::tenant(tenant, config), app, endpoints, clock)?)
            }
        })
    }

    /// Ends the connection; stand-ins have saved everything before they answered.
    pub(crate) async fn close(self) -> Result<(), CommandError> {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await?;
        }
        Ok(())
    }
}

fn not_in_sandbox(what: &str) -> TenantError {
    let message =
        format!("sandbox.yaml has no {what}; give it the same id as tripod.yaml, then `tripod sandbox reset`");
    TenantError::new(ErrorKind::SetUp, "connect to the sandbox", message).caused_by(CauseId::NotInSandbox)
}
