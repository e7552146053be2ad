//! A verification as Markdown, for tickets and pull requests.

use std::fmt::Write;

use tripod_verifier::{Accepted, Finding, StandingState, Verification};

use crate::markdown::{block, escape};
use crate::reported::{counted, headline};

/// The whole verification as Markdown. Everything that comes from a tenant is escaped.
#[must_use]
pub fn verification_markdown(verification: &Verification) -> String {
    let mut text = format!(
        "## Service mailboxes\n\n**{}.**\n\n| mailbox | kind | active people | needed |\n|---|---|---|---|\n",
        headline(verification)
    );
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
        text.push_str(&of_finding(finding));
    }
    if !verification.unknown.is_empty() {
        text.push_str("\n### Could not be checked\n\n");
    }
    for unknown in &verification.unknown {
        let (mailbox, what, reason) = (escape(unknown.about()), escape(&unknown.what), escape(&unknown.reason));
        let _ = writeln!(text, "- {mailbox}: {what}: {reason}");
    }
    if !verification.accepted.is_empty() {
        text.push_str("\n### Accepted for a time\n\n");
    }
    for Accepted { finding, who, why, until } in &verification.accepted {
        let (message, id, who, why) = (escape(&finding.message), escape(finding.id()), escape(who), escape(why));
        let _ = writeln!(text, "- {message} ({id}): {who} accepts it until {until}: {why}");
    }
    if !verification.not_made.is_empty() {
        let ids: Vec<String> = verification.not_made.iter().map(|check| format!("`{check}`")).collect();
        let _ = writeln!(text, "\n### Checks that were not made\n\n{}", ids.join(", "));
    }
    if !verification.not_applicable.is_empty() {
        text.push_str("\n### Checks that do not apply\n\n");
    }
    for one in &verification.not_applicable {
        let mailboxes = counted(one.mailboxes.len(), "mailbox", "mailboxes");
        let _ = writeln!(text, "- `{}` ({mailboxes}): {}", one.check, escape(&one.reason));
    }
    if verification.is_clean() {
        // What the policy has off and what does not apply was not made, and is listed above.
        let every = if verification.not_made.is_empty() && verification.not_applicable.is_empty() {
            "Every check"
        } else {
            "Every other check"
        };
        let _ = writeln!(text, "\n{every} was made, and nothing is wrong.");
    }
    text
}

fn of_finding(finding: &Finding) -> String {
    let (message, remedy) = (escape(&finding.message), escape(&finding.remedy.sentence));
    let (place, id) = (escape(&finding.place.to_string()), escape(finding.id()));
    let mut text = format!("- **{}** {message} ({id}, {place}): {remedy}\n", finding.severity.word());
    for evidence in &finding.evidence {
        let _ = writeln!(text, "  - {}: {}", escape(&evidence.name), escape(&evidence.value));
    }
    if let Some(command) = &finding.remedy.command {
        let _ = write!(text, "\n{}", block("  ", "sh", command));
    }
    if let Some(patch) = &finding.remedy.patch {
        let _ = write!(text, "\n{}", block("  ", "yaml", patch));
    }
    text
}
