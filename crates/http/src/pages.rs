//! Lists that come in pages, and end.

use std::collections::HashSet;

use crate::limits::{MOST_ENTRIES, MOST_PAGES};

/// The pages of one list. A list whose next page was there before, or that goes on for too long, would never end.
#[derive(Debug)]
pub struct Pages {
    most: usize,
    seen: HashSet<String>,
    entries: usize,
}

impl Default for Pages {
    fn default() -> Self {
        Self::of_at_most(MOST_PAGES)
    }
}

/// Why a list does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Endless {
    /// The next page is one that was read before.
    #[error("its next page is one that was read before")]
    Again,
    /// There are too many pages.
    #[error("it has more than {0} pages")]
    Pages(usize),
    /// There are too many entries.
    #[error("it has more than {MOST_ENTRIES} entries")]
    Entries,
}

impl Pages {
    /// No page yet, and no more than so many.
    #[must_use]
    pub fn of_at_most(most: usize) -> Self {
        Self { most, seen: HashSet::new(), entries: 0 }
    }

    /// Notes a page with so many entries, behind which lies the one with this link or token. Where pages are asked for
    /// by number, what the page begins with is held against that of the earlier ones.
    pub fn after(&mut self, entries: usize, next: &str) -> Result<(), Endless> {
        self.entries += entries;
        if self.entries > MOST_ENTRIES {
            return Err(Endless::Entries);
        }
        if !self.seen.insert(next.to_owned()) {
            return Err(Endless::Again);
        }
        if self.seen.len() >= self.most { Err(Endless::Pages(self.most)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_was_read_before_ends_the_list() {
        let mut pages = Pages::default();
        assert_eq!(pages.after(2, "b"), Ok(()));
        assert_eq!(pages.after(2, "c"), Ok(()));
        assert_eq!(pages.after(2, "b"), Err(Endless::Again));
    }

    #[test]
    fn a_list_has_a_most_number_of_pages_and_of_entries() {
        let mut pages = Pages::default();
        let ended =
            (0..=MOST_PAGES).find_map(|number| pages.after(1, &number.to_string()).err().map(|end| (number, end)));
        assert_eq!(ended, Some((MOST_PAGES - 1, Endless::Pages(MOST_PAGES))));
        let mut pages = Pages::default();
        assert_eq!(pages.after(MOST_ENTRIES, "a"), Ok(()));
        assert_eq!(pages.after(1, "b"), Err(Endless::Entries));
    }
}
