//! A runbook as one HTML page that needs nothing else: no script, no picture, nothing from anywhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Command, Runbook, Standing};
use crate::text::html;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}\
pre{background:#f4f4f4;padding:.75rem;overflow-x:auto;white-space:pre-wrap}li.step{margin:2rem 0;list-style:none}\
.stop{border-left:.3rem solid #b00020;padding:.5rem 1rem;background:#fdecee}label{font-weight:600}\
@media print{pre{border:1px solid #999}}";

/// The runbook; the boxes of steps that are done are ticked.
#[must_use]
pub fn runbook_html(runbook: &Runbook, standings: &BTreeMap<u32, Standing>) -> String {
    let digest = runbook.digest.as_str();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Runbook of plan {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Runbook of plan {}</h1>\n<p>Digest: <code>{digest}</code><br>Made: {}</p>\n",
        runbook.digest.short(),
        runbook.digest.short(),
        runbook.made
    );
    for refusal in &runbook.refusals {
        let _ = writeln!(page, "<p class=\"stop\"><strong>Do not carry this out:</strong> {}</p>", html(refusal));
    }
    let _ = writeln!(
        page,
        "<p>Do the steps in this order, and stop at the first that fails: what makes comes before what breaks, so that no mailbox falls below {} active people. For each step use the console or the commands, not both.</p>",
        runbook.quorum
    );
    if !runbook.preparation.is_empty() {
        page.push_str("<h2>Before you begin</h2>\n");
        commands(&mut page, &runbook.preparation);
    }
    page.push_str("<h2>Steps</h2>\n<ul>\n");
    for (index, task) in runbook.tasks.iter().enumerate() {
        page.push_str("<li class=\"step\">\n");
        if runbook.is_first_that_breaks(index) {
            let _ = writeln!(
                page,
                "<p class=\"stop\"><strong>Stop here</strong> unless every box above is ticked. From here on access ends; every mailbox has to have {} active people first.</p>",
                runbook.quorum
            );
        }
        let standing = standings.get(&task.step.number);
        let ticked = if standing == Some(&Standing::Done) { " checked" } else { "" };
        let number = task.step.number;
        let _ = writeln!(
            page,
            "<label for=\"step-{number}\"><input type=\"checkbox\" id=\"step-{number}\"{ticked}> Step {number}, {}: {}</label>",
            html(task.step.mailbox.as_str()),
            html(&task.step.action.words())
        );
        if let Some(Standing::Unknown(reason)) = standing {
            let _ = writeln!(page, "<p>Whether it is done cannot be told: {}</p>", html(reason));
        }
        if !task.clicks.is_empty() {
            page.push_str("<p>In the console:</p>\n<ol>\n");
            for click in &task.clicks {
                let _ = writeln!(page, "<li>{}</li>", html(click));
            }
            page.push_str("</ol>\n");
        }
        for (title, list) in [("Or by command:", &task.commands), ("The way back:", &task.back)] {
            if !list.is_empty() {
                let _ = writeln!(page, "<p>{title}</p>");
                commands(&mut page, list);
            }
        }
        if let Some(note) = &task.note {
            let _ = writeln!(page, "<p>Note: {}</p>", html(note));
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n</body>\n</html>\n");
    page
}

fn commands(page: &mut String, commands: &[Command]) {
    for command in commands {
        let _ = writeln!(
            page,
            "<p>{}</p>\n<pre><code>{}</code></pre>\n<p>Expect: {}</p>",
            command.tool.name(),
            html(&command.text),
            html(&command.expected)
        );
    }
}
