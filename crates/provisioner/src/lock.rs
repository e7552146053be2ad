//! One run at a time on a workspace; the second is told who holds it.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A hold on a workspace, until it is dropped or its process ends, however it ends.
#[derive(Debug)]
pub struct WorkspaceLock {
    file: File,
}

/// Who holds a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The number of its process on this machine.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
    /// What it was called as.
    pub command: String,
}

/// Why a workspace cannot be held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("{}", held_by(.0.as_ref()))]
    Held(
        /// Who; nothing if the other run has not yet written who it is.
        Option<Holder>,
    ),
    /// The lock's file cannot be opened or written.
    #[error("cannot lock the workspace with {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (process {}, since {})", self.command, self.pid, self.since.strftime("%F %T UTC"))
    }
}

fn held_by(holder: Option<&Holder>) -> String {
    let who = holder.map_or_else(|| "another run".to_owned(), ToString::to_string);
    format!("{who} is at work in this workspace; wait until it is done")
}

impl WorkspaceLock {
    /// Takes hold of the workspace whose lock is this file, or says who has it. Never waits.
    ///
    /// The system gives the lock back when the process ends, so a run that was killed leaves nothing behind.
    pub fn acquire(path: &Path, command: &str, now: Timestamp) -> Result<Self, LockError> {
        let failed = |source| LockError::File { path: path.to_owned(), source };
        tripod_files::private_file(path).map_err(failed)?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Where a lock also keeps others from reading, the holder stays unnamed.
                let _ = file.read_to_string(&mut text);
                return Err(LockError::Held(serde_json::from_str(&text).ok()));
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let holder = Holder { pid: std::process::id(), since: now, command: command.to_owned() };
        let text = serde_json::to_string(&holder).map_err(|error| failed(error.into()))?;
        let written = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()))
            .and_then(|()| file.flush());
        written.map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for WorkspaceLock {
    fn drop(&mut self) {
        // A name that stays behind would only mislead a reader; the lock itself goes with the file handle.
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_second_run_says_who_holds_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = WorkspaceLock::acquire(&path, "tripod apply plan.json", now()).unwrap();
        let error = WorkspaceLock::acquire(&path, "tripod apply", now()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`tripod apply plan.json` (process {}, since 2026-11-23 09:00:00 UTC) is at work in this workspace; \
                 wait until it is done",
                std::process::id()
            )
        );
        drop(held);
        WorkspaceLock::acquire(&path, "tripod apply", now()).unwrap();
    }
}
