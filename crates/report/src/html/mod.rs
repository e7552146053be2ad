//! What the pages are made of. Everything is computed here; the templates only place it, and escape it.

pub(crate) mod bars;
pub(crate) mod exposure;
pub(crate) mod rows;
pub(crate) mod trend;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::words::harmless;

/// The style of every page.
pub(crate) const STYLE: &str = include_str!("../../templates/page.css");

/// The hash of an inline style or script as a page's Content-Security-Policy names it: over exactly the text between
/// the tags (<https://www.w3.org/TR/CSP3/#grammardef-hash-source>).
pub(crate) fn csp_hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// A part of a sentence.
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Whether it stood between backticks.
    pub(crate) is_code: bool,
}

/// A sentence, parted where backticks mark what is to be typed. An odd backtick marks nothing.
pub(crate) fn pieces(sentence: &str) -> Vec<Piece> {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![Piece { text: harmless(sentence), is_code: false }];
    }
    let piece = |(number, text): (usize, &&str)| Piece { text: harmless(text), is_code: number % 2 == 1 };
    parts.iter().enumerate().filter(|(_, text)| !text.is_empty()).map(piece).collect()
}

/// Lines that keep their ends, each made harmless.
pub(crate) fn harmless_lines(text: &str) -> String {
    text.trim_end().lines().map(harmless).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_typed_is_code_and_an_odd_backtick_is_a_backtick() {
        let words = |text: &str| pieces(text).into_iter().map(|piece| (piece.text, piece.is_code)).collect::<Vec<_>>();
        assert_eq!(
            words("run `tripod apply` now"),
            [("run ".to_owned(), false), ("tripod apply".to_owned(), true), (" now".to_owned(), false)]
        );
        assert_eq!(words("a ` b"), [("a ` b".to_owned(), false)]);
    }

    #[test]
    fn the_hash_is_the_one_of_the_standards_example() {
        // <https://www.w3.org/TR/CSP3/#framework-directive-source-list> names this pair.
        assert_eq!(csp_hash("alert('Hello, world.');"), "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='");
    }
}
