//! The Atlassian document format, in which Jira keeps comments (Atlassian, «Atlassian Document Format»).
//!
//! A text node is never markup, so that nothing in it can be a link, a mention or a macro. Of our own Markdown only
//! what a comment needs is kept: headings, blocks of code and lines. The rest is shown as it is written.

use serde_json::{Value, json};

use super::text::{Reading, decoded, reading};
use crate::desk::Uncounted;

/// A document with our Markdown and a last line by which the comment is found again. Jira has no place in a comment
/// that is not shown.
pub(super) fn document(markdown: &str, mark: &str) -> Value {
    let mut content = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let fence = line.len() - line.trim_start_matches('`').len();
        if fence >= 3 {
            let code: Vec<&str> = lines.by_ref().take_while(|inside| inside.trim_end() != &line[..fence]).collect();
            content.push(block("codeBlock", &code.join("\n"), &Value::Null));
            continue;
        }
        let level = line.len() - line.trim_start_matches('#').len();
        match line.get(level..).and_then(|rest| rest.strip_prefix(' ')) {
            Some(title) if (1..=6).contains(&level) => {
                content.push(block("heading", &decoded(title, &[]), &json!({"level": level})));
            }
            _ if line.trim().is_empty() => {}
            _ => content.push(block("paragraph", &decoded(line.trim_end(), &[]), &Value::Null)),
        }
    }
    content.push(block("paragraph", mark, &Value::Null));
    json!({"version": 1, "type": "doc", "content": content})
}

/// A text node must not be empty.
fn block(kind: &str, text: &str, attributes: &Value) -> Value {
    let content = if text.is_empty() { json!([]) } else { json!([{"type": "text", "text": text}]) };
    let mut block = json!({"type": kind, "content": content});
    if !attributes.is_null() {
        block["attrs"] = attributes.clone();
    }
    block
}

/// What a comment says to the plan. Only plain paragraphs count: what is marked up in any way may be quoted, struck
/// through or hidden.
pub(super) fn says(document: &Value) -> Reading {
    match (plain(document), reading(&text(document))) {
        (Some(text), _) => reading(&text),
        (None, Reading::Approves(_) | Reading::Meant(Uncounted::Hidden | Uncounted::NotTheLine)) => {
            Reading::Meant(Uncounted::Marked)
        }
        (None, other) => other,
    }
}

/// The text of a document that is nothing but paragraphs of text without marks, a line for each.
fn plain(document: &Value) -> Option<String> {
    let mut found = String::new();
    for block in document.get("content")?.as_array()? {
        if block.get("type")?.as_str()? != "paragraph" || is_marked(block) {
            return None;
        }
        let inside = block.get("content").and_then(Value::as_array);
        for node in inside.into_iter().flatten() {
            match node.get("type")?.as_str()? {
                "text" if !is_marked(node) => found.push_str(node.get("text")?.as_str()?),
                "hardBreak" => found.push('\n'),
                _ => return None,
            }
        }
        found.push('\n');
    }
    Some(found)
}

fn is_marked(node: &Value) -> bool {
    node.get("marks").is_some_and(|marks| marks.as_array().is_none_or(|marks| !marks.is_empty()))
}

/// The text of a document, a line for each block. What shows something else than it says counts as a gap.
pub(super) fn text(document: &Value) -> String {
    let mut found = String::new();
    unfold(document, &mut found);
    found
}

fn unfold(node: &Value, found: &mut String) {
    match node.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => found.push_str(node.get("text").and_then(Value::as_str).unwrap_or_default()),
        "emoji" => found.push_str(node.pointer("/attrs/text").and_then(Value::as_str).unwrap_or("\u{fffc}")),
        "hardBreak" => found.push('\n'),
        kind => match node.get("content").and_then(Value::as_array) {
            Some(content) => {
                for inner in content {
                    unfold(inner, found);
                }
                if matches!(kind, "paragraph" | "heading" | "codeBlock") {
                    found.push('\n');
                }
            }
            None => found.push('\u{fffc}'),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_read_back_as_it_was_written() {
        let document = document("## Plan\n\n1 &#60;b&#62; &# &#x\n```sh\n# a\n\nb\n```\nend", "mark");
        assert_eq!(text(&document), "Plan\n1 <b> &# &#x\n# a\n\nb\nend\nmark\n");
        assert_eq!(document["content"][0]["attrs"]["level"], 2);
        assert_eq!(document["content"][2]["type"], "codeBlock");
    }
}
