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
/// the manager too; the nearest first, and of those as near the ones who carry the fewest mailboxes.
pub(super) fn candidates(
    scene: &Scene<'_>,
    mailbox: &WantedMailbox,
    leaver: &Address,
    load: &BTreeMap<Address, usize>,
) -> Vec<Address> {
    let has_access = holders(scene, mailbox);
    let entry = scene.holdings.directory.iter().find(|person| person.address == *leaver);
    let department = entry.and_then(|person| department(scene, person));
    let manager = entry.and_then(|person| manager(scene, person));
    let mut able: Vec<(usize, usize, &Address)> = scene
        .holdings
        .directory
        .iter()
        .filter(|person| can(scene, mailbox, person) && !has_access.contains(&person.address))
        .filter_map(|person| {
            let theirs = self::manager(scene, person);
            let same_department = department.is_some() && self::department(scene, person) == department;
            let same_manager = manager.is_some() && theirs == manager;
            let above_or_below = manager.as_ref() == Some(&person.address) || theirs.as_ref() == Some(leaver);
            let near = usize::from(same_department) * 2 + usize::from(same_manager) * 2 + usize::from(above_or_below);
            (near > 0).then(|| (near, load.get(&person.address).copied().unwrap_or(0), &person.address))
        })
        .collect();
    able.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(b.2)));
    able.into_iter().take(MOST).map(|(_, _, address)| address.clone()).collect()
}

fn can(scene: &Scene<'_>, mailbox: &WantedMailbox, person: &Person) -> bool {
    let stays = |leaves: jiff::Timestamp| leaves.duration_since(scene.now).as_secs() > STAYS_DAYS * 86_400;
    let domains = scene.audit.domains.get(&mailbox.tenant);
    let domain = person.address.domain();
    person.inactive_at(scene.now).is_none()
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
