//! Tickets and deliveries in a SQLite file: a second delivery gives what the first one gave.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::state::{TicketEvent, TicketState, TransitionError};
use crate::desk::TicketId;

const VERSION: i64 = 1;
const TABLES: &str = "
    CREATE TABLE tickets (
        desk TEXT NOT NULL,
        ticket TEXT NOT NULL,
        state TEXT NOT NULL,
        changed TEXT NOT NULL,
        PRIMARY KEY (desk, ticket)
    ) STRICT;
    CREATE TABLE deliveries (
        desk TEXT NOT NULL,
        delivery TEXT NOT NULL,
        ticket TEXT NOT NULL,
        received TEXT NOT NULL,
        -- NULL while nobody has finished with it.
        result TEXT,
        PRIMARY KEY (desk, delivery)
    ) STRICT;
";
/// The longest name of a delivery that is kept.
const LONGEST_DELIVERY: usize = 200;

/// The store of one workspace.
#[derive(Debug)]
pub struct TicketStore {
    path: PathBuf,
    connection: Mutex<Connection>,
}

/// A message from a desk, by the id that the desk gives to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// The desk.
    pub desk: &'a str,
    /// The id of the message.
    pub id: &'a str,
    /// The ticket that it is about.
    pub ticket: &'a TicketId,
}

/// What becomes of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is new, and whoever asked is to work on it.
    New,
    /// It came before, and somebody is to finish, or is finishing, with it.
    Unfinished,
    /// It came before, and this came of it.
    Before(String),
}

/// A ticket as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// Where it stands.
    pub state: TicketState,
    /// When that changed last, in RFC 3339.
    pub changed: String,
}

