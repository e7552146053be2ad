//! What a SARIF log says about the checks themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use tripod_tenant::ErrorKind;
use tripod_verifier::reference::page;
use tripod_verifier::{CheckId, Severity, Verification};

use crate::words::harmless;

/// The descriptors of all checks, then of the policy's own rules that spoke.
pub(super) struct Rules {
    pub(super) descriptors: Vec<Value>,
    by_id: BTreeMap<String, usize>,
}

impl Rules {
    pub(super) fn of(verification: &Verification) -> Self {
        let mut rules = Self { descriptors: Vec::new(), by_id: BTreeMap::new() };
        for check in CheckId::ALL {
            rules.add(check.id(), built_in(*check, !verification.not_made.contains(check)));
        }
        let accepted = verification.accepted.iter().map(|accepted| &accepted.finding);
        for finding in verification.findings.iter().chain(accepted) {
            if let Some(rule) = &finding.rule {
                rules.add(rule, own(rule, Some(finding.severity)));
            }
        }
        for rule in verification.unknown.iter().filter_map(|unknown| unknown.rule.as_ref()) {
            rules.add(rule, own(rule, None));
        }
        rules
    }

    fn add(&mut self, id: &str, descriptor: Value) {
        if !self.by_id.contains_key(id) {
            self.by_id.insert(id.to_owned(), self.descriptors.len());
            self.descriptors.push(descriptor);
        }
    }

    /// The place of a rule in the list; -1 is SARIF's word for none.
    pub(super) fn index(&self, id: &str) -> i64 {
        self.by_id.get(id).and_then(|index| i64::try_from(*index).ok()).unwrap_or(-1)
    }
}

fn built_in(check: CheckId, made: bool) -> Value {
    let page = page(check);
    let mut plain = format!("{}\n\nHow to mend it: {}", page.why, page.mend);
    let mut markdown = format!("{}\n\n**How to mend it.** {}", page.why, page.mend);
    for (heading, words) in [("Needs", page.needs), ("Source", page.source)] {
        if let Some(words) = words {
            // Writing to a string cannot fail.
            let _ = write!(plain, "\n\n{heading}: {words}");
            let _ = write!(markdown, "\n\n**{heading}.** {words}");
        }
    }
    json!({
        "id": check.id(),
        "name": pascal(check.id()),
        "shortDescription": {"text": sentence(check.meaning())},
        "fullDescription": {"text": page.why},
        "help": {"text": plain, "markdown": markdown},
        "defaultConfiguration": {"enabled": made, "level": super::level(check.severity())},
        "properties": {
            "tags": [check.group().word()],
            "problem.severity": problem(check.severity()),
        },
    })
}

/// A rule of the policy's own, of which the findings know no more than its id.
fn own(rule: &str, severity: Option<Severity>) -> Value {
    let level = super::level(severity.unwrap_or(Severity::Medium));
    let page = page(CheckId::OwnRule);
    json!({
        "id": rule,
        "shortDescription": {"text": format!("The policy's own rule {}.", harmless(rule))},
        "fullDescription": {"text": sentence(CheckId::OwnRule.meaning())},
        "help": {"text": page.mend, "markdown": page.mend},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": [CheckId::OwnRule.group().word()]},
    })
}

/// The word that code scanning at GitHub sorts by.
fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// `below-quorum` as `BelowQuorum`.
fn pascal(id: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    id.split('-').map(part).collect()
}

/// What can stand in the way of a check, each with the id of its notification.
const KINDS: [(ErrorKind, &str, &str); 7] = [
    (ErrorKind::Missing, "unknown-missing", "Something asked for was not there."),
    (ErrorKind::Conflict, "unknown-conflict", "Something changed while it was read."),
    (ErrorKind::Denied, "unknown-denied", "The reading credential lacks a permission."),
    (ErrorKind::Throttled, "unknown-throttled", "The provider asked for fewer calls."),
    (ErrorKind::Unavailable, "unknown-unavailable", "The provider could not be reached or did not answer."),
    (
        ErrorKind::SetUp,
        "unknown-set-up",
        "A switch, licence, credential or domain at the provider is not as it has to be.",
    ),
    (ErrorKind::Invalid, "unknown-invalid", "The provider's answer could not be understood."),
];

/// The descriptors of the notifications.
pub(super) fn notifications() -> Vec<Value> {
    let descriptor = |(_, id, words): &(ErrorKind, &str, &str)| json!({"id": id, "shortDescription": {"text": words}, "defaultConfiguration": {"level": "error"}});
    KINDS.iter().map(descriptor).collect()
}

pub(super) fn notification_id(kind: ErrorKind) -> &'static str {
    KINDS.iter().find(|(one, ..)| *one == kind).map_or("unknown-invalid", |(_, id, _)| id)
}

pub(super) fn notification_index(kind: ErrorKind) -> usize {
    KINDS.iter().position(|(one, ..)| *one == kind).unwrap_or(KINDS.len() - 1)
}
