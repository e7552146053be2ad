//! Rules of an organisation's own, and deviations.

use tripod_model::{Policy, SourceFile, read};
use tripod_tenant::Observed;

use super::facts::{facts, sound_audit};
use super::{BOX, PEOPLE, address, now, person, sound, unknown, wanted};
use crate::{Verification, check_rules, verify, verify_audited};

fn policy(text: &str) -> Policy {
    let (policy, problems) = read::policy(&SourceFile { name: "p.yaml".to_owned(), bytes: text.as_bytes().to_vec() });
    assert_eq!(problems, []);
    policy.expect("a policy")
}

fn rule(when: &str) -> Policy {
    policy(&format!(
        "rules:\n  - id: mine\n    title: Mine\n    severity: high\n    when: {when}\n    message: it is so\n    remedy: mend it\n"
    ))
}

fn ids(verification: &Verification) -> Vec<&str> {
    verification.findings.iter().map(crate::Finding::id).collect()
}

#[track_caller]
fn problems(when: &str, expected: &[&str]) {
    let lines: Vec<String> = check_rules(&rule(when)).iter().map(ToString::to_string).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_rule_speaks_when_its_expression_is_true() {
    let run = |when: &str| {
        let policy = rule(when);
        assert_eq!(check_rules(&policy), [], "{when}");
        verify_audited(&[wanted(&PEOPLE)], &sound(&PEOPLE), &sound_audit(), &policy, now())
    };
    for when in [
        "mailbox.active < 4 && mailbox.kind == 'shared-mailbox'",
        "mailbox.delegates.exists(d, d.department == 'Finance' && d.secondFactor)",
        "size(mailbox.apps) == 0 && policy.quorum == 3",
        "has(mailbox.size) && mailbox.size < mailbox.sizeLimit",
        "mailbox.delegates.all(d, d.active && !has(d.leavesInDays) && d.daysSinceSignIn == 3)",
        "mailbox.address.endsWith('@a.test') && !mailbox.signInAllowed",
        "mailbox.active < policy.quorum + 1",
        "size(mailbox.delegates) - mailbox.active == 0 && mailbox.size * 2 > 1",
        "mailbox.delegates.all(d, d.daysSinceSignIn + policy.quorum == 6)",
    ] {
        assert_eq!(ids(&run(when)), ["mine"], "{when}");
    }
    let finding = run("mailbox.active < 4").findings.remove(0);
    assert_eq!(finding.message, "backups@a.test: it is so");
    assert_eq!(finding.severity, tripod_model::Severity::High);
    assert!(run("mailbox.active > 4").is_clean());
}

#[test]
fn what_a_rule_does_not_know_makes_it_unknown() {
    let mut audit = sound_audit();
    facts(&mut audit).size = unknown();
    let policy = rule("mailbox.size > 3");
    let verification = verify_audited(&[wanted(&PEOPLE)], &sound(&PEOPLE), &audit, &policy, now());
    assert_eq!(ids(&verification), Vec::<&str>::new());
    assert_eq!(verification.unknown[0].rule.as_deref(), Some("mine"));

    let mut observed = sound(&PEOPLE);
    observed.people.insert(address("bob@a.test"), unknown());
    for (when, speaks, unsure) in
        [("mailbox.active < 3", false, true), ("mailbox.active < 4", true, false), ("mailbox.active > 3", false, false)]
    {
        let verification = verify(&[wanted(&PEOPLE)], &observed, &rule(when), now());
        assert_eq!(!verification.findings.is_empty(), speaks, "{when}");
        assert_eq!(verification.unknown.iter().any(|unknown| unknown.rule.is_some()), unsure, "{when}");
    }
    observed.mailboxes.insert(address(BOX), unknown());
    let verification = verify(&[wanted(&PEOPLE)], &observed, &rule("mailbox.active > 3"), now());
    assert!(verification.unknown.iter().any(|unknown| unknown.rule.is_some()));
}

#[test]
fn slips_in_a_rule_have_their_places_in_the_file() {
    problems(
        "mailbox.activ < 4",
        &["p.yaml:5:19: the rule `mine` asks for `activ`, which there is not (did you mean `active`?)"],
    );
    problems(
        "\"mailbx.active < 4\"",
        &["p.yaml:5:12: the rule `mine` asks for `mailbx`, which there is not (did you mean `mailbox`?)"],
    );
    problems(
        "mailbox.active",
        &[
            "p.yaml:5:11: the rule `mine` cannot be judged: it gives a number instead of true or false (write a comparison, e.g. `mailbox.active < 4`)",
        ],
    );
    let lines: Vec<String> = check_rules(&rule("mailbox.active < < 4")).iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("p.yaml:5:28: the rule `mine` cannot be read: "), "{lines:?}");
    let lines: Vec<String> = check_rules(&rule("|\n      mailbox.active < 4 &&\n      mailbox.actve > 1"))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(lines[0].starts_with("p.yaml:7:15: the rule `mine` asks for `actve`"), "{lines:?}");
    assert_eq!(check_rules(&rule("mailbox.active < 'four'")).len(), 1);
    problems(
        "mailbox.active < 4 || mailbox.frobnicate()",
        &[
            "p.yaml:5:41: the rule `mine` asks for `frobnicate`, which there is not (the reference of policies lists what a rule can ask for)",
        ],
    );
    problems(
        "mailbox.active < 4 || mailbox.delegates.all(d, d.wantd)",
        &["p.yaml:5:60: the rule `mine` asks for `wantd`, which there is not (did you mean `wanted`?)"],
    );
}

