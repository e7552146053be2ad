//! What a policy file says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::QUORUM;

/// The rules that plans and checks go by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// The least number of active delegates of every mailbox: [`QUORUM`] or more.
    pub quorum: usize,
    /// The share of delegates or mailboxes, in percent, that one plan may remove without being told to.
    pub removal_percent: usize,
    /// From how many delegates or mailboxes upwards the share counts.
    pub removals_counted_from: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self { quorum: QUORUM, removal_percent: 25, removals_counted_from: 10 }
    }
}

impl Policy {
    /// The policy that all of several policies agree with: the highest quorum, the lowest share of removals, counted
    /// from the lowest number. Without any, [`Policy::default`].
    #[must_use]
    pub fn strictest(policies: impl IntoIterator<Item = Self>) -> Self {
        let strictest = policies.into_iter().reduce(|one, other| Self {
            quorum: one.quorum.max(other.quorum),
            removal_percent: one.removal_percent.min(other.removal_percent),
            removals_counted_from: one.removals_counted_from.min(other.removals_counted_from),
        });
        let policy = strictest.unwrap_or_default();
        Self { quorum: policy.quorum.max(QUORUM), ..policy }
    }
}
