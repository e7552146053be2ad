use tripod_model::{Kind, State};
use tripod_tenant::{
    Acceptance, ErrorKind, Form, Inactive, Observation, Observed, ObservedDelegate, ObservedMailbox, Person, Principal,
    Rights, Setting, Unknown,
};

use super::*;
use crate::samples::{address, delegate, look, mailbox, now, options, person, planned, reasons, steps, wanted};

const BOX: &str = "backups@contoso.test";
const THREE: [&str; 3] = ["ana@contoso.test", "bo@contoso.test", "cy@contoso.test"];

fn people(addresses: &[&str]) -> Vec<Person> {
    addresses.iter().map(|text| person(text)).collect()
}

fn unknown<T>(reason: &str) -> Observed<T> {
    Observed::Unknown(Unknown { kind: ErrorKind::Unavailable, reason: reason.to_owned() })
}

fn with(change: impl FnOnce(&mut ObservedMailbox)) -> (Vec<WantedMailbox>, Observation) {
    let wanted = vec![wanted(BOX, &THREE)];
    let mut there = mailbox(BOX, &THREE);
    change(&mut there);
    let look = look(&wanted, vec![there], &people(&THREE));
    (wanted, look)
}

#[test]
fn a_mailbox_that_is_absent_is_created_configured_and_given_to_its_people() {
    let wanted = [wanted(BOX, &THREE)];
    let planned = planned(&wanted, &look(&wanted, vec![], &people(&THREE)));
    assert_eq!(
        steps(&planned),
        [
            "1 backups@contoso.test: create it as shared-mailbox",
            "2 backups@contoso.test: sign-in blocked, sent copies kept, mail from outside accepted",
            "3 backups@contoso.test: give ana@contoso.test access",
            "4 backups@contoso.test: give bo@contoso.test access",
            "5 backups@contoso.test: give cy@contoso.test access",
        ]
    );
    assert!(planned.report.is_clear());
}

#[test]
fn what_is_as_it_has_to_be_needs_no_step() {
    let (wanted, look) = with(|_| {});
    let planned = planned(&wanted, &look);
    assert!(planned.plan.is_empty() && planned.report.is_clear());
}

#[test]
fn a_replaced_delegate_is_granted_before_the_other_is_revoked() {
    let wanted = [wanted(BOX, &["ana@contoso.test", "bo@contoso.test", "di@contoso.test"])];
    let people = people(&["ana@contoso.test", "bo@contoso.test", "cy@contoso.test", "di@contoso.test"]);
    let planned = planned(&wanted, &look(&wanted, vec![mailbox(BOX, &THREE)], &people));
    assert_eq!(
        steps(&planned),
        [
            "1 backups@contoso.test: give di@contoso.test access",
            "2 backups@contoso.test: end the access of cy@contoso.test",
        ]
    );
}

#[test]
fn half_a_right_or_a_pending_one_is_granted_again() {
    let (wanted, look) = with(|there| {
        let mut half = delegate("ana@contoso.test");
        half.rights = Rights { read: true, act: false };
        let mut pending = delegate("bo@contoso.test");
        pending.acceptance = Acceptance::Pending;
        there.delegates = Observed::Present(vec![half, pending, delegate("cy@contoso.test")]);
    });
    assert_eq!(
        steps(&planned(&wanted, &look)),
        ["1 backups@contoso.test: give ana@contoso.test access", "2 backups@contoso.test: give bo@contoso.test access",]
    );
}

#[test]
fn the_two_rights_may_stand_in_two_entries() {
    let (wanted, look) = with(|there| {
        let only = |rights| ObservedDelegate { rights, ..delegate("ana@contoso.test") };
        there.delegates = Observed::Present(vec![
            only(Rights { read: true, act: false }),
            only(Rights { read: false, act: true }),
            delegate("bo@contoso.test"),
            delegate("cy@contoso.test"),
        ]);
    });
    assert!(planned(&wanted, &look).plan.is_empty());
}

