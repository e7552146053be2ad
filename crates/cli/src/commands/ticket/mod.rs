//! `tripod ticket`: from a ticket at a desk to a mailbox with evidence, each step only when the one before is done.

mod answers;
mod case;
mod comment;
mod desks;
mod manifest;
mod office;
mod people;
mod record;
mod serve;
mod stop;
mod work;
mod worked;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use tripod_tickets::desk::TicketId;

use self::office::Office;
use self::stop::Stop;
use super::Context;
use crate::arguments::{Format, time};
use crate::exit::{CommandError, Exit};
use crate::screen::DIM;

/// `tripod ticket …`
#[derive(Debug, Subcommand)]
pub(crate) enum TicketCommand {
    /// Work on a ticket as far as it goes: read it, plan, look for an approval, carry out, write back
    Run(RunArguments),
    /// Work on every open ticket, once or again and again
    Poll(PollArguments),
    /// Take the signed messages (webhooks) of a desk and work on the tickets that they name, until stopped
    Serve(ServeArguments),
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

/// `tripod ticket serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The settings of the desk, with what its messages are signed with as `webhook`
    #[arg(long, value_name = "FILE.yaml", default_value = "desk.yaml")]
    pub desk: String,
    /// The private key that signs the evidence [default: DIR/.tripod/evidence-key.pem]
    #[arg(long, value_name = "KEY.pem")]
    pub key: Option<PathBuf>,
    /// Where to listen, in plain HTTP; whatever comes from elsewhere needs a proxy before it that speaks TLS
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    pub listen: SocketAddr,
}

pub(crate) async fn run(context: &Context, command: &TicketCommand) -> Result<Exit, CommandError> {
    context.forms("ticket", &[Format::Text, Format::Json])?;
    match command {
        TicketCommand::Run(arguments) => match &arguments.ticket {
            Some(ticket) => one(context, arguments, ticket).await,
            None => round(context, &arguments.desk, &Stop::never()).await,
        },
        TicketCommand::Poll(arguments) => poll(context, arguments).await,
        TicketCommand::Serve(arguments) => serve::run(context, arguments).await,
    }
}

async fn poll(context: &Context, arguments: &PollArguments) -> Result<Exit, CommandError> {
    let Some(every) = arguments.every else { return round(context, &arguments.desk, &Stop::never()).await };
    let mut stop = Stop::on_signal(context.screen)?;
    context.screen.say(&format!("{DIM}looking at the tickets again and again until Ctrl-C{DIM:#}"));
    let mut number = 0;
    loop {
        number += 1;
        // The next round may find the desk or the tenant well again.
        let ended = round(context, &arguments.desk, &stop).await;
        if stop.is_set() || arguments.rounds.is_some_and(|rounds| number >= rounds) {
            return ended;
        }
        let exit = ended.unwrap_or_else(|error| {
            context.screen.error(&error);
            error.kind
        });
        tokio::select! {
            // Real time, also with stand-ins: people at the desk do not live by the stand-ins' clock.
            () = tokio::time::sleep(every) => {}
            () = stop.wait() => return Ok(exit),
        }
    }
}

/// Works on every open ticket. What is wrong with one keeps no other waiting.
async fn round(context: &Context, arguments: &DeskArguments, stop: &Stop) -> Result<Exit, CommandError> {
    let _lock = office::hold(&context.common.directory)?;
    let office = Office::open(context, &arguments.desk, arguments.key.as_deref()).await?;
    let tickets = office.desk.tickets().await.map_err(work::desk_error)?;
    let mut all = Vec::new();
    let mut worst = Exit::Done;
    for ticket in tickets.iter().take_while(|_| !stop.is_set()) {
        match office.work(ticket).await {
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
    let _lock = office::hold(&context.common.directory)?;
    let office = Office::open(context, &arguments.desk.desk, arguments.desk.key.as_deref()).await?;
    let worked = match &arguments.delivery {
        Some(id) => office.deliver(ticket, id).await,
        None => office.work(ticket).await,
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
