//! A verification as SARIF 2.1.0, for code scanning.
//!
//! The form is OASIS' «Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01»; the numbers in
//! the comments are its sections.

mod rules;
mod uri;
mod verdicts;

use serde_json::{Value, json};
use tripod_model::Place;
use tripod_verifier::{Accepted, Evidence, Finding, Severity, UnknownCheck, Verification};

use crate::words::harmless;
use rules::Rules;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What the paths of the places are relative to: the workspace. Who reads the report knows where that is.
const ROOT: &str = "SRCROOT";

/// A verification as a SARIF log with one run.
///
/// Places point into the user's files, relative to the workspace (`SRCROOT`). What could not be checked is a
/// notification and a result of the kind «open», and the run then counts as not successful; what does not apply is a
/// result of the kind «notApplicable»; what a deviation accepts is a suppressed result.
pub fn verification_sarif(verification: &Verification) -> Result<String, serde_json::Error> {
    let rules = Rules::of(verification);
    let found = verification.findings.iter().map(|finding| result(finding, None, &rules));
    let accepted = verification.accepted.iter().map(|accepted| result(&accepted.finding, Some(accepted), &rules));
    let open = verification.unknown.iter().filter_map(|unknown| verdicts::open(verification, unknown, &rules));
    let inapplicable =
        verification.not_applicable.iter().map(|one| verdicts::not_applicable(verification, one, &rules));
    let results: Vec<Value> = found.chain(accepted).chain(open).chain(inapplicable).collect();
    let notifications: Vec<Value> = verification.unknown.iter().map(|unknown| notification(unknown, &rules)).collect();
    let not_made: Vec<&str> = verification.not_made.iter().map(|check| check.id()).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Tripod",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "shortDescription": {"text": "Looks after service mailboxes: each has to stand on enough active people."},
                "rules": rules.descriptors,
                "notifications": rules::notifications(),
            }},
            "invocations": [{
                "executionSuccessful": verification.unknown.is_empty(),
                "endTimeUtc": verification.at.to_string(),
                "toolExecutionNotifications": notifications,
            }],
            "originalUriBaseIds": {ROOT: {"description": {"text": "The workspace, the folder of tripod.yaml."}}},
            // 3.14.17: columns of places count characters.
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "quorum": verification.quorum,
                "mailboxes": verification.mailboxes.len(),
                "checksNotMade": not_made,
            },
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn result(finding: &Finding, accepted: Option<&Accepted>, rules: &Rules) -> Value {
    // 3.27.23: the suppressions are there for all results or for none; an empty list says «not suppressed».
    let suppressions: Vec<Value> = accepted
        .map(|accepted| {
            let Accepted { who, why, until, .. } = accepted;
            json!({
                "kind": "external",
                "status": "accepted",
                "justification": harmless(&format!("{who} accepts it until {until}: {why}")),
            })
        })
        .into_iter()
        .collect();
    json!({
        "ruleId": finding.id(),
        "ruleIndex": rules.index(finding.id()),
        "kind": "fail",
        "level": level(finding.severity),
        "message": {"text": message(finding)},
        "locations": [{
            "physicalLocation": physical(&finding.place),
            "logicalLocations": [{"fullyQualifiedName": finding.mailbox.as_str(), "kind": "resource"}],
        }],
        "partialFingerprints": {"tripodFinding/v1": finding.fingerprint()},
        "suppressions": suppressions,
        "properties": properties(finding),
    })
}

/// The message and the remedy, because many viewers show nothing else.
fn message(finding: &Finding) -> String {
    format!("{}. To mend it: {}.", harmless(&finding.message), harmless(&finding.remedy.sentence))
}

fn properties(finding: &Finding) -> Value {
    let evidence = |one: &Evidence| json!({"name": one.name, "value": one.value});
    json!({
        "severity": finding.severity.word(),
        "tenant": finding.tenant,
        "mailbox": finding.mailbox,
        "subject": finding.subject,
        "evidence": finding.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "remedy": finding.remedy,
    })
}

fn physical(place: &Place) -> Value {
    json!({
        "artifactLocation": {"uri": uri::relative(&place.file), "uriBaseId": ROOT},
        // Lines and columns count from 1 in SARIF; the place of a whole file may be told as 0.
        "region": {"startLine": place.line.max(1), "startColumn": place.column.max(1)},
    })
}

fn notification(unknown: &UnknownCheck, rules: &Rules) -> Value {
    let text = format!(
        "{}: could not find out {}: {}.",
        harmless(unknown.about()),
        harmless(&unknown.what),
        harmless(&unknown.reason)
    );
    let mut value = json!({
        "level": "error",
        "message": {"text": text},
        "descriptor": {"id": rules::notification_id(unknown.kind), "index": rules::notification_index(unknown.kind)},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": unknown.about(), "kind": "resource"}]}],
    });
    let rule = unknown.rule.as_deref().or(unknown.check.map(tripod_verifier::CheckId::id));
    if let (Some(id), Some(object)) = (rule, value.as_object_mut()) {
        object.insert("associatedRule".to_owned(), json!({"id": id, "index": rules.index(id)}));
    }
    value
}

/// 3.27.10: «error» is a serious problem, «warning» a problem, «note» a chance to improve.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}
