//! Rules of an organisation's own, as CEL expressions over a documented model.
//!
//! An expression sees two variables:
//!
//! | name | type | meaning |
//! |---|---|---|
//! | `mailbox.address`, `.name`, `.purpose`, `.tenant` | text | as in the manifest |
//! | `mailbox.kind` | text | `shared-mailbox` or `group-inbox` |
//! | `mailbox.apps` | list of texts | the SaaS apps of the manifest |
//! | `mailbox.signInAllowed` | truth | whether the manifest says `sign-in: allowed` |
//! | `mailbox.active` | number | delegates who can act for certain |
//! | `mailbox.delegates` | list | everybody with access or in the manifest |
//! | `…delegates[].address` | text | the address, or what is left of an account |
//! | `…delegates[].wanted`, `.hasAccess`, `.active` | truth | in the manifest; with both rights; can act |
//! | `…delegates[].leavesInDays` | number | only if there is a leave date |
//! | `…delegates[].daysSinceSignIn` | number | only if known; -1 is never |
//! | `…delegates[].secondFactor` | truth | only if known |
//! | `…delegates[].manager`, `.department` | text | only if known; empty if there is none |
//! | `mailbox.size`, `.sizeLimit` | number of bytes | only if known |
//! | `mailbox.forwarding` | list of texts | only if known |
//! | `policy.quorum` | number | the quorum |
//!
//! What is *only if known* can be asked for with `has(…)`. A rule that needs something unknown is itself unknown.

mod names;

use cel::{Context, Program, Value};
use jiff::Timestamp;
use serde_json::{Map, json};
use tripod_model::suggest::closest;
use tripod_model::{CheckId, Place, Policy, Problem, Rule, SignIn, State, WantedMailbox};
use tripod_tenant::{ErrorKind, Observation, Observed};

use crate::audit::Audit;
use crate::checks::Results;
use crate::finding::{Evidence, Finding, Remedy, UnknownCheck};
use crate::standing::{MailboxStanding, StandingState};

/// Every key of the model, for suggestions.
const KEYS: [&str; 22] = [
    "mailbox",
    "policy",
    "address",
    "name",
    "purpose",
    "tenant",
    "kind",
    "apps",
    "signInAllowed",
    "active",
    "delegates",
    "wanted",
    "hasAccess",
    "leavesInDays",
    "daysSinceSignIn",
    "secondFactor",
    "manager",
    "department",
    "size",
    "sizeLimit",
    "forwarding",
    "quorum",
];

/// A rule that can be judged, or what is wrong with it.
pub struct Compiled<'p> {
    rule: &'p Rule,
    program: Result<Program, Problem>,
}

/// Compiles every rule of a policy. Each is tried on a mailbox of which everything is known, so that a slip in a name
/// or a comparison of a text with a number shows now and not on the day on which it matters.
#[must_use]
pub fn compile(policy: &Policy) -> Vec<Compiled<'_>> {
    policy.rules.iter().map(|rule| Compiled { rule, program: program(rule) }).collect()
}

/// Everything that is wrong with the rules of a policy, with file, line and column.
#[must_use]
pub fn check_rules(policy: &Policy) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        compile(policy).into_iter().filter_map(|compiled| compiled.program.err()).collect();
    for (number, rule) in policy.rules.iter().enumerate() {
        let earlier = policy.rules.iter().take(number).find(|earlier| earlier.id == rule.id);
        problems.extend(earlier.map(|earlier| Problem {
            place: rule.place.clone(),
            message: format!("the rule `{}` is there twice; the first is in {}", rule.id, earlier.place),
            help: Some("give one of them another id".to_owned()),
        }));
    }
    problems.sort();
    problems
}

