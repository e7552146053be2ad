//! Writes the user's files, and says in words why one cannot be written.

use std::path::Path;

use crate::exit::{CommandError, Exit};

/// Writes a new file; one that is there already is kept, and the command refused.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), CommandError> {
    tripod_files::create(path, text.as_bytes()).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            CommandError::message(Exit::Usage, format!("{} is there already and is kept as it is", path.display()))
                .hint("name another file, or move that one away")
        }
        _ => cannot_write(path, &error),
    })
}

/// Writes a file in place of the one that may be there: all of it or nothing, and through what is no plain file.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CommandError> {
    tripod_files::replace(path, text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

/// The same; a file that was not there is one that only its owner can read.
pub(crate) fn replace_private(path: &Path, text: &str) -> Result<(), CommandError> {
    tripod_files::replace_private(path, text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

/// Makes a folder, and those above it, where there is none yet.
pub(crate) fn folder(path: &Path) -> Result<(), CommandError> {
    std::fs::create_dir_all(path).map_err(|error| cannot_make(path, &error))
}

/// The same for what Tripod keeps for itself, which nobody but its owner can read.
pub(crate) fn private_folder(path: &Path) -> Result<(), CommandError> {
    tripod_files::private_folder(path).map_err(|error| cannot_make(path, &error))
}

fn cannot_make(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::message(Exit::Usage, format!("cannot make the folder {}: {error}", path.display()))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::message(Exit::Usage, format!("cannot write {}: {error}", path.display()))
}
