//! A workspace whose desk is GitHub, and what people do there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::example::two_tenants;

pub(crate) const SECRET: &str = "It's a Secret to Everybody";
/// Where the issues are, from the root of the API.
pub(crate) const ISSUES: &str = "repos/it/requests/issues";

/// A workspace with an approver, a key, a desk, and a repository at the stand-in.
pub(crate) struct Stage {
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = two_tenants();
        let policy = folder.path().join("policies/baseline.yaml");
        let mut text = fs::read_to_string(&policy).unwrap();
        text.push_str("\napprovals: {approvers: [sofia.petrova@northwind.example]}\n");
        fs::write(&policy, text).unwrap();
        let desk = "version: 1\ngithub: {repository: it/requests, credential: {environment: NO_SUCH_VARIABLE}}\n\
                    webhook: {path: webhook-secret}\npeople:\n  jonas: jonas.becker@northwind.example\n  sofia: \
                    sofia.petrova@northwind.example\n";
        fs::write(folder.path().join("desk.yaml"), desk).unwrap();
        fs::write(folder.path().join("webhook-secret"), format!("{SECRET}\n")).unwrap();
        let stage = Self { folder };
        stage.succeed(&["evidence", "key"]);
        stage.at_github("it", "POST", "user/repos", Some(&json!({"name": "requests"})));
        stage.at_github("it", "PUT", "repos/it/requests/collaborators/tripod", None);
        stage
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command.arg("-C").arg(self.path()).args(words).env_clear().env("TZ", "UTC").stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    pub(crate) fn succeed(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A call as somebody's browser would make it, while no other program has the stand-ins.
    pub(crate) fn at_github(&self, who: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
        let url = format!("https://api.github.com/{path}");
        let mut words = vec!["sandbox", "call", "--format", "json", "--as", who, method, &url];
        if let Some(body) = body {
            fs::write(self.path().join("body.json"), body.to_string()).unwrap();
            words.extend(["--json", "body.json"]);
        }
        serde_json::from_str(&self.succeed(&words)).unwrap_or(Value::Null)
    }

    /// Jonas asks for a mailbox, and IT labels it as a request; the issue's number.
    pub(crate) fn ask(&self) -> u64 {
        let issue = self.at_github("jonas", "POST", ISSUES, Some(&request("freight-audit")));
        let number = issue["number"].as_u64().unwrap();
        self.at_github("it", "POST", &format!("{ISSUES}/{number}/labels"), Some(&label()));
        number
    }

    pub(crate) fn comments(&self, issue: u64) -> Vec<Value> {
        let list = self.at_github("it", "GET", &format!("{ISSUES}/{issue}/comments?per_page=100"), None);
        list.as_array().unwrap().clone()
    }

    /// Sofia approves the plan that a run gave.
    pub(crate) fn approve(&self, issue: u64, digest: &str) {
        let comment = json!({"body": format!("/approve {digest}")});
        self.at_github("sofia", "POST", &format!("{ISSUES}/{issue}/comments"), Some(&comment));
    }

    /// Works on the issue once; what came of it.
    pub(crate) fn work(&self, issue: u64) -> Value {
        let issue = issue.to_string();
        let output = self.run(&["ticket", "run", "--sandbox", "--desk", "desk.yaml", "--format", "json", &issue]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
    }
}

/// An issue with a request for a mailbox.
pub(crate) fn request(name: &str) -> Value {
    let body = format!(
        "### Mailbox address\n\n{name}@northwind.example\n\n### Purpose\n\nReceives reports\n\n### App\n\nTrax\n\n### Kind\n\n\
         shared-mailbox\n\n### People with access\n\njonas.becker@northwind.example\nsamuel.osei@northwind.example\n\
         noor.rahman@northwind.example\n"
    );
    json!({"title": "A mailbox", "body": body})
}

pub(crate) fn label() -> Value {
    json!({"labels": ["service-mailbox"]})
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