fn program(rule: &Rule) -> Result<Program, Problem> {
    let program = match Program::compile(&rule.when.text) {
        Ok(program) => program,
        Err(errors) => {
            let first = errors.errors.first();
            let message = first.map_or_else(|| errors.to_string(), |error| brief(&error.msg));
            let position = first.map(|error| error.pos).filter(|(line, _)| *line >= 1);
            return Err(Problem {
                place: place(rule, position.map(|(line, column)| (line.unsigned_abs(), column.max(1).unsigned_abs()))),
                message: format!("the rule `{}` cannot be read: {message}", rule.id),
                help: Some("`when` is an expression in CEL, e.g. `mailbox.active < 4`".to_owned()),
            });
        }
    };
    if let Some(name) = names::strange(program.expression(), &KEYS) {
        return Err(Trouble::Missing(name.to_owned()).into_problem(rule));
    }
    for sample in samples() {
        judge_once(&program, &sample).map_err(|trouble| trouble.into_problem(rule))?;
    }
    Ok(program)
}

/// The parser's sentence, on one line and without its own places.
fn brief(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim_start_matches("Syntax error: ");
    // What could stand there instead is said as a list of the grammar's tokens, which helps nobody.
    let line = line.split(" expecting ").next().unwrap_or_default().trim_end_matches('.');
    match line.split_once(" input '") {
        Some((_, "<EOF>'")) => "it ends too early".to_owned(),
        Some((_, input)) => format!("`{}` does not fit here", input.trim_end_matches('\'')),
        None => line.to_owned(),
    }
}

/// Where something in an expression stands in the file: its line and column in the expression, both from 1.
fn place(rule: &Rule, position: Option<(usize, usize)>) -> Place {
    let start = &rule.when.place;
    match position {
        Some((1, column)) if rule.when.by_line => Place { column: start.column + column - 1, ..start.clone() },
        Some((line, column)) if rule.when.by_line => {
            Place { line: start.line + line - 1, column: start.column + column - 1, ..start.clone() }
        }
        _ => start.clone(),
    }
}

/// Why an expression gave no answer.
enum Trouble {
    /// It names something that is not there.
    Missing(String),
    /// It gave something else than true or false.
    NotTruth(String),
    /// Anything else, in CEL's words.
    Other(String),
}

impl Trouble {
    fn sentence(&self) -> String {
        match self {
            Self::Missing(name) => format!("`{name}` is not known"),
            Self::NotTruth(what) => format!("it gives {what} instead of true or false"),
            Self::Other(message) => message.clone(),
        }
    }

    fn into_problem(self, rule: &Rule) -> Problem {
        let position = match &self {
            Self::Missing(name) => position_of(&rule.when.text, name),
            Self::NotTruth(_) | Self::Other(_) => None,
        };
        let help = match &self {
            Self::Missing(name) => closest(name, KEYS)
                .map(|key| format!("did you mean `{key}`?"))
                .or_else(|| Some("the reference of policies lists what a rule can ask for".to_owned())),
            Self::NotTruth(_) => Some("write a comparison, e.g. `mailbox.active < 4`".to_owned()),
            Self::Other(_) => None,
        };
        let message = match &self {
            Self::Missing(name) => format!("the rule `{}` asks for `{name}`, which there is not", rule.id),
            other => format!("the rule `{}` cannot be judged: {}", rule.id, other.sentence()),
        };
        Problem { place: place(rule, position), message, help }
    }
}

/// Where a name stands in a text, as a word of its own.
fn position_of(text: &str, name: &str) -> Option<(usize, usize)> {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    for (number, line) in text.lines().enumerate() {
        for (offset, _) in line.match_indices(name) {
            let before = line.get(..offset).unwrap_or_default();
            let after = line.get(offset + name.len()..).unwrap_or_default();
            if !before.ends_with(part_of_name) && !after.starts_with(part_of_name) {
                return Some((number + 1, before.chars().count() + 1));
            }
        }
    }
    None
}

fn judge_once(program: &Program, model: &serde_json::Value) -> Result<bool, Trouble> {
    let mut context = Context::default();
    for name in ["mailbox", "policy"] {
        let value = cel::to_value(model.get(name)).map_err(|error| Trouble::Other(error.to_string()))?;
        context.add_variable_from_value(name, signed(value));
    }
    match program.execute(&context) {
        Ok(Value::Bool(truth)) => Ok(truth),
        Ok(other) => Err(Trouble::NotTruth(format!("a {}", kind(&other)))),
        Err(cel::ExecutionError::NoSuchKey(name) | cel::ExecutionError::UndeclaredReference(name)) => {
            Err(Trouble::Missing(name.as_ref().clone()))
        }
        Err(error) => Err(Trouble::Other(brief(&error.to_string()))),
    }
}

