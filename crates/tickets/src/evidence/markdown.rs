//! Evidence as Markdown for the ticket.

use std::fmt::Write as _;

use super::record::Evidence;
use crate::text::markdown;

/// Evidence in which nothing foreign is markup.
#[must_use]
pub fn evidence_markdown(evidence: &Evidence) -> String {
    let mut text = format!("## What was done: {}\n\n", markdown(&evidence.outcome));
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "- **{name}:** {}", markdown(value));
    };
    if let Some(ticket) = &evidence.ticket {
        row("Ticket", ticket);
    }
    if let Some(request) = &evidence.request {
        row("Mailbox", request.mailbox.as_str());
        row("Purpose", &request.purpose);
        row("Requester", request.requester.as_str());
    }
    row("Plan", evidence.plan.as_str());
    for approval in &evidence.approvals {
        row("Approved by", &format!("{}, {}", approval.by, approval.at));
    }
    row("Begun", &evidence.begun.to_string());
    row("Finished", &evidence.finished.to_string());
    if let Some(verification) = &evidence.verification {
        let findings = verification.findings.len();
        let what = match findings {
            0 => "nothing to say".to_owned(),
            1 => "1 finding".to_owned(),
            more => format!("{more} findings"),
        };
        let mailboxes = if verification.mailboxes == 1 { "mailbox" } else { "mailboxes" };
        row("Checked", &format!("{} {mailboxes} at {}: {what}", verification.mailboxes, verification.at));
    }
    if let Some(head) = &evidence.journal {
        row("Journal", &format!("entry {}, {}", head.number, head.hash));
    }
    text.push_str("\n| Step | Mailbox | What | State | When | Request id |\n|---|---|---|---|---|---|\n");
    for step in &evidence.steps {
        let when = step.settled.map(|time| time.to_string()).unwrap_or_default();
        let state = match &step.failure {
            Some(failure) => format!("{}: {failure}", step.state),
            None => step.state.clone(),
        };
        let cells = [
            step.mailbox.as_str(),
            &step.action.words(),
            &state,
            &when,
            step.request_id.as_deref().unwrap_or_default(),
        ];
        let cells: Vec<_> = cells.iter().map(|cell| markdown(cell)).collect();
        let _ = writeln!(text, "| {} | {} |", step.number, cells.join(" | "));
    }
    if let Some(verification) = evidence.verification.as_ref().filter(|summary| !summary.findings.is_empty()) {
        text.push_str("\n### Findings\n\n");
        for finding in &verification.findings {
            let _ = writeln!(text, "- {}", markdown(finding));
        }
    }
    text
}
