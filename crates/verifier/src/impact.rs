//! What breaks when people leave.

mod candidates;
mod mailboxes;

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Policy, TenantName, WantedMailbox};
use tripod_tenant::{Inactive, Observation, Observed, OwnedKind, Ownership, Person};

use crate::audit::{Audit, DIRECTORY, Holdings};
use crate::finding::{Remedy, UnknownCheck};
use crate::grants::{by_address, grants, unknown};
use crate::patch::DelegateChange;
use crate::schema::shape;
use crate::scopes::Risk;

/// What breaks when these people leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Impact {
    /// The time that leave dates were held against.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The people.
    pub people: Vec<Leaver>,
    /// What they leave behind; the worst first.
    pub losses: Vec<Loss>,
    /// What to change in the manifest, by [`crate::patch()`] as a diff. Mailboxes without a successor are left out of it
    /// and stay among the losses.
    pub changes: Vec<DelegateChange>,
    /// What could not be read, and why. With anything here more may break.
    pub unknown: Vec<UnknownCheck>,
}

/// One of the people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Leaver {
    /// The primary address, or the one that was asked for if the directory does not know it.
    pub address: Address,
    /// The display name.
    pub name: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The manager's address.
    pub manager: Option<Address>,
    /// When they leave, if the directory knows.
    #[schemars(with = "Option<String>")]
    pub leaves: Option<Timestamp>,
    /// Whether a directory has the address; left out where one could not be read. An address that no directory has may
    /// be misspelt, so that «nothing breaks» would mean nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_directory: Option<bool>,
    /// Why the account cannot act already, if it cannot.
    #[schemars(with = "Option<shape::Inactive>")]
    pub inactive: Option<Inactive>,
}

/// What kind of thing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// Nobody can read the mailbox any more.
    LastReader,
    /// The mailbox falls under the quorum, or further under it.
    BelowQuorum,
    /// The mailbox still stands, with one delegate fewer.
    StillStands,
    /// An app's grant dies with the account.
    Grant,
    /// An application is left without an owner.
    Application,
    /// A group is left without an owner.
    Group,
}

/// One thing that is lost.
///
/// The score says what to look at first: 1000 where nobody can read a mailbox any more; 600, and 100 for each person
/// that it then lacks, where a mailbox falls under the quorum; for a grant 500 (critical), 400 (high), 350 (unknown),
/// 300 (medium) or 200 (low) by its risk; 450 for an application and 250 for a group without an owner; 100 for a
/// mailbox that still stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Loss {
    /// What kind of thing it is.
    pub kind: LossKind,
    /// How bad it is; see above.
    pub score: u32,
    /// The tenant.
    pub tenant: TenantName,
    /// What it is: a mailbox's address, or the name of an app, application or group.
    pub what: String,
    /// The people by whose leaving it is lost.
    pub people: Vec<Address>,
    /// What happens, as a sentence without a full stop.
    pub message: String,
    /// How many people carry the mailbox today; left out where that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<usize>,
    /// How many will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<usize>,
    /// Who could take over, the best first: active, and of the same department or manager.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Address>,
    /// What to do.
    pub remedy: Remedy,
}

/// What breaks when these people leave. Addresses may be aliases.
#[must_use]
pub fn impact(
    people: &[Address],
    wanted: &[WantedMailbox],
    observed: &Observation,
    audit: &Audit,
    holdings: &Holdings,
    policy: &Policy,
    now: Timestamp,
) -> Impact {
    let directory = by_address(&holdings.directory);
    let entry = |address: &Address| match (directory.get(address), observed.person(address)) {
        (Some(person), _) => Some((*person).clone()),
        (None, Observed::Present(person)) => Some(person),
        (None, Observed::Absent | Observed::Unknown(_)) => None,
    };
    let mut leaving = BTreeSet::new();
    let mut leavers: Vec<Leaver> = Vec::new();
    for address in people {
        let person = entry(address);
        let is_read = !holdings.unknown.iter().any(|(_, what, _)| what == DIRECTORY);
        let is_absent = is_read || observed.person(address) == Observed::Absent;
        let in_directory = if person.is_some() { Some(true) } else { is_absent.then_some(false) };
        let leaver = Leaver { in_directory, ..leaver(address, person.as_ref(), audit, now) };
        if leaving.insert(leaver.address.clone()) {
            leavers.push(leaver);
        }
    }
    let mut impact = Impact {
        at: now,
        people: leavers,
        losses: Vec::new(),
        changes: Vec::new(),
        unknown: unknown(&holdings.unknown),
    };
    let scene = mailboxes::Scene { wanted, observed, audit, holdings, policy, now, leaving: &leaving };
    mailboxes::losses(&scene, &mut impact);
    grant_losses(holdings, wanted, &leaving, now, &mut impact);
    for (tenant, owned) in &holdings.ownerships {
        impact.losses.extend(ownership_loss(tenant, owned, &leaving, &directory, now));
    }
    impact.losses.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| (&a.what, &a.people).cmp(&(&b.what, &b.people))));
    impact
}

