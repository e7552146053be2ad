//! What a policy says of single checks.

use std::collections::BTreeMap;

use super::super::fields::{Echo, Fields};
use super::super::node::{Node, Spot, Value};
use super::super::report::{Report, did_you_mean, listed, printable};
use super::super::scalar;
use crate::policy::{CheckId, CheckSetting, Severity};
use crate::suggest::closest;

/// `checks:`, each with `off`, `on`, a severity, or a set of keys.
pub(super) fn checks(node: &Node, report: &mut Report) -> BTreeMap<CheckId, CheckSetting> {
    let mut checks = BTreeMap::new();
    let mut first: BTreeMap<CheckId, Spot> = BTreeMap::new();
    let Value::Mapping(entries) = &node.value else {
        let message = format!("`checks` has to be a set of keys, one for each check, not {}", node.value.what());
        report.say_with(node.at, message, Some("for example `one-manager: off`".to_owned()));
        return checks;
    };
    for (key, value) in entries {
        let Some(check) = id(key, report) else { continue };
        if let Some(spot) = first.get(&check) {
            let message = format!("the check `{check}` is there twice; the first is in line {}", spot.line);
            report.say_with(key.at, message, Some("remove one of them".to_owned()));
            continue;
        }
        first.insert(check, key.at);
        let Some(setting) = setting(check, value, report) else { continue };
        if check == CheckId::BelowQuorum && setting == CheckSetting::Off {
            let help = "nothing lowers the quorum; a deviation can accept one mailbox for a time";
            report.say_with(value.at, format!("`{check}` cannot be turned off"), Some(help.to_owned()));
            continue;
        }
        checks.insert(check, setting);
    }
    checks
}

fn id(key: &Node, report: &mut Report) -> Option<CheckId> {
    let text = scalar::text(key, "the id of a check", report)?;
    let check = CheckId::from_id(text).filter(|check| *check != CheckId::OwnRule);
    if check.is_none() {
        report.say_with(key.at, format!("there is no check `{}`", printable(text)), which(text));
    }
    check
}

/// The check that was probably meant, or where all of them are listed.
pub(super) fn which(text: &str) -> Option<String> {
    let known = CheckId::ALL.iter().filter(|check| **check != CheckId::OwnRule).map(|check| check.id());
    did_you_mean(closest(text, known)).or_else(|| Some("`tripod reference checks` lists them all".to_owned()))
}

fn setting(check: CheckId, node: &Node, report: &mut Report) -> Option<CheckSetting> {
    let on = |severity| CheckSetting::On { severity, parameters: BTreeMap::new() };
    match &node.value {
        Value::Text(word) if word == "off" => Some(CheckSetting::Off),
        Value::Text(word) if word == "on" => Some(on(None)),
        Value::Text(_) => {
            let words = Severity::WORDS.map(|(word, severity)| (word, Some(severity)));
            let mut all = vec![("off", None), ("on", None)];
            all.extend(words);
            scalar::word(node, check.id(), &all, report).map(|severity| on(not_milder(check, node, severity, report)))
        }
        Value::Truth(truth) => {
            let word = if *truth { "on" } else { "off" };
            report.say_with(node.at, format!("`{check}` has to be `on` or `off`"), Some(format!("write `{word}`")));
            None
        }
        Value::Mapping(_) => keys(check, node, report),
        other => {
            report.say_with(
                node.at,
                format!("`{check}` cannot be {}", other.what()),
                Some("write `off`, `on`, a severity, or a set of keys such as `{severity: high}`".to_owned()),
            );
            None
        }
    }
}

/// The severity, unless it would make the quorum a small matter.
fn not_milder(check: CheckId, node: &Node, severity: Option<Severity>, report: &mut Report) -> Option<Severity> {
    let own = check.severity();
    if check == CheckId::BelowQuorum && severity.is_some_and(|severity| severity < own) {
        let help = "nothing makes it milder; a deviation can accept one mailbox for a time";
        report.say_with(node.at, format!("the severity of `{check}` is `{}`", own.word()), Some(help.to_owned()));
        return None;
    }
    severity
}

fn keys(check: CheckId, node: &Node, report: &mut Report) -> Option<CheckSetting> {
    let mut known = vec!["severity"];
    known.extend(check.parameters().iter().map(|parameter| parameter.name));
    let fields = Fields::open(node, format!("the check `{check}`"), &known, Echo::Keys, report)?;
    let severity = fields.take("severity").and_then(|node| {
        let severity = scalar::word(node, "severity", &Severity::WORDS, report);
        not_milder(check, node, severity, report)
    });
    let mut parameters = BTreeMap::new();
    for parameter in check.parameters() {
        let Some(node) = fields.take(parameter.name) else { continue };
        if let Some(number) = scalar::number(node, parameter.name, parameter.least, parameter.most, report) {
            parameters.insert(parameter.name.to_owned(), number);
        }
    }
    if severity.is_none() && parameters.is_empty() && matches!(&node.value, Value::Mapping(keys) if keys.is_empty()) {
        report.say(node.at, format!("nothing is said of `{check}`; its keys are {}", listed(&known)));
    }
    Some(CheckSetting::On { severity, parameters })
}
