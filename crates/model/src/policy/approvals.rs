//! Who may approve a plan that comes from a ticket.

use std::collections::BTreeSet;

use crate::address::Address;

/// Who may approve a plan that comes from a ticket, and how long that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// The people who may approve.
    pub approvers: BTreeSet<Address>,
    /// Whether somebody who is to get access by the plan may approve it.
    pub delegates_may_approve: bool,
    /// How long an approval counts, in hours.
    pub valid_for_hours: u32,
}

impl Default for Approvals {
    fn default() -> Self {
        Self { approvers: BTreeSet::new(), delegates_may_approve: false, valid_for_hours: Self::LONGEST_HOURS }
    }
}

impl Approvals {
    /// How long an approval counts at most, and where the policy does not say, in hours: a week.
    pub const LONGEST_HOURS: u32 = 168;

    /// Of two policies the one that both agree with.
    pub(super) fn strictest(&self, other: &Self) -> Self {
        Self {
            approvers: self.approvers.intersection(&other.approvers).cloned().collect(),
            delegates_may_approve: self.delegates_may_approve && other.delegates_may_approve,
            valid_for_hours: self.valid_for_hours.min(other.valid_for_hours),
        }
    }
}
