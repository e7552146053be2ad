//! The token endpoint: an assertion in, an access token out (facts sheet, Google 6.1). Codes and refresh tokens go on
//! to where people sign in.

use serde::Deserialize;
use serde_json::json;

use super::access::{Kind, SKEW, Token};
use super::state::{Owner, Tenant};
use super::{access, account, browser, errors, jwt};
use crate::identity::Access;
use crate::sign_in::RemovedFromGoogle;
use crate::wire::{Moment, Reply, Request};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long an assertion may be good for, in seconds.
const LONGEST: i64 = 3600;

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    scope: Option<String>,
    aud: Option<String>,
    iat: Option<i64>,
    exp: Option<i64>,
}

/// Answers `POST /token` and `POST /revoke`.
pub(super) fn answer(tenants: &mut [Tenant], request: &Request, moment: &mut Moment) -> Reply {
    if request.method == http::Method::POST && request.path == "/revoke" {
        let named = request.form().into_iter().chain(request.query_pairs()).find(|(key, _)| key == "token");
        return browser::revoke(tenants, &named.map(|(_, value)| value).unwrap_or_default());
    }
    if request.method != http::Method::POST || request.path != "/token" {
        return errors::token(404, "invalid_request", "Not found.");
    }
    let form = request.form();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match field("grant_type") {
        Some(JWT_BEARER) => {}
        Some("authorization_code") => {
            return browser::redeem(tenants, &field, moment).unwrap_or_else(|refusal| refusal);
        }
        Some("refresh_token") => return browser::refresh(tenants, &field, moment).unwrap_or_else(|refusal| refusal),
        Some(other) => return errors::token(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}")),
        None => return errors::token(400, "invalid_request", "Required parameter is missing: grant_type"),
    }
    let Some(assertion) = field("assertion") else {
        return errors::token(400, "invalid_request", "Required parameter is missing: assertion");
    };
    exchange(tenants, assertion, moment).unwrap_or_else(|refusal| refusal)
}

fn exchange(tenants: &[Tenant], assertion: &str, moment: &Moment) -> Result<Reply, Reply> {
    let grant = |description: &str| errors::token(400, "invalid_grant", description);
    let claims = jwt::claims::<Claims>(assertion).ok_or_else(|| grant("Invalid JWT: Failed to parse the JWT."))?;
    let issuer = claims.iss.as_deref().unwrap_or_default();
    let accounts = tenants.iter().flat_map(|tenant| [(tenant, Access::Read), (tenant, Access::Write)]);
    let (tenant, identity) = accounts
        .clone()
        .find(|(tenant, access)| account::email(tenant, *access) == issuer)
        .ok_or_else(|| grant("Invalid JWT: No valid verifier found for issuer."))?;
    if tenant.has_removed(RemovedFromGoogle::ServiceAccount) {
        return Err(grant("Invalid grant: account not found"));
    }
    if !account::has_signed(tenant, identity, assertion) {
        return Err(grant("Invalid JWT Signature."));
    }
    let audience = claims.aud.as_deref().unwrap_or_default();
    if audience != "https://oauth2.googleapis.com/token" && audience != format!("{}/token", moment.root) {
        return Err(grant("Invalid JWT: Failed audience check."));
    }
    let wall = moment.wall.as_second();
    let timely = matches!((claims.iat, claims.exp), (Some(from), Some(until))
        if from <= wall + SKEW && until > wall - SKEW && from < until && until - from <= LONGEST);
    if !timely {
        return Err(grant(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
             Check your iat and exp values in the JWT claim.",
        ));
    }
    let scopes: Vec<&str> = claims.scope.as_deref().unwrap_or_default().split_whitespace().collect();
    if scopes.is_empty() {
        return Err(errors::token(400, "invalid_scope", "Empty or missing scope not allowed."));
    }
    let subject = match claims.sub.as_deref() {
        None => None,
        Some(own) if own == issuer => None,
        Some(sub) => Some(subject(tenant, sub, &scopes, identity, moment)?),
    };
    let lifetime = access::LIFETIME;
    let token = Token { access: identity, kind: Kind::Service, subject: subject.as_deref(), scopes: &scopes, lifetime };
    let token = access::issue(tenant, &token, moment.wall);
    Ok(Reply::json(200, json!({"access_token": token, "expires_in": lifetime, "token_type": "Bearer"})))
}

/// The id of the user that the token is for, if the account may act for them.
fn subject(tenant: &Tenant, sub: &str, scopes: &[&str], identity: Access, moment: &Moment) -> Result<String, Reply> {
    let unauthorized = || {
        let text = "Client is unauthorized to retrieve access tokens using this method, or client not authorized for \
                    any of the scopes requested.";
        Err(errors::token(401, "unauthorized_client", text))
    };
    let grant = |description: &str| Err(errors::token(400, "invalid_grant", description));
    if !sub.contains('@') && !sub.chars().all(|c| c.is_ascii_digit()) {
        return Err(errors::token(400, "invalid_request", "Invalid impersonation \"sub\" field."));
    }
    let user = match tenant.owner(sub) {
        // A group cannot sign in, so nobody can act for it.
        Some(Owner::Group(_)) => return unauthorized(),
        Some(Owner::User(id)) => tenant.users.get(&id),
        None if tenant.users.values().any(|user| user.deleted.is_some() && user.primary.eq_ignore_ascii_case(sub)) => {
            return grant("The account has been deleted");
        }
        None => None,
    };
    let visible = user.filter(|user| tenant.is_visible(user.created, moment.now));
    let Some(user) = visible.filter(|user| user.primary.eq_ignore_ascii_case(sub) || user.id == sub) else {
        return grant("Invalid email or User ID");
    };
    if tenant.sign_in.app_blocked {
        return Err(errors::token(400, "access_denied", "Requested client not authorized."));
    }
    // All or nothing: one scope too many refuses them all.
    if !scopes.iter().all(|scope| account::delegated(tenant, identity, scope)) {
        return unauthorized();
    }
    Ok(user.id.clone())
}
