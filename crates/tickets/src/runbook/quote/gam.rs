//! GAM7, on top of a shell.

/// Whether GAM takes a text for one address or id. It splits these at spaces and commas and knows no quotes there
/// (tried with 7.49), so there is nothing to write for a text that has one.
#[must_use]
pub fn is_one(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|character| character == ',' || character.is_whitespace())
}

/// A text for a description, in which GAM turns `\n` and `\r` into line breaks and knows no escape for it. A backslash
/// becomes a slash there, which reads nearly the same.
#[must_use]
pub fn description(text: &str) -> String {
    text.replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_become_two_is_not_one() {
        assert!(is_one("ana@x.test") && is_one("o'neil@x.test"));
        assert!(!is_one("ana@x.test,bob@x.test") && !is_one("Ana Lee") && !is_one(""));
    }

    #[test]
    fn a_description_stays_on_one_line() {
        assert_eq!(description(r"a\nb c"), "a/nb c");
    }
}
