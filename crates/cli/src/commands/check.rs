//! `tripod check`: the files only.

use serde_json::json;
use tripod_report::counted;

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::workspace::{self, Workspace};

pub(crate) fn run(context: &Context) -> Result<Exit, CommandError> {
    context.forms("check", &[Format::Text, Format::Json])?;
    let workspace = Workspace::read(&context.common.directory)?;
    if context.common.format == Format::Json {
        let Workspace { problems, files, mailboxes, .. } = &workspace;
        context.screen.json(&json!({ "files": files, "mailboxes": mailboxes.len(), "problems": problems }))?;
        return Ok(if problems.is_empty() { Exit::Done } else { Exit::File });
    }
    if !workspace.problems.is_empty() {
        return Err(workspace::report(context.screen, &workspace.problems));
    }
    let delegates: usize = workspace.mailboxes.iter().map(|mailbox| mailbox.delegates.len()).sum();
    context.screen.data(&format!(
        "{}, {}, {}, {}: no problem",
        counted(workspace.files, "file", "files"),
        counted(workspace.settings.tenants.len(), "tenant", "tenants"),
        counted(workspace.mailboxes.len(), "mailbox", "mailboxes"),
        counted(delegates, "delegate", "delegates"),
    ))?;
    Ok(Exit::Done)
}
