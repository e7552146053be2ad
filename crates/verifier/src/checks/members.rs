//! Everybody who has access to a mailbox, or should have it.
//!
//! Who is who, and who is able to act, is said by [`tripod_tenant::access`], which the planner asks as well.

use std::collections::BTreeSet;

use tripod_model::{Address, Place};
use tripod_tenant::access::{Ability, Hindrance, ability, active_delegates, belongs_to, holder};
use tripod_tenant::{
    Acceptance, ErrorKind, Inactive, Observed, ObservedDelegate, ObservedMailbox, Person, PersonId, Principal, Rights,
    Unknown,
};

use super::Subject;
use crate::standing::DelegateStanding;

/// Somebody who has access, or should have it, or both.
pub(super) struct Member<'a> {
    /// The address to name them by.
    pub(super) label: String,
    /// Where the manifest names them.
    pub(super) place: Option<Place>,
    /// The entries of the access list that are theirs.
    pub(super) entries: Vec<&'a ObservedDelegate>,
    /// Who they are, where there is an address to look up.
    pub(super) person: Option<Observed<Person>>,
    /// Whether they can act.
    pub(super) ability: Ability,
}

impl Member<'_> {
    pub(super) fn is_wanted(&self) -> bool {
        self.place.is_some()
    }

    /// What they may do, over all entries that `counts` lets through.
    fn rights(&self, counts: impl Fn(&ObservedDelegate) -> bool) -> Rights {
        let entries = self.entries.iter().filter(|entry| counts(entry));
        entries.fold(Rights::default(), |sum, entry| Rights {
            read: sum.read || entry.rights.read,
            act: sum.act || entry.rights.act,
        })
    }

    /// What they may do by the entries that are in force.
    pub(super) fn rights_in_force(&self) -> Rights {
        self.rights(|entry| entry.acceptance == Acceptance::Accepted)
    }

    /// What they could do if every entry were in force.
    pub(super) fn rights_given(&self) -> Rights {
        self.rights(|_| true)
    }

    pub(super) fn has_full_access(&self) -> bool {
        self.rights_in_force().is_full()
    }

    /// Why the account certainly cannot act.
    pub(super) fn inactive(&self) -> Option<&Inactive> {
        match &self.ability {
            Ability::Unable(Hindrance::Inactive(why)) => Some(why),
            _ => None,
        }
    }

    /// Whether the administrator's switch for mail delegation keeps them out.
    pub(super) fn is_kept_out(&self) -> bool {
        matches!(self.ability, Ability::Unable(Hindrance::DelegationOffForPerson | Hindrance::DelegationOffForMailbox))
    }

    /// Why it is not known whether they can act.
    pub(super) fn unknown(&self) -> Option<&Unknown> {
        match &self.ability {
            Ability::Unknown(unknown) => Some(unknown),
            Ability::Able | Ability::Unable(_) => None,
        }
    }

    /// The person, if they carry the mailbox for certain.
    pub(super) fn carries(&self) -> Option<&Person> {
        let counts = self.is_wanted() && self.has_full_access() && self.ability == Ability::Able;
        self.person.as_ref().filter(|_| counts).and_then(Observed::present)
    }

    pub(super) fn standing(&self) -> DelegateStanding {
        DelegateStanding {
            who: self.label.clone(),
            wanted: self.is_wanted(),
            has_access: self.has_full_access(),
            inactive: self.inactive().cloned(),
            unknown: self.unknown().is_some(),
            delegation_off: self.is_kept_out(),
        }
    }
}

/// Everybody who has access or should have it, each once: an alias in the manifest and the primary address in the
/// access list are the same person.
pub(super) fn of<'a>(
    subject: &Subject<'_>,
    found: &ObservedMailbox,
    delegates: &'a [ObservedDelegate],
) -> Vec<Member<'a>> {
    let mut left: Vec<&ObservedDelegate> =
        delegates.iter().filter(|delegate| delegate.who.address() != Some(&found.address)).collect();
    let mut wanted = Vec::new();
    for delegate in &subject.wanted.delegates {
        let theirs = |entry: &&ObservedDelegate| belongs_to(&entry.who, &delegate.address, subject.observed);
        let entries: Vec<_> = delegates.iter().filter(theirs).collect();
        left.retain(|entry| !theirs(entry));
        let person = subject.observed.person(&delegate.address);
        wanted.push(Member {
            label: delegate.address.to_string(),
            place: Some(delegate.place.clone()),
            entries,
            ability: ability(subject.wanted.kind, Some(found), &person, subject.now),
            person: Some(person),
        });
    }
    let (named, nameless): (Vec<_>, Vec<_>) = left.into_iter().partition(|entry| entry.who.address().is_some());
    let mut members: Vec<Member<'a>> = nameless.into_iter().map(|entry| without_address(entry)).collect();
    members.extend(wanted);
    members.extend(strangers(subject, found, named));
    members
}

