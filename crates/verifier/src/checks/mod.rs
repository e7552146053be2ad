//! The checks on one mailbox. Each looks at one thing and says nothing of the others.

mod ahead;
mod contents;
mod delegation;
mod estate;
mod members;
mod own_account;
mod people;
mod presence;
mod rights;
mod settings;
mod spread;
mod states;

use jiff::Timestamp;
use tripod_model::{Policy, Provider, State, WantedMailbox};
use tripod_tenant::{ErrorKind, Form, Observation, Observed, Unknown};

pub(crate) use estate::estate;
pub(crate) use settings::check_of as check_of_setting;
pub(crate) use states::check_of as check_of_state;

use crate::applicability::{self, How};
use crate::audit::Audit;
use crate::finding::{CheckId, Finding, Remedy, UnknownCheck};
use crate::standing::{MailboxStanding, StandingState};
use members::Member;

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
    /// Who runs the tenant's mail, where that was told.
    provider: Option<Provider>,
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
    /// noted: a check never takes one for the other. What the provider ought to have and is absent was not read either.
    fn fact<T>(&self, check: CheckId, what: &str, fact: Observed<T>, results: &mut Results) -> Option<T> {
        match fact {
            Observed::Present(value) => Some(value),
            Observed::Absent => {
                let how = self.provider.map(|provider| applicability::how(check, provider, self.wanted.kind));
                let reason = match how {
                    Some(How::Made(_)) => "the tenant's answer says nothing of it",
                    Some(How::Unknown(why)) => why,
                    Some(How::NotApplicable(_)) | None => return None,
                };
                let unknown = Unknown { kind: ErrorKind::Invalid, reason: reason.to_owned() };
                results.unknown.push(self.unknown(Some(check), what, &unknown));
                None
            }
            Observed::Unknown(unknown) => {
                results.unknown.push(self.unknown(Some(check), what, &unknown));
                None
            }
        }
    }

    /// Whether a domain is one of the tenant's.
    fn is_own_domain(&self, domain: &str) -> bool {
        let own = self.audit.and_then(|audit| audit.domains.get(&self.wanted.tenant));
        domain == self.wanted.address.domain() || own.is_some_and(|domains| domains.contains(domain))
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

/// A moment to the minute, for people.
fn minute(moment: Timestamp) -> String {
    jiff::tz::TimeZone::UTC.to_datetime(moment).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The day of a moment, for people.
pub(crate) fn day(moment: Timestamp) -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(moment).date()
}

/// Makes every check on one mailbox, whether the policy has it on or not.
pub(crate) fn mailbox(
    wanted: &WantedMailbox,
    observed: &Observation,
    audit: Option<&Audit>,
    policy: &Policy,
    now: Timestamp,
) -> Results {
    let provider = audit.and_then(|audit| audit.providers.get(&wanted.tenant).copied());
    let subject = Subject { wanted, observed, audit, policy, now, provider };
    let mut results = Results {
        standing: MailboxStanding {
            address: wanted.address.clone(),
            tenant: wanted.tenant.clone(),
            kind: wanted.kind,
            purpose: wanted.purpose.clone(),
            apps: wanted.apps.clone(),
            place: wanted.place.clone(),
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
    states::check(&subject, found, &mut results);
    delegation::of_the_mailbox(&subject, found, &mut results);
    if let Some(audit) = audit {
        let facts = audit.mailbox(&wanted.address);
        own_account::check(&subject, &facts, &mut results);
        contents::check(&subject, facts, &mut results);
    }
    match &found.delegates {
        Observed::Present(delegates) => {
            let members = members::of(&subject, found, delegates);
            delegation::of_the_delegates(&subject, found, &members, &mut results);
            results.standing.delegates = members.iter().map(Member::standing).collect();
            (results.standing.active, results.standing.uncertain) = members::count(&subject, found, &members);
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

/// What a form is called when it is not the one that was wanted.
fn form_words(form: &Form) -> String {
    match form {
        Form::SharedMailbox => "a shared mailbox".to_owned(),
        Form::UnmarkedAccount => "an account that Tripod did not make".to_owned(),
        Form::GroupInbox => "a group".to_owned(),
        Form::Deleted(what) | Form::Other(what) => what.clone(),
    }
}
