//! A plan as text for a terminal. The signs carry the meaning; the colours only repeat it.

use std::fmt::Write as _;

use anstyle::Style;
use tripod_provisioner::Planned;

use crate::columns::wrapped;
use crate::words::{Sign, by_tenant, harmless, step_words, summary_with_rest};

/// A plan and what is not planned, grouped by tenant and mailbox, with the numbers in the last line.
///
/// The width is the screen's, where there is one. Colours are ANSI sequences, for the caller to strip where they are not wanted. `+` is added, `-` is removed, `~` is changed, `!` is not planned, with the reason.
#[must_use]
pub fn plan_text(planned: &Planned, width: Option<usize>) -> String {
    let bold = Style::new().bold();
    let report = &planned.report;
    let mut text = String::new();
    let mut lines = Vec::new();
    for (tenant, mailboxes) in by_tenant(planned) {
        lines.push(Line::Heading(tenant.to_string()));
        let mut mailboxes = mailboxes.into_iter().peekable();
        while let Some((address, entry)) = mailboxes.next() {
            let title = entry.title();
            let words = if title.is_empty() { address.to_string() } else { format!("{address}  {title}") };
            lines.push(Line::Of(2, entry.sign(), words));
            for step in &entry.steps {
                lines.extend(step_words(&step.action).map(|words| Line::Of(6, Sign::of(&step.action), words)));
            }
            // What stops one mailbox after the other, e.g. a tenant that cannot be reached, is said once below them.
            if mailboxes.peek().is_some_and(|(_, next)| entry.is_stopped_as(next)) {
                continue;
            }
            for reason in &entry.not_planned {
                lines.push(Line::Of(6, Sign::Stopped, reason.reason.sentence()));
            }
        }
        lines.push(Line::Gap);
    }
    for warning in &report.warnings {
        lines.push(Line::Of(0, Sign::Stopped, format!("{}; {}", warning.message, warning.remedy)));
    }
    for refusal in &report.refusals {
        lines.push(Line::Of(0, Sign::Stopped, refusal.to_string()));
    }
    for line in lines {
        match line {
            Line::Heading(words) => {
                let _ = writeln!(text, "{bold}{}{bold:#}", harmless(&words));
            }
            Line::Of(indent, sign, words) => {
                let (style, sign) = (sign.style(), sign.character());
                let words = wrapped(&harmless(&words), indent + 2, indent + 4, width);
                let _ = writeln!(text, "{:indent$}{style}{sign} {words}{style:#}", "");
            }
            Line::Gap => text.push('\n'),
        }
    }
    let _ = writeln!(text, "{bold}{}{bold:#}", summary_with_rest(planned));
    text
}

enum Line {
    Heading(String),
    Of(usize, Sign, String),
    Gap,
}
