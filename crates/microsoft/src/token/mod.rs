//! Tokens: one per resource, asked for once however many callers wait, and anew before it ends.

mod assertion;
mod refusal;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use graph_core::identity::ForceTokenRefresh;
use graph_rs_sdk::error::{AuthExecutionError, AuthExecutionResult};
use graph_rs_sdk::identity::ClientApplication;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tripod_tenant::{CallPolicy, Clock, Endpoints, ErrorKind, Limits, Repeat, TenantError};

use self::assertion::Signer;
use crate::config::{AppCredentials, ClientProof, Guid};
use crate::http;

/// The host that gives out tokens.
const HOST: &str = "login.microsoftonline.com";
/// A token that ends sooner than this is not used any more.
const MARGIN: Duration = Duration::from_mins(5);

/// What a token is for. One token opens one resource (facts sheet, Microsoft 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Microsoft Graph.
    Graph,
    /// Exchange Online.
    Exchange,
}

impl Resource {
    fn scope(self) -> &'static str {
        match self {
            Self::Graph => "https://graph.microsoft.com/.default",
            Self::Exchange => "https://outlook.office365.com/.default",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::Exchange => "Exchange Online",
        }
    }
}

/// What the app registration proves itself with, made ready.
enum Proof {
    Secret(SecretString),
    Certificate(Signer),
}

/// A token and when it ends, by the machine's clock.
struct Token {
    value: SecretString,
    ends: Timestamp,
}

/// One resource's token, and how the last request for one failed.
#[derive(Default)]
struct Slot {
    held: Mutex<(Option<Token>, Option<TenantError>)>,
    /// How many requests have ended. Whoever waited while one failed shares its failure instead of asking again.
    ended: AtomicU64,
}

