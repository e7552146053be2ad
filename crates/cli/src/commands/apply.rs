//! `tripod apply`: carries out exactly one plan.

use std::path::{Path, PathBuf};

use clap::Args;
use dialoguer::Confirm;
use tripod_provisioner::apply::{ApplyError, ApplyReport, CONFIRM_FOR, Origin, Outcome, Site};
use tripod_provisioner::journal::Journal;
use tripod_provisioner::lock::{LockError, WorkspaceLock};
use tripod_provisioner::{Digest, Plan, Planned};
use tripod_report::counted;
use tripod_tenant::{Observation, observe};

use super::plan::Removals;
use super::{Context, plan};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::first_password::ByCommand;
use crate::progress::{self, Bars};
use crate::screen::DIM;
use crate::selection::Selection;
use crate::session::Session;
use crate::signals::Signals;
use crate::terminal;
use crate::workspace::{Workspace, private_folder};

/// `tripod apply`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod apply                  plan, show, ask, carry out
  tripod apply plan.json --yes  exactly the plan that was approved; refused if a tenant changed")]
pub(crate) struct ApplyArguments {
    /// A plan that `tripod plan -o` wrote; exactly that one is carried out, or none
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// Do not ask before changing anything
    #[arg(short, long)]
    pub yes: bool,
    /// Carry out the plan with this digest, or none: the digest that was approved
    #[arg(long, value_name = "SHA256")]
    pub digest: Option<Digest>,
    #[command(flatten)]
    pub removals: Removals,
    #[command(flatten)]
    pub selection: Selection,
}

/// How a plan came to be carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub origin: Origin,
    /// The number of removals that is allowed.
    pub allow_removals: Option<usize>,
}

impl Order {
    /// For a plan that the same command has made.
    pub(crate) fn new(allow_removals: Option<usize>) -> Self {
        Self { origin: Origin::JustMade, allow_removals }
    }
}

pub(crate) async fn run(context: &Context, arguments: &ApplyArguments) -> Result<Exit, CommandError> {
    context.forms("apply", &[Format::Text, Format::Json])?;
    let _lock = hold(&context.common.directory, arguments)?;
    let workspace = Workspace::read(&context.common.directory)?;
    match &arguments.plan {
        Some(_) if !arguments.selection.is_all() => {
            let message = "a plan is carried out as it is; `--tenant` and `--mailbox` cannot leave out a part of it";
            Err(CommandError::message(Exit::Usage, message)
                .hint("make a plan for that part with `tripod plan -o FILE`, and the same options"))
        }
        Some(file) => from_file(context, arguments, workspace, file).await,
        None => from_manifest(context, arguments, &arguments.selection.of(workspace)?).await,
    }
}

/// Takes hold of the workspace, so that no second run works on it. A folder without a workspace is left as it is.
fn hold(root: &Path, arguments: &ApplyArguments) -> Result<Option<WorkspaceLock>, CommandError> {
    if !root.join("tripod.yaml").exists() {
        return Ok(None);
    }
    let folder = private_folder(root);
    crate::new_file::private_folder(&folder)?;
    let plan = arguments.plan.as_ref().map(|plan| format!(" {}", plan.display())).unwrap_or_default();
    let command = format!("tripod apply{plan}");
    let lock = WorkspaceLock::acquire(&folder.join("lock"), &command, jiff::Timestamp::now());
    lock.map(Some).map_err(|error| {
        let kind = if matches!(error, LockError::Held(_)) { Exit::Refused } else { Exit::Unexpected };
        CommandError::new(kind, error)
    })
}

