//! GitHub: the Markdown that an issue form makes of its fields, alone or in the JSON of an issue.
//!
//! Source: GitHub Docs, «Syntax for issue forms»: each field becomes a heading of the third level with its label,
//! followed by what was filled in, or by `_No response_`.

use serde_json::Value;
use tripod_model::Address;

use super::super::field::Key;
use super::super::fields::Texts;
use super::super::problem::RequestProblem;
use super::{json_of, plain};

const EMPTY: &str = "_No response_";

pub(super) fn texts(bytes: &[u8], texts: &mut Texts) -> Result<(), String> {
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        let value = json_of(bytes)?;
        // A webhook has the issue inside, REST gives the issue itself.
        let issue = value.get("issue").unwrap_or(&value);
        let body = issue.get("body").and_then(Value::as_str).ok_or("the issue has no text")?;
        from_markdown(plain(body.as_bytes())?, texts);
        // The connector says whose account opened the issue. Whoever asks in somebody else's name could approve their
        // own request.
        if let Some(opener) = value.get("opened_by").and_then(Value::as_str) {
            requester(opener, texts);
        }
    } else {
        from_markdown(plain(bytes)?, texts);
    }
    Ok(())
}

fn requester(opener: &str, texts: &mut Texts) {
    let named = texts.get(Key::Requester).map(str::parse::<Address>);
    match (named, opener.parse::<Address>()) {
        (None, _) => texts.put(Key::Requester, opener),
        (Some(Ok(named)), Ok(opener)) if named != opener => {
            let message = format!("the ticket was opened by {opener}, and names {named}");
            texts.say(RequestProblem::of(Key::Requester, message).help("open the ticket yourself"));
        }
        _ => {}
    }
}

fn from_markdown(body: &str, texts: &mut Texts) {
    let mut current: Option<(Key, String)> = None;
    for line in body.lines() {
        if let Some(label) = line.strip_prefix("### ") {
            close(current.take(), texts);
            match Key::find(label) {
                Some(key) => current = Some((key, String::new())),
                None => texts.say(
                    RequestProblem::ticket(format!("`{}` is no field of the form", crate::text::printable(label, 80)))
                        .help("use the form for service mailboxes and leave its headings as they are"),
                ),
            }
        } else if let Some((_, text)) = &mut current {
            text.push_str(line);
            text.push('\n');
        }
    }
    close(current, texts);
}

fn close(field: Option<(Key, String)>, texts: &mut Texts) {
    if let Some((key, text)) = field {
        let text = text.trim();
        texts.put(key, if text == EMPTY { "" } else { text });
    }
}