/// The same value with every number signed, as the literals of an expression are: CEL adds no signed number to an
/// unsigned one.
fn signed(value: Value) -> Value {
    match value {
        Value::UInt(number) => i64::try_from(number).map_or(Value::UInt(number), Value::Int),
        Value::List(items) => Value::List(items.iter().cloned().map(signed).collect::<Vec<_>>().into()),
        Value::Map(entries) => {
            let entries = entries.map.iter().map(|(key, value)| (key.clone(), signed(value.clone())));
            Value::Map(entries.collect::<std::collections::HashMap<_, _>>().into())
        }
        other => other,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "number",
        Value::List(_) => "list",
        _ => "value",
    }
}

/// Mailboxes of which everything is known: one with everybody, and one of another kind.
fn samples() -> [serde_json::Value; 2] {
    let delegate = |active: bool| {
        json!({
            "address": "ana@example.com", "wanted": true, "hasAccess": true, "active": active, "leavesInDays": 7,
            "daysSinceSignIn": 1, "secondFactor": true, "manager": "bob@example.com", "department": "IT",
        })
    };
    let mailbox = |kind: &str, active: bool| {
        json!({
            "mailbox": {
                "address": "x@example.com", "name": "X", "purpose": "X", "tenant": "example", "kind": kind,
                "apps": ["X"], "signInAllowed": !active, "active": if active { 3 } else { 0 },
                "delegates": [delegate(active)],
                "size": 1, "sizeLimit": 2, "forwarding": ["x@example.com"],
            },
            "policy": {"quorum": 3},
        })
    };
    [mailbox("shared-mailbox", true), mailbox("group-inbox", false)]
}

