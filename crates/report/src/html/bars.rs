//! The chart of mailboxes by number of active delegates.

use tripod_verifier::Verification;

use crate::reported::{Position, counted, position};

/// The height of a row, the left edge of the bars and their greatest length, in units of the drawing.
const ROW: usize = 46;
const LEFT: usize = 200;
const LENGTH: usize = 220;

/// A bar with its words.
pub(crate) struct Bar {
    pub(crate) label: String,
    /// What the number means, in words, so that the colour says nothing alone.
    pub(crate) meaning: &'static str,
    pub(crate) count: usize,
    /// The class that gives the colour.
    pub(crate) class: &'static str,
    pub(crate) y: usize,
    pub(crate) text_y: usize,
    pub(crate) width: usize,
    pub(crate) count_x: usize,
}

/// The chart.
pub(crate) struct Bars {
    pub(crate) rows: Vec<Bar>,
    pub(crate) height: usize,
    /// What it shows, for those who do not see it.
    pub(crate) description: String,
}

/// A bar for each number of people from none to the most that there is, and one for what could not be judged.
pub(crate) fn bars(verification: &Verification) -> Bars {
    let quorum = verification.quorum;
    // Beyond this, one more person makes no difference to the picture.
    let most = quorum + 3;
    let mut counts = vec![0_usize; most + 1];
    let (mut open, mut retired) = (0, 0);
    for mailbox in &verification.mailboxes {
        match position(verification, mailbox) {
            Position::Open => open += 1,
            Position::Retired => retired += 1,
            Position::Sound | Position::TooFew => {
                if let Some(count) = counts.get_mut(mailbox.active.min(most)) {
                    *count += 1;
                }
            }
        }
    }
    let highest = counts.iter().rposition(|count| *count > 0).unwrap_or_default().max(quorum + 1);
    counts.truncate(highest + 1);
    let mut rows: Vec<(String, &'static str, &'static str, usize)> = counts
        .iter()
        .enumerate()
        .map(|(people, count)| {
            let label = match people {
                0 => "nobody".to_owned(),
                1 => "1 person".to_owned(),
                _ if people == most => format!("{people} people or more"),
                _ => format!("{people} people"),
            };
            let (meaning, class) = match people {
                _ if people < quorum => ("too few", "bad"),
                _ if people == quorum => ("just enough", "edge"),
                _ => ("enough", "good"),
            };
            (label, meaning, class, *count)
        })
        .collect();
    if open > 0 {
        rows.push(("not known".to_owned(), "to look at", "open", open));
    }
    if retired > 0 {
        rows.push(("to be retired".to_owned(), "needs none", "open", retired));
    }
    let largest = rows.iter().map(|(.., count)| *count).max().unwrap_or_default().max(1);
    let bars: Vec<Bar> = rows
        .into_iter()
        .enumerate()
        .map(|(number, (label, meaning, class, count))| {
            let width = count * LENGTH / largest;
            let y = number * ROW + 4;
            Bar { label, meaning, count, class, y, text_y: y + 21, width, count_x: LEFT + width + 8 }
        })
        .collect();
    let description = bars
        .iter()
        .filter(|bar| bar.count > 0)
        .map(|bar| format!("{}: {} ({})", bar.label, counted(bar.count, "mailbox", "mailboxes"), bar.meaning))
        .collect::<Vec<_>>()
        .join("; ");
    Bars { height: bars.len() * ROW + 4, rows: bars, description }
}
