//! People, and whether they can act today.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tripod_model::Address;

use crate::ids::PersonId;

/// A person by id and primary address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PersonRef {
    // First, so that lists of people are in the order of their addresses.
    /// The primary address.
    pub address: Address,
    /// The provider's id.
    pub id: PersonId,
}

/// What a directory says of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Person {
    /// The provider's id.
    pub id: PersonId,
    /// The primary address, which may differ from the one that was asked for.
    pub address: Address,
    /// Other addresses that reach the same mailbox.
    pub aliases: Vec<Address>,
    /// The display name.
    pub name: String,
    /// Why the account cannot act, if it cannot; the leave date is held apart because it depends on the time.
    pub inactive: Option<Inactive>,
    /// When the person leaves, if the directory knows.
    pub leaves: Option<Timestamp>,
    /// When the account last signed in, if the directory was asked and knows.
    pub last_sign_in: Option<Timestamp>,
    /// The department, if the directory knows.
    pub department: Option<String>,
    /// The manager's address, if the directory was asked and knows.
    pub manager: Option<Address>,
}

/// Why somebody cannot act today.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inactive {
    /// Google: the account is suspended.
    Suspended,
    /// Google: the account is archived.
    Archived,
    /// Microsoft: `accountEnabled` is false.
    Disabled,
    /// The account is deleted, even if it could still be restored.
    Deleted,
    /// A guest from another organisation.
    Guest,
    /// The account has no mailbox, hence cannot open another one.
    NoMailbox,
    /// The leave date has been reached.
    Left(Timestamp),
    /// The address belongs to something else, e.g. `a group`.
    NotAPerson(String),
}

impl Person {
    /// Why the person cannot act at this time, or nothing if they can.
    #[must_use]
    pub fn inactive_at(&self, now: Timestamp) -> Option<Inactive> {
        self.inactive.clone().or_else(|| self.leaves.filter(|day| *day <= now).map(Inactive::Left))
    }

    /// The person by id and primary address.
    #[must_use]
    pub fn as_ref(&self) -> PersonRef {
        PersonRef { id: self.id.clone(), address: self.address.clone() }
    }
}

impl fmt::Display for Inactive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Suspended => f.write_str("account suspended"),
            Self::Archived => f.write_str("account archived"),
            Self::Disabled => f.write_str("account disabled"),
            Self::Deleted => f.write_str("account deleted"),
            Self::Guest => f.write_str("a guest from another organisation"),
            Self::NoMailbox => f.write_str("account has no mailbox"),
            Self::Left(day) => write!(f, "left on {}", jiff::tz::TimeZone::UTC.to_datetime(*day).date()),
            Self::NotAPerson(what) => write!(f, "{what}, not a person"),
        }
    }
}
