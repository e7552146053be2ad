//! What `sandbox.yaml` says: who works in the stand-in tenants at the start, and what is not as it should be there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind, Provider};

use crate::exchange_description::ExchangeDescription;
use crate::fault::Fault;
use crate::google_description::GoogleDescription;
use crate::group_state::GroupState;
use crate::sign_in::GoogleSignInDescription;

/// The content of a `sandbox.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Description {
    /// The form of the file; always 1.
    pub version: u32,
    /// Where the sandbox's own time begins. It moves only when somebody waits.
    #[schemars(with = "String")]
    pub starts: Timestamp,
    /// Where the sandbox's chance comes from.
    #[serde(default)]
    pub seed: u64,
    /// How long a new object stays invisible to reads, in seconds of the sandbox's time.
    #[serde(default = "default_lag")]
    pub lag_seconds: u32,
    /// How many seconds the providers' clocks are ahead of the machine's, or behind it where negative. Tokens and
    /// assertions are held against theirs.
    #[serde(default)]
    pub clock_skew_seconds: i64,
    /// The tenants by name.
    pub tenants: BTreeMap<String, TenantDescription>,
    /// Faults from the start.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

fn default_lag() -> u32 {
    5
}

/// One stand-in tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TenantDescription {
    /// Whose protocol it speaks.
    pub provider: Provider,
    /// Google: the customer id, e.g. `C01234567`.
    #[serde(default)]
    pub customer: Option<String>,
    /// Microsoft: the tenant's GUID.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// The verified domains; the first one is the primary (Google) or default (Microsoft) domain.
    pub domains: Vec<String>,
    /// Domains that have been added and not verified yet.
    #[serde(default)]
    pub unverified_domains: Vec<String>,
    /// Microsoft: those of the verified domains that Exchange Online accepts no mail for.
    #[serde(default)]
    pub domains_without_mail: Vec<String>,
    /// Google: the administrator that directory calls are made for; one of the people.
    #[serde(default)]
    pub admin: Option<Address>,
    /// Google: the organisational units by path; `/` with mail delegation on where nothing is said.
    #[serde(default)]
    pub units: BTreeMap<String, UnitDescription>,
    /// How many licences with a mailbox there are in all; as many as are needed where nothing is said, and then Google's
    /// usage report does not tell how many were bought.
    #[serde(default)]
    pub seats: Option<usize>,
    /// The people.
    #[serde(default)]
    pub people: Vec<PersonDescription>,
    /// Groups that are there from the start: mail-enabled security groups or distribution lists (Microsoft), groups
    /// (Google). Not service mailboxes.
    #[serde(default)]
    pub groups: Vec<GroupDescription>,
    /// Service mailboxes that are there from the start, made by somebody else than Tripod.
    #[serde(default)]
    pub mailboxes: Vec<MailboxDescription>,
    /// Apps of other people's that the tenant's people have connected to their accounts, or own.
    #[serde(default)]
    pub apps: Vec<AppDescription>,
    /// Google: ways to sign in beside the service accounts' keys, and what is wrong with them.
    #[serde(default)]
    pub google_sign_in: GoogleSignInDescription,
    /// Scopes (Google, in full) or app roles (Microsoft) that the sandbox's write identity has not been given; its read
    /// identity neither, where a scope ends in `.readonly`.
    #[serde(default)]
    pub missing_permissions: Vec<String>,
    /// Google: scopes, in full or short, that the sandbox's read identity has been given besides those that reading needs.
    #[serde(default)]
    pub reading_permissions: Vec<String>,
    /// APIs that are switched off: `gmail`, `admin`, `groupssettings`, `cloudidentity`, `licensing`,
    /// `iamcredentials` (Google), `exchange` (Microsoft).
    #[serde(default)]
    pub apis_off: Vec<String>,
    /// Microsoft: whether the tenant has Microsoft Entra ID P1, without which nobody is told when people last signed in.
    #[serde(default = "yes")]
    pub entra_id_p1: bool,
    /// Microsoft: the management roles of the Exchange role group that the write identity is in, e.g. `Mail Recipients`.
    /// It has its Entra role there where nothing is said.
    #[serde(default)]
    pub exchange_role_group: Option<Vec<String>>,
    /// Microsoft: how signing in goes.
    #[serde(default)]
    pub sign_in: SignInDescription,
}

