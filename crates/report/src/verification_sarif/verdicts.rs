//! Results that are no failures: what is open, and what does not apply.
//!
//! 3.27.9: «open» is a rule that was evaluated without enough information to decide, «notApplicable» one that was not
//! evaluated because it does not apply to the target. 3.27.10: the level of both is «none».

use serde_json::{Value, json};
use tripod_model::{Address, Place};
use tripod_verifier::{CheckId, NotApplicable, UnknownCheck, Verification};

use super::{Rules, physical};
use crate::words::harmless;

/// A check of which the answer is open; nothing where no single check is meant.
pub(super) fn open(verification: &Verification, unknown: &UnknownCheck, rules: &Rules) -> Option<Value> {
    let id = unknown.rule.as_deref().or(unknown.check.map(CheckId::id))?;
    let text = format!("Could not find out {}: {}.", harmless(&unknown.what), harmless(&unknown.reason));
    let mailboxes = unknown.mailbox.as_slice();
    Some(result("open", id, &text, &locations(verification, mailboxes, unknown.about()), rules))
}

/// A check that does not apply to some mailboxes.
pub(super) fn not_applicable(verification: &Verification, one: &NotApplicable, rules: &Rules) -> Value {
    let text = format!("Not applicable: {}.", harmless(&one.reason));
    let locations = locations(verification, &one.mailboxes, one.check.id());
    result("notApplicable", one.check.id(), &text, &locations, rules)
}

fn result(kind: &str, id: &str, text: &str, locations: &[Value], rules: &Rules) -> Value {
    json!({
        "ruleId": id,
        "ruleIndex": rules.index(id),
        "kind": kind,
        "level": "none",
        "message": {"text": text},
        "locations": locations,
        // 3.27.23: the suppressions are there for all results or for none.
        "suppressions": [],
    })
}

/// Where the manifest names the mailboxes; the file of the tenants for what is about none of them.
fn locations(verification: &Verification, mailboxes: &[Address], about: &str) -> Vec<Value> {
    let location = |place: &Place, about: &str| {
        json!({
            "physicalLocation": physical(place),
            "logicalLocations": [{"fullyQualifiedName": about, "kind": "resource"}],
        })
    };
    let of_mailbox = |address: &Address| {
        let standing = verification.mailboxes.iter().find(|standing| standing.address == *address)?;
        Some(location(&standing.place, address.as_str()))
    };
    let found: Vec<Value> = mailboxes.iter().filter_map(of_mailbox).collect();
    if !found.is_empty() {
        return found;
    }
    vec![location(&Place { file: "tripod.yaml".to_owned(), line: 1, column: 1 }, about)]
}
