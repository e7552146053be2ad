//! What evidence says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, TenantName};
use tripod_provisioner::journal::JournalStep;
use tripod_provisioner::journal::chain::Head;
use tripod_provisioner::plan::Basis;
use tripod_provisioner::{Action, ApplyReport, Digest, Plan, StepState};
use tripod_tenant::Observation;

use crate::approval::Approval;
use crate::request::Request;

/// One record of a ticket's work, made after its plan was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evidence {
    /// The version of this form.
    pub version: u32,
    /// The ticket as its desk names it, where there was one.
    pub ticket: Option<String>,
    /// What was asked for, where there was a ticket.
    pub request: Option<Request>,
    /// The plan that was carried out.
    pub plan: Digest,
    /// When the plan was made.
    pub plan_made: Timestamp,
    /// Who approved it.
    pub approvals: Vec<Approval>,
    /// When its carrying out began.
    pub begun: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How it went: `done`, `unconfirmed`, `unavailable`, `set-up` or `failed`.
    pub outcome: String,
    /// Every step of the plan in its order.
    pub steps: Vec<EvidenceStep>,
    /// What the plan was made from.
    pub before: Basis,
    /// What the tenants said afterwards.
    pub after: Basis,
    /// What the check of the mailboxes gave afterwards.
    pub verification: Option<VerificationSummary>,
    /// Where the journal ended, so that a journal that was cut off or written anew shows.
    pub journal: Option<Head>,
}

/// What came of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EvidenceStep {
    /// Its number in the plan.
    pub number: u32,
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox.
    pub mailbox: Address,
    /// What was to be done.
    pub action: Action,
    /// `already-so`, `confirmed`, `unconfirmed`, `failed` or `not-tried`.
    pub state: String,
    /// Why it failed, where it did.
    pub failure: Option<String>,
    /// The provider's id of the request, where it gave one.
    pub request_id: Option<String>,
    /// Who carried it out.
    pub by: Option<String>,
    /// When it was about to be sent.
    pub intended: Option<Timestamp>,
    /// When its outcome was known.
    pub settled: Option<Timestamp>,
    /// When a read showed it.
    pub confirmed: Option<Timestamp>,
}

/// What a check of the mailboxes gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerificationSummary {
    /// When it was made.
    pub at: Timestamp,
    /// How many mailboxes were looked at.
    pub mailboxes: usize,
    /// The findings, a sentence each.
    pub findings: Vec<String>,
}

/// Where evidence does not match the plan that it is said to be of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// It is of another plan.
    #[error("this evidence is of the plan {found}, not of {wanted}", found = .found.short(), wanted = .wanted.short())]
    Plan {
        /// The plan that it names.
        found: Digest,
        /// The plan that it was held against.
        wanted: Digest,
    },
    /// A step of the plan is not in it, or is another one there.
    #[error("step {0} of the plan is not in this evidence as it stands in the plan")]
    Step(u32),
    /// It tells of a step that the plan does not have, or tells of one twice.
    #[error("step {0} of this evidence is not in the plan, or is there twice")]
    Added(u32),
    /// What it says the plan was made from is something else.
    #[error("what this evidence says was there before is not what the plan was made from")]
    Before,
}

/// What evidence is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The ticket and its request, where there was one.
    pub ticket: Option<(&'a str, &'a Request)>,
    /// The plan.
    pub plan: &'a Plan,
    /// Who approved it.
    pub approvals: &'a [Approval],
    /// What came of it.
    pub report: &'a ApplyReport,
    /// What the journal recorded of its steps ([`tripod_provisioner::Journal::steps`]).
    pub journal_steps: &'a BTreeMap<u32, JournalStep>,
    /// Where the journal ends ([`tripod_provisioner::Journal::head`]).
    pub journal: Option<&'a Head>,
    /// A look at the tenants afterwards.
    pub after: &'a Observation,
    /// What the check of the mailboxes gave.
    pub verification: Option<&'a VerificationSummary>,
}

