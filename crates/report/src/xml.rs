//! Foreign text in XML 1.0.

use std::fmt::Write as _;

/// What stands for a character that XML 1.0 cannot hold, not even as a reference.
const REPLACEMENT: char = '\u{fffd}';

/// A text for an attribute or an element. Line ends and tabs are written as references, so that an attribute keeps
/// them; what XML 1.0 cannot hold is replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\t' | '\n' | '\r' => {
                // Writing to a string cannot fail.
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            // <https://www.w3.org/TR/xml/#charsets>; the C1 controls are allowed there, and discouraged.
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => safe.push(REPLACEMENT),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_what_is_markup_is_escaped() {
        assert_eq!(
            escape("a<b>&\"'\u{1b}[2J\u{0}\u{ffff}\u{85}\n]]>"),
            "a&lt;b&gt;&amp;&quot;&apos;\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}&#10;]]&gt;"
        );
        assert_eq!(escape("Rechnungen «Süd» 🗎"), "Rechnungen «Süd» 🗎");
    }
}
