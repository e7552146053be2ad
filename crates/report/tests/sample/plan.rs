//! A plan with everything that a plan can say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tripod_model::{Address, Kind, Place, Policy, Provider, SignIn, State, TenantName, WantedDelegate, WantedMailbox};
use tripod_provisioner::{PlanOptions, Planned, plan};
use tripod_tenant::{
    Acceptance, ErrorKind, Form, Inactive, MailboxId, Observation, Observed, ObservedDelegate, ObservedMailbox, Person,
    PersonId, Principal, Rights, Setting, Unknown,
};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        id: PersonId(name.to_owned()),
        address: address(&format!("{name}@contoso.test")),
        aliases: Vec::new(),
        name: name.to_owned(),
        activity: tripod_tenant::Activity::Active,
        delegation: Observed::Absent,
        leaves: None,
        last_sign_in: None,
        department: None,
        manager: None,
    }
}

fn wanted(name: &str, delegates: &[&str]) -> WantedMailbox {
    let place = Place { file: "mailboxes/it.yaml".to_owned(), line: 1, column: 1 };
    let delegate = |name: &&str| WantedDelegate { address: person(name).address, place: place.clone() };
    WantedMailbox {
        address: address(&format!("{name}@contoso.test")),
        tenant: TenantName("contoso".to_owned()),
        name: "All <b>of</b> *it*\u{1b}[2J".to_owned(),
        purpose: "It is used".to_owned(),
        kind: Kind::SharedMailbox,
        apps: Vec::new(),
        delegates: delegates.iter().map(delegate).collect(),
        sign_in: SignIn::Blocked,
        credential: None,
        adopt: false,
        state: State::Active,
        also_deletes: std::collections::BTreeSet::new(),
        zone: jiff::tz::TimeZone::UTC,
        place: place.clone(),
    }
}

fn mailbox(name: &str, delegates: &[&str]) -> ObservedMailbox {
    let delegate = |name: &&str| ObservedDelegate {
        who: Principal::Account { id: None, address: person(name).address },
        rights: Rights::FULL,
        acceptance: Acceptance::Accepted,
    };
    ObservedMailbox {
        id: MailboxId(name.to_owned()),
        address: address(&format!("{name}@contoso.test")),
        aliases: Vec::new(),
        name: wanted(name, &[]).name,
        form: Form::SharedMailbox,
        delegates: Observed::Present(delegates.iter().map(delegate).collect()),
        settings: [Setting::SignInBlocked, Setting::SentCopiesKept, Setting::OutsideMailAccepted]
            .map(|one| (one, Observed::Present(true)))
            .into(),
        states: tripod_tenant::MailboxState::ALL.into_iter().map(|state| (state, Observed::Absent)).collect(),
        delegation: Observed::Absent,
    }
}

/// One mailbox to create, one whose delegate is replaced, one below quorum, one unknown.
pub(crate) fn sample() -> Planned {
    let wanted = [
        wanted("backups", &["ana", "bo", "cy"]),
        wanted("desk", &["ana", "bo", "di"]),
        wanted("few", &["ana", "bo", "gone"]),
        wanted("dark", &["ana", "bo", "cy"]),
    ];
    let mut look = Observation::default();
    for name in ["ana", "bo", "cy", "di", "gone"] {
        look.people.insert(person(name).address, Observed::Present(person(name)));
    }
    let gone = Person { activity: Inactive::Disabled.into(), ..person("gone") };
    look.people.insert(gone.address.clone(), Observed::Present(gone));
    look.mailboxes.insert(address("backups@contoso.test"), Observed::Absent);
    look.mailboxes.insert(address("desk@contoso.test"), Observed::Present(mailbox("desk", &["ana", "bo", "cy"])));
    look.mailboxes.insert(address("few@contoso.test"), Observed::Absent);
    let unknown = Unknown { kind: ErrorKind::Unavailable, reason: "503 from @provider".to_owned() };
    look.mailboxes.insert(address("dark@contoso.test"), Observed::Unknown(unknown));
    let providers = BTreeMap::from([(TenantName("contoso".to_owned()), Provider::Microsoft365)]);
    plan(&wanted, &look, &Policy::default(), now(), &PlanOptions { allow_removals: None, providers })
}
