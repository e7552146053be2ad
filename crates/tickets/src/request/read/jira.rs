//! Jira Service Management: an issue (`GET /rest/api/3/issue/{key}?expand=names`) or a customer request
//! (`GET /rest/servicedeskapi/request/{key}`).
//!
//! Sources: Atlassian, «Jira Cloud platform REST API» (fields, names, Atlassian document format) and «Jira Service
//! Management REST API» (`requestFieldValues`).

use serde_json::Value;
use tripod_model::Address;

use super::super::field::{FIELDS, Field, Key};
use super::super::fields::Texts;
use super::super::problem::RequestProblem;

/// How much text one field may unfold to.
const LONGEST: usize = 64 * 1024;

pub(super) fn texts(value: &Value, texts: &mut Texts) -> Result<(), String> {
    // A webhook has the issue inside.
    let issue = value.get("issue").unwrap_or(value);
    let reporter = if let Some(values) = issue.get("requestFieldValues").and_then(Value::as_array) {
        for entry in values {
            if let (Some(key), Some(value)) = (label(entry.get("label")), entry.get("value")) {
                texts.put(key, &text_of(key, value));
            }
        }
        issue.pointer("/reporter/emailAddress")
    } else {
        let fields = issue.get("fields").and_then(Value::as_object).ok_or("the issue has no fields")?;
        let names = issue.get("names").or_else(|| value.get("names")).and_then(Value::as_object);
        let names = names.ok_or("the names of the issue's fields are missing; ask for it with `expand=names`")?;
        for (id, name) in names {
            if let (Some(key), Some(value)) = (label(Some(name)), fields.get(id).filter(|value| !value.is_null())) {
                texts.put(key, &text_of(key, value));
            }
        }
        issue.pointer("/fields/reporter/emailAddress")
    };
    requester(reporter.and_then(Value::as_str), texts);
    Ok(())
}

/// The field with exactly this label. A Jira issue has fields of its own beside ours, such as «Reporter».
fn label(name: Option<&Value>) -> Option<Key> {
    let name = name?.as_str()?.trim();
    FIELDS.iter().find(|field: &&Field| field.label.eq_ignore_ascii_case(name)).map(|field| field.key)
}

/// Jira knows who reported the issue; whoever asks in somebody else's name could approve their own request.
fn requester(reporter: Option<&str>, texts: &mut Texts) {
    let Some(reporter) = reporter else { return };
    match texts.get(Key::Requester).map(str::to_owned) {
        None => texts.put(Key::Requester, reporter),
        Some(named) => {
            let (named, reporter): (Result<Address, _>, Result<Address, _>) = (named.parse(), reporter.parse());
            if let (Ok(named), Ok(reporter)) = (named, reporter)
                && named != reporter
            {
                let message = format!("the ticket was opened by {reporter}, and names {named}");
                texts.say(RequestProblem::of(Key::Requester, message).help("open the ticket yourself"));
            }
        }
    }
}

/// What a value says: plain or rich text, a choice, a user, or a list of them.
fn text_of(key: Key, value: &Value) -> String {
    let mut text = String::new();
    unfold(value, &mut text);
    // People may come as one paragraph each, everything else as one line with the empty ones around it.
    if key == Key::People { text } else { text.trim().to_owned() }
}

fn unfold(value: &Value, text: &mut String) {
    if text.len() > LONGEST {
        return;
    }
    match value {
        Value::String(plain) => text.push_str(plain),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::Array(items) => {
            for item in items {
                unfold(item, text);
                text.push('\n');
            }
        }
        Value::Object(object) => {
            let string = |key: &str| object.get(key).and_then(Value::as_str);
            match (string("type"), object.get("content")) {
                (Some("text"), _) => text.push_str(string("text").unwrap_or_default()),
                (Some("hardBreak"), _) => text.push('\n'),
                (Some("mention" | "inlineCard" | "emoji" | "date" | "status"), _) => {
                    // These show something else than they say; a field takes plain text.
                    text.push('\u{fffc}');
                }
                (Some(kind), Some(Value::Array(content))) => {
                    for node in content {
                        unfold(node, text);
                    }
                    if matches!(kind, "paragraph" | "heading" | "listItem" | "codeBlock") {
                        text.push('\n');
                    }
                }
                _ => text.push_str(
                    string("emailAddress").or_else(|| string("value")).or_else(|| string("name")).unwrap_or_default(),
                ),
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}
