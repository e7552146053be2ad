//! The checks on what an audit tells: each speaks, is silent, does not apply, and is unknown.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::{CheckId, CheckSetting, Policy, SignIn, TenantName};
use tripod_tenant::{MailboxFacts, Observed, PersonFacts, Principal};

use super::{BOX, PEOPLE, access, address, delegates, found, now, person, sound, unknown, wanted};
use crate::{Audit, Verification, verify_audited};

/// Facts in which everything is as it should be.
pub(super) fn sound_audit() -> Audit {
    let facts = |manager: &str, department: &str| PersonFacts {
        last_sign_in: Observed::Present(Some("2026-11-20T08:00:00Z".parse().expect("a time"))),
        second_factor: Observed::Present(true),
        manager: Observed::Present(Some(address(manager))),
        department: Observed::Present(Some(department.to_owned())),
        delegation_allowed: Observed::Present(true),
    };
    let mailbox = MailboxFacts {
        last_sign_in: Observed::Present(None),
        second_factor: Observed::Present(false),
        forwarding: Observed::Present(Vec::new()),
        inbox_rules: Observed::Present(Vec::new()),
        recovery: Observed::Present(Vec::new()),
        app_passwords: Observed::Present(0),
        size: Observed::Present(1_000_000),
        size_limit: Observed::Present(50_000_000),
        delegation_allowed: Observed::Present(true),
    };
    let tenant = TenantName("a".to_owned());
    Audit {
        people: BTreeMap::from([
            (address(PEOPLE[0]), facts("dora@a.test", "IT")),
            (address(PEOPLE[1]), facts("dora@a.test", "Finance")),
            (address(PEOPLE[2]), facts("emil@a.test", "IT")),
        ]),
        mailboxes: BTreeMap::from([(address(BOX), mailbox)]),
        groups: BTreeMap::new(),
        estate: BTreeMap::from([(tenant.clone(), Observed::Present(Vec::new()))]),
        domains: BTreeMap::from([(tenant, BTreeSet::from(["a.test".to_owned(), "b.test".to_owned()]))]),
        places: BTreeMap::new(),
        providers: BTreeMap::new(),
    }
}

/// A policy in which every check is made.
pub(super) fn everything() -> Policy {
    let on = || CheckSetting::On { severity: None, parameters: BTreeMap::new() };
    Policy { checks: CheckId::ALL.iter().map(|check| (*check, on())).collect(), ..Policy::default() }
}

pub(super) fn facts(audit: &mut Audit) -> &mut MailboxFacts {
    audit.mailboxes.get_mut(&address(BOX)).expect("the mailbox's facts")
}

pub(super) fn of<'a>(audit: &'a mut Audit, who: &str) -> &'a mut PersonFacts {
    audit.people.get_mut(&address(who)).expect("the person's facts")
}

fn run(spoil: impl FnOnce(&mut Audit), sign_in: SignIn) -> Verification {
    let mut audit = sound_audit();
    spoil(&mut audit);
    let mut wanted = wanted(&PEOPLE);
    wanted.sign_in = sign_in;
    verify_audited(&[wanted], &sound(&PEOPLE), &audit, &everything(), now())
}

fn ids(verification: &Verification) -> Vec<&str> {
    verification.findings.iter().map(crate::Finding::id).collect()
}

type Spoil = fn(&mut Audit);

/// A check, and what makes it speak, be silent, not apply and be unknown.
struct Row {
    check: CheckId,
    sign_in: SignIn,
    speaks: Spoil,
    silent: Spoil,
    absent: Spoil,
    unknown: Spoil,
}

fn at(text: &str) -> Observed<Option<jiff::Timestamp>> {
    Observed::Present(Some(text.parse().expect("a time")))
}

const GB: u64 = 1024 * 1024 * 1024;