/// Judges every rule on one mailbox. Where people are uncertain, a rule speaks only if it does so in either case.
pub(crate) fn judge(
    rules: &[Compiled<'_>],
    wanted: &WantedMailbox,
    observed: &Observation,
    audit: Option<&Audit>,
    policy: &Policy,
    now: Timestamp,
    results: &mut Results,
) {
    if rules.is_empty() || matches!(wanted.state, State::Retired { .. }) {
        return;
    }
    match results.standing.state {
        StandingState::Present if !results.unknown.iter().any(|unknown| unknown.what == "who has access") => {}
        // A mailbox that is missing is reported as such; there is nothing to hold a rule against.
        StandingState::Missing => return,
        _ => {
            for compiled in rules {
                let reason = "the mailbox or who has access to it could not be read";
                results.unknown.push(unknown(compiled.rule, wanted, reason, ErrorKind::Unavailable));
            }
            return;
        }
    }
    let least = model(wanted, &results.standing, observed, audit, policy, now, results.standing.active);
    let most = results.standing.active + results.standing.uncertain;
    let most = model(wanted, &results.standing, observed, audit, policy, now, most);
    for Compiled { rule, program } in rules {
        let program = match program {
            Ok(program) => program,
            Err(problem) => {
                results.unknown.push(unknown(rule, wanted, &problem.to_string(), ErrorKind::Invalid));
                continue;
            }
        };
        match (judge_once(program, &least), judge_once(program, &most)) {
            (Ok(true), Ok(true)) => results.findings.push(finding(rule, wanted, &results.standing)),
            (Ok(false), Ok(false)) => {}
            (Ok(_), Ok(_)) => {
                let reason = "it depends on people of whom nobody could tell whether they are active";
                results.unknown.push(unknown(rule, wanted, reason, ErrorKind::Unavailable));
            }
            (Err(trouble), _) | (_, Err(trouble)) => {
                results.unknown.push(unknown(rule, wanted, &trouble.sentence(), ErrorKind::Unavailable));
            }
        }
    }
}

fn finding(rule: &Rule, wanted: &WantedMailbox, standing: &MailboxStanding) -> Finding {
    Finding {
        check: CheckId::OwnRule,
        rule: Some(rule.id.clone()),
        severity: rule.severity,
        tenant: wanted.tenant.clone(),
        mailbox: wanted.address.clone(),
        subject: None,
        message: format!("{}: {}", wanted.address, rule.message),
        evidence: vec![
            Evidence::new("rule", &rule.title),
            Evidence::new("when", &rule.when.text),
            Evidence::new("written in", &rule.place),
            Evidence::new("active delegates", standing.active),
        ],
        remedy: Remedy::say(&rule.remedy),
        place: wanted.place.clone(),
    }
}

fn unknown(rule: &Rule, wanted: &WantedMailbox, reason: &str, kind: ErrorKind) -> UnknownCheck {
    UnknownCheck {
        check: Some(CheckId::OwnRule),
        rule: Some(rule.id.clone()),
        tenant: wanted.tenant.clone(),
        mailbox: Some(wanted.address.clone()),
        what: format!("whether the rule `{}` holds", rule.id),
        reason: reason.to_owned(),
        kind,
    }
}

fn model(
    wanted: &WantedMailbox,
    standing: &MailboxStanding,
    observed: &Observation,
    audit: Option<&Audit>,
    policy: &Policy,
    now: Timestamp,
    active: usize,
) -> serde_json::Value {
    let delegates: Vec<_> = standing
        .delegates
        .iter()
        .map(|delegate| {
            let mut keys = Map::new();
            keys.insert("address".to_owned(), json!(delegate.who));
            keys.insert("wanted".to_owned(), json!(delegate.wanted));
            keys.insert("hasAccess".to_owned(), json!(delegate.has_access));
            if !delegate.unknown {
                keys.insert("active".to_owned(), json!(delegate.inactive.is_none() && !delegate.delegation_off));
            }
            person(&delegate.who, observed, audit, now, &mut keys);
            keys
        })
        .collect();
    let mut keys = Map::new();
    keys.insert("address".to_owned(), json!(wanted.address));
    keys.insert("name".to_owned(), json!(wanted.name));
    keys.insert("purpose".to_owned(), json!(wanted.purpose));
    keys.insert("tenant".to_owned(), json!(wanted.tenant));
    keys.insert("kind".to_owned(), json!(wanted.kind.word()));
    keys.insert("apps".to_owned(), json!(wanted.apps));
    keys.insert("signInAllowed".to_owned(), json!(wanted.sign_in == SignIn::Allowed));
    keys.insert("active".to_owned(), json!(active));
    keys.insert("delegates".to_owned(), json!(delegates));
    if let Some(audit) = audit {
        let facts = audit.mailbox(&wanted.address);
        put(&mut keys, "size", &facts.size);
        put(&mut keys, "sizeLimit", &facts.size_limit);
        put(&mut keys, "forwarding", &facts.forwarding);
    }
    json!({"mailbox": keys, "policy": {"quorum": policy.quorum}})
}

fn put<T: serde::Serialize>(keys: &mut Map<String, serde_json::Value>, key: &str, fact: &Observed<T>) {
    if let Observed::Present(value) = fact {
        keys.insert(key.to_owned(), json!(value));
    }
}

fn person(
    who: &str,
    observed: &Observation,
    audit: Option<&Audit>,
    now: Timestamp,
    keys: &mut Map<String, serde_json::Value>,
) {
    let Ok(address) = who.parse() else { return };
    let Observed::Present(person) = observed.person(&address) else { return };
    let days = |earlier: Timestamp, later: Timestamp| later.duration_since(earlier).as_secs().div_euclid(86_400);
    if let Some(leaves) = person.leaves {
        keys.insert("leavesInDays".to_owned(), json!(days(now, leaves)));
    }
    let Some(audit) = audit else { return };
    let facts = audit.person(&person.address);
    if let Observed::Present(last) = facts.last_sign_in {
        keys.insert("daysSinceSignIn".to_owned(), json!(last.map_or(-1, |last| days(last, now))));
    }
    put(keys, "secondFactor", &facts.second_factor);
    put(keys, "manager", &facts.manager.map(|manager| manager.map(|m| m.to_string()).unwrap_or_default()));
    put(keys, "department", &facts.department.map(Option::unwrap_or_default));
}
