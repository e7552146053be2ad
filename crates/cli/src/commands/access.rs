//! `tripod access`: every service mailbox that somebody can open.

use std::fmt::Write;

use tripod_model::Address;
use tripod_tenant::Observed;
use tripod_verifier::access::{Through, Way};
use tripod_verifier::{Access, access};

use super::{Context, verify};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::progress;
use crate::screen::{BOLD, DIM};
use crate::session::Session;
use crate::workspace::Workspace;

pub(crate) async fn run(context: &Context, address: &Address) -> Result<Exit, CommandError> {
    context.forms("access", &[Format::Text, Format::Json])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let tenant = workspace.settings.tenant_of(address).ok_or_else(|| {
        CommandError::message(Exit::Usage, format!("the domain of {address} belongs to no tenant of tripod.yaml"))
    })?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let auditors = session.auditors(&workspace);
    let reading = progress::reading(context.screen, workspace.mailboxes.len());
    let mut observed = verify::look(&auditors, &workspace).await;
    if !observed.people.contains_key(address)
        && let Some(auditor) = auditors.get(&tenant.name)
    {
        let found = auditor.people(std::slice::from_ref(address)).await;
        observed.people.extend(found.into_iter().map(|person| (address.clone(), person)));
    }
    let audit = verify::audit(&auditors, &workspace, &observed).await;
    reading.finish();
    let now = session.clock.now();
    session.close().await?;
    let found = access(address, &workspace.mailboxes, &observed, &audit, now);
    let is_absent = observed.person(address) == Observed::Absent;
    if is_absent {
        let left = if found.ways.is_empty() { "" } else { "; what is listed is left over" };
        context.screen.say(&format!("nobody has the address {address} today{left}"));
    }
    if context.common.format == Format::Json {
        context.screen.json(&found)?;
    } else {
        context.screen.data(&text(&found, is_absent, context.screen.width()))?;
    }
    // An address with a slip in it is no all-clear.
    if is_absent && found.ways.is_empty() && found.unknown.is_empty() {
        return Ok(Exit::Usage);
    }
    Ok(verify::unknown_exit(found.unknown.iter().map(|unknown| unknown.kind)))
}

fn text(found: &Access, is_absent: bool, width: Option<usize>) -> String {
    let mut text = String::new();
    if let Some(why) = found.inactive.as_ref().filter(|_| !is_absent) {
        let _ = writeln!(text, "{BOLD}{} cannot act: {why}{BOLD:#}", found.address);
    }
    if found.ways.is_empty() && found.unknown.is_empty() {
        if is_absent {
            return text;
        }
        let _ = writeln!(text, "{} can open no service mailbox", found.address);
    } else if !found.ways.is_empty() {
        let rows: Vec<_> = found.ways.iter().map(row).collect();
        for line in tripod_report::columns(["mailbox", "may", "through", "in the manifest"], &rows, width) {
            let _ = writeln!(text, "{line}");
        }
    }
    text.push_str(&tripod_report::unknown_text(&found.unknown, width));
    if !found.unknown.is_empty() {
        let _ = writeln!(text, "{DIM}there may be more than is listed here{DIM:#}");
    }
    text
}

fn row(way: &Way) -> [String; 4] {
    let may = match (way.reads, way.acts) {
        (true, true) => "read and act for it",
        (true, false) => "read it",
        (false, true) => "act for it",
        (false, false) => "nothing",
    };
    let may = if way.in_force { may.to_owned() } else { format!("{may}, not in force") };
    let through = match &way.through {
        Through::Directly => "directly".to_owned(),
        Through::Group(group) => format!("the group {group}"),
        Through::Everybody(shown) => format!("{shown}, which stands for everybody"),
    };
    let named = match (way.managed, way.wanted) {
        (true, true) => "yes",
        (true, false) => "the mailbox is, the person is not",
        (false, _) => "no",
    };
    [way.mailbox.to_string(), may, through, named.to_owned()]
}
