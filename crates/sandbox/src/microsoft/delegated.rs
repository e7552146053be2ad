//! Signing in as a person: device codes, and the refresh tokens that come of them (facts sheet, Microsoft 4).

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::access::{self, Resource, TOKEN_SECONDS};
use super::ids::random_guid;
use super::login::{Refusal, blocked_by_policy, conditional_access, refusal};
use super::seed::id_of;
use super::state::{Account, DeviceCode, Tenant};
use crate::description::DeviceCodeOutcome;
use crate::identity::Access;
use crate::wire::{Moment, Reply};

/// How long a device code can be typed in, and how often the client may ask, in seconds.
const CODE_SECONDS: i64 = 900;
const INTERVAL: i64 = 5;
/// How long a refresh token lasts when nobody uses it, in seconds: 90 days.
const REFRESH_SECONDS: i64 = 90 * 24 * 3600;
/// What OpenID Connect's own scopes are.
const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What a refresh token says. To its holder it is an opaque text.
#[derive(Serialize, Deserialize)]
struct Refresh {
    kind: String,
    tid: String,
    client: String,
    person: String,
    scope: String,
    iat: i64,
}

/// The scopes of a request, all of one resource.
struct Asked {
    resource: Resource,
    names: Vec<String>,
    offline: bool,
    openid: bool,
}

fn asked(scope: &str) -> Result<Asked, Refusal> {
    let mut resource = None;
    let mut names = Vec::new();
    for word in scope.split_whitespace().filter(|word| !OPENID.contains(word)) {
        let of = |resource: Resource| Some((resource, word.strip_prefix(resource.audience())?.strip_prefix('/')?));
        let found = of(Resource::Graph).or_else(|| of(Resource::Exchange));
        let (wanted, name) = match found {
            Some(found) => found,
            None if word.contains("://") => {
                let name = word.rsplit_once('/').map_or(word, |(resource, _)| resource);
                let text = format!("The resource principal named {name} was not found in the tenant.");
                return Err(refusal(400, "invalid_resource", 500_011, text));
            }
            None => (Resource::Graph, word),
        };
        if resource.is_some_and(|known| known != wanted) {
            let text = format!(
                "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {scope} is not valid."
            );
            return Err(refusal(400, "invalid_scope", 28_000, text));
        }
        resource = Some(wanted);
        names.push(name.to_owned());
    }
    let has = |name: &str| scope.split_whitespace().any(|word| word == name);
    let (offline, openid) = (has("offline_access"), has("openid"));
    Ok(Asked { resource: resource.unwrap_or(Resource::Graph), names, offline, openid })
}

/// `POST /devicecode`: hands out a code for somebody to type in elsewhere.
pub(super) fn begin(tenant: &mut Tenant, client: &str, scope: &str, moment: &mut Moment) -> Result<Reply, Refusal> {
    asked(scope)?;
    let code = format!("{}{}", random_guid(moment.random), random_guid(moment.random)).replace('-', "");
    let letters = "BCDFGHJKLMNPQRSTVWXZ23456789".as_bytes();
    let user_code: String = (0..9).map(|_| char::from(letters[moment.random.usize(..letters.len())])).collect();
    let row = DeviceCode {
        client: client.to_ascii_lowercase(),
        scope: scope.to_owned(),
        issued: (moment.now, moment.wall),
        polled: None,
        polls: 0,
        interval: INTERVAL,
    };
    tenant.device_codes.insert(code.clone(), row);
    let page = "https://microsoft.com/devicelogin";
    Ok(Reply::json(
        200,
        json!({
            "user_code": user_code,
            "device_code": code,
            "verification_uri": page,
            "expires_in": CODE_SECONDS,
            "interval": INTERVAL,
            "message": format!("To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."),
        }),
    ))
}

/// Seconds since a moment, by whichever of the two clocks went further: the sandbox's own moves only when somebody
/// waits by it, and a foreign client waits by the machine's.
fn since((now, wall): (Timestamp, Timestamp), moment: &Moment) -> i64 {
    (moment.now.as_second() - now.as_second()).max(moment.wall.as_second() - wall.as_second())
}

