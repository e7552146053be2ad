//! The prompt that searches the directory as one types, and picks one person after the other.
//!
//! dialoguer's own search goes through every entry and draws on every key, and cannot show an entry that must not be
//! picked. This one draws at most a screenful, however many people there are.

use std::fmt::Write;

use dialoguer::console::{Key, measure_text_width, style, truncate_str};
use tripod_model::Address;
use tripod_tenant::Person;

use super::ask::{Ask, failed};
use super::people::{Directory, stand_together};
use crate::exit::CommandError;

/// No more rows than this, so that the eye finds a name.
const MOST_ROWS: usize = 8;
/// Lines around the rows: heading, people picked, warning, how many more, complaint, the input.
const OTHER_LINES: usize = 7;

/// What is being picked.
pub(crate) struct Picking<'a> {
    /// Whom there is to pick.
    pub directory: &'a Directory,
    /// How many there have to be.
    pub quorum: usize,
    /// What they are picked for.
    pub mailbox: &'a str,
}

/// A row that can be highlighted.
#[derive(Clone, Copy)]
enum Row {
    Done,
    Person(usize),
}

impl Picking<'_> {
    /// Lets the person at the keyboard pick until they say that it is done. `keep` is told after every change.
    pub(crate) fn run(
        &self,
        ask: &Ask,
        picked: &mut Vec<Address>,
        keep: &mut dyn FnMut(&[Address]) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        if ask.is_plain() { self.line_by_line(ask, picked, keep) } else { self.on_screen(ask, picked, keep) }
    }

    fn on_screen(
        &self,
        ask: &Ask,
        picked: &mut Vec<Address>,
        keep: &mut dyn FnMut(&[Address]) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let term = ask.term();
        let (mut query, mut at, mut complaint) = (String::new(), 0_usize, String::new());
        loop {
            let (height, width) = term.size();
            let (height, width) = (usize::from(height), usize::from(width).max(20));
            let limit = MOST_ROWS.min(height.saturating_sub(OTHER_LINES)).max(2);
            let found = self.directory.search(&query, limit);
            let is_enough = picked.len() >= self.quorum;
            let mut rows: Vec<Row> = Vec::new();
            if is_enough && query.is_empty() {
                rows.push(Row::Done);
            }
            rows.extend(found.best.iter().copied().map(Row::Person));
            rows.truncate(limit);
            at = at.min(rows.len().saturating_sub(1));

            let mut lines = vec![style(self.heading(picked)).for_stderr().bold().to_string()];
            lines.extend(self.notes(picked));
            for (position, row) in rows.iter().enumerate() {
                let text = self.row(*row, picked, position == at);
                lines.push(text);
            }
            if found.total == 0 {
                lines.push(format!("  nobody has `{query}` in name, address or department"));
            } else if found.total > found.best.len() {
                lines.push(format!("  … {} more; type more of the name", found.total - found.best.len()));
            }
            if !complaint.is_empty() {
                lines.push(style(complaint.as_str()).for_stderr().red().to_string());
            }
            for line in &lines {
                term.write_line(&truncate_str(line, width - 1, "…"))?;
            }
            let hint =
                if query.is_empty() { "  type a name or a department; Enter picks, Backspace takes back" } else { "" };
            let hint = truncate_str(hint, width.saturating_sub(10), "…").into_owned();
            term.write_str(&format!("Search: {}{}", query, style(&hint).for_stderr().dim()))?;
            term.move_cursor_left(measure_text_width(&hint))?;
            term.flush()?;

            let key = term.read_key();
            term.clear_line()?;
            term.clear_last_lines(lines.len())?;
            complaint.clear();
            match key.map_err(failed)? {
                Key::ArrowUp | Key::BackTab => at = at.checked_sub(1).unwrap_or(rows.len().saturating_sub(1)),
                Key::ArrowDown | Key::Tab => at = if at + 1 < rows.len() { at + 1 } else { 0 },
                Key::Backspace => {
                    if query.pop().is_none() && picked.pop().is_some() {
                        keep(picked)?;
                    }
                    at = 0;
                }
                Key::Char(c) if !c.is_control() => {
                    if measure_text_width(&query) + 12 < width {
                        query.push(c);
                    }
                    at = 0;
                }
                Key::Enter => match rows.get(at) {
                    Some(Row::Done) => {
                        term.write_line(&format!("Picked: {}", self.names(picked)))?;
                        return Ok(());
                    }
                    Some(Row::Person(position)) => {
                        match self.pick(*position, picked) {
                            Ok(()) => keep(picked)?,
                            Err(why) => complaint = why,
                        }
                        (query, at) = (String::new(), 0);
                    }
                    None => {}
                },
                _ => {}
            }
        }
    }

    fn line_by_line(
        &self,
        ask: &Ask,
        picked: &mut Vec<Address>,
        keep: &mut dyn FnMut(&[Address]) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let term = ask.term();
        let mut shown: Vec<usize> = Vec::new();
        loop {
            term.write_line(&self.heading(picked))?;
            for note in self.notes(picked) {
                term.write_line(&note)?;
            }
            let is_enough = picked.len() >= self.quorum;
            let how = if is_enough { "Name or number, empty when done: " } else { "Name or number: " };
            let line = ask.line(how)?;
            if line.is_empty() && is_enough {
                return Ok(());
            }
            let number = line.parse::<usize>().ok().and_then(|number| shown.get(number.wrapping_sub(1)).copied());
            if let Some(position) = number {
                match self.pick(position, picked) {
                    Ok(()) => keep(picked)?,
                    Err(why) => term.write_line(&why)?,
                }
                shown.clear();
                continue;
            }
            let found = self.directory.search(&line, MOST_ROWS);
            for (number, position) in found.best.iter().enumerate() {
                term.write_line(&format!("  {}  {}", number + 1, self.person(*position, picked)))?;
            }
            if found.total == 0 {
                term.write_line(&format!("nobody has `{line}` in name, address or department"))?;
            } else if found.total > found.best.len() {
                term.write_line(&format!("  {} more; type more of the name", found.total - found.best.len()))?;
            }
            shown = found.best;
        }
    }

    /// Picks somebody, or says why they cannot be picked.
    fn pick(&self, position: usize, picked: &mut Vec<Address>) -> Result<(), String> {
        let Some(entry) = self.directory.entry(position) else { return Ok(()) };
        if let Some(why) = &entry.inactive {
            return Err(format!("{} cannot be picked: {why}", entry.person.name));
        }
        if picked.contains(&entry.person.address) {
            return Err(format!("{} is picked already", entry.person.name));
        }
        picked.push(entry.person.address.clone());
        Ok(())
    }

    fn heading(&self, picked: &[Address]) -> String {
        format!("Who looks after {}? {} picked, at least {}", self.mailbox, picked.len(), self.quorum)
    }

    /// Who was picked, and the warning if they stand together.
    fn notes(&self, picked: &[Address]) -> Vec<String> {
        let mut notes = Vec::new();
        if !picked.is_empty() {
            notes.push(format!("  picked: {}", self.names(picked)));
        }
        let people: Vec<&Person> =
            picked.iter().filter_map(|address| self.directory.find(address)).map(|entry| &entry.person).collect();
        if let Some(warning) = stand_together(&people, self.quorum) {
            notes.push(style(format!("  warning: {warning}")).for_stderr().yellow().to_string());
        }
        notes
    }

    fn names(&self, picked: &[Address]) -> String {
        let name = |address: &Address| {
            self.directory.find(address).map_or_else(|| address.to_string(), |entry| entry.person.name.clone())
        };
        picked.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    fn row(&self, row: Row, picked: &[Address], is_highlighted: bool) -> String {
        let (text, is_inactive) = match row {
            Row::Done => (format!("Done: these {}", picked.len()), false),
            Row::Person(position) => {
                let inactive = self.directory.entry(position).is_some_and(|entry| entry.inactive.is_some());
                (self.person(position, picked), inactive)
            }
        };
        match (is_highlighted, is_inactive) {
            (true, _) => style(format!("> {text}")).for_stderr().cyan().to_string(),
            (false, true) => style(format!("  {text}")).for_stderr().dim().to_string(),
            (false, false) => format!("  {text}"),
        }
    }

    fn person(&self, position: usize, picked: &[Address]) -> String {
        let Some(entry) = self.directory.entry(position) else { return String::new() };
        let person = &entry.person;
        // What matters most stands first, because a narrow screen cuts the end off.
        let mut text = person.name.clone();
        if self.directory.is_me(position) {
            text.push_str(" (you)");
        }
        if picked.contains(&person.address) {
            text.push_str(" [picked]");
        }
        if let Some(why) = &entry.inactive {
            let _ = write!(text, " [{why}]");
        } else if let Some(leaves) = person.leaves {
            let _ = write!(text, " [leaves {}]", jiff::tz::TimeZone::UTC.to_datetime(leaves).date());
        }
        let _ = write!(text, "  {}", person.address);
        if let Some(department) = &person.department {
            let _ = write!(text, "  {department}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use tripod_tenant::PersonId;

    use super::*;

    #[test]
    fn a_day_on_which_somebody_leaves_stands_beside_the_name() {
        let person = |name: &str, leaves: Option<&str>| Person {
            id: PersonId(name.to_owned()),
            address: format!("{name}@x.test").parse().expect("an address"),
            aliases: Vec::new(),
            name: name.to_owned(),
            activity: tripod_tenant::Activity::Active,
            delegation: tripod_tenant::Observed::Absent,
            leaves: leaves.map(|day| day.parse().expect("a moment")),
            last_sign_in: None,
            department: Some("IT".to_owned()),
            manager: None,
        };
        let people = vec![
            person("ann", None),
            person("ben", Some("2026-12-14T08:00:00Z")),
            person("cleo", Some("2026-11-01T08:00:00Z")),
        ];
        let directory = Directory::new(people, "2026-11-23T09:00:00Z".parse().expect("a moment"), None);
        let picking = Picking { directory: &directory, quorum: 3, mailbox: "box@x.test" };
        let rows: Vec<String> = (0..3).map(|position| picking.person(position, &[])).collect();
        let expected = [
            "ann  ann@x.test  IT",
            "ben [leaves 2026-12-14]  ben@x.test  IT",
            "cleo [left on 2026-11-01, 08:00 UTC]  cleo@x.test  IT",
        ];
        assert_eq!(rows, expected);
    }
}
