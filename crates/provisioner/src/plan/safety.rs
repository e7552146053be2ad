//! The guard against removing too much at once.

use std::fmt;

use serde::{Deserialize, Serialize};
use tripod_model::Policy;
use tripod_tenant::Form;

use super::{Action, Basis, BasisMailbox, Seen, Step};

/// A safety rule that a whole plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Refusal {
    /// What is removed.
    pub of: RemovalOf,
    /// How many would be removed.
    pub removed: usize,
    /// How many there are.
    pub all: usize,
    /// The share that the policy lets one plan remove, in percent.
    pub percent_allowed: usize,
    /// The number that `--allow-removals` has to name; over all refusals of the plan.
    pub to_allow: usize,
    /// The number that it named instead.
    pub named: Option<usize>,
}

/// What is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemovalOf {
    /// Accesses of delegates to mailboxes.
    Delegates,
    /// Mailboxes.
    Mailboxes,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.of {
            RemovalOf::Delegates => "delegates",
            RemovalOf::Mailboxes => "mailboxes",
        };
        let Self { removed, all, percent_allowed, to_allow, .. } = self;
        let share = removed * 100 / (*all).max(1);
        write!(f, "would remove {removed} of {all} {what} ({share} %), more than {percent_allowed} %")?;
        match self.named {
            Some(named) => write!(f, "; --allow-removals names {named}, not {to_allow}"),
            None => write!(f, "; if that is meant, pass --allow-removals {to_allow}"),
        }
    }
}

/// The refusals of a plan: none if it removes little, or if somebody named the exact number.
pub(super) fn refusals(steps: &[Step], basis: &Basis, policy: &Policy, allowed: Option<usize>) -> Vec<Refusal> {
    // What is deleted already, or something else, is none of the mailboxes that could be removed.
    let serves = |mailbox: &&BasisMailbox| !matches!(mailbox.form, Form::Deleted(_) | Form::Other(_));
    let present = || basis.mailboxes.values().filter_map(Seen::present).filter(serves);
    // What is left of an account counts like every other entry: a read that took everybody for gone would otherwise
    // empty every mailbox without the guard.
    let delegates = present().filter_map(|mailbox| mailbox.delegates.present()).flatten().count();
    let revoked = steps.iter().filter(|step| matches!(step.action, Action::Revoke { .. })).count();
    let retired = steps.iter().filter(|step| step.action == Action::Retire).count();

    let mut refusals: Vec<_> =
        [(RemovalOf::Delegates, revoked, delegates), (RemovalOf::Mailboxes, retired, present().count())]
            .into_iter()
            .filter(|(_, removed, all)| {
                *all >= policy.removals_counted_from && removed * 100 > all * policy.removal_percent
            })
            .map(|(of, removed, all)| Refusal {
                of,
                removed,
                all,
                percent_allowed: policy.removal_percent,
                to_allow: 0,
                named: allowed,
            })
            .collect();
    let to_allow = refusals.iter().map(|refusal| refusal.removed).sum();
    if allowed == Some(to_allow) {
        return Vec::new();
    }
    for refusal in &mut refusals {
        refusal.to_allow = to_allow;
    }
    refusals
}
