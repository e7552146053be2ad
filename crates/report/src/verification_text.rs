//! A verification for people: the picture of the mailboxes, then what is wrong, then what could not be checked.

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use tripod_verifier::{
    Accepted, DelegateStanding, Evidence, Finding, MailboxStanding, Severity, StandingState, UnknownCheck, Verification,
};

use crate::columns;
use crate::columns::wrapped;
use crate::reported::{counted, remark};
use crate::words::harmless;

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WATCH: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// The whole verification as text. The width is the screen's, where there is one. Colours are ANSI sequences; the text
/// reads the same without them.
#[must_use]
pub fn verification_text(verification: &Verification, width: Option<usize>) -> String {
    let mut text = standings(verification, width);
    for finding in &verification.findings {
        text.push('\n');
        text.push_str(&finding_lines(finding, width));
    }
    text.push_str(&unknown_text(&verification.unknown, width));
    for accepted in &verification.accepted {
        text.push('\n');
        text.push_str(&accepted_lines(accepted, width));
    }
    // Only counted: by default there are many, and the other forms list them.
    match verification.not_made.len() {
        0 => {}
        1 => {
            let _ = writeln!(text, "\n{DIM}1 check is off by the policy{DIM:#}");
        }
        n => {
            let _ = writeln!(text, "\n{DIM}{n} checks are off by the policy{DIM:#}");
        }
    }
    let inapplicable = verification.not_applicable.iter().map(|one| one.check).collect::<BTreeSet<_>>().len();
    if inapplicable > 0 {
        let checks = counted(inapplicable, "check does not apply", "checks do not apply");
        let _ = writeln!(text, "{DIM}{checks} to every mailbox; `--format json` says why{DIM:#}");
    }
    let _ = write!(text, "\n{}\n", summary(verification));
    text
}