fn rows() -> Vec<Row> {
    let blocked = SignIn::Blocked;
    let allowed = SignIn::Allowed;
    vec![
        Row {
            check: CheckId::EdgeIdle,
            sign_in: blocked,
            speaks: |a| of(a, "bob@a.test").last_sign_in = at("2026-08-20T00:00:00Z"),
            silent: |a| of(a, "bob@a.test").last_sign_in = at("2026-08-30T00:00:00Z"),
            absent: |a| of(a, "bob@a.test").last_sign_in = Observed::Absent,
            unknown: |a| of(a, "bob@a.test").last_sign_in = unknown(),
        },
        Row {
            check: CheckId::DelegateIdle,
            sign_in: blocked,
            speaks: |a| of(a, "bob@a.test").last_sign_in = Observed::Present(None),
            silent: |a| of(a, "bob@a.test").last_sign_in = at("2026-11-23T08:59:59Z"),
            absent: |a| of(a, "bob@a.test").last_sign_in = Observed::Absent,
            unknown: |a| of(a, "bob@a.test").last_sign_in = unknown(),
        },
        Row {
            check: CheckId::DelegateNoSecondFactor,
            sign_in: blocked,
            speaks: |a| of(a, "bob@a.test").second_factor = Observed::Present(false),
            silent: |a| of(a, "bob@a.test").second_factor = Observed::Present(true),
            absent: |a| of(a, "bob@a.test").second_factor = Observed::Absent,
            unknown: |a| of(a, "bob@a.test").second_factor = unknown(),
        },
        Row {
            check: CheckId::OneManager,
            sign_in: blocked,
            speaks: |a| of(a, "cleo@a.test").manager = Observed::Present(Some(address("dora@a.test"))),
            silent: |a| of(a, "cleo@a.test").manager = Observed::Present(None),
            absent: |a| of(a, "cleo@a.test").manager = Observed::Absent,
            unknown: |a| of(a, "cleo@a.test").manager = unknown(),
        },
        Row {
            check: CheckId::OneDepartment,
            sign_in: blocked,
            speaks: |a| of(a, "bob@a.test").department = Observed::Present(Some("it".to_owned())),
            silent: |a| of(a, "bob@a.test").department = Observed::Present(None),
            absent: |a| of(a, "bob@a.test").department = Observed::Absent,
            unknown: |a| of(a, "bob@a.test").department = unknown(),
        },
        Row {
            check: CheckId::SignInUsed,
            sign_in: blocked,
            speaks: |a| facts(a).last_sign_in = at("2026-11-01T00:00:00Z"),
            silent: |a| facts(a).last_sign_in = at("2026-01-01T00:00:00Z"),
            absent: |a| facts(a).last_sign_in = Observed::Absent,
            unknown: |a| facts(a).last_sign_in = unknown(),
        },
        Row {
            check: CheckId::SignInUnused,
            sign_in: allowed,
            speaks: |a| facts(a).last_sign_in = Observed::Present(None),
            silent: |a| facts(a).last_sign_in = at("2026-01-01T00:00:00Z"),
            absent: |a| facts(a).last_sign_in = Observed::Absent,
            unknown: |a| facts(a).last_sign_in = unknown(),
        },
        Row {
            check: CheckId::SignInNoSecondFactor,
            sign_in: allowed,
            speaks: |a| facts(a).second_factor = Observed::Present(false),
            silent: |a| facts(a).second_factor = Observed::Present(true),
            absent: |a| facts(a).second_factor = Observed::Absent,
            unknown: |a| facts(a).second_factor = unknown(),
        },
        Row {
            check: CheckId::ForwardingOutside,
            sign_in: blocked,
            speaks: |a| facts(a).forwarding = Observed::Present(vec!["eve@elsewhere.test".to_owned()]),
            silent: |a| facts(a).forwarding = Observed::Present(vec!["Ana@B.test".to_owned()]),
            absent: |a| facts(a).forwarding = Observed::Absent,
            unknown: |a| facts(a).forwarding = unknown(),
        },
        Row {
            check: CheckId::RecoveryOfAPerson,
            sign_in: blocked,
            speaks: |a| facts(a).recovery = Observed::Present(vec!["+44 20 7946 0123".to_owned()]),
            silent: |a| facts(a).recovery = Observed::Present(Vec::new()),
            absent: |a| facts(a).recovery = Observed::Absent,
            unknown: |a| facts(a).recovery = unknown(),
        },
        Row {
            check: CheckId::ApplicationPasswords,
            sign_in: blocked,
            speaks: |a| facts(a).app_passwords = Observed::Present(2),
            silent: |a| facts(a).app_passwords = Observed::Present(0),
            absent: |a| facts(a).app_passwords = Observed::Absent,
            unknown: |a| facts(a).app_passwords = unknown(),
        },
        Row {
            check: CheckId::NearLimit,
            sign_in: blocked,
            speaks: |a| {
                facts(a).size = Observed::Present(45 * GB);
                facts(a).size_limit = Observed::Absent;
            },
            silent: |a| {
                facts(a).size = Observed::Present(45 * GB - 1);
                facts(a).size_limit = Observed::Absent;
            },
            absent: |a| facts(a).size = Observed::Absent,
            unknown: |a| facts(a).size_limit = unknown(),
        },
        Row {
            check: CheckId::UnmanagedMailbox,
            sign_in: blocked,
            speaks: |a| {
                let observed = sound(&["zoe@a.test"]);
                let mut other = observed.mailbox(&address(BOX)).present().cloned().expect("the mailbox");
                other.address = address("old@a.test");
                a.estate.insert(TenantName("a".to_owned()), Observed::Present(vec![other]));
            },
            silent: |a| {
                let mailbox = sound(&PEOPLE).mailbox(&address(BOX)).present().cloned().expect("the mailbox");
                a.estate.insert(TenantName("a".to_owned()), Observed::Present(vec![mailbox]));
            },
            absent: |a| drop(a.estate.insert(TenantName("a".to_owned()), Observed::Present(Vec::new()))),
            unknown: |a| drop(a.estate.insert(TenantName("a".to_owned()), unknown())),
        },
    ]
}

