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
