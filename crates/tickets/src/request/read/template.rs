//! The plain template, as somebody sends it by e-mail or pastes it into a ticket: a line `Label: text` per field.

use super::super::field::Key;
use super::super::fields::Texts;

/// The line after which an e-mail holds a signature only (RFC 3676, 4.3).
const SIGNATURE: &str = "--";

pub(super) fn texts(body: &str, texts: &mut Texts) {
    let mut current: Option<(Key, String)> = None;
    for line in body.lines() {
        // A reply quotes what it answers.
        let line = line.trim_start_matches("> ").trim_end();
        if line == SIGNATURE {
            break;
        }
        if let Some((key, rest)) = heading(line) {
            close(current.take(), texts);
            current = Some((key, rest.to_owned()));
        } else if let Some((_, text)) = &mut current {
            text.push('\n');
            text.push_str(line);
        }
    }
    close(current, texts);
}

/// The field that a line begins, with what follows on it: `Purpose: …`, also in bold or as an item of a list.
fn heading(line: &str) -> Option<(Key, &str)> {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).unwrap_or(line);
    let (label, rest) = line.split_once(':')?;
    let label = label.trim().trim_matches('*');
    Key::find(label).map(|key| (key, rest.trim_start_matches("**").trim()))
}

fn close(field: Option<(Key, String)>, texts: &mut Texts) {
    if let Some((key, text)) = field {
        // The template shows in angle brackets what to write; what was left as it is counts as empty.
        let text = text.trim();
        let untouched = text.starts_with('<') && text.ends_with('>') && !text.contains('\n') && !text.contains('@');
        texts.put(key, if untouched { "" } else { text });
    }
}
