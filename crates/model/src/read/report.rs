//! Collecting the problems of one file.

use std::fmt::Write as _;

use super::node::Spot;
use crate::place::{Place, Problem};

/// The problems of one file so far.
pub(super) struct Report {
    file: String,
    problems: Vec<Problem>,
}

impl Report {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), problems: Vec::new() }
    }

    pub(super) fn place(&self, at: Spot) -> Place {
        Place { file: self.file.clone(), line: at.line, column: at.column }
    }

    /// Adds a problem of which nothing is known but that it is one.
    pub(super) fn say(&mut self, at: Spot, message: impl Into<String>) {
        self.say_with(at, message, None);
    }

    /// Adds a problem with what to do about it.
    pub(super) fn say_with(&mut self, at: Spot, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem { place: self.place(at), message: message.into(), help });
    }

    /// The problems in the order of their places; the same sentence at the same place is said once.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort();
        self.problems.dedup();
        self.problems
    }
}

/// The sentence that suggests a word.
pub(super) fn did_you_mean(word: Option<&str>) -> Option<String> {
    word.map(|word| format!("did you mean `{word}`?"))
}

/// Words as a list for a sentence.
pub(super) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// A text of the user's, safe and short enough to stand in a message.
pub(crate) fn printable(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut printed = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            printed.push('…');
            break;
        }
        if is_unprintable(character) {
            // Writing to a string cannot fail.
            let _ = write!(printed, "\\u{{{:x}}}", u32::from(character));
        } else {
            printed.push(character);
        }
    }
    printed
}

/// Whether a character does something to a terminal or to the text around it instead of being seen.
pub(crate) fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
