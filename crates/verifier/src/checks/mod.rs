//! The checks on one mailbox. Each looks at one thing and says nothing of the others.

mod ahead;
mod contents;
mod delegation;
mod estate;
mod own_account;
mod people;
mod presence;
mod rights;
mod settings;
mod spread;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tripod_model::{Address, Place, Policy, State, WantedMailbox};
use tripod_tenant::{
    Acceptance, Activity, ErrorKind, Form, Inactive, Observation, Observed, ObservedDelegate, ObservedMailbox, Person,
    Principal, Unknown,
};

pub(crate) use estate::estate;

use crate::audit::Audit;
use crate::finding::{CheckId, Finding, Remedy, UnknownCheck};
use crate::standing::{DelegateStanding, MailboxStanding, StandingState};

/// What the checks on one mailbox gave.
pub(crate) struct Results {
    pub(crate) standing: MailboxStanding,
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknown: Vec<UnknownCheck>,
}

/// Whether a check needs facts that only an audit has.
pub(crate) fn needs_audit(check: CheckId) -> bool {
    matches!(
        check,
        CheckId::EdgeIdle
            | CheckId::DelegateIdle
            | CheckId::DelegateNoSecondFactor
            | CheckId::OneManager
            | CheckId::OneDepartment
            | CheckId::SignInUsed
            | CheckId::SignInUnused
            | CheckId::SignInNoSecondFactor
            | CheckId::ForwardingOutside
            | CheckId::RecoveryOfAPerson
            | CheckId::ApplicationPasswords
            | CheckId::NearLimit
            | CheckId::DelegationOff
            | CheckId::UnmanagedMailbox
    )
}

/// Everything that the checks on one mailbox look at.
struct Subject<'a> {
    wanted: &'a WantedMailbox,
    observed: &'a Observation,
    audit: Option<&'a Audit>,
    policy: &'a Policy,
    now: Timestamp,
}

impl Subject<'_> {
    fn finding(&self, check: CheckId, message: String, remedy: Remedy) -> Finding {
        Finding {
            check,
            rule: None,
            severity: check.severity(),
            tenant: self.wanted.tenant.clone(),
            mailbox: self.wanted.address.clone(),
            subject: None,
            message,
            evidence: Vec::new(),
            remedy,
            place: self.wanted.place.clone(),
        }
    }

    fn finding_about(&self, who: &Member<'_>, check: CheckId, message: String, remedy: Remedy) -> Finding {
        let place = who.place.clone().unwrap_or_else(|| self.wanted.place.clone());
        Finding { subject: Some(who.label.clone()), place, ..self.finding(check, message, remedy) }
    }

    fn unknown(&self, check: Option<CheckId>, what: impl Into<String>, unknown: &Unknown) -> UnknownCheck {
        UnknownCheck {
            check,
            rule: None,
            tenant: self.wanted.tenant.clone(),
            mailbox: Some(self.wanted.address.clone()),
            what: what.into(),
            reason: unknown.reason.clone(),
            kind: unknown.kind,
        }
    }

    /// A fact for a check to judge. Nothing if there is no such thing here, or if it could not be read, which is then
    /// noted: a check never takes one for the other.
    fn fact<T>(&self, check: CheckId, what: &str, fact: Observed<T>, results: &mut Results) -> Option<T> {
        match fact {
            Observed::Present(value) => Some(value),
            Observed::Absent => None,
            Observed::Unknown(unknown) => {
                results.unknown.push(self.unknown(Some(check), what, &unknown));
                None
            }
        }
    }

    /// A number of a check by the policy.
    fn days(&self, check: CheckId, name: &str) -> i64 {
        i64::try_from(self.policy.parameter(check, name)).unwrap_or(i64::MAX)
    }
}

/// Whole days from one moment to a later one; negative if it is earlier.
fn days_between(earlier: Timestamp, later: Timestamp) -> i64 {
    later.duration_since(earlier).as_secs().div_euclid(86_400)
}

