//! Writes files so that none is ever half there, and none that is there is lost.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::exit::{CommandError, Exit};

/// Writes a new file; one that is there already is kept, and the command refused.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), CommandError> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            CommandError::message(Exit::Usage, format!("{} is there already and is kept as it is", path.display()))
                .hint("name another file, or move that one away")
        }
        _ => cannot_write(path, &error),
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| cannot_write(path, &error))
}

/// Writes a file in place of the one that may be there: all of it or nothing.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CommandError> {
    let mut name = path.file_name().map(ToOwned::to_owned).unwrap_or_default();
    name.push(format!(".{}.new", std::process::id()));
    let beside: PathBuf = path.with_file_name(name);
    let written = std::fs::File::create(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        cannot_write(path, &error)
    })
}

/// Makes a folder, and those above it, where there is none yet.
pub(crate) fn folder(path: &Path) -> Result<(), CommandError> {
    std::fs::create_dir_all(path).map_err(|error| {
        CommandError::message(Exit::Usage, format!("cannot make the folder {}: {error}", path.display()))
    })
}

fn cannot_write(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::message(Exit::Usage, format!("cannot write {}: {error}", path.display()))
}
