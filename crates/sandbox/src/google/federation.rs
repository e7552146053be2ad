//! Tokens from outside in exchange for Google's (facts sheet, Google 6.4). The sheet has no errors of this service; they
//! are OAuth's own words, with descriptions as its clients quote them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, Kind, Token};
use super::state::Tenant;
use super::{account, errors, jwt};
use crate::identity::Access;
use crate::sign_in::FederationDescription;
use crate::wire::{Moment, Reply, Request};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TYPES: [&str; 2] = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Value>,
    exp: Option<i64>,
}

/// Answers `POST /v1/token`, with JSON in Google's names or a form in the standard's.
pub(super) fn answer(tenants: &[Tenant], request: &Request, moment: &Moment) -> Reply {
    if request.method != http::Method::POST || request.path != "/v1/token" {
        return errors::token(404, "invalid_request", "Not found.");
    }
    exchange(tenants, request, moment).unwrap_or_else(|refusal| refusal)
}

fn exchange(tenants: &[Tenant], request: &Request, moment: &Moment) -> Result<Reply, Reply> {
    let (body, form) = (request.json().unwrap_or_default(), request.form());
    let field = |json: &str, standard: &str| {
        let form = || form.iter().find(|(key, _)| key == standard).map(|(_, value)| value.clone());
        body.get(json).and_then(Value::as_str).map(str::to_owned).or_else(form)
    };
    let wrong = |what: &str| errors::token(400, "invalid_request", &format!("Invalid value for \"{what}\"."));
    match field("grantType", "grant_type").as_deref() {
        Some(EXCHANGE) => {}
        Some(_) => return Err(errors::token(400, "unsupported_grant_type", "Invalid grant_type.")),
        None => return Err(wrong("grantType")),
    }
    if field("requestedTokenType", "requested_token_type").is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Err(wrong("requestedTokenType"));
    }
    if !field("subjectTokenType", "subject_token_type").is_some_and(|kind| SUBJECT_TYPES.contains(&kind.as_str())) {
        return Err(wrong("subjectTokenType"));
    }
    let scope = field("scope", "scope").filter(|scope| !scope.trim().is_empty()).ok_or_else(|| wrong("scope"))?;
    let audience = field("audience", "audience").unwrap_or_default();
    let named = |tenant: &Tenant| {
        let federation = tenant.sign_in.federation.clone()?;
        (federation.audience == audience && !federation.disabled).then_some(federation)
    };
    let (tenant, federation) = tenants
        .iter()
        .find_map(|tenant| named(tenant).map(|federation| (tenant, federation)))
        .ok_or_else(|| errors::token(400, "invalid_target", "The target service indicated by the \"audience\" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn't exist."))?;
    let subject = field("subjectToken", "subject_token").ok_or_else(|| wrong("subjectToken"))?;
    believe(&federation, &subject, moment)?;
    let scopes: Vec<&str> = scope.split_whitespace().collect();
    let lifetime = access::LIFETIME;
    let token = Token { access: Access::Read, kind: Kind::Federated, subject: None, scopes: &scopes, lifetime };
    Ok(Reply::json(
        200,
        json!({
            "access_token": access::issue(tenant, &token, moment.wall),
            "issued_token_type": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": lifetime,
        }),
    ))
}

/// Whether a token from outside is what the provider takes.
fn believe(federation: &FederationDescription, token: &str, moment: &Moment) -> Result<(), Reply> {
    let grant = |text: &str| Err(errors::token(400, "invalid_grant", text));
    let Some(claims) = jwt::claims::<Claims>(token) else {
        return grant("The token is malformed: unable to parse the ID Token.");
    };
    let issuer = claims.iss.unwrap_or_default();
    if issuer != federation.issuer {
        return grant(&format!("The issuer in ID Token {issuer} does not match the expected ones."));
    }
    if !jwt::signed_by(token, account::OUTSIDE_PUBLIC_KEY, None) {
        return grant("Invalid JWT signature.");
    }
    let audiences = match claims.aud {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    let wanted = [federation.audience.clone(), format!("https:{}", federation.audience)];
    if !audiences.iter().any(|one| wanted.contains(one)) {
        return grant(&format!("The audience in ID Token {audiences:?} does not match the expected audience."));
    }
    if claims.exp.is_none_or(|until| until <= moment.wall.as_second()) {
        return grant("ID Token is stale to sign-in.");
    }
    let subject = claims.sub.unwrap_or_default();
    if !federation.subjects.is_empty() && !federation.subjects.contains(&subject) {
        let text = "The given credential is rejected by the attribute condition.";
        return Err(errors::token(401, "unauthorized_client", text));
    }
    Ok(())
}

/// A token as the identity provider outside would give it to a workload.
pub(super) fn subject_token(tenant: &Tenant, subject: &str, wall: jiff::Timestamp) -> Option<String> {
    let federation = tenant.sign_in.federation.as_ref()?;
    let claims = json!({
        "iss": federation.issuer,
        "sub": subject,
        "aud": format!("https:{}", federation.audience),
        "iat": wall.as_second(),
        "exp": wall.as_second() + 600,
    });
    jwt::sign(&claims, account::OUTSIDE_PRIVATE_KEY, None)
}
