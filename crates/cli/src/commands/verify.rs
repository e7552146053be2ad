//! `tripod verify`: the tenants against the manifest and the policies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tripod_report::Reported;
use tripod_tenant::{Readers, TenantReader, observe};
use tripod_verifier::{Audit, Auditors, History, HistoryError, News, Severity, TrendPoint, Verification, gather};

use super::Context;
use crate::arguments::{FailOn, Format};
use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, BOLD, GOOD, Screen, WATCH};
use crate::selection::Selection;
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{new_file, progress};

/// `tripod verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod verify                 what is wrong, on what evidence, what to do
  tripod verify --format html -o report.html
  tripod verify --fail-on high --since last")]
pub(crate) struct VerifyArguments {
    /// Write the report to a file in place of stdout; .html, .json, .md, .sarif and .xml (JUnit) name its form
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 3 from findings of this severity upwards
    #[arg(long, value_enum, default_value = "low", value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Say what is new, gone and still there since an earlier run
    #[arg(long, value_enum, value_name = "RUN")]
    pub since: Option<Since>,
    #[command(flatten)]
    pub selection: Selection,
}

/// The earlier run that findings are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Since {
    /// The run before this one
    Last,
}

pub(crate) async fn run(context: &Context, arguments: &VerifyArguments) -> Result<Exit, CommandError> {
    if arguments.since.is_some() && !arguments.selection.is_all() {
        let message = "`--since` compares whole runs, and `--tenant` and `--mailbox` leave something out";
        return Err(CommandError::message(Exit::Usage, message).hint("leave one of them out"));
    }
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let workspace = arguments.selection.tenants_of(workspace)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let mut verification = make(context, &session, &workspace).await;
    arguments.selection.narrow(&mut verification);
    let records = session.records(&workspace.root);
    session.close().await?;

    // A part is not kept: beside whole runs it would look as if the rest had been mended.
    let (news, trend) = if arguments.selection.is_all() {
        // What was found is told even where it cannot be kept, e.g. in a checkout that nobody may write to.
        let kept = keep(&records, &verification);
        if let Err(error) = &kept {
            context.screen.say(&format!("{WATCH}! the findings are not kept: {}{WATCH:#}", error.error));
        }
        kept.map_or_else(|_| (None, Vec::new()), |(news, trend)| (Some(news), trend))
    } else {
        (None, Vec::new())
    };
    to_be_run(context, &mut verification);
    let text = match context.form_of(arguments.output.as_deref()) {
        Format::Text => {
            let width = if arguments.output.is_none() { context.screen.width() } else { None };
            tripod_report::verification_text(&verification, width)
        }
        Format::Json => tripod_report::verification_json(&verification)?,
        Format::Markdown => tripod_report::verification_markdown(&verification),
        Format::Html => {
            let title = title(&workspace);
            let reported = Reported { verification: &verification, trend: &trend, title: &title };
            tripod_report::verification_html(&reported).map_err(|error| CommandError::new(Exit::Unexpected, error))?
        }
        Format::Sarif => tripod_report::verification_sarif(&verification)?,
        Format::Junit => tripod_report::verification_junit(&verification),
    };
    match &arguments.output {
        Some(path) => new_file::replace(path, &anstream::adapter::strip_str(&text).to_string())?,
        None => context.screen.data(&text)?,
    }
    if let (Some(Since::Last), Some(news)) = (arguments.since, &news) {
        say_news(context.screen, news);
    }
    Ok(exit(&verification, arguments.fail_on))
}

/// Has the commands of the remedies mean this workspace.
pub(crate) fn to_be_run(context: &Context, verification: &mut Verification) {
    for command in verification.findings.iter_mut().filter_map(|finding| finding.remedy.command.as_mut()) {
        *command = context.next(command);
    }
}

/// Keeps the findings beside those of earlier runs; what is new since then, and the numbers of every run.
fn keep(records: &Path, verification: &Verification) -> Result<(News, Vec<TrendPoint>), CommandError> {
    let mut history = open_history(records)?;
    let (_, news) = history.record_and_tell(verification, |_| Vec::new()).map_err(history_error)?;
    Ok((news, history.trend().map_err(history_error)?))
}

