//! Foreign text made harmless, for each place that it goes to.

use std::fmt::Write as _;

/// Whether a character steers a terminal, changes the direction of the text around it, or cannot be seen.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character changes the direction of the text around it (Unicode UAX #9).
#[must_use]
pub fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text with everything hidden in it written out, cut after so many characters, for messages.
#[must_use]
pub fn printable(text: &str, longest: usize) -> String {
    let mut printed = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == longest {
            printed.push('…');
            break;
        }
        if is_hidden(character) {
            // Writing to a string cannot fail.
            let _ = write!(printed, "\\u{{{:x}}}", u32::from(character));
        } else {
            printed.push(character);
        }
    }
    printed
}

/// A text in which nothing is markup, a link, a mention, a reference to an issue or HTML in any common Markdown.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in printable(text, usize::MAX).chars() {
        match character {
            // Entities are never read as markup, whatever stands beside them. An `@` would notify somebody, a `:` or a
            // `.` would make a link of a bare address, a digit after `#` would refer to an issue.
            '!'..='/' | ':'..='@' | '['..='`' | '{'..='~'
                if !matches!(character, ',' | '-' | '/' | ';' | '?' | '%') =>
            {
                let _ = write!(safe, "&#{};", u32::from(character));
            }
            _ => safe.push(character),
        }
    }
    // Only at the start of a line do these begin a list, a rule or a heading.
    match safe.chars().next() {
        Some(first @ '-') => format!("&#{};{}", u32::from(first), &safe[1..]),
        // `1.` begins a list; its dot is an entity already.
        _ => safe,
    }
}

/// A text for HTML, in content and in quoted attributes.
#[must_use]
pub fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in printable(text, usize::MAX).chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' | '`' => {
                let _ = write!(safe, "&#{};", u32::from(character));
            }
            _ => safe.push(character),
        }
    }
    safe
}

/// Commands as a fenced block of Markdown, with a fence that is longer than any run of back quotes inside.
#[must_use]
pub fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            markdown("<b>@all</b> [x](http://y)"),
            "&#60;b&#62;&#64;all&#60;/b&#62; &#91;x&#93;&#40;http&#58;//y&#41;"
        );
        assert_eq!(markdown("- x"), "&#45; x");
        assert_eq!(markdown("Rechnungen «Süd»"), "Rechnungen «Süd»");
        assert_eq!(html("<a href='x'>\u{202e}"), "&#60;a href=&#39;x&#39;&#62;\\u{202e}");
    }

    #[test]
    fn a_block_cannot_be_closed_from_within() {
        assert_eq!(fenced("", "a\n```\nb````c"), "`````\na\n```\nb````c\n`````\n");
    }

    proptest! {
        #[test]
        fn nothing_that_is_markup_is_left(text in any::<String>()) {
            let safe = markdown(&text);
            let left = ['<', '>', '@', '[', ']', '(', ')', '`', '*', '_', '|', '\n', '\r', '!', '~', '.', ':', '\\'];
            prop_assert!(!safe.contains(left), "{safe}");
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
            prop_assert!(!safe.chars().chain(html(&text).chars()).any(is_hidden));
        }
    }
}
