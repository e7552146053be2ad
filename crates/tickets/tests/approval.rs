//! Who may approve what.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod samples;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use samples::{address, now, options, person, request, sample_plan, wanted};
use tripod_model::{Kind, Policy};
use tripod_provisioner::{Plan, plan};
use tripod_tenant::{ErrorKind, Inactive, Observation, Observed, Person, Unknown};
use tripod_tickets::approval::{Approval, ApprovalPolicy, ApprovalRefusal, Case, judge};

fn the_plan() -> Plan {
    let mailbox = wanted("backups@contoso.com", Kind::SharedMailbox, &["ana", "bob", "cy"]);
    let mut look = Observation::default();
    look.mailboxes.insert(mailbox.address.clone(), Observed::Absent);
    for delegate in &mailbox.delegates {
        look.people.insert(delegate.address.clone(), Observed::Present(person(delegate.address.as_str())));
    }
    plan(&[mailbox], &look, &Policy::default(), now(), &options()).plan
}

fn policy() -> ApprovalPolicy {
    let leads = BTreeSet::from(["lee", "bob", "ana"].map(|name| address(&format!("{name}@contoso.com"))));
    ApprovalPolicy { groups: BTreeMap::from([("it-leads".to_owned(), leads)]), ..ApprovalPolicy::default() }
}

/// What is said against an approval by `by`, whose record a test may change, some hours after the plan.
fn against(
    by: &str,
    hours: i64,
    change: impl FnOnce(&mut Person, &mut Approval, &mut ApprovalPolicy),
) -> Vec<ApprovalRefusal> {
    let (plan, request) = (the_plan(), request());
    let mut approver = person(by);
    let mut approval = Approval { by: address(by), digest: plan.digest().clone(), at: now() };
    let mut policy = policy();
    change(&mut approver, &mut approval, &mut policy);
    let people: BTreeMap<_, _> =
        request.people.iter().map(|one| (one.clone(), Observed::Present(person(one.as_str())))).collect();
    judge(
        &approval,
        &Case {
            request: &request,
            plan: &plan,
            policy: &policy,
            approver: &Observed::Present(approver),
            requester: &Observed::Present(person("ana@contoso.com")),
            people: &people,
            now: now() + SignedDuration::from_hours(hours),
        },
    )
}

#[test]
fn somebody_who_may_approves() {
    assert_eq!(against("lee@contoso.com", 1, |_, _, _| {}), []);
}

#[test]
fn nobody_may_until_somebody_is_named() {
    let refusals = against("lee@contoso.com", 1, |_, _, policy| *policy = ApprovalPolicy::default());
    assert_eq!(refusals, [ApprovalRefusal::NotAllowed { by: address("lee@contoso.com") }]);
}

#[test]
fn the_requester_does_not_approve_under_any_address() {
    let by = || address("ana@contoso.com");
    let own = against("ana@contoso.com", 1, |_, _, policy| policy.delegates_may_approve = true);
    assert_eq!(own, [ApprovalRefusal::Requester { by: by() }]);
    let alias = against("lee@contoso.com", 1, |person, _, policy| {
        policy.delegates_may_approve = true;
        person.aliases.push(by());
    });
    assert_eq!(alias, [ApprovalRefusal::Requester { by: address("lee@contoso.com") }]);
    let same_id = against("lee@contoso.com", 1, |person, _, policy| {
        policy.delegates_may_approve = true;
        person.id = samples::person("ana@contoso.com").id;
    });
    assert_eq!(same_id.len(), 1);
}

#[test]
fn who_is_to_get_access_may_be_barred() {
    let by = address("bob@contoso.com");
    assert_eq!(against("bob@contoso.com", 1, |_, _, _| {}), [ApprovalRefusal::Delegate { by }]);
    assert_eq!(against("bob@contoso.com", 1, |_, _, policy| policy.delegates_may_approve = true), []);
}

#[test]
fn an_approval_is_of_one_plan_and_does_not_last() {
    let other = against("lee@contoso.com", 1, |_, approval, _| approval.digest = sample_plan().digest().clone());
    assert!(matches!(other[..], [ApprovalRefusal::OtherPlan { .. }]), "{other:?}");
    assert_eq!(against("lee@contoso.com", 168, |_, _, _| {}), []);
    let aged = against("lee@contoso.com", 169, |_, _, _| {});
    assert!(matches!(aged[..], [ApprovalRefusal::Aged { hours: 168, .. }]), "{aged:?}");
    for shift in [-1, 2] {
        let odd = against("lee@contoso.com", 1, |_, approval, _| approval.at += SignedDuration::from_hours(shift));
        assert!(matches!(odd[..], [ApprovalRefusal::Time { .. }]), "{odd:?}");
    }
}

#[test]
fn an_approver_can_act() {
    let gone = against("lee@contoso.com", 1, |person, _, _| person.activity = Inactive::Disabled.into());
    assert!(matches!(gone[..], [ApprovalRefusal::Inactive { .. }]), "{gone:?}");
}

#[test]
fn what_is_unknown_never_counts_as_yes() {
    let (plan, request, policy) = (the_plan(), request(), policy());
    let unknown = Observed::Unknown(Unknown { kind: ErrorKind::Unavailable, reason: "no answer".to_owned() });
    let lee = Observed::Present(person("lee@contoso.com"));
    let approval = Approval { by: address("lee@contoso.com"), digest: plan.digest().clone(), at: now() };
    let people: BTreeMap<_, _> =
        request.people.iter().map(|one| (one.clone(), Observed::Present(person(one.as_str())))).collect();
    for (approver, requester) in [(&unknown, &lee), (&lee, &unknown), (&Observed::Absent, &lee)] {
        let case =
            Case { request: &request, plan: &plan, policy: &policy, approver, requester, people: &people, now: now() };
        assert!(!judge(&approval, &case).is_empty());
    }
}
