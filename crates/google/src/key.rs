//! The key of a service account.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tripod_tenant::{Endpoints, ErrorKind, TenantError};
use url::Url;

/// Where Google issues tokens; the second is in keys that were made years ago.
const TOKEN_ADDRESSES: [&str; 2] =
    ["https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"];

/// The key of a service account, as Google's console hands it out. Nothing of it is ever shown but the account's
/// address and client id.
#[derive(Clone)]
pub struct ServiceAccountKey(yup_oauth2::ServiceAccountKey);

impl std::fmt::Debug for ServiceAccountKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServiceAccountKey({})", self.0.client_email)
    }
}

impl ServiceAccountKey {
    /// Reads the JSON of a key. The error names the field that is wrong, never its content; its kind is
    /// [`ErrorKind::SetUp`].
    pub fn from_json(json: &SecretString) -> Result<Self, TenantError> {
        // The parser's own messages quote what they stumbled over, hence they are not passed on.
        let value: Value = serde_json::from_str(json.expose_secret())
            .map_err(|error| wrong(format!("it is not JSON (line {}, column {})", error.line(), error.column())))?;
        let text = |field: &str| match value.get(field) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            Some(_) => Err(wrong(format!("its `{field}` is not a text"))),
            None => Err(wrong(format!("it has no `{field}`"))),
        };
        if text("type")? != "service_account" {
            return Err(wrong("its `type` is not `service_account`; download a key of the service account"));
        }
        let private_key = text("private_key")?;
        if !private_key.trim_start().starts_with("-----BEGIN ") {
            return Err(wrong("its `private_key` is not in PEM form"));
        }
        let client_email = text("client_email")?;
        let token_uri = text("token_uri")?;
        let optional = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        Ok(Self(yup_oauth2::ServiceAccountKey {
            key_type: optional("type"),
            project_id: optional("project_id"),
            private_key_id: optional("private_key_id"),
            private_key,
            client_email,
            client_id: optional("client_id"),
            auth_uri: None,
            token_uri,
            auth_provider_x509_cert_url: None,
            client_x509_cert_url: None,
        }))
    }

    /// How an administrator finds the service account in the list of domain-wide delegations.
    pub(crate) fn client(&self) -> &str {
        self.0.client_id.as_deref().unwrap_or(&self.0.client_email)
    }

    /// The key as the token library wants it, after a look at where it would send its signature.
    ///
    /// A file from somewhere else must not be able to have assertions sent to a host of its choice, and a stand-in
    /// must never be given a token of Google's.
    pub(crate) fn checked(self, endpoints: &Endpoints) -> Result<yup_oauth2::ServiceAccountKey, TenantError> {
        let address = self.0.token_uri.as_str();
        let allowed = if endpoints.is_stand_in() {
            Url::parse(address).is_ok_and(|url| Endpoints::stand_in(url).is_ok())
        } else {
            TOKEN_ADDRESSES.contains(&address)
        };
        if allowed {
            Ok(self.0)
        } else if endpoints.is_stand_in() {
            Err(wrong("its `token_uri` does not lead to the stand-in tenants on this machine"))
        } else {
            Err(wrong("its `token_uri` is not Google's"))
        }
    }
}

pub(crate) fn wrong(what: impl Into<String>) -> TenantError {
    TenantError::new(ErrorKind::SetUp, "use the service account key", what)
}
