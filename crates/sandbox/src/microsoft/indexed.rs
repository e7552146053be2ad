//! Rows that are found by whatever names them, without looking at the others.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::table::{Rows, Table};

/// A row that goes by other names than its key.
pub(super) trait Named {
    /// Every text that an identity may mean it by, whatever its case. Some may be others' too.
    fn names(&self) -> Vec<&str>;
}

/// A table with an index over the names of its rows. Rows are changed through it alone, so that it never is behind.
#[derive(Clone, Debug)]
pub(super) struct Indexed<T> {
    table: Table<T>,
    by_name: HashMap<String, Vec<Arc<str>>>,
    /// How many rows were handed out one after another rather than by name, for tests of how much work a call makes.
    #[cfg(test)]
    pub(super) scanned: std::cell::Cell<u64>,
}

impl<T> Default for Indexed<T>
where
    T: Named + Serialize + DeserializeOwned,
{
    fn default() -> Self {
        Self {
            table: Table::default(),
            by_name: HashMap::new(),
            #[cfg(test)]
            scanned: std::cell::Cell::default(),
        }
    }
}

impl<T: Named + Serialize + DeserializeOwned> Indexed<T> {
    /// The row with this key.
    pub(super) fn get(&self, key: &str) -> Option<&T> {
        self.table.get(key)
    }

    /// The rows that have a name, whatever its case, in the order of their keys.
    pub(super) fn named<'t>(&'t self, name: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        let keys = self.by_name.get(&name.to_ascii_lowercase());
        keys.into_iter().flatten().filter_map(|key| self.table.get(key))
    }

    /// Puts a row under a key, in place of the one that was there.
    pub(super) fn insert(&mut self, key: impl Into<String>, row: T) {
        let key = key.into();
        self.forget(&key);
        self.learn(&key, names(&row));
        self.table.insert(key, row);
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, key: &str) -> Option<T> {
        self.forget(key);
        self.table.remove(key)
    }

    /// Changes a row; says whether there is one.
    pub(super) fn change(&mut self, key: &str, change: impl FnOnce(&mut T)) -> bool {
        let Some(mut row) = self.remove(key) else { return false };
        change(&mut row);
        self.learn(key, names(&row));
        self.table.insert(key, row);
        true
    }

    /// All rows, in the order of their keys.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.after("")
    }

    /// The rows after a key, in order.
    pub(super) fn after<'t>(&'t self, key: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.table.after(key).map(|(_, row)| {
            #[cfg(test)]
            self.scanned.set(self.scanned.get() + 1);
            row
        })
    }

    fn learn(&mut self, key: &str, names: Vec<String>) {
        let key: Arc<str> = key.into();
        for name in names {
            let keys = self.by_name.entry(name).or_default();
            if let Err(place) = keys.binary_search(&key) {
                keys.insert(place, Arc::clone(&key));
            }
        }
    }

    fn forget(&mut self, key: &str) {
        let Some(row) = self.table.get(key) else { return };
        for name in names(row) {
            if let Some(keys) = self.by_name.get_mut(&name) {
                keys.retain(|held| **held != *key);
                if keys.is_empty() {
                    self.by_name.remove(&name);
                }
            }
        }
    }
}

impl<T: Named + Serialize + DeserializeOwned> Rows for Indexed<T> {
    fn take_changes(&mut self) -> Vec<(String, Option<Value>)> {
        self.table.take_changes()
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn restore(&mut self, key: String, row: Value) -> Result<(), serde_json::Error> {
        self.forget(&key);
        self.table.restore(key.clone(), row)?;
        let names = self.table.get(&key).map(names).unwrap_or_default();
        self.learn(&key, names);
        Ok(())
    }
}

/// The names as the index has them.
fn names<T: Named>(row: &T) -> Vec<String> {
    row.names().into_iter().map(str::to_ascii_lowercase).collect()
}
