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

/// A text of several lines as a block in which nothing is markup, each line behind an indent. The fence is longer than
/// any run of backticks inside, so that nothing inside can end it.
#[must_use]
pub(crate) fn block(indent: &str, language: &str, text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    let mut block = format!("{indent}{fence}{language}\n");
    for line in text.lines() {
        let _ = writeln!(block, "{indent}{}", harmless(line));
    }
    let _ = writeln!(block, "{indent}{fence}");
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inside_a_block_can_end_it() {
        assert_eq!(block("  ", "yaml", "a\n````\n# Free"), "  `````yaml\n  a\n  ````\n  # Free\n  `````\n");
    }
}
