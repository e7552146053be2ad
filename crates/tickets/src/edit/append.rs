//! A new entry at the end of a mailbox file.

use tripod_model::{Address, Kind, Settings, SourceFile};

use super::quote::scalar;
use super::style::Style;
use super::{EditError, checked, content, read, style};
use crate::request::Request;

/// An entry that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The address of the mailbox.
    pub address: Address,
    /// The display name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// What it is made of.
    pub kind: Kind,
    /// The apps that it is used for.
    pub apps: Vec<String>,
    /// Who has access.
    pub delegates: Vec<Address>,
}

impl From<&Request> for NewEntry {
    /// A request names no display name; it is made of what stands before the @: `carrier-portals` gives
    /// «Carrier Portals».
    fn from(request: &Request) -> Self {
        let words = request.mailbox.local_part().split(['-', '_', '.', '+']).filter(|word| !word.is_empty());
        let capital = |word: &str| {
            let mut characters = word.chars();
            characters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
                .unwrap_or_default()
        };
        Self {
            address: request.mailbox.clone(),
            name: words.map(capital).collect::<Vec<_>>().join(" "),
            purpose: request.purpose.clone(),
            kind: request.kind,
            apps: vec![request.app.clone()],
            delegates: request.people.clone(),
        }
    }
}

/// The file with one more entry at its end, written like the others. Every byte of the file stays as it is.
pub fn append(file: &SourceFile, entry: &NewEntry, settings: &Settings) -> Result<SourceFile, EditError> {
    let before = read(file, settings)?;
    if before.iter().any(|mailbox| mailbox.address == entry.address) {
        return Err(EditError::There { file: file.name.clone(), mailbox: entry.address.clone() });
    }
    let text = std::str::from_utf8(&file.bytes).map_err(|_| style(file, "it is not UTF-8"))?;
    let how = Style::of(text);
    let mut bytes = file.bytes.clone();
    if !text.is_empty() && !text.ends_with('\n') {
        bytes.extend_from_slice(how.ending.as_bytes());
    }
    let ends_empty = text.trim_end_matches([' ', '\t', '\r', '\n']).len() + how.ending.len() < text.len();
    if how.spaced && !before.is_empty() && !ends_empty {
        bytes.extend_from_slice(how.ending.as_bytes());
    }
    bytes.extend_from_slice(written(entry, &how).as_bytes());

    // The new entry as the reader has to see it, with everything that it does not name at its default.
    let alone = SourceFile { name: file.name.clone(), bytes: written(entry, &Style::of("")).into_bytes() };
    let wanted = read(&alone, settings).map_err(|error| match error {
        EditError::Problems { problems, .. } => EditError::Entry(problems),
        other => other,
    })?;
    let says_the_same = |mailbox: &tripod_model::WantedMailbox| {
        let delegates = mailbox.delegates.iter().map(|delegate| &delegate.address);
        mailbox.address == entry.address
            && mailbox.name == entry.name.trim()
            && mailbox.purpose == entry.purpose.trim()
            && mailbox.kind == entry.kind
            && mailbox.apps.iter().map(String::as_str).eq(entry.apps.iter().map(|app| app.trim()))
            && delegates.eq(&entry.delegates)
    };
    if wanted.len() != 1 || !wanted.iter().all(says_the_same) {
        return Err(style(file, "the entry would mean something else there"));
    }
    let expected: Vec<_> = before.iter().chain(&wanted).map(content).collect();
    checked(file, bytes, &expected, settings)
}

/// The lines of an entry.
fn written(entry: &NewEntry, how: &Style) -> String {
    let inner = format!("{} {}", how.indent, " ".repeat(how.gap.len()));
    let mut lines = vec![
        format!("{}-{}address: {}", how.indent, how.gap, scalar(entry.address.as_str())),
        format!("{inner}name: {}", scalar(&entry.name)),
        format!("{inner}purpose: {}", scalar(&entry.purpose)),
        format!("{inner}kind: {}", entry.kind.word()),
    ];
    let mut list = |key: &str, items: Vec<String>, in_brackets: bool| {
        if in_brackets {
            lines.push(format!("{inner}{key}: [{}]", items.join(", ")));
        } else {
            lines.push(format!("{inner}{key}:"));
            lines.extend(items.iter().map(|item| format!("{inner}{}- {item}", how.list_indent)));
        }
    };
    if !entry.apps.is_empty() {
        list("apps", entry.apps.iter().map(|app| scalar(app)).collect(), how.apps_in_brackets);
    }
    let delegates = entry.delegates.iter().map(|delegate| scalar(delegate.as_str())).collect();
    list("delegates", delegates, how.delegates_in_brackets);
    lines.into_iter().map(|line| line + how.ending).collect()
}
