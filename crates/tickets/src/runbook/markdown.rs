//! A runbook as Markdown with check boxes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{CONSOLES, Command, Runbook, Standing};
use crate::text::{fenced, markdown, message};

/// The runbook in which nothing foreign is markup; the boxes of steps that are done are ticked.
#[must_use]
pub fn runbook_markdown(runbook: &Runbook, standings: &BTreeMap<u32, Standing>) -> String {
    let mut text = format!(
        "# Runbook of plan {}\n\nDigest: `{}`\\\nMade: {}\n\n",
        runbook.digest.short(),
        runbook.digest,
        runbook.made
    );
    for refusal in &runbook.refusals {
        let _ = writeln!(text, "> **Do not carry this out:** {}\n", message(refusal));
    }
    let _ = writeln!(
        text,
        "Do the steps in this order, and stop at the first that fails: first everything that adds, then everything that removes, so that no mailbox falls below {} active people. For each step use the console or the commands, not both.\n",
        runbook.quorum
    );
    if !runbook.preparation.is_empty() {
        text.push_str("## Before you begin\n\n");
        commands(&mut text, &runbook.preparation);
    }
    text.push_str("## Steps\n\n");
    for (index, task) in runbook.tasks.iter().enumerate() {
        if runbook.is_first_that_breaks(index) {
            let _ = writeln!(
                text,
                "> **Stop here** unless every box above is ticked. From here on access ends; every mailbox has to have {} active people first.\n",
                runbook.quorum
            );
        }
        let standing = standings.get(&task.step.number);
        let tick = if standing == Some(&Standing::Done) { 'x' } else { ' ' };
        let (number, mailbox) = (task.step.number, markdown(task.step.mailbox.as_str()));
        let _ = writeln!(text, "- [{tick}] **Step {number}, {mailbox}:** {}\n", markdown(&task.step.action.words()));
        if let Some(Standing::Unknown(reason)) = standing {
            let _ = writeln!(text, "Whether it is done cannot be told: {}\n", message(reason));
        }
        if !task.clicks.is_empty() {
            text.push_str("In the console:\n\n");
            for (place, click) in (1..).zip(&task.clicks) {
                let _ = writeln!(text, "{place}. {}", with_links(&markdown(click)));
            }
            text.push('\n');
        }
        if !task.commands.is_empty() {
            text.push_str("Or by command:\n\n");
            commands(&mut text, &task.commands);
        }
        if !task.back.is_empty() {
            text.push_str("To undo:\n\n");
            commands(&mut text, &task.back);
        }
        if let Some(note) = &task.note {
            let _ = writeln!(text, "Note: {}\n", message(note));
        }
    }
    text
}

fn commands(text: &mut String, commands: &[Command]) {
    for command in commands {
        let _ = writeln!(text, "{}", command.tool.name());
        let _ = writeln!(
            text,
            "\n{}\nExpect: {}\n",
            fenced(command.tool.language(), &command.text),
            message(&command.expected)
        );
    }
}

/// The consoles that a person is sent to stay links.
fn with_links(text: &str) -> String {
    CONSOLES.iter().fold(text.to_owned(), |text, console| text.replace(&markdown(console), console))
}
