//! App registrations, and the access tokens that stand for them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::guid_of;
use super::state::{Account, Tenant};
use crate::identity::{Access, MicrosoftSandboxCredentials};

/// The issuer's key pair. It signs tokens of this sandbox alone and guards nothing.
const ISSUER_KEY: &[u8] = include_bytes!("../../keys/microsoft-issuer.pem");
pub(super) const ISSUER_PUBLIC: &[u8] = include_bytes!("../../keys/microsoft-issuer.pub");
/// The certificate that both app registrations have, with its private key.
pub(super) const CLIENT_PEM: &str = include_str!("../../keys/microsoft.pem");

/// How long an access token is valid, in seconds.
pub(super) const TOKEN_SECONDS: i64 = 3599;

/// Entra's template ids of the roles that the two identities have (facts sheet, Microsoft 1a «Auth for it»).
const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
/// Who signs in by device code is an administrator of everything.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

/// The app roles of the two identities at Graph, least privilege as the facts sheet's table has it.
const GRAPH_WRITE: [&str; 8] = [
    "User.Read.All",
    "User-LifeCycleInfo.Read.All",
    "User.EnableDisableAccount.All",
    "User.DeleteRestore.All",
    "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "Domain.Read.All",
    "Organization.Read.All",
];
const GRAPH_READ: [&str; 9] = [
    "User.Read.All",
    "User-LifeCycleInfo.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "Directory.Read.All",
    "AuditLog.Read.All",
    "Application.Read.All",
    "Domain.Read.All",
    "Organization.Read.All",
];

/// The app role without which Exchange's admin API takes no app-only call.
pub(super) const MANAGE_AS_APP: &str = "Exchange.ManageAsApp";

/// The scope that stands for the same in a token of a signed-in person; that of another back-end does not (facts
/// sheet, Microsoft 1a, «Auth for it»).
pub(super) const MANAGE: &str = "Exchange.Manage";

/// What a token is good for. One token is for one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Graph,
    Exchange,
}

impl Resource {
    /// The audience of its tokens.
    pub(super) fn audience(self) -> &'static str {
        match self {
            Self::Graph => "https://graph.microsoft.com",
            Self::Exchange => "https://outlook.office365.com",
        }
    }

    /// The resource that a scope asks for.
    pub(super) fn of_scope(scope: &str) -> Option<Self> {
        [Self::Graph, Self::Exchange].into_iter().find(|resource| scope == format!("{}/.default", resource.audience()))
    }
}

/// An app registration's client id in a tenant.
pub(super) fn client_id(tenant_id: &str, access: Access) -> String {
    guid_of(tenant_id, label(access))
}

fn label(access: Access) -> &'static str {
    match access {
        Access::Read => "app tripod-audit",
        Access::Write => "app tripod-provision",
    }
}

/// An app registration's client secret: made from the tenant and the app, so that it needs no storing.
pub(super) fn client_secret(tenant_id: &str, access: Access) -> String {
    secret(tenant_id, access, "current")
}

/// The client secret that the app registration had before, expired.
pub(super) fn expired_secret(tenant_id: &str, access: Access) -> String {
    secret(tenant_id, access, "expired")
}

fn secret(tenant_id: &str, access: Access, which: &str) -> String {
    let digest = Sha256::digest(format!("{tenant_id} {} {which}", label(access)));
    format!("sbx~{}", URL_SAFE_NO_PAD.encode(digest))
}

/// What somebody signs in with as one of the app registrations.
pub(super) fn credentials(tenant: &Tenant, access: Access) -> MicrosoftSandboxCredentials {
    MicrosoftSandboxCredentials {
        tenant_id: tenant.id.clone(),
        client_id: client_id(&tenant.id, access),
        client_secret: SecretString::from(client_secret(&tenant.id, access)),
        certificate_pem: SecretString::from(CLIENT_PEM),
    }
}

/// The app registration behind a client id.
pub(super) fn app_of(tenant: &Tenant, id: &str) -> Option<Access> {
    [Access::Read, Access::Write].into_iter().find(|access| client_id(&tenant.id, *access).eq_ignore_ascii_case(id))
}

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) aud: String,
    pub(super) iss: String,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    pub(super) tid: String,
    pub(super) appid: String,
    pub(super) oid: String,
    pub(super) sub: String,
    pub(super) idtyp: String,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    #[serde(default)]
    pub(super) wids: Vec<String>,
    /// What a signed-in person lets the app do; nothing in a token of the app's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scp: Option<String>,
    /// The signed-in person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upn: Option<String>,
    pub(super) ver: String,
    pub(super) uti: String,
}

impl Claims {
    /// Whether the token has an app role, or the scope of that name.
    pub(super) fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
            || self.scp.as_deref().is_some_and(|scopes| scopes.split(' ').any(|scope| scope == role))
    }

    /// Whether a person has signed in.
    pub(super) fn is_delegated(&self) -> bool {
        self.scp.is_some()
    }

    /// Whether the caller may change recipients in Exchange.
    pub(super) fn administers_exchange(&self) -> bool {
        self.wids.iter().any(|role| role == EXCHANGE_ADMINISTRATOR || role == GLOBAL_ADMINISTRATOR)
    }

    /// Whether the caller has any role in Exchange at all.
    pub(super) fn reads_exchange(&self) -> bool {
        self.administers_exchange() || self.wids.iter().any(|role| role == GLOBAL_READER)
    }
}