#[test]
fn below_quorum_grants_go_ahead_and_nobody_loses_access() {
    let wanted = [wanted(BOX, &["ana@contoso.test", "di@contoso.test", "cy@contoso.test"])];
    let mut everybody = people(&["ana@contoso.test", "bo@contoso.test", "cy@contoso.test", "di@contoso.test"]);
    everybody[2].activity = Inactive::Disabled.into();
    let planned = planned(&wanted, &look(&wanted, vec![mailbox(BOX, &THREE)], &everybody));
    assert_eq!(steps(&planned), ["1 backups@contoso.test: give di@contoso.test access"]);
    assert_eq!(
        reasons(&planned),
        [
            "backups@contoso.test: 2 of its delegates can act, 3 are needed; nobody's access is ended until then (1 \
             would be)",
            "backups@contoso.test: cy@contoso.test cannot be a delegate: account disabled; `tripod impact cy@contoso.test \
             --patch` writes who could follow",
        ]
    );
}

#[test]
fn a_mailbox_is_not_created_below_quorum() {
    let wanted = [wanted(BOX, &THREE)];
    let planned = planned(&wanted, &look(&wanted, vec![], &people(&THREE[..2])));
    assert!(planned.plan.is_empty());
    assert_eq!(
        planned.report.problems().iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["mailboxes/it.yaml:4:1: cy@contoso.test does not exist"]
    );
}

#[test]
fn what_is_left_of_somebody_who_is_gone_is_cleared_away() {
    let (wanted, look) = with(|there| {
        let who = Principal::Departed { shown: "S-1-5-21-1".to_owned() };
        let mut list = there.delegates.present().unwrap().clone();
        list.push(ObservedDelegate { who, rights: Rights::FULL, acceptance: Acceptance::Accepted });
        there.delegates = Observed::Present(list);
    });
    assert_eq!(steps(&planned(&wanted, &look)), ["1 backups@contoso.test: end the access of S-1-5-21-1"]);
}

#[test]
fn an_unknown_mailbox_gets_no_step_and_its_reason_is_told() {
    let wanted = [wanted(BOX, &THREE)];
    let mut look = look(&wanted, vec![], &people(&THREE));
    look.mailboxes.insert(address(BOX), unknown("the server said 503"));
    let planned = planned(&wanted, &look);
    assert!(planned.plan.is_empty());
    assert_eq!(reasons(&planned), ["backups@contoso.test: could not read the mailbox: the server said 503"]);
    assert_eq!(planned.report.unknown_kinds().collect::<Vec<_>>(), [ErrorKind::Unavailable]);
}

#[test]
fn an_unknown_delegate_list_stops_everything_for_the_mailbox() {
    let (wanted, look) = with(|there| {
        there.name = "Other".to_owned();
        there.delegates = unknown("page 2 failed");
    });
    assert!(planned(&wanted, &look).plan.is_empty());
}

#[test]
fn an_unknown_person_is_neither_granted_nor_revoked() {
    let wanted = [wanted(BOX, &["ana@contoso.test", "bo@contoso.test", "cy@contoso.test", "di@contoso.test"])];
    let there = mailbox(BOX, &["ana@contoso.test", "bo@contoso.test", "cy@contoso.test", "ed@contoso.test"]);
    let mut look = look(&wanted, vec![there], &people(&THREE));
    look.people.insert(address("di@contoso.test"), unknown("timeout"));
    look.people.insert(address("ed@contoso.test"), unknown("timeout"));
    let planned = planned(&wanted, &look);
    assert!(planned.plan.is_empty());
    assert_eq!(planned.report.not_planned.len(), 2);
    assert_eq!(planned.report.held_back().count(), 0);
}

