//! What the verifier objects to, what it could not find out, and what somebody accepted.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tripod_model::{Address, Place, TenantName};
use tripod_tenant::ErrorKind;

pub use tripod_model::{CheckGroup, CheckId, Severity};

use crate::schema::shape;

/// One piece of what a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Evidence {
    /// What was looked at, e.g. `leaves on`.
    pub name: String,
    /// What was seen.
    pub value: String,
}

impl Evidence {
    /// One piece of evidence.
    #[expect(clippy::needless_pass_by_value, reason = "numbers, days and addresses are given as they are")]
    pub fn new(name: impl Into<String>, value: impl ToString) -> Self {
        Self { name: name.into(), value: value.to_string() }
    }
}

/// What to do about a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Remedy {
    /// In words, as a sentence without a full stop.
    pub sentence: String,
    /// As a command to run, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// As YAML for the manifest, or as a text to file, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

impl Remedy {
    /// A remedy in words.
    pub fn say(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), ..Self::default() }
    }

    /// The same remedy with a command.
    #[must_use]
    pub fn run(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// The same remedy with something to write down.
    #[must_use]
    pub fn write(mut self, patch: impl Into<String>) -> Self {
        self.patch = Some(patch.into());
        self
    }
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Something that the verifier objects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Which check found it.
    pub check: CheckId,
    /// The id of the policy's own rule, if `check` is `own-rule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How bad it is, by the policy.
    pub severity: Severity,
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox.
    pub mailbox: Address,
    /// Who or what of the mailbox it is about: an address, a setting, or what the provider shows of somebody who is
    /// gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub remedy: Remedy,
    /// Where the user's files speak of it.
    #[schemars(with = "shape::Place")]
    pub place: Place,
}

impl Finding {
    /// The id of the check, or of the policy's own rule.
    #[must_use]
    pub fn id(&self) -> &str {
        self.rule.as_deref().unwrap_or(self.check.id())
    }

    /// What stays the same from run to run as long as it is the same finding: SHA-256 over check, mailbox and
    /// subject, in hexadecimal digits. Neither wording nor severity nor place are part of it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&[self.id(), self.mailbox.as_str(), self.subject.as_deref().unwrap_or_default()])
    }
}

/// SHA-256 over parts, each with its length, so that no two lists of parts are the same text.
pub(crate) fn fingerprint(parts: &[&str]) -> String {
    use std::fmt::Write;
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A check that could not be made. It never counts as passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct UnknownCheck {
    /// The check; several checks rest on what could not be found out if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// The id of the policy's own rule that could not be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox; left out where it is about the whole tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Address>,
    /// What could not be found out, e.g. `who has access`.
    pub what: String,
    /// Why.
    pub reason: String,
    /// The kind of what stood in the way; the exit status follows from it.
    #[schemars(with = "shape::Kind")]
    pub kind: ErrorKind,
}

impl UnknownCheck {
    /// What it is about: the mailbox, or the tenant.
    #[must_use]
    pub fn about(&self) -> &str {
        self.mailbox.as_ref().map_or(self.tenant.0.as_str(), Address::as_str)
    }
}

/// A finding that a deviation of the policy accepts. It is listed, and does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Accepted {
    /// The finding.
    pub finding: Finding,
    /// Who answers for it.
    pub who: String,
    /// Why.
    pub why: String,
    /// The last day on which it is accepted.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
}
