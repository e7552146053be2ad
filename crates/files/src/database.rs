//! Databases that are only read, also where nothing can be written.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempDir;

/// A database that is open for reading.
#[derive(Debug)]
pub struct Database {
    /// The connection.
    pub connection: Connection,
    /// The copy that it reads, where the database itself cannot be read without being written to.
    copy: Option<Copy>,
}

/// The folder of a copy, which goes when this is dropped.
#[derive(Debug)]
pub struct Copy(#[expect(dead_code, reason = "it is held for as long as the copy is used")] TempDir);

impl Database {
    /// The connection, and the copy that has to be held for as long as it is used.
    #[must_use]
    pub fn into_parts(self) -> (Connection, Option<Copy>) {
        (self.connection, self.copy)
    }
}

/// Opens a database for reading.
///
/// SQLite writes beside a database that was left in the middle of something, and beside every one in WAL mode, even to
/// read it. Where it cannot, a copy of all of its files is read in their place.
pub fn open_to_read(path: &Path) -> rusqlite::Result<Database> {
    match readable(path) {
        Ok(connection) => Ok(Database { connection, copy: None }),
        Err(error) if wants_to_write(&error) => {
            let (folder, copy) = copied(path).map_err(|_| error)?;
            // The copy is ours, so that what was left in the middle of something is brought to its end in it.
            let connection = Connection::open(copy)?;
            connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
            Ok(Database { connection, copy: Some(folder) })
        }
        Err(error) => Err(error),
    }
}

fn readable(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    // Nothing is opened before the first question.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn wants_to_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::PermissionDenied)
    )
}

/// A copy of a database with what SQLite keeps beside it, in a folder that goes when it is dropped.
pub fn copied(path: &Path) -> io::Result<(Copy, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let name = path.file_name().unwrap_or_default();
    for end in ["", "-wal", "-journal"] {
        let with_end = |mut path: std::ffi::OsString| {
            path.push(end);
            path
        };
        let from = PathBuf::from(with_end(path.as_os_str().to_owned()));
        match std::fs::read(&from) {
            // Written anew, and not copied with its mode, which may be one that nobody can write.
            Ok(bytes) => std::fs::write(folder.path().join(with_end(name.to_owned())), bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !end.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    let copy = folder.path().join(name);
    Ok((Copy(folder), copy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_committed_is_in_the_copy_whatever_mode_the_database_is_in() {
        for mode in ["wal", "delete"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.db");
            let held = Connection::open(&path).unwrap();
            held.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(())).unwrap();
            held.execute_batch("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7);").unwrap();
            // In WAL mode, all of it stands in the file beside it, as after a kill.
            let (_folder, copy) = copied(&path).unwrap();
            let number: i64 =
                open_to_read(&copy).unwrap().connection.query_row("SELECT n FROM t", [], |row| row.get(0)).unwrap();
            assert_eq!(number, 7, "{mode}");
            let read = open_to_read(&path).unwrap();
            assert!(read.connection.execute("DELETE FROM t", []).is_err(), "it is open for reading only");
        }
    }
}
