//! Plans that were tampered with, journals that cannot be written, days that have come: nothing is carried out then.

use std::time::Duration;

use serde_json::{Value, json};
use tripod_model::{State, WantedMailbox};
use tripod_tenant::{Clock, ErrorKind, Obstacle};

use super::tests::{ANA, BO, BOX, Bench, CY, DI, everybody, has_access, stands};
use super::*;
use crate::journal::chain::entry_hash;
use crate::plan::canonical_json;
use crate::samples::{address, tenant, wanted};

/// The plan as somebody would have it who knows how a digest is made.
fn edited(plan: &Plan, change: impl FnOnce(&mut Value)) -> Plan {
    let mut document: Value = serde_json::from_str(&plan.to_json().unwrap()).unwrap();
    change(&mut document["plan"]);
    document["digest"] = entry_hash("", &canonical_json(&document["plan"])).into();
    Plan::from_json(&document.to_string()).unwrap()
}

fn step(action: &Value) -> Value {
    json!([{"number": 1, "tenant": tenant(), "mailbox": BOX, "action": action}])
}

#[tokio::test]
async fn a_step_that_does_not_follow_from_what_was_seen_is_not_carried_out() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    // It breaks no invariant, and nobody asked for it.
    let rename = step(&json!({"rename": {"from": "Backups", "to": "Mine"}}));
    let Err(ApplyError::Outdated { difference }) = bench.apply(&edited(&plan, |plan| plan["steps"] = rename)).await
    else {
        panic!("it was carried out")
    };
    assert_eq!(difference, ["backups@contoso.test: it needs other changes today than when the plan was made"]);
    assert_eq!(fake.calls(), [""; 0]);
}

#[tokio::test]
async fn a_step_that_breaks_an_invariant_is_not_carried_out_whatever_the_plan_says_was_seen() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    let revoke = step(&json!({"revoke": {"principal": {"account": {"address": CY, "id": null}}}}));
    let change = |plan: &mut Value| {
        plan["steps"] = revoke;
        plan["basis"]["mailboxes"][BOX] = "unknown".into();
    };
    let Err(ApplyError::Unsafe(violations)) = bench.apply(&edited(&plan, change)).await else {
        panic!("it was carried out")
    };
    assert_eq!(violations[0].message, "cy@contoso.test loses access and is a wanted delegate");
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY]);
}

#[tokio::test]
async fn a_plan_of_yesterday_is_refused_when_the_day_of_retirement_has_come() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let state = State::Retired { on: "2026-11-24".parse().unwrap() };
    let plan = bench.plan(&[WantedMailbox { state, ..wanted(BOX, &[ANA, BO, CY, DI]) }]).await.plan;
    assert_eq!(plan.steps().len(), 1);
    bench.clock.sleep(Duration::from_hours(24)).await;
    assert!(matches!(bench.apply(&plan).await, Err(ApplyError::Outdated { .. })));
    assert_eq!(fake.calls(), [""; 0]);
}

#[tokio::test]
async fn what_came_to_stand_in_the_way_since_the_plan_was_made_keeps_a_mailbox_from_being_made() {
    let fake = everybody();
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    fake.state().obstacles.push(Obstacle {
        mailboxes: vec![address(BOX)],
        message: "delegation is off".to_owned(),
        remedy: "turn it on".to_owned(),
        kind: ErrorKind::SetUp,
    });
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, Outcome::SetUp);
    assert_eq!(report.failures().next().unwrap().2.message, "delegation is off; turn it on");
    assert_eq!(fake.calls(), [""; 0]);
}

/// A journal whose steps cannot be written any more, as on a disk that is full.
fn full_disk(bench: &Bench, operation: &str) {
    let trigger = format!("CREATE TRIGGER full BEFORE {operation} ON steps BEGIN SELECT RAISE(ABORT, 'full'); END");
    drop(bench.journal());
    rusqlite::Connection::open(bench.journal_path()).unwrap().execute_batch(&trigger).unwrap();
}

#[tokio::test]
async fn what_cannot_be_journalled_is_not_sent_and_after_what_could_not_be_nothing_more_is() {
    for (operation, calls) in [("INSERT", &[][..]), ("UPDATE", &["create backups@contoso.test"])] {
        let fake = everybody();
        let bench = Bench::with(&[(tenant(), &fake)]);
        let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
        full_disk(&bench, operation);
        assert!(matches!(bench.apply(&plan).await, Err(ApplyError::Journal(_))), "{operation}");
        assert_eq!(fake.calls(), calls, "{operation}");
        assert!(bench.journal().unfinished(plan.digest()).unwrap().is_some());
    }
}

#[tokio::test]
async fn a_create_whose_reply_was_lost_is_known_to_the_next_run_and_a_first_one_is_known_as_such() {
    let fake = everybody();
    fake.state().lost.insert(format!("create {BOX}"));
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::Unavailable);
    fake.state().invisible.insert(address(BOX));
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::Done);
    assert_eq!(fake.state().attempted_before, [false, true]);
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY]);
}

#[tokio::test]
async fn a_mailbox_of_which_nothing_was_said_is_not_taken_for_made() {
    let fake = everybody();
    fake.state().silent = true;
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, Outcome::Unavailable);
    assert_eq!(report.mailboxes[0].state, MailboxState::Failed);
    assert_eq!(fake.calls(), ["create backups@contoso.test"]);
}

#[test]
fn a_mailbox_that_was_made_and_never_seen_is_believed_in_for_a_day_and_no_longer() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let fake = everybody();
    let bench = Bench::with(&[(tenant(), &fake)]);
    let wanted = [wanted(BOX, &[ANA, BO, CY])];
    let plan = runtime.block_on(bench.plan(&wanted)).plan;
    fake.state().dies_after = Some(1);
    bench.apply_until_death(&plan);
    fake.state().dies_after = None;
    fake.state().mailboxes.clear();
    runtime.block_on(bench.clock.sleep(Duration::from_hours(25)));
    assert_eq!(runtime.block_on(bench.apply(&plan)).unwrap().outcome, Outcome::Done);
    assert_eq!(fake.calls().iter().filter(|call| call.starts_with("create")).count(), 2);
}