#[test]
fn two_addresses_of_one_person_are_one_delegate() {
    let wanted = [wanted(BOX, &["ana@contoso.test", "anna@contoso.test", "bo@contoso.test"])];
    let mut everybody = people(&["ana@contoso.test", "bo@contoso.test"]);
    everybody[0].aliases = vec![address("anna@contoso.test")];
    let planned = planned(&wanted, &look(&wanted, vec![], &everybody));
    assert!(planned.plan.is_empty());
    assert_eq!(
        planned.report.problems().iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["mailboxes/it.yaml:3:1: anna@contoso.test is the same person as ana@contoso.test (name another person)"]
    );
}

#[test]
fn a_delegate_who_is_listed_under_an_alias_keeps_access() {
    let wanted = [wanted(BOX, &["ana@contoso.test", "bo@contoso.test", "c.y@contoso.test"])];
    let mut everybody = people(&THREE);
    everybody[2].aliases = vec![address("c.y@contoso.test")];
    assert!(planned(&wanted, &look(&wanted, vec![mailbox(BOX, &THREE)], &everybody)).plan.is_empty());
}

#[test]
fn a_newcomer_with_an_old_address_does_not_inherit_the_access() {
    let (wanted, look) = with(|there| {
        let id = Some(tripod_tenant::PersonId("somebody who left".to_owned()));
        let who = Principal::Account { id, address: address("ana@contoso.test") };
        let old = ObservedDelegate { who, ..delegate("ana@contoso.test") };
        there.delegates = Observed::Present(vec![old, delegate("bo@contoso.test"), delegate("cy@contoso.test")]);
    });
    let planned = planned(&wanted, &look);
    assert_eq!(steps(&planned), ["1 backups@contoso.test: give ana@contoso.test access"]);
    assert_eq!(planned.report.not_planned.len(), 1);
}

#[test]
fn an_account_is_taken_over_only_when_told_so() {
    let (mut wanted, look) = with(|there| there.form = Form::UnmarkedAccount);
    assert!(planned(&wanted, &look).plan.is_empty());
    wanted[0].adopt = true;
    assert_eq!(steps(&planned(&wanted, &look)), ["1 backups@contoso.test: take the account over"]);
}

#[test]
fn what_is_something_else_is_left_alone() {
    let forms = [Form::GroupInbox, Form::Other("a user mailbox".to_owned()), Form::Deleted("a mailbox".to_owned())];
    for form in forms {
        let (wanted, look) = with(|there| {
            there.form = form.clone();
            there.delegates = Observed::Present(vec![]);
        });
        let planned = planned(&wanted, &look);
        assert!(planned.plan.is_empty() && planned.report.not_planned.len() == 1, "{form:?}");
    }
    let (wanted, mut look) = with(|_| {});
    let alias = ObservedMailbox { address: address("other@contoso.test"), ..mailbox(BOX, &THREE) };
    look.mailboxes.insert(address(BOX), Observed::Present(alias));
    assert_eq!(planned(&wanted, &look).report.held_back().count(), 1);
}

#[test]
fn a_setting_that_is_off_and_a_name_that_differs_are_mended() {
    let (wanted, look) = with(|there| {
        there.name = "Old".to_owned();
        there.settings.insert(Setting::SentCopiesKept, Observed::Present(false));
        there.settings.insert(Setting::SignInBlocked, unknown("denied"));
    });
    let planned = planned(&wanted, &look);
    assert_eq!(
        steps(&planned),
        ["1 backups@contoso.test: rename it from «Old» to «Backups»", "2 backups@contoso.test: sent copies kept",]
    );
    assert_eq!(reasons(&planned), ["backups@contoso.test: could not read whether it has sign-in blocked: denied"]);
}

