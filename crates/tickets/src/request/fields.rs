//! From the texts that somebody wrote into the fields to a request, or to everything that is wrong with them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use tripod_model::{Address, Kind, suggest};

use super::field::{FieldKind, KINDS, Key};
use super::problem::RequestProblem;
use super::{Draft, MOST_PEOPLE};
use crate::text::{is_bidirectional, is_hidden, printable};

/// No field holds more bytes than this before anybody looks at it closely.
const LONGEST_FIELD: usize = 16 * 1024;

/// The texts by field, and what went wrong while they were found.
#[derive(Debug, Default)]
pub(super) struct Texts {
    texts: BTreeMap<Key, String>,
    problems: Vec<RequestProblem>,
}

impl Texts {
    /// Takes the text of a field; a second one for the same field is a problem, because one of the two would be hidden
    /// from whoever looks at the other.
    pub(super) fn put(&mut self, key: Key, text: &str) {
        let long = text.len() > LONGEST_FIELD;
        match self.texts.entry(key) {
            Entry::Occupied(_) => {
                let problem = RequestProblem::of(key, "this field is there twice");
                self.say(problem.help("leave each field in the ticket once"));
            }
            Entry::Vacant(place) => {
                place.insert(if long { String::new() } else { text.trim().to_owned() });
                if long {
                    self.say(RequestProblem::of(key, format!("this is longer than {} KiB", LONGEST_FIELD / 1024)));
                }
            }
        }
    }

    pub(super) fn say(&mut self, problem: RequestProblem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&str> {
        self.texts.get(&key).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// What the texts say, as far as they say something.
    pub(super) fn into_draft(mut self) -> Draft {
        let mailbox = self.address(Key::Mailbox);
        let purpose = self.line(Key::Purpose);
        let app = self.line(Key::App);
        let kind = self.kind();
        let (people, unreadable_people) = self.people();
        let requester = self.address(Key::Requester);
        let needed_by = self.date();
        let problems = self.problems;
        Draft { mailbox, purpose, app, kind, people, unreadable_people, requester, needed_by, problems }
    }

    /// The text of a field that has to be filled in.
    fn need(&mut self, key: Key) -> Option<String> {
        let text = self.get(key).map(str::to_owned);
        // A field whose text was refused has said so already.
        if text.is_none() && !self.problems.iter().any(|problem| problem.field == Some(key.field().label)) {
            let field = key.field();
            let example = format!("{}, for example {}", field.help, field.example);
            self.say(RequestProblem::of(key, "this is empty").help(example));
        }
        text
    }

    fn address(&mut self, key: Key) -> Option<Address> {
        let text = self.need(key)?;
        self.parsed(key, &text)
    }

    fn parsed(&mut self, key: Key, text: &str) -> Option<Address> {
        match text.parse() {
            Ok(address) => Some(address),
            Err(error) => {
                self.say(
                    hidden_in(key, text).unwrap_or_else(|| RequestProblem::of(key, printable(&error.to_string(), 200))),
                );
                None
            }
        }
    }

    fn line(&mut self, key: Key) -> Option<String> {
        let text = self.need(key)?;
        let FieldKind::Line(longest) = key.field().kind else { return Some(text) };
        let length = text.chars().count();
        if text.contains(['\n', '\r']) {
            self.say(RequestProblem::of(key, "this has to be on one line"));
        } else if let Some(character) = text.chars().find(|character| is_hidden(*character)) {
            self.say(hidden_character(key, character));
        } else if length > longest {
            self.say(RequestProblem::of(key, format!("this has {length} characters, and {longest} are possible")));
        } else {
            return Some(text);
        }
        None
    }

    fn kind(&mut self) -> Option<Kind> {
        let text = self.need(Key::Kind)?;
        let found = KINDS.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(&text));
        if found.is_none() {
            let words = KINDS.map(Kind::word);
            let help = suggest::closest(&text, words)
                .map_or_else(|| format!("choose {}", words.join(" or ")), |word| format!("did you mean {word}?"));
            self.say(
                RequestProblem::of(Key::Kind, format!("`{}` is no kind of mailbox", printable(&text, 80))).help(help),
            );
        }
        found
    }

    /// The people whose addresses can be read, and how many others are named.
    fn people(&mut self) -> (Vec<Address>, usize) {
        let Some(text) = self.need(Key::People) else { return (Vec::new(), 0) };
        let parts = text
            .split(['\n', '\r', ',', ';', ' ', '\t'])
            .map(|part| part.strip_prefix('<').and_then(|part| part.strip_suffix('>')).unwrap_or(part))
            .filter(|part| !matches!(*part, "" | "-" | "*"));
        let parts: Vec<&str> = parts.take(MOST_PEOPLE + 1).collect();
        if parts.len() > MOST_PEOPLE {
            self.say(RequestProblem::of(Key::People, format!("these are more than {MOST_PEOPLE} people")));
            return (Vec::new(), parts.len());
        }
        let named = parts.len();
        let people: Vec<Address> = parts.into_iter().filter_map(|part| self.parsed(Key::People, part)).collect();
        let unreadable = named - people.len();
        (people, unreadable)
    }

    fn date(&mut self) -> Option<Date> {
        let text = self.get(Key::NeededBy)?.to_owned();
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        if date.is_none() {
            let message = format!("`{}` is not a date", printable(&text, 40));
            self.say(RequestProblem::of(Key::NeededBy, message).help("write year, month and day as 2026-12-31"));
        }
        date
    }
}

/// What is wrong with an address that holds more than plain letters: the reason is told, because it cannot be seen.
fn hidden_in(key: Key, text: &str) -> Option<RequestProblem> {
    let character = text.chars().find(|character| !character.is_ascii() || is_hidden(*character))?;
    if is_hidden(character) {
        return Some(hidden_character(key, character));
    }
    let code = u32::from(character);
    let shown = printable(text, 80);
    let message = if character.is_alphanumeric() {
        format!(
            "`{shown}` has the character `{character}` (U+{code:04X}) in it, which may look like a plain letter and is none"
        )
    } else {
        format!("`{shown}` has the character `{character}` (U+{code:04X}) in it, which an address cannot have")
    };
    Some(RequestProblem::of(key, message).help("type the address by hand"))
}

fn hidden_character(key: Key, character: char) -> RequestProblem {
    let code = u32::from(character);
    let message = if is_bidirectional(character) {
        format!("this has the invisible character U+{code:04X} in it, which turns the direction of the text around")
    } else {
        format!("this has the invisible character U+{code:04X} in it")
    };
    RequestProblem::of(key, message).help("type it by hand")
}