#[test]
fn a_rule_with_a_slip_never_passes() {
    let verification = verify(&[wanted(&PEOPLE)], &sound(&PEOPLE), &rule("mailbox.activ < 4"), now());
    assert!(!verification.is_clean());
    assert_eq!(verification.unknown.len(), 1);
}

#[test]
fn the_policies_that_ship_have_sound_rules() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    for entry in std::fs::read_dir(folder).expect("the policies") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a policy");
        assert_eq!(check_rules(&policy(&text)), []);
    }
}

fn deviation(more: &str, until: &str) -> Policy {
    policy(&format!(
        "deviations:\n  - check: delegate-inactive\n    mailbox: {BOX}\n{more}    who: Ana Ruiz\n    why: she is back soon\n    until: {until}\n"
    ))
}

#[test]
fn a_deviation_in_force_accepts_a_finding_and_an_expired_one_is_a_finding() {
    let mut observed = sound(&["ana@a.test", "bob@a.test", "cleo@a.test", "dora@a.test"]);
    let mut bob = person("bob@a.test");
    bob.activity = tripod_tenant::Inactive::Suspended.into();
    observed.people.insert(address("bob@a.test"), Observed::Present(bob));
    let wanted = [wanted(&["ana@a.test", "bob@a.test", "cleo@a.test", "dora@a.test"])];
    let run = |policy: &Policy| verify(&wanted, &observed, policy, now());

    for policy in [deviation("", "2026-11-23"), deviation("    person: bob@a.test\n", "2027-01-31")] {
        let verification = run(&policy);
        assert!(verification.is_clean());
        assert_eq!(verification.accepted.len(), 1);
        assert_eq!(verification.accepted[0].who, "Ana Ruiz");
        assert_eq!(verification.accepted[0].finding.check, tripod_model::CheckId::DelegateInactive);
    }
    assert_eq!(ids(&run(&deviation("    person: ana@a.test\n", "2027-01-31"))), ["delegate-inactive"]);
    let expired = run(&deviation("", "2026-11-22"));
    assert_eq!(ids(&expired), ["delegate-inactive", "deviation-expired"]);
    assert_eq!(expired.findings[1].place.to_string(), "p.yaml:2:5");
}
