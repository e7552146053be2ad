//! Which of the answers at a desk approve the plan of a ticket.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tripod_model::Address;
use tripod_provisioner::Plan;
use tripod_tenant::{ErrorKind, Observed, Person, Unknown};
use tripod_tickets::approval::{Approval, ApprovalPolicy, ApprovalRefusal, Case as ApprovalCase, judge};
use tripod_tickets::desk::{Answers, Given, Says};
use tripod_tickets::request::Request;

use super::case::OnShow;

/// The most answers that are passed over of which a ticket is told; the latest are.
const MOST_TOLD: usize = 20;

/// What answers are held against.
pub(super) struct Against<'a> {
    pub request: &'a Request,
    pub plan: &'a Plan,
    pub policy: &'a ApprovalPolicy,
    /// What the directories say of everybody who matters.
    pub people: &'a BTreeMap<Address, Observed<Person>>,
    /// The desk's id of the account that opened the ticket.
    pub opener: Option<&'a str>,
    pub now: Timestamp,
}

/// The approvals that name their plan.
pub(super) fn named(answers: &Answers) -> Vec<Approval> {
    let named = |given: &Given| match &given.says {
        Says::Names(digest) => Some(Approval { by: given.by.clone(), digest: digest.clone(), at: given.at }),
        Says::NotBefore(_) => None,
    };
    answers.given.iter().filter_map(named).collect()
}

/// The approval that counts, or what speaks against each.
pub(super) fn counted(
    answers: &Answers,
    against: &Against<'_>,
    on_show: Option<&OnShow>,
    spent: &BTreeSet<Approval>,
) -> Result<Approval, Vec<String>> {
    let mut refusals = Vec::new();
    for given in &answers.given {
        let by = &given.by;
        let digest = match &given.says {
            Says::Names(digest) => digest.clone(),
            Says::NotBefore(earliest) => match on_show {
                // Times may have no fractions: what is of the same second may have come before.
                Some(on_show) if *earliest > on_show.since => against.plan.digest().clone(),
                _ => {
                    refusals.push(format!(
                        "the approval of {by} may be older than the plan that is shown here; it needs a new one"
                    ));
                    continue;
                }
            },
        };
        let approval = Approval { by: by.clone(), digest, at: given.at };
        if spent.contains(&approval) && approval.digest == *against.plan.digest() {
            refusals.push(format!("the approval of {by} was for an earlier plan; it needs a new one"));
            continue;
        }
        let found = objections(&approval, &given.account, against);
        if found.is_empty() {
            return Ok(approval);
        }
        refusals.extend(found);
    }
    let told = answers.passed_over.len().saturating_sub(MOST_TOLD);
    refusals.extend(answers.passed_over[told..].iter().map(ToString::to_string));
    Err(refusals)
}

/// Why an approval, under which a plan is being carried out, counts no longer; nothing if it does.
pub(super) fn no_longer(approval: &Approval, answers: &Answers, against: &Against<'_>) -> Vec<String> {
    let is_it = |given: &&Given| {
        given.by == approval.by
            && given.at == approval.at
            && match &given.says {
                Says::Names(digest) => *digest == approval.digest,
                Says::NotBefore(_) => true,
            }
    };
    match answers.given.iter().find(is_it) {
        Some(given) => objections(approval, &given.account, against),
        None => vec![format!("the approval of {} is no longer there", approval.by)],
    }
}

fn objections(approval: &Approval, account: &str, against: &Against<'_>) -> Vec<String> {
    let unknown = Observed::Unknown(Unknown { kind: ErrorKind::Invalid, reason: "it was not asked for".to_owned() });
    let case = ApprovalCase {
        request: against.request,
        plan: against.plan,
        policy: against.policy,
        approver: against.people.get(&approval.by).unwrap_or(&unknown),
        requester: against.people.get(&against.request.requester).unwrap_or(&unknown),
        people: against.people,
        now: against.now,
    };
    let mut refusals = judge(approval, &case);
    // Whatever address the account has at the desk, whoever opened the ticket with it does not approve it.
    let requester = ApprovalRefusal::Requester { by: approval.by.clone() };
    if against.opener == Some(account) && !refusals.contains(&requester) {
        refusals.push(requester);
    }
    refusals.iter().map(ToString::to_string).collect()
}
