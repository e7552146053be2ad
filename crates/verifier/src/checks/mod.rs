//! The checks on one mailbox. Each looks at one thing and says nothing of the others.

mod mailbox;
mod people;
mod rights;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tripod_model::{Address, Place, Policy, State, WantedMailbox};
use tripod_tenant::{
    Acceptance, Form, Inactive, Observation, Observed, ObservedDelegate, ObservedMailbox, Person, Unknown,
};

use crate::finding::{CheckId, Finding, UnknownCheck};
use crate::standing::{DelegateStanding, MailboxStanding, StandingState};

/// What the checks on one mailbox gave.
pub(crate) struct Results {
    pub(crate) standing: MailboxStanding,
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknown: Vec<UnknownCheck>,
}

/// Everything that the checks on one mailbox look at.
struct Subject<'a> {
    wanted: &'a WantedMailbox,
    observed: &'a Observation,
    policy: &'a Policy,
    now: Timestamp,
}

impl Subject<'_> {
    fn finding(&self, check: CheckId, message: String, remedy: String) -> Finding {
        Finding {
            check,
            severity: check.severity(),
            tenant: self.wanted.tenant.clone(),
            mailbox: self.wanted.address.clone(),
            subject: None,
            message,
            remedy,
            place: self.wanted.place.clone(),
        }
    }

    fn finding_about(&self, who: &Member<'_>, check: CheckId, message: String, remedy: String) -> Finding {
        let place = who.place.clone().unwrap_or_else(|| self.wanted.place.clone());
        Finding { subject: Some(who.label.clone()), place, ..self.finding(check, message, remedy) }
    }

    fn unknown(&self, what: impl Into<String>, unknown: &Unknown) -> UnknownCheck {
        UnknownCheck {
            tenant: self.wanted.tenant.clone(),
            mailbox: self.wanted.address.clone(),
            what: what.into(),
            reason: unknown.reason.clone(),
            kind: unknown.kind,
        }
    }
}

/// Somebody who has access, or should have it, or both.
struct Member<'a> {
    /// The address to name them by.
    label: String,
    /// Where the manifest names them.
    place: Option<Place>,
    /// The access that was found.
    access: Option<&'a ObservedDelegate>,
    /// Who they are, where there is an address to look up.
    person: Option<Observed<Person>>,
}

impl Member<'_> {
    fn is_wanted(&self) -> bool {
        self.place.is_some()
    }

    fn has_full_access(&self) -> bool {
        self.access.is_some_and(|a| a.rights.is_full() && a.acceptance == Acceptance::Accepted)
    }

    fn inactive_at(&self, now: Timestamp) -> Option<Inactive> {
        match self.person.as_ref() {
            Some(Observed::Present(person)) => person.inactive_at(now),
            // Somebody in the list whom the directory does not know is gone.
            Some(Observed::Absent) | None => Some(Inactive::Deleted),
            Some(Observed::Unknown(_)) => None,
        }
    }

    fn unknown(&self) -> Option<&Unknown> {
        match self.person.as_ref() {
            Some(Observed::Unknown(unknown)) => Some(unknown),
            _ => None,
        }
    }
}

/// Makes every check on one mailbox.
pub(crate) fn mailbox(wanted: &WantedMailbox, observed: &Observation, policy: &Policy, now: Timestamp) -> Results {
    let subject = Subject { wanted, observed, policy, now };
    let mut results = Results {
        standing: MailboxStanding {
            address: wanted.address.clone(),
            tenant: wanted.tenant.clone(),
            kind: wanted.kind,
            state: StandingState::Unknown,
            delegates: Vec::new(),
            active: 0,
            uncertain: 0,
        },
        findings: Vec::new(),
        unknown: Vec::new(),
    };
    let seen = observed.mailbox(&wanted.address);
    if let State::Retired { on } = wanted.state {
        mailbox::retired(&subject, &seen, on, &mut results);
        return results;
    }
    let Some(found) = mailbox::presence(&subject, &seen, &mut results) else { return results };
    mailbox::settings(&subject, found, &mut results);
    match &found.delegates {
        Observed::Present(delegates) => {
            let members = members(&subject, found, delegates);
            results.standing.delegates = members.iter().map(|member| standing(member, now)).collect();
            rights::check(&subject, &members, &mut results);
            people::check(&subject, &members, &mut results);
        }
        Observed::Unknown(unknown) => results.unknown.push(subject.unknown("who has access", unknown)),
        // An adapter says `Present` with an empty list for a mailbox that nobody can open.
        Observed::Absent => people::check(&subject, &[], &mut results),
    }
    results
}

/// Everybody who has access or should have it, each once: an alias in the manifest and the primary address in the
/// access list are the same person.
fn members<'a>(subject: &Subject<'_>, found: &ObservedMailbox, delegates: &'a [ObservedDelegate]) -> Vec<Member<'a>> {
    let primary = |address: &Address| match subject.observed.person(address) {
        Observed::Present(person) => person.address,
        Observed::Absent | Observed::Unknown(_) => address.clone(),
    };
    let mut by_address: BTreeMap<Address, &ObservedDelegate> = BTreeMap::new();
    let mut members = Vec::new();
    for delegate in delegates {
        match delegate.who.address() {
            Some(address) if *address == found.address => {}
            Some(address) => {
                by_address.insert(primary(address), delegate);
            }
            None => members.push(Member {
                label: delegate.who.label().to_owned(),
                place: None,
                access: Some(delegate),
                person: None,
            }),
        }
    }
    for wanted in &subject.wanted.delegates {
        let person = subject.observed.person(&wanted.address);
        members.push(Member {
            label: wanted.address.to_string(),
            place: Some(wanted.place.clone()),
            access: by_address.remove(&primary(&wanted.address)),
            person: Some(person),
        });
    }
    for (address, delegate) in by_address {
        let person = subject.observed.person(&address);
        members.push(Member { label: address.to_string(), place: None, access: Some(delegate), person: Some(person) });
    }
    members
}

fn standing(member: &Member<'_>, now: Timestamp) -> DelegateStanding {
    DelegateStanding {
        who: member.label.clone(),
        wanted: member.is_wanted(),
        has_access: member.has_full_access(),
        inactive: member.inactive_at(now),
        unknown: member.unknown().is_some(),
    }
}

/// What a form is called when it is not the one that was wanted.
fn form_words(form: &Form) -> String {
    match form {
        Form::SharedMailbox => "a shared mailbox".to_owned(),
        Form::UnmarkedAccount => "an account that Tripod did not make".to_owned(),
        Form::GroupInbox => "a group".to_owned(),
        Form::Deleted(what) | Form::Other(what) => what.clone(),
    }
}
