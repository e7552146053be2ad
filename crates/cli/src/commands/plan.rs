//! `tripod plan`: reads the tenants and shows the changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use tripod_model::{Problem, suggest};
use tripod_provisioner::journal::Journal;
use tripod_provisioner::plan::{PersonProblem, PlanOptions, Planned, PlanningReport, Reason};
use tripod_tenant::{Observation, Readers, observe};
use tripod_tickets::runbook::quote::shell::argument;

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::screen::{BOLD, DIM, TYPED};
use crate::selection::Selection;
use crate::session::Session;
use crate::workspace::{self, Workspace};
use crate::{new_file, progress, sandbox_files};

/// `tripod plan`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod plan                   what `tripod apply` would change
  tripod plan -o plan.json      the same, for `tripod apply plan.json` once it is approved
  tripod plan --format markdown --detailed-exitcode
                                for a pull request: 2 if there is anything to change")]
pub(crate) struct PlanArguments {
    /// Write the plan to a file, for `tripod apply FILE`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 2 if there is anything to change
    #[arg(long)]
    pub detailed_exitcode: bool,
    #[command(flatten)]
    pub removals: Removals,
    #[command(flatten)]
    pub selection: Selection,
}

/// Leave to remove much at once.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Removals {
    /// Allow a plan that removes exactly this many delegates and mailboxes, more than a quarter of them
    #[arg(long, value_name = "N")]
    pub allow_removals: Option<usize>,
}

pub(crate) async fn run(context: &Context, arguments: &PlanArguments) -> Result<Exit, CommandError> {
    context.forms("plan", &[Format::Text, Format::Json, Format::Markdown])?;
    let workspace = arguments.selection.of(Workspace::read(&context.common.directory)?)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let planned = make(context, &session, &workspace, arguments.removals.allow_removals).await?.planned;
    session.close().await?;

    if let Some(path) = &arguments.output {
        new_file::replace_private(path, &planned.plan.to_json()?)?;
    }
    show(context, &planned)?;
    if let (Some(path), Format::Text, false) = (&arguments.output, context.common.format, planned.plan.is_empty()) {
        let next = context.next(&format!("tripod apply {}{}", argument(&path.to_string_lossy()), leave(&planned)));
        context.screen.say(&format!("written to {}; carry it out with\n  {TYPED}{next}{TYPED:#}", path.display()));
    }
    hint_at_sandbox(context, &workspace, &planned.report);
    let stopped = obstacle(&planned.report);
    Ok(match stopped {
        Some(exit) => exit,
        None if arguments.detailed_exitcode && !planned.plan.is_empty() => Exit::ChangesPending,
        None => Exit::Done,
    })
}

/// The option that a plan needs when it is carried out, because it removes much.
fn leave(planned: &Planned) -> String {
    let plan = &planned.plan;
    match plan.options().allow_removals {
        Some(number) if !plan.refusals_by(plan.policy(), None).is_empty() => format!(" --allow-removals {number}"),
        _ => String::new(),
    }
}

/// Somebody who tries the example without credentials is told of the stand-ins.
fn hint_at_sandbox(context: &Context, workspace: &Workspace, report: &PlanningReport) {
    let is_set_up = |exit: Exit| exit == Exit::SetUp;
    let all = report.not_planned.len() == workspace.mailboxes.len();
    if all
        && !context.common.sandbox
        && report.blocking_kinds().map(Exit::from_kind).all(is_set_up)
        && sandbox_files::description_file(&workspace.root).exists()
        && !report.not_planned.is_empty()
    {
        context
            .screen
            .say(&format!("{TYPED}hint:{TYPED:#} to try this workspace on stand-in tenants, add `--sandbox`"));
    }
}

/// A plan together with what it was made from.
pub(crate) struct Made {
    pub planned: Planned,
    pub observed: Observation,
}

/// Reads the tenants and plans. Every problem of the files is shown first, together with those that only the tenants
/// can tell, such as a delegate who does not exist; then nothing is planned.
pub(crate) async fn make(
    context: &Context,
    session: &Session,
    workspace: &Workspace,
    allow_removals: Option<usize>,
) -> Result<Made, CommandError> {
    let readers = session.readers(workspace);
    let ids = known_ids(session, workspace)?;
    let reading = progress::reading(context.screen, workspace.mailboxes.len());
    let observed = observe(&readers, &workspace.mailboxes, &ids).await;
    reading.finish();

    let options = PlanOptions::for_tenants(workspace.settings.tenants.values()).allow_removals(allow_removals);
    let now = session.clock.now();
    let mut planned = tripod_provisioner::plan(&workspace.mailboxes, &observed, &workspace.policy, now, &options);
    tell_leavers(session, workspace, &mut planned.report)?;

    let mut problems = workspace.problems.clone();
    problems.extend(people_problems(&planned.report, planned.report.mistakes(), &readers, workspace).await);
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(Made { planned, observed }) } else { Err(workspace::report(context.screen, &problems)) }
}