/// How signing in at a Microsoft tenant goes, beside what works everywhere.
// What can be wrong with one way has nothing to do with what can be wrong with another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignInDescription {
    /// What somebody has taken away that clients sign in with.
    #[serde(default)]
    pub removed: Vec<RemovedFromMicrosoft>,
    /// Whether a Conditional Access policy blocks the app registrations, and whoever signs in to them.
    #[serde(default)]
    pub conditional_access: bool,
    /// Whether the app registrations allow public client flows, so that people can sign in with a code.
    #[serde(default = "yes")]
    pub public_client_flows: bool,
    /// What becomes of a device code.
    #[serde(default)]
    pub device_code: DeviceCodeDescription,
    /// Whether the app registrations' current secrets have expired.
    #[serde(default)]
    pub secret_expired: bool,
    /// Whether every refresh token has expired.
    #[serde(default)]
    pub refresh_expired: bool,
    /// The federated credentials of the app registrations.
    #[serde(default)]
    pub federated: Vec<FederatedDescription>,
    /// What the managed identity of the machine may do; it has none where nothing is said.
    #[serde(default)]
    pub managed_identity: Option<IdentityAccess>,
}

impl Default for SignInDescription {
    fn default() -> Self {
        Self {
            removed: Vec::new(),
            conditional_access: false,
            public_client_flows: true,
            device_code: DeviceCodeDescription::default(),
            secret_expired: false,
            refresh_expired: false,
            federated: Vec::new(),
            managed_identity: None,
        }
    }
}

/// What an administrator can take away that clients sign in with at Microsoft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemovedFromMicrosoft {
    /// The app registrations themselves.
    AppRegistration,
    /// Their client secrets.
    ClientSecret,
    /// Their certificates.
    Certificate,
}

/// What becomes of a device code that somebody asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeviceCodeDescription {
    /// Who types the code in; the first one of the people who can where nothing is said.
    #[serde(default)]
    pub by: Option<Address>,
    /// How many polls find it pending before that.
    #[serde(default = "default_polls")]
    pub after_polls: u32,
    /// What they do.
    #[serde(default)]
    pub outcome: DeviceCodeOutcome,
}

impl Default for DeviceCodeDescription {
    fn default() -> Self {
        Self { by: None, after_polls: default_polls(), outcome: DeviceCodeOutcome::default() }
    }
}

fn default_polls() -> u32 {
    2
}

/// What somebody does who is asked to type a device code in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceCodeOutcome {
    /// They approve.
    #[default]
    Approved,
    /// They decline.
    Declined,
    /// Nobody does anything, until the code expires.
    Ignored,
    /// The organisation forbids it, by Conditional Access.
    Blocked,
}

/// Whose tokens an app registration takes in place of a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FederatedDescription {
    /// The issuer, e.g. `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The subject, e.g. `repo:org/name:ref:refs/heads/main`.
    pub subject: String,
    /// The audience.
    #[serde(default = "default_audience")]
    pub audience: String,
    /// The registration that it is on.
    #[serde(default)]
    pub identity: IdentityAccess,
    /// The issuer's public key, as PEM; that of the sandbox's own certificate where nothing is said.
    #[serde(default)]
    pub public_key: Option<String>,
}

fn default_audience() -> String {
    "api://AzureADTokenExchange".to_owned()
}

/// Which of the two identities something belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityAccess {
    /// The one that reads.
    Read,
    /// The one that writes.
    #[default]
    Write,
}

/// A Google organisational unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UnitDescription {
    /// Whether the administrator lets users delegate their mail.
    pub mail_delegation: bool,
}

