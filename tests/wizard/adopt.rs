//! An app that hangs on a person is moved to a mailbox.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;
use tripod_sandbox::Description;

use super::terminal::Terminal;
use super::{Case, QUESTIONS, Seeded, answer, choose, files, tripod};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/two-tenants");

const DOWN: &str = "\x1b[B";

static TWO_TENANTS: LazyLock<Seeded> = LazyLock::new(|| {
    let bytes = fs::read(Path::new(EXAMPLE).join("sandbox.yaml")).unwrap();
    Seeded::new(Description::read("sandbox.yaml", &bytes).unwrap())
});

/// The example with its stand-in tenants.
fn two_tenants() -> TempDir {
    let folder = TWO_TENANTS.folder();
    for place in ["", "mailboxes", "policies"] {
        fs::create_dir_all(folder.path().join(place)).unwrap();
        for entry in fs::read_dir(Path::new(EXAMPLE).join(place)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && !path.ends_with("sandbox.yaml") {
                fs::copy(&path, folder.path().join(place).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    folder
}

fn adopt(folder: &Path) -> Terminal {
    Terminal::start(folder, &["wizard", "--adopt", "--sandbox"], (40, 120), &[])
}

/// Presses keys at a list that is open, and takes the line with a text.
fn take(terminal: &mut Terminal, prompt: &str, keys: &str, text: &str) {
    terminal.wait_for(prompt, |screen| {
        let has = |begin: &str| screen.lines().any(|line| line.starts_with(begin));
        has(&format!("? {prompt}")) && has("❯")
    });
    terminal.press(keys);
    terminal.wait_for(&format!("{text} highlighted"), |screen| {
        screen.lines().any(|line| line.starts_with('❯') && line.contains(text))
    });
    terminal.press("\r");
}

fn revoke(folder: &Path, person: &str, app: &str) {
    let set = tripod(folder, &["sandbox", "set", person, "without-app", app]);
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
}

#[test]
fn an_app_of_a_person_at_google_is_moved_and_a_second_run_goes_on() {
    let folder = two_tenants();
    let mut first = adopt(folder.path());
    take(&mut first, "Which app is to hang on a mailbox?", &DOWN.repeat(5), "Xero hangs on david.mensah");
    take(&mut first, "Which mailbox takes it over?", "", "invoices@juniper.example");
    first.wait("In Xero: invite invoices@juniper.example");
    first.wait("myaccount.google.com");
    take(&mut first, "When that is done", "", "Check now");
    first.wait_for("both looks", |screen| screen.matches("still there:").count() == 2);
    take(&mut first, "When that is done", DOWN, "Stop here");
    assert_eq!(first.end(), 7, "{}", first.contents());
    assert!(files(folder.path()).contains_key(".tripod/sandbox/adopt.json"));

    let mut second = adopt(folder.path());
    take(&mut second, "A move is under way.", "", "Go on with Xero of david.mensah");
    second.wait("still there:");
    second.wait("Stop here");
    revoke(folder.path(), "david.mensah@juniper.example", "Xero");
    // Google tells of it later.
    assert!(tripod(folder.path(), &["sandbox", "wait", "6h"]).status.success());
    take(&mut second, "When that is done", "", "Check now");
    second.wait("Xero hangs on david.mensah@juniper.example no more");
    assert_eq!(second.end(), 0, "{}", second.contents());
    assert!(second.is_cursor_visible() && second.echoes());
    assert!(!files(folder.path()).contains_key(".tripod/sandbox/adopt.json"));
}

#[test]
fn an_app_of_a_person_at_microsoft_gets_a_mailbox_of_its_own() {
    let case = Case { provider: 1, kind: 0 };
    let people: Vec<_> = case.departments(&TWO_TENANTS.people).into_values().flatten().take(3).collect();
    let folder = two_tenants();
    let mut terminal = adopt(folder.path());
    take(&mut terminal, "Which app is to hang on a mailbox?", &DOWN.repeat(4), "Slack hangs on grace.odhiambo");
    take(&mut terminal, "Which mailbox takes it over?", "\x1b[A", "a new mailbox");
    // Which app and which tenant is known already.
    for question in 2..QUESTIONS.len() {
        answer(&mut terminal, question, case, &people);
    }
    terminal.wait("In Slack: invite slack@northwind.example");
    terminal.wait("myapps.microsoft.com");
    terminal.wait("When that is done");
    terminal.kill();

    // The move is kept, and so is the mailbox.
    let look = || tripod(folder.path(), &["wizard", "--adopt", "--sandbox", "--no-input"]);
    let said = look();
    assert_eq!(said.status.code(), Some(7), "{}", String::from_utf8_lossy(&said.stderr));
    revoke(folder.path(), "grace.odhiambo@northwind.example", "Slack");
    let said = look();
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(0), "{text}");
    assert!(text.contains("Slack hangs on grace.odhiambo@northwind.example no more"), "{text}");
    assert!(text.contains("it still hangs on liam.gallagher@northwind.example"), "{text}");
    assert!(files(folder.path()).contains_key("mailboxes/slack.yaml"));
}

#[test]
fn ctrl_c_while_an_app_is_chosen_leaves_nothing_behind() {
    let folder = two_tenants();
    let before = files(folder.path());
    let mut terminal = adopt(folder.path());
    terminal.wait("Which app is to hang on a mailbox?");
    choose(&mut terminal, "HubSpot hangs on anton.bakker", 0);
    terminal.wait("Which mailbox takes it over?");
    terminal.press("\x03");
    assert_eq!(terminal.end(), 130, "{}", terminal.contents());
    assert!(terminal.is_cursor_visible() && terminal.echoes());
    assert_eq!(files(folder.path()), before);
}