/// A plan that somebody has looked at: that one or none.
async fn from_file(
    context: &Context,
    arguments: &ApplyArguments,
    workspace: Workspace,
    file: &Path,
) -> Result<Exit, CommandError> {
    // The settings say how to reach the tenants; the mailboxes are the plan's own, whatever the manifest says now.
    let workspace = workspace.sound(context.screen)?;
    let text = tripod_files::read_text(file)
        .map_err(|error| CommandError::message(Exit::File, format!("cannot read {}: {error}", file.display())))?;
    let plan = Plan::from_json(&text).map_err(|error| {
        CommandError::message(Exit::File, format!("{}: {error}", file.display()))
            .hint("make it again with `tripod plan -o FILE`; a plan cannot be edited")
    })?;
    is_approved(arguments, &plan)?;
    // The question comes before the look: what changes while it stands there is seen.
    if !plan.is_empty() {
        agree(context, arguments, &plan)?;
    }
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let observed = look(context, &session, &workspace, &plan).await?;
    // What the file says of removals is no leave to make them: it stands on the command line, or in the approval of
    // exactly this plan.
    let approved = arguments.digest.as_ref().and_then(|_| plan.options().allow_removals);
    let order = Order { origin: Origin::Document, allow_removals: arguments.removals.allow_removals.or(approved) };
    let report = carry_out(context, &session, &workspace, &plan, &observed, order).await?;
    session.close().await?;
    let exit = exit(report.outcome);
    show(context, &report, exit)?;
    Ok(exit)
}

/// Plans, shows, asks, and carries out.
async fn from_manifest(
    context: &Context,
    arguments: &ApplyArguments,
    workspace: &Workspace,
) -> Result<Exit, CommandError> {
    let mut session = Session::open(&workspace.root, context.common.sandbox).await?;
    let plan::Made { planned, mut observed } =
        plan::make(context, &session, workspace, arguments.removals.allow_removals).await?;
    let obstacle = plan::obstacle(&planned.report);
    if context.common.format == Format::Text {
        plan::show(context, &planned)?;
    }
    if planned.plan.is_empty() || !planned.report.refusals.is_empty() {
        if context.common.format == Format::Json {
            plan::show(context, &planned)?;
        }
        session.close().await?;
        return Ok(obstacle.unwrap_or(Exit::Done));
    }
    let Planned { plan, .. } = &planned;
    is_approved(arguments, plan)?;
    if !arguments.yes {
        // While the question stands there, somebody may leave, or change something.
        session.close().await?;
        agree(context, arguments, plan)?;
        session = Session::open(&workspace.root, context.common.sandbox).await?;
        observed = look(context, &session, workspace, plan).await?;
    }
    let order = Order::new(arguments.removals.allow_removals);
    let report = carry_out(context, &session, workspace, plan, &observed, order).await?;
    session.close().await?;
    // What could be done was done; what could not be planned still decides how the command ends.
    let exit = match (exit(report.outcome), obstacle) {
        (Exit::Done, Some(obstacle)) => obstacle,
        (exit, _) => exit,
    };
    show(context, &report, exit)?;
    Ok(exit)
}

/// Refuses every plan but the approved one, where the command line names that.
fn is_approved(arguments: &ApplyArguments, plan: &Plan) -> Result<(), CommandError> {
    match &arguments.digest {
        Some(approved) if approved != plan.digest() => {
            let message = format!("this plan has the digest {}, and {approved} is to be carried out", plan.digest());
            Err(CommandError::message(Exit::Refused, message).hint("nothing was changed"))
        }
        _ => Ok(()),
    }
}

/// A new look at everything that a plan names.
async fn look(
    context: &Context,
    session: &Session,
    workspace: &Workspace,
    plan: &Plan,
) -> Result<Observation, CommandError> {
    let ids = plan::known_ids(session, workspace)?;
    let reading = progress::reading(context.screen, plan.wanted().len());
    let observed = observe(&session.readers(workspace), &plan.wanted(), &ids).await;
    reading.finish();
    Ok(observed)
}

