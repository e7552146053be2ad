//! What `sandbox.yaml` says of the ways to sign in at Google beside the service accounts' keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::Address;

use crate::identity::Access;

/// Google: ways to sign in beside the service accounts' keys, and what is wrong with them.
// What can be wrong with one way has nothing to do with what can be wrong with another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GoogleSignInDescription {
    /// Who sits at the browser when somebody is asked to sign in; the tenant's admin where nothing is said.
    #[serde(default)]
    pub person: Option<Address>,
    /// Whether that person consents to what the app asks for; without it the answer is `access_denied`.
    #[serde(default = "yes")]
    pub consents: bool,
    /// The scopes that they leave unticked on the consent screen, in full or short.
    #[serde(default)]
    pub unticked: Vec<String>,
    /// How long a refresh token lasts, in seconds of the sandbox's time; without an end where nothing is said. An app in
    /// testing has seven days.
    #[serde(default)]
    pub refresh_token_seconds: Option<u64>,
    /// Whether every refresh token has been revoked.
    #[serde(default)]
    pub refresh_tokens_revoked: bool,
    /// Which service account the machine's metadata server stands for; there is no metadata server where nothing is
    /// said. Of several tenants, the first one that has it answers.
    #[serde(default)]
    pub metadata_server: Option<Access>,
    /// The access scopes of that machine, in full or short; `cloud-platform`, which has all in it, where nothing is said.
    #[serde(default)]
    pub access_scopes: Option<Vec<String>>,
    /// Whose tokens from outside are taken for Google's own; none where nothing is said.
    #[serde(default)]
    pub federation: Option<FederationDescription>,
    /// Whether those who come without a key may sign for the service accounts (`iam.serviceAccounts.signJwt`).
    #[serde(default = "yes")]
    pub token_creator: bool,
    /// Whether the service accounts hold an administrator role of their own, so that they need no delegation for the
    /// directory: the reading account one that reads, the writing one that writes.
    #[serde(default)]
    pub service_account_role: bool,
    /// Whether the administrator has delegated the domain to the service accounts at all.
    #[serde(default = "yes")]
    pub delegation: bool,
    /// What somebody has taken away that clients sign in with.
    #[serde(default)]
    pub removed: Vec<RemovedFromGoogle>,
    /// Whether App access control blocks the service accounts and the OAuth client.
    #[serde(default)]
    pub app_blocked: bool,
    /// Whether the customer allows API access at all.
    #[serde(default = "yes")]
    pub api_access: bool,
}

/// What somebody can take away that clients sign in with at Google.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemovedFromGoogle {
    /// The service accounts, with their keys.
    ServiceAccount,
    /// The keys of the service accounts.
    ServiceAccountKey,
    /// The OAuth client that people sign in to in the browser.
    OauthClient,
}

fn yes() -> bool {
    true
}

impl Default for GoogleSignInDescription {
    fn default() -> Self {
        Self {
            person: None,
            consents: true,
            unticked: Vec::new(),
            refresh_token_seconds: None,
            refresh_tokens_revoked: false,
            metadata_server: None,
            access_scopes: None,
            federation: None,
            token_creator: true,
            service_account_role: false,
            delegation: true,
            removed: Vec::new(),
            app_blocked: false,
            api_access: true,
        }
    }
}

/// A workload identity pool's provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FederationDescription {
    /// The provider's full name, e.g.
    /// `//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github`.
    pub audience: String,
    /// Who issues the tokens from outside, e.g. `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The subjects that are let in; everybody where none is named.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// Whether it is disabled.
    #[serde(default)]
    pub disabled: bool,
}
