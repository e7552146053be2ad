//! The chain's entries in the journal's file: written with every row, held against the rows afterwards.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};
use serde_json::{Value, json};

use super::chain::{self, Break, Head, Link, RowBreak};
use crate::plan::canonical_json;

/// The entries, and what keeps a slip from changing one. Whoever opens the file by other means can still do so, and
/// then the hashes tell.
pub(super) const TABLES: &str = "
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY,
        entry TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'entries of the journal are never changed'); END;
    CREATE TRIGGER entries_remain BEFORE DELETE ON entries
        BEGIN SELECT RAISE(ABORT, 'entries of the journal are never removed'); END;
";

/// A table that the chain speaks for.
pub(super) struct Table {
    name: &'static str,
    key: &'static [&'static str],
    columns: &'static [&'static str],
}

pub(super) const RUNS: Table =
    Table { name: "runs", key: &["run"], columns: &["run", "digest", "by", "begun", "finished", "outcome"] };
pub(super) const STEPS: Table = Table {
    name: "steps",
    key: &["run", "number"],
    columns: &[
        "run",
        "number",
        "tenant",
        "mailbox",
        "phase",
        "words",
        "action",
        "intended",
        "settled",
        "outcome",
        "error_kind",
        "error",
        "request_id",
        "confirmed",
    ],
};
pub(super) const MAILBOXES: Table =
    Table { name: "mailboxes", key: &["address"], columns: &["address", "id", "created", "seen"] };

/// Every table that the chain speaks for.
const ALL: [&Table; 3] = [&RUNS, &STEPS, &MAILBOXES];

impl Table {
    fn select(&self) -> String {
        let pairs: Vec<_> = self.columns.iter().map(|column| format!("'{column}', {column}")).collect();
        format!("SELECT json_object({}) FROM {}", pairs.join(", "), self.name)
    }

    fn key_of(&self, row: &Value) -> String {
        let values: Vec<_> = self.key.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect();
        canonical_json(&Value::Array(values))
    }
}

/// Appends an entry with a row as it is now, or with nothing where it was removed.
pub(super) fn append(
    transaction: &Transaction<'_>,
    table: &Table,
    key: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<()> {
    let place = table.key.iter().enumerate().map(|(index, column)| format!("{column} = ?{}", index + 1));
    let select = format!("{} WHERE {}", table.select(), place.collect::<Vec<_>>().join(" AND "));
    let row: Option<String> =
        transaction.prepare_cached(&select)?.query_row(params_from_iter(key), |row| row.get(0)).optional()?;
    let row = row.map(|text| parse(&text)).transpose()?.unwrap_or_default();
    let key: Vec<Value> = if row.is_null() {
        key.iter()
            .map(|value| {
                Ok(match value.to_sql()? {
                    rusqlite::types::ToSqlOutput::Borrowed(rusqlite::types::ValueRef::Text(text)) => {
                        Value::from(String::from_utf8_lossy(text).into_owned())
                    }
                    rusqlite::types::ToSqlOutput::Owned(rusqlite::types::Value::Integer(number)) => Value::from(number),
                    _ => Value::Null,
                })
            })
            .collect::<rusqlite::Result<_>>()?
    } else {
        table.key.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect()
    };
    let head = head(transaction)?;
    let entry = json!({"number": head.number + 1, "table": table.name, "key": key, "row": row});
    let link = chain::follow(&head, canonical_json(&entry));
    transaction
        .prepare_cached("INSERT INTO entries (number, entry, previous, hash) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![link.number, link.entry, link.previous, link.hash])?;
    Ok(())
}

/// Where the chain ends.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Head> {
    let last = connection
        .prepare_cached("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { number: row.get(0)?, hash: row.get(1)? }))
        .optional()?;
    Ok(last.unwrap_or_else(Head::start))
}

/// Everything that is wrong with the chain, and with the rows against it.
pub(super) fn verify(connection: &Connection, known: Option<&Head>) -> rusqlite::Result<(Vec<Break>, Head)> {
    let mut statement = connection.prepare("SELECT number, entry, previous, hash FROM entries ORDER BY number")?;
    let link =
        |row: &Row<'_>| Ok(Link { number: row.get(0)?, entry: row.get(1)?, previous: row.get(2)?, hash: row.get(3)? });
    let links: Vec<Link> = statement.query_map([], link)?.collect::<rusqlite::Result<_>>()?;
    // What the chain says last of each row.
    let mut told: BTreeMap<(String, String), Value> = BTreeMap::new();
    for link in &links {
        let Ok(entry) = serde_json::from_str::<Value>(&link.entry) else { continue };
        let table = entry.get("table").and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = canonical_json(entry.get("key").unwrap_or(&Value::Null));
        told.insert((table, key), entry.get("row").cloned().unwrap_or_default());
    }
    let (mut breaks, head) = chain::check(links, known);
    for table in ALL {
        for (key, row) in rows(connection, table)? {
            let what = match told.remove(&(table.name.to_owned(), key.clone())) {
                Some(Value::Null) | None => RowBreak::Added,
                Some(said) if said != row => RowBreak::Changed,
                Some(_) => continue,
            };
            breaks.push(Break::Row { table: table.name.to_owned(), key, what });
        }
    }
    let gone = told.into_iter().filter(|(_, row)| !row.is_null());
    breaks.extend(gone.map(|((table, key), _)| Break::Row { table, key, what: RowBreak::Missing }));
    Ok((breaks, head))
}

fn rows(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<(String, Value)>> {
    let mut statement = connection.prepare(&format!("{} ORDER BY {}", table.select(), table.key.join(", ")))?;
    let texts: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    texts.iter().map(|text| parse(text).map(|row| (table.key_of(&row), row))).collect()
}

fn parse(text: &str) -> rusqlite::Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}
