//! `tripod runbook`: a plan for a person who carries it out by hand, and which of it is done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use tripod_provisioner::{Digest, Plan};
use tripod_tenant::{ErrorKind, Observation, Observed, observe};
use tripod_tickets::runbook::{self, Runbook, Shell, Standing, runbook_html, runbook_markdown};

use super::{Context, plan, verify};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, BOLD, DIM, GOOD};
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{new_file, progress};

/// `tripod runbook`
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  tripod plan -o plan.json
  tripod runbook plan.json -o runbook.md
  tripod runbook check plan.json"
)]
pub(crate) struct RunbookArguments {
    #[command(subcommand)]
    pub command: Option<RunbookCommand>,
    #[command(flatten)]
    pub write: WriteRunbook,
}

/// The shell into which the commands are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ForShell {
    /// bash, zsh and other POSIX shells
    Posix,
    /// PowerShell, of Windows or newer
    Powershell,
    /// The command prompt of Windows
    Cmd,
}

impl ForShell {
    fn shell(self) -> Shell {
        match self {
            Self::Posix => Shell::Posix,
            Self::Powershell => Shell::PowerShell,
            Self::Cmd => Shell::Cmd,
        }
    }
}

/// What a runbook is written from.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// The shell into which GAM's commands are typed; Microsoft's are PowerShell's in any case
    #[arg(long, value_enum, default_value = "posix")]
    pub shell: ForShell,
    /// The digest that was approved, all 64 digits; a plan with another one is refused
    #[arg(long, value_name = "DIGEST")]
    pub digest: Option<Digest>,
}

/// `tripod runbook PLAN`
#[derive(Debug, Args)]
pub(crate) struct WriteRunbook {
    /// A plan that `tripod plan -o` wrote
    #[arg(value_name = "PLAN", required = true)]
    pub plan: Option<PathBuf>,
    /// Write to a file in place of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub how: How,
}

/// `tripod runbook …`
#[derive(Debug, Subcommand)]
pub(crate) enum RunbookCommand {
    /// Read the tenants and tick what is done
    Check {
        /// The plan that the runbook was written from
        #[arg(value_name = "PLAN")]
        plan: PathBuf,
        /// Write to a file in place of stdout
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        how: How,
    },
}

pub(crate) async fn run(context: &Context, arguments: &RunbookArguments) -> Result<Exit, CommandError> {
    match (&arguments.command, &arguments.write.plan) {
        (Some(RunbookCommand::Check { plan, output, how }), _) => check(context, plan, output.as_deref(), how).await,
        (None, Some(plan)) => write(context, plan, arguments.write.output.as_deref(), &arguments.write.how),
        (None, None) => {
            Err(CommandError::message(Exit::Usage, "no plan is named").hint("`tripod plan -o FILE` makes one"))
        }
    }
}

fn read(path: &Path, how: &How) -> Result<Plan, CommandError> {
    let text = tripod_files::read_text(path)
        .map_err(|error| CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display())))?;
    let plan = Plan::from_json(&text).map_err(|error| {
        CommandError::message(Exit::File, format!("{}: {error}", path.display()))
            .hint("make it again with `tripod plan -o FILE`; a plan cannot be edited")
    })?;
    match &how.digest {
        Some(approved) if approved != plan.digest() => {
            let message = format!("{} is the plan {}, and {approved} was approved", path.display(), plan.digest());
            Err(CommandError::message(Exit::Refused, message).hint("have this plan approved, or name the other file"))
        }
        _ => Ok(plan),
    }
}

/// Markdown is what a runbook is when nothing else is asked for.
fn write(context: &Context, path: &Path, output: Option<&Path>, how: &How) -> Result<Exit, CommandError> {
    context.forms("runbook", &[Format::Text, Format::Markdown, Format::Html])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let runbook = Runbook::of(&read(path, how)?, &workspace.settings, how.shell.shell());
    let standings = BTreeMap::new();
    let text = match context.common.format {
        Format::Html => runbook_html(&runbook, &standings),
        _ => runbook_markdown(&runbook, &standings),
    };
    match output {
        Some(path) => new_file::replace(path, &text)?,
        None => context.screen.data(&text)?,
    }
    Ok(if runbook.refusals.is_empty() { Exit::Done } else { Exit::Refused })
}

