//! `tripod demo`: the whole story on stand-in tenants, from nothing to a mailbox that stands on two.

use std::fmt::Write as _;
use std::path::Path;

use tripod_model::Address;
use tripod_provisioner::plan::Planned;
use tripod_sandbox::{Description, World};
use tripod_verifier::{CheckId, Severity, Verification};

use super::{Context, apply, plan, verify};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, BOLD, DIM, GOOD, TYPED};
use crate::session::Session;
use crate::workspace::Workspace;

/// The files of `examples/two-tenants`, so that the demo needs none on disk.
const FILES: [(&str, &str); 5] = [
    ("tripod.yaml", include_str!("../../../../examples/two-tenants/tripod.yaml")),
    ("sandbox.yaml", include_str!("../../../../examples/two-tenants/sandbox.yaml")),
    ("mailboxes/juniper.yaml", include_str!("../../../../examples/two-tenants/mailboxes/juniper.yaml")),
    ("mailboxes/northwind.yaml", include_str!("../../../../examples/two-tenants/mailboxes/northwind.yaml")),
    ("policies/baseline.yaml", include_str!("../../../../examples/two-tenants/policies/baseline.yaml")),
];

pub(crate) async fn run(context: &Context) -> Result<Exit, CommandError> {
    context.forms("demo", &[Format::Text])?;
    let folder = tempfile::tempdir()?;
    write_files(folder.path())?;
    let workspace = Workspace::read(folder.path())?.sound(context.screen)?;
    let (_, sandbox) = FILES[1];
    let description = Description::read("sandbox.yaml", sandbox.as_bytes())
        .map_err(|error| CommandError::new(Exit::Unexpected, error))?;
    let session = Session::with_world(World::new(&description)?).await?;
    let people = session.sandbox().map_or(0, |sandbox| sandbox.with_world(|world| world.people().len()));
    let say = |text: &str| context.screen.data(text);

    say(&format!("{BOLD}A service mailbox stands on at least three people.{BOLD:#}"))?;
    say(&format!(
        "{DIM}Two stand-in tenants with {people} people run on this machine: juniper.example speaks\n\
         Google Workspace's protocol, northwind.example Microsoft 365's. Nothing leaves this\n\
         machine, and no file of yours is touched.{DIM:#}"
    ))?;

    chapter(context, 1, "The plan: what the manifest wants and the tenants do not have")?;
    let made = plan::make(context, &session, &workspace, None).await?;
    say(&tripod_report::plan_text(&made.planned, context.screen.width()))?;

    chapter(context, 2, "Applied: grants before revokes, every step in the journal before it is made")?;
    let report =
        apply::carry_out(context, &session, &workspace, &made.planned.plan, &made.observed, apply::Order::new(None))
            .await?;
    say(&tripod_report::apply_text(&report, context.screen.width()))?;

    chapter(context, 3, "Verified: everybody's account is looked at, not only the list")?;
    let before = verify::make(context, &session, &workspace).await;
    say(&tripod_report::verification_text(&before, context.screen.width()))?;
    expect(before.is_clean(), "the mailboxes should stand on three people each")?;

    let (leaver, mailbox) = leaver(&made.planned, &before)?;
    chapter(context, 4, &format!("{leaver} leaves, and the account is closed"))?;
    if let Some(sandbox) = session.sandbox() {
        sandbox.with_world(|world| world.leave(&leaver))?;
    }
    say(&format!(
        "{DIM}No app has noticed, no mail has bounced. This is the day on which integrations begin to die.{DIM:#}"
    ))?;

    chapter(context, 5, "Verified again")?;
    let after = verify::make(context, &session, &workspace).await;
    say(&tripod_report::verification_text(&after, context.screen.width()))?;
    let found = after.at_least(Severity::Critical).any(|f| f.check == CheckId::BelowQuorum && f.mailbox == mailbox);
    expect(found, "the verifier should have found the mailbox that stands on two")?;
    session.close().await?;

    say(&format!(
        "{BAD}{mailbox}{BAD:#} stands on two people; {GOOD}name a third{GOOD:#} in the manifest and apply again."
    ))?;
    next_steps(context)
}

fn write_files(folder: &Path) -> Result<(), CommandError> {
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Somebody whose leaving takes exactly one mailbox to two.
fn leaver(planned: &Planned, verification: &Verification) -> Result<(Address, Address), CommandError> {
    let edge = verification.mailboxes.iter().filter(|mailbox| mailbox.active == planned.plan.quorum());
    for mailbox in edge {
        for delegate in &mailbox.delegates {
            let mailboxes = verification.mailboxes.iter();
            let carries = mailboxes.filter(|other| other.delegates.iter().any(|d| d.who == delegate.who)).count();
            if let (1, Ok(address)) = (carries, delegate.who.parse()) {
                return Ok((address, mailbox.address.clone()));
            }
        }
    }
    Err(CommandError::message(Exit::Unexpected, "the demo's example has nobody whose leaving would be noticed"))
}

fn expect(holds: bool, sentence: &str) -> Result<(), CommandError> {
    if holds { Ok(()) } else { Err(CommandError::message(Exit::Unexpected, sentence)) }
}

fn chapter(context: &Context, number: usize, title: &str) -> Result<(), CommandError> {
    context.screen.data(&format!("\n{BOLD}{number}. {title}{BOLD:#}\n"))
}

fn next_steps(context: &Context) -> Result<Exit, CommandError> {
    let tripod = own_name();
    let steps = [
        ("cp -r examples/two-tenants my".to_owned(), "the same files, to play with"),
        (format!("{tripod} plan -C my --sandbox"), "what would be changed"),
        (format!("{tripod} apply -C my --sandbox"), "change it"),
        (format!("{tripod} sandbox leave -C my PERSON"), "somebody leaves"),
        (format!("{tripod} verify -C my --sandbox"), "who notices"),
        (format!("{tripod} impact -C my --sandbox PERSON"), "what would break"),
    ];
    let width = steps.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    let mut text = format!("\n{BOLD}Try next{BOLD:#}\n");
    for (command, what) in steps {
        let _ = writeln!(text, "  {TYPED}{command:<width$}{TYPED:#}  {what}");
    }
    context.screen.data(&text)?;
    Ok(Exit::Done)
}

/// How the program is called from here: by its name where the search path leads to it, else by its path.
fn own_name() -> String {
    let name = "tripod".to_owned();
    let Ok(own) = std::env::current_exe() else { return name };
    let same = |folder: &Path| folder.join(&name).canonicalize().is_ok_and(|found| found == own);
    if std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| same(&folder))) {
        return name;
    }
    let here = std::env::current_dir().ok();
    let short = here.as_deref().and_then(|here| own.strip_prefix(here).ok());
    short.unwrap_or(&own).display().to_string()
}
