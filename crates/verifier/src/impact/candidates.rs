//! Who could take over from somebody.

use std::collections::BTreeMap;

use tripod_model::{Address, WantedMailbox};
use tripod_tenant::{Observed, Person, Principal};

use super::mailboxes::Scene;

/// Somebody who leaves this soon is no successor; a leave date that far away may still move.
const STAYS_DAYS: i64 = 90;
/// As many names as a person reads.
const MOST: usize = 5;

/// Who could take over a mailbox from somebody: active people of the same tenant, of the same department or manager,
/// the manager too; the nearest first, and of those as near the ones who carry the fewest mailboxes. Where all of these
/// are delegates already, people of a department or manager of another delegate follow.
pub(super) fn candidates(
    scene: &Scene<'_>,
    mailbox: &WantedMailbox,
    leaver: &Address,
    load: &BTreeMap<Address, usize>,
) -> Vec<Address> {
    let has_access = holders(scene, mailbox);
    let seat = Seat::of(scene, leaver);
    let others: Vec<Seat> = has_access.iter().filter(|other| *other != leaver).map(|o| Seat::of(scene, o)).collect();
    let mut able: Vec<(usize, usize, &Address)> = scene
        .holdings
        .directory
        .iter()
        .filter(|person| can(scene, mailbox, person) && !has_access.contains(&person.address))
        .filter_map(|person| {
            let theirs = Seat::of_person(scene, person);
            let near = match seat.nearness(&theirs) {
                0 => usize::from(others.iter().any(|other| other.nearness(&theirs) > 0)),
                near => near * 10,
            };
            (near > 0).then(|| (near, load.get(&person.address).copied().unwrap_or(0), &person.address))
        })
        .collect();
    able.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(b.2)));
    able.into_iter().take(MOST).map(|(_, _, address)| address.clone()).collect()
}

/// Where somebody sits in the organisation.
struct Seat {
    address: Address,
    department: Option<String>,
    manager: Option<Address>,
}

impl Seat {
    fn of(scene: &Scene<'_>, address: &Address) -> Self {
        let entry = scene.holdings.directory.iter().find(|person| person.address == *address);
        let nowhere = || Self { address: address.clone(), department: None, manager: None };
        entry.map_or_else(nowhere, |person| Self::of_person(scene, person))
    }

    fn of_person(scene: &Scene<'_>, person: &Person) -> Self {
        Self { address: person.address.clone(), department: department(scene, person), manager: manager(scene, person) }
    }

    /// How near somebody is: 2 for the department, 2 for the manager, 1 for being the manager or managed by them.
    fn nearness(&self, other: &Self) -> usize {
        let same_department = self.department.is_some() && self.department == other.department;
        let same_manager = self.manager.is_some() && self.manager == other.manager;
        let above_or_below =
            self.manager.as_ref() == Some(&other.address) || other.manager.as_ref() == Some(&self.address);
        usize::from(same_department) * 2 + usize::from(same_manager) * 2 + usize::from(above_or_below)
    }
}

fn can(scene: &Scene<'_>, mailbox: &WantedMailbox, person: &Person) -> bool {
    let stays = |leaves: jiff::Timestamp| leaves.duration_since(scene.now).as_secs() > STAYS_DAYS * 86_400;
    let domains = scene.audit.domains.get(&mailbox.tenant);
    let domain = person.address.domain();
    person.is_active_at(scene.now)
        && person.leaves.is_none_or(stays)
        && !scene.leaving.contains(&person.address)
        && (domain == mailbox.address.domain() || domains.is_some_and(|domains| domains.contains(domain)))
        && !scene.wanted.iter().any(|service| service.address == person.address)
}

/// Everybody who is a delegate already, by the manifest or by the tenant.
fn holders(scene: &Scene<'_>, mailbox: &WantedMailbox) -> Vec<Address> {
    let mut holders: Vec<Address> = mailbox.delegates.iter().map(|delegate| scene.primary(&delegate.address)).collect();
    if let Observed::Present(found) = scene.observed.mailbox(&mailbox.address) {
        for delegate in found.delegates.present().into_iter().flatten() {
            if let Principal::Account { address, .. } = &delegate.who {
                holders.push(scene.primary(address));
            }
        }
    }
    holders
}

fn department(scene: &Scene<'_>, person: &Person) -> Option<String> {
    let facts = || scene.audit.people.get(&person.address)?.department.present().cloned().flatten();
    person.department.clone().or_else(facts).map(|department| department.to_lowercase())
}

fn manager(scene: &Scene<'_>, person: &Person) -> Option<Address> {
    let facts = || scene.audit.people.get(&person.address)?.manager.present().cloned().flatten();
    person.manager.clone().or_else(facts)
}
