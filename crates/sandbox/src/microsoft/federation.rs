//! Workload identity federation: another issuer's token in place of a secret (facts sheet, Microsoft 4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::json;

use super::access::CLIENT_PEM;
use super::assertion::{AssertionProblem, CERTIFICATE, LEEWAY};
use super::state::Tenant;
use crate::description::{FederatedDescription, IdentityAccess};
use crate::identity::Access;

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
}

/// One audience, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => many.iter().any(|one| one == wanted),
        }
    }
}

/// The identity that a description speaks of.
pub(super) fn access(identity: IdentityAccess) -> Access {
    match identity {
        IdentityAccess::Read => Access::Read,
        IdentityAccess::Write => Access::Write,
    }
}

/// Whether an assertion is another issuer's token, rather than one that the client has signed itself.
pub(super) fn is_foreign(jwt: &str, client: &str) -> bool {
    unchecked(jwt).is_some_and(|claims| !claims.iss.eq_ignore_ascii_case(client))
}

fn unchecked(jwt: &str) -> Option<Claims> {
    let payload = jwt.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// Holds the token against the registration's federated credentials: issuer, subject, audience, signature, life time.
pub(super) fn check(tenant: &Tenant, app: Access, jwt: &str, wall: Timestamp) -> Result<(), AssertionProblem> {
    let malformed = || (50_027, "JWT token is invalid or malformed.".to_owned());
    let claims = unchecked(jwt).ok_or_else(malformed)?;
    let known = tenant.sign_in().federated;
    let mine: Vec<&FederatedDescription> = known.iter().filter(|one| access(one.identity) == app).collect();
    let told = format!(
        "Assertion Issuer: '{}'. Assertion Subject: '{}'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
        claims.iss, claims.sub
    );
    let of_issuer: Vec<&&FederatedDescription> =
        mine.iter().filter(|one| one.issuer == claims.iss && claims.aud.has(&one.audience)).collect();
    if of_issuer.is_empty() {
        let text = format!("No matching federated identity record found for presented assertion. {told}");
        return Err((70_021, text));
    }
    let Some(credential) = of_issuer.into_iter().find(|one| one.subject == claims.sub) else {
        let text = format!(
            "No matching federated identity record found for presented assertion subject '{}'. {told}",
            claims.sub
        );
        return Err((700_213, text));
    };
    let pem = credential.public_key.as_deref().unwrap_or(CERTIFICATE);
    let key = DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| malformed())?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.algorithms = vec![Algorithm::RS256, Algorithm::PS256];
    // Held against the time of this exchange below, not against the library's own clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Claims>(jwt, &key, &validation).map_err(|_| {
        let text = "Client assertion failed signature validation. [Reason - The key was not found.]";
        (700_027, text.to_owned())
    })?;
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
    let now = wall.as_second() as f64;
    if claims.exp + LEEWAY < now || claims.nbf.is_some_and(|from| from > now + LEEWAY) {
        return Err((700_024, "Client assertion is not within its valid time range.".to_owned()));
    }
    Ok(())
}

/// A token as the issuer of the identity's first federated credential would give it out; where there is none, one of an
/// issuer that nobody trusts.
pub(super) fn token(tenant: &Tenant, app: Access, wall: Timestamp) -> Option<String> {
    let known = tenant.sign_in().federated;
    let mine = known.iter().find(|one| access(one.identity) == app);
    let claims = json!({
        "iss": mine.map_or("https://issuer.invalid", |one| &one.issuer),
        "sub": mine.map_or("nobody", |one| &one.subject),
        "aud": mine.map_or("api://AzureADTokenExchange", |one| &one.audience),
        "iat": wall.as_second(),
        "exp": wall.as_second() + 600,
    });
    let key = EncodingKey::from_rsa_pem(CLIENT_PEM.as_bytes()).ok()?;
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).ok()
}