impl Evidence {
    /// Gathers the evidence.
    #[must_use]
    pub fn gather(sources: &Sources<'_>) -> Self {
        let Sources { plan, report, .. } = sources;
        let states: BTreeMap<u32, &StepState> =
            report.mailboxes.iter().flat_map(|mailbox| &mailbox.steps).map(|step| (step.number, &step.state)).collect();
        let steps = plan.steps().iter().map(|step| {
            let recorded = sources.journal_steps.get(&step.number);
            let state = states.get(&step.number).copied().unwrap_or(&StepState::NotTried);
            let time = |text: Option<&String>| text.and_then(|text| text.parse().ok());
            let (failure, failed_request) = match state {
                StepState::Failed(failure) => (Some(failure.message.clone()), failure.request_id.clone()),
                StepState::HeldBack { reason } => (Some(reason.clone()), None),
                _ => (None, None),
            };
            EvidenceStep {
                number: step.number,
                tenant: step.tenant.clone(),
                mailbox: step.mailbox.clone(),
                action: step.action.clone(),
                state: state_word(state).to_owned(),
                failure,
                request_id: failed_request.or_else(|| recorded.and_then(|step| step.request_id.clone())),
                by: recorded.map(|step| step.by.clone()),
                intended: time(recorded.map(|step| &step.intended)),
                settled: time(recorded.and_then(|step| step.settled.as_ref())),
                confirmed: time(recorded.and_then(|step| step.confirmed.as_ref())),
            }
        });
        // Planning again is pure, and its basis is exactly what a plan would be made from now.
        let again =
            tripod_provisioner::plan(&plan.wanted(), sources.after, plan.policy(), report.finished, &plan.options());
        Self {
            version: 1,
            ticket: sources.ticket.map(|(id, _)| id.to_owned()),
            request: sources.ticket.map(|(_, request)| request.clone()),
            plan: plan.digest().clone(),
            plan_made: plan.made(),
            approvals: sources.approvals.to_vec(),
            begun: report.begun,
            finished: report.finished,
            outcome: report.outcome.word().to_owned(),
            steps: steps.collect(),
            before: plan.basis().clone(),
            after: again.plan.basis().clone(),
            verification: sources.verification.cloned(),
            journal: sources.journal.cloned(),
        }
    }

    /// Where this evidence does not match a plan: whoever holds the key could still leave a step out.
    #[must_use]
    pub fn gaps(&self, plan: &Plan) -> Vec<Gap> {
        if self.plan != *plan.digest() {
            return vec![Gap::Plan { found: self.plan.clone(), wanted: plan.digest().clone() }];
        }
        let mut gaps = Vec::new();
        let told: BTreeMap<u32, &EvidenceStep> = self.steps.iter().map(|step| (step.number, step)).collect();
        for step in plan.steps() {
            let same = |told: &EvidenceStep| {
                (&told.tenant, &told.mailbox, &told.action) == (&step.tenant, &step.mailbox, &step.action)
            };
            if !told.get(&step.number).is_some_and(|told| same(told)) {
                gaps.push(Gap::Step(step.number));
            }
        }
        let mut seen = BTreeSet::new();
        let twice = self.steps.iter().map(|step| step.number).filter(|number| !seen.insert(*number));
        gaps.extend(twice.map(Gap::Added));
        let planned: BTreeSet<u32> = plan.steps().iter().map(|step| step.number).collect();
        gaps.extend(told.keys().filter(|number| !planned.contains(number)).map(|number| Gap::Added(*number)));
        if self.before != *plan.basis() {
            gaps.push(Gap::Before);
        }
        gaps
    }
}

fn state_word(state: &StepState) -> &'static str {
    match state {
        StepState::AlreadySo => "already-so",
        StepState::Confirmed => "confirmed",
        StepState::Unconfirmed => "unconfirmed",
        StepState::HeldBack { .. } => "held-back",
        StepState::Failed(_) => "failed",
        StepState::NotTried => "not-tried",
    }
}
