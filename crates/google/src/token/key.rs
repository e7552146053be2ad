//! Tokens by a service account's key: the one place that uses `yup-oauth2`'s flows.

use std::time::Duration;

use futures::FutureExt;
use hyper_util::client::legacy::Client;
use jiff::Timestamp;
use secrecy::SecretString;
use tripod_http::limits::TOKEN;
use tripod_http::{Connector, NoReply};
use tripod_tenant::TenantError;
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::{CustomHyperClientBuilder, ServiceAccountAuthenticator};

use super::Subject;
use super::cell::Given;
use super::endpoint::{unavailable, unreached};
use super::refusal::{Refusal, Signer, of_assertion};
use crate::http::host;
use crate::key::{ServiceAccountKey, unreadable};

/// Signs with a key.
pub(super) struct Key {
    key: ServiceAccountKey,
    client: Client<Connector, String>,
}

impl Key {
    /// An error of kind `SetUp` if the private key cannot be read, which is better known now than at the first call.
    pub(super) fn new(key: ServiceAccountKey, connector: Connector) -> Result<Self, TenantError> {
        // The library reads replies without a limit of its own.
        let key = Self { key, client: tripod_http::single_use(connector, TOKEN) };
        // Nothing in it waits.
        let usable = key.authenticator(None).now_or_never().is_some_and(|built| built.is_ok());
        if usable { Ok(key) } else { Err(unreadable()) }
    }

    /// A fresh authenticator for each token: its own cache keeps a reply without a token for ever.
    async fn authenticator(&self, subject: Option<&str>) -> std::io::Result<Authenticator<Connector>> {
        let client = CustomHyperClientBuilder::from(self.client.clone());
        let builder = ServiceAccountAuthenticator::with_client(self.key.inner().clone(), client);
        match subject {
            Some(subject) => builder.subject(subject).build().await,
            None => builder.build().await,
        }
    }

    pub(super) async fn ask(&self, subject: &Subject, scope: &str, operation: &str) -> Result<Given, TenantError> {
        let whom = subject.delegated().map(tripod_model::Address::as_str);
        let authenticator = self.authenticator(whom).await.map_err(|_| unreadable())?;
        // The library's own timeout does not reach a client that it is given.
        let access = tokio::time::timeout(TOKEN.exchange, authenticator.token(&[scope]))
            .await
            .map_err(|_| unavailable(operation, "the token endpoint did not answer in time"))?
            .map_err(|error| self.refused(&error, subject, scope, operation))?;
        let Some(token) = access.token().map(SecretString::from) else {
            return Err(unavailable(operation, "the token endpoint's answer has no token in it"));
        };
        // The library makes a time of the lifetime, by the machine's clock.
        let seconds = match access.expiration_time() {
            Some(ends) => u64::try_from(ends.unix_timestamp() - Timestamp::now().as_second()).unwrap_or_default(),
            None => 0,
        };
        Ok(Given { token, lifetime: Duration::from_secs(seconds), scopes: None })
    }

    fn refused(&self, error: &yup_oauth2::Error, subject: &Subject, scope: &str, operation: &str) -> TenantError {
        match error {
            yup_oauth2::Error::AuthError(auth) => {
                let refusal = Refusal::new(auth.error.as_str(), auth.error_description.as_deref());
                of_assertion(&refusal, Signer::Key(self.key.client()), subject, scope, operation)
            }
            // The library's text quotes the body of the reply.
            yup_oauth2::Error::JSONError(_) => unavailable(operation, "the token endpoint's answer is not JSON"),
            other => {
                let problem = NoReply::behind(host(&self.key.inner().token_uri), other);
                unreached(operation, "the token endpoint", &problem)
            }
        }
    }
}
