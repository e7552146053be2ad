//! What GitHub knows.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// When its text was changed last; nothing if it never was.
    #[serde(default)]
    pub(super) edited: Option<Timestamp>,
    #[serde(default)]
    pub(super) reactions: Vec<Reaction>,
}

/// What somebody thinks of a comment, in one sign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reaction {
    pub(super) id: u64,
    pub(super) user: String,
    pub(super) content: String,
    pub(super) created: Timestamp,
}

/// Whether a text is the name of a user or a repository.
pub(super) fn is_login(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether a text is the name of a user or of an app's account.
pub(super) fn is_account(text: &str) -> bool {
    is_login(text.strip_suffix("[bot]").unwrap_or(text))
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
