//! `tripod grants`: the apps that hang on people's own accounts.

use std::collections::BTreeSet;
use std::fmt::Write;

use clap::Args;
use tripod_model::{Address, Provider};
use tripod_verifier::grants::GrantReport;
use tripod_verifier::{Grants, Risk, grants, holdings};

use super::impact::nobody_has;
use super::{Context, verify};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::progress;
use crate::screen::{BAD, BOLD, DIM};
use crate::session::Session;
use crate::workspace::Workspace;

/// `tripod grants`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod grants
  tripod grants --person alice@example.com")]
pub(crate) struct GrantsArguments {
    /// Only the grants of this person
    #[arg(long, value_name = "ADDRESS")]
    pub person: Option<Address>,
}

pub(crate) async fn run(context: &Context, arguments: &GrantsArguments) -> Result<Exit, CommandError> {
    context.forms("grants", &[Format::Text, Format::Json])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let reading = progress::reading(context.screen, workspace.mailboxes.len());
    let holdings = holdings(&session.auditors(&workspace)).await;
    reading.finish();
    let mut found = grants(&holdings, &workspace.mailboxes, session.clock.now());
    session.close().await?;
    if let Some(asked) = &arguments.person {
        let person =
            holdings.directory.iter().find(|person| person.address == *asked || person.aliases.contains(asked));
        let address = person.map_or(asked, |person| &person.address);
        found.grants.retain(|grant| grant.person == *address);
        // An address with a slip in it is no all-clear. Grants outlive an account, so that what is found is shown.
        if person.is_none() && found.grants.is_empty() && found.unknown.is_empty() {
            return Err(CommandError::message(Exit::Usage, nobody_has(asked, &holdings)));
        }
    }
    if context.common.format == Format::Json {
        context.screen.json(&found)?;
    } else {
        context.screen.data(&text(&found, &workspace, context.screen.width()))?;
    }
    Ok(verify::unknown_exit(found.unknown.iter().map(|unknown| unknown.kind)))
}

fn text(found: &Grants, workspace: &Workspace, width: Option<usize>) -> String {
    let mut text = String::new();
    if found.grants.is_empty() && found.unknown.is_empty() {
        text.push_str("no app hangs on a person's own account\n");
    } else if !found.grants.is_empty() {
        for grant in &found.grants {
            // Google does not tell whether it has verified an app, so nothing is said of it.
            let tenant = workspace.settings.tenants.get(&grant.tenant);
            let is_told = tenant.is_some_and(|tenant| tenant.provider() == Provider::Microsoft365);
            text.push_str(&lines(grant, is_told));
            text.push('\n');
        }
        let _ = writeln!(text, "{}", summary(found));
    }
    text.push_str(&tripod_report::unknown_text(&found.unknown, width));
    if !found.unknown.is_empty() {
        let _ = writeln!(text, "{DIM}there may be more than is listed here{DIM:#}");
    }
    text
}

fn summary(found: &Grants) -> String {
    let apps = found.grants.iter().map(|grant| (&grant.tenant, &grant.app_id)).collect::<BTreeSet<_>>().len();
    let grants = if found.grants.len() == 1 { "1 grant".to_owned() } else { format!("{} grants", found.grants.len()) };
    let apps = if apps == 1 { "1 app".to_owned() } else { format!("{apps} apps") };
    format!("{grants} to {apps}")
}

/// Who carries the app, and below that what it may do and who should carry it.
fn lines(grant: &GrantReport, verification_is_told: bool) -> String {
    let style = if grant.risk >= Risk::High { BAD } else { BOLD };
    let verified = if grant.verified || !verification_is_told { "" } else { " (publisher not verified)" };
    let account = match (&grant.inactive, grant.active) {
        (Some(why), _) => format!(" ({why})"),
        (None, Some(true)) => String::new(),
        (None, _) => " (whether the account is active is unknown)".to_owned(),
    };
    let mut may: Vec<&str> = grant.may.iter().map(|meaning| meaning.sentence.as_str()).collect();
    may.dedup();
    let may = if grant.by_assignment && may.is_empty() { "sign the person in".to_owned() } else { may.join("; ") };
    let held = grant
        .held_better_by
        .as_ref()
        .map_or_else(|| format!("no mailbox names {} under `apps`", grant.app), ToString::to_string);
    format!(
        "{style}{:<8}{style:#} {BOLD}{}{BOLD:#}{verified} hangs on {}{account}\n         {DIM}may:{DIM:#}            {may}\n         {DIM}better held by:{DIM:#} {held}\n",
        grant.risk.word(),
        grant.app,
        grant.person
    )
}