/// The people whose leave date falls within so many days from now, by address.
#[must_use]
pub fn leaving_within(directory: &[Person], days: u32, now: Timestamp) -> Vec<Address> {
    let seconds = i64::from(days) * 86_400;
    let soon = |leaves: Timestamp| leaves >= now && leaves.duration_since(now).as_secs() <= seconds;
    let leaving: BTreeSet<&Address> =
        directory.iter().filter(|person| person.leaves.is_some_and(soon)).map(|person| &person.address).collect();
    leaving.into_iter().cloned().collect()
}

fn leaver(asked: &Address, person: Option<&Person>, audit: &Audit, now: Timestamp) -> Leaver {
    let Some(person) = person else {
        return Leaver {
            address: asked.clone(),
            name: None,
            department: None,
            manager: None,
            leaves: None,
            in_directory: None,
            inactive: None,
        };
    };
    let facts = audit.person(&person.address);
    Leaver {
        address: person.address.clone(),
        name: Some(person.name.clone()),
        department: person.department.clone().or_else(|| facts.department.present().cloned().flatten()),
        manager: person.manager.clone().or_else(|| facts.manager.present().cloned().flatten()),
        leaves: person.leaves,
        in_directory: Some(true),
        inactive: person.inactive_at(now),
    }
}

fn grant_losses(
    holdings: &Holdings,
    wanted: &[WantedMailbox],
    leaving: &BTreeSet<Address>,
    now: Timestamp,
    impact: &mut Impact,
) {
    for grant in grants(holdings, wanted, now).grants {
        if !leaving.contains(&grant.person) {
            continue;
        }
        let score = match grant.risk {
            Risk::Critical => 500,
            Risk::High => 400,
            Risk::Unknown => 350,
            Risk::Medium => 300,
            Risk::Low => 200,
        };
        let means = if grant.by_assignment { "is signed in to with" } else { "hangs on" };
        impact.losses.push(Loss {
            kind: LossKind::Grant,
            score,
            tenant: grant.tenant,
            message: format!("{} {means} the account of {} and stops working", grant.app, grant.person),
            what: grant.app,
            people: vec![grant.person],
            before: None,
            after: None,
            candidates: grant.held_better_by.into_iter().collect(),
            remedy: Remedy::say(grant.advice),
        });
    }
}

fn ownership_loss(
    tenant: &TenantName,
    owned: &Ownership,
    leaving: &BTreeSet<Address>,
    directory: &std::collections::BTreeMap<&Address, &Person>,
    now: Timestamp,
) -> Option<Loss> {
    let (gone, rest): (Vec<_>, Vec<_>) = owned.owners.iter().partition(|owner| leaving.contains(&owner.address));
    // Somebody whom the directory does not show may still be there, e.g. because it could not be read.
    let acts = |address: &Address| directory.get(address).is_none_or(|person| person.inactive_at(now).is_none());
    if gone.is_empty() || rest.iter().any(|owner| acts(&owner.address)) {
        return None;
    }
    let (kind, score, word) = match owned.kind {
        OwnedKind::Application => (LossKind::Application, 450, "application"),
        OwnedKind::Group => (LossKind::Group, 250, "group"),
    };
    let mut people: Vec<Address> = gone.iter().map(|owner| owner.address.clone()).collect();
    people.sort();
    Some(Loss {
        kind,
        score,
        tenant: tenant.clone(),
        what: owned.name.clone(),
        people,
        message: format!("the {word} {} has no other owner who can act", owned.name),
        before: None,
        after: None,
        candidates: Vec::new(),
        remedy: Remedy::say(format!("make two more people owners of the {word} {} in the admin console", owned.name)),
    })
}
