//! Wanted mailboxes and people, for tests.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tripod_model::{Address, Kind, Place, Policy, Provider, SignIn, State, TenantName, WantedDelegate, WantedMailbox};
use tripod_tenant::{
    Acceptance, Form, MailboxId, Observation, Observed, ObservedDelegate, ObservedMailbox, Person, PersonId, Principal,
    Rights, Setting,
};

use crate::plan::{PlanOptions, Planned, plan};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn tenant() -> TenantName {
    TenantName("contoso".to_owned())
}

pub(crate) fn options() -> PlanOptions {
    let google = (TenantName("example".to_owned()), Provider::Microsoft365);
    PlanOptions { allow_removals: None, providers: BTreeMap::from([(tenant(), Provider::Microsoft365), google]) }
}

pub(crate) fn person(text: &str) -> Person {
    Person {
        id: PersonId(format!("id of {text}")),
        address: address(text),
        aliases: Vec::new(),
        name: text.to_owned(),
        activity: tripod_tenant::Activity::Active,
        delegation: Observed::Absent,
        leaves: None,
        last_sign_in: None,
        department: None,
        manager: None,
    }
}

pub(crate) fn wanted(text: &str, delegates: &[&str]) -> WantedMailbox {
    let place = |line| Place { file: "mailboxes/it.yaml".to_owned(), line, column: 1 };
    let delegate = |(line, text): (usize, &&str)| WantedDelegate { address: address(text), place: place(line) };
    WantedMailbox {
        address: address(text),
        tenant: tenant(),
        name: "Backups".to_owned(),
        purpose: "Owns our account".to_owned(),
        kind: Kind::SharedMailbox,
        apps: Vec::new(),
        delegates: (2..).zip(delegates).map(delegate).collect(),
        sign_in: SignIn::Blocked,
        credential: None,
        adopt: false,
        state: State::Active,
        also_deletes: std::collections::BTreeSet::new(),
        zone: jiff::tz::TimeZone::UTC,
        place: place(1),
    }
}

pub(crate) fn delegate(text: &str) -> ObservedDelegate {
    let who = Principal::Account { id: Some(person(text).id), address: address(text) };
    ObservedDelegate { who, rights: Rights::FULL, acceptance: Acceptance::Accepted }
}

pub(crate) fn mailbox(text: &str, delegates: &[&str]) -> ObservedMailbox {
    let settings = [Setting::SignInBlocked, Setting::SentCopiesKept, Setting::OutsideMailAccepted];
    ObservedMailbox {
        id: MailboxId(format!("id of {text}")),
        address: address(text),
        aliases: Vec::new(),
        name: "Backups".to_owned(),
        form: Form::SharedMailbox,
        delegates: Observed::Present(delegates.iter().map(|text| delegate(text)).collect()),
        settings: settings.into_iter().map(|setting| (setting, Observed::Present(true))).collect(),
        states: tripod_tenant::MailboxState::ALL.into_iter().map(|state| (state, Observed::Absent)).collect(),
        delegation: Observed::Absent,
    }
}

/// A look that shows these mailboxes and people, and says of the wanted rest that it is absent.
pub(crate) fn look(wanted: &[WantedMailbox], mailboxes: Vec<ObservedMailbox>, people: &[Person]) -> Observation {
    let mut look = Observation::default();
    for mailbox in wanted {
        look.mailboxes.insert(mailbox.address.clone(), Observed::Absent);
        for delegate in &mailbox.delegates {
            look.people.insert(delegate.address.clone(), Observed::Absent);
        }
    }
    for mailbox in mailboxes {
        look.mailboxes.insert(mailbox.address.clone(), Observed::Present(mailbox));
    }
    for person in people {
        for address in person.aliases.iter().chain([&person.address]) {
            look.people.insert(address.clone(), Observed::Present(person.clone()));
        }
    }
    look
}

pub(crate) fn planned(wanted: &[WantedMailbox], look: &Observation) -> Planned {
    plan(wanted, look, &Policy::default(), now(), &options())
}

/// The steps in words, one line each.
pub(crate) fn steps(planned: &Planned) -> Vec<String> {
    let line = |step: &crate::plan::Step| format!("{} {}: {}", step.number, step.mailbox, step.action.words());
    planned.plan.steps().iter().map(line).collect()
}

/// What is not planned, one line each.
pub(crate) fn reasons(planned: &Planned) -> Vec<String> {
    planned.report.not_planned.iter().map(|entry| format!("{}: {}", entry.mailbox, entry.reason.sentence())).collect()
}
