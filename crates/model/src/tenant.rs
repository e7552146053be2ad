//! The workspace's settings: which tenants there are and how to reach them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod identity;

pub use identity::{
    ActsAs, FederatedToken, GoogleCredentials, GoogleSignIn, MicrosoftCredentials, MicrosoftProof, SecretSource,
};

use crate::address::Address;
use crate::place::Place;

/// The name that `tripod.yaml` gives to a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TenantName(pub String);

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who runs the tenant's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Provider {
    /// Google Workspace.
    #[serde(rename = "google-workspace")]
    GoogleWorkspace,
    /// Microsoft 365.
    #[serde(rename = "microsoft-365")]
    Microsoft365,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GoogleWorkspace => "Google Workspace",
            Self::Microsoft365 => "Microsoft 365",
        })
    }
}

/// A Google Workspace customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleConfig {
    /// The customer id, e.g. `C01234567`.
    pub customer: String,
    /// The administrator on whose behalf directory calls are made.
    pub admin: Address,
    /// The organisational unit for service mailboxes; `/` unless told otherwise. Mail delegation must be on there.
    pub mailbox_unit: String,
    /// Whether reading may ask for the scope `admin.directory.user.security`. It lists application passwords, and
    /// Google has no form of it that cannot change accounts too; so it is off unless somebody says so.
    pub security_scope: bool,
    /// The identity that writes (and reads, unless there is another one for it).
    pub credentials: GoogleCredentials,
    /// The identity that only reads; used by `plan`, `verify` and everything else that changes nothing.
    pub read_credentials: Option<GoogleCredentials>,
}

impl GoogleConfig {
    /// The identity that only reads, which is the one that writes where there is no other.
    #[must_use]
    pub fn reading(&self) -> &GoogleCredentials {
        self.read_credentials.as_ref().unwrap_or(&self.credentials)
    }
}

/// A Microsoft 365 tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicrosoftConfig {
    /// The tenant's GUID, in lower case.
    pub tenant_id: String,
    /// The identity that writes (and reads, unless there is another one for it).
    pub credentials: MicrosoftCredentials,
    /// The identity that only reads; used by `plan`, `verify` and everything else that changes nothing.
    pub read_credentials: Option<MicrosoftCredentials>,
}

impl MicrosoftConfig {
    /// The identity that only reads, which is the one that writes where there is no other.
    #[must_use]
    pub fn reading(&self) -> &MicrosoftCredentials {
        self.read_credentials.as_ref().unwrap_or(&self.credentials)
    }
}

/// What is particular to the tenant's provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderConfig {
    /// Google Workspace.
    GoogleWorkspace(GoogleConfig),
    /// Microsoft 365.
    Microsoft365(MicrosoftConfig),
}

/// One organisation at one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantConfig {
    /// Its name in `tripod.yaml`.
    pub name: TenantName,
    /// The domains whose addresses belong to it, in lower case; no domain belongs to two tenants.
    pub domains: Vec<String>,
    /// What is particular to the provider.
    pub provider: ProviderConfig,
    /// The time zone whose days count; UTC unless told otherwise.
    pub zone: TimeZone,
    /// Where the tenant's name is written.
    pub place: Place,
}

impl TenantConfig {
    /// Who runs the tenant's mail.
    #[must_use]
    pub fn provider(&self) -> Provider {
        match self.provider {
            ProviderConfig::GoogleWorkspace(_) => Provider::GoogleWorkspace,
            ProviderConfig::Microsoft365(_) => Provider::Microsoft365,
        }
    }
}

/// What `tripod.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The tenants by name.
    pub tenants: BTreeMap<TenantName, TenantConfig>,
    /// The policy files, relative to the workspace, each with the place that names it.
    pub policies: Vec<(PathBuf, Place)>,
    /// The folder of the mailbox files, relative to the workspace (`mailboxes/` unless told otherwise).
    pub mailboxes: PathBuf,
    /// The domains of tenants that have problems and are therefore not among `tenants`. Their mailboxes are left alone
    /// instead of being held to belong to no tenant.
    pub unread_domains: Vec<String>,
}

impl Settings {
    /// The time zone whose days count for an address: its tenant's, else UTC.
    #[must_use]
    pub fn zone_of(&self, address: &Address) -> TimeZone {
        self.tenant_of(address).map_or(TimeZone::UTC, |tenant| tenant.zone.clone())
    }

    /// The tenant that an address belongs to, by its domain.
    #[must_use]
    pub fn tenant_of(&self, address: &Address) -> Option<&TenantConfig> {
        self.tenants.values().find(|tenant| tenant.domains.iter().any(|domain| domain == address.domain()))
    }
}
