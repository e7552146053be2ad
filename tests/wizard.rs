//! The wizard as a person meets it: driven in a pseudo-terminal, and judged by what stands on its screen.
//!
//! Nothing here waits for a time to pass: a key is pressed when what it answers can be read.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "wizard/adopt.rs"]
mod adopt;
#[path = "wizard/asked.rs"]
mod asked;
#[path = "wizard/browser.rs"]
mod browser;
#[path = "example.rs"]
mod example;
#[path = "wizard/flags.rs"]
mod flags;
#[path = "wizard/other_commands.rs"]
mod other_commands;
#[path = "wizard/picked.rs"]
mod picked;
#[path = "wizard/signing_in.rs"]
mod signing_in;
#[path = "wizard/terminal.rs"]
mod terminal;
#[path = "wizard/unusual.rs"]
mod unusual;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use std::sync::LazyLock;

use tempfile::TempDir;
use terminal::Terminal;
use tripod_model::Provider;
use tripod_sandbox::description::PersonDescription;
use tripod_sandbox::{Description, Standing, TenantDescription, World, seed_at};

/// Stand-in tenants as they are at the start, made once for all tests.
struct Seeded {
    state: Vec<u8>,
    people: Vec<PersonDescription>,
}

static FORTY: LazyLock<Seeded> =
    LazyLock::new(|| Seeded::new(seed_at(40, 1, &[Provider::GoogleWorkspace, Provider::Microsoft365])));

impl Seeded {
    fn new(description: Description) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("sandbox.db");
        drop(World::open(&state, Some(&description)).unwrap());
        // On whose behalf the directory is read should not leave in the middle of a test.
        let others = |tenant: TenantDescription| {
            let admin = tenant.admin;
            tenant.people.into_iter().filter(move |person| admin.as_ref() != Some(&person.address))
        };
        let mut people: Vec<_> = description.tenants.into_values().flat_map(others).collect();
        people.sort_by(|a, b| a.address.cmp(&b.address));
        Self { state: fs::read(&state).unwrap(), people }
    }

    /// A folder with nothing but these stand-in tenants.
    fn folder(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".tripod")).unwrap();
        fs::write(folder.path().join(".tripod/sandbox.db"), &self.state).unwrap();
        folder
    }
}

/// A folder with nothing but stand-in tenants of forty people.
fn folder() -> TempDir {
    FORTY.folder()
}

fn tripod(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.args(words).current_dir(folder).env("HOME", folder).env_remove("EMAIL").env_remove("TRIPOD_WIRE_LOG");
    command.output().unwrap()
}

/// What the answers are in one run: the provider's and the kind's place in their lists, and three to search for.
#[derive(Clone, Copy)]
struct Case {
    provider: usize,
    kind: usize,
}

impl Case {
    const GOOGLE: Self = Self { provider: 0, kind: 0 };

    fn word(self) -> &'static str {
        ["google-workspace", "microsoft-365"][self.provider]
    }

    fn kind_word(self) -> &'static str {
        ["shared-mailbox", "group-inbox"][self.kind]
    }

    fn domain(self) -> &'static str {
        ["juniper.example", "northwind.example"][self.provider]
    }

    /// One active person of every department.
    fn people(self) -> Vec<Active> {
        let departments = self.departments(&FORTY.people);
        departments.into_values().filter_map(|people| people.into_iter().next()).collect()
    }

    /// The active people by department.
    fn departments(self, everybody: &[PersonDescription]) -> BTreeMap<String, Vec<Active>> {
        let mut departments: BTreeMap<String, Vec<Active>> = BTreeMap::new();
        for person in everybody {
            // Whoever leaves soon can be picked too, but is not what these tests are about.
            let is_fit = person.standing == Standing::Active && person.leaves.is_none();
            if let Some(department) =
                person.department.clone().filter(|_| is_fit && person.address.domain() == self.domain())
            {
                let active = Active { name: person.name.clone(), address: person.address.to_string() };
                departments.entry(department).or_default().push(active);
            }
        }
        departments
    }
}

/// Somebody who can be picked.
#[derive(Clone, Debug)]
struct Active {
    name: String,
    address: String,
}

/// What is on the screen when a question is open, in the order in which the questions come.
const QUESTIONS: [&str; 8] = [
    "Who runs your mail?",
    "Which SaaS app",
    "Name of the mailbox",
    "What is it for?",
    "Address of the mailbox",
    "What is it made of?",
    "Who looks after",
    "Go ahead?",
];

