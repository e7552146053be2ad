//! The plan: pure, immutable, with a digest.

mod companions;
mod digest;
mod document;
mod lint;
mod report;
mod safety;
mod sound;
mod steps;

#[cfg(test)]
mod flaws;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind, Policy, Provider, SignIn, TenantName, WantedMailbox};
use tripod_tenant::{Observation, Observed, PersonRef, Principal, Setting};

pub use digest::{Digest, canonical_json};
pub use document::{Basis, BasisDelegate, BasisMailbox, BasisPerson, DocumentError, Seen, Wanted};
pub(crate) use lint::lint_steps;
pub use lint::{Violation, lint};
pub use report::{NotPlanned, PersonProblem, PlanningReport, Reason, Unsafe, Waiting};
pub use safety::{Refusal, RemovalOf};

/// The version of the plan document. A document of another version is not read.
pub const VERSION: u32 = 1;

/// What a plan needs to know beside the wanted and the observed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// The exact number of removals that somebody has allowed (`--allow-removals N`).
    pub allow_removals: Option<usize>,
    /// Who runs each tenant's mail. A mailbox of a tenant that is not here is reported, not planned.
    pub providers: BTreeMap<TenantName, Provider>,
}

impl PlanOptions {
    /// The options for the tenants of a workspace, with no removals allowed beyond the policy.
    #[must_use]
    pub fn for_tenants<'a>(tenants: impl IntoIterator<Item = &'a tripod_model::TenantConfig>) -> Self {
        let providers = tenants.into_iter().map(|tenant| (tenant.name.clone(), tenant.provider())).collect();
        Self { allow_removals: None, providers }
    }

    /// The same options with a number of removals that somebody has allowed.
    #[must_use]
    pub fn allow_removals(mut self, number: Option<usize>) -> Self {
        self.allow_removals = number;
        self
    }
}

/// What planning gives.
#[must_use]
#[derive(Clone, Debug)]
pub struct Planned {
    /// What is to be done.
    pub plan: Plan,
    /// What is not to be done, and why.
    pub report: PlanningReport,
}

/// The ordered changes from observed to wanted. Immutable: it is made by [`plan()`] or read from its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    content: Content,
    digest: Digest,
    made: Timestamp,
}

/// What the digest is taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Content {
    version: u32,
    policy: Policy,
    allow_removals: Option<usize>,
    tenants: BTreeMap<TenantName, Provider>,
    wanted: Vec<Wanted>,
    basis: Basis,
    steps: Vec<Step>,
    refusals: Vec<Refusal>,
}

/// One change to one mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Its number in the plan, from 1; steps are carried out in this order, phase by phase.
    pub number: u32,
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox.
    pub mailbox: Address,
    /// What is done to it.
    pub action: Action,
}

/// What is done to a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Action {
    /// It is made.
    Create {
        /// What it is made of.
        kind: Kind,
        /// The display name.
        name: String,
        /// What it is for.
        purpose: String,
        /// Whether its account may sign in.
        sign_in: SignInWord,
    },
    /// An account that was there before is taken over: it gets Tripod's marker.
    Mark,
    /// It gets another display name.
    Rename {
        /// The name that it has.
        from: String,
        /// The name that it gets.
        to: String,
    },
    /// Settings are turned on.
    Configure {
        /// The settings, in order.
        settings: Vec<Setting>,
    },
    /// A person gets both rights.
    Grant {
        /// Who.
        person: PersonRef,
    },
    /// Somebody's access ends.
    Revoke {
        /// Whose.
        principal: Principal,
    },
    /// It is deleted so that the provider can still restore it for its usual time.
    Retire,
}

/// Whether the account of a new mailbox may sign in, in a form that sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInWord {
    /// Nobody signs in.
    Blocked,
    /// The account may sign in.
    Allowed,
}

impl From<SignIn> for SignInWord {
    fn from(sign_in: SignIn) -> Self {
        match sign_in {
            SignIn::Blocked => Self::Blocked,
            SignIn::Allowed => Self::Allowed,
        }
    }
}

impl From<SignInWord> for SignIn {
    fn from(word: SignInWord) -> Self {
        match word {
            SignInWord::Blocked => Self::Blocked,
            SignInWord::Allowed => Self::Allowed,
        }
    }
}

/// The phases of a plan, in their order: what makes comes before what breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Mailboxes are made.
    Create,
    /// Markers, names and settings.
    Configure,
    /// Access is given.
    Grant,
    /// Access is taken away.
    Revoke,
    /// Mailboxes are deleted.
    Retire,
}

impl Action {
    /// The phase that the action belongs to.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::Create { .. } => Phase::Create,
            Self::Mark | Self::Rename { .. } | Self::Configure { .. } => Phase::Configure,
            Self::Grant { .. } => Phase::Grant,
            Self::Revoke { .. } => Phase::Revoke,
            Self::Retire => Phase::Retire,
        }
    }

    /// What is done, in a few words, e.g. `give ana@example.com access`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Create { kind, .. } => format!("create it as {}", kind.word()),
            Self::Mark => "take the account over".to_owned(),
            Self::Rename { from, to } => format!("rename it from «{from}» to «{to}»"),
            Self::Configure { settings } => {
                settings.iter().map(|setting| setting.words()).collect::<Vec<_>>().join(", ")
            }
            Self::Grant { person } => format!("give {} access", person.address),
            Self::Revoke { principal } => format!("end the access of {}", principal.label()),
            Self::Retire => "delete it".to_owned(),
        }
    }
}

/// How many changes of each sort a plan has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// Mailboxes to create.
    pub creates: usize,
    /// Markers, names and settings to change.
    pub changes: usize,
    /// Accesses to give.
    pub grants: usize,
    /// Accesses to end.
    pub revokes: usize,
    /// Mailboxes to delete.
    pub retires: usize,
}

