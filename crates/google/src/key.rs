//! The key of a service account.

use secrecy::SecretString;
use tripod_tenant::{Endpoints, TenantError};

use crate::credential_file::{CredentialFile, wrong};

/// Where Google issues tokens; the second is in keys that were made years ago.
pub(crate) const TOKEN_ADDRESSES: [&str; 2] =
    ["https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"];
const WHAT: &str = "the service account key";

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
    /// [`tripod_tenant::ErrorKind::SetUp`].
    pub fn from_json(json: &SecretString) -> Result<Self, TenantError> {
        let file = CredentialFile::read(WHAT, json)?;
        if file.text("type")? != "service_account" {
            return Err(file.wrong("its `type` is not `service_account`; download a key of the service account"));
        }
        let private_key = file.text("private_key")?;
        if !private_key.trim_start().starts_with("-----BEGIN ") {
            return Err(file.wrong("its `private_key` is not in PEM form"));
        }
        let client_email = file.text("client_email")?;
        let token_uri = file.text("token_uri")?;
        Ok(Self(yup_oauth2::ServiceAccountKey {
            key_type: file.optional("type"),
            project_id: file.optional("project_id"),
            private_key_id: file.optional("private_key_id"),
            private_key,
            client_email,
            client_id: file.optional("client_id"),
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

    /// The address of the service account.
    pub(crate) fn client_email(&self) -> &str {
        &self.0.client_email
    }

    /// Where it would send its signature is looked at before it does.
    pub(crate) fn check(&self, endpoints: &Endpoints) -> Result<(), TenantError> {
        CredentialFile::check_address(WHAT, "token_uri", &self.0.token_uri, &TOKEN_ADDRESSES, endpoints)
    }

    /// The key as the token library wants it; only one that was [checked](Self::check) may be used.
    pub(crate) fn inner(&self) -> &yup_oauth2::ServiceAccountKey {
        &self.0
    }
}

/// The error of a private key that cannot be read.
pub(crate) fn unreadable() -> TenantError {
    wrong(WHAT, "its `private_key` is not an RSA key that can be read")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tripod_tenant::ErrorKind;
    use url::Url;

    use super::*;

    fn key(token_uri: &str) -> Value {
        json!({
            "type": "service_account",
            "private_key": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
            "client_email": "tripod@project.iam.gserviceaccount.com",
            "client_id": "123",
            "token_uri": token_uri,
        })
    }

    fn read(json: &Value) -> Result<ServiceAccountKey, TenantError> {
        ServiceAccountKey::from_json(&SecretString::from(json.to_string()))
    }

    #[test]
    fn the_error_names_the_field_that_is_wrong_and_shows_nothing_of_the_key() {
        for field in ["type", "private_key", "client_email", "token_uri"] {
            for wrong in [json!(null), json!(7), json!("")] {
                let mut json = key(TOKEN_ADDRESSES[0]);
                json[field] = wrong;
                let error = read(&json).unwrap_err();
                assert!(error.message.contains(&format!("`{field}`")), "{error}");
                assert!(!error.to_string().contains("c2VjcmV0"));
            }
        }
        let error = ServiceAccountKey::from_json(&SecretString::from("{\"private_key\": c2VjcmV0}")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::SetUp);
        assert!(!error.to_string().contains("c2VjcmV0"));
    }

    #[test]
    fn a_key_shows_only_whose_it_is() {
        let shown = format!("{:?}", read(&key(TOKEN_ADDRESSES[0])).unwrap());
        assert_eq!(shown, "ServiceAccountKey(tripod@project.iam.gserviceaccount.com)");
    }

    #[test]
    fn assertions_go_to_google_or_to_a_stand_in_on_this_machine_and_nowhere_else() {
        let stand_in = || Endpoints::stand_in(Url::parse("http://127.0.0.1:4000").unwrap()).unwrap();
        let loopback = "http://127.0.0.1:4000/oauth2.googleapis.com/token";
        let goes = |token_uri: &str, endpoints: Endpoints| read(&key(token_uri)).unwrap().check(&endpoints).is_ok();
        assert!(goes(TOKEN_ADDRESSES[0], Endpoints::providers()));
        assert!(goes(loopback, stand_in()));
        assert!(!goes(loopback, Endpoints::providers()));
        assert!(!goes("https://oauth2.googleapis.com.evil.test/token", Endpoints::providers()));
        assert!(!goes("http://oauth2.googleapis.com/token", Endpoints::providers()));
        assert!(!goes(TOKEN_ADDRESSES[0], stand_in()));
        assert!(!goes("http://192.0.2.1/token", stand_in()));
    }
}
