//! Which desk a word of the command line means.

use std::path::Path;

use secrecy::SecretString;
use tripod_sandbox::desks::secret_of;
use tripod_sandbox::hosts;
use tripod_tickets::connect::{self, DeskKind, DeskSettings};
use tripod_tickets::desk::{Desk, FileDesk};

use crate::exit::{CommandError, Exit};
use crate::session::Session;

/// The desk of `file:DIR`, or of a file with a desk's settings; both are relative to the workspace.
pub(super) fn open(root: &Path, word: &str, session: &Session) -> Result<Box<dyn Desk>, CommandError> {
    if let Some(settings) = settings(root, word)? {
        return with_settings(settings, session);
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

/// The settings that a word names; nothing if it names no such file.
pub(super) fn settings(root: &Path, word: &str) -> Result<Option<DeskSettings>, CommandError> {
    let path = Path::new(word);
    if !path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml")) {
        return Ok(None);
    }
    let path = root.join(path);
    let bytes = tripod_files::read(&path)
        .map_err(|error| CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display())))?;
    let folder = path.parent().unwrap_or(root);
    connect::settings(&bytes, folder).map(Some).map_err(|problem| {
        let place = format!("{}:{}:{}", path.display(), problem.line, problem.column);
        CommandError::message(Exit::File, format!("{place}: {}", problem.message))
    })
}

/// A desk by its settings. With stand-ins, it is the one of theirs, and what opens the real one stays where it is.
fn with_settings(settings: DeskSettings, session: &Session) -> Result<Box<dyn Desk>, CommandError> {
    let settings = match (session.sandbox(), settings.host().map(str::to_owned)) {
        (Some(_), Some(host)) if !hosts::is_desk(&host) => {
            let known: Vec<_> = hosts::DESKS.iter().map(|host| format!("https://{host}")).collect();
            let message = format!("the sandbox has no desk at https://{host}");
            return Err(CommandError::message(Exit::File, message)
                .hint(format!("its desks are {}; name one in a file of its own for trying", known.join(", "))));
        }
        (Some(_), Some(host)) => {
            let account = match &settings.kind {
                DeskKind::GitHub(github) => github.account.as_deref(),
                DeskKind::File(_) | DeskKind::Jira(_) | DeskKind::ServiceNow(_) => None,
            };
            let secret = secret_of(&host, account.unwrap_or("tripod"));
            settings.at_stand_in(session.endpoints().clone(), SecretString::from(secret))
        }
        _ => settings,
    };
    connect::open(&settings, session.clock.clone()).map_err(|error| CommandError::new(Exit::SetUp, error))
}
