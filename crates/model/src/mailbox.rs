//! A service mailbox as the manifest wants it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::place::Place;
use crate::tenant::TenantName;

/// What a service mailbox is made of at its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Microsoft 365: a shared mailbox. Google Workspace: a user account (one seat) with Gmail delegates.
    SharedMailbox,
    /// Microsoft 365: a Microsoft 365 group. Google Workspace: a group as collaborative inbox. Cannot sign in.
    GroupInbox,
}

impl Kind {
    /// The word used for it in manifests and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SharedMailbox => "shared-mailbox",
            Self::GroupInbox => "group-inbox",
        }
    }
}

/// Whether anybody may sign in to the mailbox's own account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// Nobody signs in; the delegates open the mailbox from their own accounts.
    #[default]
    Blocked,
    /// For SaaS apps that only take «Sign in with Google/Microsoft». Needs `credential`.
    Allowed,
}

/// Where the first password of a mailbox that can sign in goes. It is never stored by Tripod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CredentialDelivery {
    /// Where the people find the password, in words.
    pub vault: String,
    /// A command with its arguments, which is given the password once on its standard input.
    #[schemars(length(min = 1))]
    pub deliver: Vec<String>,
}

/// Whether the mailbox is to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is to be there.
    #[default]
    Active,
    /// It is to be deleted from this day on. The mere absence of an entry never deletes anything.
    Retired {
        /// The first day on which it may be deleted.
        on: Date,
    },
}

/// What a provider deletes together with a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Companion {
    /// The team that a Microsoft 365 group has become, with its channels and chats.
    Team,
    /// The group's site, with its files.
    Site,
}

impl Companion {
    /// Every one with its word.
    pub const WORDS: [(&'static str, Self); 2] = [("team", Self::Team), ("site", Self::Site)];
}

/// A delegate as the manifest names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedDelegate {
    /// The person's address.
    pub address: Address,
    /// Where it is written.
    pub place: Place,
}

/// A service mailbox as the manifest wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedMailbox {
    /// Its address; the domain says which tenant it belongs to.
    pub address: Address,
    /// The tenant whose domains hold the address.
    pub tenant: TenantName,
    /// The display name.
    pub name: String,
    /// What it is for, in the organisation's words.
    pub purpose: String,
    /// What it is made of.
    pub kind: Kind,
    /// The SaaS apps that it is used for.
    pub apps: Vec<String>,
    /// Who has access; at least [`crate::QUORUM`], no two the same.
    pub delegates: Vec<WantedDelegate>,
    /// Whether its own account may sign in.
    pub sign_in: SignIn,
    /// Where the first password goes; there exactly if `sign_in` is allowed.
    pub credential: Option<CredentialDelivery>,
    /// Whether an account that Tripod did not make may be taken over under this address (`adopt: true`).
    pub adopt: bool,
    /// Whether it is to be there or to go.
    pub state: State,
    /// What may be deleted together with it, named one by one.
    pub also_deletes: BTreeSet<Companion>,
    /// The time zone of its tenant, whose days count.
    pub zone: TimeZone,
    /// Where its address is written.
    pub place: Place,
}
