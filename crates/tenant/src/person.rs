//! People, and whether they can act today.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, zone};

use crate::ids::PersonId;
use crate::observed::{Observed, Unknown};

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
    /// Whether the account can act; the leave date is held apart because it depends on the time.
    pub activity: Activity,
    /// Whether the administrator lets this account take part in mail delegation (Google, by organisational unit);
    /// absent where the provider has no such switch.
    pub delegation: Observed<bool>,
    /// When the person leaves, if the directory knows.
    pub leaves: Option<Timestamp>,
    /// When the account last signed in, if the directory was asked and knows.
    pub last_sign_in: Option<Timestamp>,
    /// The department, if the directory knows.
    pub department: Option<String>,
    /// The manager's address, if the directory was asked and knows.
    pub manager: Option<Address>,
}

/// Whether an account can act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// The directory says everything that has to be so.
    Active,
    /// The directory says why not.
    Inactive(Inactive),
    /// The directory's answer leaves out something that decides, e.g. `accountEnabled`. Counts neither as active nor as
    /// gone.
    Unknown(Unknown),
}

impl From<Inactive> for Activity {
    fn from(why: Inactive) -> Self {
        Self::Inactive(why)
    }
}

/// Why an account cannot act today.
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
    /// The account belongs to a program, not to a person (Microsoft: an agent user, `identityParentId`).
    Agent,
    /// The account has no mailbox, hence cannot open another one.
    NoMailbox,
    /// The leave date has been reached.
    Left(Timestamp),
    /// The address belongs to something else, e.g. `a group`.
    NotAPerson(String),
}

impl Person {
    /// Whether the person can act at this time, the leave date included.
    #[must_use]
    pub fn activity_at(&self, now: Timestamp) -> Activity {
        match (&self.activity, self.leaves.filter(|day| *day <= now)) {
            (Activity::Inactive(why), _) => Activity::Inactive(why.clone()),
            (_, Some(day)) => Activity::Inactive(Inactive::Left(day)),
            (activity, None) => activity.clone(),
        }
    }

    /// Whether the person can certainly act at this time.
    #[must_use]
    pub fn is_active_at(&self, now: Timestamp) -> bool {
        self.activity_at(now) == Activity::Active
    }

    /// Why the person certainly cannot act at this time. Nothing is no proof that they can: see
    /// [`Person::is_active_at`].
    #[must_use]
    pub fn inactive_at(&self, now: Timestamp) -> Option<Inactive> {
        match self.activity_at(now) {
            Activity::Inactive(why) => Some(why),
            Activity::Active | Activity::Unknown(_) => None,
        }
    }

    /// The same person with the leave date as a tenant with this time zone means it ([`zone::leave`]).
    #[must_use]
    pub fn in_zone(self, zone: &jiff::tz::TimeZone) -> Self {
        Self { leaves: self.leaves.map(|moment| zone::leave(moment, zone)), ..self }
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
            Self::Agent => f.write_str("an agent's account, not a person's"),
            Self::NoMailbox => f.write_str("account has no mailbox"),
            Self::Left(moment) => {
                let at = jiff::tz::TimeZone::UTC.to_datetime(*moment);
                write!(f, "left on {}", at.date())?;
                if at.time() == jiff::civil::Time::midnight() {
                    Ok(())
                } else {
                    write!(f, "{}", at.strftime(", %H:%M UTC"))
                }
            }
            Self::NotAPerson(what) => write!(f, "{what}, not a person"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn person(activity: Activity, leaves: Option<&str>) -> Person {
        Person {
            id: PersonId("1".to_owned()),
            address: "ana@a.test".parse().unwrap(),
            aliases: Vec::new(),
            name: "Ana".to_owned(),
            activity,
            delegation: Observed::Absent,
            leaves: leaves.map(|day| day.parse().unwrap()),
            last_sign_in: None,
            department: None,
            manager: None,
        }
    }

    #[test]
    fn a_person_whose_activity_is_unknown_is_neither_active_nor_inactive() {
        let unknown = Unknown { kind: ErrorKind::Invalid, reason: "accountEnabled is not shown".to_owned() };
        let now = "2026-11-23T09:00:00Z".parse().unwrap();
        let unclear = person(Activity::Unknown(unknown.clone()), None);
        assert!(!unclear.is_active_at(now));
        assert_eq!(unclear.inactive_at(now), None);
        assert_eq!(unclear.activity_at(now), Activity::Unknown(unknown));
    }

    #[test]
    fn a_leave_date_that_has_come_decides_also_where_the_account_is_unknown() {
        let unknown = Unknown { kind: ErrorKind::Invalid, reason: "accountEnabled is not shown".to_owned() };
        let now = "2026-11-23T09:00:00Z".parse().unwrap();
        for activity in [Activity::Active, Activity::Unknown(unknown)] {
            let left = person(activity, Some("2026-11-23T00:00:00Z"));
            assert!(matches!(left.inactive_at(now), Some(Inactive::Left(_))));
        }
        assert!(person(Activity::Active, Some("2026-11-24T00:00:00Z")).is_active_at(now));
    }
}
