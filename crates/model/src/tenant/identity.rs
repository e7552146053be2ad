//! How Tripod proves who it is, and where the secret for that is kept.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a secret is kept. The manifest never holds the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// A file, relative to the workspace.
    Path(PathBuf),
    /// An environment variable.
    Env(String),
    /// An entry in the operating system's keychain, put there with `tripod auth login`.
    Keychain(String),
}

/// How Tripod proves who it is at Google.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleCredentials {
    /// Who signs in, and with what.
    pub signs_in: GoogleSignIn,
    /// On whose behalf directory calls are made.
    pub acts_as: ActsAs,
}

/// Who signs in at Google, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoogleSignIn {
    /// A service account with its key (JSON).
    ServiceAccountKey(SecretSource),
    /// A service account without a key: Google signs for whoever may have it sign.
    Keyless {
        /// The service account's address.
        service_account: String,
        /// The credential of whoever lets it sign; what the machine has if left out (application default credentials).
        through: Option<SecretSource>,
    },
    /// An administrator who signed in in the browser with `tripod auth login`; for `group-inbox` only.
    Browser {
        /// The OAuth client of the organisation's own, as Google's console hands it out (JSON).
        client: SecretSource,
    },
}

impl GoogleCredentials {
    /// Where the secret is kept that signing in begins with, if the workspace names one.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretSource> {
        match &self.signs_in {
            GoogleSignIn::ServiceAccountKey(source) | GoogleSignIn::Browser { client: source } => Some(source),
            GoogleSignIn::Keyless { through, .. } => through.as_ref(),
        }
    }
}

/// On whose behalf a service account makes directory calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsAs {
    /// The tenant's administrator, by domain-wide delegation.
    Administrator,
    /// Itself, by an admin role of its own. It can then reach no mailbox, hence `group-inbox` only.
    Itself,
}

/// How Tripod proves who it is at Microsoft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicrosoftCredentials {
    /// The application (client) id of the organisation's own app registration, a GUID. It can be absent only for a
    /// managed identity: the machine then has one by itself.
    pub client_id: Option<String>,
    /// What proves it.
    pub proof: MicrosoftProof,
}

impl MicrosoftCredentials {
    /// Where the secret is kept that signing in begins with, if the workspace names one.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretSource> {
        match &self.proof {
            MicrosoftProof::Certificate(source)
            | MicrosoftProof::ClientSecret(source)
            | MicrosoftProof::FederatedToken(FederatedToken::Source(source)) => Some(source),
            MicrosoftProof::FederatedToken(_) | MicrosoftProof::DeviceCode | MicrosoftProof::ManagedIdentity => None,
        }
    }
}

/// What an app registration proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MicrosoftProof {
    /// A PEM file with the certificate and its private key.
    Certificate(SecretSource),
    /// A client secret.
    ClientSecret(SecretSource),
    /// A token of another issuer, which the app registration trusts (workload identity federation).
    FederatedToken(FederatedToken),
    /// An administrator who signed in with `tripod auth login`, by a code on another device.
    DeviceCode,
    /// The identity that Azure gives to the machine.
    ManagedIdentity,
}

/// Where the token of another issuer comes from. It is fetched afresh for every sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FederatedToken {
    /// A file or a variable.
    Source(SecretSource),
    /// A job of GitHub Actions asks GitHub for it.
    GithubActions,
    /// The file that Kubernetes keeps fresh, named by `AZURE_FEDERATED_TOKEN_FILE`.
    Kubernetes,
}