/// The mailboxes' ids, where the journal of earlier runs knows them.
pub(crate) fn known_ids(
    session: &Session,
    workspace: &Workspace,
) -> Result<BTreeMap<tripod_model::Address, tripod_tenant::MailboxId>, CommandError> {
    let Some(journal) = known_journal(session, workspace)? else { return Ok(BTreeMap::new()) };
    journal.ids().map_err(|error| CommandError::new(Exit::Unexpected, error))
}

/// Tells people who had access before and are gone from those who never were.
fn tell_leavers(session: &Session, workspace: &Workspace, report: &mut PlanningReport) -> Result<(), CommandError> {
    let missing: Vec<_> = report.missing().cloned().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let Some(journal) = known_journal(session, workspace)? else { return Ok(()) };
    for person in missing {
        if journal.ever_granted(&person).map_err(|error| CommandError::new(Exit::Unexpected, error))? {
            report.had_access(&person);
        }
    }
    Ok(())
}

/// The journal, if a run has made it.
fn known_journal(session: &Session, workspace: &Workspace) -> Result<Option<Journal>, CommandError> {
    let path = journal_file(session, workspace);
    if !path.exists() {
        return Ok(None);
    }
    Journal::open_to_read(&path).map(Some).map_err(|error| CommandError::new(Exit::Unexpected, error))
}

/// Where the journal is kept.
pub(crate) fn journal_file(session: &Session, workspace: &Workspace) -> PathBuf {
    session.records(&workspace.root).join("journal.db")
}

/// What is wrong with the people that the manifest names, with the nearest name in the directory for those who do
/// not exist. The directory is only listed when somebody is missing.
pub(crate) async fn people_problems(
    report: &PlanningReport,
    mut problems: Vec<Problem>,
    readers: &Readers,
    workspace: &Workspace,
) -> Vec<Problem> {
    let missing = |reason: &Reason| matches!(reason, Reason::Invalid { problem: PersonProblem::DoesNotExist, .. });
    let tenants: BTreeSet<_> =
        report.not_planned.iter().filter(|entry| missing(&entry.reason)).map(|entry| &entry.tenant).collect();
    for tenant in tenants {
        let Some(reader) = readers.get(tenant) else { continue };
        // The suggestion is a courtesy; without the directory the problem stands as it is.
        let Ok(directory) = reader.directory().await else { continue };
        let known: Vec<&str> = directory.iter().map(|person| person.address.as_str()).collect();
        for entry in report.not_planned.iter().filter(|entry| entry.tenant == *tenant && missing(&entry.reason)) {
            let Reason::Invalid { person, place, .. } = &entry.reason else { continue };
            let Some(close) = suggest::closest(person.as_str(), known.iter().copied()) else { continue };
            for problem in problems.iter_mut().filter(|problem| problem.place == *place) {
                problem.help = Some(format!("did you mean `{close}`?"));
            }
        }
    }
    // A person who is already reported by the files, e.g. as named twice, is not reported again in other words.
    let reported: BTreeSet<_> = workspace.problems.iter().map(|problem| problem.place.clone()).collect();
    problems.retain(|problem| !reported.contains(&problem.place));
    problems
}

/// Shows a plan with everything that it leaves out.
pub(crate) fn show(context: &Context, planned: &Planned) -> Result<(), CommandError> {
    match context.common.format {
        Format::Json => context.screen.data(&tripod_report::plan_json(planned)?),
        Format::Markdown => context.screen.data(&tripod_report::plan_markdown(planned)),
        _ => {
            context.screen.data(&tripod_report::plan_text(planned, context.screen.width()))?;
            if !planned.plan.is_empty() {
                let digest = planned.plan.digest();
                context.screen.data(&format!("{DIM}digest{DIM:#} {BOLD}{}{BOLD:#}", digest.as_str()))?;
            }
            Ok(())
        }
    }
}

/// The exit status that follows from what could not be planned: a safety rule and a delegate who cannot act first, then what has to be mended at a
/// provider, then what only needs another try.
pub(crate) fn obstacle(report: &PlanningReport) -> Option<Exit> {
    if !report.refusals.is_empty() || report.held_back().next().is_some() || report.unable().next().is_some() {
        return Some(Exit::Refused);
    }
    let exits: BTreeSet<Exit> = report.blocking_kinds().map(Exit::from_kind).collect();
    [Exit::Refused, Exit::SetUp, Exit::Unavailable, Exit::Unexpected].into_iter().find(|exit| exits.contains(exit))
}
