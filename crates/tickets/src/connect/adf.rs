//! The Atlassian document format, in which Jira keeps comments (Atlassian, «Atlassian Document Format»).
//!
//! A text node is never markup, so that nothing in it can be a link, a mention or a macro. Of our own Markdown only
//! what a comment needs is kept: headings, blocks of code and lines. The rest is shown as it is written.

use serde_json::{Value, json};

use super::text::decoded;

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

/// The text of a document, a line for each block. What shows something else than it says counts as a gap, and what
/// is quoted does not count at all.
pub(super) fn text(document: &Value) -> String {
    let mut found = String::new();
    unfold(document, &mut found);
    found
}

fn unfold(node: &Value, found: &mut String) {
    match node.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => found.push_str(node.get("text").and_then(Value::as_str).unwrap_or_default()),
        "hardBreak" => found.push('\n'),
        "blockquote" => {}
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
