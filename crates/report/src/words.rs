//! What the forms share: signs, counting words, and making foreign text harmless.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use tripod_model::{Address, TenantName};
use tripod_provisioner::{Action, NotPlanned, Planned, Reason, Step, Summary, Waiting};

/// What a line says, by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Add,
    Remove,
    Change,
    Stopped,
}

impl Sign {
    pub(crate) fn of(action: &Action) -> Self {
        match action {
            Action::Create { .. } | Action::Grant { .. } => Self::Add,
            Action::Mark | Action::Rename { .. } | Action::Configure { .. } => Self::Change,
            Action::Revoke { .. } | Action::Retire => Self::Remove,
        }
    }

    pub(crate) fn character(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Remove => "-",
            Self::Change => "~",
            Self::Stopped => "!",
        }
    }

    pub(crate) fn style(self) -> Style {
        let colour = match self {
            Self::Add => AnsiColor::Green,
            Self::Remove => AnsiColor::Red,
            Self::Change => AnsiColor::Yellow,
            Self::Stopped => AnsiColor::Magenta,
        };
        Style::new().fg_color(Some(colour.into()))
    }
}

/// One mailbox of a plan: its steps in order, and what is not planned for it.
#[derive(Default)]
pub(crate) struct Entry<'a> {
    pub(crate) steps: Vec<&'a Step>,
    pub(crate) not_planned: Vec<&'a NotPlanned>,
}

/// A plan by tenant and mailbox.
pub(crate) fn by_tenant(planned: &Planned) -> BTreeMap<&TenantName, BTreeMap<&Address, Entry<'_>>> {
    let mut tenants: BTreeMap<_, BTreeMap<_, Entry<'_>>> = BTreeMap::new();
    for step in planned.plan.steps() {
        tenants.entry(&step.tenant).or_default().entry(&step.mailbox).or_default().steps.push(step);
    }
    for entry in &planned.report.not_planned {
        tenants.entry(&entry.tenant).or_default().entry(&entry.mailbox).or_default().not_planned.push(entry);
    }
    tenants
}

impl Entry<'_> {
    /// The sign of the mailbox itself.
    pub(crate) fn sign(&self) -> Sign {
        let of_mailbox = |step: &&&Step| matches!(step.action, Action::Create { .. } | Action::Retire);
        match self.steps.iter().find(of_mailbox) {
            Some(step) => Sign::of(&step.action),
            None if self.steps.is_empty() && self.only_waits_for_retirement() => Sign::Change,
            None if self.steps.is_empty() => Sign::Stopped,
            None => Sign::Change,
        }
    }

    fn only_waits_for_retirement(&self) -> bool {
        self.not_planned.iter().all(|entry| matches!(entry.reason, Reason::WaitingOn(Waiting::Retirement { .. })))
    }

    /// Whether nothing is planned for this mailbox nor the other, for the same reasons.
    pub(crate) fn is_stopped_as(&self, other: &Self) -> bool {
        let reasons = |entry: &Self| -> Vec<_> { entry.not_planned.iter().map(|one| one.reason.sentence()).collect() };
        self.steps.is_empty() && other.steps.is_empty() && reasons(self) == reasons(other)
    }

    /// What is said of the mailbox beside its address.
    pub(crate) fn title(&self) -> String {
        let title = self.steps.iter().find_map(|step| match &step.action {
            Action::Create { kind, name, .. } => Some(format!("{}, «{name}»", kind.word())),
            Action::Retire => Some("is deleted".to_owned()),
            _ => None,
        });
        title.unwrap_or_default()
    }
}

/// What a step's line says; nothing where the mailbox's own line says it already.
pub(crate) fn step_words(action: &Action) -> Option<String> {
    match action {
        Action::Create { .. } | Action::Retire => None,
        Action::Grant { person } => Some(person.address.to_string()),
        Action::Revoke { principal } => Some(principal.label().to_owned()),
        Action::Mark => Some("the account is taken over".to_owned()),
        Action::Rename { from, to } => Some(format!("renamed from «{from}» to «{to}»")),
        Action::Configure { .. } => Some(action.words()),
    }
}

/// A plan's numbers in one line: «5 to create, 17 grants».
#[must_use]
pub fn summary_line(summary: &Summary) -> String {
    let mut parts = Vec::new();
    let mut add = |count: usize, one: &str, many: &str| {
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    };
    add(summary.creates, "to create", "to create");
    add(summary.grants, "grant", "grants");
    add(summary.revokes, "removal", "removals");
    add(summary.changes, "change", "changes");
    add(summary.retires, "to delete", "to delete");
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

/// The summary, with the number of mailboxes for which something is not planned.
pub(crate) fn summary_with_rest(planned: &Planned) -> String {
    let stopped: std::collections::BTreeSet<_> = planned.report.blocking().map(|entry| &entry.mailbox).collect();
    // «Nothing to do» is said only where everything could be looked at.
    let mut line = match planned.plan.summary() {
        summary if summary == Summary::default() && !stopped.is_empty() => "nothing planned".to_owned(),
        summary => summary_line(&summary),
    };
    match stopped.len() {
        0 => {}
        1 => line.push_str("; 1 mailbox cannot be planned in full"),
        count => {
            let _ = write!(line, "; {count} mailboxes cannot be planned in full");
        }
    }
    line
}

/// A text without anything that could steer a terminal: control characters and those that change the direction or
/// cannot be seen are written out as `\u{…}`.
pub(crate) fn harmless(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\u{202e}c\n"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}");
        assert_eq!(harmless("Rechnungen «Süd»"), "Rechnungen «Süd»");
    }

    #[test]
    fn the_summary_counts_only_what_there_is() {
        let summary = Summary { creates: 5, grants: 17, revokes: 1, ..Summary::default() };
        assert_eq!(summary_line(&summary), "5 to create, 17 grants, 1 removal");
        assert_eq!(summary_line(&Summary::default()), "nothing to do");
    }
}