/// Where the adapter's tokens come from.
pub(crate) struct TokenSource {
    url: String,
    client_id: Guid,
    proof: Proof,
    http: reqwest::Client,
    policy: CallPolicy,
    graph: Slot,
    exchange: Slot,
    /// How many seconds the sign-in service's clock was ahead of this machine's at its last answer.
    ahead: AtomicI64,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("url", &self.url)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl TokenSource {
    /// A source for an app registration in a tenant. Nothing is asked for yet.
    pub(crate) fn new(
        tenant: &Guid,
        credentials: AppCredentials,
        endpoints: &Endpoints,
        http: reqwest::Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let client_id = Guid::read(&credentials.client_id).ok_or_else(|| {
            let message = "the client id is not a GUID; copy the application (client) ID from the app registration";
            TenantError::new(ErrorKind::SetUp, "sign in to Microsoft 365", message)
        })?;
        let proof = match credentials.proof {
            ClientProof::Secret(secret) => Proof::Secret(secret),
            // The audience is Microsoft's own address, also for a stand-in: it says whom the assertion is meant for.
            ClientProof::Certificate(pem) => {
                Proof::Certificate(Signer::new(&pem, format!("https://{HOST}/{tenant}/oauth2/v2.0/token"), &client_id)?)
            }
        };
        let limits = Limits { per_minute: NonZeroU32::MIN.saturating_add(59), at_once: 2 };
        Ok(Self {
            url: format!("{}/{tenant}/oauth2/v2.0/token", endpoints.root(HOST)),
            client_id,
            proof,
            http,
            policy: CallPolicy::new(limits, clock),
            graph: Slot::default(),
            exchange: Slot::default(),
            ahead: AtomicI64::new(0),
        })
    }

    /// How many seconds the sign-in service's clock was ahead of this machine's, by the `Date` of its last answer.
    pub(crate) fn seconds_ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    fn slot(&self, resource: Resource) -> &Slot {
        match resource {
            Resource::Graph => &self.graph,
            Resource::Exchange => &self.exchange,
        }
    }

    /// A token that has some minutes left.
    pub(crate) async fn token(&self, resource: Resource) -> Result<SecretString, TenantError> {
        self.token_other_than(resource, None).await
    }

    /// A token that is not the one which was refused. Asked for only if nobody else has done so meanwhile.
    pub(crate) async fn renewed(
        &self,
        resource: Resource,
        refused: &SecretString,
    ) -> Result<SecretString, TenantError> {
        self.token_other_than(resource, Some(refused)).await
    }

    async fn token_other_than(
        &self,
        resource: Resource,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, TenantError> {
        let slot = self.slot(resource);
        let ended_before = slot.ended.load(Ordering::Acquire);
        let mut held = slot.held.lock().await;
        let good_until = Timestamp::now().saturating_add(MARGIN).unwrap_or(Timestamp::MAX);
        if let Some(token) = &held.0 {
            let is_refused = refused.is_some_and(|refused| refused.expose_secret() == token.value.expose_secret());
            if token.ends > good_until && !is_refused {
                return Ok(token.value.clone());
            }
        }
        if let (Some(error), true) = (&held.1, slot.ended.load(Ordering::Acquire) != ended_before) {
            return Err(error.clone());
        }
        let outcome = self.policy.run(Repeat::Safe, || self.ask(resource)).await;
        slot.ended.fetch_add(1, Ordering::AcqRel);
        match outcome {
            Ok(token) => {
                let value = token.value.clone();
                *held = (Some(token), None);
                Ok(value)
            }
            Err(error) => {
                *held = (None, Some(error.clone()));
                Err(error)
            }
        }
    }

    async fn ask(&self, resource: Resource) -> Result<Token, TenantError> {
        #[derive(Deserialize)]
        struct Reply {
            access_token: String,
            expires_in: u64,
        }

        let operation = format!("sign in to {}", resource.name());
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("scope", resource.scope()),
        ];
        let assertion;
        match &self.proof {
            Proof::Secret(secret) => form.push(("client_secret", secret.expose_secret())),
            Proof::Certificate(signer) => {
                assertion = signer.assertion(Timestamp::now())?;
                form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
                form.push(("client_assertion", assertion.expose_secret()));
            }
        }
        let asked = Timestamp::now();
        let request =
            self.http.post(&self.url).form(&form).build().map_err(|_| {
                TenantError::new(ErrorKind::Invalid, &operation, "the token request could not be written")
            })?;
        let answer = http::send(&self.http, request, &operation).await?;
        if let Some(theirs) = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            self.ahead.store(theirs.timestamp().as_second() - Timestamp::now().as_second(), Ordering::Relaxed);
        }
        if !answer.is_success() {
            return Err(refusal::error(&answer, &operation));
        }
        let reply: Reply = serde_json::from_slice(&answer.body).map_err(|_| {
            // The body may hold a token, so nothing of it is shown.
            TenantError::new(ErrorKind::Invalid, &operation, "the answer holds no token")
        })?;
        let ends = asked.saturating_add(Duration::from_secs(reply.expires_in.min(86_400))).unwrap_or(asked);
        // A token with less than twice the margin to live would be asked for again at once.
        let ends = ends.max(asked.saturating_add(2 * MARGIN).unwrap_or(asked));
        Ok(Token { value: reply.access_token.into(), ends })
    }
}

/// The Graph token as graph-rs-sdk asks for it.
#[derive(Clone, Debug)]
pub(crate) struct GraphApplication(pub(crate) Arc<TokenSource>);

#[async_trait]
impl ClientApplication for GraphApplication {
    fn get_token_silent(&mut self) -> AuthExecutionResult<String> {
        let why: Box<dyn std::error::Error + Send + Sync> = "tokens are only asked for asynchronously".into();
        Err(AuthExecutionError::Other(why))
    }

    async fn get_token_silent_async(&mut self) -> AuthExecutionResult<String> {
        match self.0.token(Resource::Graph).await {
            Ok(token) => Ok(token.expose_secret().to_owned()),
            Err(error) => Err(AuthExecutionError::Other(Box::new(error))),
        }
    }

    /// Nothing to do: a refused token is replaced through [`TokenSource::renewed`].
    fn with_force_token_refresh(&mut self, _: ForceTokenRefresh) {}
}
