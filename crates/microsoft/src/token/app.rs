//! An app registration that signs in by itself: with a secret, a certificate, or the token of another issuer.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tripod_tenant::{CauseId, TenantError};

use super::Resource;
use super::assertion::Signer;
use super::federation::ForeignToken;
use super::login::{Given, Login};
use crate::config::Guid;

/// What an app registration proves itself with, made ready.
pub(super) enum Proof {
    Secret(SecretString),
    Certificate(Signer),
    Federated(Arc<dyn ForeignToken>),
}

/// Asks for a token of a resource (OAuth 2.0 client credentials; facts sheet, Microsoft 4).
pub(super) async fn ask(
    login: &Login,
    client_id: &Guid,
    proof: &Proof,
    resource: Resource,
    operation: &str,
) -> Result<Given, TenantError> {
    let scope = resource.all_of_an_app();
    let mut form = vec![("grant_type", "client_credentials"), ("client_id", client_id.as_str()), ("scope", &scope)];
    let assertion = match proof {
        Proof::Secret(secret) => {
            form.push(("client_secret", secret.expose_secret()));
            None
        }
        Proof::Certificate(signer) => Some(signer.assertion(Timestamp::now())?),
        // Read for every request: whoever issues it replaces it long before a run of days ends.
        Proof::Federated(token) => Some(token.read().await?),
    };
    if let Some(assertion) = &assertion {
        form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
        form.push(("client_assertion", assertion.expose_secret().trim()));
    }
    let outcome = login.token(&form, operation).await;
    if matches!(proof, Proof::Federated(_)) { outcome.map_err(of_another_issuer) } else { outcome }
}

/// What a refusal means where the assertion is not ours: no certificate and no clock of this machine is behind it.
fn of_another_issuer(error: TenantError) -> TenantError {
    let message = match error.cause {
        Some(CauseId::MicrosoftCertificateRefused) => {
            "the token of the other issuer was not accepted: its signature is not the issuer's"
        }
        Some(CauseId::ClockSkew) => {
            "the token of the other issuer is out of its time; whoever writes it has to write a new one"
        }
        _ => return error,
    };
    TenantError { message: message.to_owned(), ..error }.caused_by(CauseId::MicrosoftFederationRefused)
}
