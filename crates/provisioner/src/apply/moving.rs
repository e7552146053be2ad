//! What changes between the look that a plan is held against and its last step.

use std::time::Duration;

use tripod_model::Policy;
use tripod_tenant::{Clock, Inactive, Observed};

use super::tests::{ANA, BO, BOX, Bench, CY, DI, everybody, has_access, stands};
use super::*;
use crate::samples::{address, mailbox, person, tenant, wanted};

const NEW: &str = "another@contoso.test";

#[tokio::test]
async fn a_person_who_leaves_while_a_new_mailbox_is_waited_for_is_counted_no_more_and_nobody_is_removed() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, DI]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let hour = bench.clock.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    fake.state().people.get_mut(&address(CY)).unwrap().leaves = Some(hour);
    fake.state().ready_after = Some((Arc::clone(&bench.clock), Duration::from_hours(2)));
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY]), wanted(NEW, &[ANA, BO, DI])]).await.plan;
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(has_access(&fake, BOX), [ANA, BO, DI]);
    assert_eq!(has_access(&fake, NEW), [ANA, BO, DI]);
    assert_eq!(report.outcome, Outcome::HeldBack);
    let reasons: Vec<_> = report.held_back().map(|(mailbox, _, reason)| (mailbox.mailbox.as_str(), reason)).collect();
    assert_eq!(
        reasons,
        [
            (BOX, "cy@contoso.test cannot be a delegate now: left on 2026-11-23, 10:00 UTC"),
            (BOX, "2 active delegates are left after the access of di@contoso.test ends, fewer than 3"),
        ]
    );
}

#[tokio::test]
async fn what_another_administrator_takes_away_meanwhile_keeps_the_rest_in() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    // Bo's account is closed right after Di was let in.
    fake.state().after.insert(
        format!("grant {BOX} {DI}"),
        Box::new(|state| {
            state.people.get_mut(&address(BO)).unwrap().activity = Inactive::Disabled.into();
        }),
    );
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY, DI]);
    assert_eq!(report.outcome, Outcome::HeldBack);
    assert_eq!(report.mailboxes[0].active_delegates, Some(3));
}

#[tokio::test]
async fn a_tenant_that_does_not_answer_right_before_access_ends_is_no_leave_to_end_it() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    fake.state().after.insert(format!("grant {BOX} {DI}"), Box::new(|state| state.unreadable = true));
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY, DI]);
    assert_eq!(report.outcome, Outcome::Unavailable);
}

#[tokio::test]
async fn a_grant_that_fails_holds_back_only_as_much_as_the_quorum_needs() {
    let fake = everybody();
    // Eve and a former colleague have access that they are not to have; Eve is needed until Di is in.
    let former = person("former@contoso.test");
    let eve = person("eve@contoso.test");
    for who in [former, eve] {
        fake.state().people.insert(who.address.clone(), who);
    }
    fake.leaves("former@contoso.test");
    stands(&fake, &[ANA, BO, "eve@contoso.test", "former@contoso.test"]);
    fake.state().failing.insert(format!("grant {BOX} {DI}"));
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(has_access(&fake, BOX), [ANA, BO, "eve@contoso.test"]);
    assert_eq!(report.outcome, Outcome::SetUp);
    assert_eq!(report.held_back().count(), 1);
}

#[tokio::test]
async fn a_setting_that_cannot_be_made_keeps_nobody_out_and_no_other_change_from_being_made() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, DI]);
    {
        let mut state = fake.state();
        let there = state.mailboxes.get_mut(&address(BOX)).unwrap();
        there.name = "Old".to_owned();
        there.settings.values_mut().for_each(|setting| *setting = Observed::Present(false));
        state.failing_once.insert(format!("configure {BOX}"));
    }
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY]);
    assert_eq!(report.mailboxes[0].state, MailboxState::Failed);
    assert_eq!(report.mailboxes[0].active_delegates, Some(3));
    let failed: Vec<_> = report.failures().map(|(_, step, _)| step.action.words()).collect();
    assert_eq!(failed, ["rename it from «Old» to «Backups»"]);
}