/// Answers one question.
fn answer(terminal: &mut Terminal, question: usize, case: Case, people: &[Active]) {
    terminal.wait(QUESTIONS[question]);
    match question {
        0 => choose(terminal, "Microsoft 365", case.provider),
        1 => {
            terminal.type_after("›", "Figma");
            terminal.press("\r");
        }
        5 => choose(terminal, "group-inbox:", case.kind),
        6 => pick(terminal, &people[..3]),
        _ => terminal.press("\r"),
    }
}

/// Goes down a list by so many and takes what is there.
fn choose(terminal: &mut Terminal, last: &str, steps: usize) {
    terminal.wait(last);
    for _ in 0..steps {
        terminal.press("\x1b[B");
        terminal.wait_for(&format!("{last} highlighted"), |screen| {
            screen.lines().any(|line| line.contains(last) && (line.starts_with('❯') || line.starts_with('>')))
        });
    }
    terminal.press("\r");
}

/// Picks these people and says that it is done.
fn pick(terminal: &mut Terminal, people: &[Active]) {
    for person in people {
        // An address, unlike a name, is nobody else's; what stands before the @ is quick to type.
        let local = person.address.split('@').next().unwrap();
        terminal.type_after("Search: ", local);
        terminal.press("\r");
        terminal.wait_for(&format!("{} picked", person.name), |screen| {
            screen.contains("Search:")
                && !screen.contains(&format!("Search: {local}"))
                && screen.lines().any(|line| line.contains("picked: ") && line.contains(person.name.as_str()))
        });
    }
    terminal.wait(&format!("Done: these {}", people.len()));
    terminal.press("\r");
    terminal.wait("Picked:");
}

fn start(folder: &Path, size: (u16, u16), environment: &[(&str, &str)]) -> Terminal {
    Terminal::start(folder, &["wizard", "--sandbox"], size, environment)
}

