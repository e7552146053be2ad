//! Every check: what makes it speak, and that it is silent otherwise.

mod facts;
mod gathering;
mod history;
mod holdings;
mod policies;
mod states;
mod unknown;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tripod_model::{Address, Kind, Place, Policy, Provider, SignIn, State, TenantName, WantedDelegate, WantedMailbox};
use tripod_tenant::{
    Acceptance, ErrorKind, Form, Inactive, MailboxId, Observation, Observed, ObservedDelegate, ObservedMailbox, Person,
    PersonId, Principal, Rights, Setting, Unknown,
};

use crate::{CheckId, Verification, verify};

const BOX: &str = "backups@a.test";

fn address(text: &str) -> Address {
    text.parse().expect("a valid address in a test")
}

fn place(line: usize) -> Place {
    Place { file: "mailboxes/a.yaml".to_owned(), line, column: 3 }
}

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().expect("a valid time in a test")
}

fn wanted(delegates: &[&str]) -> WantedMailbox {
    let delegate = |(line, text): (usize, &&str)| WantedDelegate { address: address(text), place: place(line + 2) };
    WantedMailbox {
        address: address(BOX),
        tenant: TenantName("a".to_owned()),
        name: "Backups".to_owned(),
        purpose: "Owns our account at the backup provider".to_owned(),
        kind: Kind::SharedMailbox,
        apps: Vec::new(),
        delegates: delegates.iter().enumerate().map(delegate).collect(),
        sign_in: SignIn::Blocked,
        credential: None,
        adopt: false,
        state: State::Active,
        also_deletes: std::collections::BTreeSet::new(),
        zone: jiff::tz::TimeZone::UTC,
        place: place(1),
    }
}

