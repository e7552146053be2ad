//! `tripod grants`: the apps that hang on people's own accounts.

use std::fmt::Write;

use comfy_table::presets;
use tripod_model::Provider;
use tripod_verifier::grants::GrantReport;
use tripod_verifier::{Grants, grants, holdings};

use super::{Context, verify};
use crate::arguments::{Format, GrantsArguments};
use crate::exit::{CommandError, Exit};
use crate::progress;
use crate::screen::{BAD, DIM};
use crate::session::Session;
use crate::workspace::Workspace;

pub(crate) async fn run(context: &Context, arguments: &GrantsArguments) -> Result<Exit, CommandError> {
    context.forms("grants", &[Format::Text, Format::Json])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let reading = progress::reading(context.screen, workspace.mailboxes.len());
    let holdings = holdings(&session.auditors(&workspace)).await;
    reading.finish();
    let mut found = grants(&holdings, &workspace.mailboxes, session.clock.now());
    session.close().await?;
    if let Some(person) = &arguments.person {
        found.grants.retain(|grant| grant.person == *person);
    }
    if context.common.format == Format::Json {
        context.screen.json(&found)?;
    } else {
        context.screen.data(&text(&found, &workspace))?;
    }
    Ok(verify::unknown_exit(found.unknown.iter().map(|unknown| unknown.kind)))
}

fn text(found: &Grants, workspace: &Workspace) -> String {
    let mut text = String::new();
    if found.grants.is_empty() {
        text.push_str("no app hangs on a person's own account\n");
    } else {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(["app", "hangs on", "account", "risk", "may", "better held by"]);
        for grant in &found.grants {
            // Google does not tell whether it has verified an app, so nothing is said of it.
            let tenant = workspace.settings.tenants.get(&grant.tenant);
            let is_told = tenant.is_some_and(|tenant| tenant.provider() == Provider::Microsoft365);
            table.add_row(row(grant, is_told));
        }
        for line in table.lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let _ = writeln!(text, "\n{} grants to {} apps", found.grants.len(), apps(found));
    }
    for unknown in &found.unknown {
        let _ = writeln!(text, "{BAD}? could not find out {}:{BAD:#} {}", unknown.what, unknown.reason);
    }
    if !found.unknown.is_empty() {
        let _ = writeln!(text, "{DIM}there may be more than is listed here{DIM:#}");
    }
    text
}

fn apps(found: &Grants) -> usize {
    found.grants.iter().map(|grant| &grant.app_id).collect::<std::collections::BTreeSet<_>>().len()
}

fn row(grant: &GrantReport, verification_is_told: bool) -> [String; 6] {
    let verified = if grant.verified || !verification_is_told { "" } else { " (publisher not verified)" };
    let account = match (&grant.inactive, grant.active) {
        (Some(why), _) => why.to_string(),
        (None, Some(true)) => "active".to_owned(),
        (None, _) => "unknown".to_owned(),
    };
    let mut may: Vec<String> = grant.may.iter().map(|meaning| meaning.sentence.clone()).collect();
    may.dedup();
    let may = if grant.by_assignment && may.is_empty() { "sign people in".to_owned() } else { may.join("; ") };
    [
        format!("{}{verified}", grant.app),
        grant.person.to_string(),
        account,
        grant.risk.word().to_owned(),
        may,
        grant.held_better_by.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
    ]
}
