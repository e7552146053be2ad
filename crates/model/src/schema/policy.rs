//! The shape of a policy file. The doc comments are the descriptions that editors show.

use schemars::JsonSchema;

/// The rules that plans and checks go by. What is left out has the value that its description names.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
pub(super) struct PolicyFile {
    /// The least number of active delegates of every mailbox; 3 if left out, and never less.
    #[schemars(range(min = 3, max = 25))]
    quorum: Option<u32>,
    /// The share of delegates or mailboxes, in percent, that one plan may remove without being told to; 25 if left out.
    #[schemars(range(min = 0, max = 100))]
    removal_percent: Option<u32>,
    /// From how many delegates or mailboxes upwards that share counts; 10 if left out.
    #[schemars(range(min = 1, max = 1_000_000))]
    removals_counted_from: Option<u32>,
}
