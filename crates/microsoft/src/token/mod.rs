//! Tokens: one per resource, asked for once however many callers wait, and anew before it ends.

mod app;
mod assertion;
pub(crate) mod claims;
mod device;
mod federation;
mod login;
mod managed;
mod person;
mod place;
mod refusal;
mod resource;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use graph_core::identity::ForceTokenRefresh;
use graph_rs_sdk::error::{AuthExecutionError, AuthExecutionResult};
use graph_rs_sdk::identity::ClientApplication;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tripod_tenant::{CallPolicy, CauseId, Clock, Endpoints, ErrorKind, Limits, Repeat, TenantError};

use self::assertion::Signer;
use self::login::{Given, Login};
use self::managed::Machine;
use self::person::Person;
use crate::config::{AppCredentials, ClientProof, Guid};

pub use self::device::{DeviceSignIn, SignedIn};
pub use self::federation::{ForeignToken, GithubToken, TokenFile};
pub use self::managed::ManagedIdentity;
pub(crate) use self::resource::{EXCHANGE_DELEGATED, Resource};

/// A token that ends sooner than this is not used any more.
const MARGIN: Duration = Duration::from_mins(5);
/// The longest time that a token is used, whatever its issuer says.
const LONGEST: Duration = Duration::from_hours(24);

/// Who signs in, made ready.
enum SignsIn {
    /// An app registration by itself.
    App { login: Login, client_id: Guid, proof: app::Proof },
    /// A person who signed in before, through an app registration.
    Person { login: Login, client_id: Guid, person: Person },
    /// The machine.
    Machine(Machine),
}

/// In what way Tripod signs in, as far as it matters for what is asked and for what is said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As an app registration.
    App,
    /// On behalf of a person.
    Person,
    /// As a machine.
    Machine,
}

/// A token and when it ends, by the clock that was handed in.
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
    signs_in: SignsIn,
    policy: CallPolicy,
    graph: Slot,
    exchange: Slot,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TokenSource");
        match &self.signs_in {
            SignsIn::App { login, client_id, .. } | SignsIn::Person { login, client_id, .. } => {
                shown.field("at", &login.root()).field("client_id", client_id)
            }
            SignsIn::Machine(machine) => shown.field("at", &machine.address()),
        };
        shown.finish_non_exhaustive()
    }
}

impl TokenSource {
    /// A source for one identity in a tenant, which reads or `writes`. Nothing is asked for yet.
    pub(crate) fn new(
        tenant: &Guid,
        credentials: AppCredentials,
        writes: bool,
        endpoints: &Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let given_id = credentials.client_id.as_deref();
        let login = Login::new(tenant, endpoints);
        let app = |login, proof| Ok(SignsIn::App { client_id: client_id(given_id)?, proof, login });
        let signs_in = match credentials.proof {
            ClientProof::Secret(secret) => app(login, app::Proof::Secret(secret))?,
            ClientProof::Federated(token) => app(login, app::Proof::Federated(token))?,
            ClientProof::Certificate(pem) => {
                // The audience is Microsoft's own address, also for a stand-in: it says whom the assertion is meant for.
                let audience = format!("https://{}/{tenant}/oauth2/v2.0/token", login::HOST);
                app(login, app::Proof::Certificate(Signer::new(&pem, audience, &client_id(given_id)?)?))?
            }
            ClientProof::DeviceCode(kept) => {
                SignsIn::Person { client_id: client_id(given_id)?, person: Person::new(kept, writes), login }
            }
            ClientProof::ManagedIdentity(identity) => {
                let assigned = given_id.map(|id| client_id(Some(id))).transpose()?;
                SignsIn::Machine(Machine::new(identity, assigned, endpoints)?)
            }
        };
        let limits = Limits { per_minute: NonZeroU32::MIN.saturating_add(59), at_once: 2 };
        let policy = CallPolicy::new(limits, clock);
        Ok(Self { signs_in, policy, graph: Slot::default(), exchange: Slot::default() })
    }

    /// How many seconds the sign-in service's clock was ahead of this machine's, by the `Date` of its last answer;
    /// nothing if it was not asked.
    pub(crate) fn seconds_ahead(&self) -> Option<i64> {
        match &self.signs_in {
            SignsIn::App { login, .. } | SignsIn::Person { login, .. } => login.seconds_ahead(),
            SignsIn::Machine(_) => None,
        }
    }

    /// In what way Tripod signs in.
    pub(crate) fn manner(&self) -> Manner {
        match &self.signs_in {
            SignsIn::App { .. } => Manner::App,
            SignsIn::Person { .. } => Manner::Person,
            SignsIn::Machine(_) => Manner::Machine,
        }
    }

    /// The sign-in name of the person on whose behalf Tripod acts, once a token has been given out.
    pub(crate) fn person(&self) -> Option<String> {
        match &self.signs_in {
            SignsIn::Person { person, .. } => person.name(),
            _ => None,
        }
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
        let good_until = self.policy.clock().now().saturating_add(MARGIN).unwrap_or(Timestamp::MAX);
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

    /// Boxed, because everything that this adapter does has it inside.
    fn ask(&self, resource: Resource) -> BoxFuture<'_, Result<Token, TenantError>> {
        Box::pin(self.ask_whoever_signs_in(resource))
    }

    async fn ask_whoever_signs_in(&self, resource: Resource) -> Result<Token, TenantError> {
        let operation = format!("sign in to {}", resource.name());
        let asked = self.policy.clock().now();
        let Given { access_token, lifetime, .. } = match &self.signs_in {
            SignsIn::App { login, client_id, proof } => app::ask(login, client_id, proof, resource, &operation).await?,
            SignsIn::Person { login, client_id, person } => person.ask(login, client_id, resource, &operation).await?,
            SignsIn::Machine(machine) => machine.ask(resource, &operation).await?,
        };
        // A token with less than twice the margin to live would be asked for again at once.
        let ends = asked.saturating_add(lifetime.clamp(2 * MARGIN, LONGEST)).unwrap_or(asked);
        Ok(Token { value: access_token, ends })
    }
}

/// The client id of an app registration; every way to sign in but a machine's needs one.
fn client_id(text: Option<&str>) -> Result<Guid, TenantError> {
    text.and_then(Guid::read).ok_or_else(|| {
        let message = "the client id is not a GUID; copy the application (client) ID from the app registration";
        TenantError::new(ErrorKind::SetUp, "sign in to Microsoft 365", message).caused_by(CauseId::CredentialUnusable)
    })
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
