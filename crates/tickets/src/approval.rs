//! Who may approve a plan, and which approvals still count. Pure rules.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tripod_model::Address;
use tripod_provisioner::{Action, Digest, Plan};
use tripod_tenant::{Activity, Inactive, Observed, Person};

use crate::request::Request;

/// How far the clock of a desk may run ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_secs(300);

/// That somebody approves a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approval {
    /// Who, as the desk vouches for them.
    pub by: Address,
    /// The plan.
    pub digest: Digest,
    /// When.
    pub at: Timestamp,
}

/// Who may approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ApprovalPolicy {
    /// The people who may approve.
    #[serde(default)]
    pub approvers: BTreeSet<Address>,
    /// More of them, by a name that messages use, e.g. `it-leads`.
    #[serde(default)]
    pub groups: BTreeMap<String, BTreeSet<Address>>,
    /// Whether somebody who is to get access by the plan may approve it.
    #[serde(default)]
    pub delegates_may_approve: bool,
    /// How long an approval counts, in hours.
    #[serde(default = "a_week")]
    pub hours: u32,
}

fn a_week() -> u32 {
    168
}

impl Default for ApprovalPolicy {
    /// Nobody may approve until somebody is named.
    fn default() -> Self {
        Self { approvers: BTreeSet::new(), groups: BTreeMap::new(), delegates_may_approve: false, hours: a_week() }
    }
}

impl ApprovalPolicy {
    /// Whether somebody may approve by this policy.
    #[must_use]
    pub fn names(&self, who: &Address) -> bool {
        self.approvers.contains(who) || self.groups.values().any(|group| group.contains(who))
    }

    /// How long an approval counts.
    #[must_use]
    pub fn longest_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.hours) * 60 * 60)
    }
}

/// What an approval is held against.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The request.
    pub request: &'a Request,
    /// The plan that is to be carried out.
    pub plan: &'a Plan,
    /// The rules.
    pub policy: &'a ApprovalPolicy,
    /// What the directory says of the approver.
    pub approver: &'a Observed<Person>,
    /// What the directory says of the requester, so that an alias of theirs is known.
    pub requester: &'a Observed<Person>,
    /// What the directory says of those whom the plan gives access; looked at if they are barred from approving.
    pub people: &'a BTreeMap<Address, Observed<Person>>,
    /// The time.
    pub now: Timestamp,
}

/// Why an approval does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    /// It names another plan.
    #[error("{by} approved the plan {found}, and the plan is now {wanted}; it needs a new approval", found = .found.short(), wanted = .wanted.short())]
    OtherPlan {
        /// Who approved.
        by: Address,
        /// The plan that they approved.
        found: Digest,
        /// The plan that there is.
        wanted: Digest,
    },
    /// It is too old.
    #[error("the approval of {by} is older than {hours} hours; it needs a new one")]
    Aged {
        /// Who approved.
        by: Address,
        /// How long an approval counts.
        hours: u32,
    },
    /// It is older than the plan, or of the future.
    #[error("the approval of {by} has a time that cannot be: {at}")]
    Time {
        /// Who approved.
        by: Address,
        /// When, as they say.
        at: Timestamp,
    },
    /// The approver is the requester.
    #[error("{by} asked for this and cannot approve it too")]
    Requester {
        /// Who approved.
        by: Address,
    },
    /// The approver is to get access.
    #[error("{by} is to get access by this plan and cannot approve it")]
    Delegate {
        /// Who approved.
        by: Address,
    },
    /// The policy does not name the approver.
    #[error("{by} is not among those who may approve")]
    NotAllowed {
        /// Who approved.
        by: Address,
    },
    /// The directory does not know the approver.
    #[error("{by} is not in the directory")]
    NotThere {
        /// Who approved.
        by: Address,
    },
    /// The approver cannot act.
    #[error("{by} cannot approve: {why}")]
    Inactive {
        /// Who approved.
        by: Address,
        /// Why.
        why: Inactive,
    },
    /// Something that has to be known could not be read. Unknown never counts as yes.
    #[error("whether {by} may approve cannot be told: {reason}")]
    Unknown {
        /// Who approved.
        by: Address,
        /// Why.
        reason: String,
    },
}

