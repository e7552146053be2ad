//! A plan as Markdown, for a comment on a pull request.

use std::fmt::Write as _;

use tripod_provisioner::Planned;

use crate::markdown::escape;
use crate::words::{Sign, by_tenant, step_words, summary_with_rest};

/// A plan and what is not planned, as Markdown in which nothing foreign is markup.
#[must_use]
pub fn plan_markdown(planned: &Planned) -> String {
    let Planned { plan, report } = planned;
    let mut text = format!("## Plan `{}`\n\n**{}**\n", plan.digest().short(), escape(&summary_with_rest(planned)));
    for refusal in &report.refusals {
        let _ = writeln!(text, "\n> **Refused:** {}", escape(&refusal.to_string()));
    }
    for (tenant, mailboxes) in by_tenant(planned) {
        let _ = writeln!(text, "\n### {}\n", escape(&tenant.to_string()));
        for (address, entry) in mailboxes {
            let title = entry.title();
            let title = if title.is_empty() { title } else { format!(" {}", escape(&title)) };
            let _ = writeln!(text, "- `{}` **{}**{title}", entry.sign().character(), escape(address.as_str()));
            for step in &entry.steps {
                if let Some(words) = step_words(&step.action) {
                    let _ = writeln!(text, "  - `{}` {}", Sign::of(&step.action).character(), escape(&words));
                }
            }
            for reason in &entry.not_planned {
                let _ = writeln!(text, "  - `!` {}", escape(&reason.reason.sentence()));
            }
        }
    }
    if !report.warnings.is_empty() {
        text.push_str("\n### Warnings\n\n");
        for warning in &report.warnings {
            let _ = writeln!(text, "- {}; {}", escape(&warning.message), escape(&warning.remedy));
        }
    }
    let _ = writeln!(text, "\nDigest: `{}`", plan.digest());
    text
}