#[test]
fn a_mailbox_goes_on_its_day_and_not_before() {
    let (mut wanted, look) = with(|_| {});
    wanted[0].state = State::Retired { on: "2026-11-24".parse().unwrap() };
    let before = planned(&wanted, &look);
    assert!(before.plan.is_empty() && before.report.is_clear());
    assert_eq!(reasons(&before), ["backups@contoso.test: it is kept until 2026-11-24, its day of retirement"]);
    wanted[0].state = State::Retired { on: "2026-11-23".parse().unwrap() };
    assert_eq!(steps(&planned(&wanted, &look)), ["1 backups@contoso.test: delete it"]);
}

#[test]
fn a_mailbox_that_no_entry_names_is_never_touched() {
    let (_, look) = with(|_| {});
    assert!(planned(&[], &look).plan.is_empty());
}

#[test]
fn an_obstacle_is_waited_for_and_a_doubt_only_warns() {
    let wanted = [wanted(BOX, &THREE)];
    let mut look = look(&wanted, vec![], &people(&THREE));
    let obstacle = |kind| tripod_tenant::Obstacle {
        mailboxes: vec![address(BOX)],
        message: "the domain contoso.test is not verified".to_owned(),
        remedy: "verify it".to_owned(),
        kind,
    };
    look.obstacles = vec![obstacle(ErrorKind::SetUp)];
    assert!(planned(&wanted, &look).plan.is_empty());
    look.obstacles = vec![obstacle(ErrorKind::Denied)];
    let planned = planned(&wanted, &look);
    assert_eq!((planned.plan.steps().len(), planned.report.warnings.len()), (5, 1));
}

pub(super) fn ten_of_thirty_go() -> (Vec<WantedMailbox>, Observation) {
    let names: Vec<String> = (0..10).map(|number| format!("box{number}@contoso.test")).collect();
    let four = ["ana@contoso.test", "bo@contoso.test", "cy@contoso.test", "di@contoso.test"];
    let wanted: Vec<_> = names.iter().map(|name| wanted(name, &THREE)).collect();
    let look = look(&wanted, names.iter().map(|name| mailbox(name, &four)).collect(), &people(&four));
    (wanted, look)
}

#[test]
fn removing_as_much_as_the_policy_allows_is_no_refusal_and_one_percent_more_is() {
    let (wanted, look) = ten_of_thirty_go();
    assert!(planned(&wanted, &look).report.refusals.is_empty());
    let policy = Policy { removal_percent: 24, ..Policy::default() };
    let refused = plan(&wanted, &look, &policy, now(), &options());
    assert_eq!(
        refused.report.refusals.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["would remove 10 of 40 delegates (25 %), more than 24 %; if that is meant, pass --allow-removals 10"]
    );
    let wrong = plan(&wanted, &look, &policy, now(), &options().allow_removals(Some(9)));
    assert_eq!(
        wrong.report.refusals[0].to_string(),
        "would remove 10 of 40 delegates (25 %), more than 24 %; --allow-removals names 9, not 10"
    );
    let allowed = plan(&wanted, &look, &policy, now(), &options().allow_removals(Some(10)));
    assert!(allowed.report.refusals.is_empty());
}

#[test]
fn mailboxes_that_are_deleted_already_do_not_make_a_removal_seem_small() {
    let names: Vec<String> = (0..40).map(|number| format!("box{number}@contoso.test")).collect();
    let retired = State::Retired { on: "2026-11-01".parse().unwrap() };
    let wanted: Vec<_> = names
        .iter()
        .enumerate()
        // Twenty went earlier, and six of the other twenty are to go now.
        .map(|(number, name)| match number {
            0..26 => WantedMailbox { state: retired.clone(), ..wanted(name, &THREE) },
            _ => wanted(name, &THREE),
        })
        .collect();
    let form = |number| if number < 20 { Form::Deleted("a mailbox".to_owned()) } else { Form::SharedMailbox };
    let there = names.iter().enumerate().map(|(number, name)| {
        let delegates = if number < 20 { Observed::Present(Vec::new()) } else { mailbox(name, &THREE).delegates };
        ObservedMailbox { form: form(number), delegates, ..mailbox(name, &THREE) }
    });
    let planned = planned(&wanted, &look(&wanted, there.collect(), &people(&THREE)));
    assert_eq!(
        planned.report.refusals.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["would remove 6 of 20 mailboxes (30 %), more than 25 %; if that is meant, pass --allow-removals 6"]
    );
}

