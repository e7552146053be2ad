//! POSIX shells. Between single quotes they expand nothing.

use std::fmt::Write as _;

use crate::text::is_hidden;

/// A text as one argument. What cannot be seen is written as its bytes in `$'…'` (POSIX.1-2024; bash, zsh, ksh), so
/// that pasting it does nothing else.
#[must_use]
pub fn argument(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '/' | '+');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if !text.chars().any(is_hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for character in text.chars() {
        // An interactive bash or zsh may take `!` for its history here.
        if is_hidden(character) || character == '!' {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                // Three octal digits end by themselves; hexadecimal ones would run into what follows. Writing to a
                // string cannot fail.
                let _ = write!(quoted, "\\{byte:03o}");
            }
        } else {
            if matches!(character, '\'' | '\\') {
                quoted.push('\\');
            }
            quoted.push(character);
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_expanded_and_nothing_ends_early() {
        assert_eq!(argument("backups@x.test"), "backups@x.test");
        assert_eq!(argument("$(rm -r ~); `x` it's"), r"'$(rm -r ~); `x` it'\''s'");
        assert_eq!(argument("-rf"), "'-rf'");
        assert_eq!(argument("a\u{1b}'1"), r"$'a\033\'1'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn bash_reads_every_text_as_one_argument(text in "[^\u{0}]{0,20}") {
            let script = format!("printf '%s\\0' {}", argument(&text));
            let output = Command::new("bash").args(["--norc", "-c", &script]).env("LC_ALL", "C.UTF-8").output();
            let output = output.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{text}\0"));
        }
    }
}
