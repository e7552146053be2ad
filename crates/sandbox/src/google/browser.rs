//! Somebody who signs in in the browser for an app on their own machine: the authorisation endpoint, and the codes and
//! refresh tokens that come of it (facts sheet, Google 6.5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Digest;

use super::access::{self, Kind, Token};
use super::state::{Tenant, User};
use super::{account, errors};
use crate::identity::Access;
use crate::sign_in::RemovedFromGoogle;
use crate::wire::{Body, Moment, Reply, Request};

/// How long a code can be redeemed.
const CODE: SignedDuration = SignedDuration::from_mins(10);

/// A code that can be redeemed once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Code {
    /// The user's id.
    user: String,
    scopes: Vec<String>,
    redirect: String,
    /// The challenge and whether it is a hash of the verifier, if the client sent one.
    challenge: Option<(String, bool)>,
    /// Whether a refresh token was asked for.
    offline: bool,
    at: Timestamp,
}

/// A refresh token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refresh {
    /// The user's id.
    user: String,
    scopes: Vec<String>,
    at: Timestamp,
    revoked: bool,
}

/// Answers a request to `accounts.google.com`.
pub(super) fn authorise(tenants: &mut [Tenant], request: &Request, moment: &mut Moment) -> Reply {
    let known = matches!(request.path.as_str(), "/o/oauth2/v2/auth" | "/o/oauth2/auth");
    if request.method != http::Method::GET || !known {
        return page(404, "not_found");
    }
    let value = |name: &str| request.query_value(name).filter(|value| !value.is_empty());
    let client = value("client_id").unwrap_or_default();
    let Some(tenant) = tenants.iter_mut().find(|tenant| account::client_id(tenant) == client) else {
        return page(401, "invalid_client");
    };
    if tenant.has_removed(RemovedFromGoogle::OauthClient) {
        return page(401, "deleted_client");
    }
    if tenant.sign_in.app_blocked {
        return page(400, "admin_policy_enforced");
    }
    // Until the address is known to be the app's own, nothing may be sent there.
    let Some(redirect) = value("redirect_uri").filter(|uri| is_loopback(uri)) else {
        return page(400, "redirect_uri_mismatch");
    };
    let answer = |pairs: &[(&str, &str)]| back(&redirect, value("state").as_deref(), pairs);
    if value("response_type").as_deref() != Some("code") {
        return page(400, "unsupported_response_type");
    }
    let mut scopes: Vec<String> = value("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return page(400, "invalid_request");
    }
    if !scopes.iter().all(|scope| account::exists(scope)) {
        return page(400, "invalid_scope");
    }
    let challenge = match (value("code_challenge"), value("code_challenge_method").as_deref()) {
        (None, _) => None,
        (Some(challenge), None | Some("plain")) => Some((challenge, false)),
        (Some(challenge), Some("S256")) => Some((challenge, true)),
        (Some(_), Some(_)) => return page(400, "invalid_request"),
    };
    let Some(user) = visitor(tenant, value("login_hint").as_deref()).filter(|_| tenant.sign_in.consents) else {
        return answer(&[("error", "access_denied")]);
    };
    let is_unticked = |scope: &String| tenant.sign_in.unticked.iter().any(|one| account::is_scope(one, scope));
    scopes.retain(|scope| !is_unticked(scope));
    let code = Code {
        user: user.id.clone(),
        redirect: redirect.clone(),
        challenge,
        offline: value("access_type").as_deref() == Some("offline"),
        at: moment.now,
        scopes,
    };
    let scope = code.scopes.join(" ");
    let text = format!("4/0A{:016x}{:016x}", moment.random.u64(..), moment.random.u64(..));
    tenant.codes.insert(text.clone(), code);
    answer(&[("code", &text), ("scope", &scope)])
}

/// Who sits at the browser, if the account can sign in.
fn visitor<'a>(tenant: &'a Tenant, hint: Option<&str>) -> Option<&'a User> {
    let said = tenant.sign_in.person.as_ref().map(tripod_model::Address::as_str);
    let user = match hint.or(said) {
        Some(address) => tenant.user(address),
        None => tenant.users.values().find(|user| user.admin),
    };
    user.filter(|user| can_sign_in(user))
}

fn can_sign_in(user: &User) -> bool {
    !user.suspended && !user.archived && user.deleted.is_none()
}

/// Whether an address is one that an app on the same machine listens on.
fn is_loopback(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|uri| {
        let host = uri.host_str().unwrap_or_default();
        uri.scheme() == "http" && matches!(host, "127.0.0.1" | "localhost" | "[::1]")
    })
}

fn back(redirect: &str, state: Option<&str>, pairs: &[(&str, &str)]) -> Reply {
    let Ok(mut uri) = url::Url::parse(redirect) else { return page(400, "redirect_uri_mismatch") };
    {
        let mut query = uri.query_pairs_mut();
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        query.extend_pairs(pairs);
    }
    Reply::empty(302).header("location", uri.to_string())
}

