//! `tripod journal`: whether anybody changed the journal past the program.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use tripod_provisioner::journal::Journal;
use tripod_provisioner::journal::chain::Head;
use tripod_report::counted;

use super::{Context, evidence};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::screen::BAD;
use crate::workspace::records;

/// `tripod journal …`
#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Look for entries of the journal that were changed, added or removed
    Verify(JournalArguments),
}

/// `tripod journal verify`
#[derive(Debug, Args)]
pub(crate) struct JournalArguments {
    /// Evidence that names where the journal ended once; only with it a journal that was cut off shows
    #[arg(long, value_name = "FILE", requires = "key")]
    pub evidence: Option<PathBuf>,
    /// The public key of that evidence (PEM)
    #[arg(long, value_name = "KEY.pem", requires = "evidence")]
    pub key: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, command: &JournalCommand) -> Result<Exit, CommandError> {
    let JournalCommand::Verify(arguments) = command;
    verify(context, arguments)
}

fn verify(context: &Context, arguments: &JournalArguments) -> Result<Exit, CommandError> {
    context.forms("journal verify", &[Format::Text, Format::Json])?;
    let path = records(&context.common.directory, context.common.sandbox).join("journal.db");
    if !path.exists() {
        return Err(CommandError::message(Exit::File, format!("there is no journal {}", path.display()))
            .hint("`tripod apply` makes it with the first change; name the workspace's folder with `-C DIR`, and give `--sandbox` for what was done to stand-ins"));
    }
    let known = known(arguments)?;
    let journal = Journal::open_to_read(&path).map_err(|error| CommandError::new(Exit::Unexpected, error))?;
    let (breaks, head) = journal.verify(known.as_ref()).map_err(|error| CommandError::new(Exit::Unexpected, error))?;
    if context.common.format == Format::Json {
        context.screen.json(&json!({ "entries": head.number, "head": head.hash, "breaks": breaks }))?;
    } else if breaks.is_empty() {
        let entries = usize::try_from(head.number).unwrap_or(usize::MAX);
        context.screen.data(&format!(
            "{}, none changed; the last is {}",
            counted(entries, "entry", "entries"),
            head.hash
        ))?;
    } else {
        for found in &breaks {
            context.screen.data(&format!("{BAD}{found}{BAD:#}"))?;
        }
    }
    Ok(if breaks.is_empty() { Exit::Done } else { Exit::Findings })
}

/// Where the journal ended when the evidence was written.
fn known(arguments: &JournalArguments) -> Result<Option<Head>, CommandError> {
    let (Some(file), Some(key)) = (&arguments.evidence, &arguments.key) else { return Ok(None) };
    let evidence = evidence::read(file, key)?;
    evidence.journal.map(Some).ok_or_else(|| {
        CommandError::message(Exit::File, format!("{} does not say where the journal ended", file.display()))
    })
}
