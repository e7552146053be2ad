//! What earlier runs found, in SQLite, and the messages that still have to be delivered.
//!
//! A finding is known from the run that found it until a run whose checks were made does not find it any more. A
//! message is put into the outbox in the same transaction in which its news become known, and stays there until it
//! has been delivered, so that neither a crash nor a webhook that is down loses it. A crash between delivering and
//! noting it can deliver a message twice; its id is then the same.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use tripod_model::Severity;

use crate::finding::Finding;
use crate::verification::Verification;
use crate::watch::{News, news};

/// How a run differs from the ones before it.
pub type Difference = News;

/// The form of the database. A newer program may open an older one, not the reverse.
const FORM: i64 = 1;

const TABLES: &str = "
CREATE TABLE run (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, quorum INTEGER NOT NULL, mailboxes INTEGER NOT NULL,
    sound INTEGER NOT NULL, low INTEGER NOT NULL, medium INTEGER NOT NULL, high INTEGER NOT NULL,
    critical INTEGER NOT NULL, unknown INTEGER NOT NULL, verification TEXT NOT NULL
);
CREATE TABLE known (fingerprint TEXT PRIMARY KEY, first_run INTEGER NOT NULL, finding TEXT NOT NULL);
CREATE TABLE change (run INTEGER NOT NULL, side TEXT NOT NULL, finding TEXT NOT NULL);
CREATE INDEX change_by_run ON change (run);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, target TEXT NOT NULL, payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT, delivered TEXT
);
CREATE TABLE cursor (tenant TEXT PRIMARY KEY, cursor TEXT NOT NULL);
";

/// Why the history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The database could not be read or written.
    #[error("cannot use the history of findings: {0}")]
    Database(#[from] rusqlite::Error),
    /// What was kept cannot be understood.
    #[error("the history of findings holds something that cannot be read: {0}")]
    Content(#[from] serde_json::Error),
    /// The database is of a newer program.
    #[error("the history of findings was written by a newer version of Tripod (form {0}); update this one")]
    Newer(i64),
}

/// A run by its number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// One run, for a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrendPoint {
    /// The run.
    pub run: RunId,
    /// When it was made.
    pub at: String,
    /// How many mailboxes the manifest had.
    pub mailboxes: i64,
    /// How many of them stood on the quorum or more.
    pub sound: i64,
    /// Findings of severity low.
    pub low: i64,
    /// Findings of severity medium.
    pub medium: i64,
    /// Findings of severity high.
    pub high: i64,
    /// Findings of severity critical.
    pub critical: i64,
    /// How many things could not be checked.
    pub unknown: i64,
}

/// A message that has not been delivered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub id: i64,
    /// Which webhook it is for, by the name that the caller gave.
    pub target: String,
    /// What to send, as JSON.
    pub payload: String,
    /// How often it was tried in vain.
    pub attempts: i64,
}

/// The findings of earlier runs.
#[derive(Debug)]
pub struct History {
    connection: Connection,
}