/// Asks before anything is changed, unless told not to.
fn agree(context: &Context, arguments: &ApplyArguments, plan: &Plan) -> Result<(), CommandError> {
    if arguments.yes {
        return Ok(());
    }
    let steps = plan.steps().len();
    if context.common.no_input || !context.screen.can_ask() {
        let message =
            format!("{} for a yes, and there is nobody to ask", counted(steps, "change waits", "changes wait"));
        return Err(CommandError::message(Exit::Usage, message).hint("give `--yes` to carry them out without asking"));
    }
    // Else Ctrl-C would end the program with the terminal as it is. It goes on listening when the question is answered:
    // what is under way then stands in the journal, and the next run finishes it.
    let mut signals = Signals::at_a_terminal()?;
    let restore = terminal::remember();
    tokio::spawn(async move {
        signals.next().await;
        restore();
        let _ = terminal::stderr().write_line("");
        #[expect(clippy::exit, reason = "the question that is open cannot be ended otherwise")]
        std::process::exit(i32::from(Exit::Interrupted as u8));
    });
    let question = match steps {
        1 => "Carry out this change?".to_owned(),
        _ => format!("Carry out these {steps} changes?"),
    };
    // A yes is typed after the question is shown, and ends with Enter: a key that is pressed too early or by mistake
    // must not change a tenant.
    terminal::forget_what_was_typed();
    let question = Confirm::new().with_prompt(question).default(false).wait_for_newline(true);
    let answer = question.interact_on_opt(&terminal::stderr());
    match answer {
        Ok(Some(true)) => Ok(()),
        Ok(_) => Err(CommandError::message(Exit::Refused, "nothing was changed, as you said")),
        Err(dialoguer::Error::IO(error)) if error.kind() == std::io::ErrorKind::Interrupted => {
            Err(CommandError::message(Exit::Interrupted, "stopped; nothing was changed"))
        }
        Err(error) => Err(CommandError::new(Exit::Unexpected, anyhow::Error::new(error))),
    }
}

fn open_journal(session: &Session, workspace: &Workspace) -> Result<Journal, CommandError> {
    let file = plan::journal_file(session, workspace);
    if let Some(folder) = file.parent() {
        crate::new_file::private_folder(folder)?;
    }
    Journal::open(&file).map_err(|error| CommandError::new(Exit::Unexpected, error))
}

/// Carries out a plan with progress, one line for each mailbox.
pub(crate) async fn carry_out(
    context: &Context,
    session: &Session,
    workspace: &Workspace,
    plan: &Plan,
    observed: &Observation,
    order: Order,
) -> Result<ApplyReport, CommandError> {
    let journal = open_journal(session, workspace)?;
    let bars = Bars::new(context.screen);
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_else(|_| "unknown".to_owned());
    let site = Site {
        readers: &session.readers(workspace),
        writers: &session.writers(workspace),
        journal: &journal,
        clock: session.clock.as_ref(),
        policy: &workspace.policy,
        allow_removals: order.allow_removals,
        origin: order.origin,
        progress: &bars,
        passwords: &ByCommand { root: workspace.root.clone() },
        by: &user,
        confirm_for: CONFIRM_FOR,
    };
    tripod_provisioner::apply(plan, observed, &site).await.map_err(|error| {
        let kind = match &error {
            ApplyError::Refused(_)
            | ApplyError::Unsafe(_)
            | ApplyError::Outdated { .. }
            | ApplyError::Finished { .. } => Exit::Refused,
            ApplyError::Journal(_) => Exit::Unexpected,
        };
        let new = CommandError::new(kind, error);
        if kind == Exit::Refused { new.hint("nothing was changed; look at a new plan with `tripod plan`") } else { new }
    })
}

fn show(context: &Context, report: &ApplyReport, exit: Exit) -> Result<(), CommandError> {
    if context.common.format == Format::Json {
        return context.screen.json(report);
    }
    context.screen.data(&tripod_report::apply_text(report, context.screen.width()))?;
    if let Some(at) = &report.finished_before {
        context.screen.say(&format!("this plan was carried out and finished at {at}; nothing of it was done again"));
    }
    context.screen.say(&match exit {
        Exit::Done => format!("{DIM}keep watching it with `{}`{DIM:#}", context.next("tripod verify")),
        Exit::Unconfirmed => {
            format!("the providers do not show everything yet; `{}` tells when they do", context.next("tripod verify"))
        }
        Exit::Unavailable => "run the command again later; it goes on where this run stopped".to_owned(),
        Exit::Refused => {
            format!("what is held back is named above; `{}` shows what can be done now", context.next("tripod plan"))
        }
        _ => format!(
            "mend what is named above where it is decided, be it at the provider; `{}` shows what is left to do then",
            context.next("tripod plan")
        ),
    });
    Ok(())
}

pub(crate) fn exit(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Done => Exit::Done,
        Outcome::Unconfirmed => Exit::Unconfirmed,
        Outcome::BelowQuorum | Outcome::HeldBack => Exit::Refused,
        Outcome::Unavailable => Exit::Unavailable,
        Outcome::SetUp => Exit::SetUp,
        Outcome::Failed => Exit::Unexpected,
    }
}
