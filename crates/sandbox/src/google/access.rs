//! Access tokens: signed, short-lived, and good for what they say only.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::account::{self, PREFIX};
use super::state::{Tenant, User};
use super::{errors, jwt};
use crate::identity::Access;
use crate::sign_in::RemovedFromGoogle;
use crate::wire::{Moment, Reply, Request};

/// How long a token is good for, in seconds.
pub(super) const LIFETIME: i64 = 3599;
/// How far a client's clock may be off, in seconds.
pub(super) const SKEW: i64 = 300;
const ISSUER: &str = "https://oauth2.googleapis.com";
const AUDIENCE: &str = "https://www.googleapis.com/";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The customer id.
    hd: String,
    /// Whether the account is the one that may write.
    write: bool,
    #[serde(default)]
    kind: Kind,
    sub: Option<String>,
    scope: String,
    iat: i64,
    exp: i64,
}

/// What kind of identity a token is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A service account, by itself or for somebody.
    #[default]
    Service,
    /// Somebody who has signed in in the browser.
    User,
    /// A workload from outside, which is no account of Google's.
    Federated,
}

/// What a token is to say.
pub(super) struct Token<'t> {
    pub(super) access: Access,
    pub(super) kind: Kind,
    /// The id of the user that is acted for.
    pub(super) subject: Option<&'t str>,
    pub(super) scopes: &'t [&'t str],
    /// How long it is good for, in seconds.
    pub(super) lifetime: i64,
}

/// Who calls, after the token has been checked.
#[derive(Debug)]
pub(super) struct Caller {
    /// Which of the tenants.
    pub(super) tenant: usize,
    /// The user that is acted for; nobody where the service account came by itself.
    pub(super) subject: Option<String>,
    /// Which service account it is.
    pub(super) access: Access,
    /// What kind of identity it is.
    pub(super) kind: Kind,
    scopes: Vec<String>,
}

/// The secret that a tenant's tokens are signed with. A sandbox guards nothing, but a token of one tenant must not
/// pass at another, and one that outlives a restart must go on to work.
fn secret(tenant: &Tenant) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(format!("access tokens of {}", tenant.customer)).to_vec()
}

/// A new token.
pub(super) fn issue(tenant: &Tenant, token: &Token, wall: Timestamp) -> String {
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        hd: tenant.customer.clone(),
        write: token.access == Access::Write,
        kind: token.kind,
        sub: token.subject.map(str::to_owned),
        scope: token.scopes.join(" "),
        iat: wall.as_second(),
        exp: wall.as_second() + token.lifetime,
    };
    let key = EncodingKey::from_secret(&secret(tenant));
    // Signing plain claims with a shared secret has no way to fail.
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap_or_default()
}

/// Who calls, or the refusal of a token that is missing, forged, foreign or expired.
pub(super) fn caller(tenants: &[Tenant], request: &Request, moment: &Moment) -> Result<Caller, Reply> {
    let wall = moment.wall;
    let realm = "Bearer realm=\"https://accounts.google.com/\"";
    let Some(token) = request.bearer() else {
        return Err(errors::canonical(401, "required", "Login Required.").header("www-authenticate", realm));
    };
    let invalid = || {
        let header = format!("{realm}, error=\"invalid_token\"");
        errors::canonical(401, "authError", "Invalid Credentials").header("www-authenticate", header)
    };
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    // Expiry is held against the moment of the request, which is not always the library's.
    validation.validate_exp = false;
    for (place, tenant) in tenants.iter().enumerate() {
        let key = DecodingKey::from_secret(&secret(tenant));
        let Ok(data) = jsonwebtoken::decode::<Claims>(token, &key, &validation) else { continue };
        let claims = data.claims;
        let gone = claims.sub.as_ref().is_some_and(|id| tenant.user(id).is_none());
        if claims.exp <= wall.as_second() || claims.hd != tenant.customer || gone {
            return Err(invalid());
        }
        return Ok(Caller {
            tenant: place,
            subject: claims.sub,
            access: if claims.write { Access::Write } else { Access::Read },
            kind: claims.kind,
            scopes: claims.scope.split(' ').map(str::to_owned).collect(),
        });
    }
    self_signed(tenants, token, &audiences(&request.host, &moment.root), wall).ok_or_else(invalid)
}

