//! Delegates of an entry that is there: one in place of another, or more of them.

use tripod_model::{Address, Settings, SourceFile, WantedDelegate, WantedMailbox};

use super::quote::scalar;
use super::{EditError, checked, content, offset, read, style};

/// The file with one delegate of a mailbox in place of another. Only the old address is overwritten.
pub fn replace_delegate(
    file: &SourceFile,
    mailbox: &Address,
    old: &Address,
    new: &Address,
    settings: &Settings,
) -> Result<SourceFile, EditError> {
    let before = read(file, settings)?;
    let (index, entry) = find(file, &before, mailbox)?;
    let delegate = entry.delegates.iter().find(|delegate| delegate.address == *old).ok_or_else(|| {
        EditError::Missing { file: file.name.clone(), what: format!("{old} as a delegate of {mailbox}") }
    })?;
    let (start, end) = token(file, delegate)?;
    let bytes = spliced(&file.bytes, start, end, &scalar(new.as_str()));
    let delegates =
        entry.delegates.iter().map(|delegate| if delegate.address == *old { new } else { &delegate.address });
    let delegates = delegates.cloned().collect();
    check(file, bytes, &before, index, delegates, settings)
}

/// The file with more delegates of a mailbox, behind its last one.
pub fn add_delegates(
    file: &SourceFile,
    mailbox: &Address,
    new: &[Address],
    settings: &Settings,
) -> Result<SourceFile, EditError> {
    let before = read(file, settings)?;
    let (index, entry) = find(file, &before, mailbox)?;
    let last = entry
        .delegates
        .last()
        .ok_or_else(|| EditError::Missing { file: file.name.clone(), what: format!("a delegate of {mailbox}") })?;
    let text = std::str::from_utf8(&file.bytes).map_err(|_| style(file, "it is not UTF-8"))?;
    let (start, end) = token(file, last)?;
    let line_start = text.get(..start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let lead = text.get(line_start..start).unwrap_or_default();
    let on_its_own =
        lead.trim_start_matches([' ', '\u{feff}']).strip_prefix('-').is_some_and(|rest| rest.trim().is_empty());
    let bytes = if on_its_own {
        let rest = text.get(end..).unwrap_or_default();
        let line_end = rest.find('\n').map_or(text.len(), |at| end + at + 1);
        let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut lines = String::new();
        if !text.get(..line_end).is_some_and(|text| text.ends_with('\n')) {
            lines.push_str(ending);
        }
        for address in new {
            lines.push_str(lead);
            lines.push_str(&scalar(address.as_str()));
            lines.push_str(ending);
        }
        spliced(&file.bytes, line_end, line_end, &lines)
    } else {
        let mut items = String::new();
        for address in new {
            items.push_str(", ");
            items.push_str(&scalar(address.as_str()));
        }
        spliced(&file.bytes, end, end, &items)
    };
    let delegates = entry.delegates.iter().map(|delegate| &delegate.address).chain(new).cloned().collect();
    check(file, bytes, &before, index, delegates, settings)
}

fn find<'m>(
    file: &SourceFile,
    mailboxes: &'m [WantedMailbox],
    address: &Address,
) -> Result<(usize, &'m WantedMailbox), EditError> {
    let found = mailboxes.iter().enumerate().find(|(_, mailbox)| mailbox.address == *address);
    found.ok_or_else(|| EditError::Missing { file: file.name.clone(), what: address.to_string() })
}

/// From where to where a delegate is written, quotes included.
fn token(file: &SourceFile, delegate: &WantedDelegate) -> Result<(usize, usize), EditError> {
    let text = std::str::from_utf8(&file.bytes).map_err(|_| style(file, "it is not UTF-8"))?;
    let start = offset(text, delegate.place.line, delegate.place.column)
        .ok_or_else(|| style(file, "a delegate is not where it was read"))?;
    let rest = text.get(start..).unwrap_or_default();
    let address = delegate.address.as_str();
    let doubled = address.replace('\'', "''");
    for written in [format!("'{doubled}'"), format!("\"{address}\""), address.to_owned()] {
        if rest.get(..written.len()).is_some_and(|there| there.eq_ignore_ascii_case(&written)) {
            return Ok((start, start + written.len()));
        }
    }
    Err(style(file, &format!("{address} is written in another way in line {}", delegate.place.line)))
}

fn spliced(bytes: &[u8], start: usize, end: usize, text: &str) -> Vec<u8> {
    let (before, after) = (bytes.get(..start).unwrap_or_default(), bytes.get(end..).unwrap_or_default());
    [before, text.as_bytes(), after].concat()
}

fn check(
    file: &SourceFile,
    bytes: Vec<u8>,
    before: &[WantedMailbox],
    index: usize,
    delegates: Vec<Address>,
    settings: &Settings,
) -> Result<SourceFile, EditError> {
    let mut after = before.to_vec();
    if let Some(entry) = after.get_mut(index) {
        let place = entry.place.clone();
        entry.delegates =
            delegates.into_iter().map(|address| WantedDelegate { address, place: place.clone() }).collect();
    }
    let expected: Vec<_> = after.iter().map(content).collect();
    checked(file, bytes, &expected, settings)
}
