//! What earlier runs of a plan have done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Journal, JournalError, JournalStep};
use crate::plan::Digest;

/// What the runs of a plan have done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// The steps that any of them began, with the latest record of each.
    pub steps: BTreeMap<u32, JournalStep>,
    /// When the first of them ended that left nothing to be sent, in RFC 3339.
    pub finished: Option<String>,
}

impl Earlier {
    /// Whether a run has begun a step.
    #[must_use]
    pub fn began(&self, step: u32) -> bool {
        self.steps.contains_key(&step)
    }

    /// Whether a run has certainly carried out a step, or has found that it was so.
    #[must_use]
    pub fn did(&self, step: u32) -> bool {
        match self.steps.get(&step) {
            Some(record) => record.outcome.as_deref() == Some("done"),
            None => self.finished.is_some(),
        }
    }

    /// Whether a read has shown what came of a step.
    #[must_use]
    pub fn saw(&self, step: u32) -> bool {
        self.did(step) && self.steps.get(&step).is_none_or(|record| record.confirmed.is_some())
    }
}

impl Journal {
    /// What the runs of a plan have done that began at this time or later.
    ///
    /// A plan that is made anew from the same tenants has the same digest; `since` is when it was made, so that runs of
    /// its predecessors are not taken for its own.
    pub fn earlier(&self, digest: &Digest, since: Timestamp) -> Result<Earlier, JournalError> {
        let rows: Vec<(i64, String, Option<String>, Option<String>)> = self.read(|connection| {
            let mut statement =
                connection.prepare("SELECT run, begun, finished, outcome FROM runs WHERE digest = ?1 ORDER BY run")?;
            let rows = statement
                .query_map([digest.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            rows.collect()
        })?;
        // A time that cannot be read is no reason to do something again.
        let own = |begun: &str| begun.parse::<Timestamp>().map_or(true, |begun| begun >= since);
        let mut earlier = Earlier::default();
        let mut runs = BTreeSet::new();
        for (run, begun, finished, outcome) in rows.into_iter().filter(|(_, begun, ..)| own(begun)) {
            runs.insert(run);
            if matches!(outcome.as_deref(), Some("done" | "unconfirmed" | "below-quorum")) {
                earlier.finished = earlier.finished.or(Some(finished.unwrap_or(begun)));
            }
        }
        let records = self.records(digest)?;
        earlier.steps = records
            .into_iter()
            .filter(|(run, ..)| runs.contains(run))
            .map(|(_, number, step)| (number, step))
            .collect();
        Ok(earlier)
    }
}
