//! How a workspace signs in at Google.

use std::path::Path;

use secrecy::SecretString;
use tripod_google::{GoogleTenant, ServiceAccountKey};
use tripod_model::{GoogleConfig, GoogleSignIn, TenantConfig};
use tripod_sandbox::Access;
use tripod_tenant::{ErrorKind, TenantError};

use super::{Session, not_in_sandbox, secret};

impl Session {
    /// The key that the workspace names; with stand-ins, the one that they accept.
    pub(super) fn google_key(
        &self,
        root: &Path,
        google: &GoogleConfig,
        access: Access,
    ) -> Result<ServiceAccountKey, TenantError> {
        let json = if let Some(sandbox) = &self.sandbox {
            SecretString::from(
                sandbox
                    .google_key(&google.customer, access)
                    .ok_or_else(|| not_in_sandbox(&format!("Google customer {}", google.customer)))?,
            )
        } else {
            let credentials = match access {
                Access::Read => google.reading(),
                Access::Write => &google.credentials,
            };
            match &credentials.signs_in {
                GoogleSignIn::ServiceAccountKey(source) => secret::read(root, source)?,
                GoogleSignIn::Keyless { .. } | GoogleSignIn::Browser { .. } => return Err(not_yet()),
            }
        };
        ServiceAccountKey::from_json(&json)
    }
}

pub(super) fn tenant(tenant: &TenantConfig, google: &GoogleConfig) -> GoogleTenant {
    GoogleTenant {
        customer: google.customer.clone(),
        admin: google.admin.clone(),
        mailbox_unit: google.mailbox_unit.clone(),
        security_scope: google.security_scope,
        domains: tenant.domains.clone(),
    }
}

fn not_yet() -> TenantError {
    TenantError::new(ErrorKind::SetUp, "connect", "this way to sign in is not built yet; use a service account key")
}
