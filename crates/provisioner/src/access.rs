//! Who has access to a mailbox, once addresses, aliases and ids are brought together.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tripod_model::Address;
use tripod_tenant::{Acceptance, Observation, Observed, ObservedDelegate, Person, PersonId, Principal, Rights};

/// Whether an entry of an access list belongs to the person whom the manifest names by this address.
///
/// Where both ids are known they decide alone, because an address may have been given to somebody new. Otherwise the
/// primary addresses and the aliases of both sides do.
#[must_use]
pub fn belongs_to(principal: &Principal, wanted: &Address, observation: &Observation) -> bool {
    let (id, shown) = match principal {
        Principal::Account { id, address } => (id.as_ref(), address),
        Principal::Group { address } => return address == wanted,
        Principal::Departed { .. } => return false,
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

/// The people who have both rights in force and can act at this time, each counted once.
#[must_use]
pub fn active_delegates(
    delegates: &[ObservedDelegate],
    observation: &Observation,
    now: Timestamp,
) -> BTreeSet<PersonId> {
    let addresses: BTreeSet<&Address> = delegates
        .iter()
        .filter_map(|delegate| match &delegate.who {
            Principal::Account { address, .. } => Some(address),
            Principal::Group { .. } | Principal::Departed { .. } => None,
        })
        .collect();
    addresses
        .into_iter()
        .filter(|address| rights_of(delegates, address, observation).is_full())
        .filter_map(|address| observation.people.get(address).and_then(Observed::present))
        .filter(|person| person.inactive_at(now).is_none())
        .map(|person| person.id.clone())
        .collect()
}
