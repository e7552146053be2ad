//! Which desk a word of the command line means.

use std::path::Path;
use std::sync::Arc;

use tripod_tenant::Clock;
use tripod_tickets::connect;
use tripod_tickets::desk::{Desk, FileDesk};

use crate::exit::{CommandError, Exit};

/// The desk of `file:DIR`, or of a file with a desk's settings; both are relative to the workspace.
pub(super) fn open(root: &Path, word: &str, clock: Arc<dyn Clock>) -> Result<Box<dyn Desk>, CommandError> {
    let path = Path::new(word);
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml")) {
        return with_settings(root, path, clock);
    }
    let Some(folder) = word.strip_prefix("file:").filter(|folder| !folder.is_empty()) else {
        let message = format!("`{word}` is no desk");
        return Err(CommandError::message(Exit::Usage, message)
            .hint("name a folder of tickets as `file:DIR`, or a file with the settings of a desk, e.g. `desk.yaml`"));
    };
    let folder = root.join(folder);
    if !folder.is_dir() {
        let message = format!("the folder of tickets, {}, is not there", folder.display());
        return Err(CommandError::message(Exit::File, message)
            .hint("make it, and in it a folder for each ticket with a `request.md` or `request.json`"));
    }
    Ok(Box::new(FileDesk::new(&folder)))
}

/// A desk that is reached over HTTP, by its settings.
fn with_settings(root: &Path, path: &Path, clock: Arc<dyn Clock>) -> Result<Box<dyn Desk>, CommandError> {
    let path = root.join(path);
    let bytes = std::fs::read(&path)
        .map_err(|error| CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display())))?;
    let folder = path.parent().unwrap_or(root);
    let settings = connect::settings(&bytes, folder).map_err(|problem| {
        let place = format!("{}:{}:{}", path.display(), problem.line, problem.column);
        CommandError::message(Exit::File, format!("{place}: {}", problem.message))
    })?;
    connect::open(&settings, clock).map_err(|error| CommandError::new(Exit::SetUp, error))
}
