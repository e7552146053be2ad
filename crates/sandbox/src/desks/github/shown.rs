//! What GitHub knows, in the form in which it shows it, with everything that its description of the API requires
//! («Simple User», «Issue», «Issue Comment», «Label»).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::{Comment, Issue, Reaction};

/// The ids are of no meaning; the same name has the same one.
fn id(name: &str) -> u64 {
    name.bytes().fold(7_u64, |id, byte| (id * 31 + u64::from(byte)) % 100_000_007)
}

/// An id of the other kind, which GitHub's GraphQL API takes and nobody here reads.
fn node_id(kind: &str, number: u64) -> String {
    format!("{kind}_{number:012}")
}

/// A time as GitHub writes it, without fractions.
fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// The address of a page for people, which no program of ours opens.
fn page(path: &str) -> String {
    format!("https://github.com/{path}")
}

/// Somebody's account, as it stands beside what they wrote.
pub(super) fn user(root: &str, login: &str) -> Value {
    let api = format!("{root}/users/{login}");
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    json!({
        "login": login,
        "id": id(login),
        "node_id": node_id("U", id(login)),
        "avatar_url": "",
        "gravatar_id": "",
        "url": api,
        "html_url": page(login),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": kind,
        "site_admin": false,
    })
}

/// Somebody's account, as it stands by itself. All the accounts are as old as the stand-in's time goes back.
pub(super) fn whole_user(root: &str, login: &str) -> Value {
    let mut shown = user(root, login);
    for unknown in ["name", "company", "blog", "location", "email", "hireable", "bio"] {
        shown[unknown] = Value::Null;
    }
    for none in ["public_repos", "public_gists", "followers", "following"] {
        shown[none] = json!(0);
    }
    for when in ["created_at", "updated_at"] {
        shown[when] = json!(time(Timestamp::UNIX_EPOCH));
    }
    shown
}

impl Issue {
    pub(super) fn shown(&self, root: &str, repo: &str, comments: usize) -> Value {
        let url = format!("{root}/repos/{repo}/issues/{}", self.number);
        json!({
            "id": id(&url),
            "node_id": node_id("I", id(&url)),
            "repository_url": format!("{root}/repos/{repo}"),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "html_url": page(&format!("{repo}/issues/{}", self.number)),
            "url": url,
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "user": user(root, &self.user),
            "labels": self.labels.iter().map(|name| label(root, repo, name)).collect::<Vec<_>>(),
            "assignee": null,
            "assignees": [],
            "milestone": null,
            "locked": false,
            "comments": comments,
            "state": if self.closed.is_some() { "closed" } else { "open" },
            "state_reason": self.reason,
            "closed_at": self.closed.map(time),
            "created_at": time(self.created),
            "updated_at": time(self.updated),
        })
    }
}

/// A label of an issue.
pub(super) fn label(root: &str, repo: &str, name: &str) -> Value {
    let url = format!("{root}/repos/{repo}/labels/{name}");
    json!({
        "id": id(&url),
        "node_id": node_id("LA", id(&url)),
        "url": url,
        "name": name,
        "description": null,
        "color": "ededed",
        "default": false,
    })
}

impl Comment {
    pub(super) fn shown(&self, root: &str, repo: &str) -> Value {
        json!({
            "id": self.id,
            "node_id": self.node_id(repo),
            "url": format!("{root}/repos/{repo}/issues/comments/{}", self.id),
            "html_url": page(&format!("{repo}/issues/{}#issuecomment-{}", self.issue, self.id)),
            "issue_url": format!("{root}/repos/{repo}/issues/{}", self.issue),
            "user": user(root, &self.user),
            "body": self.body,
            "created_at": time(self.created),
            "updated_at": time(self.updated),
        })
    }
}

impl Comment {
    /// The id by which the other API (GraphQL) knows it.
    pub(super) fn node_id(&self, repo: &str) -> String {
        node_id("IC", id(&format!("{repo}#{}", self.id)))
    }

    /// «IssueComment» of the GraphQL API, as far as somebody asks how it came to be as it is.
    pub(super) fn node(&self) -> Value {
        json!({"lastEditedAt": self.edited.map(time), "isMinimized": false})
    }
}

impl Reaction {
    pub(super) fn shown(&self, root: &str) -> Value {
        json!({
            "id": self.id,
            "node_id": node_id("REA", self.id),
            "user": user(root, &self.user),
            "content": self.content,
            "created_at": time(self.created),
        })
    }
}