#[test]
fn what_is_left_of_accounts_that_are_gone_counts_in_the_guard() {
    let names: Vec<String> = (0..4).map(|number| format!("box{number}@contoso.test")).collect();
    let wanted: Vec<_> = names.iter().map(|name| wanted(name, &THREE)).collect();
    let there = names.iter().map(|name| {
        let mut there = mailbox(name, &THREE);
        let gone = |number: u32| ObservedDelegate {
            who: Principal::Departed { shown: format!("S-1-5-21-{number}") },
            rights: Rights::FULL,
            acceptance: Acceptance::Accepted,
        };
        let list = there.delegates.present().unwrap().iter().cloned().chain((0..2).map(gone)).collect();
        there.delegates = Observed::Present(list);
        there
    });
    let planned = planned(&wanted, &look(&wanted, there.collect(), &people(&THREE)));
    assert_eq!(
        planned.report.refusals.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["would remove 8 of 20 delegates (40 %), more than 25 %; if that is meant, pass --allow-removals 8"]
    );
}

#[test]
fn a_leaver_is_the_state_of_one_mailbox_and_a_misspelt_name_is_a_mistake_in_the_file() {
    let four = ["ana@contoso.test", "bo@contoso.test", "cy@contoso.test", "di@contoso.test"];
    let wanted = [wanted(BOX, &four)];
    let mut everybody = people(&four);
    everybody[3].activity = Inactive::Suspended.into();
    let there = mailbox(BOX, &["ana@contoso.test", "bo@contoso.test", "ed@contoso.test"]);
    everybody.push(person("ed@contoso.test"));
    // Three of four can act: what leaves three is planned, and the fourth is told.
    let left = planned(&wanted, &look(&wanted, vec![there.clone()], &everybody));
    assert_eq!(
        steps(&left),
        [
            "1 backups@contoso.test: give cy@contoso.test access",
            "2 backups@contoso.test: end the access of ed@contoso.test"
        ]
    );
    assert_eq!(left.report.unable().count(), 1);
    assert_eq!(left.report.mistakes(), []);
    // Nobody was ever called that.
    everybody.remove(3);
    let mut slip = planned(&wanted, &look(&wanted, vec![there], &everybody));
    assert_eq!(steps(&slip), ["1 backups@contoso.test: give cy@contoso.test access"]);
    assert_eq!(slip.report.mistakes().len(), 1);
    assert_eq!(slip.report.missing().collect::<Vec<_>>(), [&address("di@contoso.test")]);
    slip.report.had_access(&address("di@contoso.test"));
    assert_eq!((slip.report.mistakes().len(), slip.report.unable().count()), (0, 1));
    // The access list still shows the address of an account that the directory does not have.
    let with_her = mailbox(BOX, &four);
    let gone = planned(&wanted, &look(&wanted, vec![with_her], &everybody));
    assert_eq!((gone.report.mistakes().len(), gone.report.unable().count()), (0, 1));
    assert_eq!(steps(&gone), [""; 0]);
}

#[test]
fn a_policy_cannot_lower_the_quorum() {
    let wanted = [wanted(BOX, &THREE[..2])];
    let policy = Policy { quorum: 1, ..Policy::default() };
    let planned = plan(&wanted, &look(&wanted, vec![], &people(&THREE)), &policy, now(), &options());
    assert!(planned.plan.is_empty());
    assert_eq!(planned.plan.quorum(), 3);
}