/// What an app registration's token for a resource says.
pub(super) fn claims(tenant: &Tenant, access: Access, resource: Resource, wall: Timestamp, unique: String) -> Claims {
    let missing = if access == Access::Write { tenant.missing_permissions() } else { Vec::new() };
    let held = |role: &&str| !missing.iter().any(|missing| missing == role);
    let roles: &[&str] = match (resource, access) {
        (Resource::Graph, Access::Write) => &GRAPH_WRITE,
        (Resource::Graph, Access::Read) => &GRAPH_READ,
        (Resource::Exchange, _) => &[MANAGE_AS_APP],
    };
    let directory_role = match access {
        Access::Read => Some(GLOBAL_READER),
        Access::Write if missing.iter().any(|missing| missing == "Exchange Administrator") => None,
        Access::Write if tenant.role_group().is_some() => None,
        Access::Write => Some(EXCHANGE_ADMINISTRATOR),
    };
    let service_principal = guid_of(&tenant.id, &format!("service principal of {}", label(access)));
    Claims {
        aud: resource.audience().to_owned(),
        iss: format!("https://sts.windows.net/{}/", tenant.id),
        iat: wall.as_second(),
        nbf: wall.as_second(),
        exp: wall.as_second() + TOKEN_SECONDS,
        tid: tenant.id.clone(),
        appid: client_id(&tenant.id, access),
        oid: service_principal.clone(),
        sub: service_principal,
        idtyp: "app".to_owned(),
        roles: roles.iter().filter(|role| held(role)).map(|role| (*role).to_owned()).collect(),
        wids: directory_role.into_iter().map(str::to_owned).collect(),
        scp: None,
        upn: None,
        ver: "1.0".to_owned(),
        uti: unique,
    }
}

/// The scopes that an app registration has been consented to for whoever signs in.
pub(super) fn delegated_scopes(tenant: &Tenant, access: Access, resource: Resource) -> Vec<String> {
    let missing = if access == Access::Write { tenant.missing_permissions() } else { Vec::new() };
    let scopes: Vec<&str> = match (resource, access) {
        // One sign-in may have to do for both sides; what of it is used is asked for by name.
        (Resource::Graph, Access::Write) => {
            let more = GRAPH_READ.iter().filter(|scope| !GRAPH_WRITE.contains(scope));
            GRAPH_WRITE.iter().chain(more).copied().collect()
        }
        (Resource::Graph, Access::Read) => GRAPH_READ.to_vec(),
        (Resource::Exchange, _) => vec![MANAGE, "Exchange.ManageV2"],
    };
    scopes.into_iter().map(str::to_owned).filter(|scope| !missing.contains(scope)).collect()
}

/// What a signed-in person's token for a resource says.
pub(super) fn delegated_claims(
    tenant: &Tenant,
    access: Access,
    resource: Resource,
    person: &Account,
    scopes: &[String],
    wall: Timestamp,
    unique: String,
) -> Claims {
    let app = claims(tenant, access, resource, wall, unique);
    let administers = !tenant.missing_permissions().iter().any(|missing| missing == "Exchange Administrator");
    Claims {
        oid: person.id.clone(),
        sub: person.id.clone(),
        idtyp: "user".to_owned(),
        roles: Vec::new(),
        wids: administers.then(|| GLOBAL_ADMINISTRATOR.to_owned()).into_iter().collect(),
        scp: Some(scopes.join(" ")),
        upn: Some(person.user_principal_name.clone()),
        ..app
    }
}

/// Signs a token.
pub(super) fn sign(claims: &impl Serialize) -> Result<String, jsonwebtoken::errors::Error> {
    let header = Header { kid: Some(key_id()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_rsa_pem(ISSUER_KEY)?)
}

/// The name of the issuer's key.
pub(super) fn key_id() -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(ISSUER_PUBLIC)[..20])
}

/// Why an access token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenProblem {
    Missing,
    /// Not a token that this issuer signed.
    Malformed,
    Expired,
    WrongAudience,
}

/// Reads an access token: signature, audience, life time.
pub(super) fn read_token(token: Option<&str>, resource: Resource, wall: Timestamp) -> Result<Claims, TokenProblem> {
    let token = token.ok_or(TokenProblem::Missing)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // Held against the time of this exchange below, not against the library's own clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_rsa_pem(ISSUER_PUBLIC).map_err(|_| TokenProblem::Malformed)?;
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| TokenProblem::Malformed)?.claims;
    if claims.aud != resource.audience() {
        return Err(TokenProblem::WrongAudience);
    }
    if claims.exp <= wall.as_second() {
        return Err(TokenProblem::Expired);
    }
    Ok(claims)
}
