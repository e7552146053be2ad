//! Changes to the text of a mailbox file that leave every other byte alone.
//!
//! Nothing here trusts its own understanding of YAML: the result is read back with the model's own reader, and is
//! given out only if it says exactly what it said before and the change.

mod append;
mod delegates;
mod quote;
mod style;

use tripod_model::read::mailboxes;
use tripod_model::{Address, Kind, Problem, Settings, SourceFile, WantedMailbox};

pub use append::{NewEntry, append};
pub use delegates::{add_delegates, replace_delegate};

/// Why a file is not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file has problems already; a change to it could hide one.
    #[error("{file} has problems already, the first: {first}", first = .problems.first().map(ToString::to_string).unwrap_or_default())]
    Problems {
        /// The file.
        file: String,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// There is such a mailbox already.
    #[error("{file} has {mailbox} already")]
    There {
        /// The file.
        file: String,
        /// The mailbox.
        mailbox: Address,
    },
    /// There is no such mailbox or delegate.
    #[error("{file} does not have {what}")]
    Missing {
        /// The file.
        file: String,
        /// What is not there.
        what: String,
    },
    /// The file is written in a way that cannot be changed without changing more of it.
    #[error("{file} is written in a way that cannot be changed by itself ({why}); change it by hand")]
    Style {
        /// The file.
        file: String,
        /// What is in the way.
        why: String,
    },
    /// What was asked for is not sound.
    #[error("this entry would not be sound: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Entry(Vec<Problem>),
}

fn style(file: &SourceFile, why: &str) -> EditError {
    EditError::Style { file: file.name.clone(), why: why.to_owned() }
}

/// The mailboxes of a file that has no problems. An empty file, or one with comments only, has none.
fn read(file: &SourceFile, settings: &Settings) -> Result<Vec<WantedMailbox>, EditError> {
    if is_empty(&file.bytes) {
        return Ok(Vec::new());
    }
    let (found, problems) = mailboxes(std::slice::from_ref(file), settings);
    if problems.is_empty() { Ok(found) } else { Err(EditError::Problems { file: file.name.clone(), problems }) }
}

fn is_empty(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.split(|byte| *byte == b'\n').all(|line| {
        let line = line.trim_ascii();
        line.is_empty() || line.starts_with(b"#") || line == b"---"
    })
}

/// What a mailbox is, without where it stands.
type Content<'m> = (&'m Address, &'m str, &'m str, Kind, &'m [String], Vec<&'m Address>, String);

fn content(mailbox: &WantedMailbox) -> Content<'_> {
    let rest = (&mailbox.tenant, mailbox.sign_in, &mailbox.credential, mailbox.adopt, &mailbox.state);
    (
        &mailbox.address,
        &mailbox.name,
        &mailbox.purpose,
        mailbox.kind,
        &mailbox.apps,
        mailbox.delegates.iter().map(|delegate| &delegate.address).collect(),
        format!("{rest:?}"),
    )
}

/// The new file, if it reads back as exactly what is expected of it.
fn checked(
    file: &SourceFile,
    bytes: Vec<u8>,
    expected: &[Content<'_>],
    settings: &Settings,
) -> Result<SourceFile, EditError> {
    let changed = SourceFile { name: file.name.clone(), bytes };
    let (found, problems) = mailboxes(std::slice::from_ref(&changed), settings);
    if !problems.is_empty() {
        return Err(EditError::Entry(problems));
    }
    if found.iter().map(content).collect::<Vec<_>>() == expected {
        Ok(changed)
    } else {
        Err(style(file, "the change would mean something else there"))
    }
}

/// The byte at which a line and column of the model's places stand. Columns count characters, after the byte order
/// mark.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += text.get(start..)?.find('\n')? + 1;
    }
    let start = if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start };
    let rest = text.get(start..)?;
    let (at, _) = rest.char_indices().nth(column.checked_sub(1)?)?;
    (!rest.get(..at)?.contains('\n')).then_some(start + at)
}
