//! Foreign text in Markdown.

use std::fmt::Write as _;

use crate::words::harmless;

/// A text in which nothing is markup, a link, a mention or HTML.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            // An entity is never read as markup, whatever stands beside it; an @ would otherwise notify somebody.
            '&' | '<' | '>' | '@' | '`' | '|' => {
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            '\\' | '*' | '_' | '[' | ']' | '#' | '~' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            _ => safe.push(c),
        }
    }
    safe
}