fn person(text: &str) -> Person {
    Person {
        id: PersonId(text.to_owned()),
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

fn unknown<T>() -> Observed<T> {
    Observed::Unknown(Unknown { kind: ErrorKind::Unavailable, reason: "cannot read it: page 2 was cut off".to_owned() })
}

fn access(text: &str) -> ObservedDelegate {
    ObservedDelegate {
        who: Principal::Account { id: None, address: address(text) },
        rights: Rights::FULL,
        acceptance: Acceptance::Accepted,
    }
}

/// A tenant in which everything is as it should be, for a test to spoil.
fn sound(delegates: &[&str]) -> Observation {
    let settings = Setting::required(Provider::Microsoft365, Kind::SharedMailbox, SignIn::Blocked);
    let found = ObservedMailbox {
        id: MailboxId("1".to_owned()),
        address: address(BOX),
        aliases: Vec::new(),
        name: "Backups".to_owned(),
        form: Form::SharedMailbox,
        delegates: Observed::Present(delegates.iter().map(|text| access(text)).collect()),
        settings: settings.iter().map(|setting| (*setting, Observed::Present(true))).collect(),
        states: tripod_tenant::MailboxState::ALL.into_iter().map(|state| (state, Observed::Absent)).collect(),
        delegation: Observed::Absent,
    };
    Observation {
        mailboxes: BTreeMap::from([(address(BOX), Observed::Present(found))]),
        people: delegates.iter().map(|text| (address(text), Observed::Present(person(text)))).collect(),
        obstacles: Vec::new(),
    }
}

const PEOPLE: [&str; 3] = ["ana@a.test", "bob@a.test", "cleo@a.test"];

fn found(observed: &mut Observation) -> &mut ObservedMailbox {
    match observed.mailboxes.get_mut(&address(BOX)) {
        Some(Observed::Present(found)) => found,
        other => panic!("the mailbox is there: {other:?}"),
    }
}

fn delegates(observed: &mut Observation) -> &mut Vec<ObservedDelegate> {
    match &mut found(observed).delegates {
        Observed::Present(delegates) => delegates,
        other => panic!("the delegates are there: {other:?}"),
    }
}

fn run(wanted: &WantedMailbox, observed: &Observation) -> Verification {
    verify(std::slice::from_ref(wanted), observed, &Policy::default(), now())
}

/// The checks that speak, with their messages.
fn lines(verification: &Verification) -> Vec<String> {
    verification.findings.iter().map(|finding| format!("{} {}", finding.check, finding.message)).collect()
}

#[track_caller]
fn check(spoil: impl FnOnce(&mut Observation), expected: &[&str]) {
    let mut observed = sound(&PEOPLE);
    spoil(&mut observed);
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(lines(&verification), expected);
    assert_eq!(verification.unknown, []);
}

#[test]
fn a_sound_mailbox_gives_no_finding() {
    check(|_| {}, &[]);
    assert_eq!(run(&wanted(&PEOPLE), &sound(&PEOPLE)).mailboxes[0].active, 3);
}

#[test]
fn a_person_who_left_is_named_and_so_is_the_count() {
    check(
        |observed| {
            let mut bob = person("bob@a.test");
            bob.activity = Inactive::Disabled.into();
            observed.people.insert(address("bob@a.test"), Observed::Present(bob));
        },
        &[
            "below-quorum backups@a.test stands on 2 active delegates, needs 3",
            "delegate-inactive bob@a.test is a delegate of backups@a.test but cannot act: account disabled",
        ],
    );
}

#[test]
fn a_leave_date_counts_from_its_moment_on() {
    let leaving = |day: &str| {
        let mut observed = sound(&PEOPLE);
        let mut bob = person("bob@a.test");
        bob.leaves = Some(day.parse().expect("a valid time in a test"));
        observed.people.insert(address("bob@a.test"), Observed::Present(bob));
        run(&wanted(&PEOPLE), &observed).mailboxes[0].active
    };
    assert_eq!(leaving("2026-11-23T09:00:01Z"), 3);
    assert_eq!(leaving("2026-11-23T09:00:00Z"), 2);
}

#[test]
fn somebody_without_access_is_missing_and_not_counted() {
    check(
        |observed| delegates(observed).retain(|delegate| delegate.who.label() != "cleo@a.test"),
        &[
            "below-quorum backups@a.test stands on 2 active delegates, needs 3",
            "delegate-missing cleo@a.test is in the manifest but has no access to backups@a.test",
        ],
    );
}

#[test]
fn somebody_who_is_not_in_the_manifest_is_extra_and_not_counted() {
    check(
        |observed| {
            delegates(observed).push(access("eve@a.test"));
            observed.people.insert(address("eve@a.test"), Observed::Present(person("eve@a.test")));
        },
        &["delegate-extra eve@a.test has access to backups@a.test but is not in the manifest"],
    );
}

#[test]
fn half_a_right_is_not_access() {
    check(
        |observed| delegates(observed)[0].rights.act = false,
        &[
            "below-quorum backups@a.test stands on 2 active delegates, needs 3",
            "rights-incomplete ana@a.test can read but not send as backups@a.test",
        ],
    );
}

#[test]
fn a_pending_delegation_is_not_access() {
    check(
        |observed| delegates(observed)[0].acceptance = Acceptance::Pending,
        &[
            "below-quorum backups@a.test stands on 2 active delegates, needs 3",
            "delegation-not-in-force the delegation of backups@a.test to ana@a.test waits to be accepted",
        ],
    );
}

#[test]
fn a_group_in_the_list_is_never_a_person() {
    check(
        |observed| {
            delegates(observed).push(ObservedDelegate {
                who: Principal::Group { address: address("it@a.test") },
                ..access("it@a.test")
            });
        },
        &["group-as-delegate the group it@a.test has access to backups@a.test; a group is not counted as a person"],
    );
}

#[test]
fn what_a_deleted_account_leaves_behind_is_reported() {
    check(
        |observed| {
            delegates(observed).push(ObservedDelegate {
                who: Principal::Departed { shown: "S-1-5-21-7".to_owned() },
                ..access("it@a.test")
            });
        },
        &["delegate-departed backups@a.test still lists `S-1-5-21-7`, an account that is gone"],
    );
}

#[test]
fn a_setting_that_is_off_is_reported() {
    check(
        |observed| {
            found(observed).settings.insert(Setting::SignInBlocked, Observed::Present(false));
        },
        &["sign-in-open backups@a.test can be signed in to"],
    );
}

#[test]
fn a_missing_mailbox_is_only_missing() {
    check(
        |observed| {
            observed.mailboxes.insert(address(BOX), Observed::Absent);
        },
        &["mailbox-missing backups@a.test does not exist"],
    );
}

#[test]
fn something_else_under_the_address_is_not_the_mailbox() {
    check(
        |observed| found(observed).form = Form::Other("a user mailbox".to_owned()),
        &["mailbox-replaced backups@a.test is a user mailbox, not a shared-mailbox"],
    );
    check(
        |observed| found(observed).form = Form::Deleted("a deleted mailbox".to_owned()),
        &["mailbox-deleted backups@a.test is held by a deleted mailbox"],
    );
}

#[test]
fn an_alias_in_the_manifest_is_the_person_in_the_list() {
    let mut observed = sound(&PEOPLE);
    let alias = address("ana.old@a.test");
    observed.people.insert(alias, Observed::Present(person("ana@a.test")));
    let verification = run(&wanted(&["ana.old@a.test", "bob@a.test", "cleo@a.test"]), &observed);
    assert_eq!(lines(&verification), Vec::<String>::new());
    assert_eq!(verification.mailboxes[0].active, 3);
}

#[test]
fn a_read_that_failed_is_unknown_and_neither_missing_nor_fine() {
    let mut observed = sound(&PEOPLE);
    observed.mailboxes.insert(address(BOX), unknown());
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(lines(&verification), Vec::<String>::new());
    assert_eq!(verification.unknown.len(), 1);
    assert!(!verification.is_clean());
}

#[test]
fn an_unknown_access_list_says_nothing_of_the_people() {
    let mut observed = sound(&PEOPLE);
    found(&mut observed).delegates = unknown();
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(lines(&verification), Vec::<String>::new());
    assert_eq!(verification.unknown[0].what, "who has access");
}

#[test]
fn an_unknown_person_is_neither_counted_nor_counted_out() {
    let mut observed = sound(&PEOPLE);
    observed.people.insert(address("bob@a.test"), unknown());
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(lines(&verification), Vec::<String>::new());
    assert_eq!((verification.mailboxes[0].active, verification.mailboxes[0].uncertain), (2, 1));
    assert_eq!(verification.unknown[0].what, "whether bob@a.test is active");
}

#[test]
fn a_higher_quorum_of_the_policy_counts() {
    let policy = Policy { quorum: 4, ..Policy::default() };
    let verification = verify(&[wanted(&PEOPLE)], &sound(&PEOPLE), &policy, now());
    assert_eq!(lines(&verification), ["below-quorum backups@a.test stands on 3 active delegates, needs 4"]);
}

#[test]
fn a_mailbox_is_to_be_gone_from_its_retirement_on() {
    let retired = |on: &str| {
        let mut wanted = wanted(&PEOPLE);
        wanted.state = State::Retired { on: on.parse().expect("a valid date in a test") };
        lines(&run(&wanted, &sound(&PEOPLE)))
    };
    assert_eq!(retired("2026-11-24"), Vec::<String>::new());
    assert_eq!(
        retired("2026-11-23"),
        ["mailbox-not-retired backups@a.test was to be retired on 2026-11-23 and is still there"]
    );
}

#[test]
fn every_check_has_an_id_of_its_own() {
    let ids: std::collections::BTreeSet<_> = CheckId::ALL.iter().map(|check| check.id()).collect();
    assert_eq!(ids.len(), CheckId::ALL.len());
    for check in CheckId::ALL {
        assert_eq!(serde_json::to_value(check).expect("a word"), check.id());
        assert_eq!(CheckId::from_id(check.id()), Some(*check));
    }
}

#[test]
fn a_mailbox_that_may_be_signed_in_to_is_not_reported_as_open() {
    let mut observed = sound(&PEOPLE);
    found(&mut observed).settings.insert(Setting::SignInBlocked, Observed::Present(false));
    let allowed = WantedMailbox { sign_in: SignIn::Allowed, ..wanted(&PEOPLE) };
    assert_eq!(lines(&run(&allowed, &observed)), [""; 0]);
    found(&mut observed).settings.insert(Setting::SignInBlocked, unknown());
    assert!(run(&allowed, &observed).is_clean());
}
