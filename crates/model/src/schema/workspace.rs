//! The shape of `tripod.yaml`. The doc comments are the descriptions that editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::address::Address;
use crate::tenant::SecretSource;

/// The workspace of Tripod: which organisations there are, and where their service mailboxes are written down.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
pub(super) struct Workspace {
    /// The form of this file; always 1.
    #[schemars(range(min = 1, max = 1))]
    version: u32,
    /// The organisations by a name of your choice, which plans and messages use.
    #[schemars(extend("minProperties" = 1))]
    tenants: BTreeMap<String, Tenant>,
    /// Policy files, relative to this file's folder. Of several, the strictest rules count.
    policies: Option<Vec<String>>,
    /// The folder with the files of mailboxes, relative to this file's folder; `mailboxes/` if left out.
    mailboxes: Option<String>,
}

/// One organisation at one provider.
#[derive(JsonSchema)]
#[schemars(tag = "provider", rename_all_fields = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
enum Tenant {
    /// A Google Workspace customer.
    #[schemars(rename = "google-workspace")]
    GoogleWorkspace {
        /// The customer id; it stands in the Admin console under Account, Account settings.
        #[schemars(regex(pattern = r"^C[0-9A-Za-z]{4,32}$"))]
        customer: String,
        /// The domains whose addresses belong to this organisation.
        #[schemars(length(min = 1))]
        domains: Vec<String>,
        /// The administrator on whose behalf directory calls are made.
        admin: Address,
        /// The organisational unit for service mailboxes, `/` if left out. Mail delegation must be on there.
        #[schemars(regex(pattern = r"^/"))]
        mailbox_unit: Option<String>,
        /// Whether reading may ask for the scope `admin.directory.user.security`, which lists application passwords.
        /// It can also change accounts, so it is off if left out.
        security_scope: Option<bool>,
        /// The identity that writes.
        credentials: GoogleCredentials,
        /// The identity that only reads, for everything but `apply`; the one that writes if left out.
        read_credentials: Option<GoogleCredentials>,
        /// The time zone whose days count, by its name in the IANA database, e.g. `Europe/Oslo`; `UTC` if left out.
        /// `retired-on` begins with the first moment of its day there, and `until` ends with the last.
        time_zone: Option<String>,
    },
    /// A Microsoft 365 tenant.
    #[schemars(rename = "microsoft-365")]
    Microsoft365 {
        /// The tenant's id, a GUID; it stands in the Entra admin center under Overview.
        #[schemars(extend("format" = "uuid"))]
        tenant_id: String,
        /// The domains whose addresses belong to this organisation.
        #[schemars(length(min = 1))]
        domains: Vec<String>,
        /// The identity that writes.
        credentials: MicrosoftCredentials,
        /// The identity that only reads, for everything but `apply`; the one that writes if left out.
        read_credentials: Option<MicrosoftCredentials>,
        /// The time zone whose days count, by its name in the IANA database, e.g. `Europe/Oslo`; `UTC` if left out.
        /// `retired-on` begins with the first moment of its day there, and `until` ends with the last.
        time_zone: Option<String>,
    },
}

/// How Tripod proves who it is at Google: exactly one of the first three.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["service-account-key"]}, {"required": ["keyless"]}, {"required": ["browser"]}
]))]
#[expect(dead_code, reason = "only the schema of it is used")]
struct GoogleCredentials {
    /// Where the service account's key (JSON) is kept, never the key itself.
    service_account_key: Option<SecretSource>,
    /// A service account without a key: Google signs for whoever may have it sign.
    keyless: Option<Keyless>,
    /// An administrator who signs in in the browser with `tripod auth login`; for `group-inbox` only.
    browser: Option<Browser>,
    /// On whose behalf a service account makes directory calls; `administrator` if left out.
    acts_as: Option<ActsAs>,
}

/// A service account without a key.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
struct Keyless {
    /// The service account's address.
    #[schemars(regex(pattern = r"^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$"))]
    service_account: String,
    /// Where the credential is kept that lets it sign; what the machine has if left out.
    through: Option<SecretSource>,
}

/// An OAuth client of the organisation's own.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
struct Browser {
    /// Where the client (JSON), as Google's console hands it out, is kept.
    client: SecretSource,
}

/// On whose behalf a service account makes directory calls.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema of it is used")]
enum ActsAs {
    /// The tenant's administrator, by domain-wide delegation.
    Administrator,
    /// Itself, by an admin role of its own; for `group-inbox` only.
    Itself,
}

/// How Tripod proves who it is at Microsoft: an app registration of your own with one of the other keys.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["client-id", "certificate"]}, {"required": ["client-id", "client-secret"]},
    {"required": ["client-id", "federated-token"]}, {"required": ["client-id", "device-code"]},
    {"required": ["managed-identity"]}
]))]
#[expect(dead_code, reason = "only the schema of it is used")]
struct MicrosoftCredentials {
    /// The application (client) id, a GUID. It can be left out for the identity that Azure gives to a machine itself.
    #[schemars(extend("format" = "uuid"))]
    client_id: Option<String>,
    /// Where the PEM file with the certificate and its private key is kept.
    certificate: Option<SecretSource>,
    /// Where the client secret is kept, never the secret itself.
    client_secret: Option<SecretSource>,
    /// Where the token of another issuer comes from, which the app registration trusts.
    federated_token: Option<FederatedToken>,
    /// An administrator signs in with `tripod auth login`, by a code on another device.
    #[schemars(extend("const" = true))]
    device_code: Option<bool>,
    /// The identity that Azure gives to the machine.
    #[schemars(extend("const" = true))]
    managed_identity: Option<bool>,
}

/// Where the token of another issuer comes from.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema of it is used")]
enum FederatedToken {
    /// A place that has one.
    Known(KnownIssuer),
    /// A file or a variable.
    Source(SecretSource),
}

/// A place that has a token of its own.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema of it is used")]
enum KnownIssuer {
    /// A job of GitHub Actions.
    GithubActions,
    /// A pod of Kubernetes.
    Kubernetes,
}
