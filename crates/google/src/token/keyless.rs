//! Tokens of a service account that has no key: Google signs for it (facts sheet, Google 6.2).

use std::sync::Arc;

use http::StatusCode;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tripod_http::Connector;
use tripod_model::Address;
use tripod_tenant::{CauseId, Clock, ErrorKind, TenantError};

use super::Subject;
use super::caller::CallerTokens;
use super::cell::{Cell, Given};
use super::endpoint::{TokenEndpoint, unavailable, unreached};
use super::refusal::{Signer, of_assertion};
use crate::call::segment;
use crate::caller_credential::CallerCredential;
use crate::error::from_reply;

/// What the assertion asks for, which is also the most that Google gives.
const SECONDS: i64 = 3600;
/// The least scope for having something signed.
pub(super) const IAM: &str = "https://www.googleapis.com/auth/iam";

/// Has Google sign.
pub(super) struct Keyless {
    service_account: Address,
    caller: CallerTokens,
    caller_token: Cell,
    endpoint: TokenEndpoint,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    signed_jwt: String,
}

impl Keyless {
    pub(super) fn new(
        service_account: Address,
        caller: CallerCredential,
        endpoint: TokenEndpoint,
        connector: Connector,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let caller = CallerTokens::new(caller, endpoint.clone(), connector)?;
        Ok(Self { service_account, caller, caller_token: Cell::default(), endpoint, clock })
    }

    pub(super) async fn ask(&self, subject: &Subject, scope: &str, operation: &str) -> Result<Given, TenantError> {
        let assertion = self.signed(subject, scope, operation).await?;
        let form =
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose_secret())];
        let signer = Signer::Google(self.service_account.as_str());
        let granted = self.endpoint.grant(operation, &form).await;
        granted
            .map(Given::from)
            .map_err(|no| no.told(|refusal| of_assertion(refusal, signer, subject, scope, operation)))
    }

    /// The assertion. A token of the caller's that is not accepted any more is asked for again, once.
    async fn signed(&self, subject: &Subject, scope: &str, operation: &str) -> Result<SecretString, TenantError> {
        match self.sign(subject, scope, operation).await {
            Err((_, StatusCode::UNAUTHORIZED)) => {
                self.caller_token.forget().await;
                self.sign(subject, scope, operation).await
            }
            other => other,
        }
        .map_err(|(error, _)| error)
    }

    async fn sign(
        &self,
        subject: &Subject,
        scope: &str,
        operation: &str,
    ) -> Result<SecretString, (TenantError, StatusCode)> {
        let other = |error| (error, StatusCode::OK);
        let caller = || self.caller.ask(operation);
        let caller = self.caller_token.get(self.clock.as_ref(), caller).await.map_err(other)?;
        // Google looks at the machine's time, whatever clock everything else goes by.
        let now = Timestamp::now().as_second();
        let mut claims = json!({
            "iss": self.service_account,
            "scope": scope,
            "aud": format!("{}/token", self.endpoint.root("oauth2.googleapis.com")),
            "iat": now,
            "exp": now + SECONDS,
        });
        if let Some(whom) = subject.delegated() {
            claims["sub"] = json!(whom);
        }
        let root = self.endpoint.root("iamcredentials.googleapis.com");
        let url = format!("{root}/v1/projects/-/serviceAccounts/{}:signJwt", segment(self.service_account.as_str()));
        let body = json!({ "payload": claims.to_string(), "delegates": [] });
        let reply = self.endpoint.json(&url, &body, Some(&caller.token)).await;
        let reply = reply.map_err(|problem| other(unreached(operation, "Google's signing service", &problem)))?;
        if !reply.status.is_success() {
            let error = from_reply(operation, IAM, &reply, self.clock.now());
            return Err((self.refused(error, reply.status), reply.status));
        }
        // The parser's message may quote the reply.
        let signed: Signed = serde_json::from_slice(&reply.body)
            .map_err(|_| other(unavailable(operation, "the signing service's answer has nothing signed in it")))?;
        Ok(SecretString::from(signed.signed_jwt))
    }

    /// What stands in the way of signing. Which of two things it is, «permission denied (or it may not exist)», Google
    /// does not tell.
    fn refused(&self, error: TenantError, status: StatusCode) -> TenantError {
        refused_for(&self.service_account, error, status, "sign for")
    }
}

/// The error of a call to the IAM Service Account Credentials API that was refused.
pub(super) fn refused_for(
    service_account: &Address,
    mut error: TenantError,
    status: StatusCode,
    verb: &str,
) -> TenantError {
    // The token is asked for before anything is done.
    error.not_done = true;
    if error.is_transient() {
        return error;
    }
    let message = std::mem::take(&mut error.message);
    let (text, cause) = match (status, error.cause) {
        (_, Some(CauseId::GoogleApiOff)) => {
            (format!("IAM Service Account Credentials API: {message}"), CauseId::GoogleApiOff)
        }
        (StatusCode::FORBIDDEN, _) if is_about_the_scope(&message) => {
            (format!("the caller's token lacks the scope for signing: {message}"), CauseId::GoogleCallerRefused)
        }
        (StatusCode::FORBIDDEN, _) => {
            (format!("the caller may not {verb} {service_account}: {message}"), CauseId::GoogleTokenCreatorMissing)
        }
        (StatusCode::NOT_FOUND, _) => (
            format!("Google does not know the service account {service_account}: {message}"),
            CauseId::GoogleServiceAccountUnknown,
        ),
        (StatusCode::UNAUTHORIZED, _) => {
            (format!("Google does not accept the caller's token: {message}"), CauseId::GoogleCallerRefused)
        }
        (_, cause) => {
            error.message = message;
            error.kind = ErrorKind::SetUp;
            error.cause = cause;
            return error;
        }
    };
    TenantError::new(ErrorKind::SetUp, error.operation, text).caused_by(cause)
}

/// Whether a refusal is about the token's scopes and not about the caller's role.
fn is_about_the_scope(message: &str) -> bool {
    message.contains("insufficientPermissions") || message.contains("insufficient authentication scopes")
}
