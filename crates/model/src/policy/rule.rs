//! What an organisation adds to the checks: rules of its own, and deviations that somebody answers for.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::check::Severity;
use crate::address::Address;
use crate::place::Place;

/// What a policy says of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckSetting {
    /// It is not made.
    Off,
    /// It is made.
    On {
        /// How bad its findings are; the check's own severity if the policy does not say.
        severity: Option<Severity>,
        /// Its numbers by name; what is left out has the check's own value.
        parameters: BTreeMap<String, usize>,
    },
}

/// An expression in the Common Expression Language (CEL), as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Expression {
    /// The text.
    pub text: String,
    /// Where its first character stands.
    pub place: Place,
    /// Whether every line of the text is a line of the file, each beginning in the same column. It is not where YAML
    /// folded several lines into one; then only the place of the first character is known.
    pub by_line: bool,
}

/// A rule of the organisation's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Its id; no check and no other rule has the same.
    pub id: String,
    /// What it is about, in a few words.
    pub title: String,
    /// How bad its findings are.
    pub severity: Severity,
    /// When it speaks.
    pub when: Expression,
    /// What is wrong then, as a sentence.
    pub message: String,
    /// What to do, as a sentence.
    pub remedy: String,
    /// Where its id is written.
    pub place: Place,
}

/// A finding that somebody accepted for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deviation {
    /// The id of the check or of the rule.
    pub check: String,
    /// The mailbox.
    pub mailbox: Address,
    /// The person that the finding is about; all of the mailbox's findings of this check if left out.
    pub person: Option<Address>,
    /// Who answers for it.
    pub who: String,
    /// Why.
    pub why: String,
    /// The last day on which it is in force, in the time zone of the mailbox's tenant.
    pub until: Date,
    /// Where it is written.
    pub place: Place,
}
