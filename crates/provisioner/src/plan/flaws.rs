//! Plans that a person edited who knows how a digest is made.

use super::tests::ten_of_thirty_go;
use super::*;
use crate::samples::{address, now, options};

#[test]
fn a_plan_that_was_edited_together_with_its_digest_is_refused_for_what_does_not_follow() {
    let (wanted, look) = ten_of_thirty_go();
    let policy = Policy { removal_percent: 20, ..Policy::default() };
    let plan = plan(&wanted, &look, &policy, now(), &options()).plan;
    assert_eq!(plan.refusals().len(), 1);
    let flaw = |change: &dyn Fn(&mut Content)| {
        let mut content = plan.content.clone();
        change(&mut content);
        let text = Plan::new(content, now()).to_json().unwrap();
        match Plan::from_json(&text) {
            Err(DocumentError::Flaw { flaw }) => flaw,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(flaw(&|plan| plan.refusals.clear()), "its refusals are not those of its steps");
    assert_eq!(flaw(&|plan| plan.policy.removal_percent = 100), "its policy is laxer than the built-in rules");
    assert_eq!(flaw(&|plan| plan.policy.removals_counted_from = 1000), "its policy is laxer than the built-in rules");
    assert_eq!(flaw(&|plan| plan.policy.quorum = 2), "its policy is laxer than the built-in rules");
    assert_eq!(flaw(&|plan| plan.steps[0].number = 7), "step 1 has the number 7");
    let twice = |plan: &mut Content| {
        plan.steps.push(plan.steps[9].clone());
        plan.steps[10].number = 11;
        plan.refusals = safety::refusals(&plan.steps, &plan.basis, &plan.policy, None);
    };
    assert_eq!(flaw(&twice), "its steps are not in order, or one is there twice");
    let swapped = |plan: &mut Content| {
        plan.steps.swap(0, 1);
        (plan.steps[0].number, plan.steps[1].number) = (1, 2);
    };
    assert_eq!(flaw(&swapped), "its steps are not in order, or one is there twice");
    let elsewhere = |plan: &mut Content| plan.steps[0].tenant = tripod_model::TenantName("example".to_owned());
    assert_eq!(flaw(&elsewhere), "step 1 is in another tenant than its mailbox");
    let stranger = |plan: &mut Content| plan.steps[0].mailbox = address("a@contoso.test");
    assert_eq!(flaw(&stranger), "step 1 is for a mailbox that the plan does not name");
    // A look at more than the plan is for would make its removals seem few.
    let inflated = |plan: &mut Content| {
        let many = plan.basis.mailboxes.values().next().unwrap().clone();
        plan.basis.mailboxes.insert(address("more@contoso.test"), many);
        plan.refusals = safety::refusals(&plan.steps, &plan.basis, &plan.policy, None);
    };
    assert_eq!(flaw(&inflated), "it was not made from a look at its own mailboxes");
    let people = |plan: &mut Content| drop(plan.basis.people.pop_first());
    assert_eq!(flaw(&people), "it was not made from a look at its own people");
}
