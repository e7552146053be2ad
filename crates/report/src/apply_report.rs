//! What came of carrying out a plan, as a table.

use std::fmt::Write as _;

use tripod_provisioner::{ApplyReport, MailboxReport, MailboxState, Outcome, StepState};

use crate::columns;
use crate::words::{Sign, harmless};

/// One line per mailbox, then the failures with what the provider said, then the sum.
///
/// The width is the screen's, where there is one.
#[must_use]
pub fn apply_text(report: &ApplyReport, width: Option<usize>) -> String {
    let mut text = String::new();
    if !report.mailboxes.is_empty() {
        let row = |mailbox: &MailboxReport| {
            [
                harmless(&mailbox.tenant.to_string()),
                mailbox.mailbox.to_string(),
                steps(mailbox),
                mailbox.active_delegates.map_or_else(|| "-".to_owned(), |count| count.to_string()),
                result(mailbox).to_owned(),
            ]
        };
        let rows: Vec<_> = report.mailboxes.iter().map(row).collect();
        for line in columns(["tenant", "mailbox", "steps", "active", "result"], &rows, width) {
            let _ = writeln!(text, "{line}");
        }
    }
    for (mailbox, _, failure) in report.failures() {
        stopped(&mut text, &format!("{}: {}", mailbox.mailbox, failure.message));
    }
    for (mailbox, step, reason) in report.held_back() {
        stopped(&mut text, &format!("{}: «{}» is held back: {reason}", mailbox.mailbox, step.action.words()));
    }
    for (mailbox, active) in report.below_quorum() {
        let words = format!("{}: {active} of its delegates can act, {} are needed", mailbox.mailbox, report.quorum);
        stopped(&mut text, &words);
    }
    let sign = if report.outcome == Outcome::Done { Sign::Add } else { Sign::Stopped };
    let style = sign.style().bold();
    let _ = writeln!(text, "{style}{}{style:#}", sum(report));
    text
}

fn stopped(text: &mut String, words: &str) {
    let (words, style) = (harmless(words), Sign::Stopped.style());
    let _ = writeln!(text, "{style}! {words}{style:#}");
}

fn steps(mailbox: &MailboxReport) -> String {
    let is_done =
        |state: &StepState| matches!(state, StepState::AlreadySo | StepState::Confirmed | StepState::Unconfirmed);
    let done = mailbox.steps.iter().filter(|step| is_done(&step.state)).count();
    format!("{done}/{}", mailbox.steps.len())
}

fn result(mailbox: &MailboxReport) -> &'static str {
    match mailbox.state {
        MailboxState::Done => "done",
        MailboxState::Unconfirmed => "done, not yet confirmed",
        MailboxState::HeldBack => "held back in part",
        MailboxState::Failed => "failed",
    }
}

fn sum(report: &ApplyReport) -> String {
    let count = |state: MailboxState| report.mailboxes.iter().filter(|mailbox| mailbox.state == state).count();
    let all = report.mailboxes.len();
    let mut line = match all {
        0 => "nothing was to do".to_owned(),
        1 => format!("{} of 1 mailbox done", count(MailboxState::Done)),
        _ => format!("{} of {all} mailboxes done", count(MailboxState::Done)),
    };
    for (number, words) in [
        (count(MailboxState::Unconfirmed), "not yet confirmed"),
        (count(MailboxState::HeldBack), "held back in part"),
        (count(MailboxState::Failed), "failed"),
    ] {
        if number > 0 {
            let _ = write!(line, ", {number} {words}");
        }
    }
    line
}
