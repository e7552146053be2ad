//! Who has access to a mailbox, once addresses, aliases and ids are brought together, and who carries it.
//!
//! This is the one definition of an *active delegate*. The planner, its lint, `apply`, tickets and the verifier all ask
//! here, so that none of them counts a person whom another leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use tripod_model::{Address, Kind};

use crate::error::ErrorKind;
use crate::ids::PersonId;
use crate::mailbox::{Acceptance, ObservedDelegate, ObservedMailbox, Principal, Rights};
use crate::observation::Observation;
use crate::observed::{Observed, Unknown};
use crate::person::{Activity, Inactive, Person};

/// Whether a person can carry a mailbox: open it and act for it, once they have both rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ability {
    /// For certain.
    Able,
    /// Certainly not, and why.
    Unable(Hindrance),
    /// It could not be found out. Counts neither as able nor as gone.
    Unknown(Unknown),
}

/// Why a person cannot carry a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The account cannot act.
    Inactive(Inactive),
    /// The administrator's switch for mail delegation keeps this person out, by the person's own unit (Google).
    DelegationOffForPerson,
    /// The administrator's switch for mail delegation keeps everybody out, by the mailbox's unit (Google).
    DelegationOffForMailbox,
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inactive(why) => why.fmt(f),
            Self::DelegationOffForPerson => {
                f.write_str("mail delegation is off for the organisational unit of this person")
            }
            Self::DelegationOffForMailbox => {
                f.write_str("mail delegation is off for the mailbox's organisational unit")
            }
        }
    }
}

/// Whether a person can carry a mailbox of this kind at this time. `mailbox` is nothing where it is still to be made.
#[must_use]
pub fn ability(kind: Kind, mailbox: Option<&ObservedMailbox>, person: &Observed<Person>, now: Timestamp) -> Ability {
    let person = match person {
        Observed::Present(person) => person,
        Observed::Absent => return Ability::Unable(Hindrance::Inactive(Inactive::Deleted)),
        Observed::Unknown(unknown) => return Ability::Unknown(unknown.clone()),
    };
    match person.activity_at(now) {
        Activity::Inactive(why) => return Ability::Unable(Hindrance::Inactive(why)),
        Activity::Unknown(unknown) => return Ability::Unknown(unknown),
        Activity::Active => {}
    }
    // Groups are not delegated by the mail system, so that its switch is of no account for them.
    if kind == Kind::GroupInbox {
        return Ability::Able;
    }
    let of_mailbox =
        mailbox.map_or(Ability::Able, |mailbox| delegation(&mailbox.delegation, Hindrance::DelegationOffForMailbox));
    match of_mailbox {
        Ability::Able => delegation(&person.delegation, Hindrance::DelegationOffForPerson),
        other => other,
    }
}

/// What the switch for mail delegation says. It is read with an optional scope: where that is not granted, delegation
/// counts as on, and the verifier says that it could not be checked.
fn delegation(switch: &Observed<bool>, off: Hindrance) -> Ability {
    match switch {
        Observed::Present(true) | Observed::Absent => Ability::Able,
        Observed::Present(false) => Ability::Unable(off),
        Observed::Unknown(unknown) if matches!(unknown.kind, ErrorKind::Denied | ErrorKind::SetUp) => Ability::Able,
        Observed::Unknown(unknown) => Ability::Unknown(unknown.clone()),
    }
}

/// Whether an entry of an access list belongs to the person whom the manifest names by this address.
///
/// Where both ids are known they decide alone, because an address may have been given to somebody new. Otherwise the
/// primary addresses and the aliases of both sides do.
#[must_use]
pub fn belongs_to(principal: &Principal, wanted: &Address, observation: &Observation) -> bool {
    let (id, shown) = match principal {
        Principal::Account { id, address } => (id.as_ref(), address),
        Principal::Group { address } => return address == wanted,
        Principal::Departed { .. }
        | Principal::Everybody { .. }
        | Principal::Other { .. }
        | Principal::Unclear { .. } => return false,
    };
    let holder = observation.people.get(shown).and_then(Observed::present);
    let person = observation.people.get(wanted).and_then(Observed::present);
    if let (Some(id), Some(person)) = (id.or(holder.map(|holder| &holder.id)), person) {
        return *id == person.id;
    }
    shown == wanted
        || person.is_some_and(|person| answers_to(person, shown))
        || holder.is_some_and(|holder| answers_to(holder, wanted))
}

/// Whether a person is reached by an address.
#[must_use]
pub fn answers_to(person: &Person, address: &Address) -> bool {
    person.address == *address || person.aliases.contains(address)
}

/// Whether an entry about which the tenant does not tell enough may be this person's: what it shows is their address,
/// one of their other addresses, their id, or nothing at all. They are not given anew what they may have.
#[must_use]
pub fn may_be_there(delegates: &[ObservedDelegate], wanted: &Address, person: &Person) -> bool {
    let is_theirs = |shown: &str| {
        let addresses = person.aliases.iter().chain([wanted, &person.address]);
        shown.is_empty()
            || shown.eq_ignore_ascii_case(&person.id.0)
            || addresses.into_iter().any(|address| address.as_str().eq_ignore_ascii_case(shown))
    };
    delegates.iter().any(|delegate| matches!(&delegate.who, Principal::Unclear { shown, .. } if is_theirs(shown)))
}

/// What a wanted person may do by now, over all entries that belong to them and are in force.
#[must_use]
pub fn rights_of(delegates: &[ObservedDelegate], wanted: &Address, observation: &Observation) -> Rights {
    let in_force = |delegate: &&ObservedDelegate| {
        delegate.acceptance == Acceptance::Accepted && belongs_to(&delegate.who, wanted, observation)
    };
    delegates.iter().filter(in_force).fold(Rights::default(), |sum, delegate| Rights {
        read: sum.read || delegate.rights.read,
        act: sum.act || delegate.rights.act,
    })
}

/// The people who carry a mailbox: both rights in force, and able for certain at this time; each counted once.
///
/// Nothing where the tenant does not tell who has access.
#[must_use]
pub fn active_delegates(
    kind: Kind,
    mailbox: &ObservedMailbox,
    observation: &Observation,
    now: Timestamp,
) -> Option<BTreeSet<PersonId>> {
    let delegates = mailbox.delegates.present()?;
    let mut rights: BTreeMap<PersonId, Rights> = BTreeMap::new();
    for delegate in delegates.iter().filter(|delegate| delegate.acceptance == Acceptance::Accepted) {
        if let Some(person) = holder(&delegate.who, observation)
            && ability(kind, Some(mailbox), &Observed::Present(person.clone()), now) == Ability::Able
        {
            let sum = rights.entry(person.id.clone()).or_default();
            sum.read |= delegate.rights.read;
            sum.act |= delegate.rights.act;
        }
    }
    Some(rights.into_iter().filter(|(_, rights)| rights.is_full()).map(|(id, _)| id).collect())
}

/// The person behind an entry: the id decides where the entry has one, and then whoever holds its address today must
/// have the same id.
#[must_use]
pub fn holder<'a>(principal: &Principal, observation: &'a Observation) -> Option<&'a Person> {
    let Principal::Account { id, address } = principal else { return None };
    let shown = observation.people.get(address).and_then(Observed::present);
    match id {
        None => shown,
        Some(id) => shown
            .filter(|person| person.id == *id)
            .or_else(|| observation.people.values().filter_map(Observed::present).find(|person| person.id == *id)),
    }
}