/// Every file that a person would see, with its content.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for place in ["", "mailboxes", "policies", ".tripod", ".tripod/sandbox"] {
        let Ok(entries) = fs::read_dir(folder.join(place)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            // The stand-ins' state and the journal are the program's own.
            if path.is_file() && !name.contains(".db") && !name.ends_with("lock") {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn assert_finished(folder: &Path) {
    let names: Vec<String> = files(folder).into_keys().collect();
    let names: Vec<_> = names.iter().filter(|name| *name != "sandbox.yaml").collect();
    assert_eq!(names, [".gitignore", "mailboxes/figma.yaml", "policies/baseline.yaml", "tripod.yaml"]);
    let verified = tripod(folder, &["verify", "--sandbox"]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    let planned = tripod(folder, &["plan", "--sandbox", "--detailed-exitcode"]);
    assert_eq!(planned.status.code(), Some(0), "{}", String::from_utf8_lossy(&planned.stdout));
}

fn from_nothing_to_verified(provider: usize, kind: usize, size: (u16, u16)) {
    let case = Case { provider, kind };
    // The wizard makes the same stand-in tenants as these tests do.
    let folder = tempfile::tempdir().unwrap();
    let people = case.people();
    let mut terminal = start(folder.path(), size, &[]);
    for question in 0..QUESTIONS.len() {
        answer(&mut terminal, question, case, &people);
    }
    terminal.wait("figma.yaml.");
    assert_eq!(terminal.end(), 0, "{}", terminal.contents());
    assert!(terminal.is_cursor_visible() && terminal.echoes());
    assert!(terminal.contents().contains("answers.yaml"), "{}", terminal.contents());
    assert_finished(folder.path());
}

#[test]
fn google_shared_mailbox_on_a_small_screen() {
    from_nothing_to_verified(0, 0, (24, 80));
}

#[test]
fn google_group_inbox_on_a_small_screen() {
    from_nothing_to_verified(0, 1, (24, 80));
}

#[test]
fn microsoft_shared_mailbox_on_a_small_screen() {
    from_nothing_to_verified(1, 0, (24, 80));
}

#[test]
fn microsoft_group_inbox_on_a_small_screen() {
    from_nothing_to_verified(1, 1, (24, 80));
}

#[test]
fn both_providers_and_both_kinds_on_a_large_screen() {
    for (provider, kind) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        from_nothing_to_verified(provider, kind, (40, 120));
    }
}

#[test]
fn the_same_answers_from_a_file_give_the_same_bytes() {
    for (provider, kind) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let case = Case { provider, kind };
        let asked = tempfile::tempdir().unwrap();
        let people = case.people();
        let mut terminal = start(asked.path(), (24, 80), &[]);
        for question in 0..QUESTIONS.len() {
            answer(&mut terminal, question, case, &people);
        }
        assert_eq!(terminal.end(), 0);

        let told = tempfile::tempdir().unwrap();
        let delegates: Vec<&str> = people[..3].iter().map(|person| person.address.as_str()).collect();
        let answers = format!(
            "provider: {}\napp: Figma\nname: Figma\npurpose: Owns our Figma account\naddress: figma@{}\nkind: {}\n\
             delegates: [{}]\napply: true\n",
            case.word(),
            case.domain(),
            case.kind_word(),
            delegates.join(", ")
        );
        let elsewhere = tempfile::tempdir().unwrap();
        let file = elsewhere.path().join("answers.yaml");
        fs::write(&file, answers).unwrap();
        let file = file.to_string_lossy().into_owned();
        let run = tripod(told.path(), &["wizard", "--sandbox", "--no-input", "--answers", &file]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        assert_eq!(files(told.path()), files(asked.path()));
    }
}

#[test]
fn without_anybody_to_ask_every_answer_that_lacks_is_named() {
    let folder = folder();
    fs::write(folder.path().join("answers.yaml"), "provider: google-workspace\napp: Figma\n").unwrap();
    let run = tripod(folder.path(), &["wizard", "--sandbox", "--no-input", "--answers", "answers.yaml"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(64), "{said}");
    assert!(said.contains("name, purpose, address, kind, delegates, apply"), "{said}");
    fs::write(folder.path().join("answers.yaml"), "provder: google-workspace\n").unwrap();
    let run = tripod(folder.path(), &["wizard", "--sandbox", "--no-input", "--answers", "answers.yaml"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(65), "{said}");
    assert!(said.contains("did you mean `provider`?"), "{said}");
}

/// Stops at one question, in one way, and finishes in a second run.
fn stopped_at(question: usize, stop: impl FnOnce(&mut Terminal)) {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut first = start(folder.path(), (24, 80), &[]);
    for before in 0..question {
        answer(&mut first, before, Case::GOOGLE, &people);
    }
    first.wait(QUESTIONS[question]);
    if question == 6 {
        first.type_after("Search: ", "abc");
    }
    stop(&mut first);
    assert!(first.is_cursor_visible(), "at {}", QUESTIONS[question]);
    let left: Vec<String> = files(folder.path()).into_keys().collect();
    assert!(left.iter().all(|name| name == ".tripod/wizard.json"), "at {}: {left:?}", QUESTIONS[question]);

    let mut second = start(folder.path(), (24, 80), &[]);
    if question > 0 {
        second.wait("Go on from there");
        second.press("\r");
    }
    for after in question..QUESTIONS.len() {
        answer(&mut second, after, Case::GOOGLE, &people);
    }
    assert_eq!(second.end(), 0, "{}", second.contents());
    assert_finished(folder.path());
}

#[test]
fn ctrl_c_at_any_question_leaves_the_terminal_sane_and_nothing_half_done() {
    for (question, asked) in QUESTIONS.iter().enumerate() {
        stopped_at(question, |terminal| {
            terminal.press("\x03");
            assert_eq!(terminal.end(), 130, "at {asked}: {}", terminal.contents());
            assert!(terminal.is_cursor_visible(), "at {asked}");
            assert!(terminal.echoes(), "at {asked}");
            assert!(terminal.contents().contains("run the wizard again to go on from here"), "{}", terminal.contents());
        });
    }
}

#[test]
fn kill_at_any_question_leaves_nothing_half_done() {
    for question in 0..QUESTIONS.len() {
        stopped_at(question, Terminal::kill);
    }
}

#[test]
fn a_run_that_was_killed_while_it_changed_the_tenant_is_finished_by_the_next() {
    for text in ["written tripod.yaml", "0/4", "/4"] {
        let folder = folder();
        let people = Case::GOOGLE.people();
        let mut first = start(folder.path(), (24, 80), &[]);
        for question in 0..QUESTIONS.len() {
            answer(&mut first, question, Case::GOOGLE, &people);
        }
        first.wait(text);
        first.kill();
        assert!(first.is_cursor_visible(), "at {text}");
        if files(folder.path()).contains_key(".tripod/wizard.json") {
            let mut second = start(folder.path(), (24, 80), &[]);
            second.wait("Go on from there");
            second.press("\r");
            answer(&mut second, 7, Case::GOOGLE, &people);
            assert_eq!(second.end(), 0, "{}", second.contents());
        }
        assert_finished(folder.path());
    }
}

#[test]
fn somebody_who_leaves_before_the_plan_is_carried_out_is_replaced() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut terminal = start(folder.path(), (40, 120), &[]);
    for question in 0..7 {
        answer(&mut terminal, question, Case::GOOGLE, &people);
    }
    terminal.wait(QUESTIONS[7]);
    let left = tripod(folder.path(), &["sandbox", "leave", &people[1].address]);
    assert!(left.status.success(), "{}", String::from_utf8_lossy(&left.stderr));
    terminal.press("\r");
    terminal.wait(&format!("{} cannot be a delegate: account suspended", people[1].address));
    terminal.wait("2 picked, at least 3");
    assert!(!files(folder.path()).contains_key("tripod.yaml"));

    // Who left is shown as such and cannot be picked again.
    let local = people[1].address.split('@').next().unwrap();
    terminal.type_after("Search: ", local);
    terminal.wait("[account suspended]");
    terminal.press("\r");
    terminal.wait(&format!("{} cannot be picked: account suspended", people[1].name));
    pick_one_more(&mut terminal, &people[3]);
    // The first «Go ahead?» still stands there, answered; only the open one has options.
    terminal.wait("Stop; the answers are kept");
    terminal.press("\r");
    assert_eq!(terminal.end(), 0, "{}", terminal.contents());
    assert_finished(folder.path());
    let manifest = String::from_utf8(files(folder.path())["mailboxes/figma.yaml"].clone()).unwrap();
    assert!(manifest.contains(&people[3].address) && !manifest.contains(&people[1].address), "{manifest}");
}

fn pick_one_more(terminal: &mut Terminal, person: &Active) {
    terminal.type_after("Search: ", person.address.split('@').next().unwrap());
    terminal.press("\r");
    terminal.wait("Done: these 3");
    terminal.press("\r");
}

#[test]
fn a_workspace_that_is_there_is_extended_and_nothing_of_it_is_touched() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut first = start(folder.path(), (24, 80), &[]);
    for question in 0..QUESTIONS.len() {
        answer(&mut first, question, Case::GOOGLE, &people);
    }
    assert_eq!(first.end(), 0);
    let before = files(folder.path());

    // The same app once more: another address is offered, for the first one is taken.
    let mut second = start(folder.path(), (24, 80), &[]);
    for question in 1..QUESTIONS.len() {
        if question == 4 {
            second.wait("figma-account@juniper.example");
        }
        answer(&mut second, question, Case { provider: 0, kind: 1 }, &people);
    }
    assert_eq!(second.end(), 0, "{}", second.contents());
    let after = files(folder.path());
    assert_eq!(after.len(), before.len() + 1);
    assert!(after.contains_key("mailboxes/figma-account.yaml"), "{:?}", after.keys());
    assert!(before.iter().all(|(name, bytes)| after[name] == *bytes));
    assert_eq!(tripod(folder.path(), &["verify", "--sandbox"]).status.code(), Some(0));
}

#[test]
fn an_address_that_is_taken_is_refused_and_asked_for_again() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let mut terminal = start(folder.path(), (24, 80), &[]);
    for question in 0..4 {
        answer(&mut terminal, question, Case::GOOGLE, &people);
    }
    terminal.wait(QUESTIONS[4]);
    terminal.type_after("›", &people[0].address);
    terminal.press("\r");
    terminal.wait(&format!("is taken by {}", people[0].name));
    for question in 4..QUESTIONS.len() {
        answer(&mut terminal, question, Case::GOOGLE, &people);
    }
    assert_eq!(terminal.end(), 0, "{}", terminal.contents());
    assert_finished(folder.path());
}

#[test]
fn a_warning_stands_there_when_everybody_is_in_one_department() {
    let folder = folder();
    let departments = Case::GOOGLE.departments(&FORTY.people);
    let (department, people) = departments.into_iter().find(|(_, people)| people.len() >= 3).unwrap();
    let mut terminal = start(folder.path(), (24, 80), &[]);
    for question in 0..7 {
        answer(&mut terminal, question, Case::GOOGLE, &people);
    }
    terminal.wait(&format!("all of them are in {department}"));
    terminal.press("\x03");
    terminal.end();
}

#[test]
fn the_person_at_the_keyboard_is_offered_first() {
    let folder = folder();
    let people = Case::GOOGLE.people();
    let me = people.last().unwrap();
    let mut terminal = start(folder.path(), (24, 80), &[("EMAIL", me.address.as_str())]);
    for question in 0..6 {
        answer(&mut terminal, question, Case::GOOGLE, &people);
    }
    terminal.wait(&format!("> {} (you)", me.name));
    terminal.press("\r");
    terminal.wait(&format!("picked: {}", me.name));
    terminal.press("\x03");
    assert_eq!(terminal.end(), 130);
}
