//! The states of a mailbox itself, entries that are no people, and what each check rests on.

use std::collections::BTreeMap;

use tripod_model::{Address, CheckId, Kind, Provider, SignIn, TenantName};
use tripod_tenant::{
    Acceptance, MailboxState, Observation, Observed, ObservedDelegate, Person, PersonId, Principal, Rights, Setting,
};

use super::facts::{facts, sound_audit};
use super::{BOX, PEOPLE, access, address, delegates, found, lines, person, run, sound, unknown, wanted};
use crate::applicability::{COLUMNS, How, how};
use crate::{Audit, Verification, verify_audited};

fn audit(provider: Provider) -> Audit {
    let mut audit = sound_audit();
    audit.providers.insert(TenantName("a".to_owned()), provider);
    audit
}

fn at(provider: Provider, observed: &Observation, audit: &Audit) -> Verification {
    assert!(audit.providers.values().all(|known| *known == provider));
    verify_audited(&[wanted(&PEOPLE)], observed, audit, &tripod_model::Policy::default(), super::now())
}

#[test]
fn every_state_of_a_mailbox_is_a_finding_of_its_own_check() {
    for state in MailboxState::ALL {
        let mut observed = sound(&PEOPLE);
        found(&mut observed).states.insert(state, Observed::Present("seen".to_owned()));
        let verification = run(&wanted(&PEOPLE), &observed);
        let [finding] = verification.findings.as_slice() else { panic!("{state:?}: {:?}", lines(&verification)) };
        assert_eq!(finding.check, crate::checks::check_of_state(state));
        assert!(!state.loses_mail() || finding.severity >= tripod_model::Severity::High, "{state:?}");
    }
}

#[test]
fn a_state_that_the_answer_leaves_out_is_unknown_and_not_fine() {
    for provider in [Provider::GoogleWorkspace, Provider::Microsoft365] {
        for state in MailboxState::possible(provider, Kind::SharedMailbox) {
            let mut observed = sound(&PEOPLE);
            found(&mut observed).states.remove(state);
            let verification = at(provider, &observed, &audit(provider));
            let check = crate::checks::check_of_state(*state);
            assert!(verification.unknown.iter().any(|unknown| unknown.check == Some(check)), "{state:?}");
            assert!(!verification.is_clean());
        }
    }
}

#[test]
fn a_required_setting_that_the_answer_leaves_out_is_unknown() {
    for setting in Setting::required(Provider::Microsoft365, Kind::SharedMailbox, SignIn::Blocked) {
        let mut observed = sound(&PEOPLE);
        found(&mut observed).settings.remove(setting);
        let verification = at(Provider::Microsoft365, &observed, &audit(Provider::Microsoft365));
        assert!(verification.unknown.iter().any(|unknown| unknown.what == setting.words()), "{setting:?}");
    }
}

#[test]
fn everybody_and_what_is_no_person_are_findings_and_are_not_counted() {
    let mut observed = sound(&PEOPLE);
    let entry = |who| ObservedDelegate { who, rights: Rights::FULL, acceptance: Acceptance::Accepted };
    delegates(&mut observed).push(entry(Principal::Everybody { shown: "Default".to_owned() }));
    let (what, shown) = ("a device".to_owned(), "door-7".to_owned());
    delegates(&mut observed).push(entry(Principal::Other { what, shown }));
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(
        lines(&verification),
        [
            "everybody-has-access everybody in the organisation has access to backups@a.test, by the entry `Default`",
            "not-a-person `door-7`, a device, has access to backups@a.test",
        ]
    );
    assert_eq!(verification.mailboxes[0].active, 3);
}

#[test]
fn an_entry_of_unknown_owner_may_be_a_delegate_who_seems_to_lack_access() {
    let mut observed = sound(&PEOPLE);
    let list = delegates(&mut observed);
    list.retain(|delegate| delegate.who.label() != "cleo@a.test");
    let who = Principal::Unclear { shown: "Cleo".to_owned(), reason: "two accounts have this name".to_owned() };
    list.push(ObservedDelegate { who, rights: Rights::FULL, acceptance: Acceptance::Accepted });
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(lines(&verification), Vec::<String>::new());
    assert_eq!((verification.mailboxes[0].active, verification.mailboxes[0].uncertain), (2, 1));
    let what: Vec<&str> = verification.unknown.iter().map(|unknown| unknown.what.as_str()).collect();
    assert!(what.contains(&"whose access `Cleo` is") && what.contains(&"whether cleo@a.test has access"), "{what:?}");
}

