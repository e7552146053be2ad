//! The state in a SQLite file: what was answered is in it, and a request that was not answered has left nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use serde_json::Value;

use crate::error::SandboxError;

/// The form of the file; another number is another form.
const FORM: &str = "1";

/// A change to one row: table, key, and the row or nothing where it was taken out.
pub(crate) type RowChange = (String, String, Option<Value>);

/// The open file, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    path: PathBuf,
    /// The copy that is used where nothing can be written; what happens in it is forgotten.
    #[expect(dead_code, reason = "it is held for as long as it is used")]
    copy: Option<tripod_files::Copy>,
}

impl Store {
    /// Opens or makes the file and takes hold of it. Where nothing can be written, a copy of it is used.
    pub(crate) fn open(path: &Path) -> Result<Self, SandboxError> {
        let opened = Self::open_at(path, path, None);
        let Err(SandboxError::State { source, .. }) = &opened else { return opened };
        let is_fixed = matches!(source.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen));
        match tripod_files::copied(path) {
            Ok((copy, there)) if is_fixed => {
                tracing::info!(path = %path.display(), "the stand-ins' state cannot be written, and a copy is used");
                Self::open_at(&there, path, Some(copy))
            }
            _ => opened,
        }
    }

    fn open_at(there: &Path, path: &Path, copy: Option<tripod_files::Copy>) -> Result<Self, SandboxError> {
        let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => SandboxError::Held(path.to_owned()),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                SandboxError::Content { path: path.to_owned(), detail: "not a database".to_owned() }
            }
            _ => SandboxError::State { path: path.to_owned(), source },
        };
        // Where it cannot be made, opening it says so.
        let _ = tripod_files::private_file(there);
        let connection = Connection::open(there).map_err(failed)?;
        let prepare = || -> rusqlite::Result<()> {
            connection.busy_timeout(Duration::ZERO)?;
            // The exclusive lock is taken by the first access and let go by the system when the process ends, however
            // it ends. What is committed is with the operating system, so that killing the process loses nothing.
            connection.pragma_update(None, "locking_mode", "exclusive")?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.execute_batch(
                "BEGIN EXCLUSIVE;
                 CREATE TABLE IF NOT EXISTS rows (name TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,
                                                  PRIMARY KEY (name, key)) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
                 COMMIT;",
            )
        };
        prepare().map_err(failed)?;
        let store = Self { connection, path: path.to_owned(), copy };
        match store.fact("form")? {
            Some(form) if form != FORM => Err(store.damaged(format!("form {form}"))),
            _ => Ok(store),
        }
    }

    /// A fact by its name.
    pub(crate) fn fact(&self, name: &str) -> Result<Option<String>, SandboxError> {
        self.connection
            .query_row("SELECT text FROM facts WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(|source| self.failed(source))
    }

    /// Hands every saved row to a function.
    pub(crate) fn rows(
        &self,
        mut each: impl FnMut(String, String, Value) -> Result<(), String>,
    ) -> Result<(), SandboxError> {
        let mut run = || -> rusqlite::Result<Result<(), String>> {
            let mut statement = self.connection.prepare("SELECT name, key, json FROM rows")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (name, key): (String, String) = (row.get(0)?, row.get(1)?);
                let parsed = serde_json::from_str(row.get_ref(2)?.as_str()?).map_err(|error| error.to_string());
                if let Err(problem) = parsed.and_then(|value| each(name, key, value)) {
                    return Ok(Err(problem));
                }
            }
            Ok(Ok(()))
        };
        run().map_err(|source| self.failed(source))?.map_err(|detail| self.damaged(detail))
    }

    /// Saves rows and facts, all or nothing.
    pub(crate) fn save(&mut self, rows: &[RowChange], facts: &[(&str, String)]) -> Result<(), SandboxError> {
        let path = self.path.clone();
        let mut run = || -> rusqlite::Result<()> {
            let transaction = self.connection.transaction()?;
            {
                let mut put =
                    transaction.prepare_cached("INSERT OR REPLACE INTO rows (name, key, json) VALUES (?1, ?2, ?3)")?;
                let mut take = transaction.prepare_cached("DELETE FROM rows WHERE name = ?1 AND key = ?2")?;
                for (name, key, row) in rows {
                    match row {
                        Some(row) => put.execute(params![name, key, row.to_string()])?,
                        None => take.execute(params![name, key])?,
                    };
                }
                let mut state =
                    transaction.prepare_cached("INSERT OR REPLACE INTO facts (name, text) VALUES (?1, ?2)")?;
                for (name, text) in facts {
                    state.execute(params![name, text])?;
                }
                state.execute(params!["form", FORM])?;
            }
            transaction.commit()
        };
        run().map_err(|source| SandboxError::State { path, source })
    }

    fn failed(&self, source: rusqlite::Error) -> SandboxError {
        SandboxError::State { path: self.path.clone(), source }
    }

    /// The error for a file that is not what this version writes.
    pub(crate) fn damaged(&self, detail: impl Into<String>) -> SandboxError {
        SandboxError::Content { path: self.path.clone(), detail: detail.into() }
    }
}