/// A poll for a device code.
pub(super) fn poll(
    tenant: &mut Tenant,
    app: Access,
    client: &str,
    code: &str,
    moment: &mut Moment,
) -> Result<Reply, Refusal> {
    let told = tenant.sign_in().device_code;
    let unknown = || {
        let text = "Invalid verification code due to User typing in wrong user code for device code flow.";
        refusal(400, "bad_verification_code", 70_018, text)
    };
    let row = tenant.device_codes.get_mut(code).ok_or_else(unknown)?;
    if !row.client.eq_ignore_ascii_case(client) {
        return Err(unknown());
    }
    if since(row.issued, moment) > CODE_SECONDS {
        return Err(refusal(
            400,
            "expired_token",
            70_019,
            "Verification code expired. Have the user retry the sign-in.",
        ));
    }
    // Not in Microsoft's table; what RFC 8628, section 3.5, has for a client that asks too often.
    if row.polled.is_some_and(|polled| since(polled, moment) < row.interval) {
        row.polled = Some((moment.now, moment.wall));
        row.interval += 5;
        let text = "The client polls too often. Wait five seconds more between polls.";
        return Err(refusal(400, "slow_down", 70_016, text));
    }
    row.polled = Some((moment.now, moment.wall));
    row.polls += 1;
    let pending = row.polls <= told.after_polls || told.outcome == DeviceCodeOutcome::Ignored;
    if pending {
        let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
        return Err(refusal(400, "authorization_pending", 70_016, text));
    }
    let scope = row.scope.clone();
    tenant.device_codes.remove(code);
    match told.outcome {
        DeviceCodeOutcome::Declined => {
            Err(refusal(400, "authorization_declined", 65_004, "User declined to consent to access the app."))
        }
        DeviceCodeOutcome::Blocked => Err(blocked_by_policy()),
        DeviceCodeOutcome::Approved | DeviceCodeOutcome::Ignored => {
            let by = told.by.as_ref().and_then(|address| id_of(tenant, address));
            let can =
                |account: &&Account| account.person && account.enabled && !account.guest && account.deleted.is_none();
            let first = || tenant.accounts.values().find(can).map(|account| account.id.clone());
            let person = by.or_else(first).ok_or_else(unknown)?;
            tokens(tenant, app, client, &person, &scope, moment)
        }
    }
}

/// Redeems a refresh token, for the resource that it came with or for another one.
pub(super) fn refresh(
    tenant: &Tenant,
    app: Access,
    client: &str,
    token: &str,
    scope: Option<&str>,
    moment: &mut Moment,
) -> Result<Reply, Refusal> {
    let malformed = || refusal(400, "invalid_grant", 9_002_313, "Invalid request. Request is malformed or invalid.");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_rsa_pem(access::ISSUER_PUBLIC).map_err(|_| malformed())?;
    let told = jsonwebtoken::decode::<Refresh>(token, &key, &validation).map_err(|_| malformed())?.claims;
    if told.kind != "refresh" || told.tid != tenant.id || !told.client.eq_ignore_ascii_case(client) {
        return Err(refusal(
            400,
            "invalid_grant",
            70_000,
            "The provided grant is invalid: the refresh token was issued to another client or tenant.",
        ));
    }
    if tenant.sign_in().refresh_expired || told.iat + REFRESH_SECONDS < moment.wall.as_second() {
        let text = "The refresh token has expired due to inactivity. The token was issued too long ago and was inactive for 90.00:00:00.";
        return Err(refusal(400, "invalid_grant", 700_082, text));
    }
    tokens(tenant, app, client, &told.person, scope.unwrap_or(&told.scope), moment)
}

/// The tokens of a person for what was asked.
fn tokens(
    tenant: &Tenant,
    app: Access,
    client: &str,
    person: &str,
    scope: &str,
    moment: &mut Moment,
) -> Result<Reply, Refusal> {
    let asked = asked(scope)?;
    let account = tenant.accounts.get(person).filter(|account| account.deleted.is_none());
    let Some(account) = account.filter(|account| account.enabled) else {
        return Err(refusal(400, "invalid_grant", 50_057, "The user account is disabled."));
    };
    conditional_access(tenant)?;
    let consented = access::delegated_scopes(tenant, app, asked.resource);
    let all = asked.names.is_empty() || asked.names.iter().any(|name| name == ".default");
    let wanted: Vec<String> = if all { consented.clone() } else { asked.names.clone() };
    if !wanted.iter().all(|name| consented.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        let text = format!(
            "The user or administrator has not consented to use the application with ID '{client}'. Send an interactive authorization request for this user and resource."
        );
        return Err(refusal(400, "invalid_grant", 65_001, text));
    }
    let broken = |_| refusal(500, "server_error", 90_033, "A transient error has occurred. Please try again.");
    let unique = random_guid(moment.random);
    let claims = access::delegated_claims(tenant, app, asked.resource, account, &wanted, moment.wall, unique);
    let scopes = wanted.iter().map(|name| format!("{}/{name}", asked.resource.audience()));
    let mut body = json!({
        "token_type": "Bearer",
        "scope": scopes.collect::<Vec<_>>().join(" "),
        "expires_in": TOKEN_SECONDS,
        "ext_expires_in": TOKEN_SECONDS,
        "access_token": access::sign(&claims).map_err(broken)?,
    });
    let wall = moment.wall.as_second();
    if asked.offline {
        let refresh = Refresh {
            kind: "refresh".to_owned(),
            tid: tenant.id.clone(),
            client: client.to_owned(),
            person: person.to_owned(),
            scope: scope.to_owned(),
            iat: wall,
        };
        body["refresh_token"] = access::sign(&refresh).map_err(broken)?.into();
    }
    if asked.openid {
        let identity = json!({
            "aud": client, "iss": format!("https://login.microsoftonline.com/{}/v2.0", tenant.id),
            "iat": wall, "nbf": wall, "exp": wall + TOKEN_SECONDS, "tid": tenant.id, "oid": account.id,
            "sub": account.id, "preferred_username": account.user_principal_name, "name": account.display_name,
            "ver": "2.0",
        });
        body["id_token"] = access::sign(&identity).map_err(broken)?.into();
    }
    Ok(Reply::json(200, body))
}
