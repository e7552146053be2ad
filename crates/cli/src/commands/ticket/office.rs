//! Everything that work on tickets needs.

use std::path::Path;
use std::sync::Arc;

use tripod_provisioner::lock::{LockError, WorkspaceLock};
use tripod_tickets::desk::{Desk, TicketId};
use tripod_tickets::evidence::SigningKey;
use tripod_tickets::ticket::{Delivered, Delivery, TicketStore};

use super::desks;
use super::work::{self, Bench};
use super::worked::Worked;
use crate::commands::{Context, evidence};
use crate::exit::{CommandError, Exit};
use crate::session::Session;
use crate::workspace::private_folder;

/// A desk, what is known of its tickets, and the tenants.
pub(super) struct Office {
    context: Context,
    pub(super) desk: Box<dyn Desk>,
    pub(super) store: Arc<TicketStore>,
    pub(super) session: Session,
    key: SigningKey,
}

/// Takes hold of the workspace, so that no other run works in it.
pub(super) fn hold(root: &Path) -> Result<WorkspaceLock, CommandError> {
    if !root.join("tripod.yaml").exists() {
        let message = format!("there is no {}", root.join("tripod.yaml").display());
        return Err(CommandError::message(Exit::File, message).hint("name the workspace's folder with `-C DIR`"));
    }
    let folder = private_folder(root);
    crate::new_file::private_folder(&folder)?;
    let lock = WorkspaceLock::acquire(&folder.join("lock"), "tripod ticket", jiff::Timestamp::now());
    lock.map_err(|error| {
        let kind = if matches!(error, LockError::Held(_)) { Exit::Refused } else { Exit::Unexpected };
        CommandError::new(kind, error)
    })
}

impl Office {
    /// Opens the desk that a word of the command line means, in a workspace that is [held](hold) for as long as
    /// something is worked on.
    pub(super) async fn open(context: &Context, desk: &str, key: Option<&Path>) -> Result<Self, CommandError> {
        let root = &context.common.directory;
        // The key is looked for first: that it is missing must not come out when everything else is done.
        let key = key.map_or_else(|| evidence::key_file(root), Path::to_path_buf);
        let key = evidence::signing_key(&key)?;
        let session = Session::open(root, context.common.sandbox).await?;
        let records = session.records(root);
        crate::new_file::private_folder(&records)?;
        let store = TicketStore::open(&records.join("tickets.db")).map_err(work::store_error)?;
        let desk = desks::open(root, desk, &session)?;
        let context = Context { common: context.common.clone(), screen: context.screen };
        Ok(Self { context, desk, store: Arc::new(store), session, key })
    }

    /// The folder of the workspace.
    pub(super) fn root(&self) -> &Path {
        &self.context.common.directory
    }

    /// Works on a ticket as far as it goes.
    pub(super) async fn work(&self, ticket: &TicketId) -> Result<Worked, CommandError> {
        let Self { context, desk, store, session, key } = self;
        Bench { context, desk: desk.as_ref(), store, session, key }.work(ticket).await
    }

    /// Works on a ticket because of a message. The same message again gives what the first one gave.
    pub(super) async fn deliver(&self, ticket: &TicketId, id: &str) -> Result<Worked, CommandError> {
        let delivery = Delivery { desk: self.desk.name(), id, ticket };
        match self.store.receive(delivery, self.session.clock.now()).map_err(work::store_error)? {
            Delivered::Before(result) => {
                if let Ok(worked) = serde_json::from_str(&result) {
                    return Ok(worked);
                }
                // The receiver of messages has noted it in its own way; working again changes nothing.
            }
            // Whoever began with it holds the workspace no longer, so it did not end.
            Delivered::New | Delivered::Unfinished => {}
        }
        let worked = self.work(ticket).await?;
        let kept = self.store.finish(delivery, &serde_json::to_string(&worked)?).map_err(work::store_error)?;
        Ok(serde_json::from_str(&kept).unwrap_or(worked))
    }

    /// Ends the connections.
    pub(super) async fn close(self) -> Result<(), CommandError> {
        self.session.close().await
    }
}
