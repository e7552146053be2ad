//! Signing for a service account without its key (facts sheet, Google 6.2).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::access::{self, Kind, Token};
use super::state::Tenant;
use super::{Answer, Call, account, errors, jwt, reply, schema};
use crate::identity::Access;
use crate::sign_in::RemovedFromGoogle;
use crate::wire::Reply;

/// How far ahead a signed token's end may be.
const LONGEST: i64 = 12 * 3600;

/// `POST v1/projects/-/serviceAccounts/{email}:signJwt` and `…:generateAccessToken`.
pub(super) fn answer(tenant: &Tenant, call: &Call, name: &str) -> Answer {
    if call.request.method != http::Method::POST {
        return Err(errors::no_method());
    }
    let (email, verb) = name.rsplit_once(':').ok_or_else(errors::no_method)?;
    call.caller.needs(&["cloud-platform", "iam"])?;
    let known = [Access::Read, Access::Write].into_iter().find(|access| account::email(tenant, *access) == email);
    let permission = match verb {
        "signJwt" => "iam.serviceAccounts.signJwt",
        "generateAccessToken" => "iam.serviceAccounts.getAccessToken",
        _ => return Err(errors::no_method()),
    };
    if known.is_some() && tenant.has_removed(RemovedFromGoogle::ServiceAccount) {
        return Err(errors::canonical(404, "notFound", "Requested entity was not found."));
    }
    // What is not there and what one may not use look alike.
    let Some(access) = known.filter(|_| tenant.sign_in.token_creator && call.caller.kind != Kind::User) else {
        let text = format!("Permission '{permission}' denied on resource (or it may not exist).");
        return Err(errors::canonical(403, "forbidden", &text));
    };
    if verb == "signJwt" { sign(tenant, call, access) } else { generate(tenant, call, access) }
}

fn invalid(message: &str) -> Reply {
    errors::canonical(400, "badRequest", message)
}

fn sign(tenant: &Tenant, call: &Call, access: Access) -> Answer {
    let fields = schema::body(call.request, &schema::SIGN_JWT)?;
    let payload = fields.get("payload").and_then(Value::as_str).unwrap_or_default();
    let claims: Value = serde_json::from_str(payload).map_err(|_| invalid("Invalid payload: it is not JSON."))?;
    let wall = call.moment.wall.as_second();
    match claims.get("exp") {
        Some(exp) if exp.as_i64().is_some_and(|exp| exp > wall && exp <= wall + LONGEST) => {}
        Some(_) => return Err(invalid("Invalid payload: `exp` has to be an integer within the next 12 hours.")),
        None => {}
    }
    if !claims.is_object() {
        return Err(invalid("Invalid payload: it is not a JSON object."));
    }
    let key = account::system_key_id(tenant, access);
    let signed = jwt::sign(&claims, account::PRIVATE_KEY, Some(key.clone()))
        .ok_or_else(|| errors::canonical(500, "backendError", "Internal error encountered."))?;
    reply(call, 200, json!({"keyId": key, "signedJwt": signed}), &schema::Shape::Any)
}

/// A token for the account itself. It has no subject, so nobody can act for anybody with it.
fn generate(tenant: &Tenant, call: &Call, access: Access) -> Answer {
    let fields = schema::body(call.request, &schema::GENERATE)?;
    let scopes: Vec<&str> =
        fields.get("scope").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if scopes.is_empty() {
        return Err(invalid("Scope required."));
    }
    let seconds = match fields.get("lifetime").and_then(Value::as_str) {
        None => Some(3600),
        Some(text) => text.strip_suffix('s').and_then(|text| text.parse().ok()).filter(|n| (1..=3600).contains(n)),
    };
    let seconds: i64 = seconds.ok_or_else(|| invalid("Invalid lifetime: at most 3600s."))?;
    let token = Token { access, kind: Kind::Service, subject: None, scopes: &scopes, lifetime: seconds };
    let text = access::issue(tenant, &token, call.moment.wall);
    let until = call.moment.wall.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    reply(call, 200, json!({"accessToken": text, "expireTime": format!("{until:.0}")}), &schema::Shape::Any)
}