impl Plan {
    fn new(content: Content, made: Timestamp) -> Self {
        let digest = Digest::of(&content);
        Self { content, digest, made }
    }

    /// SHA-256 over the canonical JSON of everything but the time of making.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// When the plan was made; not part of the digest.
    #[must_use]
    pub fn made(&self) -> Timestamp {
        self.made
    }

    /// The steps in their order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.content.steps
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.steps.is_empty()
    }

    /// The least number of active delegates that the plan keeps.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.content.policy.quorum
    }

    /// The rules that the plan was made by.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.content.policy
    }

    /// The safety rules that the plan as a whole would break. A plan that has any is never carried out.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.content.refusals
    }

    /// The safety rules that the plan as a whole would break by these rules, with so many removals allowed: computed
    /// anew from its steps and from what it was made from.
    #[must_use]
    pub fn refusals_by(&self, rules: &Policy, allow_removals: Option<usize>) -> Vec<Refusal> {
        safety::refusals(&self.content.steps, &self.content.basis, rules, allow_removals)
    }

    /// What the plan was made from.
    #[must_use]
    pub fn basis(&self) -> &Basis {
        &self.content.basis
    }

    /// The mailboxes that the plan was made for, as the manifest wanted them. Their places are the plan's document.
    #[must_use]
    pub fn wanted(&self) -> Vec<WantedMailbox> {
        self.content.wanted.iter().map(Wanted::to_mailbox).collect()
    }

    /// The options that the plan was made with.
    #[must_use]
    pub fn options(&self) -> PlanOptions {
        PlanOptions { allow_removals: self.content.allow_removals, providers: self.content.tenants.clone() }
    }

    /// How many changes of each sort there are.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(&self.content.steps)
    }
}

impl Summary {
    /// Counts steps.
    #[must_use]
    pub fn of(steps: &[Step]) -> Self {
        let mut summary = Self::default();
        for step in steps {
            match step.action.phase() {
                Phase::Create => summary.creates += 1,
                Phase::Configure => summary.changes += 1,
                Phase::Grant => summary.grants += 1,
                Phase::Revoke => summary.revokes += 1,
                Phase::Retire => summary.retires += 1,
            }
        }
        summary
    }
}

/// Plans the way from what is observed to what is wanted.
///
/// Pure: the same inputs give the same plan and the same digest, whatever their order. `now` decides who has left and
/// which retirements are due; dates are days in the time zone of the mailbox's tenant.
pub fn plan(
    wanted: &[WantedMailbox],
    observed: &Observation,
    policy: &Policy,
    now: Timestamp,
    options: &PlanOptions,
) -> Planned {
    // Nothing may be laxer than the built-in rules, not even a policy that was built by hand.
    let policy = policy.for_plans();
    let wanted: BTreeMap<&Address, &WantedMailbox> = wanted.iter().map(|mailbox| (&mailbox.address, mailbox)).collect();

    let mut report = PlanningReport::default();
    let mut actions = Vec::new();
    for mailbox in wanted.values() {
        let Some(provider) = options.providers.get(&mailbox.tenant).copied() else {
            report.add(mailbox, Reason::without_tenant(&mailbox.tenant));
            continue;
        };
        let planner = steps::Planner { wanted: mailbox, provider, observed, quorum: policy.quorum, now };
        let own = planner.plan();
        actions.extend(own.actions.into_iter().map(|action| (*mailbox, action)));
        for reason in own.reasons {
            report.add(mailbox, reason);
        }
    }
    report.warn(observed);

    let steps = in_order(actions);
    let basis = Basis::of(wanted.values().copied(), observed, now);
    report.refusals = safety::refusals(&steps, &basis, &policy, options.allow_removals);
    let content = Content {
        version: VERSION,
        policy,
        allow_removals: options.allow_removals,
        tenants: used_tenants(&wanted, options),
        wanted: wanted.values().map(|mailbox| Wanted::of(mailbox)).collect(),
        basis,
        steps,
        refusals: report.refusals.clone(),
    };
    Planned { plan: Plan::new(content, now), report }
}

fn in_order(actions: Vec<(&WantedMailbox, Action)>) -> Vec<Step> {
    let step = |(mailbox, action): (&WantedMailbox, Action)| Step {
        number: 0,
        tenant: mailbox.tenant.clone(),
        mailbox: mailbox.address.clone(),
        action,
    };
    let mut steps: Vec<Step> = actions.into_iter().map(step).collect();
    steps.sort_by(|one, other| order(one).cmp(&order(other)));
    for (number, step) in (1..).zip(&mut steps) {
        step.number = number;
    }
    steps
}

/// What decides about the place of a step in its plan.
fn order(step: &Step) -> (Phase, &TenantName, &Address, &Action) {
    (step.action.phase(), &step.tenant, &step.mailbox, &step.action)
}

fn used_tenants(wanted: &BTreeMap<&Address, &WantedMailbox>, options: &PlanOptions) -> BTreeMap<TenantName, Provider> {
    let used: BTreeSet<&TenantName> = wanted.values().map(|mailbox| &mailbox.tenant).collect();
    options.providers.iter().filter(|(name, _)| used.contains(name)).map(|(name, who)| (name.clone(), *who)).collect()
}

/// What an observation says, without the reason why something is unknown.
fn seen<T, U>(observed: &Observed<T>, convert: impl FnOnce(&T) -> U) -> Seen<U> {
    match observed {
        Observed::Present(value) => Seen::Present(convert(value)),
        Observed::Absent => Seen::Absent,
        Observed::Unknown(_) => Seen::Unknown,
    }
}