impl History {
    /// Opens the history, and makes it if there is none.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        // Where it cannot be made, opening it says so.
        let _ = tripod_files::private_file(path);
        Self::with(Connection::open(path)?)
    }

    /// A history that is forgotten at the end, for trying.
    pub fn in_memory() -> Result<Self, HistoryError> {
        Self::with(Connection::open_in_memory()?)
    }

    fn with(mut connection: Connection) -> Result<Self, HistoryError> {
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let form: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match form {
            0 => {
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "user_version", FORM)?;
            }
            FORM => {}
            newer => return Err(HistoryError::Newer(newer)),
        }
        transaction.commit()?;
        Ok(Self { connection })
    }

    /// Keeps a run.
    pub fn record(&mut self, verification: &Verification) -> Result<RunId, HistoryError> {
        self.record_and_tell(verification, |_| Vec::new()).map(|(run, _)| run)
    }

    /// Keeps a run, and puts what `tell` makes of its news into the outbox: pairs of a target and a payload. It is
    /// asked only if something is new or gone. All of it happens or nothing.
    pub fn record_and_tell(
        &mut self,
        verification: &Verification,
        tell: impl FnOnce(&News) -> Vec<(String, serde_json::Value)>,
    ) -> Result<(RunId, News), HistoryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let news = news(&known(&transaction)?, verification);
        let run = insert_run(&transaction, verification)?;
        for finding in &news.new {
            transaction.execute(
                "INSERT OR REPLACE INTO known (fingerprint, first_run, finding) VALUES (?1, ?2, ?3)",
                params![finding.fingerprint(), run.0, serde_json::to_string(finding)?],
            )?;
        }
        for finding in &news.still {
            transaction.execute(
                "UPDATE known SET finding = ?2 WHERE fingerprint = ?1",
                params![finding.fingerprint(), serde_json::to_string(finding)?],
            )?;
        }
        for finding in &news.gone {
            transaction.execute("DELETE FROM known WHERE fingerprint = ?1", [finding.fingerprint()])?;
        }
        for (side, findings) in
            [("new", &news.new), ("gone", &news.gone), ("still", &news.still), ("unsure", &news.unsure)]
        {
            for finding in findings {
                transaction.execute(
                    "INSERT INTO change (run, side, finding) VALUES (?1, ?2, ?3)",
                    params![run.0, side, serde_json::to_string(finding)?],
                )?;
            }
        }
        if news.is_worth_telling() {
            for (target, payload) in tell(&news) {
                transaction.execute(
                    "INSERT INTO outbox (run, target, payload) VALUES (?1, ?2, ?3)",
                    params![run.0, target, payload.to_string()],
                )?;
            }
        }
        transaction.commit()?;
        Ok((run, news))
    }

    /// How the last run differs from the ones before it; nothing if there is no run yet.
    pub fn since_last(&self) -> Result<Option<Difference>, HistoryError> {
        let last: Option<i64> =
            self.connection.query_row("SELECT max(id) FROM run", [], |row| row.get(0)).optional()?.flatten();
        let Some(run) = last else { return Ok(None) };
        let mut difference = Difference::default();
        let mut statement =
            self.connection.prepare("SELECT side, finding FROM change WHERE run = ?1 ORDER BY rowid")?;
        let rows = statement.query_map([run], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for row in rows {
            let (side, finding) = row?;
            let finding: Finding = serde_json::from_str(&finding)?;
            match side.as_str() {
                "new" => difference.new.push(finding),
                "gone" => difference.gone.push(finding),
                "unsure" => difference.unsure.push(finding),
                _ => difference.still.push(finding),
            }
        }
        Ok(Some(difference))
    }

    /// Every kept run, the earliest first.
    pub fn trend(&self) -> Result<Vec<TrendPoint>, HistoryError> {
        let mut statement = self
            .connection
            .prepare("SELECT id, at, mailboxes, sound, low, medium, high, critical, unknown FROM run ORDER BY id")?;
        let points = statement.query_map([], |row| {
            Ok(TrendPoint {
                run: RunId(row.get(0)?),
                at: row.get(1)?,
                mailboxes: row.get(2)?,
                sound: row.get(3)?,
                low: row.get(4)?,
                medium: row.get(5)?,
                high: row.get(6)?,
                critical: row.get(7)?,
                unknown: row.get(8)?,
            })
        })?;
        Ok(points.collect::<Result<_, _>>()?)
    }

    /// The whole of the last run; nothing if there is none.
    pub fn last(&self) -> Result<Option<Verification>, HistoryError> {
        let text: Option<String> = self
            .connection
            .query_row("SELECT verification FROM run ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
            .optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// The messages that have not been delivered, the earliest first.
    pub fn undelivered(&self) -> Result<Vec<Message>, HistoryError> {
        let mut statement = self
            .connection
            .prepare("SELECT id, target, payload, attempts FROM outbox WHERE delivered IS NULL ORDER BY id")?;
        let messages = statement.query_map([], |row| {
            Ok(Message { id: row.get(0)?, target: row.get(1)?, payload: row.get(2)?, attempts: row.get(3)? })
        })?;
        Ok(messages.collect::<Result<_, _>>()?)
    }

    /// Notes that a message has been delivered.
    pub fn delivered(&mut self, message: i64, at: Timestamp) -> Result<(), HistoryError> {
        self.connection.execute("UPDATE outbox SET delivered = ?2 WHERE id = ?1", params![message, at.to_string()])?;
        Ok(())
    }

    /// Notes that a message could not be delivered, and why; it stays in the outbox. The reason must not hold the
    /// webhook's address, which is a secret.
    pub fn failed(&mut self, message: i64, reason: &str) -> Result<(), HistoryError> {
        self.connection.execute(
            "UPDATE outbox SET attempts = attempts + 1, last_error = ?2 WHERE id = ?1",
            params![message, reason],
        )?;
        Ok(())
    }

    /// The cursor for a tenant's changes that an earlier run kept.
    pub fn cursor(&self, tenant: &str) -> Result<Option<String>, HistoryError> {
        Ok(self
            .connection
            .query_row("SELECT cursor FROM cursor WHERE tenant = ?1", [tenant], |row| row.get(0))
            .optional()?)
    }

    /// Keeps the cursor for a tenant's changes.
    pub fn keep_cursor(&mut self, tenant: &str, cursor: &str) -> Result<(), HistoryError> {
        self.connection
            .execute("INSERT OR REPLACE INTO cursor (tenant, cursor) VALUES (?1, ?2)", params![tenant, cursor])?;
        Ok(())
    }
}

fn known(transaction: &Transaction<'_>) -> Result<Vec<Finding>, HistoryError> {
    let mut statement = transaction.prepare("SELECT finding FROM known ORDER BY fingerprint")?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut findings = Vec::new();
    for text in texts {
        findings.push(serde_json::from_str(&text?)?);
    }
    Ok(findings)
}

fn insert_run(transaction: &Transaction<'_>, verification: &Verification) -> Result<RunId, HistoryError> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let count = |severity: Severity| {
        number(verification.findings.iter().filter(|finding| finding.severity == severity).count())
    };
    let quorum = verification.quorum;
    let sound = verification.mailboxes.iter().filter(|mailbox| mailbox.active >= quorum).count();
    transaction.execute(
        "INSERT INTO run (at, quorum, mailboxes, sound, low, medium, high, critical, unknown, verification)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            verification.at.to_string(),
            number(quorum),
            number(verification.mailboxes.len()),
            number(sound),
            count(Severity::Low),
            count(Severity::Medium),
            count(Severity::High),
            count(Severity::Critical),
            number(verification.unknown.len()),
            serde_json::to_string(verification)?,
        ],
    )?;
    Ok(RunId(transaction.last_insert_rowid()))
}