/// Somebody who works there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PersonDescription {
    /// The primary address.
    pub address: Address,
    /// The full name.
    pub name: String,
    /// Other addresses.
    #[serde(default)]
    pub aliases: Vec<Address>,
    /// The department.
    #[serde(default)]
    pub department: Option<String>,
    /// The manager's address.
    #[serde(default)]
    pub manager: Option<Address>,
    /// Google: the organisational unit, `/` where nothing is said.
    #[serde(default)]
    pub unit: Option<String>,
    /// How the account stands.
    #[serde(default)]
    pub standing: Standing,
    /// Microsoft: `employeeLeaveDateTime`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub leaves: Option<Timestamp>,
    /// Whether a second factor is registered.
    #[serde(default = "yes")]
    pub second_factor: bool,
    /// When the account last signed in; a day before the sandbox's time begins where nothing is said.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub last_sign_in: Option<Timestamp>,
    /// Google: the recovery address of the account.
    #[serde(default)]
    pub recovery: Option<Address>,
    /// Microsoft: whether the account belongs to an agent (`identityParentId`).
    #[serde(default)]
    pub agent: bool,
    /// Microsoft: what else there is to it.
    #[serde(default)]
    pub exchange: ExchangeDescription,
}

fn yes() -> bool {
    true
}

/// An app of somebody else's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AppDescription {
    /// Its name as people see it.
    pub name: String,
    /// Who publishes it.
    #[serde(default)]
    pub publisher: Option<String>,
    /// Whether the provider has verified the publisher.
    #[serde(default)]
    pub verified: bool,
    /// Microsoft: the people who own it in the tenant.
    #[serde(default)]
    pub owners: Vec<Address>,
    /// Who has connected it to an account.
    #[serde(default)]
    pub grants: Vec<GrantDescription>,
    /// Microsoft: the scopes that an administrator has granted it for everybody.
    #[serde(default)]
    pub tenant_wide: Vec<String>,
}

/// Somebody's grant to an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GrantDescription {
    /// Whose account.
    pub person: Address,
    /// The scopes, in the provider's words; none makes it an assignment to the app (Microsoft).
    #[serde(default)]
    pub scopes: Vec<String>,
    /// When it was given; thirty days before the sandbox's time begins where nothing is said.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
}

/// How a person's account stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It can act.
    #[default]
    Active,
    /// Google: suspended. Microsoft: `accountEnabled` false.
    Disabled,
    /// Google: archived. Microsoft: as disabled.
    Archived,
    /// A guest from another organisation.
    Guest,
    /// An account without a mailbox.
    NoMailbox,
    /// Deleted, still restorable.
    Deleted,
}

/// A group that is there from the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GroupDescription {
    /// The address.
    pub address: Address,
    /// The display name.
    pub name: String,
    /// The owners.
    #[serde(default)]
    pub owners: Vec<Address>,
    /// The members beside the owners; an address of another group makes a nested one.
    #[serde(default)]
    pub members: Vec<Address>,
    /// Google: what else there is to it.
    #[serde(default)]
    pub google: GoogleDescription,
}

/// A service mailbox that is there from the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MailboxDescription {
    /// The address.
    pub address: Address,
    /// The display name.
    pub name: String,
    /// What it is made of.
    pub kind: Kind,
    /// Who has access: with both rights at Microsoft, accepted at Google; owners of a group inbox.
    #[serde(default)]
    pub delegates: Vec<Address>,
    /// Google shared mailboxes: the organisational unit of the account, `/` where nothing is said.
    #[serde(default)]
    pub unit: Option<String>,
    /// Google shared mailboxes: the recovery address of the account.
    #[serde(default)]
    pub recovery: Option<Address>,
    /// Google: what else there is to it.
    #[serde(default)]
    pub google: GoogleDescription,
    /// Microsoft group inboxes: what else there is to the group.
    #[serde(default)]
    pub group: GroupState,
    /// Microsoft shared mailboxes: what else there is to it.
    #[serde(default)]
    pub exchange: ExchangeDescription,
}
