//! Access tokens: one per subject and scope, asked for once however many callers wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use secrecy::SecretString;
use tripod_model::Address;
use tripod_tenant::{CallPolicy, CauseId, Endpoints, ErrorKind, Repeat, TenantError};
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::error::AuthErrorCode;
use yup_oauth2::{AccessToken, CustomHyperClientBuilder, ServiceAccountAuthenticator};

use crate::http::{Connector, EXCHANGE_TIMEOUT, with_causes};
use crate::key::{ServiceAccountKey, wrong};

/// On whose behalf a call is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The administrator of the settings.
    Admin(Address),
    /// The mailbox itself.
    Mailbox(Address),
}

impl Subject {
    fn address(&self) -> &Address {
        match self {
            Self::Admin(address) | Self::Mailbox(address) => address,
        }
    }
}

/// The token of one subject for one scope. The lock is held while it is asked for.
#[derive(Default)]
struct Cell {
    asked: tokio::sync::Mutex<Option<Result<Held, TenantError>>>,
    /// Counts the answers, so that whoever waited for one takes it, even if it is a refusal.
    answers: AtomicU64,
}

/// A token in use. It has no `Debug`, because its parts would show the token.
struct Held {
    token: SecretString,
    access: AccessToken,
}

/// Where tokens come from.
pub(crate) struct TokenSource {
    key: yup_oauth2::ServiceAccountKey,
    client_name: String,
    client: Client<Connector, String>,
    policy: CallPolicy,
    cells: Mutex<HashMap<(Subject, &'static str), Arc<Cell>>>,
}

impl TokenSource {
    /// A source that signs with this key. An error of kind [`ErrorKind::SetUp`] if the key cannot be used.
    pub(crate) fn new(
        key: ServiceAccountKey,
        endpoints: &Endpoints,
        connector: Connector,
        policy: CallPolicy,
    ) -> Result<Self, TenantError> {
        let client_name = key.client().to_owned();
        let key = key.checked(endpoints)?;
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let source = Self { key, client_name, client, policy, cells: Mutex::default() };
        // Nothing in it waits; it reads the private key, which is better known now than at the first call.
        let usable = source.authenticator("").now_or_never().is_some_and(|built| built.is_ok());
        if usable { Ok(source) } else { Err(wrong("its `private_key` is not an RSA key that can be read")) }
    }

    /// A token for a subject and a scope.
    pub(crate) async fn token(
        &self,
        subject: &Subject,
        scope: &'static str,
        operation: &str,
    ) -> Result<SecretString, TenantError> {
        let cell = self.cell(subject, scope);
        let seen = cell.answers.load(Ordering::Acquire);
        let mut asked = cell.asked.lock().await;
        match &*asked {
            Some(Ok(held)) if !held.access.is_expired() => return Ok(held.token.clone()),
            Some(Err(error)) if cell.answers.load(Ordering::Acquire) != seen => return Err(error.clone()),
            _ => {}
        }
        let answer = self.policy.run(Repeat::Safe, || self.ask(subject, scope, operation)).await;
        let outcome = answer.as_ref().map(|held| held.token.clone()).map_err(Clone::clone);
        *asked = Some(answer);
        cell.answers.fetch_add(1, Ordering::Release);
        outcome
    }

    /// Forgets a token that Google refused, so that the next call asks for a new one.
    pub(crate) async fn forget(&self, subject: &Subject, scope: &'static str) {
        *self.cell(subject, scope).asked.lock().await = None;
    }

    fn cell(&self, subject: &Subject, scope: &'static str) -> Arc<Cell> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry((subject.clone(), scope)).or_default())
    }

    /// A fresh authenticator for each token: its own cache keeps a reply without a token for ever.
    async fn authenticator(&self, subject: &str) -> std::io::Result<Authenticator<Connector>> {
        let client = CustomHyperClientBuilder::from(self.client.clone());
        ServiceAccountAuthenticator::with_client(self.key.clone(), client).subject(subject).build().await
    }