/// The store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("cannot {operation} the tickets in {path}: {source}")]
    Database {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// It was written by a newer program.
    #[error("the tickets in {path} have version {found}, and this program knows version {VERSION}; use a newer one")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that it has.
        found: i64,
    },
    /// It holds what this program does not write.
    #[error("the tickets in {path} hold what this program does not write: {what}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// The id of a delivery is empty or too long, or names another ticket than before.
    #[error("the delivery id is not usable: {0}")]
    Delivery(&'static str),
    /// The event cannot happen now.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

impl TicketStore {
    /// Opens a store, and makes it if it is not there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Database { operation: "open", path: path.to_owned(), source };
        // Where it cannot be made, opening it says so.
        let _ = tripod_files::private_file(path);
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
        connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
            .and_then(|()| connection.pragma_update(None, "synchronous", "FULL"))
            .map_err(failed)?;
        match set_up(&mut connection).map_err(failed)? {
            VERSION => Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) }),
            found => Err(StoreError::Version { path: path.to_owned(), found }),
        }
    }

    /// Takes a delivery in. Of many that arrive at once, exactly one is [`Delivered::New`].
    pub fn receive(&self, delivery: Delivery<'_>, at: Timestamp) -> Result<Delivered, StoreError> {
        if delivery.id.is_empty() || delivery.id.len() > LONGEST_DELIVERY {
            return Err(StoreError::Delivery("it is empty or too long"));
        }
        let ticket = delivery.ticket.as_str();
        let before = self.write(|transaction| {
            let before: Option<(String, Option<String>)> = transaction
                .query_row(
                    "SELECT ticket, result FROM deliveries WHERE desk = ?1 AND delivery = ?2",
                    params![delivery.desk, delivery.id],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if before.is_none() {
                transaction.execute(
                    "INSERT INTO deliveries (desk, delivery, ticket, received) VALUES (?1, ?2, ?3, ?4)",
                    params![delivery.desk, delivery.id, ticket, at.to_string()],
                )?;
            }
            Ok(before)
        })?;
        match before {
            None => Ok(Delivered::New),
            Some((other, _)) if other != ticket => Err(StoreError::Delivery("it was another ticket's before")),
            Some((_, None)) => Ok(Delivered::Unfinished),
            Some((_, Some(result))) => Ok(Delivered::Before(result)),
        }
    }

    /// Records what came of a delivery. The first result stays; what stands there then is returned.
    pub fn finish(&self, delivery: Delivery<'_>, result: &str) -> Result<String, StoreError> {
        let kept: Option<String> = self.write(|transaction| {
            transaction.execute(
                "UPDATE deliveries SET result = ?3 WHERE desk = ?1 AND delivery = ?2 AND result IS NULL",
                params![delivery.desk, delivery.id, result],
            )?;
            transaction
                .query_row(
                    "SELECT result FROM deliveries WHERE desk = ?1 AND delivery = ?2",
                    params![delivery.desk, delivery.id],
                    |row| row.get(0),
                )
                .optional()
        })?;
        kept.ok_or(StoreError::Delivery("it was never received"))
    }

    /// The deliveries that nobody has finished with, with their tickets, the oldest first: the work of a run that died.
    pub fn unfinished(&self, desk: &str) -> Result<Vec<(String, TicketId)>, StoreError> {
        let rows: Vec<(String, String)> = self.write(|transaction| {
            let mut statement = transaction.prepare(
                "SELECT delivery, ticket FROM deliveries WHERE desk = ?1 AND result IS NULL ORDER BY received, delivery",
            )?;
            let rows = statement.query_map([desk], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        rows.into_iter()
            .map(|(delivery, ticket)| Ok((delivery, ticket.parse().map_err(|_| self.content("a ticket id"))?)))
            .collect()
    }

    /// Where a ticket stands; nothing if it was never heard of.
    pub fn ticket(&self, desk: &str, ticket: &TicketId) -> Result<Option<StoredTicket>, StoreError> {
        let row = self.write(|transaction| read(transaction, desk, ticket))?;
        row.map(|(state, changed)| {
            let state = serde_json::from_str(&state).map_err(|_| self.content("a state"))?;
            Ok(StoredTicket { ticket: ticket.clone(), state, changed })
        })
        .transpose()
    }

    /// Records that something happened to a ticket, and gives its new state. Two processes cannot both lead it on from
    /// the same state.
    pub fn happened(
        &self,
        desk: &str,
        ticket: &TicketId,
        event: &TicketEvent,
        at: Timestamp,
    ) -> Result<TicketState, StoreError> {
        let mut refusal = None;
        let state = self.write(|transaction| {
            let before = match read(transaction, desk, ticket)? {
                None => TicketState::default(),
                Some((text, _)) => {
                    let Ok(state) = serde_json::from_str(&text) else {
                        refusal = Some(self.content("a state"));
                        return Ok(None);
                    };
                    state
                }
            };
            let after = match before.on(event) {
                Ok(after) => after,
                Err(error) => {
                    refusal = Some(error.into());
                    return Ok(None);
                }
            };
            let text = serde_json::to_string(&after)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            if after != before {
                transaction.execute(
                    "INSERT INTO tickets (desk, ticket, state, changed) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (desk, ticket) DO UPDATE SET state = ?3, changed = ?4",
                    params![desk, ticket.as_str(), text, at.to_string()],
                )?;
            }
            Ok(Some(after))
        })?;
        match (state, refusal) {
            (Some(state), _) => Ok(state),
            (None, Some(refusal)) => Err(refusal),
            (None, None) => Err(self.content("a state")),
        }
    }

    fn content(&self, what: &str) -> StoreError {
        StoreError::Content { path: self.path.clone(), what: what.to_owned() }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A thread that panicked while it held the connection has rolled its transaction back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let change = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        change().map_err(|source| StoreError::Database { operation: "use", path: self.path.clone(), source })
    }
}

fn read(transaction: &Transaction<'_>, desk: &str, ticket: &TicketId) -> rusqlite::Result<Option<(String, String)>> {
    transaction
        .query_row(
            "SELECT state, changed FROM tickets WHERE desk = ?1 AND ticket = ?2",
            params![desk, ticket.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
}

/// Makes the tables where there are none, and gives the version.
fn set_up(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        found = VERSION;
    }
    transaction.commit()?;
    Ok(found)
}
