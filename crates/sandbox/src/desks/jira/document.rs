//! What Jira makes of a text that is written in its wiki markup, as e-mails and Service Management's API write it
//! (Atlassian, «Wiki markup», «Atlassian Document Format»): as far as people use it in an answer of a few lines.

use serde_json::{Value, json};

/// A text as a document: a paragraph for each line, but for blocks of code and quotations.
pub(super) fn document(text: &str) -> Value {
    let mut content = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let block = ["{code}", "{noformat}", "{quote}"].iter().find(|mark| line.trim_end() == **mark);
        content.push(match block {
            Some(mark) => {
                let inside: Vec<&str> = lines.by_ref().take_while(|inside| inside.trim_end() != *mark).collect();
                if *mark == "{quote}" {
                    json!({"type": "blockquote", "content": inside.iter().map(|line| paragraph(line)).collect::<Vec<_>>()})
                } else {
                    json!({"type": "codeBlock", "content": [{"type": "text", "text": inside.join("\n")}]})
                }
            }
            None => match line.strip_prefix("bq. ") {
                Some(quoted) => json!({"type": "blockquote", "content": [paragraph(quoted)]}),
                None => paragraph(line),
            },
        });
    }
    json!({"type": "doc", "version": 1, "content": content})
}

fn paragraph(line: &str) -> Value {
    if line.is_empty() {
        return json!({"type": "paragraph", "content": []});
    }
    let between = |start: &str, end: &str| line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    let colour = line
        .strip_prefix("{color:")
        .and_then(|rest| rest.strip_suffix("{color}"))
        .and_then(|rest| rest.split_once('}'));
    let (text, mark) = match (between("{{", "}}"), between("-", "-"), between("*", "*"), colour) {
        (Some(text), ..) => (text, json!({"type": "code"})),
        (_, Some(text), ..) => (text, json!({"type": "strike"})),
        (_, _, Some(text), _) => (text, json!({"type": "strong"})),
        (_, _, _, Some((colour, text))) => (text, json!({"type": "textColor", "attrs": {"color": colour}})),
        _ => (line, Value::Null),
    };
    let mut node = json!({"type": "text", "text": text});
    if !mark.is_null() && !text.is_empty() {
        node["marks"] = json!([mark]);
    } else {
        node["text"] = Value::from(line);
    }
    json!({"type": "paragraph", "content": [node]})
}
