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
    },
}

/// How Tripod proves who it is at Google.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
struct GoogleCredentials {
    /// Where the service account's key (JSON) is kept, never the key itself.
    service_account_key: SecretSource,
}

/// How Tripod proves who it is at Microsoft: an app registration with either `certificate` or `client-secret`.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["certificate"]}, {"required": ["client-secret"]}]))]
#[expect(dead_code, reason = "only the schema of it is used")]
struct MicrosoftCredentials {
    /// The application (client) id, a GUID.
    #[schemars(extend("format" = "uuid"))]
    client_id: String,
    /// Where the PEM file with the certificate and its private key is kept.
    certificate: Option<SecretSource>,
    /// Where the client secret is kept, never the secret itself.
    client_secret: Option<SecretSource>,
}
