//! `tripod ticket`: from a ticket at a desk to a mailbox with evidence, each step only when the one before is done.

mod case;
mod comment;
mod desks;
mod manifest;
mod people;
mod record;
mod work;
mod worked;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use tripod_provisioner::lock::{LockError, WorkspaceLock};
use tripod_tickets::desk::{Desk, TicketId};
use tripod_tickets::ticket::{Delivered, Delivery, TicketStore};

use self::work::Bench;
use self::worked::Worked;
use super::{Context, evidence};
use crate::arguments::{Format, time};
use crate::exit::{CommandError, Exit};
use crate::session::Session;
use crate::workspace::private_folder;

/// `tripod ticket …`
#[derive(Debug, Subcommand)]
pub(crate) enum TicketCommand {
    /// Work on a ticket as far as it goes: read it, plan, look for an approval, carry out, write back
    Run(RunArguments),
    /// Work on every open ticket, once or again and again
    Poll(PollArguments),
}

/// Which desk, and what signs the evidence.
#[derive(Debug, Args)]
pub(crate) struct DeskArguments {
    /// The desk that has the tickets: `file:DIR` is a folder of the workspace, `FILE.yaml` the settings of another desk
    #[arg(long, value_name = "DESK", default_value = "file:tickets")]
    pub desk: String,
    /// The private key that signs the evidence [default: DIR/.tripod/evidence-key.pem]
    #[arg(long, value_name = "KEY.pem")]
    pub key: Option<PathBuf>,
}

/// `tripod ticket run`
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub desk: DeskArguments,
    /// The desk's id of the message that told of the ticket; the same one again gives the first result
    #[arg(long, value_name = "ID", requires = "ticket")]
    pub delivery: Option<String>,
    /// The ticket; every open one without it
    #[arg(value_name = "TICKET")]
    pub ticket: Option<TicketId>,
}

/// `tripod ticket poll`
#[derive(Debug, Args)]
pub(crate) struct PollArguments {
    #[command(flatten)]
    pub desk: DeskArguments,
    /// How long from one round to the next, e.g. 5m; without it there is one round
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub every: Option<Duration>,
    /// Stop after this many rounds
    #[arg(long, value_name = "N", requires = "every")]
    pub rounds: Option<u32>,
}

pub(crate) async fn run(context: &Context, command: &TicketCommand) -> Result<Exit, CommandError> {
    context.forms("ticket", &[Format::Text, Format::Json])?;
    match command {
        TicketCommand::Run(arguments) => match &arguments.ticket {
            Some(ticket) => one(context, arguments, ticket).await,
            None => round(context, &arguments.desk).await,
        },
        TicketCommand::Poll(arguments) => poll(context, arguments).await,
    }
}

async fn poll(context: &Context, arguments: &PollArguments) -> Result<Exit, CommandError> {
    let Some(every) = arguments.every else { return round(context, &arguments.desk).await };
    let mut number = 0;
    loop {
        number += 1;
        // The next round may find the desk or the tenant well again.
        let ended = round(context, &arguments.desk).await;
        if arguments.rounds.is_some_and(|rounds| number >= rounds) {
            return ended;
        }
        if let Err(error) = ended {
            context.screen.error(&error);
        }
        // Real time, also with stand-ins: people at the desk do not live by the stand-ins' clock.
        tokio::time::sleep(every).await;
    }
}

/// Works on every open ticket. What is wrong with one keeps no other waiting.
async fn round(context: &Context, arguments: &DeskArguments) -> Result<Exit, CommandError> {
    let office = Office::open(context, arguments).await?;
    let tickets = office.desk.tickets().await.map_err(work::desk_error)?;
    let mut all = Vec::new();
    let mut worst = Exit::Done;
    for ticket in &tickets {
        match office.work(context, ticket).await {
            Ok(worked) => {
                worst = worst.max(worked.exit());
                if context.common.format == Format::Text {
                    worked.show(context.screen)?;
                }
                all.push(worked);
            }
            Err(error) => {
                worst = worst.max(error.kind);
                context.screen.say(&format!("{ticket}:"));
                context.screen.error(&error);
            }
        }
    }
    office.close().await?;
    if context.common.format == Format::Json {
        context.screen.json(&all)?;
    } else if tickets.is_empty() {
        context.screen.say("no ticket is open");
    }
    Ok(worst)
}

async fn one(context: &Context, arguments: &RunArguments, ticket: &TicketId) -> Result<Exit, CommandError> {
    let office = Office::open(context, &arguments.desk).await?;
    let worked = match &arguments.delivery {
        Some(id) => office.deliver(context, ticket, id).await,
        None => office.work(context, ticket).await,
    };
    office.close().await?;
    let worked = worked?;
    if context.common.format == Format::Json {
        context.screen.json(&worked)?;
    } else {
        worked.show(context.screen)?;
    }
    Ok(worked.exit())
}

/// Everything that work on tickets needs, for one round.
struct Office {
    desk: Box<dyn Desk>,
    store: TicketStore,
    session: Session,
    key: tripod_tickets::evidence::SigningKey,
    _lock: WorkspaceLock,
}

impl Office {
    async fn open(context: &Context, arguments: &DeskArguments) -> Result<Self, CommandError> {
        let root = &context.common.directory;
        if !root.join("tripod.yaml").exists() {
            let message = format!("there is no {}", root.join("tripod.yaml").display());
            return Err(CommandError::message(Exit::File, message).hint("name the workspace's folder with `-C DIR`"));
        }
        let folder = private_folder(root);
        std::fs::create_dir_all(&folder)?;
        // The key is looked for first: that it is missing must not come out when everything else is done.
        let path = arguments.key.clone().unwrap_or_else(|| evidence::key_file(root));
        let key = evidence::signing_key(&path)?;
        let lock = WorkspaceLock::acquire(&folder.join("lock"), "tripod ticket", jiff::Timestamp::now());
        let lock = lock.map_err(|error| {
            let kind = if matches!(error, LockError::Held(_)) { Exit::Refused } else { Exit::Unexpected };
            CommandError::new(kind, error)
        })?;
        let store = TicketStore::open(&folder.join("tickets.db")).map_err(work::store_error)?;
        let session = Session::open(root, context.common.sandbox).await?;
        let desk = desks::open(root, &arguments.desk, session.clock.clone())?;
        Ok(Self { desk, store, session, key, _lock: lock })
    }

    async fn work(&self, context: &Context, ticket: &TicketId) -> Result<Worked, CommandError> {
        let bench =
            Bench { context, desk: self.desk.as_ref(), store: &self.store, session: &self.session, key: &self.key };
        bench.work(ticket).await
    }

    /// Works on a ticket because of a message. The same message again gives what the first one gave.
    async fn deliver(&self, context: &Context, ticket: &TicketId, id: &str) -> Result<Worked, CommandError> {
        let delivery = Delivery { desk: self.desk.name(), id, ticket };
        match self.store.receive(delivery, self.session.clock.now()).map_err(work::store_error)? {
            Delivered::Before(result) => return Ok(serde_json::from_str(&result)?),
            // Whoever began with it holds the workspace no longer, so it did not end.
            Delivered::New | Delivered::Unfinished => {}
        }
        let worked = self.work(context, ticket).await?;
        let kept = self.store.finish(delivery, &serde_json::to_string(&worked)?).map_err(work::store_error)?;
        Ok(serde_json::from_str(&kept)?)
    }

    async fn close(self) -> Result<(), CommandError> {
        self.session.close().await
    }
}
