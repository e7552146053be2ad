//! How a workspace signs in at Microsoft.

use std::path::Path;

use tripod_microsoft::{AppCredentials, ClientProof, MicrosoftTenant};
use tripod_model::{MicrosoftConfig, MicrosoftCredentials, MicrosoftProof, TenantConfig};
use tripod_sandbox::Access;
use tripod_tenant::{ErrorKind, TenantError};

use super::{Session, not_in_sandbox, secret};

impl Session {
    /// The app registration that the workspace names; with stand-ins, the one that they accept, which proves itself
    /// in the way that the workspace says.
    pub(super) fn microsoft_app(
        &self,
        root: &Path,
        microsoft: &MicrosoftConfig,
        access: Access,
    ) -> Result<AppCredentials, TenantError> {
        let MicrosoftCredentials { client_id, proof } = match access {
            Access::Read => microsoft.reading(),
            Access::Write => &microsoft.credentials,
        };
        if let Some(sandbox) = &self.sandbox {
            let theirs = sandbox
                .with_world(|world| world.microsoft_credentials(&microsoft.tenant_id, access))
                .ok_or_else(|| not_in_sandbox(&format!("Microsoft tenant {}", microsoft.tenant_id)))?;
            let proof = match proof {
                MicrosoftProof::Certificate(_) => ClientProof::Certificate(theirs.certificate_pem),
                MicrosoftProof::ClientSecret(_) => ClientProof::Secret(theirs.client_secret),
                _ => return Err(not_yet()),
            };
            return Ok(AppCredentials { client_id: theirs.client_id, proof });
        }
        let proof = match proof {
            MicrosoftProof::Certificate(source) => ClientProof::Certificate(secret::read(root, source)?),
            MicrosoftProof::ClientSecret(source) => ClientProof::Secret(secret::read(root, source)?),
            _ => return Err(not_yet()),
        };
        Ok(AppCredentials { client_id: client_id.clone().unwrap_or_default(), proof })
    }
}

pub(super) fn tenant(tenant: &TenantConfig, microsoft: &MicrosoftConfig) -> MicrosoftTenant {
    MicrosoftTenant { tenant_id: microsoft.tenant_id.clone(), domains: tenant.domains.clone() }
}

fn not_yet() -> TenantError {
    TenantError::new(ErrorKind::SetUp, "connect", "this way to sign in is not built yet; use a certificate")
}
