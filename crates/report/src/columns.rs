//! Columns and sentences that fit the width of a screen.

use std::fmt::Write as _;

use comfy_table::{Table, presets};

/// Rows under a header, in columns; an entry of the result is a row, the first is the header.
///
/// Where the screen is too narrow for all columns, the last ones stand below their row, each with its header and
/// broken between words. Without a width, as in a pipe, every row is one line.
#[must_use]
pub fn columns<const N: usize>(header: [&str; N], rows: &[[String; N]], width: Option<usize>) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    let beside = width.map_or(N, |width| {
        // A blank before each column and one after it.
        let ends = table.column_max_content_widths().into_iter().scan(0, |end, cell| {
            *end += usize::from(cell) + 2;
            Some(*end - 1)
        });
        ends.take_while(|end| *end <= width).count().max(1)
    });
    for column in table.column_iter_mut().skip(beside) {
        column.set_constraint(comfy_table::ColumnConstraint::Hidden);
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    let below = |row: &[String; N]| -> String {
        let cells = header.iter().zip(row).skip(beside).filter(|(_, cell)| !cell.is_empty());
        cells.fold(String::new(), |mut text, (header, cell)| {
            let label = if header.is_empty() { String::new() } else { format!("{header}: ") };
            let _ = write!(text, "\n    {}", wrapped(&format!("{label}{cell}"), 4, 6, width));
            text
        })
    };
    let mut below = std::iter::once(String::new()).chain(rows.iter().map(below));
    lines.map(|line| line + &below.next().unwrap_or_default()).collect()
}

/// A sentence that begins in column `start` and goes on in column `indent` of the lines after, broken between words. A
/// word that is longer than a line stays whole, so that it can be copied.
pub(crate) fn wrapped(sentence: &str, start: usize, indent: usize, width: Option<usize>) -> String {
    let Some(width) = width else { return sentence.to_owned() };
    let (mut text, mut column) = (String::new(), start);
    for word in sentence.split(' ') {
        let length = word.chars().count();
        if !text.is_empty() {
            if column + 1 + length > width {
                let _ = write!(text, "\n{:indent$}", "");
                column = indent;
            } else {
                text.push(' ');
                column += 1;
            }
        }
        text.push_str(word);
        column += length;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> [[String; 3]; 2] {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        [
            row(["backups", "●●● 3 of 3", "ada, bob, carol"]),
            row(["hr", "●●○ 2 of 3", "dora (account disabled), emil, fay"]),
        ]
    }

    #[test]
    fn a_row_is_one_line_where_there_is_room_or_no_screen() {
        let one = columns(["mailbox", "stands on", "people"], &rows(), None);
        assert_eq!(one[2], " hr       ●●○ 2 of 3  dora (account disabled), emil, fay");
        assert_eq!(columns(["mailbox", "stands on", "people"], &rows(), Some(57)), one);
    }

    #[test]
    fn what_does_not_fit_stands_below_its_row() {
        let narrow = columns(["mailbox", "stands on", "people"], &rows(), Some(34));
        assert_eq!(
            narrow,
            [
                " mailbox  stands on",
                " backups  ●●● 3 of 3\n    people: ada, bob, carol",
                " hr       ●●○ 2 of 3\n    people: dora (account\n      disabled), emil, fay",
            ]
        );
        let narrower = columns(["mailbox", "stands on", "people"], &rows(), Some(10));
        assert_eq!(
            narrower[1],
            " backups\n    stands\n      on:\n      ●●●\n      3 of\n      3\n    people:\n      ada,\n      bob,\n      carol"
        );
    }

    #[test]
    fn a_sentence_is_broken_between_words_and_a_long_word_stays_whole() {
        assert_eq!(wrapped("one two three", 0, 2, Some(7)), "one two\n  three");
        assert_eq!(wrapped("a https://example.com/x b", 0, 2, Some(9)), "a\n  https://example.com/x\n  b");
        assert_eq!(wrapped("one two three", 0, 2, None), "one two three");
    }
}