/// Everything that speaks against an approval; it counts if there is nothing.
#[must_use]
pub fn judge(approval: &Approval, case: &Case<'_>) -> Vec<ApprovalRefusal> {
    let by = || approval.by.clone();
    let mut refusals = Vec::new();
    if approval.digest != *case.plan.digest() {
        let (found, wanted) = (approval.digest.clone(), case.plan.digest().clone());
        refusals.push(ApprovalRefusal::OtherPlan { by: by(), found, wanted });
    }
    let age = case.now.duration_since(approval.at);
    if age < -SKEW || approval.at.duration_since(case.plan.made()) < -SKEW {
        refusals.push(ApprovalRefusal::Time { by: by(), at: approval.at });
    } else if age > SignedDuration::from_hours(i64::from(case.policy.hours)) {
        refusals.push(ApprovalRefusal::Aged { by: by(), hours: case.policy.hours });
    }
    let approver = match case.approver {
        Observed::Present(person) => {
            match person.activity_at(case.now) {
                Activity::Active => {}
                Activity::Inactive(why) => refusals.push(ApprovalRefusal::Inactive { by: by(), why }),
                Activity::Unknown(unknown) => {
                    refusals.push(ApprovalRefusal::Unknown { by: by(), reason: unknown.reason });
                }
            }
            Some(person)
        }
        Observed::Absent => {
            refusals.push(ApprovalRefusal::NotThere { by: by() });
            None
        }
        Observed::Unknown(unknown) => {
            refusals.push(ApprovalRefusal::Unknown { by: by(), reason: unknown.reason.clone() });
            None
        }
    };
    // The primary address may be in the policy while the desk knows an alias, or the other way round.
    let allowed = case.policy.names(&approval.by) || approver.is_some_and(|person| case.policy.names(&person.address));
    if !allowed {
        refusals.push(ApprovalRefusal::NotAllowed { by: by() });
    }
    match same_person(&approval.by, approver, &case.request.requester, case.requester) {
        Ok(false) => {}
        Ok(true) => refusals.push(ApprovalRefusal::Requester { by: by() }),
        Err(reason) => refusals.push(ApprovalRefusal::Unknown { by: by(), reason }),
    }
    if !case.policy.delegates_may_approve {
        refusals.extend(as_delegate(approval, approver, case));
    }
    refusals
}

/// That the approver is to get access, or that it cannot be told.
fn as_delegate(approval: &Approval, approver: Option<&Person>, case: &Case<'_>) -> Option<ApprovalRefusal> {
    let by = || approval.by.clone();
    let granted = case.plan.steps().iter().filter_map(|step| match &step.action {
        Action::Grant { person } => Some(person),
        _ => None,
    });
    for person in granted {
        // The plan knows everybody whom it gives access by the directory's id.
        if person.address == approval.by || approver.is_some_and(|approver| approver.id == person.id) {
            return Some(ApprovalRefusal::Delegate { by: by() });
        }
    }
    for person in &case.request.people {
        let absent = Observed::Absent;
        let known = case.people.get(person).unwrap_or(&absent);
        match same_person(&approval.by, approver, person, known) {
            Ok(false) => {}
            Ok(true) => return Some(ApprovalRefusal::Delegate { by: by() }),
            Err(reason) => return Some(ApprovalRefusal::Unknown { by: by(), reason }),
        }
    }
    None
}

/// Whether two addresses are one person's, by address, alias and id. An error says why it cannot be told.
fn same_person(
    one: &Address,
    first: Option<&Person>,
    other: &Address,
    second: &Observed<Person>,
) -> Result<bool, String> {
    if one == other {
        return Ok(true);
    }
    if first.is_some_and(|person| person.address == *other || person.aliases.contains(other)) {
        return Ok(true);
    }
    match second {
        Observed::Present(person) => Ok(person.address == *one
            || person.aliases.contains(one)
            || first.is_some_and(|first| first.id == person.id)),
        Observed::Absent => Ok(false),
        Observed::Unknown(unknown) => Err(format!("who {other} is could not be read: {}", unknown.reason)),
    }
}