#[tokio::test]
async fn a_result_below_the_quorum_is_no_success() {
    let fake = everybody();
    stands(&fake, &[ANA, BO]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    fake.state().after.insert(
        format!("grant {BOX} {CY}"),
        Box::new(|state| {
            state.people.get_mut(&address(BO)).unwrap().activity = Inactive::Disabled.into();
        }),
    );
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!((report.outcome, report.mailboxes[0].active_delegates), (Outcome::BelowQuorum, Some(2)));
}

#[tokio::test]
async fn a_finished_plan_does_nothing_again_whatever_happened_since() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::Done);
    let calls = fake.calls();
    let again = bench.apply(&plan).await.unwrap();
    assert_eq!(again.outcome, Outcome::Done);
    assert_eq!(again.finished_before.as_deref(), Some("2026-11-23T09:00:00Z"));
    // Cy is wanted again, and has access again.
    stands(&fake, &[ANA, BO, CY, DI]);
    let Err(error) = bench.apply(&plan).await else { panic!("it was carried out again") };
    assert_eq!(
        error.to_string(),
        "this plan was carried out and finished at 2026-11-23T09:00:00Z, and is not carried out again \
         (backups@contoso.test: «end the access of cy@contoso.test» was carried out, and is no longer so)"
    );
    // Everything is as it was before the plan.
    stands(&fake, &[ANA, BO, CY]);
    assert!(matches!(bench.apply(&plan).await, Err(ApplyError::Finished { .. })));
    assert_eq!(fake.calls(), calls);
    // A plan that is made now is another one, though it says the same.
    bench.clock.sleep(Duration::from_secs(1)).await;
    let new = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    assert_eq!(new.digest(), plan.digest());
    assert_eq!(bench.apply(&new).await.unwrap().outcome, Outcome::Done);
    assert_eq!(has_access(&fake, BOX), [ANA, BO, DI]);
}

#[tokio::test]
async fn a_begun_plan_finishes_only_its_own_unfinished_steps() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    fake.state().failing.insert(format!("revoke {BOX} {CY}"));
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::SetUp);
    // Di was let in, and that was seen. Since then another administrator has taken her out.
    stands(&fake, &[ANA, BO, CY]);
    let Err(ApplyError::Outdated { difference }) = bench.apply(&plan).await else { panic!("it was carried out") };
    assert_eq!(
        difference,
        ["backups@contoso.test: «give di@contoso.test access» was carried out, and is no longer so"]
    );
    stands(&fake, &[ANA, BO, CY, DI]);
    fake.state().failing.clear();
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::Done);
    assert_eq!(has_access(&fake, BOX), [ANA, BO, DI]);
}

#[tokio::test]
async fn a_plan_is_held_against_the_policy_of_now() {
    let fake = everybody();
    let eve = person("eve@contoso.test");
    fake.state().people.insert(eve.address.clone(), eve);
    stands(&fake, &[ANA, BO, CY, DI, "eve@contoso.test"]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY, DI])]).await.plan;
    let fresh = bench.look(&plan.wanted()).await;
    let five = Policy { quorum: 5, ..Policy::default() };
    let Err(ApplyError::Unsafe(violations)) = bench.apply_by(&plan, &fresh, &five, None).await else {
        panic!("it was carried out")
    };
    assert_eq!(
        violations[0].message,
        "4 active delegates are left after the access of eve@contoso.test ends, fewer than 5"
    );
    let few = Policy { removal_percent: 10, removals_counted_from: 1, ..Policy::default() };
    assert!(matches!(bench.apply_by(&plan, &fresh, &few, None).await, Err(ApplyError::Refused(_))));
    let lax = Policy { quorum: 1, removal_percent: 100, ..Policy::default() };
    assert_eq!(bench.apply_by(&plan, &fresh, &lax, None).await.unwrap().outcome, Outcome::Done);
}

#[tokio::test]
async fn leave_to_remove_much_is_not_taken_from_the_plan() {
    let fake = everybody();
    let boxes: Vec<_> = (0..4).map(|number| wanted(&format!("box{number}@contoso.test"), &[ANA, BO, CY])).collect();
    for wanted in &boxes {
        let there = mailbox(wanted.address.as_str(), &[ANA, BO, CY, DI, "eve@contoso.test"]);
        fake.state().mailboxes.insert(wanted.address.clone(), there);
    }
    let eve = person("eve@contoso.test");
    fake.state().people.insert(eve.address.clone(), eve);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let look = bench.look(&boxes).await;
    let options = crate::samples::options().allow_removals(Some(8));
    let plan = crate::plan::plan(&boxes, &look, &Policy::default(), bench.clock.now(), &options).plan;
    assert_eq!(plan.refusals(), []);
    let Err(error) = bench.apply_by(&plan, &look, &Policy::default(), None).await else { panic!("it was carried out") };
    assert!(error.to_string().ends_with("if that is meant, pass --allow-removals 8"), "{error}");
    assert_eq!(bench.apply_by(&plan, &look, &Policy::default(), Some(8)).await.unwrap().outcome, Outcome::Done);
}

#[tokio::test]
async fn rights_that_show_late_are_waited_for_before_access_ends() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    // For a while reads show Di as one who reads only.
    fake.state().late = Some((address(DI), 3));
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(has_access(&fake, BOX), [ANA, BO, DI]);
}
