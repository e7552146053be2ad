//! The auditing side of the port: what the verifier asks beyond who has access. Reads only.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tripod_model::Address;

use crate::error::TenantError;
use crate::mailbox::MailboxRef;
use crate::observed::Observed;
use crate::person::PersonRef;
use crate::reader::TenantReader;

/// Reads what an auditor wants to know, with credentials that can do nothing else.
///
/// In every answer `Observed::Absent` means that there is no such thing at this provider or for this kind, and
/// `Observed::Unknown` that it could not be read, e.g. because a licence or a permission lacks.
#[async_trait]
pub trait TenantAuditor: TenantReader {
    /// What is known of these people's accounts, in the order asked.
    async fn person_facts(&self, people: &[PersonRef]) -> Vec<PersonFacts>;

    /// What is known of these mailboxes beyond access and settings, in the order asked.
    async fn mailbox_facts(&self, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts>;

    /// The people in these groups, nested groups expanded, each person once, in the order asked.
    async fn group_members(&self, groups: &[Address]) -> Vec<Observed<Vec<Address>>>;

    /// Every grant that a person's own account has given to an app, all pages or an error.
    async fn grants(&self) -> Result<Vec<AppGrant>, TenantError>;

    /// Everything that is owned by people and may be left without an owner, all pages or an error.
    async fn ownerships(&self) -> Result<Vec<Ownership>, TenantError>;

    /// Whose accounts changed since a cursor that an earlier call gave; nothing where the provider has no way to
    /// tell. Without a cursor only a new one is given.
    async fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, TenantError>;
}

/// What is known of a person's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PersonFacts {
    /// When they last signed in; `Present(None)` is never.
    pub last_sign_in: Observed<Option<Timestamp>>,
    /// Whether a second factor is registered.
    pub second_factor: Observed<bool>,
    /// The manager's address; `Present(None)` is nobody.
    pub manager: Observed<Option<Address>>,
    /// The department; `Present(None)` is none.
    pub department: Observed<Option<String>>,
    /// Whether the administrator lets them take part in mail delegation (Google, by organisational unit).
    pub delegation_allowed: Observed<bool>,
}

/// What is known of a mailbox beyond access and settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MailboxFacts {
    /// When somebody last signed in to the mailbox's own account; `Present(None)` is never.
    pub last_sign_in: Observed<Option<Timestamp>>,
    /// Whether a second factor is registered on its own account.
    pub second_factor: Observed<bool>,
    /// Where its mail is forwarded to by a setting of the mailbox.
    pub forwarding: Observed<Vec<String>>,
    /// Where rules of its inbox forward or redirect mail to (Microsoft: inbox rules; Google: filters).
    pub inbox_rules: Observed<Vec<String>>,
    /// The recovery addresses and telephone numbers of its own account.
    pub recovery: Observed<Vec<String>>,
    /// How many application passwords its own account has. Each gets around the second factor.
    pub app_passwords: Observed<usize>,
    /// How much it holds, in bytes.
    pub size: Observed<u64>,
    /// How much it may hold, in bytes.
    pub size_limit: Observed<u64>,
    /// Whether the administrator lets its users delegate their mail (Google, by organisational unit).
    pub delegation_allowed: Observed<bool>,
}

/// A grant of a person's own account to an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AppGrant {
    /// The app.
    pub app: App,
    /// Whose account gave it.
    pub person: PersonRef,
    /// What the app may do, in the provider's words for it.
    pub scopes: Vec<String>,
    /// How it was given.
    pub means: GrantMeans,
    /// When it was given, where the provider tells.
    pub since: Option<Timestamp>,
}

/// An app of somebody else's that people connect to their accounts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct App {
    /// The provider's id of it: the OAuth client id at Google, the application id at Microsoft.
    pub id: String,
    /// Its name as people see it; it is the app's own word, so it is never trusted.
    pub name: String,
    /// Who publishes it, where the provider knows.
    pub publisher: Option<String>,
    /// Whether the provider has verified the publisher.
    pub verified: bool,
}

/// How an app came to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantMeans {
    /// The person consented; the grant dies with the account.
    Consent,
    /// The person was assigned to the app; sign-in through the provider ends with the account.
    Assignment,
}

/// Something that people own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ownership {
    /// What it is.
    pub kind: OwnedKind,
    /// The provider's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its owners; owners that are no people are left out.
    pub owners: Vec<PersonRef>,
}

/// What can be owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnedKind {
    /// An app registration or enterprise application.
    Application,
    /// A group.
    Group,
}

/// Whose accounts changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Changes {
    /// The cursor to ask with the next time. It may hold an opaque token of the provider's; it is not a secret.
    pub cursor: String,
    /// How many accounts changed since the cursor that was given; all of them may have if it had expired.
    pub changed: usize,
    /// Whether the cursor had expired, so that everything has to be looked at.
    pub expired: bool,
}

impl PersonFacts {
    /// Facts of which every one is the same observation, e.g. unknown.
    #[must_use]
    pub fn all_unknown(unknown: &crate::Unknown) -> Self {
        let unknown = unknown.clone();
        Self {
            last_sign_in: Observed::Unknown(unknown.clone()),
            second_factor: Observed::Unknown(unknown.clone()),
            manager: Observed::Unknown(unknown.clone()),
            department: Observed::Unknown(unknown.clone()),
            delegation_allowed: Observed::Unknown(unknown),
        }
    }
}

impl MailboxFacts {
    /// Facts of which every one is unknown for the same reason.
    #[must_use]
    pub fn all_unknown(unknown: &crate::Unknown) -> Self {
        let unknown = unknown.clone();
        Self {
            last_sign_in: Observed::Unknown(unknown.clone()),
            second_factor: Observed::Unknown(unknown.clone()),
            forwarding: Observed::Unknown(unknown.clone()),
            inbox_rules: Observed::Unknown(unknown.clone()),
            recovery: Observed::Unknown(unknown.clone()),
            app_passwords: Observed::Unknown(unknown.clone()),
            size: Observed::Unknown(unknown.clone()),
            size_limit: Observed::Unknown(unknown.clone()),
            delegation_allowed: Observed::Unknown(unknown),
        }
    }
}
