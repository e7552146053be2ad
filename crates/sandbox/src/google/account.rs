//! The sandbox's service accounts.

use serde_json::json;

use super::jwt;
use super::state::Tenant;
use crate::identity::Access;
use crate::sign_in::RemovedFromGoogle;

/// The private key of every service account of the sandbox. It is public knowledge and opens nothing else.
pub(super) const PRIVATE_KEY: &str = include_str!("../../keys/google.pem");
/// Its public half, which assertions are held against.
pub(super) const PUBLIC_KEY: &str = include_str!("../../keys/google.pub");

/// The key of the identity provider outside whose tokens the federation takes.
pub(super) const OUTSIDE_PRIVATE_KEY: &str = include_str!("../../keys/outside.pem");
/// Its public half.
pub(super) const OUTSIDE_PUBLIC_KEY: &str = include_str!("../../keys/outside.pub");

pub(super) const PREFIX: &str = "https://www.googleapis.com/auth/";

/// What the administrator has delegated to the account that reads.
const READ: [&str; 13] = [
    "admin.directory.user.readonly",
    "admin.directory.user.alias.readonly",
    "admin.directory.group.readonly",
    "admin.directory.group.member.readonly",
    "admin.directory.domain.readonly",
    "admin.directory.orgunit.readonly",
    "admin.directory.customer.readonly",
    "gmail.settings.basic",
    "apps.groups.settings",
    "cloud-identity.policies.readonly",
    "cloud-identity.groups.readonly",
    "admin.reports.audit.readonly",
    "admin.reports.usage.readonly",
];

/// What the account that writes has besides, and the one that reads where the description gives it.
const WRITE: [&str; 8] = [
    "admin.directory.user",
    "admin.directory.user.alias",
    "admin.directory.group",
    "admin.directory.group.member",
    "admin.directory.orgunit",
    "admin.directory.user.security",
    "gmail.settings.sharing",
    "apps.licensing",
];

/// The address of an account.
pub(super) fn email(tenant: &Tenant, access: Access) -> String {
    let role = match access {
        Access::Read => "tripod-read",
        Access::Write => "tripod-write",
    };
    format!("{role}@sandbox-{}.iam.gserviceaccount.com", tenant.customer.to_ascii_lowercase())
}

/// The id of an account's key.
pub(super) fn key_id(tenant: &Tenant, access: Access) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(format!("key {}", email(tenant, access)));
    digits(&digest, 20, 16)
}

/// The id of the key that Google itself holds for an account, and signs with for whoever has none.
pub(super) fn system_key_id(tenant: &Tenant, access: Access) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(format!("system key {}", email(tenant, access)));
    digits(&digest, 20, 16)
}

/// Whether an account's key has signed a token: the one that was handed out, while it is there, or Google's own.
pub(super) fn has_signed(tenant: &Tenant, access: Access, token: &str) -> bool {
    // Who signs with a key of their own need not name it; Google does.
    let own = system_key_id(tenant, access);
    if jwt::key_id(token).as_ref() == Some(&own) {
        return jwt::signed_by(token, PUBLIC_KEY, Some(&own));
    }
    let is_there = !tenant.has_removed(RemovedFromGoogle::ServiceAccountKey);
    is_there && jwt::signed_by(token, PUBLIC_KEY, Some(&key_id(tenant, access)))
}

/// So many digits of a base, made from a digest.
pub(super) fn digits(digest: &[u8], count: usize, base: u32) -> String {
    let value = |byte: &u8| char::from_digit(u32::from(*byte) % base, base).unwrap_or('0');
    digest.iter().take(count).map(value).collect()
}

/// The id of somebody outside the organisation, made from the address.
pub(super) fn outsider(address: &str) -> String {
    use sha2::Digest;
    format!("1{}", digits(&sha2::Sha256::digest(format!("outsider {address}")), 20, 10))
}

/// Everything that an account with a role of its own may do.
pub(super) fn all(tenant: &Tenant, access: Access) -> Vec<String> {
    let lists: &[&[&str]] = if access == Access::Read { &[&READ] } else { &[&READ, &WRITE] };
    let scopes = lists.iter().copied().flatten().map(|scope| format!("{PREFIX}{scope}"));
    scopes.filter(|scope| holds(tenant, access, scope)).collect()
}

/// Whether Google has this scope, as far as the sandbox knows.
pub(super) fn exists(scope: &str) -> bool {
    let short = scope.strip_prefix(PREFIX).unwrap_or_default();
    READ.contains(&short)
        || WRITE.contains(&short)
        || matches!(scope, "openid" | "email" | "profile" | "https://mail.google.com/")
        || matches!(short, "userinfo.email" | "userinfo.profile" | "cloud-platform" | "iam")
}

/// Whether a scope is the one that a description names, in full or short.
pub(super) fn is_scope(named: &str, scope: &str) -> bool {
    named == scope || Some(named) == scope.strip_prefix(PREFIX)
}

/// The project that the accounts and the app belong to.
pub(super) fn project(tenant: &Tenant) -> String {
    format!("sandbox-{}", tenant.customer.to_ascii_lowercase())
}

/// The client id of the app that people sign in to in the browser.
pub(super) fn client_id(tenant: &Tenant) -> String {
    super::apps::client_id(&format!("installed app of {}", tenant.customer))
}

/// Its secret, which is none: every copy of such an app carries it.
pub(super) fn client_secret(tenant: &Tenant) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(format!("installed app's secret {}", tenant.customer));
    format!("GOCSPX-{}", digits(&digest, 28, 36))
}

/// The client's file, as the Cloud console hands it out.
pub(super) fn client_file(tenant: &Tenant, auth_uri: &str, token_uri: &str) -> String {
    json!({"installed": {
        "client_id": client_id(tenant),
        "project_id": project(tenant),
        "auth_uri": auth_uri,
        "token_uri": token_uri,
        "client_secret": client_secret(tenant),
        "redirect_uris": ["http://localhost"],
    }})
    .to_string()
}

/// Whether the administrator has delegated this scope, in full, to the account.
pub(super) fn delegated(tenant: &Tenant, access: Access, scope: &str) -> bool {
    tenant.sign_in.delegation && holds(tenant, access, scope)
}

fn holds(tenant: &Tenant, access: Access, scope: &str) -> bool {
    let Some(short) = scope.strip_prefix(PREFIX) else { return false };
    let missing = tenant.missing_scopes.iter().any(|missing| is_scope(missing, scope));
    match access {
        Access::Read => {
            let given = tenant.reading_scopes.iter().any(|given| is_scope(given, scope));
            // Both accounts have scopes such as `apps.groups.settings`; what only reads is this one's to lack.
            let lacks = missing && scope.ends_with(".readonly");
            (READ.contains(&short) && !lacks) || (given && WRITE.contains(&short))
        }
        Access::Write => !missing && (READ.contains(&short) || WRITE.contains(&short)),
    }
}

/// The key file of an account, as the Cloud console hands it out.
pub(super) fn key_file(tenant: &Tenant, access: Access, token_uri: &str) -> String {
    use sha2::Digest;
    let email = email(tenant, access);
    let digest = sha2::Sha256::digest(format!("client {email}"));
    let client = digits(&digest, 21, 10);
    let certificates = "https://www.googleapis.com/robot/v1/metadata/x509";
    json!({
        "type": "service_account",
        "project_id": project(tenant),
        "private_key_id": key_id(tenant, access),
        "private_key": PRIVATE_KEY,
        "client_email": email,
        "client_id": client,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": format!("{certificates}/{}", email.replace('@', "%40")),
        "universe_domain": "googleapis.com",
    })
    .to_string()
}
