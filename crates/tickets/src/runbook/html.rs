//! A runbook as one HTML page that needs nothing else: no script, no picture, nothing from anywhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{CONSOLES, Command, Runbook, Standing};
use crate::text::html;

const STYLE: &str = ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--code:#f4f4f4;--stop:#fdecee;--edge:#b00020;--link:#0b57d0}\
@media(prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#161616;--code:#262626;--stop:#3a1418;--edge:#ff8a94;--link:#8ab4f8}}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}\
main{max-width:60rem;margin:2rem auto;padding:0 1rem}a{color:var(--link)}\
pre{background:var(--code);padding:.75rem;white-space:pre-wrap;overflow-wrap:anywhere}section.step{margin:2rem 0}h3{margin-bottom:.25rem}\
.stop{border-left:.3rem solid var(--edge);padding:.5rem 1rem;background:var(--stop)}label{font-weight:600}\
@media print{pre{border:1px solid #999}nav{display:none}section.step{break-inside:avoid}}";

/// The runbook; the boxes of steps that are done are ticked.
#[must_use]
pub fn runbook_html(runbook: &Runbook, standings: &BTreeMap<u32, Standing>) -> String {
    let digest = runbook.digest.as_str();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Runbook of plan {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
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
        "<p>Do the steps in this order, and stop at the first that fails: first everything that adds, then everything that removes, so that no mailbox falls below {} active people. For each step use the console or the commands, not both.</p>",
        runbook.quorum
    );
    contents(&mut page, runbook);
    if !runbook.preparation.is_empty() {
        page.push_str("<h2 id=\"before\">Before you begin</h2>\n");
        commands(&mut page, &runbook.preparation);
    }
    page.push_str("<h2 id=\"steps\">Steps</h2>\n");
    for (index, task) in runbook.tasks.iter().enumerate() {
        page.push_str("<section class=\"step\">\n");
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
            "<h3 id=\"s{number}\">Step {number}: {}</h3>\n<p><label for=\"step-{number}\"><input type=\"checkbox\" id=\"step-{number}\"{ticked}> {}</label></p>",
            html(task.step.mailbox.as_str()),
            html(&task.step.action.words())
        );
        if let Some(Standing::Unknown(reason)) = standing {
            let _ = writeln!(page, "<p>Whether it is done cannot be told: {}</p>", html(reason));
        }
        if !task.clicks.is_empty() {
            page.push_str("<p>In the console:</p>\n<ol>\n");
            for click in &task.clicks {
                let _ = writeln!(page, "<li>{}</li>", with_links(&html(click)));
            }
            page.push_str("</ol>\n");
        }
        for (title, list) in [("Or by command:", &task.commands), ("To undo:", &task.back)] {
            if !list.is_empty() {
                let _ = writeln!(page, "<p>{title}</p>");
                commands(&mut page, list);
            }
        }
        if let Some(note) = &task.note {
            let _ = writeln!(page, "<p>Note: {}</p>", html(note));
        }
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Where each step is; a page of some hundred steps is long.
fn contents(page: &mut String, runbook: &Runbook) {
    page.push_str("<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ul>\n");
    if !runbook.preparation.is_empty() {
        page.push_str("<li><a href=\"#before\">Before you begin</a></li>\n");
    }
    for task in &runbook.tasks {
        let number = task.step.number;
        let (mailbox, what) = (html(task.step.mailbox.as_str()), html(&task.step.action.words()));
        let _ = writeln!(page, "<li><a href=\"#s{number}\">Step {number}: {mailbox}, {what}</a></li>");
    }
    page.push_str("</ul>\n</nav>\n");
}

/// The consoles that a person is sent to are links. One of them begins as no other does, so that each is found once.
fn with_links(text: &str) -> String {
    let link = |text: String, console: &&str| text.replace(*console, &format!("<a href=\"{console}\">{console}</a>"));
    CONSOLES.iter().fold(text.to_owned(), link)
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
