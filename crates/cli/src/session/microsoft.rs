//! How a workspace signs in at Microsoft.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use tripod_microsoft::{
    AppCredentials, ClientProof, ForeignToken, GithubToken, ManagedIdentity, MicrosoftTenant, TokenFile,
};
use tripod_model::{FederatedToken, MicrosoftConfig, MicrosoftCredentials, MicrosoftProof, SecretSource, TenantConfig};
use tripod_sandbox::{Access, Sandbox};
use tripod_tenant::TenantError;

use super::{Session, not_in_sandbox, secret};

impl Session {
    /// The identity that the workspace names; with stand-ins, the one that they accept, which proves itself in the way
    /// that the workspace says.
    pub(super) fn microsoft_app(
        &self,
        root: &Path,
        microsoft: &MicrosoftConfig,
        access: Access,
    ) -> Result<AppCredentials, TenantError> {
        let credentials = match access {
            Access::Read => microsoft.reading(),
            Access::Write => &microsoft.credentials,
        };
        // The person or the machine that writes reads as well, unless another one does.
        let is_one = matches!(credentials.proof, MicrosoftProof::DeviceCode | MicrosoftProof::ManagedIdentity);
        let access = if is_one && microsoft.read_credentials.is_none() { Access::Write } else { access };
        if let Some(sandbox) = &self.sandbox {
            return self.microsoft_app_of(sandbox, root, &microsoft.tenant_id, credentials, access);
        }
        let proof = match &credentials.proof {
            MicrosoftProof::Certificate(source) => ClientProof::Certificate(secret::read(root, source)?),
            MicrosoftProof::ClientSecret(source) => ClientProof::Secret(secret::read(root, source)?),
            MicrosoftProof::FederatedToken(token) => ClientProof::Federated(foreign_token(root, token)?),
            MicrosoftProof::DeviceCode => ClientProof::DeviceCode(self.sign_in(root, &microsoft.tenant_id, access)?),
            MicrosoftProof::ManagedIdentity => ClientProof::ManagedIdentity(ManagedIdentity::from_variables(variable)?),
        };
        Ok(AppCredentials { client_id: credentials.client_id.clone(), proof })
    }

    fn microsoft_app_of(
        &self,
        sandbox: &Sandbox,
        root: &Path,
        tenant_id: &str,
        credentials: &MicrosoftCredentials,
        access: Access,
    ) -> Result<AppCredentials, TenantError> {
        let absent = || not_in_sandbox(&format!("Microsoft tenant {tenant_id}"));
        let theirs = sandbox.microsoft_credentials(tenant_id, access).ok_or_else(absent)?;
        let mut client_id = Some(theirs.client_id);
        let proof = match &credentials.proof {
            MicrosoftProof::Certificate(_) => ClientProof::Certificate(theirs.certificate_pem),
            MicrosoftProof::ClientSecret(_) => ClientProof::Secret(theirs.client_secret),
            MicrosoftProof::FederatedToken(_) => {
                let token = sandbox.with_world(|world| world.microsoft_foreign_token(tenant_id, access));
                ClientProof::Federated(Arc::new(Known(token.ok_or_else(absent)?.into())))
            }
            MicrosoftProof::DeviceCode => ClientProof::DeviceCode(self.sign_in(root, tenant_id, access)?),
            MicrosoftProof::ManagedIdentity => {
                client_id = client_id.filter(|_| credentials.client_id.is_some());
                ClientProof::ManagedIdentity(self.machine_of(sandbox, tenant_id)?)
            }
        };
        Ok(AppCredentials { client_id, proof })
    }

    /// The machine that a stand-in tenant takes this one for: one of App Service, since that names its tenant; a
    /// virtual machine without an identity where the tenant's machines have none.
    fn machine_of(&self, sandbox: &Sandbox, tenant_id: &str) -> Result<ManagedIdentity, TenantError> {
        match sandbox.with_world(|world| world.microsoft_identity_header(tenant_id)) {
            Some(header) => {
                ManagedIdentity::at(&format!("{}/msi/token", self.endpoints.root("169.254.169.254")), header.into())
            }
            None => Ok(ManagedIdentity::of_virtual_machine()),
        }
    }
}

pub(super) fn tenant(tenant: &TenantConfig, microsoft: &MicrosoftConfig) -> MicrosoftTenant {
    MicrosoftTenant { tenant_id: microsoft.tenant_id.clone(), domains: tenant.domains.clone() }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn foreign_token(root: &Path, token: &FederatedToken) -> Result<Arc<dyn ForeignToken>, TenantError> {
    Ok(match token {
        FederatedToken::Source(source) => Arc::new(Kept { root: root.to_owned(), source: source.clone() }),
        FederatedToken::GithubActions => Arc::new(GithubToken::from_variables(variable)?),
        FederatedToken::Kubernetes => Arc::new(TokenFile::of_kubernetes(variable)?),
    })
}

/// A token that somebody keeps up to date where the workspace says.
#[derive(Debug)]
struct Kept {
    root: PathBuf,
    source: SecretSource,
}

#[async_trait]
impl ForeignToken for Kept {
    async fn read(&self) -> Result<SecretString, TenantError> {
        secret::read(&self.root, &self.source)
    }
}

/// A token that a stand-in has given.
#[derive(Debug)]
struct Known(SecretString);

#[async_trait]
impl ForeignToken for Known {
    async fn read(&self) -> Result<SecretString, TenantError> {
        Ok(self.0.clone())
    }
}
