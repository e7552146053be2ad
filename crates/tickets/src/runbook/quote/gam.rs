//! GAM7, on top of a POSIX shell.

use super::shell;

/// A text as one argument that GAM takes as it is.
#[must_use]
pub fn argument(text: &str) -> String {
    shell::argument(text)
}

/// A text as one argument for what GAM splits into a list: it honours quotes there (`shlexSplitList`), so an apostrophe
/// in an address would begin a quotation.
#[must_use]
pub fn item(text: &str) -> String {
    if text.contains(['\'', '"', ' ', ',', '\\']) {
        let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
        shell::argument(&format!("\"{escaped}\""))
    } else {
        shell::argument(text)
    }
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
    fn an_apostrophe_begins_no_quotation() {
        assert_eq!(item("ana@x.test"), "ana@x.test");
        assert_eq!(item("o'neil@x.test"), r#"'"o'\''neil@x.test"'"#);
    }

    #[test]
    fn a_description_stays_on_one_line() {
        assert_eq!(description(r"a\nb c"), "'a/nb c'");
    }
}