    async fn ask(&self, subject: &Subject, scope: &'static str, operation: &str) -> Result<Held, TenantError> {
        let unreadable = |_| wrong("its `private_key` is not an RSA key that can be read");
        let authenticator = self.authenticator(subject.address().as_str()).await.map_err(unreadable)?;
        // The library's own timeout does not reach a client that it is given.
        let access = tokio::time::timeout(EXCHANGE_TIMEOUT, authenticator.token(&[scope]))
            .await
            .map_err(|_| unavailable(operation, "the token endpoint did not answer in time"))?
            .map_err(|error| refused(&error, subject, scope, operation, &self.client_name))?;
        let Some(token) = access.token().map(SecretString::from) else {
            return Err(unavailable(operation, "the token endpoint's answer has no token in it"));
        };
        Ok(Held { token, access })
    }
}

/// An error from the token endpoint by kind (facts sheet, Google 6.1). The call behind it was certainly not made.
fn refused(
    error: &yup_oauth2::Error,
    subject: &Subject,
    scope: &str,
    operation: &str,
    client_name: &str,
) -> TenantError {
    let yup_oauth2::Error::AuthError(auth) = error else {
        return match error {
            // The library's text quotes the body of the reply.
            yup_oauth2::Error::JSONError(_) => unavailable(operation, "the token endpoint's answer is not JSON"),
            other => unavailable(operation, format!("the token endpoint cannot be reached: {}", with_causes(other))),
        };
    };
    let said = auth.error_description.as_deref().unwrap_or(auth.error.as_str()).trim_end_matches('.');
    let set_up = |message: String| TenantError::new(ErrorKind::SetUp, operation, message);
    match &auth.error {
        AuthErrorCode::UnauthorizedClient => {
            set_up(format!("domain-wide delegation of client {client_name} lacks one of: {scope} ({said})"))
                .lacking(scope)
                .caused_by(CauseId::GoogleScopeNotDelegated)
        }
        AuthErrorCode::AccessDenied => set_up(format!("Google's policy refuses client {client_name} a token: {said}"))
            .caused_by(CauseId::GooglePolicyRefuses),
        AuthErrorCode::InvalidGrant if is_about_the_subject(said) => match subject {
            Subject::Mailbox(address) => {
                TenantError::new(ErrorKind::Missing, operation, format!("mailbox {address} is missing ({said})"))
            }
            // Never «missing»: it is the administrator that is not there, not what was asked for.
            Subject::Admin(address) => set_up(format!("the administrator {address} cannot be acted for ({said})"))
                .caused_by(CauseId::GoogleAdminUnknown),
        },
        AuthErrorCode::InvalidGrant if is_about_the_time(said) => {
            set_up(format!("this machine's clock differs from Google's, so that what it signs is refused: {said}"))
                .caused_by(CauseId::ClockSkew)
        }
        AuthErrorCode::InvalidGrant => {
            set_up(format!("Google does not accept the key of client {client_name} for {}: {said}", subject.address()))
                .caused_by(CauseId::GoogleKeyRefused)
        }
        AuthErrorCode::Other(code)
            if matches!(code.as_str(), "internal_failure" | "server_error" | "temporarily_unavailable") =>
        {
            unavailable(operation, format!("the token endpoint failed: {said}"))
        }
        _ => set_up(format!("the token endpoint refused client {client_name}: {said}")),
    }
}

fn is_about_the_subject(said: &str) -> bool {
    ["Invalid email or User ID", "Not a valid email", "The account has been deleted"]
        .iter()
        .any(|text| said.contains(text))
}

/// Whether the assertion's times were refused, which only a clock that goes wrong can bring about (facts sheet, Google
/// 6.1: «Check your iat and exp values in the JWT claim»).
fn is_about_the_time(said: &str) -> bool {
    said.contains("reasonable timeframe") || (said.contains("iat") && said.contains("exp"))
}

fn unavailable(operation: &str, message: impl Into<String>) -> TenantError {
    let mut error = TenantError::new(ErrorKind::Unavailable, operation, message);
    error.not_done = true;
    error
}
