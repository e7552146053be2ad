//! GAM7, on top of a POSIX shell.

use super::shell;

/// A text as one argument that GAM takes as it is.
#[must_use]
pub fn argument(text: &str) -> String {
    shell::argument(text)
}

/// A text as one argument that GAM takes for one address or id. It splits these at spaces and commas and knows no
/// quotes there (tried with 7.49), so there is nothing to write for a text that has one.
#[must_use]
pub fn item(text: &str) -> Option<String> {
    let splits = text.is_empty() || text.chars().any(|character| character == ',' || character.is_whitespace());
    (!splits).then(|| shell::argument(text))
}

/// A text as one argument for a description, in which GAM turns `\n` and `\r` into line breaks and knows no escape for
/// it. A backslash becomes a slash there, which reads nearly the same.
#[must_use]
pub fn description(text: &str) -> String {
    shell::argument(&text.replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_become_two_is_not_written() {
        assert_eq!(item("ana@x.test").as_deref(), Some("ana@x.test"));
        assert_eq!(item("o'neil@x.test").as_deref(), Some(r"'o'\''neil@x.test'"));
        assert_eq!((item("ana@x.test,bob@x.test"), item("Ana Lee"), item("")), (None, None, None));
    }

    #[test]
    fn a_description_stays_on_one_line() {
        assert_eq!(description(r"a\nb c"), "'a/nb c'");
    }
}
