//! Runs that die, and runs that meet: `kill -9` during `apply`, and two runs on one workspace.
//!
//! Nothing here waits for a time to pass. The program's wire log is a named pipe that the test reads: after so many
//! exchanges the program is killed, or left standing because nobody reads on.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
#![cfg(unix)]

#[path = "exchanges.rs"]
mod exchanges;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A workspace with ten mailboxes at both providers, in an empty folder.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two-tenants");
    fs::create_dir_all(folder.path().join("mailboxes")).unwrap();
    fs::create_dir_all(folder.path().join("policies")).unwrap();
    for file in ["tripod.yaml", "sandbox.yaml", "policies/baseline.yaml"] {
        fs::copy(example.join(file), folder.path().join(file)).unwrap();
    }
    let people = |domain: &str| -> Vec<String> {
        let text = fs::read_to_string(example.join(format!("mailboxes/{domain}.yaml"))).unwrap();
        let addresses = text.split(|c: char| !(c.is_ascii_alphanumeric() || "@.-_".contains(c)));
        let mailboxes: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("address: "))
            .map(|address| address.split('#').next().unwrap_or_default().trim())
            .collect();
        let people: BTreeSet<String> = addresses
            .filter(|word| word.ends_with(&format!("@{domain}.example")) && !mailboxes.contains(word))
            .map(str::to_owned)
            .collect();
        people.into_iter().collect()
    };
    let mut manifest = String::new();
    for (domain, count) in [("juniper", 5), ("northwind", 5)] {
        let people = people(domain);
        for number in 0..count {
            let kind = if number % 2 == 0 { "shared-mailbox" } else { "group-inbox" };
            let delegates: Vec<&str> =
                (0..3 + number % 2).map(|offset| people[(number + offset) % people.len()].as_str()).collect();
            let _ = write!(
                manifest,
                "- address: service{number}@{domain}.example\n  name: Service {number}\n  purpose: Holds an account\n  \
                 kind: {kind}\n  delegates: [{}]\n",
                delegates.join(", ")
            );
        }
    }
    fs::write(folder.path().join("mailboxes/ten.yaml"), manifest).unwrap();
    folder
}

fn tripod(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.args(words).args(["--sandbox", "--no-input", "-C"]).arg(folder);
    command.env_remove("TRIPOD_WIRE_LOG").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    tripod(folder, words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A program under way whose exchanges with the sandbox are read one by one.
struct Watched {
    child: Child,
    exchanges: BufReader<File>,
}

impl Watched {
    fn start(folder: &Path, words: &[&str]) -> Self {
        let pipe = exchanges::pipe(folder);
        let mut command = tripod(folder, words);
        command.env("TRIPOD_WIRE_LOG", &pipe).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let exchanges = exchanges::open(&pipe, || child.try_wait().unwrap().is_some());
        Self { child, exchanges }
    }

    /// Lets this many exchanges pass; false if the program ended before.
    fn let_pass(&mut self, count: usize) -> bool {
        (0..count).all(|_| self.exchanges.read_line(&mut String::new()).unwrap() > 0)
    }

    /// Ends it as `kill -9` does.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Every service mailbox that the stand-in tenants have, as `import` lists them.
fn mailboxes(folder: &Path) -> Vec<Value> {
    let output = run(folder, &["import", "--all", "--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let ours = |entry: &Value| entry["mailbox"]["address"].as_str().unwrap().starts_with("service");
    all.into_iter().filter(ours).collect()
}

#[test]
fn a_run_that_was_killed_at_any_moment_is_finished_by_the_next_with_nothing_twice() {
    let mut killed = 0;
    for exchanges in [3, 30, 45, 60, 80, 100, 130, 170] {
        let folder = workspace();
        let mut first = Watched::start(folder.path(), &["apply", "--yes"]);
        if first.let_pass(exchanges) {
            killed += 1;
        }
        first.kill();

        let second = run(folder.path(), &["apply", "--yes"]);
        assert!(
            second.status.success(),
            "after {exchanges} exchanges:\n{}\n{}",
            text(&second.stdout),
            text(&second.stderr)
        );
        let found = mailboxes(folder.path());
        let addresses: BTreeSet<&str> =
            found.iter().map(|entry| entry["mailbox"]["address"].as_str().unwrap()).collect();
        assert_eq!((found.len(), addresses.len()), (10, 10), "after {exchanges} exchanges: {addresses:?}");
        for entry in &found {
            let delegates = entry["mailbox"]["delegates"]["present"].as_array().unwrap();
            let who: BTreeSet<String> = delegates.iter().map(|delegate| delegate["who"].to_string()).collect();
            assert_eq!(delegates.len(), who.len(), "after {exchanges} exchanges: {entry}");
        }
        let verified = run(folder.path(), &["verify"]);
        assert!(verified.status.success(), "after {exchanges} exchanges:\n{}", text(&verified.stdout));
        let planned = run(folder.path(), &["plan", "--detailed-exitcode"]);
        assert_eq!(planned.status.code(), Some(0), "after {exchanges} exchanges:\n{}", text(&planned.stdout));
    }
    assert!(killed >= 5, "only {killed} runs lived long enough to be killed");
}

#[test]
fn the_second_of_two_runs_says_who_holds_the_workspace() {
    let folder = workspace();
    let mut first = Watched::start(folder.path(), &["apply", "--yes"]);
    // The pipe is not read on, so the first run stands still as soon as it is full.
    assert!(first.let_pass(1));
    let second = run(folder.path(), &["apply", "--yes"]);
    let said = text(&second.stderr);
    assert_eq!(second.status.code(), Some(4), "{said}");
    assert!(said.contains(&format!("process {}", first.child.id())), "{said}");
    assert!(said.contains("`tripod apply`"), "{said}");
    first.kill();
}

/// What comes of a command whose output nobody reads, as with `| head` once `head` has seen enough.
fn unread(folder: &Path, words: &[&str]) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    tripod(folder, words).stdout(writer).status().unwrap().code()
}

#[test]
fn a_command_whose_output_nobody_reads_does_and_ends_the_same() {
    let folder = workspace();
    assert_eq!(unread(folder.path(), &["verify"]), Some(3));
    assert_eq!(unread(folder.path(), &["plan", "--detailed-exitcode"]), Some(2));
    assert_eq!(unread(folder.path(), &["apply", "--yes"]), Some(0));
    assert_eq!(run(folder.path(), &["plan", "--detailed-exitcode"]).status.code(), Some(0));
}