#[test]
fn each_check_speaks_is_silent_does_not_apply_and_is_unknown() {
    for row in rows() {
        let check = row.check;
        let speaks = run(row.speaks, row.sign_in);
        let found: Vec<_> = speaks.findings.iter().filter(|finding| finding.check == check).collect();
        assert_eq!(found.len(), 1, "{check} speaks");
        assert!(!found[0].evidence.is_empty(), "{check} has evidence");
        assert!(!found[0].remedy.sentence.is_empty(), "{check} has a remedy");
        for (case, spoil) in [("silent", row.silent), ("not there", row.absent)] {
            let verification = run(spoil, row.sign_in);
            assert!(!ids(&verification).contains(&check.id()), "{check} {case}: {:?}", ids(&verification));
            assert!(!verification.unknown.iter().any(|u| u.check == Some(check)), "{check} {case}");
        }
        let unsure = run(row.unknown, row.sign_in);
        assert!(!ids(&unsure).contains(&check.id()), "{check} unknown");
        assert!(unsure.unknown.iter().any(|u| u.check == Some(check)), "{check} unknown: {:?}", unsure.unknown);
        assert!(!unsure.is_clean());
    }
}

#[test]
fn the_rows_are_all_checks_that_need_an_audit() {
    let rows: BTreeSet<CheckId> = rows().into_iter().map(|row| row.check).collect();
    let need = CheckId::ALL.iter().copied().filter(|check| crate::checks::needs_audit(*check));
    assert_eq!(rows, need.collect());
}

#[test]
fn a_sound_tenant_is_clean_under_every_check_and_under_the_default_policy() {
    for policy in [everything(), Policy::default()] {
        let verification = verify_audited(&[wanted(&PEOPLE)], &sound(&PEOPLE), &sound_audit(), &policy, now());
        assert!(verification.is_clean(), "{:?} {:?}", verification.findings, verification.unknown);
    }
}

#[test]
fn facts_that_need_more_than_the_usual_permissions_do_not_disturb_the_default_policy() {
    let mut audit = sound_audit();
    for who in PEOPLE {
        of(&mut audit, who).last_sign_in = unknown();
        of(&mut audit, who).second_factor = unknown();
        of(&mut audit, who).manager = unknown();
    }
    facts(&mut audit).last_sign_in = unknown();
    facts(&mut audit).second_factor = unknown();
    facts(&mut audit).app_passwords = unknown();
    facts(&mut audit).size = unknown();
    audit.estate.insert(TenantName("a".to_owned()), unknown());
    let run = |policy: &Policy| verify_audited(&[wanted(&PEOPLE)], &sound(&PEOPLE), &audit, policy, now());
    assert!(run(&Policy::default()).is_clean());
    let everything = run(&everything());
    assert_eq!(ids(&everything), Vec::<&str>::new());
    assert!(everything.unknown.len() > 8, "{:?}", everything.unknown);
}