#[test]
fn an_address_that_was_given_to_another_person_does_not_give_them_the_access() {
    let mut observed = sound(&PEOPLE);
    let old = Some(PersonId("the one before".to_owned()));
    delegates(&mut observed)[0].who = Principal::Account { address: address(PEOPLE[0]), id: old };
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(verification.mailboxes[0].active, 2);
    assert!(lines(&verification).iter().any(|line| line.starts_with("delegate-missing ana@a.test")));
}

#[test]
fn a_person_whom_the_manifest_names_twice_counts_once() {
    let mut observed = sound(&PEOPLE[..2]);
    observed.people.insert(address("ana.old@a.test"), Observed::Present(person("ana@a.test")));
    let verification = run(&wanted(&["ana@a.test", "ana.old@a.test", "bob@a.test"]), &observed);
    assert_eq!(verification.mailboxes[0].active, 2);
    assert!(lines(&verification).iter().any(|line| line.starts_with("below-quorum")));
}

#[test]
fn an_outsider_is_not_proposed_for_the_manifest() {
    let mut observed = sound(&PEOPLE);
    delegates(&mut observed).push(access("freelancer@elsewhere.test"));
    observed.people.insert(address("freelancer@elsewhere.test"), Observed::Absent);
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(verification.findings[0].check, CheckId::DelegateExtra);
    assert_eq!(verification.findings[0].remedy.patch, None);
}

#[test]
fn below_the_quorum_a_leaver_is_replaced_before_anything_is_applied() {
    let mut observed = sound(&PEOPLE);
    let left = Person { activity: tripod_tenant::Inactive::Disabled.into(), ..person("bob@a.test") };
    observed.people.insert(address("bob@a.test"), Observed::Present(left));
    let verification = run(&wanted(&PEOPLE), &observed);
    assert_eq!(verification.findings[0].check, CheckId::BelowQuorum);
    assert_eq!(verification.findings[0].remedy.command.as_deref(), Some("tripod impact bob@a.test --patch"));
}

#[test]
fn a_rule_of_the_inbox_that_forwards_outside_is_found_and_one_that_was_not_read_is_unknown() {
    let (observed, mut audit) = (sound(&PEOPLE), audit(Provider::Microsoft365));
    facts(&mut audit).inbox_rules = Observed::Present(vec!["x@elsewhere.test".to_owned(), "y@b.test".to_owned()]);
    let verification = at(Provider::Microsoft365, &observed, &audit);
    let subjects: Vec<_> = verification.findings.iter().map(|finding| finding.subject.as_deref()).collect();
    assert_eq!(subjects, [Some("x@elsewhere.test")]);
    for not_read in [unknown(), Observed::Absent] {
        facts(&mut audit).inbox_rules = not_read;
        let verification = at(Provider::Microsoft365, &observed, &audit);
        assert!(verification.unknown.iter().any(|unknown| unknown.check == Some(CheckId::ForwardingOutside)));
    }
}

#[test]
fn the_table_of_checks_says_made_exactly_where_a_state_or_a_setting_is_read() {
    for (provider, kind) in COLUMNS {
        let made = |check| matches!(how(check, provider, kind), How::Made(_));
        for state in MailboxState::ALL {
            let is_possible = MailboxState::possible(provider, kind).contains(&state);
            assert_eq!(made(crate::checks::check_of_state(state)), is_possible, "{state:?} {provider} {kind:?}");
        }
        for setting in Setting::required(provider, kind, SignIn::Blocked) {
            assert!(made(crate::checks::check_of_setting(*setting)), "{setting:?} {provider} {kind:?}");
        }
    }
}

#[test]
fn the_table_of_checks_gives_a_reason_in_every_cell() {
    let cells = COLUMNS.iter().flat_map(|column| CheckId::ALL.iter().map(move |check| (column, check)));
    for ((provider, kind), check) in cells {
        let (How::Made(words) | How::Unknown(words) | How::NotApplicable(words)) = how(*check, *provider, *kind);
        assert!(words.len() > 10 && !words.ends_with('.'), "{check} {provider} {kind:?}: {words}");
    }
}

#[test]
fn what_does_not_apply_is_listed_with_its_reason_and_mailboxes() {
    let verification = at(Provider::GoogleWorkspace, &sound(&PEOPLE), &audit(Provider::GoogleWorkspace));
    let by_check: BTreeMap<CheckId, &[Address]> =
        verification.not_applicable.iter().map(|one| (one.check, one.mailboxes.as_slice())).collect();
    assert_eq!(by_check.get(&CheckId::SignInOpen), Some(&&[address(BOX)][..]));
    assert!(!by_check.contains_key(&CheckId::MailboxSuspended));
}
