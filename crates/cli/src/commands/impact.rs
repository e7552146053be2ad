//! `tripod impact`: what breaks when these people leave.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tripod_model::{Address, suggest};
use tripod_verifier::impact::{Leaver, Loss, LossKind};
use tripod_verifier::{Holdings, Impact, holdings, impact, leaving_within, patch};

use super::{Context, verify};
use crate::arguments::{Format, days};
use crate::exit::{CommandError, Exit};
use crate::progress;
use crate::screen::{BOLD, DIM, GOOD, TYPED, WATCH};
use crate::session::Session;
use crate::workspace::Workspace;

/// `tripod impact`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod impact alice@example.com
  tripod impact --within 30d    everybody who leaves in the next thirty days
  tripod impact alice@example.com --patch
                                the change of the manifest, for `git apply`")]
pub(crate) struct ImpactArguments {
    /// The people who leave
    #[arg(value_name = "ADDRESS")]
    pub people: Vec<Address>,
    /// Also the people in this file, one address a line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Also everybody whose leave date falls within this time, e.g. 30d
    #[arg(long, value_name = "TIME", value_parser = days)]
    pub within: Option<u32>,
    /// Print only the patch that puts the manifest right, for `patch -p1` or `git apply`
    #[arg(long)]
    pub patch: bool,
}

pub(crate) async fn run(context: &Context, arguments: &ImpactArguments) -> Result<Exit, CommandError> {
    context.forms("impact", &[Format::Text, Format::Json])?;
    let mut people = arguments.people.clone();
    if let Some(file) = &arguments.from {
        people.extend(addresses(file)?);
    }
    if people.is_empty() && arguments.within.is_none() {
        return Err(CommandError::message(Exit::Usage, "nobody is named").hint(
            "give addresses, a file of them with `--from FILE`, or a time with `--within 30d` for those who leave in it",
        ));
    }
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let auditors = session.auditors(&workspace);
    let reading = progress::reading(context.screen, workspace.mailboxes.len());
    let observed = verify::look(&auditors, &workspace).await;
    let (audit, holdings) = futures::join!(verify::audit(&auditors, &workspace, &observed), holdings(&auditors));
    reading.finish();
    let now = session.clock.now();
    session.close().await?;
    if let Some(days) = arguments.within {
        people.extend(leaving_within(&holdings.directory, days, now));
    }

    let impact = impact(&people, &workspace.mailboxes, &observed, &audit, &holdings, &workspace.policy, now);
    strangers(context, &workspace, &impact, &holdings);
    let patch = patch(&impact.changes, &workspace.sources);
    if arguments.patch {
        context.screen.data(&patch.text)?;
        for left in &patch.left {
            context.screen.say(&format!("by hand: {} in {}", left.delegate, left.place));
        }
        if patch.text.is_empty() && impact.losses.iter().any(|loss| loss.kind == LossKind::BelowQuorum) {
            let who = impact.people.first().map_or_else(|| "OLD".to_owned(), |person| person.address.to_string());
            context.screen.say(&format!(
                "{TYPED}hint:{TYPED:#} no colleague of the same department or manager is free; name another person with `{}`",
                context.next(&format!("tripod replace {who} NEW"))
            ));
        }
    } else if context.common.format == Format::Json {
        context.screen.json(&impact)?;
    } else {
        context.screen.data(&text(&impact, context.screen.width()))?;
        if !patch.text.is_empty() {
            context.screen.say(&format!(
                "{TYPED}hint:{TYPED:#} the same command with `--patch` prints the change of the manifest that puts the mailboxes right"
            ));
        }
    }
    // Of an address that no directory has and that nothing hangs on, «nothing breaks» would be no answer.
    let is_stranger = |person: &Leaver| {
        person.in_directory == Some(false) && !impact.losses.iter().any(|loss| loss.people.contains(&person.address))
    };
    if impact.people.iter().any(is_stranger) {
        return Ok(Exit::Usage);
    }
    Ok(match verify::unknown_exit(impact.unknown.iter().map(|unknown| unknown.kind)) {
        Exit::Done if impact.losses.iter().any(|loss| loss.kind != LossKind::StillStands) => Exit::Findings,
        exit => exit,
    })
}

/// That an address belongs to nobody, with the one that was probably meant.
pub(crate) fn nobody_has(address: &Address, holdings: &Holdings) -> String {
    let known = holdings.directory.iter().map(|person| person.address.as_str());
    let meant = suggest::closest(address.as_str(), known).map(|close| format!("; did you mean `{close}`?"));
    format!("nobody has the address {address}{}", meant.unwrap_or_default())
}

/// Says who of the named is in no directory: with a slip in an address, nothing would seem to break.
fn strangers(context: &Context, workspace: &Workspace, impact: &Impact, holdings: &Holdings) {
    for address in impact.people.iter().filter(|person| person.name.is_none()).map(|person| &person.address) {
        let tenant = workspace.settings.tenant_of(address).map(|tenant| &tenant.name);
        if holdings.unknown.iter().any(|(name, _, _)| Some(name) == tenant) {
            // That not everything could be read is said below.
            continue;
        }
        context.screen.say(&format!("{WATCH}! {}{WATCH:#}", nobody_has(address, holdings)));
    }
}

/// The addresses of a file, one a line; empty lines and those that begin with `#` are passed over.
fn addresses(file: &Path) -> Result<Vec<Address>, CommandError> {
    let name = file.display();
    let text = if file == Path::new("-") {
        tripod_files::bounded(std::io::stdin().lock(), tripod_files::LARGEST)
            .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other))
    } else {
        tripod_files::read_text(file)
    };
    let text = text.map_err(|error| CommandError::message(Exit::File, format!("cannot read {name}: {error}")))?;
    let mut addresses = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        addresses.push(
            line.parse().map_err(|error| CommandError::message(Exit::File, format!("{name}:{number}:1: {error}")))?,
        );
    }
    Ok(addresses)
}

fn text(impact: &Impact, width: Option<usize>) -> String {
    let mut text = String::new();
    for person in &impact.people {
        let known = [person.name.clone(), person.department.clone(), person.inactive.as_ref().map(ToString::to_string)];
        let known: Vec<String> = known.into_iter().flatten().collect();
        let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
        let _ = writeln!(text, "{BOLD}when {} leaves{BOLD:#}{known}", person.address);
    }
    let row = |loss: &Loss| {
        let who = loss.candidates.iter().take(2).map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        [kind(loss.kind).to_owned(), loss.message.clone(), who]
    };
    if !impact.losses.is_empty() {
        let rows: Vec<_> = impact.losses.iter().map(row).collect();
        for line in tripod_report::columns(["what", "breaks", "in whose place"], &rows, width) {
            let _ = writeln!(text, "{line}");
        }
    } else if impact.unknown.is_empty() && impact.people.iter().all(|person| person.in_directory == Some(true)) {
        let _ = writeln!(text, "{GOOD}nothing breaks{GOOD:#}");
    }
    text.push_str(&tripod_report::unknown_text(&impact.unknown, width));
    if !impact.unknown.is_empty() {
        let _ = writeln!(text, "{DIM}more may break than is listed here{DIM:#}");
    }
    text
}

fn kind(kind: LossKind) -> &'static str {
    match kind {
        LossKind::LastReader | LossKind::BelowQuorum | LossKind::StillStands => "mailbox",
        LossKind::Grant => "grant",
        LossKind::Application => "application",
        LossKind::Group => "group",
    }
}