/// Those whom the manifest does not name, by the order of their addresses; several entries of one account are one.
fn strangers<'a>(
    subject: &Subject<'_>,
    found: &ObservedMailbox,
    mut entries: Vec<&'a ObservedDelegate>,
) -> Vec<Member<'a>> {
    entries.sort_by(|a, b| a.who.address().cmp(&b.who.address()));
    let mut members: Vec<Member<'a>> = Vec::new();
    for entry in entries {
        let Some(address) = entry.who.address() else { continue };
        let person = person_of(subject, &entry.who, address);
        let id = |person: &Observed<Person>| person.present().map(|person| person.id.clone());
        let same =
            |member: &&mut Member<'a>| id(&person).is_some() && member.person.as_ref().and_then(id) == id(&person);
        if let Some(member) = members.iter_mut().find(same) {
            member.entries.push(entry);
            continue;
        }
        members.push(Member {
            label: address.to_string(),
            place: None,
            entries: vec![entry],
            ability: ability(subject.wanted.kind, Some(found), &person, subject.now),
            person: Some(person),
        });
    }
    members
}

/// Who stands behind an entry. Where its id is not that of the account which has its address today, nobody can tell.
fn person_of(subject: &Subject<'_>, who: &Principal, address: &Address) -> Observed<Person> {
    if let Some(person) = holder(who, subject.observed) {
        return Observed::Present(person.clone());
    }
    match (who, subject.observed.person(address)) {
        (Principal::Account { .. }, Observed::Present(_)) => Observed::Unknown(Unknown {
            kind: ErrorKind::Invalid,
            reason: format!("the access list shows another id than that of the account that has {address} today"),
        }),
        (_, other) => other,
    }
}

fn without_address(entry: &ObservedDelegate) -> Member<'_> {
    let unable = |why| Ability::Unable(Hindrance::Inactive(why));
    let ability = match &entry.who {
        Principal::Everybody { .. } => unable(Inactive::NotAPerson("everybody in the organisation".to_owned())),
        Principal::Other { what, .. } => unable(Inactive::NotAPerson(what.clone())),
        Principal::Unclear { reason, .. } => {
            Ability::Unknown(Unknown { kind: ErrorKind::Invalid, reason: reason.clone() })
        }
        Principal::Account { .. } | Principal::Group { .. } | Principal::Departed { .. } => unable(Inactive::Deleted),
    };
    Member { label: entry.who.label().to_owned(), place: None, entries: vec![entry], person: None, ability }
}

/// How many of the manifest's people carry the mailbox for certain, and how many more may.
///
/// An entry of which the tenant does not tell whose it is may be that of a delegate who seems to have no access.
pub(super) fn count(subject: &Subject<'_>, found: &ObservedMailbox, members: &[Member<'_>]) -> (usize, usize) {
    let wanted = || members.iter().filter(|member| member.is_wanted());
    let ids: BTreeSet<&PersonId> = wanted().filter_map(|member| Some(&member.person.as_ref()?.present()?.id)).collect();
    let active = active_delegates(subject.wanted.kind, found, subject.observed, subject.now).unwrap_or_default();
    let active = active.iter().filter(|id| ids.contains(id)).count();
    let uncertain = wanted().filter(|member| member.has_full_access() && member.unknown().is_some()).count();
    let without = wanted().filter(|member| member.entries.is_empty() && !is_certainly_unable(member)).count();
    (active, uncertain + without.min(unclear(members).count()))
}

fn is_certainly_unable(member: &Member<'_>) -> bool {
    matches!(member.ability, Ability::Unable(_))
}

/// The entries of which the tenant does not tell whose they are.
pub(super) fn unclear<'m, 'a>(members: &'m [Member<'a>]) -> impl Iterator<Item = &'m Member<'a>> {
    let is_unclear = |entry: &&ObservedDelegate| matches!(entry.who, Principal::Unclear { .. });
    members.iter().filter(move |member| member.entries.iter().any(is_unclear))
}
