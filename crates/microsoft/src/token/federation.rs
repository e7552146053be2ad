//! The tokens of other issuers, which an app registration takes in place of a secret of its own (workload identity
//! federation).

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tripod_files::LARGEST_SECRET;
use tripod_http::limits::TOKEN;
use tripod_http::{Client, Network};
use tripod_tenant::{CauseId, ErrorKind, TenantError};
use url::Url;

use super::place;
use crate::sending::{self, Answer};

/// Whom such a token is meant for, where the federated credential says nothing else (facts sheet, Microsoft 4).
const AUDIENCE: &str = "api://AzureADTokenExchange";
const OPERATION: &str = "get the token of another issuer";

/// Where the token of another issuer comes from.
#[async_trait]
pub trait ForeignToken: Send + Sync + fmt::Debug {
    /// The token as it is now. It is asked for anew for every token request, because it is replaced all the time.
    async fn read(&self) -> Result<SecretString, TenantError>;
}

/// The token that GitHub gives to a job of GitHub Actions that has `permissions: id-token: write`.
pub struct GithubToken {
    url: Url,
    request_token: SecretString,
    http: Client,
}

impl fmt::Debug for GithubToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubToken").finish_non_exhaustive()
    }
}

impl GithubToken {
    /// Reads the two variables that GitHub sets for such a job (facts sheet, Microsoft 4). Nothing is asked for yet.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, TenantError> {
        let set = |name| variable(name).filter(|value| !value.trim().is_empty());
        let (Some(url), Some(request_token)) =
            (set("ACTIONS_ID_TOKEN_REQUEST_URL"), set("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
        else {
            let message = "GitHub gives this job no token; set `permissions: id-token: write` in the workflow, and run \
                           Tripod in it";
            return Err(set_up(message).caused_by(CauseId::GithubTokenAbsent));
        };
        let url = Url::parse(url.trim())
            .ok()
            .filter(|url| place::is_https(url) || place::is_on_this_machine(url))
            .ok_or_else(|| set_up("$ACTIONS_ID_TOKEN_REQUEST_URL is no address on https; it is GitHub that sets it"))?;
        let http = Client::at(Network::of_this_machine(), !place::is_https(&url), TOKEN);
        Ok(Self { url, request_token: request_token.into(), http })
    }

    async fn ask(&self) -> Result<Answer, TenantError> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
        let request = http::Request::get(url.as_str())
            .header("Authorization", format!("bearer {}", self.request_token.expose_secret().trim()));
        let request = sending::written(request, Vec::new(), OPERATION)?;
        sending::send(&self.http, request, OPERATION).await
    }
}

#[async_trait]
impl ForeignToken for GithubToken {
    async fn read(&self) -> Result<SecretString, TenantError> {
        #[derive(Deserialize)]
        struct Reply {
            value: String,
        }

        let answer = self.ask().await?;
        let message = format!("GitHub's token service answered {}", answer.status);
        match answer.status {
            200..300 => {}
            429 => {
                let error = TenantError::new(ErrorKind::Throttled, OPERATION, message);
                return Err(error.retry_after(answer.retry_after()));
            }
            408 | 500.. => {
                let error = TenantError::new(ErrorKind::Unavailable, OPERATION, message);
                return Err(error.retry_after(answer.retry_after()));
            }
            _ => {
                let message = format!("{message}; its tokens are good for this job only, while it runs");
                return Err(set_up(&message).caused_by(CauseId::GithubTokenAbsent));
            }
        }
        let reply: Reply = serde_json::from_slice(&answer.body).map_err(|_| {
            // The body may hold a token, so nothing of it is shown.
            TenantError::new(ErrorKind::Invalid, OPERATION, "GitHub's answer holds no token")
        })?;
        Ok(reply.value.into())
    }
}

/// A token in a file that somebody else keeps up to date.
#[derive(Clone, Debug)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// The file that Kubernetes projects into a pod with workload identity.
    pub fn of_kubernetes(variable: impl Fn(&str) -> Option<String>) -> Result<Self, TenantError> {
        let path = variable("AZURE_FEDERATED_TOKEN_FILE").filter(|path| !path.trim().is_empty()).ok_or_else(|| {
            let message = "this is no pod with workload identity ($AZURE_FEDERATED_TOKEN_FILE is not set); label the \
                           pod with `azure.workload.identity/use: \"true\"` and give it the service account";
            set_up(message).caused_by(CauseId::KubernetesTokenAbsent)
        })?;
        Ok(Self(path.into()))
    }
}

#[async_trait]
impl ForeignToken for TokenFile {
    async fn read(&self) -> Result<SecretString, TenantError> {
        let lacks = |why: String| {
            let message = format!("the token in {} cannot be read: {why}", self.0.display());
            set_up(&message).caused_by(CauseId::CredentialAbsent)
        };
        let text =
            tripod_files::read_text_at_most(&self.0, LARGEST_SECRET).map_err(|error| lacks(error.to_string()))?;
        let token = SecretString::from(text);
        if token.expose_secret().trim().is_empty() {
            return Err(lacks("the file is empty".to_owned()));
        }
        Ok(token)
    }
}

fn set_up(message: &str) -> TenantError {
    TenantError::new(ErrorKind::SetUp, OPERATION, message)
}
