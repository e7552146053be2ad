//! A folder as a desk: the embedded default, for trying and for organisations whose tickets are files in a repository.
//!
//! A ticket `IT-7` is a folder of that name with `request.md` (the template) or `request.json`; approvals are files
//! `approvals/*.json` in it. `comment.md` is the living comment, and `closed.md` closes it. Whoever may write into
//! `approvals/` vouches for what stands there; that is for the permissions of the folder or the review of the
//! repository to see to.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{Answers, Desk, DeskError, Given, PassedOver, Says, Shown, Ticket, TicketId, Uncounted};
use crate::approval::Approval;
use crate::request::Source;

/// The largest file that is read, one byte more than any reader takes.
const LARGEST: u64 = 1024 * 1024 + 1;
/// The most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 10_000;
const CLOSED: &str = "closed.md";
const COMMENT: &str = "comment.md";
const REQUESTS: [(&str, Source); 2] = [("request.json", Source::Json), ("request.md", Source::Template)];

/// A folder of tickets.
#[derive(Debug)]
pub struct FileDesk {
    folder: PathBuf,
}

impl FileDesk {
    /// The desk in a folder, which is there already.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The folder of a ticket. A link in its place could lead anywhere, so it counts as missing.
    fn ticket(&self, ticket: &TicketId) -> Result<PathBuf, DeskError> {
        let path = self.folder.join(ticket.as_str());
        match fs::symlink_metadata(&path) {
            Ok(data) if data.is_dir() => Ok(path),
            Ok(_) => Err(DeskError::Missing(ticket.clone())),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(DeskError::Missing(ticket.clone())),
            Err(error) => Err(unavailable(&format!("read ticket {ticket}"), &error)),
        }
    }
}

/// Writes a whole file or nothing of it: a reader sees the old text or the new one.
fn replace(folder: &Path, name: &str, text: &str, operation: &str) -> Result<(), DeskError> {
    let path = folder.join(name);
    if read_file(&path, operation)?.as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    tripod_files::replace(&path, text.as_bytes()).map_err(|error| unavailable(operation, &error))
}

#[async_trait]
impl Desk for FileDesk {
    fn name(&self) -> &'static str {
        "file"
    }

    async fn tickets(&self) -> Result<Vec<TicketId>, DeskError> {
        let operation = "list the tickets";
        let mut tickets = Vec::new();
        for name in names(&self.folder, operation)?.unwrap_or_default() {
            // What is not named like a ticket is none.
            let Ok(id) = name.parse::<TicketId>() else { continue };
            let Ok(folder) = self.ticket(&id) else { continue };
            let requested = REQUESTS.iter().any(|(name, _)| is_file(&folder.join(name)));
            if requested && !is_file(&folder.join(CLOSED)) {
                tickets.push(id);
            }
        }
        tickets.sort();
        Ok(tickets)
    }

    async fn read(&self, ticket: &TicketId) -> Result<Ticket, DeskError> {
        let folder = self.ticket(ticket)?;
        let operation = format!("read ticket {ticket}");
        let mut found = None;
        for (name, source) in REQUESTS {
            if let Some(bytes) = read_file(&folder.join(name), &operation)? {
                if found.is_some() {
                    let reason = "it has both request.json and request.md; leave one".to_owned();
                    return Err(DeskError::Invalid { operation, reason });
                }
                found = Some((source, bytes));
            }
        }
        let (source, bytes) = found.ok_or_else(|| DeskError::Missing(ticket.clone()))?;
        Ok(Ticket { id: ticket.clone(), source, bytes, open: !is_file(&folder.join(CLOSED)), opener: None })
    }

    async fn comment(&self, ticket: &TicketId, markdown: &str) -> Result<Option<Shown>, DeskError> {
        let folder = self.ticket(ticket)?;
        replace(&folder, COMMENT, markdown, &format!("comment on ticket {ticket}"))?;
        Ok(None)
    }

    async fn answers(&self, ticket: &TicketId) -> Result<Answers, DeskError> {
        let folder = self.ticket(ticket)?.join("approvals");
        let operation = format!("read the approvals of ticket {ticket}");
        let mut answers = Answers::default();
        for name in names(&folder, &operation)?.unwrap_or_default() {
            // Editors leave such files behind.
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            match approval(&folder.join(&name), &operation) {
                Ok(Approval { by, digest, at }) => {
                    let account = by.to_string();
                    answers.given.push(Given { by, account, at, says: Says::Names(digest) });
                }
                Err(reason) => {
                    let what = format!("{ticket}/approvals/{}", crate::text::printable(&name, 80));
                    answers.passed_over.push(PassedOver { what, at: None, why: Uncounted::Unreadable(reason) });
                }
            }
        }
        answers.given.sort();
        Ok(answers)
    }

    async fn close(&self, ticket: &TicketId, markdown: &str) -> Result<(), DeskError> {
        let folder = self.ticket(ticket)?;
        if is_file(&folder.join(CLOSED)) {
            return Ok(());
        }
        replace(&folder, CLOSED, markdown, &format!("close ticket {ticket}"))
    }
}

/// The approval in a file, or why it is none. One that cannot be read keeps no other from counting.
fn approval(path: &Path, operation: &str) -> Result<Approval, String> {
    if path.extension().is_none_or(|extension| extension != "json") {
        return Err("the name of an approval ends in .json".to_owned());
    }
    let bytes = read_file(path, operation).map_err(|error| match error {
        DeskError::Invalid { reason, .. } | DeskError::Unavailable { reason, .. } => reason,
        other => other.to_string(),
    })?;
    let bytes = bytes.ok_or_else(|| "it is no longer there".to_owned())?;
    serde_json::from_slice(&bytes).map_err(|error| crate::text::printable(&error.to_string(), 200))
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|data| data.is_file())
}

/// The names in a folder; nothing if there is no such folder.
fn names(folder: &Path, operation: &str) -> Result<Option<Vec<String>>, DeskError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unavailable(operation, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        if names.len() == MOST_ENTRIES {
            let reason = format!("the folder has more than {MOST_ENTRIES} entries");
            return Err(DeskError::Invalid { operation: operation.to_owned(), reason });
        }
        let entry = entry.map_err(|error| unavailable(operation, &error))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort();
    Ok(Some(names))
}

/// The bytes of a plain file, no more than any reader takes; nothing if there is none.
fn read_file(path: &Path, operation: &str) -> Result<Option<Vec<u8>>, DeskError> {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_file() => {}
        Ok(_) => {
            let reason = "in place of a file there is something else".to_owned();
            return Err(DeskError::Invalid { operation: operation.to_owned(), reason });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unavailable(operation, &error)),
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|error| unavailable(operation, &error))?;
    Ok(Some(bytes))
}

fn unavailable(operation: &str, error: &std::io::Error) -> DeskError {
    DeskError::Unavailable { operation: operation.to_owned(), reason: error.to_string() }
}
