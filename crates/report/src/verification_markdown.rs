//! A verification as Markdown, for tickets and pull requests.

use std::fmt::Write;

use tripod_verifier::{StandingState, Verification};

use crate::markdown::escape;

/// The whole verification as Markdown. Everything that comes from a tenant is escaped.
#[must_use]
pub fn verification_markdown(verification: &Verification) -> String {
    let mut text =
        "## Service mailboxes\n\n| mailbox | kind | active people | needed |\n|---|---|---|---|\n".to_owned();
    for mailbox in &verification.mailboxes {
        let active = match mailbox.state {
            StandingState::Present if mailbox.uncertain > 0 => {
                format!("{}, and {} unknown", mailbox.active, mailbox.uncertain)
            }
            StandingState::Present => mailbox.active.to_string(),
            StandingState::Missing => "not there".to_owned(),
            StandingState::Unknown => "unknown".to_owned(),
        };
        let address = escape(mailbox.address.as_str());
        let _ = writeln!(text, "| {address} | {} | {active} | {} |", mailbox.kind.word(), verification.quorum);
    }
    if !verification.findings.is_empty() {
        text.push_str("\n### Findings\n\n");
    }
    for finding in &verification.findings {
        let (message, remedy, place) =
            (escape(&finding.message), escape(&finding.remedy.sentence), escape(&finding.place.to_string()));
        let _ = writeln!(text, "- **{}** {message} (`{}`, {place}): {remedy}", finding.severity.word(), finding.check);
    }
    if !verification.unknown.is_empty() {
        text.push_str("\n### Could not be checked\n\n");
    }
    for unknown in &verification.unknown {
        let (mailbox, what, reason) = (escape(unknown.about()), escape(&unknown.what), escape(&unknown.reason));
        let _ = writeln!(text, "- {mailbox}: {what}: {reason}");
    }
    if verification.is_clean() {
        text.push_str("\nEvery check was made, and nothing is wrong.\n");
    }
    text
}
