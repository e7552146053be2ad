//! Connects to the tenants of a workspace: to the real ones, or to stand-ins on loopback.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use tripod_google::{GoogleDoctor, GoogleReader, GoogleTenant, GoogleWriter, ServiceAccountKey};
use tripod_microsoft::{
    AppCredentials, ClientProof, MicrosoftDoctor, MicrosoftReader, MicrosoftTenant, MicrosoftWriter,
};
use tripod_model::{
    GoogleConfig, GoogleCredentials, MicrosoftConfig, MicrosoftCredentials, MicrosoftSecret, ProviderConfig,
    SecretSource, TenantConfig, TenantName,
};
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
            ProviderConfig::GoogleWorkspace(google) => {
                let known = self.known_in_sandbox(tenant, &google.customer);
                let google_there = GoogleConfig { customer: known, ..google.clone() };
                let key = self.google_key(root, &google_there, access)?;
                Box::new(GoogleDoctor::new(google_tenant(tenant, google), key, writes, endpoints, clock)?)
            }
            ProviderConfig::Microsoft365(microsoft) => {
                let known = self.known_in_sandbox(tenant, &microsoft.tenant_id);
                let microsoft_there = MicrosoftConfig { tenant_id: known, ..microsoft.clone() };
                let app = self.microsoft_app(root, &microsoft_there, access)?;
                Box::new(MicrosoftDoctor::new(microsoft_tenant(tenant, microsoft), app, writes, endpoints, clock)?)
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
            ProviderConfig::GoogleWorkspace(google) => {
                let key = self.google_key(root, google, Access::Read)?;
                Arc::new(GoogleReader::new(google_tenant(tenant, google), key, endpoints, clock)?)
            }
            ProviderConfig::Microsoft365(microsoft) => {
                let app = self.microsoft_app(root, microsoft, Access::Read)?;
                Arc::new(MicrosoftReader::new(microsoft_tenant(tenant, microsoft), app, endpoints, clock)?)
            }
        })
    }

    fn writer(&self, root: &Path, tenant: &TenantConfig) -> Result<Arc<dyn TenantWriter>, TenantError> {
        let (endpoints, clock) = (self.endpoints.clone(), Arc::clone(&self.clock));
        Ok(match &tenant.provider {
            ProviderConfig::GoogleWorkspace(google) => {
                let key = self.google_key(root, google, Access::Write)?;
                Arc::new(GoogleWriter::new(google_tenant(tenant, google), key, endpoints, clock)?)
            }
            ProviderConfig::Microsoft365(microsoft) => {
                let app = self.microsoft_app(root, microsoft, Access::Write)?;
                Arc::new(MicrosoftWriter::new(microsoft_tenant(tenant, microsoft), app, endpoints, clock)?)
            }
        })
    }

    /// The key that the workspace names; with stand-ins, the one that they accept.
    fn google_key(&self, root: &Path, google: &GoogleConfig, access: Access) -> Result<ServiceAccountKey, TenantError> {
        let json = if let Some(sandbox) = &self.sandbox {
            SecretString::from(
                sandbox
                    .google_key(&google.customer, access)
                    .ok_or_else(|| not_in_sandbox(&format!("Google customer {}", google.customer)))?,
            )
        } else {
            let GoogleCredentials { service_account_key } = match access {
                Access::Read => google.read_credentials.as_ref().unwrap_or(&google.credentials),
                Access::Write => &google.credentials,
            };
            secret(root, service_account_key)?
        };
        ServiceAccountKey::from_json(&json)
    }

    /// The app registration that the workspace names; with stand-ins, the one that they accept, which proves itself
    /// in the way that the workspace says.
    fn microsoft_app(
        &self,
        root: &Path,
        microsoft: &MicrosoftConfig,
        access: Access,
    ) -> Result<AppCredentials, TenantError> {
        let MicrosoftCredentials { client_id, secret: source } = match access {
            Access::Read => microsoft.read_credentials.as_ref().unwrap_or(&microsoft.credentials),
            Access::Write => &microsoft.credentials,
        };
        if let Some(sandbox) = &self.sandbox {
            let theirs = sandbox
                .with_world(|world| world.microsoft_credentials(&microsoft.tenant_id, access))
                .ok_or_else(|| not_in_sandbox(&format!("Microsoft tenant {}", microsoft.tenant_id)))?;
            let proof = match source {
                MicrosoftSecret::Certificate(_) => ClientProof::Certificate(theirs.certificate_pem),
                MicrosoftSecret::ClientSecret(_) => ClientProof::Secret(theirs.client_secret),
            };
            return Ok(AppCredentials { client_id: theirs.client_id, proof });
        }
        let proof = match source {
            MicrosoftSecret::Certificate(source) => ClientProof::Certificate(secret(root, source)?),
            MicrosoftSecret::ClientSecret(source) => ClientProof::Secret(secret(root, source)?),
        };
        Ok(AppCredentials { client_id: client_id.clone(), proof })
    }

    /// Ends the connection; stand-ins have saved everything before they answered.
    pub(crate) async fn close(self) -> Result<(), CommandError> {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await?;
        }
        Ok(())
    }
}

fn google_tenant(tenant: &TenantConfig, google: &GoogleConfig) -> GoogleTenant {
    GoogleTenant {
        customer: google.customer.clone(),
        admin: google.admin.clone(),
        mailbox_unit: google.mailbox_unit.clone(),
        security_scope: google.security_scope,
        domains: tenant.domains.clone(),
    }
}

fn microsoft_tenant(tenant: &TenantConfig, microsoft: &MicrosoftConfig) -> MicrosoftTenant {
    MicrosoftTenant { tenant_id: microsoft.tenant_id.clone(), domains: tenant.domains.clone() }
}

fn not_in_sandbox(what: &str) -> TenantError {
    let message =
        format!("sandbox.yaml has no {what}; give it the same id as tripod.yaml, then `tripod sandbox reset`");
    TenantError::new(ErrorKind::SetUp, "connect to the sandbox", message).caused_by(CauseId::NotInSandbox)
}

/// Reads a secret from where the workspace says that it is. The error names the place, never the content.
fn secret(root: &Path, source: &SecretSource) -> Result<SecretString, TenantError> {
    let (place, read) = match source {
        SecretSource::Path(path) => {
            let path = root.join(path);
            (path.display().to_string(), std::fs::read_to_string(&path).map_err(|e| e.to_string()))
        }
        SecretSource::Env(name) => {
            let read = std::env::var(name).map_err(|e| match e {
                std::env::VarError::NotPresent => "the variable is not set".to_owned(),
                std::env::VarError::NotUnicode(_) => "the variable is not text".to_owned(),
            });
            (format!("${name}"), read)
        }
    };
    let text = read.map_err(|reason| {
        TenantError::new(ErrorKind::SetUp, "connect", format!("the credential in {place} cannot be read: {reason}"))
            .caused_by(CauseId::CredentialAbsent)
    })?;
    Ok(SecretString::from(text))
}
