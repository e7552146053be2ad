//! Mailboxes, people and plans for the tests.

#![allow(dead_code, reason = "each test file uses some of them")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use tripod_model::{
    Address, Kind, Place, Policy, Provider, Settings, SignIn, SourceFile, State, TenantName, WantedDelegate,
    WantedMailbox,
};
use tripod_provisioner::{Plan, PlanOptions, plan};
use tripod_tenant::{
    Acceptance, Form, MailboxId, Observation, Observed, ObservedDelegate, ObservedMailbox, Person, PersonId, Principal,
    Rights, Setting,
};
use tripod_tickets::request::Request;

pub(crate) const HOSTILE: &str = "O'Neil\u{2019}s \"$(x)`y`\" <b>";

pub(crate) fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn settings() -> Settings {
    let text = include_str!("../../../../examples/two-tenants/tripod.yaml")
        .replace("juniper.example", "example.com")
        .replace("northwind.example", "contoso.com");
    let file = SourceFile { name: "tripod.yaml".to_owned(), bytes: text.into_bytes() };
    let (settings, problems) = tripod_model::read::settings(&file);
    assert_eq!(problems, []);
    settings.unwrap()
}

pub(crate) fn request() -> Request {
    Request {
        mailbox: address("backups@contoso.com"),
        purpose: "Owns our account".to_owned(),
        app: "Acme".to_owned(),
        kind: Kind::SharedMailbox,
        people: ["ana", "bob", "cy"].map(|name| address(&format!("{name}@contoso.com"))).to_vec(),
        requester: address("ana@contoso.com"),
        needed_by: None,
    }
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

pub(crate) fn wanted(text: &str, kind: Kind, delegates: &[&str]) -> WantedMailbox {
    let place = Place { file: "it.yaml".to_owned(), line: 1, column: 1 };
    let domain = address(text).domain().to_owned();
    let tenant = if domain == "contoso.com" { "northwind" } else { "juniper" };
    let delegate = |name: &&str| WantedDelegate { address: address(&format!("{name}@{domain}")), place: place.clone() };
    WantedMailbox {
        address: address(text),
        tenant: TenantName(tenant.to_owned()),
        name: HOSTILE.to_owned(),
        purpose: "Takes a\\nb".to_owned(),
        kind,
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

pub(crate) fn delegate(text: &str) -> ObservedDelegate {
    let who = Principal::Account { id: Some(person(text).id), address: address(text) };
    ObservedDelegate { who, rights: Rights::FULL, acceptance: Acceptance::Accepted }
}

pub(crate) fn observed(mailbox: &WantedMailbox, delegates: &[&str]) -> ObservedMailbox {
    let provider = if mailbox.tenant.0 == "northwind" { Provider::Microsoft365 } else { Provider::GoogleWorkspace };
    let required = Setting::required(provider, mailbox.kind, SignIn::Blocked);
    let domain = mailbox.address.domain();
    ObservedMailbox {
        id: MailboxId(format!("id-of-{}", mailbox.address.local_part())),
        address: mailbox.address.clone(),
        aliases: Vec::new(),
        name: mailbox.name.clone(),
        form: if mailbox.kind == Kind::SharedMailbox { Form::SharedMailbox } else { Form::GroupInbox },
        delegates: Observed::Present(delegates.iter().map(|name| delegate(&format!("{name}@{domain}"))).collect()),
        settings: required.iter().map(|setting| (*setting, Observed::Present(true))).collect(),
        states: tripod_tenant::MailboxState::ALL.into_iter().map(|state| (state, Observed::Absent)).collect(),
        delegation: Observed::Absent,
    }
}

/// Two new mailboxes at each provider, and one at each where somebody takes somebody's place.
pub(crate) fn world() -> (Vec<WantedMailbox>, Observation) {
    let mut mailboxes = Vec::new();
    let mut look = Observation::default();
    for domain in ["contoso.com", "example.com"] {
        for name in ["ana", "bob", "cy", "dee", "o'neil"] {
            let text = format!("{name}@{domain}");
            look.people.insert(address(&text), Observed::Present(person(&text)));
        }
        for (kind, new, old) in
            [(Kind::SharedMailbox, "new-box", "old-box"), (Kind::GroupInbox, "new-group", "old-group")]
        {
            let made = wanted(&format!("{new}@{domain}"), kind, &["ana", "bob", "o'neil"]);
            look.mailboxes.insert(made.address.clone(), Observed::Absent);
            let kept = wanted(&format!("{old}@{domain}"), kind, &["ana", "bob", "o'neil"]);
            let mut there = observed(&kept, &["ana", "bob", "dee"]);
            "Old".clone_into(&mut there.name);
            look.mailboxes.insert(kept.address.clone(), Observed::Present(there));
            mailboxes.extend([made, kept]);
        }
    }
    (mailboxes, look)
}

/// What a look shows once everything is as it is wanted.
pub(crate) fn afterwards() -> Observation {
    let (mailboxes, mut look) = world();
    for mailbox in &mailboxes {
        let there = observed(mailbox, &["ana", "bob", "o'neil"]);
        look.mailboxes.insert(mailbox.address.clone(), Observed::Present(there));
    }
    look
}

pub(crate) fn options() -> PlanOptions {
    let providers = [("northwind", Provider::Microsoft365), ("juniper", Provider::GoogleWorkspace)];
    let providers: BTreeMap<_, _> =
        providers.into_iter().map(|(name, who)| (TenantName(name.to_owned()), who)).collect();
    PlanOptions { allow_removals: Some(4), providers }
}

pub(crate) fn sample_plan() -> Plan {
    let (mailboxes, look) = world();
    plan(&mailboxes, &look, &Policy::default(), now(), &options()).plan
}
