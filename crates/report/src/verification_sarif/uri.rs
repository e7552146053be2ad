//! Paths as relative references of RFC 3986.

use std::fmt::Write as _;

/// A path relative to the workspace as a relative reference. A first part with a colon would be read as a scheme, and
/// a leading slash as an absolute path; `./` in front keeps both from it.
pub(super) fn relative(path: &str) -> String {
    let path = path.replace('\\', "/");
    let first = path.split('/').next().unwrap_or_default();
    let mut uri = if first.is_empty() || first.contains(':') { "./".to_owned() } else { String::new() };
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_colons_and_umlauts_is_a_relative_reference() {
        assert_eq!(relative("mailboxes/it.yaml"), "mailboxes/it.yaml");
        assert_eq!(relative("mailboxes/Büro 1#.yaml"), "mailboxes/B%C3%BCro%201%23.yaml");
        assert_eq!(relative("a:b.yaml"), "./a%3Ab.yaml");
        assert_eq!(relative("mailboxes\\it.yaml"), "mailboxes/it.yaml");
        assert_eq!(relative("/etc/x"), "./etc/x");
    }
}
