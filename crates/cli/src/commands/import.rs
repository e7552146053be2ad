//! `tripod import`: a manifest from what the tenants have today.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tripod_model::{Address, Kind, QUORUM, TenantName};
use tripod_tenant::{Form, Observed, ObservedMailbox, Principal, Unknown};

use super::{Context, verify};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::new_file;
use crate::screen::WATCH;
use crate::session::Session;
use crate::workspace::Workspace;

/// `tripod import`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod import                 what no manifest names yet
  tripod import --tenant example -o mailboxes/found.yaml")]
pub(crate) struct ImportArguments {
    /// Only this tenant of tripod.yaml
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
    /// Also what the manifest names already
    #[arg(long)]
    pub all: bool,
    /// Write to a new file in place of stdout; a file that is there is never overwritten
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, arguments: &ImportArguments) -> Result<Exit, CommandError> {
    context.forms("import", &[Format::Text, Format::Json])?;
    let workspace = Workspace::read(&context.common.directory)?;
    if workspace.settings.tenants.is_empty() {
        return Err(workspace
            .sound(context.screen)
            .err()
            .unwrap_or_else(|| CommandError::message(Exit::File, "tripod.yaml names no tenant to import from")));
    }
    let tenants = chosen(&workspace, arguments.tenant.as_deref())?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let readers = session.readers(&workspace);

    let named: BTreeSet<&Address> = workspace.mailboxes.iter().map(|mailbox| &mailbox.address).collect();
    let mut found = Vec::new();
    for name in &tenants {
        let Some(reader) = readers.get(name) else { continue };
        // A list that breaks off would look like a short one, so an error ends the command.
        let mut mailboxes = reader.service_mailboxes().await?;
        mailboxes.retain(|mailbox| arguments.all || !named.contains(&mailbox.address));
        mailboxes.sort_by(|a, b| a.address.cmp(&b.address));
        found.extend(mailboxes.into_iter().map(|mailbox| (name.clone(), mailbox)));
    }
    session.close().await?;

    let exit =
        verify::unknown_exit(found.iter().filter_map(|(_, mailbox)| unread(mailbox)).map(|unknown| unknown.kind));
    if context.common.format == Format::Json {
        let rows: Vec<_> =
            found.iter().map(|(tenant, mailbox)| json!({ "tenant": tenant, "mailbox": mailbox })).collect();
        context.screen.json(&rows)?;
        return Ok(exit);
    }
    if found.is_empty() {
        context.screen.say("nothing to import: every service mailbox of the tenants is in the manifest");
        return Ok(Exit::Done);
    }
    let text = manifest(&found);
    match &arguments.output {
        Some(path) => new_file::create(path, &text)?,
        None => context.screen.data(&text)?,
    }
    let known = || found.iter().map(|(_, mailbox)| mailbox).filter(|mailbox| unread(mailbox).is_none());
    let short = known().filter(|mailbox| people(mailbox).len() < QUORUM).count();
    context.screen.say(&format!("{} mailboxes, {short} of them with fewer than {QUORUM} people", found.len()));
    match found.len() - known().count() {
        0 => {}
        lost => context.screen.say(&format!(
            "{WATCH}! who has access to {lost} of them could not be read; import them again before you name anybody{WATCH:#}"
        )),
    }
    context.screen.say("say what each is for, put the entries into the mailbox files, then run `tripod check`");
    Ok(exit)
}

fn chosen(workspace: &Workspace, wanted: Option<&str>) -> Result<Vec<TenantName>, CommandError> {
    let all = workspace.settings.tenants.keys();
    let Some(wanted) = wanted else { return Ok(all.cloned().collect()) };
    let known: Vec<&str> = all.clone().map(|name| name.0.as_str()).collect();
    all.clone().find(|name| name.0 == wanted).map(|name| vec![name.clone()]).ok_or_else(|| {
        let error = CommandError::message(Exit::Usage, format!("tripod.yaml has no tenant `{wanted}`"));
        match tripod_model::suggest::closest(wanted, known.iter().copied()) {
            Some(close) => error.hint(format!("did you mean `{close}`?")),
            None => error.hint(format!("it has: {}", known.join(", "))),
        }
    })
}

/// Why nobody knows who has access, if nobody does.
fn unread(mailbox: &ObservedMailbox) -> Option<&Unknown> {
    match &mailbox.delegates {
        Observed::Unknown(unknown) => Some(unknown),
        Observed::Present(_) | Observed::Absent => None,
    }
}

/// The people with access; groups and what is left of deleted accounts are no people.
fn people(mailbox: &ObservedMailbox) -> Vec<&Address> {
    let Observed::Present(delegates) = &mailbox.delegates else { return Vec::new() };
    delegates
        .iter()
        .filter_map(|delegate| match &delegate.who {
            Principal::Account { address, .. } => Some(address),
            _ => None,
        })
        .collect()
}

fn manifest(found: &[(TenantName, ObservedMailbox)]) -> String {
    let mut text = String::new();
    let mut last = None;
    for (tenant, mailbox) in found {
        if last != Some(tenant) {
            let _ = writeln!(text, "# What tenant {tenant} has today and no manifest names.");
            last = Some(tenant);
        }
        entry(&mut text, mailbox);
    }
    text
}

fn entry(text: &mut String, mailbox: &ObservedMailbox) {
    let kind = if mailbox.form == Form::GroupInbox { Kind::GroupInbox } else { Kind::SharedMailbox };
    let _ = writeln!(text, "- address: {}", mailbox.address);
    let _ = writeln!(text, "  name: {}", quoted(&mailbox.name));
    let _ = writeln!(text, "  purpose: \"\"  # say what it is for");
    let _ = writeln!(text, "  kind: {}", kind.word());
    if mailbox.form == Form::UnmarkedAccount {
        let _ =
            writeln!(text, "  adopt: true  # an account that Tripod did not make; make sure that it is no person's");
    }
    let people = people(mailbox);
    if let Some(unknown) = unread(mailbox) {
        let reason = unknown.reason.replace(char::is_control, " ");
        let _ = writeln!(text, "  # who has access could not be read: {reason}");
    } else if people.len() < QUORUM {
        let _ = writeln!(text, "  # stands on {}, needs {QUORUM}", people.len());
    }
    if let Observed::Present(delegates) = &mailbox.delegates {
        for delegate in delegates.iter().filter(|d| !matches!(d.who, Principal::Account { .. })) {
            let _ = writeln!(text, "  # not a person: {}", delegate.who.label().replace(char::is_control, " "));
        }
    }
    if people.is_empty() {
        let _ = writeln!(text, "  delegates: []");
    } else {
        let _ = writeln!(text, "  delegates:");
        for person in people {
            let _ = writeln!(text, "    - {person}");
        }
    }
}

/// A text as a YAML scalar. JSON's form is always one of YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