#[test]
fn a_plan_survives_its_document_and_an_edited_one_does_not() {
    let wanted = [wanted(BOX, &THREE)];
    let plan = planned(&wanted, &look(&wanted, vec![], &people(&THREE))).plan;
    let text = plan.to_json().unwrap();
    let read = Plan::from_json(&text).unwrap();
    assert_eq!(read, plan);
    assert_eq!(read.wanted()[0].delegates.len(), 3);
    let edited = text.replace("cy@contoso.test", "eve@contoso.test");
    assert!(matches!(Plan::from_json(&edited), Err(DocumentError::Digest { .. })));
    let newer = text.replace("\"version\": 1", "\"version\": 2");
    assert!(matches!(Plan::from_json(&newer), Err(DocumentError::Version { found: 2 })));
    assert!(matches!(Plan::from_json("{}"), Err(DocumentError::Form(_))));
}

#[test]
fn the_time_of_making_and_the_place_in_the_file_are_not_in_the_digest() {
    let mut wanted = [wanted(BOX, &THREE)];
    let look = look(&wanted, vec![], &people(&THREE));
    let one = planned(&wanted, &look).plan;
    wanted[0].place.line = 77;
    let later = now().checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
    let other = plan(&wanted, &look, &Policy::default(), later, &options()).plan;
    assert_eq!(one.digest(), other.digest());
    wanted[0].purpose = "Something else".to_owned();
    assert_ne!(planned(&wanted, &look).plan.digest(), one.digest());
}

#[test]
fn canonical_json_sorts_keys_at_every_depth() {
    let value = serde_json::json!({"b": [{"z": 1, "a": "x\"y"}], "a": null});
    assert_eq!(canonical_json(&value), r#"{"a":null,"b":[{"a":"x\"y","z":1}]}"#);
}

fn edited(planned: &Planned, change: impl FnOnce(&mut Vec<Step>)) -> Plan {
    let mut content = planned.plan.content.clone();
    change(&mut content.steps);
    Plan::new(content, now())
}

#[test]
fn the_linter_finds_what_the_planner_would_never_do() {
    let replaced = [wanted(BOX, &["ana@contoso.test", "bo@contoso.test", "di@contoso.test"])];
    let everybody = people(&["ana@contoso.test", "bo@contoso.test", "cy@contoso.test", "di@contoso.test"]);
    let observed = look(&replaced, vec![mailbox(BOX, &THREE)], &everybody);
    let good = planned(&replaced, &observed);
    assert_eq!(lint(&good.plan, &observed, now()), []);

    let complaints = |change: &dyn Fn(&mut Vec<Step>)| lint(&edited(&good, change), &observed, now()).len();
    assert!(complaints(&|steps| steps.reverse()) > 0, "revoke before grant");
    assert!(complaints(&|steps| steps.retain(|step| step.action.phase() == Phase::Revoke)) > 0, "below quorum");
    assert!(complaints(&|steps| steps[0].mailbox = address("x@contoso.test")) > 0, "not named");
    assert!(complaints(&|steps| steps[0].action = Action::Retire) > 0, "not retired");
    assert!(complaints(&|steps| steps[0].action = Action::Mark) > 0, "not to be taken over");
    let stranger = person("eve@contoso.test").as_ref();
    let grant = Action::Grant { person: stranger };
    assert!(complaints(&|steps| steps[0].action = grant.clone()) > 0, "not wanted");
    let wanted_one = Action::Revoke { principal: delegate("bo@contoso.test").who };
    assert!(complaints(&|steps| steps[1].action = wanted_one.clone()) > 0, "wanted");
    let create = Action::Create {
        kind: Kind::SharedMailbox,
        name: String::new(),
        purpose: String::new(),
        sign_in: SignInWord::Blocked,
    };
    assert!(complaints(&|steps| steps[0].action = create.clone()) > 0, "there already");

    let mut dark = observed.clone();
    dark.mailboxes.insert(address(BOX), unknown("503"));
    assert!(!lint(&good.plan, &dark, now()).is_empty(), "unknown");
}
