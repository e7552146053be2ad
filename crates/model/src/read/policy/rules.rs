//! Rules of the organisation's own, and deviations.

use std::collections::BTreeMap;

use super::super::fields::{Echo, Fields};
use super::super::node::{Node, Spot};
use super::super::report::{Report, printable};
use super::super::scalar;
use super::checks::which;
use crate::place::SourceFile;
use crate::policy::{CheckId, Deviation, Expression, Rule, Severity};
use crate::suggest::closest;

const RULE: [&str; 6] = ["id", "title", "severity", "when", "message", "remedy"];
const DEVIATION: [&str; 6] = ["check", "mailbox", "person", "who", "why", "until"];
const LONGEST_SENTENCE: usize = 500;
const LONGEST_EXPRESSION: usize = 4000;

/// `rules:`.
pub(super) fn rules(node: &Node, file: &SourceFile, report: &mut Report) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut first: BTreeMap<String, Spot> = BTreeMap::new();
    for node in scalar::list(node, "rules", report).unwrap_or_default() {
        let Some(rule) = rule(node, file, report) else { continue };
        let at = Spot { line: rule.place.line, column: rule.place.column };
        if let Some(spot) = first.get(&rule.id) {
            let message = format!("the rule `{}` is there twice; the first is in line {}", rule.id, spot.line);
            report.say_with(at, message, Some("give one of them another id".to_owned()));
            continue;
        }
        first.insert(rule.id.clone(), at);
        rules.push(rule);
    }
    rules
}

fn rule(node: &Node, file: &SourceFile, report: &mut Report) -> Option<Rule> {
    let mut fields = Fields::open(node, "this rule", &RULE, Echo::Keys, report)?;
    let id = fields.need("id").and_then(|node| Some((rule_id(node, report)?, report.place(node.at))));
    let title = fields.need("title").and_then(|node| scalar::sentence(node, "title", 120, report));
    let severity = fields.need("severity").and_then(|node| scalar::word(node, "severity", &Severity::WORDS, report));
    let when = fields.need("when").and_then(|node| expression(node, file, report));
    let message = fields.need("message").and_then(|node| scalar::sentence(node, "message", LONGEST_SENTENCE, report));
    let remedy = fields.need("remedy").and_then(|node| scalar::sentence(node, "remedy", LONGEST_SENTENCE, report));
    fields.close(report);
    let (id, place) = id?;
    Some(Rule { id, title: title?, severity: severity?, when: when?, message: message?, remedy: remedy?, place })
}

fn rule_id(node: &Node, report: &mut Report) -> Option<String> {
    let id = scalar::sentence(node, "id", 64, report)?;
    if CheckId::from_id(&id).is_some() {
        let help = "give the rule another id; what a check of Tripod's does is set under `checks`";
        report.say_with(node.at, format!("`{id}` is a check of Tripod's"), Some(help.to_owned()));
        return None;
    }
    let sound = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !sound {
        report.say_with(
            node.at,
            format!("`{}` cannot be the id of a rule", printable(&id)),
            Some("use lower-case letters, digits and `-`, and begin with a letter".to_owned()),
        );
    }
    sound.then_some(id)
}

/// An expression, with the place of its first character, so that what is wrong inside can be pointed at.
fn expression(node: &Node, file: &SourceFile, report: &mut Report) -> Option<Expression> {
    let text = scalar::text(node, "when", report)?;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        report.say(node.at, "`when` is empty");
        return None;
    }
    if text.chars().count() > LONGEST_EXPRESSION {
        report.say(node.at, format!("`when` has more than {LONGEST_EXPRESSION} characters"));
        return None;
    }
    let (at, by_line) = first_character(node.at, trimmed, file);
    Some(Expression { text: trimmed.to_owned(), place: report.place(at), by_line })
}

/// Where the text of a value begins in the file, after a quote or the sign of a block.
fn first_character(at: Spot, text: &str, file: &SourceFile) -> (Spot, bool) {
    let bytes = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.bytes);
    let source = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = source.lines().collect();
    let rest = |spot: Spot| -> String {
        let line = lines.get(spot.line.saturating_sub(1)).copied().unwrap_or_default();
        line.chars().skip(spot.column.saturating_sub(1)).collect()
    };
    let begin = text.lines().next().unwrap_or_default();
    let here = rest(at);
    match here.chars().next() {
        Some('"' | '\'') => {
            let at = Spot { column: at.column + 1, ..at };
            (at, text.lines().count() == 1 && rest(at).starts_with(begin))
        }
        Some(sign @ ('|' | '>')) => {
            let below = (at.line..lines.len()).find(|number| !lines.get(*number).is_none_or(|l| l.trim().is_empty()));
            let Some(number) = below else { return (at, false) };
            let line = lines.get(number).copied().unwrap_or_default();
            let indent = line.chars().take_while(|c| *c == ' ').count();
            let spot = Spot { line: number + 1, column: indent + 1 };
            (spot, sign == '|' || line.trim() == text)
        }
        // A block's own location may be that of its first line already.
        _ => (at, here.starts_with(begin)),
    }
}

/// `deviations:`.
pub(super) fn deviations(node: &Node, rules: &[Rule], report: &mut Report) -> Vec<Deviation> {
    let items = scalar::list(node, "deviations", report).unwrap_or_default();
    items.iter().filter_map(|node| deviation(node, rules, report)).collect()
}

fn deviation(node: &Node, rules: &[Rule], report: &mut Report) -> Option<Deviation> {
    let mut fields = Fields::open(node, "this deviation", &DEVIATION, Echo::Keys, report)?;
    let check = fields.need("check").and_then(|node| check_or_rule(node, rules, report));
    let mailbox = fields.need("mailbox").and_then(|node| scalar::address(node, "mailbox", report));
    let person = fields.take("person").map(|node| scalar::address(node, "person", report));
    let who = fields.need("who").and_then(|node| scalar::sentence(node, "who", 200, report));
    let why = fields.need("why").and_then(|node| scalar::sentence(node, "why", LONGEST_SENTENCE, report));
    let until = fields.take("until");
    if until.is_none() && !fields.any_meant(&["until"]) {
        report.say_with(
            fields.at(),
            "this deviation has no end",
            Some("add `until: 2027-01-31`, the last day on which it is accepted".to_owned()),
        );
    }
    let until = until.and_then(|node| scalar::day(node, "until", report));
    let place = report.place(fields.key_at("check").unwrap_or(fields.at()));
    fields.close(report);
    let person = match person {
        Some(person) => Some(person?),
        None => None,
    };
    Some(Deviation { check: check?, mailbox: mailbox?, person, who: who?, why: why?, until: until?, place })
}

/// The id of a check or of a rule in the same file.
fn check_or_rule(node: &Node, rules: &[Rule], report: &mut Report) -> Option<String> {
    let text = scalar::text(node, "check", report)?;
    let known = CheckId::from_id(text).is_some_and(|check| check != CheckId::OwnRule);
    if known || rules.iter().any(|rule| rule.id == text) {
        return Some(text.to_owned());
    }
    let help = match closest(text, rules.iter().map(|rule| rule.id.as_str())) {
        Some(rule) => Some(format!("did you mean the rule `{rule}`?")),
        None => which(text),
    };
    report.say_with(node.at, format!("there is no check and no rule `{}`", printable(text)), help);
    None
}
