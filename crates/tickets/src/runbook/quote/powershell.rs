//! PowerShell.
//!
//! Between single quotes PowerShell expands nothing. It takes four more characters for single quotes (about_Quoting_Rules
//! and its tokenizer's `IsSingleQuote`): U+2018, U+2019, U+201A and U+201B. Each is written twice, as the plain one is.

use std::fmt::Write as _;

use crate::text::is_hidden;

/// The characters that PowerShell takes for a single quote.
const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

/// A text as one argument. What cannot be seen is written as its number, so that pasting it does nothing else.
#[must_use]
pub fn argument(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return literal(text);
    }
    let mut parts: Vec<String> = Vec::new();
    let mut seen = String::new();
    for character in text.chars() {
        if is_hidden(character) {
            parts.push(literal(&std::mem::take(&mut seen)));
            let mut part = String::new();
            // Writing to a string cannot fail.
            let _ = write!(part, "[char]::ConvertFromUtf32(0x{:x})", u32::from(character));
            parts.push(part);
        } else {
            seen.push(character);
        }
    }
    parts.push(literal(&seen));
    format!("({})", parts.join(" + "))
}

fn literal(text: &str) -> String {
    let mut quoted = String::from("'");
    for character in text.chars() {
        quoted.push(character);
        if QUOTES.contains(&character) {
            quoted.push(character);
        }
    }
    quoted.push('\'');
    quoted
}

/// A text inside an OData filter inside an argument: quotes are doubled for the filter first.
#[must_use]
pub fn filter(property: &str, text: &str) -> String {
    argument(&format!("{property} eq '{}'", text.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads an argument back as PowerShell's tokenizer does; nothing if it is more or less than one.
    fn read(argument: &str) -> Option<String> {
        let mut rest = argument.strip_prefix('(').map_or(argument, |inner| inner.strip_suffix(')').unwrap_or(argument));
        let mut text = String::new();
        loop {
            if let Some(number) = rest.strip_prefix("[char]::ConvertFromUtf32(0x") {
                let (digits, after) = number.split_once(')')?;
                text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                rest = after;
            } else {
                let mut characters = rest.char_indices();
                if !QUOTES.contains(&characters.next()?.1) {
                    return None;
                }
                let mut end = None;
                while let Some((at, character)) = characters.next() {
                    if QUOTES.contains(&character) {
                        let next = rest[at + character.len_utf8()..].chars().next();
                        let Some(second) = next.filter(|next| QUOTES.contains(next)) else {
                            end = Some(at + character.len_utf8());
                            break;
                        };
                        characters.next();
                        text.push(second);
                    } else {
                        text.push(character);
                    }
                }
                rest = &rest[end?..];
            }
            if rest.is_empty() {
                return Some(text);
            }
            rest = rest.strip_prefix(" + ")?;
        }
    }

    #[test]
    fn nothing_is_expanded_and_nothing_ends_early() {
        assert_eq!(argument("$(Remove-Mailbox x); `n \"y\""), "'$(Remove-Mailbox x); `n \"y\"'");
        assert_eq!(argument("O'Neil\u{2019}s"), "'O''Neil\u{2019}\u{2019}s'");
        assert_eq!(argument("a\u{1b}b"), "('a' + [char]::ConvertFromUtf32(0x1b) + 'b')");
        assert_eq!(filter("mail", "o'neil@x.test"), "'mail eq ''o''''neil@x.test'''");
    }

    proptest! {
        #[test]
        fn every_text_stays_one_argument(text in any::<String>()) {
            prop_assert_eq!(read(&argument(&text)), Some(text));
        }

        #[test]
        fn quotes_of_every_sort_stay_inside(text in "['\u{2018}\u{2019}\u{201a}\u{201b}\"$`;a \u{1b}\n]{0,12}") {
            prop_assert_eq!(read(&argument(&text)), Some(text));
        }
    }
}