#[test]
fn without_an_audit_the_checks_that_need_one_are_listed_as_not_made() {
    let verification = crate::verify(&[wanted(&PEOPLE)], &sound(&PEOPLE), &everything(), now());
    assert!(verification.is_clean());
    assert!(verification.not_made.contains(&CheckId::NearLimit));
    assert!(!verification.not_made.contains(&CheckId::BelowQuorum));
}

#[test]
fn a_leave_date_is_reported_by_the_sharper_check_only() {
    let run = |people: &[&str], leaves: &str, policy: &Policy| {
        let mut observed = sound(people);
        let mut bob = person("bob@a.test");
        bob.leaves = Some(leaves.parse().expect("a time"));
        observed.people.insert(address("bob@a.test"), Observed::Present(bob));
        let verification = crate::verify(&[wanted(people)], &observed, policy, now());
        ids(&verification).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let policy = Policy::default();
    let four = ["ana@a.test", "bob@a.test", "cleo@a.test", "dora@a.test"];
    assert_eq!(run(&PEOPLE, "2026-12-20T00:00:00Z", &policy), ["on-the-edge"]);
    assert_eq!(run(&four, "2026-12-20T00:00:00Z", &policy), ["delegate-leaving"]);
    assert_eq!(run(&PEOPLE, "2026-12-25T00:00:00Z", &policy), Vec::<String>::new());
    let mut without = Policy::default();
    without.checks.insert(CheckId::OnTheEdge, CheckSetting::Off);
    assert_eq!(run(&PEOPLE, "2026-12-20T00:00:00Z", &without), ["delegate-leaving"]);
}

#[test]
fn a_group_is_expanded_in_the_evidence_and_never_counted() {
    let mut observed = sound(&PEOPLE[..2]);
    delegates(&mut observed).push(tripod_tenant::ObservedDelegate {
        who: Principal::Group { address: address("it@a.test") },
        ..access("it@a.test")
    });
    let mut audit = sound_audit();
    let members = vec![address("cleo@a.test"), address("dora@a.test")];
    audit.groups.insert(address("it@a.test"), Observed::Present(members));
    let policy = Policy::default();
    let verification = verify_audited(&[wanted(&PEOPLE[..2])], &observed, &audit, &policy, now());
    assert_eq!(verification.mailboxes[0].active, 2);
    let group = verification.findings.iter().find(|f| f.check == CheckId::GroupAsDelegate).expect("the group");
    let names: Vec<&str> = group.evidence.iter().map(|evidence| evidence.value.as_str()).collect();
    assert_eq!(names, ["2", "cleo@a.test", "dora@a.test"]);

    audit.groups.insert(address("it@a.test"), unknown());
    let verification = verify_audited(&[wanted(&PEOPLE[..2])], &observed, &audit, &policy, now());
    assert!(verification.unknown.iter().any(|unknown| unknown.check == Some(CheckId::GroupAsDelegate)));
}

#[test]
fn an_address_that_became_an_alias_is_reported() {
    let mut observed = sound(&PEOPLE);
    found(&mut observed).address = address("safety@a.test");
    found(&mut observed).aliases = vec![address(BOX)];
    let verification = crate::verify(&[wanted(&PEOPLE)], &observed, &Policy::default(), now());
    assert_eq!(ids(&verification), ["address-moved"]);
    assert_eq!(verification.findings[0].remedy.patch.as_deref(), Some("address: safety@a.test"));
}

#[test]
fn a_telephone_number_is_not_given_away() {
    let verification =
        run(|a| facts(a).recovery = Observed::Present(vec!["+44 20 7946 0123".to_owned()]), SignIn::Blocked);
    let text = serde_json::to_string(&verification).expect("JSON");
    assert!(text.contains("telephone …123") && !text.contains("7946"), "{text}");
}

fn with_switches(spoil: impl FnOnce(&mut tripod_tenant::Observation)) -> Verification {
    let mut observed = sound(&PEOPLE);
    found(&mut observed).delegation = Observed::Present(true);
    for who in PEOPLE {
        set_switch(&mut observed, who, Observed::Present(true));
    }
    spoil(&mut observed);
    verify_audited(&[wanted(&PEOPLE)], &observed, &sound_audit(), &everything(), now())
}

fn set_switch(observed: &mut tripod_tenant::Observation, who: &str, delegation: Observed<bool>) {
    let person = tripod_tenant::Person { delegation, ..person(who) };
    observed.people.insert(address(who), Observed::Present(person));
}

#[test]
fn delegation_that_is_off_comes_with_the_exception_to_file() {
    let verification = with_switches(|observed| found(observed).delegation = Observed::Present(false));
    assert_eq!(ids(&verification), ["below-quorum", "delegation-off"]);
    let patch = verification.findings[1].remedy.patch.as_deref().expect("the exception");
    for part in ["GMAIL.1", BOX, PEOPLE[2], "Owns our account at the backup provider"] {
        assert!(patch.contains(part), "{part} in {patch}");
    }
}

#[test]
fn whom_the_switch_for_mail_delegation_keeps_out_does_not_count() {
    let verification = with_switches(|observed| set_switch(observed, "ana@a.test", Observed::Present(false)));
    let standing = &verification.mailboxes[0];
    assert_eq!((standing.active, standing.uncertain), (2, 0));
    assert_eq!(ids(&verification), ["below-quorum", "delegation-off"]);
    let [below, switch] = verification.findings.as_slice() else { panic!("two findings") };
    assert_eq!(switch.subject.as_deref(), Some("ana@a.test"));
    assert!(switch.remedy.patch.as_deref().is_some_and(|text| text.contains("GMAIL.1")));
    // Carrying the plan out would change nothing.
    assert_eq!(below.remedy.command, None);
    assert!(below.remedy.sentence.contains("turn mail delegation on"), "{}", below.remedy.sentence);
}

#[test]
fn a_switch_for_mail_delegation_without_its_scope_is_said_and_takes_nobody_away() {
    let denied = || {
        let reason = "the scope is not granted".to_owned();
        Observed::Unknown(tripod_tenant::Unknown { kind: tripod_tenant::ErrorKind::Denied, reason })
    };
    let verification = with_switches(|observed| set_switch(observed, "bob@a.test", denied()));
    assert_eq!(verification.mailboxes[0].active, 3);
    assert_eq!(ids(&verification), Vec::<&str>::new());
    assert_eq!(verification.unknown.len(), 1);
    // Where it is unknown for the mailbox, it is said once and not for each of its delegates.
    let everywhere = with_switches(|observed| {
        found(observed).delegation = denied();
        for who in PEOPLE {
            set_switch(observed, who, denied());
        }
    });
    assert_eq!((everywhere.mailboxes[0].active, everywhere.unknown.len()), (3, 1));
}

#[test]
fn a_switch_for_mail_delegation_that_could_not_be_read_leaves_the_person_uncertain() {
    let verification = with_switches(|observed| set_switch(observed, "bob@a.test", unknown()));
    let standing = &verification.mailboxes[0];
    assert_eq!((standing.active, standing.uncertain), (2, 1));
    assert_eq!(ids(&verification), Vec::<&str>::new());
    assert!(!verification.is_clean());
}

#[test]
fn a_policy_says_how_bad_and_how_near() {
    let mut policy = Policy::default();
    let parameters = BTreeMap::from([("percent".to_owned(), 2)]);
    let severity = Some(tripod_model::Severity::Critical);
    policy.checks.insert(CheckId::NearLimit, CheckSetting::On { severity, parameters });
    let verification = verify_audited(&[wanted(&PEOPLE)], &sound(&PEOPLE), &sound_audit(), &policy, now());
    assert_eq!(ids(&verification), ["near-limit"]);
    assert_eq!(verification.findings[0].severity, tripod_model::Severity::Critical);
}
