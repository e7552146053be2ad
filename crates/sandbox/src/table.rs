//! Rows by key that remember which of them changed, so that saving writes only those.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Rows by key. Whoever takes a row for writing marks it as changed.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: BTreeMap<String, T>,
    changed: BTreeSet<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), changed: BTreeSet::new() }
    }
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    /// The row with this key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key)
    }

    /// The row with this key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let row = self.rows.get_mut(key)?;
        self.changed.insert(key.to_owned());
        Some(row)
    }

    /// Puts a row under a key, in place of the one that was there.
    pub fn insert(&mut self, key: impl Into<String>, row: T) {
        let key = key.into();
        self.changed.insert(key.clone());
        self.rows.insert(key, row);
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &str) -> Option<T> {
        let row = self.rows.remove(key)?;
        self.changed.insert(key.to_owned());
        Some(row)
    }

    /// All rows with their keys, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.rows.iter().map(|(key, row)| (key.as_str(), row))
    }

    /// The rows after a key, in order, without looking at those before it.
    pub fn after<'t>(&'t self, key: &str) -> impl Iterator<Item = (&'t str, &'t T)> + use<'t, T> {
        let bounds = (std::ops::Bound::Excluded(key), std::ops::Bound::Unbounded);
        self.rows.range::<str, _>(bounds).map(|(key, row)| (key.as_str(), row))
    }

    /// The rows whose keys begin with a text, in order.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a T)> {
        let bounds = (std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded);
        let rows = self.rows.range::<str, _>(bounds).take_while(move |(key, _)| key.starts_with(prefix));
        rows.map(|(key, row)| (key.as_str(), row))
    }

    /// All rows, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Hands out every row that changed since the last time, as JSON, or nothing where it was taken out.
    pub fn take_changes(&mut self) -> Vec<(String, Option<Value>)> {
        let rows = &self.rows;
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|key| {
                // A row is plain data of this crate's own types; it always has a JSON form.
                let row = rows.get(&key).map(|row| serde_json::to_value(row).unwrap_or(Value::Null));
                (key, row)
            })
            .collect()
    }

    /// Puts back a row that was saved, without marking it as changed.
    pub fn restore(&mut self, key: String, row: Value) -> Result<(), serde_json::Error> {
        self.rows.insert(key, serde_json::from_value(row)?);
        Ok(())
    }
}

/// A table whatever its rows are, for saving and loading.
pub trait Rows {
    /// See [`Table::take_changes`].
    fn take_changes(&mut self) -> Vec<(String, Option<Value>)>;
    /// Forgets every row, before saved ones are put back.
    fn clear(&mut self);
    /// See [`Table::restore`].
    fn restore(&mut self, key: String, row: Value) -> Result<(), serde_json::Error>;
}

impl<T: Serialize + DeserializeOwned> Rows for Table<T> {
    fn take_changes(&mut self) -> Vec<(String, Option<Value>)> {
        Table::take_changes(self)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn restore(&mut self, key: String, row: Value) -> Result<(), serde_json::Error> {
        Table::restore(self, key, row)
    }
}
