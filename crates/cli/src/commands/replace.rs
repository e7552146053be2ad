//! `tripod replace`: one person in another's place in the manifest.

use clap::Args;
use tripod_model::{Address, WantedMailbox, suggest};
use tripod_verifier::{Changed, DelegateChange, changed, patch};

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::new_file;
use crate::workspace::Workspace;

/// `tripod replace`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod replace ana@example.com bob@example.com
  tripod replace ana@example.com bob@example.com --mailbox backups@example.com")]
pub(crate) struct ReplaceArguments {
    /// The delegate who leaves
    pub old: Address,
    /// The person who takes over
    pub new: Address,
    /// Only in this mailbox; give it again for more
    #[arg(long = "mailbox", value_name = "ADDRESS")]
    pub mailboxes: Vec<Address>,
}

pub(crate) fn run(context: &Context, arguments: &ReplaceArguments) -> Result<Exit, CommandError> {
    context.forms("replace", &[Format::Text])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let changes = changes(&workspace, arguments)?;
    let Changed { files, left } = changed(&changes, &workspace.sources);
    if let Some(left) = left.first() {
        let message = format!("{}: {} cannot be changed in this line; nothing was changed", left.place, left.delegate);
        return Err(
            CommandError::message(Exit::File, message).hint("change it by hand, e.g. where a YAML alias stands")
        );
    }
    // The files as they will be have to be sound as well: the new person may not be allowed where the old one was.
    let new: Vec<_> = files.iter().map(|(_, new)| new.clone()).collect();
    Workspace::read_with(&workspace.root, &new)?.sound(context.screen)?;
    for file in &new {
        new_file::replace(&workspace.root.join(&file.name), &String::from_utf8_lossy(&file.bytes))?;
    }
    context.screen.data(&patch(&changes, &workspace.sources).text)?;
    context.screen.say(&context.next_in("the manifest is changed, and no tenant is; look at it with `tripod plan`"));
    Ok(Exit::Done)
}

/// The changes: in every mailbox that names the old person, or in those that were chosen.
fn changes(workspace: &Workspace, arguments: &ReplaceArguments) -> Result<Vec<DelegateChange>, CommandError> {
    let ReplaceArguments { old, new, mailboxes } = arguments;
    for chosen in mailboxes {
        if !workspace.mailboxes.iter().any(|mailbox| mailbox.address == *chosen) {
            let known = workspace.mailboxes.iter().map(|mailbox| mailbox.address.as_str());
            return Err(unknown(chosen, "no mailbox of the manifest", known));
        }
    }
    let is_chosen = |mailbox: &&WantedMailbox| mailboxes.is_empty() || mailboxes.contains(&mailbox.address);
    let mut changes = Vec::new();
    for mailbox in workspace.mailboxes.iter().filter(is_chosen) {
        let Some(delegate) = mailbox.delegates.iter().find(|delegate| delegate.address == *old) else { continue };
        if mailbox.delegates.iter().any(|delegate| delegate.address == *new) {
            let message = format!("{new} is a delegate of {} already; nothing was changed", mailbox.address);
            return Err(CommandError::message(Exit::Usage, message)
                .hint("name another person for that mailbox, and choose mailboxes with `--mailbox`"));
        }
        changes.push(DelegateChange {
            mailbox: mailbox.address.clone(),
            delegate: old.clone(),
            replacement: Some(new.clone()),
            place: delegate.place.clone(),
        });
    }
    if changes.is_empty() {
        let delegates = workspace.mailboxes.iter().filter(is_chosen).flat_map(|mailbox| &mailbox.delegates);
        return Err(unknown(old, "no delegate there", delegates.map(|delegate| delegate.address.as_str())));
    }
    Ok(changes)
}

fn unknown<'a>(address: &Address, what: &str, known: impl Iterator<Item = &'a str>) -> CommandError {
    let error = CommandError::message(Exit::Usage, format!("{address} is {what}; nothing was changed"));
    match suggest::closest(address.as_str(), known) {
        Some(close) => error.hint(format!("did you mean `{close}`?")),
        None => error,
    }
}