/// Claims of a token that a service account has signed for itself.
#[derive(Deserialize)]
struct Own {
    iss: String,
    sub: String,
    aud: Option<String>,
    scope: Option<String>,
    iat: i64,
    exp: i64,
}

/// A service account that shows its own signature instead of a token (facts sheet, Google 6.3). It may do at that one
/// API what its own role lets it.
///
/// It names the API that it is for as its audience, or, without one, the scopes that it is for (AIP-4111, «Self-signed
/// JWT»).
fn self_signed(tenants: &[Tenant], token: &str, audiences: &[String], wall: Timestamp) -> Option<Caller> {
    let claims: Own = jwt::claims(token)?;
    let accounts = tenants
        .iter()
        .enumerate()
        .flat_map(|(place, tenant)| [Access::Read, Access::Write].map(|access| (place, tenant, access)));
    let mut named = accounts.filter(|(_, tenant, access)| account::email(tenant, *access) == claims.iss);
    let (place, tenant, access) = named.next()?;
    let signed = !tenant.has_removed(RemovedFromGoogle::ServiceAccount) && account::has_signed(tenant, access, token);
    let here = match (&claims.aud, &claims.scope) {
        (Some(audience), _) => audiences.contains(audience),
        (None, scope) => scope.is_some(),
    };
    let now = wall.as_second();
    let timely = claims.iat <= now + SKEW && claims.exp > now && claims.exp - claims.iat <= 3600;
    let good = signed && here && timely && claims.sub == claims.iss;
    let named = |scope: &String| claims.scope.as_ref().is_none_or(|named| named.split(' ').any(|one| one == scope));
    good.then(|| Caller {
        tenant: place,
        subject: None,
        access,
        kind: Kind::Service,
        scopes: account::all(tenant, access).into_iter().filter(named).collect(),
    })
}

/// What a token for an API may have as its audience: the API's root as its discovery document has it, or the root under
/// which this client reaches it, with or without the slash at the end. Groups Settings has a name of its own beside the
/// host that it shares with others.
fn audiences(host: &str, root: &str) -> Vec<String> {
    let own = if host == "www.googleapis.com" { "groupssettings.googleapis.com" } else { host };
    let roots = [format!("https://{host}"), format!("https://{own}"), root.to_owned()];
    roots.into_iter().flat_map(|root| [format!("{root}/"), root]).collect()
}

impl Caller {
    /// Whether the token has one of these scopes, named without their common beginning.
    pub(super) fn needs(&self, acceptable: &[&str]) -> Result<(), Reply> {
        let has = |wanted: &str| self.scopes.iter().any(|scope| scope.strip_prefix(PREFIX) == Some(wanted));
        if acceptable.iter().any(|wanted| has(wanted)) {
            return Ok(());
        }
        let list: Vec<String> = acceptable.iter().map(|scope| format!("{PREFIX}{scope}")).collect();
        let header = format!(
            "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", scope=\"{}\"",
            list.join(" ")
        );
        let text = "Request had insufficient authentication scopes.";
        Err(errors::canonical(403, "insufficientPermissions", text).header("www-authenticate", header))
    }

    /// The user that is acted for.
    pub(super) fn user<'a>(&self, tenant: &'a Tenant) -> Option<&'a User> {
        tenant.users.get(self.subject.as_ref()?)
    }

    /// Whether the user that is acted for is an administrator who is not suspended.
    pub(super) fn is_super_admin(&self, tenant: &Tenant) -> bool {
        self.user(tenant).is_some_and(|user| user.admin && !user.suspended && user.deleted.is_none())
    }

    /// Whether the caller administers the tenant: as such a user, or as a service account with a role of its own.
    pub(super) fn is_admin(&self, tenant: &Tenant) -> bool {
        self.is_super_admin(tenant) || (self.by_itself() && tenant.sign_in.service_account_role)
    }

    /// Whether a service account calls for nobody but itself.
    pub(super) fn by_itself(&self) -> bool {
        self.kind == Kind::Service && self.subject.is_none()
    }
}