fn page(status: u16, error: &str) -> Reply {
    let text = format!("<!DOCTYPE html><title>Error {status}: {error}</title><p>Error {status}: {error}</p>\n");
    Reply {
        status,
        headers: Vec::new(),
        body: Body::Text { content_type: "text/html; charset=utf-8".to_owned(), text },
    }
}

type Fields<'f> = dyn Fn(&str) -> Option<&'f str> + 'f;

fn grant(description: &str) -> Reply {
    errors::token(400, "invalid_grant", description)
}

/// The tenant that the client is registered at, once the client has shown its secret.
fn client<'t>(tenants: &'t mut [Tenant], field: &Fields) -> Result<&'t mut Tenant, Reply> {
    let id = field("client_id").unwrap_or_default();
    let tenant = tenants.iter_mut().find(|tenant| account::client_id(tenant) == id);
    let tenant = tenant.ok_or_else(|| errors::token(401, "invalid_client", "The OAuth client was not found."))?;
    if tenant.has_removed(RemovedFromGoogle::OauthClient) {
        return Err(errors::token(401, "deleted_client", "The OAuth client was deleted."));
    }
    if tenant.sign_in.app_blocked {
        let text = "Access to your account data is restricted by policies within your organization.";
        return Err(errors::token(400, "admin_policy_enforced", text));
    }
    if field("client_secret") != Some(account::client_secret(tenant).as_str()) {
        return Err(errors::token(401, "invalid_client", "Unauthorized"));
    }
    Ok(tenant)
}

/// `grant_type=authorization_code`.
pub(super) fn redeem(tenants: &mut [Tenant], field: &Fields, moment: &mut Moment) -> Result<Reply, Reply> {
    let tenant = client(tenants, field)?;
    let text =
        field("code").ok_or_else(|| errors::token(400, "invalid_request", "Missing required parameter: code"))?;
    // A code is used up by the first try, whether it succeeds or not.
    let code = tenant.codes.remove(text).ok_or_else(|| grant("Malformed auth code."))?;
    if moment.now.duration_since(code.at) > CODE {
        return Err(grant("Bad Request"));
    }
    if field("redirect_uri") != Some(code.redirect.as_str()) {
        return Err(errors::token(400, "redirect_uri_mismatch", "Bad Request"));
    }
    match (&code.challenge, field("code_verifier")) {
        (None, _) => {}
        (Some(_), None) => return Err(grant("Missing code verifier.")),
        (Some((challenge, hashed)), Some(verifier)) => {
            let hash = || URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier));
            let shown = if *hashed { hash() } else { verifier.to_owned() };
            if shown != *challenge {
                return Err(grant("Invalid code verifier."));
            }
        }
    }
    let mut body = issued(tenant, &code.user, &code.scopes, moment)?;
    if code.offline {
        let text = format!("1//0{:016x}{:016x}", moment.random.u64(..), moment.random.u64(..));
        let row = Refresh { user: code.user, scopes: code.scopes, at: moment.now, revoked: false };
        tenant.refresh_tokens.insert(text.clone(), row);
        body["refresh_token"] = json!(text);
    }
    Ok(Reply::json(200, body))
}

/// `grant_type=refresh_token`.
pub(super) fn refresh(tenants: &mut [Tenant], field: &Fields, moment: &mut Moment) -> Result<Reply, Reply> {
    let tenant = client(tenants, field)?;
    let text = field("refresh_token")
        .ok_or_else(|| errors::token(400, "invalid_request", "Missing required parameter: refresh_token"))?;
    let ended = || grant("Token has been expired or revoked.");
    let row = tenant.refresh_tokens.get(text).ok_or_else(|| grant("Bad Request"))?.clone();
    let age = moment.now.duration_since(row.at);
    let lasts = tenant.sign_in.refresh_token_seconds.and_then(|seconds| i64::try_from(seconds).ok());
    if row.revoked
        || tenant.sign_in.refresh_tokens_revoked
        || lasts.is_some_and(|lasts| age >= SignedDuration::from_secs(lasts))
    {
        return Err(ended());
    }
    Ok(Reply::json(200, issued(tenant, &row.user, &row.scopes, moment)?))
}

/// `POST /revoke`.
pub(super) fn revoke(tenants: &mut [Tenant], token: &str) -> Reply {
    for tenant in tenants {
        if let Some(row) = tenant.refresh_tokens.get_mut(token) {
            row.revoked = true;
            return Reply::json(200, json!({}));
        }
    }
    errors::token(400, "invalid_token", "Token expired or revoked")
}

fn issued(tenant: &Tenant, user: &str, scopes: &[String], moment: &Moment) -> Result<serde_json::Value, Reply> {
    let user = tenant.users.get(user).filter(|user| can_sign_in(user));
    let user = user.ok_or_else(|| grant("Token has been expired or revoked."))?;
    let list: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let lifetime = access::LIFETIME;
    let token = Token { access: Access::Write, kind: Kind::User, subject: Some(&user.id), scopes: &list, lifetime };
    Ok(json!({
        "access_token": access::issue(tenant, &token, moment.wall),
        "expires_in": lifetime,
        "scope": scopes.join(" "),
        "token_type": "Bearer",
    }))
}