/// What a report is about: the tenants' domains.
fn title(workspace: &Workspace) -> String {
    let domains = workspace.settings.tenants.values().filter_map(|tenant| tenant.domains.first());
    domains.cloned().collect::<Vec<_>>().join(" and ")
}

/// Reads the tenants, with credentials that can do nothing else, and holds them against the manifest.
pub(crate) async fn make(context: &Context, session: &Session, workspace: &Workspace) -> Verification {
    let reading = progress::reading(context.screen, workspace.mailboxes.len());
    let auditors = session.auditors(workspace);
    let observed = look(&auditors, workspace).await;
    let audit = audit(&auditors, workspace, &observed).await;
    reading.finish();
    let now = session.clock.now();
    tripod_verifier::verify_audited(&workspace.mailboxes, &observed, &audit, &workspace.policy, now)
}

/// What stands under each address of the manifest, and who has to do with it.
pub(crate) async fn look(auditors: &Auditors, workspace: &Workspace) -> tripod_tenant::Observation {
    let reader = |auditor: &std::sync::Arc<dyn tripod_tenant::TenantAuditor>| -> std::sync::Arc<dyn TenantReader> {
        std::sync::Arc::clone(auditor) as _
    };
    let readers: Readers = auditors.iter().map(|(name, auditor)| (name.clone(), reader(auditor))).collect();
    // By address and not by the journal's ids: what stands under the address is what mail reaches.
    observe(&readers, &workspace.mailboxes, &BTreeMap::new()).await
}

/// What an auditor asks beyond that.
pub(crate) async fn audit(auditors: &Auditors, workspace: &Workspace, seen: &tripod_tenant::Observation) -> Audit {
    gather(auditors, &workspace.mailboxes, seen).await.with_settings(&workspace.settings)
}

/// The findings of earlier runs of this workspace.
pub(crate) fn open_history(records: &Path) -> Result<History, CommandError> {
    new_file::private_folder(records)?;
    History::open(&records.join("history.db")).map_err(history_error)
}

pub(crate) fn history_error(error: HistoryError) -> CommandError {
    CommandError::new(Exit::Unexpected, error)
}

/// What is new, gone and still there, one line each.
pub(crate) fn say_news(screen: Screen, news: &News) {
    let News { new, gone, still, unsure } = news;
    screen.say(&format!(
        "{BOLD}since the run before:{BOLD:#} {} new, {} gone, {} still there, {} not known",
        new.len(),
        gone.len(),
        still.len(),
        unsure.len()
    ));
    for finding in new {
        screen.say(&format!("{BAD}+ {}{BAD:#}", finding.message));
    }
    for finding in gone {
        screen.say(&format!("{GOOD}- {}{GOOD:#}", finding.message));
    }
}

/// Findings come before what could not be checked: they are certain.
pub(crate) fn exit(verification: &Verification, fail_on: FailOn) -> Exit {
    let threshold = match fail_on {
        FailOn::Low => Some(Severity::Low),
        FailOn::Medium => Some(Severity::Medium),
        FailOn::High => Some(Severity::High),
        FailOn::Critical => Some(Severity::Critical),
        FailOn::Never => None,
    };
    if threshold.is_some_and(|severity| verification.at_least(severity).next().is_some()) {
        return Exit::Findings;
    }
    unknown_exit(verification.unknown.iter().map(|unknown| unknown.kind))
}

/// How a command ends that could not find out something: never as if it had.
pub(crate) fn unknown_exit(kinds: impl Iterator<Item = tripod_tenant::ErrorKind>) -> Exit {
    let exits: BTreeSet<Exit> = kinds.map(Exit::from_kind).collect();
    if exits.contains(&Exit::SetUp) {
        return Exit::SetUp;
    }
    exits.into_iter().next().unwrap_or(Exit::Done)
}
