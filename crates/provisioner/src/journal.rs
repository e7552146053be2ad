//! The record of what was intended and what came of it, in a SQLite file that auditors can read.
//!
//! Every write is on disk when it returns (`synchronous = FULL`). There are three tables: `runs`, `steps` and
//! `mailboxes`; times are RFC 3339 in UTC. Nothing in it is secret. A fourth, `entries`, holds every write as a link of
//! a hash chain, so that a change made past this program shows ([`Journal::verify`]).

pub mod chain;
mod earlier;
mod entries;
mod opening;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tripod_model::Address;
use tripod_tenant::MailboxId;

use self::chain::{Break, Head};
pub use self::earlier::Earlier;
use crate::apply::Failure;
use crate::plan::{Digest, Phase, Step};

/// The version of the tables, kept in `user_version`.
const VERSION: i64 = 2;

/// How long the id of a new mailbox is believed although reads do not show the mailbox yet. Google says that some
/// changes take up to a day.
const BELIEVED_FOR: Duration = Duration::from_hours(24);

const TABLES: &str = "
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY,
        digest TEXT NOT NULL,
        by TEXT NOT NULL,
        begun TEXT NOT NULL,
        finished TEXT,
        outcome TEXT
    ) STRICT;
    CREATE INDEX runs_digest ON runs (digest);
    CREATE TABLE steps (
        run INTEGER NOT NULL REFERENCES runs (run),
        number INTEGER NOT NULL,
        tenant TEXT NOT NULL,
        mailbox TEXT NOT NULL,
        phase TEXT NOT NULL,
        words TEXT NOT NULL,
        action TEXT NOT NULL,
        intended TEXT NOT NULL,
        settled TEXT,
        -- NULL while nobody knows, 'done', 'refused' (certainly not carried out) or 'lost' (may have been).
        outcome TEXT,
        error_kind TEXT,
        error TEXT,
        request_id TEXT,
        confirmed TEXT,
        PRIMARY KEY (run, number)
    ) STRICT;
    CREATE INDEX steps_mailbox ON steps (mailbox);
    CREATE TABLE mailboxes (
        address TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        created TEXT NOT NULL,
        seen TEXT
    ) STRICT;
";

/// The journal of one workspace.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// The copy that is read where nothing can be written; it goes when the journal is dropped.
    #[expect(dead_code, reason = "it is held for as long as it is read")]
    copy: Option<tripod_files::Copy>,
}

/// A run in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub run: i64,
    /// Who started it.
    pub by: String,
    /// When it began, in RFC 3339.
    pub begun: String,
}

/// What is recorded of a step; times are RFC 3339 in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalStep {
    /// When it was about to be sent.
    pub intended: String,
    /// When its outcome was known.
    pub settled: Option<String>,
    /// `done`, `refused` (certainly not carried out) or `lost` (may have been).
    pub outcome: Option<String>,
    /// The provider's id of the request, where it gave one.
    pub request_id: Option<String>,
    /// When a read showed it.
    pub confirmed: Option<String>,
    /// Who carried it out.
    pub by: String,
}

/// The journal cannot be read or written. Nothing more is sent to a tenant then.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite says no.
    #[error("cannot {operation} the journal {path}: {source}")]
    Database {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The file cannot be made or looked at.
    #[error("cannot open the journal {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is there, and its chain of entries is not.
    #[error(
        "the journal {path} has lost its chain of entries, so that nobody can tell what was done; restore it from a \
         copy, or move it away and keep it for who looks into this"
    )]
    Chainless {
        /// The file.
        path: PathBuf,
    },
    /// It was there once.
    #[error(
        "the journal {path} is gone: it had {entries} entries; restore it from a copy, or remove {} if it was removed \
         on purpose", opening::head_file(.path).display()
    )]
    Gone {
        /// The file.
        path: PathBuf,
        /// How many entries it had when that was last noted.
        entries: i64,
    },
    /// It was written by a newer program.
    #[error("the journal {path} has version {found}, and this program knows version {VERSION}; use a newer one")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that it has.
        found: i64,
    },
    /// It holds something that no run of this program writes.
    #[error("the journal {path} holds what is no address: {text}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What it holds.
        text: String,
    },
}

