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

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        let goes = |token_uri: &str, endpoints: Endpoints| read(&key(token_uri)).unwrap().checked(&endpoints).is_ok();
        assert!(goes(TOKEN_ADDRESSES[0], Endpoints::providers()));
        assert!(goes(loopback, stand_in()));
        assert!(!goes(loopback, Endpoints::providers()));
        assert!(!goes("https://oauth2.googleapis.com.evil.test/token", Endpoints::providers()));
        assert!(!goes("http://oauth2.googleapis.com/token", Endpoints::providers()));
        assert!(!goes(TOKEN_ADDRESSES[0], stand_in()));
        assert!(!goes("http://192.0.2.1/token", stand_in()));
    }
}
