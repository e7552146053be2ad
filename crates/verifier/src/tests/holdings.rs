//! Impact, grants and access: what hangs on whom.

use std::collections::BTreeMap;

use tripod_model::{Address, Place, Policy, SourceFile, TenantName, WantedDelegate, WantedMailbox};
use tripod_tenant::{
    App, AppGrant, Form, GrantMeans, Inactive, MailboxId, Observation, Observed, ObservedDelegate, ObservedMailbox,
    OwnedKind, Ownership, Person, PersonRef, Principal, Unknown,
};

use super::facts::sound_audit;
use super::{PEOPLE, access as entry, address, now, person, sound, unknown, wanted};

use crate::{Holdings, Impact, Risk, Through, access, grants, impact, leaving_within, patch, scope_meaning};

const MANIFEST: &str = "\
- address: one@a.test
  delegates: [ana@a.test, \"bob@a.test\", cleo@a.test]
- address: two@a.test
  delegates:
    - bob@a.test # since spring
    - ana@a.test
    - dora@a.test
    - emil@a.test
- address: three@a.test
  delegates: [bob@a.test]
";

/// The manifest above, read by hand.
fn mailboxes() -> Vec<WantedMailbox> {
    let delegate = |text: &str, line: usize, column: usize| WantedDelegate {
        address: address(text),
        place: Place { file: "m.yaml".to_owned(), line, column },
    };
    let mailbox = |name: &str, delegates: Vec<WantedDelegate>| WantedMailbox {
        address: address(name),
        delegates,
        ..wanted(&PEOPLE)
    };
    vec![
        mailbox(
            "one@a.test",
            vec![delegate("ana@a.test", 2, 15), delegate("bob@a.test", 2, 27), delegate("cleo@a.test", 2, 41)],
        ),
        mailbox(
            "two@a.test",
            vec![
                delegate("bob@a.test", 5, 7),
                delegate("ana@a.test", 6, 7),
                delegate("dora@a.test", 7, 7),
                delegate("emil@a.test", 8, 7),
            ],
        ),
        mailbox("three@a.test", vec![delegate("bob@a.test", 10, 15)]),
    ]
}

fn observed(wanted: &[WantedMailbox]) -> Observation {
    let mut observation = Observation::default();
    for mailbox in wanted {
        let people: Vec<&str> = mailbox.delegates.iter().map(|delegate| delegate.address.as_str()).collect();
        let look = sound(&people);
        let mut found = look.mailboxes.into_values().next().and_then(|found| found.present().cloned()).expect("one");
        found.address = mailbox.address.clone();
        observation.mailboxes.insert(mailbox.address.clone(), Observed::Present(found));
        observation.people.extend(look.people);
    }
    observation
}

fn entry_of(text: &str, department: &str, manager: Option<&str>) -> Person {
    Person { department: Some(department.to_owned()), manager: manager.map(address), ..person(text) }
}

fn reference(text: &str) -> PersonRef {
    person(text).as_ref()
}

fn grant(app: &str, who: &str, scope: &str) -> (TenantName, AppGrant) {
    let app = App { id: app.to_lowercase(), name: app.to_owned(), publisher: None, verified: false };
    let scopes = vec![scope.to_owned()];
    let grant = AppGrant { app, person: reference(who), scopes, means: GrantMeans::Consent, since: None };
    (TenantName("a".to_owned()), grant)
}

fn owned(kind: OwnedKind, name: &str, owners: &[&str]) -> (TenantName, Ownership) {
    let owners = owners.iter().map(|owner| reference(owner)).collect();
    (TenantName("a".to_owned()), Ownership { kind, id: name.to_owned(), name: name.to_owned(), owners })
}

fn holdings() -> Holdings {
    Holdings {
        directory: vec![
            entry_of("ana@a.test", "IT", Some("dora@a.test")),
            entry_of("bob@a.test", "IT", Some("dora@a.test")),
            entry_of("cleo@a.test", "Finance", None),
            entry_of("dora@a.test", "Management", None),
            entry_of("emil@a.test", "IT", Some("dora@a.test")),
            entry_of("fay@a.test", "IT", Some("zoe@a.test")),
            entry_of("gus@a.test", "IT", Some("dora@a.test")),
            Person { activity: Inactive::Suspended.into(), ..entry_of("hal@a.test", "IT", Some("dora@a.test")) },
            Person {
                leaves: Some("2026-12-01T00:00:00Z".parse().expect("a time")),
                ..entry_of("ida@a.test", "IT", None)
            },
        ],
        grants: vec![
            grant("Acme Backup", "bob@a.test", "https://www.googleapis.com/auth/drive"),
            grant("Calendar Sync", "bob@a.test", "Calendars.Read"),
            grant("Other", "ana@a.test", "openid"),
        ],
        ownerships: vec![
            owned(OwnedKind::Application, "Invoices", &["bob@a.test"]),
            owned(OwnedKind::Group, "Team", &["bob@a.test", "ana@a.test"]),
            owned(OwnedKind::Group, "Old team", &["bob@a.test", "hal@a.test"]),
        ],
        unknown: Vec::new(),
    }
}

fn of_bob(holdings: &Holdings) -> Impact {
    let wanted = mailboxes();
    impact(&[address("bob@a.test")], &wanted, &observed(&wanted), &sound_audit(), holdings, &Policy::default(), now())
}

fn lines(impact: &Impact) -> Vec<String> {
    impact.losses.iter().map(|loss| format!("{} {:?} {}", loss.score, loss.kind, loss.what)).collect()
}

#[test]
fn what_breaks_is_listed_and_ranked() {
    assert_eq!(
        lines(&of_bob(&holdings())),
        [
            "1000 LastReader three@a.test",
            "700 BelowQuorum one@a.test",
            "450 Application Invoices",
            "400 Grant Acme Backup",
            "300 Grant Calendar Sync",
            "250 Group Old team",
            "100 StillStands two@a.test",
        ]
    );
}

#[test]
fn successors_are_active_near_and_not_delegates_already() {
    let impact = of_bob(&holdings());
    let candidates = |what: &str| {
        let loss = impact.losses.iter().find(|loss| loss.what == what).expect("the loss");
        loss.candidates.iter().map(Address::as_str).collect::<Vec<_>>()
    };
    // Gus has the same department and manager; Emil too, but carries a mailbox already; Fay only the department.
    assert_eq!(candidates("one@a.test"), ["gus@a.test", "emil@a.test", "fay@a.test", "dora@a.test"]);
    assert!(!candidates("three@a.test").contains(&"hal@a.test"), "suspended");
    assert!(!candidates("three@a.test").contains(&"ida@a.test"), "leaves soon");
}

#[test]
fn the_patch_replaces_exactly_the_leaver() {
    let file = SourceFile { name: "m.yaml".to_owned(), bytes: MANIFEST.as_bytes().to_vec() };
    let impact = of_bob(&holdings());
    let made = patch(&impact.changes, &[file]);
    assert_eq!(made.left, []);
    let changed: Vec<&str> = made.text.lines().filter(|line| line.starts_with(['+', '-'])).collect();
    assert_eq!(
        changed,
        [
            "--- a/m.yaml",
            "+++ b/m.yaml",
            "-  delegates: [ana@a.test, \"bob@a.test\", cleo@a.test]",
            "+  delegates: [ana@a.test, \"gus@a.test\", cleo@a.test]",
            "-    - bob@a.test # since spring",
            "+    - gus@a.test # since spring",
            "-  delegates: [bob@a.test]",
            "+  delegates: [emil@a.test]",
        ]
    );
}

#[test]
fn without_a_successor_a_delegate_is_taken_out_only_above_the_quorum() {
    let mut alone = holdings();
    alone.directory.retain(|person| person.address == address("bob@a.test"));
    let impact = of_bob(&alone);
    let changes: Vec<_> = impact.changes.iter().map(|change| (change.mailbox.as_str(), &change.replacement)).collect();
    assert_eq!(changes, [("two@a.test", &None)]);
    let file = SourceFile { name: "m.yaml".to_owned(), bytes: MANIFEST.as_bytes().to_vec() };
    let made = patch(&impact.changes, &[file]);
    assert!(made.text.contains("\n-    - bob@a.test # since spring\n") && !made.text.contains("\n+ "), "{}", made.text);
}

#[test]
fn a_place_that_does_not_hold_the_address_is_left_alone() {
    let file = SourceFile { name: "m.yaml".to_owned(), bytes: MANIFEST.replace("bob@", "rob@").into_bytes() };
    let impact = of_bob(&holdings());
    let made = patch(&impact.changes, &[file]);
    assert_eq!((made.text.as_str(), made.left.len()), ("", 3));
}

#[test]
fn what_could_not_be_read_is_said_and_nobody_is_held_to_be_gone() {
    let mut partly = holdings();
    partly.directory.clear();
    let tenant = TenantName("a".to_owned());
    let Observed::<()>::Unknown(reason) = unknown() else { panic!("unknown") };
    partly.unknown.push((tenant.clone(), "who is in the directory".to_owned(), reason.clone()));
    let report = grants(&partly, &mailboxes(), now());
    assert!(report.grants.iter().all(|grant| grant.active.is_none()));
    assert_eq!(report.unknown.len(), 1);
    partly.unknown = vec![(tenant, "which apps hold a grant".to_owned(), reason)];
    assert!(grants(&partly, &mailboxes(), now()).grants.iter().all(|grant| grant.active == Some(false)));
    assert_eq!(of_bob(&partly).unknown.len(), 1);
}

#[test]
fn grants_say_what_they_allow_and_who_should_hold_them() {
    let mut wanted = mailboxes();
    wanted[0].apps = vec!["ACME  backup".replace("  ", " "), "Unrelated".to_owned()];
    let mut all = holdings();
    all.grants.push(grant("Leaver's", "hal@a.test", "openid"));
    all.grants.push(grant("Odd", "ana@a.test", "x.y.z"));
    let report = grants(&all, &wanted, now());
    let rows: Vec<_> = report
        .grants
        .iter()
        .map(|grant| (grant.app.as_str(), grant.risk, grant.active, grant.held_better_by.as_ref().map(Address::as_str)))
        .collect();
    assert_eq!(
        rows,
        [
            ("Leaver's", Risk::Low, Some(false), None),
            ("Acme Backup", Risk::High, Some(true), Some("one@a.test")),
            ("Odd", Risk::Unknown, Some(true), None),
            ("Calendar Sync", Risk::Medium, Some(true), None),
            ("Other", Risk::Low, Some(true), None),
        ]
    );
    assert_eq!(report.grants[1].may[0].sentence, "read, change and delete all files");
    assert_eq!(report.grants[2].may[0].sentence, "x.y.z");
}

#[test]
fn names_that_only_look_alike_a_little_are_not_the_same_app() {
    let mut wanted = mailboxes();
    wanted[0].apps = vec!["Acme Billing".to_owned()];
    let holder = |app: &str| {
        let holdings = Holdings { grants: vec![grant(app, "ana@a.test", "openid")], ..holdings() };
        grants(&holdings, &wanted, now()).grants[0].held_better_by.clone()
    };
    assert_eq!(holder("Zendesk"), None);
    assert_eq!(holder("Acme Biling"), Some(address("one@a.test")));
}

#[test]
fn a_scope_is_known_by_either_providers_name() {
    for (scope, risk) in [
        ("https://www.googleapis.com/auth/gmail.readonly", Risk::High),
        ("https://graph.microsoft.com/Mail.Read", Risk::High),
        ("User.Read", Risk::Low),
        ("https://mail.google.com/", Risk::High),
        ("", Risk::Unknown),
    ] {
        assert_eq!(scope_meaning(scope).risk, risk, "{scope}");
    }
}

#[test]
fn people_who_leave_within_some_days_are_selected() {
    let directory = holdings().directory;
    assert_eq!(leaving_within(&directory, 30, now()), [address("ida@a.test")]);
    assert_eq!(leaving_within(&directory, 7, now()), []);
}

#[test]
fn access_names_every_way_in() {
    let wanted = mailboxes();
    let mut observation = observed(&wanted);
    let Some(Observed::Present(one)) = observation.mailboxes.get_mut(&address("one@a.test")) else { panic!("one") };
    let Observed::Present(delegates) = &mut one.delegates else { panic!("its delegates") };
    delegates.retain(|delegate| delegate.who.label() != "bob@a.test");
    delegates.push(ObservedDelegate { who: Principal::Group { address: address("it@a.test") }, ..entry("it@a.test") });
    let mut audit = sound_audit();
    audit.groups.insert(address("it@a.test"), Observed::Present(vec![address("bob@a.test")]));
    let mut other = one.clone();
    other.address = address("old@a.test");
    other.delegates = Observed::Present(vec![entry("bob@a.test")]);
    audit.estate.insert(TenantName("a".to_owned()), Observed::Present(vec![other]));
    let ways = |audit: &crate::Audit| access(&address("bob@a.test"), &wanted, &observation, audit, now());
    let all = ways(&audit);
    let rows: Vec<_> = all.ways.iter().map(|way| (way.mailbox.as_str(), way.managed, way.through.clone())).collect();
    assert_eq!(
        rows,
        [
            ("old@a.test", false, Through::Directly),
            ("one@a.test", true, Through::Group(address("it@a.test"))),
            ("three@a.test", true, Through::Directly),
            ("two@a.test", true, Through::Directly),
        ]
    );
    assert_eq!(all.unknown, []);
    audit.groups.clear();
    audit.estate.insert(TenantName("a".to_owned()), unknown());
    assert_eq!(ways(&audit).unknown.len(), 2);
    assert_eq!(ways(&audit).ways.len(), 2);
}

#[test]
fn a_mailbox_that_nobody_could_read_may_hide_a_loss() {
    let wanted = mailboxes();
    let mut observation = observed(&wanted);
    observation.mailboxes.insert(address("one@a.test"), unknown());
    let people = [address("bob@a.test")];
    let found = impact(&people, &wanted, &observation, &sound_audit(), &holdings(), &Policy::default(), now());
    assert_eq!(found.unknown.len(), 1);
    assert_eq!(found.unknown[0].mailbox, Some(address("one@a.test")));
}

#[test]
fn an_unmanaged_mailbox_comes_with_an_entry_for_the_manifest() {
    let found = ObservedMailbox {
        id: MailboxId("7".to_owned()),
        address: address("old@a.test"),
        aliases: Vec::new(),
        name: "Old \"box\": yes".to_owned(),
        form: Form::GroupInbox,
        delegates: Observed::Present(vec![entry("ana@a.test")]),
        settings: BTreeMap::new(),
        states: tripod_tenant::MailboxState::ALL.into_iter().map(|state| (state, Observed::Absent)).collect(),
        delegation: Observed::Absent,
    };
    let mut audit = sound_audit();
    audit.estate.insert(TenantName("a".to_owned()), Observed::Present(vec![found]));
    let (findings, _) = crate::checks::estate(&[], &audit);
    let expected = "- address: old@a.test\n  name: \"Old \\\"box\\\": yes\"\n  purpose: \"\" # what it is for\n  kind: group-inbox\n  delegates:\n    - ana@a.test\n";
    assert_eq!(findings[0].remedy.patch.as_deref(), Some(expected));
    let lost = Unknown { kind: tripod_tenant::ErrorKind::Denied, reason: "no".to_owned() };
    audit.estate.insert(TenantName("a".to_owned()), Observed::Unknown(lost));
    assert_eq!(crate::checks::estate(&[], &audit).1.len(), 1);
}

#[test]
fn what_is_written_fits_the_schemas_that_are_printed() {
    let wanted = mailboxes();
    let observation = observed(&wanted);
    let mut holdings = holdings();
    let Observed::<()>::Unknown(reason) = unknown() else { panic!("unknown") };
    holdings.unknown.push((TenantName("b".to_owned()), "which apps hold a grant".to_owned(), reason));
    let json = |value: serde_json::Result<serde_json::Value>| value.expect("JSON");
    let opened = access(&address("bob@a.test"), &wanted, &observation, &sound_audit(), now());
    for (schema, value) in [
        (crate::impact_schema(), json(serde_json::to_value(of_bob(&holdings)))),
        (crate::grants_schema(), json(serde_json::to_value(grants(&holdings, &wanted, now())))),
        (crate::access_schema(), json(serde_json::to_value(opened))),
    ] {
        assert_eq!(super::unknown::accepts(&schema, &schema, &value), Ok(()));
    }
}

#[test]
fn a_mailbox_that_could_not_be_read_is_not_taken_for_one_without_people() {
    let wanted = mailboxes();
    let mut observed = observed(&wanted);
    observed.mailboxes.insert(address("one@a.test"), unknown());
    let people = [address("bob@a.test")];
    let found = impact(&people, &wanted, &observed, &sound_audit(), &holdings(), &Policy::default(), now());
    let loss = found.losses.iter().find(|loss| loss.what == "one@a.test").expect("the loss");
    assert_eq!(loss.message, "one@a.test loses 1 of its people; how many are left could not be read");
    assert_eq!((loss.before, loss.after), (None, None));
    assert!(!found.unknown.is_empty());
}
