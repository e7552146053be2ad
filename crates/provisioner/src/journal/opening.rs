//! A journal is made once and whole. One that is there without its chain, or gone, is never given a new one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::chain::Head;
use super::{JournalError, TABLES, VERSION, entries};

/// Opens a journal for reading and writing, and makes it if there has never been one.
pub(super) fn to_write(path: &Path) -> Result<Connection, JournalError> {
    if !is_there(path)? {
        make(path)?;
    }
    tripod_files::private_file(path).map_err(|source| file(path, source))?;
    let failed = |source| JournalError::Database { operation: "open", path: path.to_owned(), source };
    let connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
    check(&connection, path)?;
    connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .and_then(|()| connection.pragma_update(None, "synchronous", "FULL"))
        .and_then(|()| connection.pragma_update(None, "foreign_keys", true))
        .map_err(failed)?;
    Ok(connection)
}

/// Opens a journal for reading, also where nothing can be written.
pub(super) fn to_read(path: &Path) -> Result<tripod_files::Database, JournalError> {
    if !is_there(path)? {
        let source = std::io::Error::new(ErrorKind::NotFound, "it is not there");
        return Err(file(path, source));
    }
    let failed = |source| JournalError::Database { operation: "open", path: path.to_owned(), source };
    let database = tripod_files::open_to_read(path).map_err(failed)?;
    check(&database.connection, path)?;
    Ok(database)
}

/// Whether there is a journal; an error if there was one.
fn is_there(path: &Path) -> Result<bool, JournalError> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => match known_head(path) {
            Some(head) => Err(JournalError::Gone { path: path.to_owned(), entries: head.number }),
            None => Ok(false),
        },
        Err(source) => Err(file(path, source)),
    }
}

/// The version, and that the chain is there.
fn check(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let failed = |source| JournalError::Database { operation: "open", path: path.to_owned(), source };
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if found > VERSION {
        return Err(JournalError::Version { path: path.to_owned(), found });
    }
    let tables: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema
             WHERE type = 'table' AND name IN ('runs', 'steps', 'mailboxes', 'entries')",
            [],
            |row| row.get(0),
        )
        .map_err(failed)?;
    if found == VERSION && tables == 4 { Ok(()) } else { Err(JournalError::Chainless { path: path.to_owned() }) }
}

/// Makes a journal beside its place and puts it there when it is whole, so that one without a chain is never a
/// beginning.
fn make(path: &Path) -> Result<(), JournalError> {
    let failed = |source| JournalError::Database { operation: "make", path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    // A run that was killed may have left one of the same name.
    let _ = std::fs::remove_file(&new);
    tripod_files::private_file(&new).map_err(|source| file(path, source))?;
    let connection = Connection::open(&new).map_err(failed)?;
    connection
        .execute_batch(&format!(
            "PRAGMA synchronous = FULL; BEGIN; {TABLES} {} PRAGMA user_version = {VERSION}; COMMIT;",
            entries::TABLES
        ))
        .map_err(failed)?;
    connection.close().map_err(|(_, source)| failed(source))?;
    // A link and no renaming: it fails where another run has made the journal in the meantime, which is then used.
    let placed = match std::fs::hard_link(&new, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Some file systems have no links.
        Err(_) => std::fs::rename(&new, path),
        Ok(()) => Ok(()),
    };
    let _ = std::fs::remove_file(&new);
    placed.map_err(|source| file(path, source))
}

fn file(path: &Path, source: std::io::Error) -> JournalError {
    JournalError::File { path: path.to_owned(), source }
}

/// The file beside a journal that says where its chain ended once; it is named as SQLite names what belongs to one.
pub(super) fn head_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-head");
    PathBuf::from(name)
}

/// Notes where the chain ends now. It lets a journal that was removed or cut off be told, and decides nothing else, so
/// that a note which cannot be written stops nobody.
pub(super) fn note_head(path: &Path, head: &Head) {
    let _ = tripod_files::replace_private(&head_file(path), format!("{} {}\n", head.number, head.hash).as_bytes());
}

/// Where the chain ended once, if that was noted.
pub(super) fn known_head(path: &Path) -> Option<Head> {
    let text = tripod_files::read_text(&head_file(path)).ok()?;
    let (number, hash) = text.trim().split_once(' ')?;
    Some(Head { number: number.parse().ok()?, hash: hash.to_owned() })
}
