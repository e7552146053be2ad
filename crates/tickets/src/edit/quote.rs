//! Texts as scalars of YAML that read back as the same text, whatever they hold.

use std::fmt::Write as _;

/// Words that YAML 1.1 or 1.2 readers take for something else than a text.
const RESERVED: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// A text as a scalar: plain where nothing could be misread, also inside brackets, and in quotes otherwise.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    // Single quotes know no escapes, so only what can stand as itself may stand in them.
    let printable = |character: char| matches!(character, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(|character| printable(character) && !crate::text::is_hidden(character)) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            ' '..='~' => quoted.push(character),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\U{:08X}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

fn is_plain(text: &str) -> bool {
    let begins_well = text.starts_with(|character: char| character.is_ascii_alphabetic());
    let allowed = |character: char| {
        character.is_alphanumeric()
            || matches!(character, ' ' | '.' | '-' | '_' | '+' | '/' | '@' | '&' | '\'' | '(' | ')')
    };
    let reserved = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    begins_well && text.chars().all(allowed) && !text.ends_with(' ') && !reserved
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_needs_no_quotes_has_none() {
        for text in ["Acme Backup", "o'neil@example.com", "Veeam (cloud)", "Zürich"] {
            assert_eq!(scalar(text), text);
        }
        for (text, expected) in [("no", "'no'"), ("a: b", "'a: b'"), ("it's #1", "'it''s #1'"), ("- x", "'- x'")] {
            assert_eq!(scalar(text), expected);
        }
    }

    proptest! {
        #[test]
        fn every_text_reads_back(text in any::<String>()) {
            for yaml in [format!("- {}\n", scalar(&text)), format!("[{}]\n", scalar(&text))] {
                let back: Vec<String> = serde_yaml::from_str(&yaml).map_err(|error| TestCaseError::fail(format!("{yaml}: {error}")))?;
                prop_assert_eq!(back.as_slice(), std::slice::from_ref(&text));
            }
        }
    }
}