impl Journal {
    /// Opens a journal, and makes it if there has never been one.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let connection = opening::to_write(path)?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection), copy: None })
    }

    /// Opens a journal for reading, also where nothing can be written.
    pub fn open_to_read(path: &Path) -> Result<Self, JournalError> {
        let database = opening::to_read(path)?;
        let (connection, copy) = database.into_parts();
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection), copy })
    }

    /// Everything that was done to the journal past this program, and where its chain ends.
    ///
    /// `known` is where it ended at an earlier time, as evidence names it; only then does a missing end show.
    pub fn verify(&self, known: Option<&Head>) -> Result<(Vec<Break>, Head), JournalError> {
        // Evidence is another's word; what was noted beside the journal is only as good as the folder.
        let noted = opening::known_head(&self.path);
        self.read(|connection| entries::verify(connection, known.or(noted.as_ref())))
    }

    /// Where the chain of entries ends, for evidence.
    pub fn head(&self) -> Result<Head, JournalError> {
        self.read(entries::head)
    }

    /// What is recorded of the steps of a plan, over all its runs, the latest of each step.
    pub fn steps(&self, digest: &Digest) -> Result<BTreeMap<u32, JournalStep>, JournalError> {
        Ok(self.records(digest)?.into_iter().map(|(_, number, step)| (number, step)).collect())
    }

    /// What is recorded of the steps of a plan: run, number of the step, and the record, in the order of the runs.
    fn records(&self, digest: &Digest) -> Result<Vec<(i64, u32, JournalStep)>, JournalError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT run, number, intended, settled, steps.outcome, request_id, confirmed, by
                 FROM steps JOIN runs USING (run) WHERE digest = ?1 ORDER BY run",
            )?;
            let rows = statement.query_map([digest.as_str()], |row| {
                let step = JournalStep {
                    intended: row.get(2)?,
                    settled: row.get(3)?,
                    outcome: row.get(4)?,
                    request_id: row.get(5)?,
                    confirmed: row.get(6)?,
                    by: row.get(7)?,
                };
                Ok((row.get(0)?, row.get(1)?, step))
            })?;
            rows.collect()
        })
    }

    /// The ids of the mailboxes that this workspace has made, by address, for [`tripod_tenant::observe`].
    pub fn ids(&self) -> Result<BTreeMap<Address, MailboxId>, JournalError> {
        let rows: Vec<(String, String)> = self.read(|connection| {
            let mut statement = connection.prepare("SELECT address, id FROM mailboxes")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        rows.into_iter().map(|(address, id)| Ok((self.address(address)?, MailboxId(id)))).collect()
    }

    /// The run of a plan that has not ended, if there is one: it died, or it is under way.
    pub fn unfinished(&self, digest: &Digest) -> Result<Option<Run>, JournalError> {
        self.read(|connection| {
            connection
                .query_row(
                    "SELECT run, by, begun FROM runs WHERE digest = ?1 AND finished IS NULL ORDER BY run DESC LIMIT 1",
                    [digest.as_str()],
                    |row| Ok(Run { run: row.get(0)?, by: row.get(1)?, begun: row.get(2)? }),
                )
                .optional()
        })
    }

    /// Whether a step of any plan ever gave this person access, to whatever mailbox. A name that the tenant does not know
    /// today is then that of a person who has left, and no slip of the fingers.
    pub fn ever_granted(&self, person: &Address) -> Result<bool, JournalError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM steps
                 WHERE phase = 'grant' AND outcome = 'done' AND json_extract(action, '$.grant.person.address') = ?1)",
            )?;
            statement.query_row([person.as_str()], |row| row.get(0))
        })
    }

    /// Whether the last attempt to create a mailbox ended without a known outcome.
    pub fn create_lost(&self, mailbox: &Address) -> Result<bool, JournalError> {
        let last: Option<bool> = self.read(|connection| {
            connection
                .query_row(
                    "SELECT outcome IS NULL OR outcome = 'lost' FROM steps
                     WHERE mailbox = ?1 AND phase = 'create' ORDER BY run DESC LIMIT 1",
                    [mailbox.as_str()],
                    |row| row.get(0),
                )
                .optional()
        })?;
        Ok(last.unwrap_or(false))
    }

    /// The id of a mailbox that was made within the last day and that no read has shown yet.
    pub fn created_unseen(&self, mailbox: &Address, now: Timestamp) -> Result<Option<MailboxId>, JournalError> {
        let row: Option<(String, String)> = self.read(|connection| {
            connection
                .query_row(
                    "SELECT id, created FROM mailboxes WHERE address = ?1 AND seen IS NULL",
                    [mailbox.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })?;
        let recent = |created: &str| {
            created
                .parse::<Timestamp>()
                .ok()
                .and_then(|created| created.checked_add(BELIEVED_FOR).ok())
                .is_some_and(|end| now < end)
        };
        Ok(row.filter(|(_, created)| recent(created)).map(|(id, _)| MailboxId(id)))
    }

    /// Records that a run begins, and gives its number.
    pub fn begin(&self, digest: &Digest, by: &str, at: Timestamp) -> Result<i64, JournalError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO runs (digest, by, begun) VALUES (?1, ?2, ?3)",
                params![digest.as_str(), by, at.to_string()],
            )?;
            let run = transaction.last_insert_rowid();
            entries::append(transaction, &entries::RUNS, &[&run])?;
            Ok(run)
        })
        .inspect(|_| self.note_head())
    }

    /// Notes beside the journal where its chain ends, so that one that is gone is missed.
    fn note_head(&self) {
        if let Ok(head) = self.head() {
            opening::note_head(&self.path, &head);
        }
    }

    /// Records that steps are about to be sent to a tenant: all of them or none.
    pub fn intend<'a>(
        &self,
        run: i64,
        steps: impl IntoIterator<Item = &'a Step>,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.write(|transaction| {
            for step in steps {
                let action = serde_json::to_string(&step.action)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                transaction.execute(
                    "INSERT INTO steps (run, number, tenant, mailbox, phase, words, action, intended)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![
                        run,
                        step.number,
                        step.tenant.0,
                        step.mailbox.as_str(),
                        phase_word(step.action.phase()),
                        step.action.words(),
                        action,
                        at.to_string(),
                    ],
                )?;
                entries::append(transaction, &entries::STEPS, &[&run, &step.number])?;
            }
            Ok(())
        })
    }

    /// Records that a mailbox was created, together with its id and the provider's id of the request.
    pub fn created(
        &self,
        run: i64,
        step: &Step,
        id: &MailboxId,
        request: Option<&str>,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE steps SET settled = ?3, outcome = 'done', request_id = ?4 WHERE run = ?1 AND number = ?2",
                params![run, step.number, at.to_string(), request],
            )?;
            transaction.execute(
                "INSERT OR REPLACE INTO mailboxes (address, id, created) VALUES (?1, ?2, ?3)",
                params![step.mailbox.as_str(), id.0, at.to_string()],
            )?;
            entries::append(transaction, &entries::STEPS, &[&run, &step.number])?;
            entries::append(transaction, &entries::MAILBOXES, &[&step.mailbox.as_str()])
        })
    }

    /// Records that a step was carried out, with the provider's id of the request. The id of a mailbox that was deleted
    /// is forgotten.
    pub fn done(&self, run: i64, step: &Step, request: Option<&str>, at: Timestamp) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE steps SET settled = ?3, outcome = 'done', request_id = ?4 WHERE run = ?1 AND number = ?2",
                params![run, step.number, at.to_string(), request],
            )?;
            entries::append(transaction, &entries::STEPS, &[&run, &step.number])?;
            if step.action.phase() == Phase::Retire {
                transaction.execute("DELETE FROM mailboxes WHERE address = ?1", [step.mailbox.as_str()])?;
                entries::append(transaction, &entries::MAILBOXES, &[&step.mailbox.as_str()])?;
            }
            Ok(())
        })
    }

    /// Records that a step failed, and whether it may have been carried out all the same.
    pub fn failed(&self, run: i64, step: &Step, failure: &Failure, at: Timestamp) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE steps SET settled = ?3, outcome = ?4, error_kind = ?5, error = ?6, request_id = ?7
                 WHERE run = ?1 AND number = ?2",
                params![
                    run,
                    step.number,
                    at.to_string(),
                    if failure.not_done { "refused" } else { "lost" },
                    failure.kind_word(),
                    failure.message,
                    failure.request_id,
                ],
            )?;
            entries::append(transaction, &entries::STEPS, &[&run, &step.number])
        })
    }

    /// Records that reads show the outcome of a step, which the latest run that began it carried out.
    pub fn confirm(&self, run: i64, step: u32, at: Timestamp) -> Result<(), JournalError> {
        self.write(|transaction| {
            let began: Option<i64> = transaction.query_row(
                "SELECT max(run) FROM steps JOIN runs USING (run)
                 WHERE number = ?2 AND digest = (SELECT digest FROM runs WHERE run = ?1)",
                params![run, step],
                |row| row.get(0),
            )?;
            let Some(run) = began else { return Ok(()) };
            transaction.execute(
                "UPDATE steps SET confirmed = ?3 WHERE run = ?1 AND number = ?2",
                params![run, step, at.to_string()],
            )?;
            entries::append(transaction, &entries::STEPS, &[&run, &step])
        })
    }

    /// Records that a read has shown a mailbox by its id. From then on its absence means that it is gone.
    pub fn seen(&self, mailbox: &Address, id: &MailboxId, at: Timestamp) -> Result<(), JournalError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE mailboxes SET seen = ?3 WHERE address = ?1 AND id = ?2 AND seen IS NULL",
                params![mailbox.as_str(), id.0, at.to_string()],
            )?;
            if changed > 0 { entries::append(transaction, &entries::MAILBOXES, &[&mailbox.as_str()]) } else { Ok(()) }
        })
    }

    /// Records that a run has ended, and how.
    pub fn finish(&self, run: i64, outcome: &str, at: Timestamp) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE runs SET finished = ?2, outcome = ?3 WHERE run = ?1",
                params![run, at.to_string(), outcome],
            )?;
            entries::append(transaction, &entries::RUNS, &[&run])
        })
        .inspect(|()| self.note_head())
    }

    fn address(&self, text: String) -> Result<Address, JournalError> {
        text.parse().map_err(|_| JournalError::Content { path: self.path.clone(), text })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A thread that panicked while it held the connection has rolled its transaction back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        query(&self.connection()).map_err(|source| self.error("read", source))
    }

    /// Makes a change: all of it or none. What it does to a row goes into the chain in the same transaction.
    fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        let mut connection = self.connection();
        let change = || {
            // Immediate, because the end of the chain is read before the next entry is written.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        change().map_err(|source| self.error("write", source))
    }

    fn error(&self, operation: &'static str, source: rusqlite::Error) -> JournalError {
        JournalError::Database { operation, path: self.path.clone(), source }
    }
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Create => "create",
        Phase::Configure => "configure",
        Phase::Grant => "grant",
        Phase::Revoke => "revoke",
        Phase::Retire => "retire",
    }
}
