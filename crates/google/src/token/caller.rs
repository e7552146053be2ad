//! Tokens of whoever asks Google to sign: application default credentials, or a file like them (facts sheet, Google
//! 6.4). `yup-oauth2` has these flows too, and is not used for them: it sends an error page of a token source on as if
//! it were the token, can reach no stand-in with somebody's refresh token, and loses what the answers said.

use std::path::Path;
use std::time::Duration;

use futures::future::BoxFuture;
use http::StatusCode;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tripod_files::LARGEST_SECRET;
use tripod_http::Connector;
use tripod_http::limits::TOKEN;
use tripod_model::Address;
use tripod_tenant::{CauseId, ErrorKind, TenantError};

use super::Subject;
use super::cell::Given;
use super::endpoint::{NotGranted, TokenEndpoint, granted, lost, unavailable, unreached};
use super::key::Key;
use super::keyless::{IAM, refused_for};
use super::refusal::{of_exchange, of_metadata, of_user};
use crate::call::segment;
use crate::caller_credential::{AmbientPlaces, CallerCredential, External, Format, Source, SubjectToken};
use crate::error::from_reply;

const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long the metadata server may take: it is on the same machine, or not there at all.
const METADATA_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a token is good for that is asked for on behalf of another service account.
const IMPERSONATED: Duration = Duration::from_hours(1);

/// Gets the caller's tokens.
pub(super) struct CallerTokens {
    credential: CallerCredential,
    endpoint: TokenEndpoint,
    connector: Connector,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Impersonation {
    access_token: String,
}

impl CallerTokens {
    pub(super) fn new(
        credential: CallerCredential,
        endpoint: TokenEndpoint,
        connector: Connector,
    ) -> Result<Self, TenantError> {
        if let Source::Key(key) = &credential.0 {
            // A key that cannot be read is better known now than at the first call.
            Key::new(key.clone(), connector.clone())?;
        }
        Ok(Self { credential, endpoint, connector })
    }

    /// A token that is good for having something signed.
    pub(super) async fn ask(&self, operation: &str) -> Result<Given, TenantError> {
        self.of(&self.credential.0, operation).await
    }

