//! A verification for people: the picture of the mailboxes, then what is wrong, then what could not be checked.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{Table, presets};
use tripod_verifier::{
    Accepted, DelegateStanding, Evidence, Finding, MailboxStanding, Severity, StandingState, Verification,
};

use crate::reported::remark;
use crate::words::harmless;

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WATCH: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// The whole verification as text. Colours are ANSI sequences; the text reads the same without them.
#[must_use]
pub fn verification_text(verification: &Verification) -> String {
    let mut text = standings(verification);
    for finding in &verification.findings {
        text.push('\n');
        text.push_str(&finding_lines(finding));
    }
    for unknown in &verification.unknown {
        let _ = write!(
            text,
            "\n{WATCH}? unknown{WATCH:#}  {}: could not find out {}\n  {DIM}because:{DIM:#} {}\n",
            unknown.about(),
            harmless(&unknown.what),
            harmless(&unknown.reason)
        );
    }
    for accepted in &verification.accepted {
        text.push('\n');
        text.push_str(&accepted_lines(accepted));
    }
    if !verification.not_made.is_empty() {
        let ids: Vec<&str> = verification.not_made.iter().map(|check| check.id()).collect();
        let _ = writeln!(text, "\n{DIM}not made:{DIM:#} {}", ids.join(", "));
    }
    let _ = write!(text, "\n{}\n", summary(verification));
    text
}

/// A table with a dot for each person who carries a mailbox.
fn standings(verification: &Verification) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["mailbox", "kind", "stands on", "people"]);
    for mailbox in &verification.mailboxes {
        let [address, kind] = [mailbox.address.as_str(), mailbox.kind.word()];
        table.add_row([address, kind, &stands_on(mailbox, verification.quorum), &people(mailbox)]);
    }
    let mut text = String::new();
    // The colours come in afterwards, because a table counts their bytes as width.
    for (number, line) in table.lines().enumerate() {
        let line = line.trim_end();
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
            format!("{dots} {} of {quorum}", mailbox.active)
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

fn finding_lines(finding: &Finding) -> String {
    let style = if finding.severity >= Severity::High { BAD } else { WATCH };
    let mut text = format!(
        "{style}✗ {}{style:#}  {}  {DIM}[{}]{DIM:#}\n  {DIM}at:{DIM:#} {}\n",
        finding.severity.word(),
        harmless(&finding.message),
        harmless(finding.id()),
        harmless(&finding.place.to_string())
    );
    for Evidence { name, value } in &finding.evidence {
        let _ = writeln!(text, "  {DIM}{}:{DIM:#} {}", harmless(name), harmless(value));
    }
    let _ = writeln!(text, "  {DIM}do:{DIM:#} {}", harmless(&finding.remedy.sentence));
    if let Some(command) = &finding.remedy.command {
        let _ = writeln!(text, "  {DIM}run:{DIM:#} {}", harmless(command));
    }
    if let Some(patch) = &finding.remedy.patch {
        let _ = writeln!(text, "  {DIM}write:{DIM:#}");
        for line in patch.lines() {
            let _ = writeln!(text, "    {}", harmless(line));
        }
    }
    text
}

fn accepted_lines(accepted: &Accepted) -> String {
    let Accepted { finding, who, why, until } = accepted;
    format!(
        "{DIM}·{DIM:#} accepted  {}  {DIM}[{}]{DIM:#}\n  {DIM}by:{DIM:#} {} until {until}\n  {DIM}because:{DIM:#} {}\n",
        harmless(&finding.message),
        harmless(finding.id()),
        harmless(who),
        harmless(why)
    )
}

/// One line that says how it stands in all.
#[must_use]
pub fn summary(verification: &Verification) -> String {
    let mailboxes = &verification.mailboxes;
    let sound = mailboxes.iter().filter(|mailbox| mailbox.active >= verification.quorum).count();
    let quorum = verification.quorum;
    let carried = format!("{sound} of {} mailboxes stand on {quorum} or more active people", mailboxes.len());
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
