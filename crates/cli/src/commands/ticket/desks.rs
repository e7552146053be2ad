//! Which desk a word of the command line means.

use std::path::Path;

use tripod_tickets::desk::{Desk, FileDesk};

use crate::exit::{CommandError, Exit};

/// The desk of `file:DIR`; the folder is relative to the workspace.
pub(super) fn open(root: &Path, word: &str) -> Result<Box<dyn Desk>, CommandError> {
    let Some(folder) = word.strip_prefix("file:").filter(|folder| !folder.is_empty()) else {
        let message = format!("`{word}` is no desk");
        return Err(CommandError::message(Exit::Usage, message).hint("name a folder of tickets as `file:DIR`"));
    };
    let folder = root.join(folder);
    if !folder.is_dir() {
        let message = format!("the folder of tickets, {}, is not there", folder.display());
        return Err(CommandError::message(Exit::File, message)
            .hint("make it, and in it a folder for each ticket with a `request.md` or `request.json`"));
    }
    Ok(Box::new(FileDesk::new(&folder)))
}
