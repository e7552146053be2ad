//! The hash chain that makes a change to the journal show.
//!
//! Every write to the journal appends an entry with the row as it is afterwards. Its hash is the SHA-256 of the hash
//! before it, as 64 hexadecimal digits, followed by the entry's canonical JSON. Whoever changes or removes an entry has
//! to write every later hash anew, and the last one then differs from what earlier evidence names.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The hash that the first entry follows.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry of the chain as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// What was written, as canonical JSON that holds the number.
    pub entry: String,
    /// The hash of the entry before, or [`START`].
    pub previous: String,
    /// The hash of this one.
    pub hash: String,
}

/// The end of a chain. What it names outside the journal shows whether entries were cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Head {
    /// The number of the last entry; 0 of an empty chain.
    pub number: i64,
    /// Its hash, or [`START`].
    pub hash: String,
}

impl Head {
    /// The end of an empty chain.
    #[must_use]
    pub fn start() -> Self {
        Self { number: 0, hash: START.to_owned() }
    }
}

/// Something that somebody did to the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Break {
    /// An entry is not what its hash was taken over, or does not follow the one before.
    Changed {
        /// Its number.
        number: i64,
    },
    /// Entries are missing between others.
    Missing {
        /// The first of them.
        from: i64,
        /// The last of them.
        to: i64,
    },
    /// The chain ends before an entry that is known to have been there.
    CutOff {
        /// The last entry that is there.
        last: i64,
        /// The entry that is known.
        known: i64,
    },
    /// A row of a table is not what the chain says of it.
    Row {
        /// The table.
        table: String,
        /// Which row, as JSON.
        key: String,
        /// What came of it.
        what: RowBreak,
    },
}

/// What came of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowBreak {
    /// Its values differ.
    Changed,
    /// It is gone.
    Missing,
    /// No entry speaks of it.
    Added,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { number } => write!(f, "entry {number} was changed after it was written"),
            Self::Missing { from, to } if from == to => write!(f, "entry {from} is missing"),
            Self::Missing { from, to } => write!(f, "the entries {from} to {to} are missing"),
            Self::CutOff { last, known } => write!(f, "the journal ends with entry {last}, and had {known}"),
            Self::Row { table, key, what } => match what {
                RowBreak::Changed => write!(f, "the row {key} of `{table}` was changed past the journal"),
                RowBreak::Missing => write!(f, "the row {key} of `{table}` was removed past the journal"),
                RowBreak::Added => write!(f, "the row {key} of `{table}` was added past the journal"),
            },
        }
    }
}

/// The hash of an entry that follows another.
#[must_use]
pub fn entry_hash(previous: &str, entry: &str) -> String {
    let hash = Sha256::new().chain_update(previous.as_bytes()).chain_update(entry.as_bytes()).finalize();
    let mut hex = String::with_capacity(64);
    for byte in hash {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The entry that follows a chain's end.
#[must_use]
pub fn follow(head: &Head, entry: String) -> Link {
    let hash = entry_hash(&head.hash, &entry);
    Link { number: head.number + 1, entry, previous: head.hash.clone(), hash }
}

/// Everything that is wrong with a chain, whose entries come in the order of their numbers, and where it ends.
///
/// `known` is the end of the chain at an earlier time, from evidence; an entry of that number has to be there with that
/// hash.
pub fn check(links: impl IntoIterator<Item = Link>, known: Option<&Head>) -> (Vec<Break>, Head) {
    let mut breaks = Vec::new();
    let mut head = Head::start();
    for link in links {
        let in_step = link.number == head.number + 1;
        if link.number > head.number + 1 {
            breaks.push(Break::Missing { from: head.number + 1, to: link.number - 1 });
        }
        let spoken_for = number_in(&link.entry) == Some(link.number);
        let follows = !in_step || link.previous == head.hash;
        let known_differs = known.is_some_and(|known| known.number == link.number && known.hash != link.hash);
        if !spoken_for || !follows || known_differs || entry_hash(&link.previous, &link.entry) != link.hash {
            breaks.push(Break::Changed { number: link.number });
        }
        head = Head { number: link.number, hash: link.hash };
    }
    if let Some(known) = known.filter(|known| known.number > head.number) {
        breaks.push(Break::CutOff { last: head.number, known: known.number });
    }
    (breaks, head)
}

/// The number that an entry gives itself, so that a copy of it elsewhere in the chain shows.
fn number_in(entry: &str) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(entry).ok()?.get("number")?.as_i64()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chain(length: i64) -> Vec<Link> {
        let mut head = Head::start();
        let mut links = Vec::new();
        for number in 1..=length {
            let link = follow(&head, format!(r#"{{"number":{number},"what":"x"}}"#));
            head = Head { number, hash: link.hash.clone() };
            links.push(link);
        }
        links
    }

    #[test]
    fn a_chain_that_nobody_touched_is_whole() {
        let links = chain(5);
        let last = Head { number: 5, hash: links[4].hash.clone() };
        assert_eq!(check(links, Some(&last)), (Vec::new(), last));
        assert_eq!(check([], None), (Vec::new(), Head::start()));
    }

    #[test]
    fn the_hash_is_what_sha256sum_gives() {
        // printf '%064d{"number":1}' 0 | sha256sum
        assert_eq!(
            entry_hash(START, r#"{"number":1}"#),
            "71954ae62f8018da104c86cc9b478bbbcae873cc3063f62aea6b4d1083aab8c4"
        );
    }

    #[test]
    fn a_missing_end_shows_where_it_is_known() {
        let mut links = chain(5);
        let last = Head { number: 5, hash: links[4].hash.clone() };
        links.truncate(3);
        assert_eq!(check(links.clone(), None).0, []);
        assert_eq!(check(links, Some(&last)).0, [Break::CutOff { last: 3, known: 5 }]);
    }

    #[test]
    fn a_chain_written_anew_differs_from_what_is_known_of_it() {
        let known = Head { number: 2, hash: "f".repeat(64) };
        assert_eq!(check(chain(3), Some(&known)).0, [Break::Changed { number: 2 }]);
    }

    proptest! {
        #[test]
        fn a_changed_entry_is_found(length in 1_i64..8, at in 0_usize..8, flip in 0_usize..20) {
            let mut links = chain(length);
            let at = at % links.len();
            let mut bytes = links[at].entry.clone().into_bytes();
            let flip = flip % bytes.len();
            bytes[flip] ^= 1;
            links[at].entry = String::from_utf8_lossy(&bytes).into_owned();
            let number = links[at].number;
            let found = check(links, None).0.contains(&Break::Changed { number });
            prop_assert!(found);
        }

        #[test]
        fn a_removed_entry_is_found(length in 2_i64..8, at in 0_usize..8) {
            let mut links = chain(length);
            let at = at % (links.len() - 1);
            let number = links.remove(at).number;
            prop_assert_eq!(check(links, None).0, [Break::Missing { from: number, to: number }]);
        }

        #[test]
        fn two_entries_that_change_places_are_found(length in 2_i64..8, at in 0_usize..8) {
            let mut links = chain(length);
            let at = at % (links.len() - 1);
            let (one, other) = (links[at].number, links[at + 1].number);
            links.swap(at, at + 1);
            links[at].number = one;
            links[at + 1].number = other;
            prop_assert!(!check(links, None).0.is_empty());
        }
    }
}
