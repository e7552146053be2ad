//! What a policy file says.

mod approvals;
mod check;
mod rule;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use approvals::Approvals;
pub use check::{CheckGroup, CheckId, CheckParameter, Severity};
pub use rule::{CheckSetting, Deviation, Expression, Rule};

use crate::QUORUM;

/// The largest share of delegates or mailboxes, in percent, that one plan removes without being told to.
pub const REMOVAL_PERCENT: usize = 25;
/// From how many delegates or mailboxes upwards the share counts, at the latest.
pub const REMOVALS_COUNTED_FROM: usize = 10;

/// The rules that plans and checks go by.
///
/// What concerns only the verifier is not written into a plan: it changes nothing about what a plan may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// The least number of active delegates of every mailbox: [`QUORUM`] or more.
    pub quorum: usize,
    /// The share of delegates or mailboxes, in percent, that one plan may remove without being told to:
    /// [`REMOVAL_PERCENT`] or less.
    pub removal_percent: usize,
    /// From how many delegates or mailboxes upwards the share counts: [`REMOVALS_COUNTED_FROM`] or less.
    pub removals_counted_from: usize,
    /// What is said of single checks; what is left out is as the check itself has it.
    #[serde(skip)]
    pub checks: BTreeMap<CheckId, CheckSetting>,
    /// Rules of the organisation's own.
    #[serde(skip)]
    pub rules: Vec<Rule>,
    /// Findings that somebody accepted for a time.
    #[serde(skip)]
    pub deviations: Vec<Deviation>,
    /// Who may approve plans that come from tickets; without it nobody may.
    #[serde(skip)]
    pub approvals: Option<Approvals>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            quorum: QUORUM,
            removal_percent: REMOVAL_PERCENT,
            removals_counted_from: REMOVALS_COUNTED_FROM,
            checks: BTreeMap::new(),
            rules: Vec::new(),
            deviations: Vec::new(),
            approvals: None,
        }
    }
}

impl Policy {
    /// The policy that all of several policies agree with: the highest quorum, the lowest share of removals, counted
    /// from the lowest number; a check is made if one of them names it and does not turn it off, with the highest
    /// severity and the strictest numbers; rules and deviations add up; only those may approve whom each policy that
    /// speaks of approvals names. Without any, [`Policy::default`].
    #[must_use]
    pub fn strictest(policies: impl IntoIterator<Item = Self>) -> Self {
        policies.into_iter().reduce(Self::with).unwrap_or_default().bounded()
    }

    /// The policy with nothing in it that is laxer than the built-in rules.
    ///
    /// A file that says something laxer is refused when it is read; this is for a policy that came in another way.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self {
            quorum: self.quorum.max(QUORUM),
            removal_percent: self.removal_percent.min(REMOVAL_PERCENT),
            removals_counted_from: self.removals_counted_from.min(REMOVALS_COUNTED_FROM),
            ..self
        }
    }

    /// What a plan goes by: without what only the verifier needs, and nothing laxer than the built-in rules.
    #[must_use]
    pub fn for_plans(&self) -> Self {
        let Self { quorum, removal_percent, removals_counted_from, .. } = *self;
        Self { quorum, removal_percent, removals_counted_from, ..Self::default() }.bounded()
    }

    fn with(mut self, other: Self) -> Self {
        for (check, theirs) in other.checks {
            let ours = self.checks.remove(&check);
            self.checks.insert(check, stricter(check, ours, theirs));
        }
        for rule in other.rules {
            if !self.rules.contains(&rule) {
                self.rules.push(rule);
            }
        }
        self.deviations.extend(other.deviations);
        self.approvals = match (self.approvals, other.approvals) {
            (Some(ours), Some(theirs)) => Some(ours.strictest(&theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        Self {
            quorum: self.quorum.max(other.quorum),
            removal_percent: self.removal_percent.min(other.removal_percent),
            removals_counted_from: self.removals_counted_from.min(other.removals_counted_from),
            ..self
        }
    }

    /// Whether a check is made.
    #[must_use]
    pub fn is_on(&self, check: CheckId) -> bool {
        match self.checks.get(&check) {
            Some(setting) => *setting != CheckSetting::Off,
            None => check.on_by_default(),
        }
    }

    /// How bad a check's findings are.
    #[must_use]
    pub fn severity(&self, check: CheckId) -> Severity {
        match self.checks.get(&check) {
            Some(CheckSetting::On { severity: Some(severity), .. }) => *severity,
            _ => check.severity(),
        }
    }

    /// A number of a check; 0 if it has none of this name.
    #[must_use]
    pub fn parameter(&self, check: CheckId, name: &str) -> usize {
        let own = check.parameters().iter().find(|parameter| parameter.name == name).map_or(0, |known| known.default);
        match self.checks.get(&check) {
            Some(CheckSetting::On { parameters, .. }) => parameters.get(name).copied().unwrap_or(own),
            _ => own,
        }
    }
}

/// Of two settings of a check the one that finds more.
fn stricter(check: CheckId, one: Option<CheckSetting>, other: CheckSetting) -> CheckSetting {
    let (severity, mut parameters, other_severity, others) = match (one, other) {
        (None | Some(CheckSetting::Off), other) => return other,
        (Some(on), CheckSetting::Off) => return on,
        (Some(CheckSetting::On { severity, parameters }), CheckSetting::On { severity: other, parameters: others }) => {
            (severity, parameters, other, others)
        }
    };
    // A policy that names no severity means the check's own, which the other one must not lower.
    let own = |severity: Option<Severity>| severity.unwrap_or(check.severity());
    let severity = (severity.is_some() || other_severity.is_some()).then(|| own(severity).max(own(other_severity)));
    for known in check.parameters() {
        let (ours, theirs) = (parameters.get(known.name).copied(), others.get(known.name).copied());
        if ours.is_none() && theirs.is_none() {
            continue;
        }
        let (ours, theirs) = (ours.unwrap_or(known.default), theirs.unwrap_or(known.default));
        let value = if known.higher_is_stricter { ours.max(theirs) } else { ours.min(theirs) };
        parameters.insert(known.name.to_owned(), value);
    }
    CheckSetting::On { severity, parameters }
}
