//! What `sandbox.yaml` says of mailboxes and groups that is Google's alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::Address;

use crate::description::Standing;

/// What is Google's alone about a mailbox or a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GoogleDescription {
    /// Shared mailboxes: how the account behind it stands.
    #[serde(default)]
    pub standing: Standing,
    /// Whether the global address list leaves it out.
    #[serde(default)]
    pub hidden: bool,
    /// Shared mailboxes: where a filter forwards mail to.
    #[serde(default)]
    pub filters: Vec<String>,
    /// Groups: values of the Groups Settings API by their names there, e.g. `messageModerationLevel`.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Groups: members that are not simply people or groups of the tenant.
    #[serde(default)]
    pub members: Vec<GoogleMemberDescription>,
    /// Groups: the query that decides who is a member (Cloud Identity, `dynamicGroupMetadata`).
    #[serde(default)]
    pub members_by_rule: Option<String>,
    /// Groups: what the policy on mail delegation says for the accounts in it; there is none where nothing is said.
    #[serde(default)]
    pub mail_delegation: Option<bool>,
}

/// A member of a group by what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GoogleMemberDescription {
    /// Its type: `CUSTOMER` for everybody in the organisation, `EXTERNAL`, those of Cloud Identity such as
    /// `SERVICE_ACCOUNT`, `CHROME_OS_DEVICE` and `PERSONAL_AGENT`, or one that nobody has heard of.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its address; `CUSTOMER` and devices have none.
    #[serde(default)]
    pub address: Option<Address>,
    /// `OWNER`, `MANAGER` or `MEMBER`.
    #[serde(default = "member")]
    pub role: String,
}

fn member() -> String {
    "MEMBER".to_owned()
}
