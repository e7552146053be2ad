//! `tripod ticket serve`: messages of a desk are noted and answered at once, and worked on afterwards.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::net::TcpListener;
use tripod_tenant::SystemClock;
use tripod_tickets::connect::webhook::{self, PATH, Receiver, Sender, Work};
use tripod_tickets::desk::{DeskError, TicketId};

use super::office::{self, Office};
use super::stop::Stop;
use super::{ServeArguments, desks, work};
use crate::commands::Context;
use crate::exit::{CommandError, Exit};
use crate::screen::{DIM, Screen};

pub(super) async fn run(context: &Context, arguments: &ServeArguments) -> Result<Exit, CommandError> {
    let screen = context.screen;
    let root = &context.common.directory;
    // That the workspace is one is found out now, and not when the first message comes.
    drop(office::hold(root)?);
    let folder = || {
        CommandError::message(Exit::Usage, format!("`{}` is no desk that sends messages", arguments.desk))
            .hint("a folder of tickets is looked at with `tripod ticket poll --every 5m`")
    };
    let settings = desks::settings(root, &arguments.desk)?.ok_or_else(folder)?;
    let sender = Sender::of(&settings.kind).ok_or_else(folder)?;
    let secret = settings.webhook_secret().map_err(|error| CommandError::new(Exit::SetUp, error))?.ok_or_else(|| {
        CommandError::message(Exit::File, format!("{} does not say what messages are signed with", arguments.desk))
            .hint("add `webhook: {path: FILE}` or `webhook: {environment: NAME}`, with the secret that the desk has, too")
    })?;
    let stop = Stop::on_signal(screen)?;
    let office = Arc::new(Office::open(context, &arguments.desk, arguments.key.as_deref()).await?);
    let cannot = |error| CommandError::message(Exit::Usage, format!("cannot listen on {}: {error}", arguments.listen));
    let listener = TcpListener::bind(arguments.listen).await.map_err(cannot)?;
    let local = listener.local_addr().map_err(cannot)?;

    // The addresses are data: a script waits for these lines and reads them.
    screen.data(&format!("http://{local}{PATH}"))?;
    if let Some(sandbox) = office.session.sandbox() {
        screen.data(sandbox.url().as_str())?;
    }
    screen.say(&format!("{DIM}taking messages of {} until Ctrl-C{DIM:#}", sender.desk()));
    let receiver = Receiver {
        sender,
        secret,
        store: Arc::clone(&office.store),
        clock: office.session.clock.clone(),
        // Real time, also with stand-ins: whoever mends what is wrong does not live by the stand-ins' clock.
        pace: Arc::new(SystemClock),
    };
    let worker = Arc::new(Worker { office, screen });
    let served = webhook::serve(listener, receiver, Arc::clone(&worker) as Arc<dyn Work>, stop.receiver()).await;
    served.map_err(work::store_error)?;
    if let Some(Worker { office, .. }) = Arc::into_inner(worker)
        && let Some(office) = Arc::into_inner(office)
    {
        office.close().await?;
    }
    screen.say("stopped; what was noted and not worked on yet is worked on at the next start");
    Ok(Exit::Done)
}

struct Worker {
    office: Arc<Office>,
    screen: Screen,
}

#[async_trait]
impl Work for Worker {
    async fn work(&self, ticket: &TicketId) -> Result<String, String> {
        let worked = match office::hold(self.office.root()) {
            Ok(_lock) => self.office.work(ticket).await,
            Err(error) => Err(error),
        };
        match worked {
            Ok(worked) => {
                // Nobody who reads what is printed is no reason to leave a ticket.
                let _ = worked.show(self.screen);
                match worked.exit() {
                    // It is done, or it waits for somebody, of whom a message will tell.
                    Exit::Done | Exit::Refused | Exit::File => {
                        serde_json::to_string(&worked).map_err(|error| error.to_string())
                    }
                    _ => Err(worked.message),
                }
            }
            // There is no such ticket here, and waiting makes none.
            Err(error) if matches!(error.error.downcast_ref(), Some(DeskError::Missing(_))) => {
                Ok(error.error.to_string())
            }
            Err(error) => {
                self.screen.say(&format!("{ticket}:"));
                self.screen.error(&error);
                Err(error.error.to_string())
            }
        }
    }
}
