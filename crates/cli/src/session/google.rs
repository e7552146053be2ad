//! How a workspace signs in at Google.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use tripod_google::{AmbientPlaces, BrowserClient, CallerCredential, GoogleIdentity, GoogleTenant, ServiceAccountKey};
use tripod_model::{ActsAs, GoogleConfig, GoogleCredentials, GoogleSignIn, SecretSource, TenantConfig};
use tripod_sandbox::{Access, Sandbox};
use tripod_tenant::{ErrorKind, TenantError};

use super::{Session, not_in_sandbox, secret};
use crate::workspace::private_folder;

impl Session {
    /// The identity that the workspace names; with stand-ins, one that signs in in the same way, with what they accept.
    pub(super) fn google_identity(
        &self,
        root: &Path,
        google: &GoogleConfig,
        access: Access,
    ) -> Result<GoogleIdentity, TenantError> {
        let GoogleCredentials { signs_in, acts_as } = match access {
            Access::Read => google.reading(),
            Access::Write => &google.credentials,
        };
        let identity = match signs_in {
            GoogleSignIn::ServiceAccountKey(source) => {
                let json = match &self.sandbox {
                    None => secret::read(root, source)?,
                    Some(sandbox) => stand_ins_key(sandbox, google, access)?,
                };
                ServiceAccountKey::from_json(&json)?.into()
            }
            GoogleSignIn::Keyless { service_account, through } => match &self.sandbox {
                None => GoogleIdentity::keyless(service_account, caller(root, through.as_ref())?)?,
                Some(sandbox) => stand_ins_keyless(sandbox, root, google, access)?,
            },
            GoogleSignIn::Browser { .. } => {
                let client = self.google_client(root, google, access)?;
                GoogleIdentity::browser(client, self.sign_in(root, &google.customer, google_side(google, access))?)
            }
        };
        Ok(match acts_as {
            ActsAs::Administrator => identity,
            ActsAs::Itself => identity.acting_as_itself(),
        })
    }

    /// The OAuth client that the workspace names for signing in in a browser; with stand-ins, theirs.
    pub(crate) fn google_client(
        &self,
        root: &Path,
        google: &GoogleConfig,
        access: Access,
    ) -> Result<BrowserClient, TenantError> {
        let credentials = match access {
            Access::Read => google.reading(),
            Access::Write => &google.credentials,
        };
        let json = match (&self.sandbox, &credentials.signs_in) {
            (Some(sandbox), _) => sandbox.google_client(&google.customer).map(SecretString::from),
            (None, GoogleSignIn::Browser { client }) => Some(secret::read(root, client)?),
            (None, _) => None,
        };
        BrowserClient::from_json(&json.ok_or_else(|| not_there(google))?)
    }
}

/// Under which identity's name a sign-in in the browser is kept: where one identity both reads and writes, it signs in
/// once.
pub(crate) fn google_side(google: &GoogleConfig, access: Access) -> Access {
    if google.read_credentials.is_some() { access } else { Access::Write }
}

/// Who has Google sign for a service account without a key.
fn caller(root: &Path, through: Option<&SecretSource>) -> Result<CallerCredential, TenantError> {
    match through {
        None => Ok(CallerCredential::ambient(AmbientPlaces::of_this_process())),
        Some(source) => CallerCredential::from_json(&secret::read(root, source)?),
    }
}

fn stand_ins_key(sandbox: &Sandbox, google: &GoogleConfig, access: Access) -> Result<SecretString, TenantError> {
    sandbox.google_key(&google.customer, access).map(SecretString::from).ok_or_else(|| not_there(google))
}

/// The stand-in's service account, which is signed for through the machine's metadata server if sandbox.yaml has one,
/// through the tenant's workload identity federation if it has that, else through the account itself.
fn stand_ins_keyless(
    sandbox: &Sandbox,
    root: &Path,
    google: &GoogleConfig,
    access: Access,
) -> Result<GoogleIdentity, TenantError> {
    let json = stand_ins_key(sandbox, google, access)?;
    let key: serde_json::Value = serde_json::from_str(json.expose_secret()).unwrap_or_default();
    let account = key["client_email"].as_str().ok_or_else(|| not_there(google))?;
    let has_metadata_server = sandbox
        .with_world(|world| world.tenants().any(|(_, described)| described.google_sign_in.metadata_server.is_some()));
    let caller = if has_metadata_server {
        CallerCredential::ambient(AmbientPlaces::default())
    } else if let Some(workload) = stand_ins_workload(sandbox, root, google)? {
        workload
    } else {
        CallerCredential::from_json(&json)?
    };
    GoogleIdentity::keyless(account, caller)
}

/// A workload outside Google's cloud whose token the stand-in's pool takes, if it has one. As such workloads do, it
/// finds the token in a file.
fn stand_ins_workload(
    sandbox: &Sandbox,
    root: &Path,
    google: &GoogleConfig,
) -> Result<Option<CallerCredential>, TenantError> {
    let federation = sandbox.with_world(|world| {
        let mut tenants = world.tenants().map(|(_, described)| described);
        let tenant = tenants.find(|described| described.customer.as_ref() == Some(&google.customer));
        tenant.and_then(|described| described.google_sign_in.federation.clone())
    });
    let Some(federation) = federation else { return Ok(None) };
    let subject = federation.subjects.first().map_or("tripod", String::as_str);
    let token = sandbox.google_subject_token(&google.customer, subject).unwrap_or_default();
    let file = private_folder(root).join("sandbox-workload-token");
    tripod_files::replace_private(&file, token.as_bytes()).map_err(|error| {
        let message = format!("cannot write {}: {error}", file.display());
        TenantError::new(ErrorKind::SetUp, "connect to the sandbox", message)
    })?;
    let credential = serde_json::json!({
        "type": "external_account",
        "audience": federation.audience,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}sts.googleapis.com/v1/token", sandbox.url()),
        "credential_source": {"file": file},
    });
    CallerCredential::from_json(&credential.to_string().into()).map(Some)
}

fn not_there(google: &GoogleConfig) -> TenantError {
    not_in_sandbox(&format!("Google customer {}", google.customer))
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
