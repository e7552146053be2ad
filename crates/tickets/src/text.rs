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

/// A text in which nothing is markup, a link, a mention, a reference to an issue or HTML in any common Markdown. What is
/// not read as any of these stays as it is.
#[must_use]
pub fn markdown(text: &str) -> String {
    escaped(&printable(text, usize::MAX), true)
}

/// A message of our own with foreign text in it: as [`markdown`], but what stands between two back quotes stays code. In
/// code nothing is markup.
#[must_use]
pub fn message(text: &str) -> String {
    let text = printable(text, usize::MAX);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, code, after)) = code_span(rest) {
        safe.push_str(&escaped(before, safe.is_empty()));
        // It is code by one back quote at each end, and has none inside.
        let _ = write!(safe, "`{code}`");
        rest = after;
    }
    safe.push_str(&escaped(rest, safe.is_empty()));
    safe
}

/// The first piece of code in a text, between the texts before and after it. Two back quotes side by side begin none.
fn code_span(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    (!code.is_empty() && !after.starts_with('`')).then_some((before, code, after))
}

/// Writes what would be read as markup as entities, which never are, whatever stands beside them.
fn escaped(text: &str, at_start: bool) -> String {
    let mut safe = String::with_capacity(text.len());
    let characters: Vec<char> = text.chars().collect();
    for (place, character) in characters.iter().copied().enumerate() {
        let before = place.checked_sub(1).and_then(|place| characters.get(place)).copied();
        let after = characters.get(place + 1).copied();
        let is_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        let number = characters[..place].iter().all(char::is_ascii_digit);
        let first = at_start && place == 0;
        let is_markup = match character {
            '<' | '[' | ']' | '*' | '`' | '|' | '\\' | '~' | '$' => true,
            '&' => after.is_some_and(|after| after.is_alphanumeric() || after == '#'),
            // Between letters it is part of a name.
            '_' => !(is_word(before) && is_word(after)),
            // In an address it notifies nobody.
            '@' => !is_word(before),
            // A scheme, or a picture by its name; not a time of day.
            ':' => match after {
                Some('/') => true,
                Some(after) if after.is_ascii_digit() => !before.is_some_and(|before| before.is_ascii_digit()),
                Some(after) => after.is_alphanumeric() || matches!(after, '+' | '-' | '_'),
                None => false,
            },
            '#' => first || is_word(after),
            '.' => {
                let www = place >= 3 && characters[place - 3..place].iter().all(|c| matches!(c, 'w' | 'W'));
                www || at_start && place > 0 && number
            }
            ')' => at_start && place > 0 && number,
            '>' | '-' | '+' | '=' => first,
            _ => false,
        };
        if is_markup {
            // Writing to a string cannot fail.
            let _ = write!(safe, "&#{};", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
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
    fn markup_becomes_text_and_nothing_else_is_touched() {
        for (text, expected) in [
            ("<b>@all</b> [x](http://y)", "&#60;b>&#64;all&#60;/b> &#91;x&#93;(http&#58;//y)"),
            ("- x", "&#45; x"),
            ("1. x", "1&#46; x"),
            ("> x", "&#62; x"),
            ("see #7, www.x.test, :smile: and &amp;", "see &#35;7, www&#46;x.test, &#58;smile: and &#38;amp;"),
            ("Rechnungen «Süd» at 09:00 (50 %), no. 7!", "Rechnungen «Süd» at 09:00 (50 %), no. 7!"),
            ("ines.carvalho@juniper.example, chen_wei@x.test", "ines.carvalho@juniper.example, chen_wei@x.test"),
        ] {
            assert_eq!(markdown(text), expected, "{text}");
        }
        assert_eq!(html("<a href='x'>\u{202e}"), "&#60;a href=&#39;x&#39;&#62;\\u{202e}");
    }

    #[test]
    fn code_in_our_own_messages_stays_code() {
        assert_eq!(message("`a b` is none (did you mean `<c>`?)"), "`a b` is none (did you mean `<c>`?)");
        assert_eq!(message("`*x` and *y"), "`*x` and &#42;y");
        assert_eq!(message("one ` alone, and ``two``"), "one &#96; alone, and &#96;&#96;two&#96;&#96;");
    }

    #[test]
    fn a_block_cannot_be_closed_from_within() {
        assert_eq!(fenced("", "a\n```\nb````c"), "`````\na\n```\nb````c\n`````\n");
    }

    proptest! {
        #[test]
        fn nothing_that_is_markup_is_left(text in any::<String>()) {
            let safe = markdown(&text);
            let left = ['<', '[', ']', '`', '*', '|', '\n', '\r', '~', '\\', '$'];
            prop_assert!(!safe.contains(left), "{safe}");
            prop_assert!(!safe.contains("://") && !safe.contains("www.") && !safe.starts_with('@'), "{safe}");
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
            prop_assert!(!safe.chars().chain(html(&text).chars()).any(is_hidden));
        }
    }
}
