//! How a mailbox stands: who carries it, and how many of them can act.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind, Place, TenantName};
use tripod_tenant::Inactive;

use crate::schema::shape;

/// How one mailbox of the manifest stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MailboxStanding {
    /// Its address.
    pub address: Address,
    /// Its tenant.
    pub tenant: TenantName,
    /// What it is made of.
    pub kind: Kind,
    /// What it is for, by the manifest.
    #[serde(default)]
    pub purpose: String,
    /// The apps that hang on it, by the manifest.
    #[serde(default)]
    pub apps: Vec<String>,
    /// Where the manifest names it.
    #[schemars(with = "shape::Place")]
    pub place: Place,
    /// Whether it is there.
    pub state: StandingState,
    /// Everybody with access, and everybody in the manifest who should have it.
    pub delegates: Vec<DelegateStanding>,
    /// How many delegates can act for certain: active, with both rights, in force.
    pub active: usize,
    /// How many may or may not be able to act, because something could not be read.
    pub uncertain: usize,
}

/// Whether a mailbox is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StandingState {
    /// It is there.
    Present,
    /// It is not there, or something else is.
    Missing,
    /// It could not be read.
    Unknown,
}

/// How one delegate stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own, and they do not depend on each other")]
pub struct DelegateStanding {
    /// The address, or what the provider shows of somebody who is gone.
    pub who: String,
    /// Whether the manifest names them.
    pub wanted: bool,
    /// Whether they have both rights, in force.
    pub has_access: bool,
    /// Why they cannot act, if they cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<shape::Inactive>")]
    pub inactive: Option<Inactive>,
    /// Whether the directory could not tell.
    pub unknown: bool,
    /// Whether the administrator's switch for mail delegation keeps them out, by their own unit or the mailbox's.
    #[serde(default, skip_serializing_if = "is_no")]
    pub delegation_off: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this form")]
fn is_no(answer: &bool) -> bool {
    !answer
}

impl DelegateStanding {
    /// Whether this delegate carries the mailbox for certain. Somebody whom the manifest does not name is not
    /// counted: the next `apply` takes that access away.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.wanted && self.has_access && self.inactive.is_none() && !self.unknown && !self.delegation_off
    }

    /// Whether this delegate would carry the mailbox, if only the directory could tell that they are active.
    #[must_use]
    pub fn may_count(&self) -> bool {
        self.wanted && self.has_access && self.unknown && !self.delegation_off
    }
}
