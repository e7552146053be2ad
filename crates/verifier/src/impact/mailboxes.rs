//! What becomes of the mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tripod_model::{Address, Policy, QUORUM, State, WantedDelegate, WantedMailbox};
use tripod_tenant::{Observation, Observed};

use super::candidates::candidates;
use super::{Impact, Loss, LossKind};
use crate::audit::{Audit, Holdings};
use crate::checks;
use crate::finding::Remedy;
use crate::patch::DelegateChange;
use crate::standing::{DelegateStanding, StandingState};

/// Everything that is looked at.
pub(super) struct Scene<'a> {
    pub(super) wanted: &'a [WantedMailbox],
    pub(super) observed: &'a Observation,
    pub(super) audit: &'a Audit,
    pub(super) holdings: &'a Holdings,
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
    pub(super) leaving: &'a BTreeSet<Address>,
}

impl Scene<'_> {
    /// The primary address of whoever an address belongs to.
    pub(super) fn primary(&self, address: &Address) -> Address {
        if let Observed::Present(person) = self.observed.person(address) {
            return person.address;
        }
        let named = self.holdings.directory.iter().find(|person| person.aliases.contains(address));
        named.map_or_else(|| address.clone(), |person| person.address.clone())
    }

    fn leaves(&self, who: &str) -> bool {
        who.parse().is_ok_and(|address| self.leaving.contains(&self.primary(&address)))
    }
}

pub(super) fn losses(scene: &Scene<'_>, impact: &mut Impact) {
    // How many mailboxes each person carries, so that the work is spread.
    let mut load: BTreeMap<Address, usize> = BTreeMap::new();
    for delegate in scene.wanted.iter().flat_map(|mailbox| &mailbox.delegates) {
        *load.entry(scene.primary(&delegate.address)).or_default() += 1;
    }
    for mailbox in scene.wanted.iter().filter(|mailbox| mailbox.state == State::Active) {
        one(scene, mailbox, &mut load, impact);
    }
}

fn one(scene: &Scene<'_>, mailbox: &WantedMailbox, load: &mut BTreeMap<Address, usize>, impact: &mut Impact) {
    let results = checks::mailbox(mailbox, scene.observed, None, scene.policy, scene.now);
    let named: Vec<&WantedDelegate> =
        mailbox.delegates.iter().filter(|delegate| scene.leaves(delegate.address.as_str())).collect();
    let found = results.standing.delegates.iter().any(|delegate| scene.leaves(&delegate.who));
    // What could not be read of this mailbox may hide somebody, or may be why somebody seems to suffice.
    impact.unknown.extend(results.unknown.iter().filter(|unknown| unknown.check.is_none()).cloned());
    if named.is_empty() && !found {
        return;
    }
    let delegates = &results.standing.delegates;
    let people: BTreeSet<Address> = named
        .iter()
        .map(|delegate| scene.primary(&delegate.address))
        .chain(
            delegates
                .iter()
                .filter(|d| scene.leaves(&d.who))
                .filter_map(|d| d.who.parse().ok())
                .map(|a| scene.primary(&a)),
        )
        .collect();
    let stays = |delegate: &&DelegateStanding| !scene.leaves(&delegate.who);
    let reads = |d: &DelegateStanding| d.has_access && d.inactive.is_none() && !d.unknown && !d.delegation_off;
    let after = delegates.iter().filter(stays).filter(|delegate| delegate.counts()).count();
    let readers = delegates.iter().filter(stays).filter(|delegate| reads(delegate)).count();
    let (before, quorum) = (results.standing.active, scene.policy.quorum);
    let uncertain = delegates.iter().filter(stays).filter(|delegate| delegate.may_count()).count();
    let state = results.standing.state;
    let known = state != StandingState::Unknown;
    let address = &mailbox.address;
    let lacking = u32::try_from(quorum.saturating_sub(after)).unwrap_or(u32::MAX);
    let (kind, score, message) = if state == StandingState::Unknown {
        let gone = people.len();
        let message = format!("{address} loses {gone} of its people; how many are left could not be read");
        (LossKind::BelowQuorum, 600, message)
    } else if state == StandingState::Present && readers == 0 {
        (LossKind::LastReader, 1000, format!("nobody can read {address} any more"))
    } else if after < quorum {
        let maybe = if uncertain > 0 { format!(", or up to {}", after + uncertain) } else { String::new() };
        let score = 600_u32.saturating_add(lacking.saturating_mul(100));
        (
            LossKind::BelowQuorum,
            score,
            format!("{address} goes from {before} active people to {after}{maybe}, needs {quorum}"),
        )
    } else {
        (LossKind::StillStands, 100, format!("{address} goes from {before} active people to {after} and still stands"))
    };
    let mut left = mailbox.delegates.len();
    let mut taken: BTreeSet<Address> = BTreeSet::new();
    let mut all = Vec::new();
    for delegate in &named {
        let leaver = scene.primary(&delegate.address);
        let able = candidates(scene, mailbox, &leaver, load);
        let next = able.iter().find(|candidate| !taken.contains(*candidate)).cloned();
        match &next {
            Some(next) => {
                taken.insert(next.clone());
                *load.entry(next.clone()).or_default() += 1;
            }
            // Without a successor the manifest may name one fewer, but never fewer than the quorum.
            None if left > scene.policy.quorum.max(QUORUM) => left -= 1,
            None => {
                all.extend(able);
                continue;
            }
        }
        impact.changes.push(DelegateChange {
            mailbox: address.clone(),
            delegate: delegate.address.clone(),
            replacement: next,
            place: delegate.place.clone(),
        });
        all.extend(able);
    }
    let mut seen = BTreeSet::new();
    all.retain(|candidate| seen.insert(candidate.clone()));
    let changes: Vec<&DelegateChange> = impact.changes.iter().filter(|change| change.mailbox == *address).collect();
    let remedy = remedy(mailbox, &changes, named.len());
    impact.losses.push(Loss {
        kind,
        score,
        tenant: mailbox.tenant.clone(),
        what: address.to_string(),
        people: people.into_iter().collect(),
        message,
        before: known.then_some(before),
        after: known.then_some(after),
        candidates: all,
        remedy,
    });
}

fn remedy(mailbox: &WantedMailbox, changes: &[&DelegateChange], leaving: usize) -> Remedy {
    let people: Vec<&str> =
        changes.iter().filter_map(|change| change.replacement.as_ref()).map(Address::as_str).collect();
    if people.is_empty() && changes.len() < leaving {
        return Remedy::say(format!(
            "nobody near enough in the directory can take over; name somebody for {} in the manifest",
            mailbox.address
        ));
    }
    if people.is_empty() {
        return Remedy::say(format!("take them out of the delegates of {} in the manifest", mailbox.address))
            .run("tripod apply");
    }
    Remedy::say(format!("name {} instead in the manifest and run `tripod apply`", people.join(" and ")))
        .run("tripod apply")
        .write(people.iter().map(|person| format!("- {person}")).collect::<Vec<_>>().join("\n"))
}