async fn check(context: &Context, path: &Path, output: Option<&Path>, how: &How) -> Result<Exit, CommandError> {
    context.forms("runbook check", &[Format::Text, Format::Json, Format::Markdown, Format::Html])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let plan = read(path, how)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let reading = progress::reading(context.screen, plan.wanted().len());
    let ids = plan::known_ids(&session, &workspace)?;
    let fresh = observe(&session.readers(&workspace), &plan.wanted(), &ids).await;
    reading.finish();
    session.close().await?;

    let standings = runbook::check(&plan, &fresh);
    let text = match context.common.format {
        Format::Markdown => runbook_markdown(&Runbook::of(&plan, &workspace.settings, how.shell.shell()), &standings),
        Format::Html => runbook_html(&Runbook::of(&plan, &workspace.settings, how.shell.shell()), &standings),
        Format::Json => json_form(&plan, &standings)?,
        _ => text(&plan, &standings),
    };
    match output {
        Some(path) => new_file::replace(path, &anstream::adapter::strip_str(&text).to_string())?,
        None => context.screen.data(&text)?,
    }
    Ok(exit(&standings, &fresh))
}

fn json_form(plan: &Plan, standings: &BTreeMap<u32, Standing>) -> Result<String, CommandError> {
    let steps: Vec<_> = plan
        .steps()
        .iter()
        .map(|step| {
            let (state, reason) = match standings.get(&step.number) {
                Some(Standing::Done) => ("done", None),
                Some(Standing::Open) => ("open", None),
                Some(Standing::Unknown(reason)) => ("unknown", Some(reason.as_str())),
                None => ("unknown", Some("it was not looked at")),
            };
            let (number, mailbox, action) = (step.number, &step.mailbox, &step.action);
            json!({ "number": number, "mailbox": mailbox, "action": action, "state": state, "reason": reason })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&json!({ "plan": plan.digest(), "steps": steps }))? + "\n")
}

fn text(plan: &Plan, standings: &BTreeMap<u32, Standing>) -> String {
    let printable = |text: &str| tripod_tickets::text::printable(text, 300);
    let mut lines = Vec::new();
    let mut done = 0;
    for step in plan.steps() {
        let what = format!("step {}, {}: {}", step.number, step.mailbox, printable(&step.action.words()));
        lines.push(match standings.get(&step.number) {
            Some(Standing::Done) => {
                done += 1;
                format!("{GOOD}[x]{GOOD:#} {what}")
            }
            Some(Standing::Open) => format!("[ ] {what}"),
            Some(Standing::Unknown(reason)) => {
                format!("{BAD}[?]{BAD:#} {what}\n      {DIM}{}{DIM:#}", printable(reason))
            }
            None => format!("{BAD}[?]{BAD:#} {what}"),
        });
    }
    lines.push(format!("{BOLD}{done} of {} steps done{BOLD:#}\n", plan.steps().len()));
    lines.join("\n")
}

/// What is open comes before what could not be read: it is certain.
fn exit(standings: &BTreeMap<u32, Standing>, fresh: &Observation) -> Exit {
    if standings.values().any(|standing| *standing == Standing::Open) {
        return Exit::ChangesPending;
    }
    if standings.values().all(|standing| *standing == Standing::Done) {
        return Exit::Done;
    }
    match verify::unknown_exit(unknown_kinds(fresh)) {
        Exit::Done => Exit::Unavailable,
        exit => exit,
    }
}

fn unknown_kinds(fresh: &Observation) -> impl Iterator<Item = ErrorKind> {
    fn kind<T>(seen: &Observed<T>) -> Option<ErrorKind> {
        match seen {
            Observed::Unknown(unknown) => Some(unknown.kind),
            Observed::Present(_) | Observed::Absent => None,
        }
    }
    let mailboxes = fresh.mailboxes.values().filter_map(kind);
    let delegates =
        fresh.mailboxes.values().filter_map(Observed::present).filter_map(|mailbox| kind(&mailbox.delegates));
    mailboxes.chain(delegates).chain(fresh.people.values().filter_map(kind))
}