/// What could not be found out and why. What one reason hides of several mailboxes of a tenant is said once.
#[must_use]
pub fn unknown_text(unknown: &[UnknownCheck], width: Option<usize>) -> String {
    let mut groups: Vec<Vec<&UnknownCheck>> = Vec::new();
    for one in unknown {
        let same = |group: &&mut Vec<&UnknownCheck>| {
            let UnknownCheck { tenant, what, reason, .. } = group[0];
            group[0].mailbox.is_some()
                && one.mailbox.is_some()
                && (tenant, what, reason) == (&one.tenant, &one.what, &one.reason)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let mut text = String::new();
    for group in groups {
        let first = group[0];
        let about = match group.len() {
            1 => first.about().to_owned(),
            count => format!("{count} mailboxes of {}", first.tenant),
        };
        let words = format!("{about}: could not find out {}", harmless(&first.what));
        let _ = writeln!(text, "\n{WATCH}? unknown{WATCH:#}  {}", wrapped(&words, 11, 4, width));
        let mut rows = vec![("because", first.reason.as_str())];
        if group.len() > 1 {
            rows.extend(group.iter().map(|one| ("mailbox", one.about())));
        }
        text.push_str(&aligned(&rows, width));
    }
    text
}

/// A table with a dot for each person who carries a mailbox.
fn standings(verification: &Verification, width: Option<usize>) -> String {
    let row = |mailbox: &MailboxStanding| {
        let stands_on = stands_on(mailbox, verification.quorum);
        [mailbox.address.to_string(), mailbox.kind.word().to_owned(), stands_on, people(mailbox)]
    };
    let rows: Vec<_> = verification.mailboxes.iter().map(row).collect();
    let mut text = String::new();
    // The colours come in afterwards, because a table counts their bytes as width.
    for (number, line) in columns(["mailbox", "kind", "stands on", "people"], &rows, width).into_iter().enumerate() {
        let style = match number.checked_sub(1).and_then(|row| verification.mailboxes.get(row)) {
            None => BOLD,
            Some(mailbox) if mailbox.state == StandingState::Unknown || mailbox.uncertain > 0 => WATCH,
            Some(mailbox) if mailbox.active < verification.quorum => BAD,
            Some(_) => GOOD,
        };
        let _ = writeln!(text, "{style}{line}{style:#}");
    }
    text
}

/// The picture: `●●● 3`, `●●○ 2`, with `?` for somebody who may or may not count.
fn stands_on(mailbox: &MailboxStanding, quorum: usize) -> String {
    match mailbox.state {
        StandingState::Missing => "- not there".to_owned(),
        StandingState::Unknown => "? unknown".to_owned(),
        StandingState::Present => {
            let lacking = quorum.saturating_sub(mailbox.active + mailbox.uncertain);
            let dots = "●".repeat(mailbox.active) + &"?".repeat(mailbox.uncertain) + &"○".repeat(lacking);
            format!("{dots} {}, needs {quorum}", mailbox.active)
        }
    }
}

/// The people by the name before the @, those who do not count with a mark.
fn people(mailbox: &MailboxStanding) -> String {
    let name = |delegate: &DelegateStanding| {
        let short = harmless(delegate.who.split('@').next().unwrap_or_default());
        remark(delegate).map_or_else(|| short.clone(), |remark| format!("{short} ({remark})"))
    };
    mailbox.delegates.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn finding_lines(finding: &Finding, width: Option<usize>) -> String {
    let style = if finding.severity >= Severity::High { BAD } else { WATCH };
    let severity = finding.severity.word();
    let mut text = format!("{style}✗ {severity}{style:#}  {}\n", titled(finding, severity.len() + 4, width));
    let place = finding.place.to_string();
    let mut rows = vec![("at", place.as_str())];
    rows.extend(finding.evidence.iter().map(|Evidence { name, value }| (name.as_str(), value.as_str())));
    rows.push(("do", &finding.remedy.sentence));
    rows.extend(finding.remedy.command.as_deref().map(|command| ("run", command)));
    if finding.remedy.patch.is_some() {
        rows.push(("write", ""));
    }
    text.push_str(&aligned(&rows, width));
    for line in finding.remedy.patch.iter().flat_map(|patch| patch.lines()) {
        let _ = writeln!(text, "    {}", harmless(line));
    }
    text
}

fn accepted_lines(accepted: &Accepted, width: Option<usize>) -> String {
    let Accepted { finding, who, why, until } = accepted;
    let mut text = format!("{DIM}·{DIM:#} accepted  {}\n", titled(finding, 12, width));
    text.push_str(&aligned(&[("by", &format!("{who} until {until}")), ("because", why)], width));
    text
}

/// What a finding says and which check says it, from column `start` on.
fn titled(finding: &Finding, start: usize, width: Option<usize>) -> String {
    let id = format!("[{}]", harmless(finding.id()));
    let words = wrapped(&format!("{}  {id}", harmless(&finding.message)), start, 4, width);
    words.strip_suffix(&id).map_or_else(|| words.clone(), |message| format!("{message}{DIM}{id}{DIM:#}"))
}

/// Lines of `name: value`, the values below each other. A name that is the one above it is not said again. A command to
/// run stays on one line, so that it can be copied.
fn aligned(rows: &[(&str, &str)], screen: Option<usize>) -> String {
    let names: Vec<String> = rows.iter().map(|(name, _)| harmless(name) + ":").collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (number, (name, (_, value))) in names.iter().zip(rows).enumerate() {
        let is_said = number.checked_sub(1).is_some_and(|above| names[above] == *name);
        let name = if is_said { "" } else { name };
        if value.is_empty() {
            let _ = writeln!(text, "  {DIM}{name}{DIM:#}");
        } else {
            let indent = width + 3;
            let value = wrapped(&harmless(value), indent, indent, screen.filter(|_| name != "run:"));
            let _ = writeln!(text, "  {DIM}{name:<width$}{DIM:#} {value}");
        }
    }
    text
}

/// One line that says how it stands in all.
#[must_use]
pub fn summary(verification: &Verification) -> String {
    let mailboxes = &verification.mailboxes;
    let sound = mailboxes.iter().filter(|mailbox| mailbox.active >= verification.quorum).count();
    let quorum = verification.quorum;
    let stand = match mailboxes.len() {
        1 => "1 mailbox stands".to_owned(),
        n => format!("{n} mailboxes stand"),
    };
    let carried = format!("{sound} of {stand} on {quorum} or more active people");
    if verification.is_clean() {
        return format!("{GOOD}{carried}; nothing is wrong{GOOD:#}");
    }
    let mut parts = vec![carried];
    match verification.findings.len() {
        0 => {}
        1 => parts.push("1 finding".to_owned()),
        n => parts.push(format!("{n} findings")),
    }
    match verification.accepted.len() {
        0 => {}
        n => parts.push(format!("{n} accepted")),
    }
    match verification.unknown.len() {
        0 => {}
        1 => parts.push("1 thing could not be checked".to_owned()),
        n => parts.push(format!("{n} things could not be checked")),
    }
    format!("{BAD}{}{BAD:#}", parts.join("; "))
}
