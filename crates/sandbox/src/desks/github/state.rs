//! What GitHub knows.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repo {
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) collaborators: BTreeSet<String>,
    /// The last number of an issue, and the last id of a comment.
    pub(super) issues: u64,
    pub(super) comments: u64,
}

/// An issue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Issue {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) user: String,
    pub(super) labels: BTreeSet<String>,
    pub(super) closed: Option<Timestamp>,
    pub(super) reason: Option<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// A comment on an issue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) issue: u64,
    pub(super) user: String,
    pub(super) body: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// Whether a text is the name of a user or a repository.
pub(super) fn is_login(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

pub(super) fn repo_key(owner: &str, name: &str) -> String {
    format!("{}/{}", owner.to_lowercase(), name.to_lowercase())
}

pub(super) fn issue_key(repo: &str, number: u64) -> String {
    format!("{repo}#{number:010}")
}

pub(super) fn comment_key(repo: &str, id: u64) -> String {
    format!("{repo}#{id:010}")
}

pub(super) fn user(login: &str) -> Value {
    // The id is of no meaning; the same login has the same one.
    let id = login.bytes().fold(7_u64, |id, byte| (id * 31 + u64::from(byte)) % 100_000_007);
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    json!({"login": login, "id": id, "type": kind, "site_admin": false})
}

/// A time as GitHub writes it, without fractions.
fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

impl Repo {
    pub(super) fn new(owner: &str, name: &str) -> Self {
        let (owner, name) = (owner.to_owned(), name.to_owned());
        Self { owner, name, collaborators: BTreeSet::new(), issues: 0, comments: 0 }
    }

    pub(super) fn key(&self) -> String {
        repo_key(&self.owner, &self.name)
    }

    pub(super) fn may_write(&self, login: &str) -> bool {
        self.owner.eq_ignore_ascii_case(login) || self.collaborators.contains(&login.to_lowercase())
    }
}

impl Issue {
    pub(super) fn shown(&self, root: &str, repo: &str) -> Value {
        let labels: Vec<_> = self.labels.iter().map(|name| json!({"name": name})).collect();
        json!({
            "url": format!("{root}/repos/{repo}/issues/{}", self.number),
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "user": user(&self.user),
            "labels": labels,
            "state": if self.closed.is_some() { "closed" } else { "open" },
            "state_reason": self.reason,
            "closed_at": self.closed.map(time),
            "created_at": time(self.created),
            "updated_at": time(self.updated),
        })
    }
}

impl Comment {
    pub(super) fn shown(&self, root: &str, repo: &str) -> Value {
        json!({
            "url": format!("{root}/repos/{repo}/issues/comments/{}", self.id),
            "issue_url": format!("{root}/repos/{repo}/issues/{}", self.issue),
            "id": self.id,
            "user": user(&self.user),
            "body": self.body,
            "created_at": time(self.created),
            "updated_at": time(self.updated),
        })
    }
}