/// The day of a moment, for people.
pub(crate) fn day(moment: Timestamp) -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(moment).date()
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
    /// Whether the administrator's switch for mail delegation keeps them out.
    kept_out: bool,
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
            // An account in the list whom the directory does not know is gone.
            Some(Observed::Absent) => Some(Inactive::Deleted),
            Some(Observed::Unknown(_)) => None,
            None => match &self.access?.who {
                Principal::Unclear { .. } => None,
                Principal::Everybody { .. } => Some(Inactive::NotAPerson("everybody".to_owned())),
                Principal::Other { what, .. } => Some(Inactive::NotAPerson(what.clone())),
                Principal::Account { .. } | Principal::Group { .. } | Principal::Departed { .. } => {
                    Some(Inactive::Deleted)
                }
            },
        }
    }

    /// Why it is not known whether they can act.
    fn unknown(&self, now: Timestamp) -> Option<Unknown> {
        match (self.person.as_ref(), self.access.map(|access| &access.who)) {
            (Some(Observed::Unknown(unknown)), _) => Some(unknown.clone()),
            (Some(Observed::Present(person)), _) => match person.activity_at(now) {
                Activity::Unknown(unknown) => Some(unknown),
                Activity::Active | Activity::Inactive(_) => None,
            },
            (None, Some(Principal::Unclear { reason, .. })) => {
                Some(Unknown { kind: ErrorKind::Invalid, reason: reason.clone() })
            }
            _ => None,
        }
    }

    /// The person, if they carry the mailbox for certain.
    fn carries(&self, now: Timestamp) -> Option<&Person> {
        let counts = self.is_wanted() && self.has_full_access() && !self.kept_out;
        self.person.as_ref().filter(|_| counts).and_then(Observed::present).filter(|person| person.is_active_at(now))
    }
}

/// Makes every check on one mailbox, whether the policy has it on or not.
pub(crate) fn mailbox(
    wanted: &WantedMailbox,
    observed: &Observation,
    audit: Option<&Audit>,
    policy: &Policy,
    now: Timestamp,
) -> Results {
    let subject = Subject { wanted, observed, audit, policy, now };
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
        presence::retired(&subject, &seen, on, &mut results);
        return results;
    }
    let Some(found) = presence::presence(&subject, &seen, &mut results) else { return results };
    presence::address(&subject, found, &mut results);
    settings::check(&subject, found, &mut results);
    if let Some(audit) = audit {
        let facts = audit.mailbox(&wanted.address);
        own_account::check(&subject, &facts, &mut results);
        delegation::of_the_mailbox(&subject, facts.delegation_allowed.clone(), &mut results);
        contents::check(&subject, audit, facts, &mut results);
    }
    match &found.delegates {
        Observed::Present(delegates) => {
            let mut members = members(&subject, found, delegates);
            if let Some(audit) = audit {
                delegation::of_the_delegates(&subject, audit, &mut members, &mut results);
            }
            results.standing.delegates = members.iter().map(|member| standing(member, now)).collect();
            rights::check(&subject, &members, &mut results);
            people::check(&subject, &members, &mut results);
            ahead::check(&subject, &members, &mut results);
            spread::check(&subject, &members, &mut results);
        }
        Observed::Unknown(unknown) => results.unknown.push(subject.unknown(None, "who has access", unknown)),
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
                kept_out: false,
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
            kept_out: false,
        });
    }
    for (address, delegate) in by_address {
        let person = subject.observed.person(&address);
        let (label, person) = (address.to_string(), Some(person));
        members.push(Member { label, place: None, access: Some(delegate), person, kept_out: false });
    }
    members
}

fn standing(member: &Member<'_>, now: Timestamp) -> DelegateStanding {
    DelegateStanding {
        who: member.label.clone(),
        wanted: member.is_wanted(),
        has_access: member.has_full_access(),
        inactive: member.inactive_at(now),
        unknown: member.unknown(now).is_some(),
        delegation_off: member.kept_out,
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