    fn of<'a>(&'a self, source: &'a Source, operation: &'a str) -> BoxFuture<'a, Result<Given, TenantError>> {
        Box::pin(async move {
            match source {
                Source::Ambient(places) => self.ambient(places, operation).await,
                Source::Key(key) => {
                    Key::new(key.clone(), self.connector.clone())?.ask(&Subject::Itself, IAM, operation).await
                }
                Source::User { client_id, client_secret, refresh_token, .. } => {
                    let form = [
                        ("grant_type", "refresh_token"),
                        ("client_id", client_id.as_str()),
                        ("client_secret", client_secret.expose_secret()),
                        ("refresh_token", refresh_token.expose_secret()),
                    ];
                    let granted = self.endpoint.grant(operation, &form).await;
                    granted.map(Given::from).map_err(|no| no.told(|refusal| of_user(refusal, operation)))
                }
                Source::External(external) => self.external(external, operation).await,
                Source::Impersonated { source, service_account } => {
                    let caller = self.of(source, operation).await?;
                    self.impersonated(&caller.token, service_account, operation).await
                }
            }
        })
    }

    /// What Google's own tools would find: a file, else the metadata server.
    async fn ambient(&self, places: &AmbientPlaces, operation: &str) -> Result<Given, TenantError> {
        let found = match (&places.named, &places.well_known) {
            (Some(named), _) => Some((named, true)),
            (None, Some(well_known)) => Some((well_known, false)),
            (None, None) => None,
        };
        if let Some((path, has_to_be_there)) = found {
            match tripod_files::read_text_at_most(path, LARGEST_SECRET) {
                Ok(text) => {
                    let credential = CallerCredential::from_json(&SecretString::from(text))
                        .and_then(|credential| credential.check(self.endpoint.endpoints()).map(|()| credential))
                        .map_err(|mut error| {
                            error.message = format!("{}: {}", path.display(), error.message);
                            error
                        })?;
                    return self.of(&credential.0, operation).await;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && !has_to_be_there => {}
                Err(error) => {
                    let message =
                        format!("the application default credentials in {} cannot be read: {error}", path.display());
                    return Err(set_up(operation, message, CauseId::GoogleNoCaller));
                }
            }
        }
        self.metadata(places, operation).await
    }

    /// The service account of the machine that this runs on.
    async fn metadata(&self, places: &AmbientPlaces, operation: &str) -> Result<Given, TenantError> {
        // The one host of Google's that has no TLS; it is reached by a link of the machine's own.
        let host = "metadata.google.internal";
        let root =
            if self.endpoint.endpoints().is_stand_in() { self.endpoint.root(host) } else { format!("http://{host}") };
        let url = format!("{root}/computeMetadata/v1/instance/service-accounts/default/token?scopes={IAM}");
        let flavour = [("Metadata-Flavor".to_owned(), SecretString::from("Google"))];
        let none = || {
            let looked = places.well_known.as_deref().map(Path::display);
            let file = looked.map(|path| format!(", there is no {path}")).unwrap_or_default();
            let message = format!(
                "no application default credentials were found: GOOGLE_APPLICATION_CREDENTIALS is not set{file}, and no \
                 metadata server answers"
            );
            set_up(operation, message, CauseId::GoogleNoCaller)
        };
        let reply = match self.endpoint.get(&url, &flavour, METADATA_TIMEOUT).await {
            Ok(reply) => reply,
            Err(problem) if !problem.sent => return Err(none()),
            Err(problem) => return Err(unreached(operation, "the metadata server", &problem)),
        };
        let is_googles = reply.headers.get("metadata-flavor").is_some_and(|value| value == "Google");
        if reply.status == StatusCode::NOT_FOUND || !is_googles {
            return Err(none());
        }
        let given = granted(operation, "the metadata server", &reply).map(Given::from);
        given.map_err(|no| no.told(|refusal| of_metadata(refusal, operation)))
    }

    /// A workload's own token for one of Google's.
    async fn external(&self, external: &External, operation: &str) -> Result<Given, TenantError> {
        let subject = self.subject_token(&external.subject, operation).await?;
        let url = format!("{}/v1/token", self.endpoint.root("sts.googleapis.com"));
        let body = json!({
            "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": external.audience,
            "scope": CLOUD_PLATFORM,
            "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
            "subjectToken": subject.expose_secret(),
            "subjectTokenType": external.subject_token_type,
        });
        let who = "Google's Security Token Service";
        let reply = self.endpoint.json(&url, &body, None).await.map_err(|problem| lost(operation, who, &problem));
        let given = reply.and_then(|reply| granted(operation, who, &reply));
        given.map(Given::from).map_err(|no: NotGranted| no.told(|refusal| of_exchange(refusal, operation)))
    }

    /// The workload's own token, read afresh each time, because it is good for minutes only.
    async fn subject_token(&self, from: &SubjectToken, operation: &str) -> Result<SecretString, TenantError> {
        let (text, format, place) = match from {
            SubjectToken::File { path, format } => {
                let text = tripod_files::read_text_at_most(path, LARGEST_SECRET).map_err(|error| {
                    let message = format!("the workload's token in {} cannot be read: {error}", path.display());
                    set_up(operation, message, CauseId::GoogleNoCaller)
                })?;
                (text, format, path.display().to_string())
            }
            SubjectToken::Url { url, headers, format } => {
                // The query may hold what the token is asked for with.
                let place = url.host_str().unwrap_or("its host").to_owned();
                let reply = self.endpoint.get(url.as_str(), headers, TOKEN.exchange).await;
                let reply = reply.map_err(|problem| unreached(operation, &place, &problem))?;
                let status = reply.status.as_u16();
                if status >= 500 || status == 429 {
                    return Err(unavailable(
                        operation,
                        format!("{place} gives no token for the workload (HTTP {status})"),
                    ));
                }
                if !reply.status.is_success() {
                    let message = format!("{place} gives no token for the workload (HTTP {status})");
                    return Err(set_up(operation, message, CauseId::GoogleNoCaller));
                }
                (String::from_utf8_lossy(&reply.body).into_owned(), format, place)
            }
        };
        let token = match format {
            Format::Text => Some(text.trim().to_owned()),
            Format::Json(field) => serde_json::from_str::<Value>(&text)
                .ok()
                .and_then(|value| value[field].as_str().map(|token| token.trim().to_owned())),
        };
        token.filter(|token| !token.is_empty()).map(SecretString::from).ok_or_else(|| {
            let message = format!("what {place} gives has no token in it");
            set_up(operation, message, CauseId::GoogleNoCaller)
        })
    }

    /// A token of a service account that the caller may act as.
    async fn impersonated(
        &self,
        caller: &SecretString,
        service_account: &Address,
        operation: &str,
    ) -> Result<Given, TenantError> {
        let root = self.endpoint.root("iamcredentials.googleapis.com");
        let url =
            format!("{root}/v1/projects/-/serviceAccounts/{}:generateAccessToken", segment(service_account.as_str()));
        let body = json!({ "scope": [CLOUD_PLATFORM], "lifetime": format!("{}s", IMPERSONATED.as_secs()) });
        let reply = self.endpoint.json(&url, &body, Some(caller)).await;
        let reply = reply.map_err(|problem| unreached(operation, "Google's signing service", &problem))?;
        if !reply.status.is_success() {
            let error = from_reply(operation, IAM, &reply, Timestamp::now());
            return Err(refused_for(service_account, error, reply.status, "act as"));
        }
        let given: Impersonation = serde_json::from_slice(&reply.body)
            .map_err(|_| unavailable(operation, "the signing service's answer has no token in it"))?;
        Ok(Given { token: SecretString::from(given.access_token), lifetime: IMPERSONATED, scopes: None })
    }
}

fn set_up(operation: &str, message: String, cause: CauseId) -> TenantError {
    TenantError::new(ErrorKind::SetUp, operation, message).caused_by(cause)
}
