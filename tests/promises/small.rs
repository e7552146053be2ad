//! A small workspace: a Microsoft 365 tenant whose people are called by a letter, and one mailbox.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const BOX: &str = "box@m.example";

/// A workspace in a folder of its own.
pub(crate) struct Small {
    folder: TempDir,
}

/// What a run of the program said, and how it ended.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) said: String,
}

impl Small {
    /// A workspace in which nothing is wanted yet. `more` is added to the description of the tenant.
    pub(crate) fn new(more: &str) -> Self {
        let small = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(small.path().join("mailboxes")).unwrap();
        let id = "tenant-id: 5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90\n    domains: [m.example]\n";
        small.write(
            "tripod.yaml",
            &format!(
                "version: 1\ntenants:\n  m:\n    provider: microsoft-365\n    {id}    credentials: {{client-id: \
                 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, certificate: {{path: keys/m.pem}}}}\npolicies: [policy.yaml]\n"
            ),
        );
        small.write("policy.yaml", "quorum: 3\n");
        let mut people = String::new();
        for letter in 'a'..='l' {
            let leaves = if letter == 'c' { ", leaves: 2026-11-23T09:00:30Z" } else { "" };
            let _ = writeln!(people, "      - {{address: {letter}@m.example, name: Person {letter}{leaves}}}");
        }
        small.write(
            "sandbox.yaml",
            &format!(
                "version: 1\nstarts: 2026-11-23T09:00:00Z\nlag-seconds: 60\ntenants:\n  m:\n    provider: \
                 microsoft-365\n    {id}    people:\n{people}{more}"
            ),
        );
        small
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Has the manifest want mailboxes, each with the people of these letters.
    pub(crate) fn want(&self, mailboxes: &[(&str, &str)]) {
        let mut text = String::new();
        for (address, letters) in mailboxes {
            let people: Vec<String> = letters.chars().map(|letter| format!("{letter}@m.example")).collect();
            let _ = writeln!(
                text,
                "- address: {address}\n  name: {address}\n  purpose: Holds an account\n  kind: shared-mailbox\n  delegates: \
                 [{}]",
                people.join(", ")
            );
        }
        self.write("mailboxes/m.yaml", &text);
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command.args(words).current_dir(self.path()).stdin(Stdio::null());
        if words.first() != Some(&"sandbox") && words.first() != Some(&"check") {
            command.args(["--sandbox", "--no-input"]);
        }
        let output = command.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Ran { status: output.status.code().unwrap_or(-1), said }
    }

    /// The same, where anything but a success would leave nothing to test.
    pub(crate) fn must(&self, words: &[&str]) {
        let ran = self.run(words);
        assert_eq!(ran.status, 0, "{words:?}: {}", ran.said);
    }

    /// The letters of those who can open a mailbox today, whether they are wanted or not.
    pub(crate) fn can_open(&self, mailbox: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command.args(["verify", "--format", "json", "--sandbox", "--no-input"]).current_dir(self.path());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mailboxes = found["mailboxes"].as_array().unwrap();
        let standing = mailboxes.iter().find(|standing| standing["address"] == mailbox).unwrap();
        let can = |one: &&Value| one["has-access"] == true && one["inactive"].is_null() && one["unknown"] != true;
        let delegates = standing["delegates"].as_array().unwrap().iter().filter(can);
        let letters: BTreeSet<char> =
            delegates.map(|one| one["who"].as_str().unwrap().chars().next().unwrap()).collect();
        letters.into_iter().collect()
    }
}
