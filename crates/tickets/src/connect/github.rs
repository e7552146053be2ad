//! GitHub issues of one repository (GitHub Docs, REST API 2022-11-28: «Issues», «Issue comments», «Users»).
//!
//! The living comment begins with a mark that GitHub does not show, and counts only if its author is our own account.
//! An approval is a comment that was never edited: whoever may write to the repository may edit everybody's comments,
//! and the API does not say who did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tripod_model::Address;
use tripod_tenant::Clock;

use super::OpenError;
use super::client::{Call, Client, List, next_link, unreadable};
use super::settings::{DeskSettings, GitHubSettings};
use super::text::approved;
use crate::approval::Approval;
use crate::desk::{Desk, DeskError, Ticket, TicketId};
use crate::request::Source;

const LIVING: &str = "<!-- tripod:plan -->\n";
const CLOSING: &str = "<!-- tripod:closed -->\n";
/// GitHub takes no longer comments, in characters.
const LONGEST_COMMENT: usize = 65_536;

/// Issues of a repository as a desk.
#[derive(Debug)]
pub struct GitHubDesk {
    client: Client,
    settings: GitHubSettings,
    people: BTreeMap<String, Address>,
    account: OnceCell<String>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    state: String,
    body: Option<String>,
    /// Missing for the ghost of a deleted account.
    user: Option<User>,
    #[serde(default)]
    labels: Vec<Label>,
    /// An issue with this is a pull request.
    pull_request: Option<Value>,
}

/// A label; GitHub may also give its name alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Whole { name: Option<String> },
    Name(String),
}

impl Label {
    /// GitHub tells labels apart whatever the case of their letters.
    fn is(&self, wanted: &str) -> bool {
        match self {
            Self::Whole { name: Some(name) } | Self::Name(name) => name.eq_ignore_ascii_case(wanted),
            Self::Whole { name: None } => false,
        }
    }
}

#[derive(Deserialize)]
struct Comment {
    id: u64,
    user: Option<User>,
    #[serde(default)]
    body: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Comment {
    fn is_by(&self, login: &str) -> bool {
        self.user.as_ref().is_some_and(|user| user.login.eq_ignore_ascii_case(login))
    }
}

impl GitHubDesk {
    /// The desk. The token is read; nothing is asked yet.
    pub fn new(github: &GitHubSettings, settings: &DeskSettings, clock: &Arc<dyn Clock>) -> Result<Self, OpenError> {
        let token = settings.secret(&github.credential)?;
        let authorization = SecretString::from(format!("Bearer {}", token.expose_secret()));
        let headers = [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
        let client = Client::new(&github.url, settings, &authorization, &headers, clock)?;
        let account = OnceCell::new_with(github.account.clone());
        Ok(Self { client, settings: github.clone(), people: settings.people.clone(), account })
    }

    fn path(&self, rest: &str) -> String {
        format!("/repos/{}/{}/{rest}", self.settings.repository.owner, self.settings.repository.name)
    }

    /// The path of an issue. Its id is a number; anything else is no issue.
    fn issue_path(&self, ticket: &TicketId) -> Result<String, DeskError> {
        match ticket.as_str().parse::<u64>() {
            Ok(number) => Ok(self.path(&format!("issues/{number}"))),
            Err(_) => Err(DeskError::Missing(ticket.clone())),
        }
    }

    /// Whose words are ours.
    async fn account(&self) -> Result<&str, DeskError> {
        let ask = || async {
            let what = "ask whose token it is";
            let answer = self.client.send(&Call::get("/user", what)).await?;
            Ok::<_, DeskError>(read::<User>(answer.body, what)?.login)
        };
        Ok(self.account.get_or_try_init(ask).await?)
    }

    /// Every page of a list.
    async fn all<T: DeserializeOwned>(
        &self,
        mut call: Call,
        what: &str,
        ticket: Option<&TicketId>,
    ) -> Result<Vec<T>, DeskError> {
        let mut rows = Vec::new();
        let mut list = List::new(what);
        loop {
            let answer = self.client.send(&call).await.map_err(|error| match ticket {
                Some(ticket) => error.about(ticket),
                None => error.into(),
            })?;
            let next = answer.header("link").and_then(next_link).map(str::to_owned);
            let page = read::<Vec<T>>(answer.body, what)?;
            let count = page.len();
            rows.extend(page);
            let Some(link) = next else { return Ok(rows) };
            if !self.client.owns(&link) {
                return Err(unreadable(what, "the link to the next page leads to another host"));
            }
            list.after(count, &link)?;
            call = Call::get(link, what);
        }
    }

    async fn issue(&self, ticket: &TicketId, what: &str) -> Result<Issue, DeskError> {
        let call = Call::get(self.issue_path(ticket)?, what);
        let answer = self.client.send(&call).await.map_err(|error| error.about(ticket))?;
        let issue: Issue = read(answer.body, what)?;
        if issue.pull_request.is_some() { Err(DeskError::Missing(ticket.clone())) } else { Ok(issue) }
    }

    async fn comments(&self, ticket: &TicketId, what: &str) -> Result<Vec<Comment>, DeskError> {
        let call = Call::get(format!("{}/comments", self.issue_path(ticket)?), what).query("per_page", "100");
        self.all(call, what, Some(ticket)).await
    }

    /// Our own comment that begins with a mark, the oldest if there are several.
    async fn ours(&self, ticket: &TicketId, mark: &str, what: &str) -> Result<Option<Comment>, DeskError> {
        let account = self.account().await?;
        let comments = self.comments(ticket, what).await?;
        Ok(comments.into_iter().find(|comment| comment.is_by(account) && is_marked(&comment.body, mark)))
    }

    /// Writes a comment if it is not there. A create whose reply was lost is looked up before it is made again.
    async fn write(&self, ticket: &TicketId, mark: &str, text: &str, what: &str) -> Result<(), DeskError> {
        let body = format!("{mark}{text}");
        if body.chars().count() > LONGEST_COMMENT {
            let reason = format!("the comment has more than the {LONGEST_COMMENT} characters that GitHub takes");
            return Err(DeskError::Refused { operation: what.to_owned(), reason });
        }
        let mut tried = false;
        loop {
            match self.ours(ticket, mark, what).await? {
                Some(comment) if same_text(&comment.body, &body) => return Ok(()),
                Some(comment) => {
                    let path = self.path(&format!("issues/comments/{}", comment.id));
                    let call = Call::set(Method::PATCH, path, json!({"body": body}), what);
                    return match self.client.send(&call).await {
                        Ok(_) => Ok(()),
                        // Somebody has deleted it meanwhile; the next run writes it anew.
                        Err(error) => Err(error.into()),
                    };
                }
                None => {
                    let path = format!("{}/comments", self.issue_path(ticket)?);
                    match self.client.send(&Call::create(path, json!({"body": body}), what)).await {
                        Ok(_) => return Ok(()),
                        Err(error) if error.is_uncertain() && !tried => tried = true,
                        Err(error) => return Err(error.about(ticket)),
                    }
                }
            }
        }
    }
}

#[async_trait]
impl Desk for GitHubDesk {
    fn name(&self) -> &'static str {
        "github"
    }

    async fn tickets(&self) -> Result<Vec<TicketId>, DeskError> {
        let what = "list the tickets";
        let call = Call::get(self.path("issues"), what)
            .query("state", "open")
            .query("labels", self.settings.label.clone())
            // By age, so that what is opened meanwhile moves nothing to another page.
            .query("sort", "created")
            .query("direction", "asc")
            .query("per_page", "100");
        let issues: Vec<Issue> = self.all(call, what, None).await?;
        let numbers: BTreeSet<u64> =
            issues.iter().filter(|issue| issue.pull_request.is_none()).map(|issue| issue.number).collect();
        numbers
            .into_iter()
            .map(|number| number.to_string().parse().map_err(|_| unreadable(what, "an issue has no usable number")))
            .collect()
    }

    async fn read(&self, ticket: &TicketId) -> Result<Ticket, DeskError> {
        let what = format!("read ticket {ticket}");
        let issue = self.issue(ticket, &what).await?;
        // A message may tell of any issue of the repository; only those with the label are requests.
        if !issue.labels.iter().any(|label| label.is(&self.settings.label)) {
            return Err(DeskError::Missing(ticket.clone()));
        }
        let login = issue.user.map(|user| user.login).unwrap_or_default();
        let Some(opener) = self.people.get(&login.to_lowercase()) else {
            let login = crate::text::printable(&login, 80);
            let reason = format!("whose address @{login} has, who opened it, is not in desk.yaml; add it to `people`");
            return Err(DeskError::Refused { operation: what, reason });
        };
        let text = json!({"body": issue.body.unwrap_or_default(), "opened_by": opener});
        let bytes = text.to_string().into_bytes();
        Ok(Ticket { id: ticket.clone(), source: Source::GitHub, bytes, open: issue.state == "open" })
    }

    async fn comment(&self, ticket: &TicketId, markdown: &str) -> Result<(), DeskError> {
        self.write(ticket, LIVING, markdown, &format!("comment on ticket {ticket}")).await
    }

    async fn approvals(&self, ticket: &TicketId) -> Result<Vec<Approval>, DeskError> {
        let what = format!("read the approvals of ticket {ticket}");
        let account = self.account().await?;
        let comments = self.comments(ticket, &what).await?;
        let approval = |comment: &Comment| {
            let login = comment.user.as_ref()?.login.to_lowercase();
            let by = self.people.get(&login).filter(|_| !comment.is_by(account))?.clone();
            if comment.updated_at != comment.created_at {
                return None;
            }
            Some(Approval { by, digest: approved(&comment.body)?, at: comment.created_at })
        };
        let mut approvals: Vec<_> = comments.iter().filter_map(approval).collect();
        approvals.sort();
        Ok(approvals)
    }

    async fn close(&self, ticket: &TicketId, markdown: &str) -> Result<(), DeskError> {
        let what = format!("close ticket {ticket}");
        if self.issue(ticket, &what).await?.state != "open" {
            return Ok(());
        }
        self.write(ticket, CLOSING, markdown, &what).await?;
        let body = json!({"state": "closed", "state_reason": "completed"});
        let call = Call::set(Method::PATCH, self.issue_path(ticket)?, body, what);
        self.client.send(&call).await.map_err(|error| error.about(ticket))?;
        Ok(())
    }
}

fn read<T: DeserializeOwned>(body: Value, what: &str) -> Result<T, DeskError> {
    serde_json::from_value(body).map_err(|error| unreadable(what, crate::text::printable(&error.to_string(), 200)))
}

fn is_marked(body: &str, mark: &str) -> bool {
    body.starts_with(mark.trim_end())
}

/// Whether two comments are the same; GitHub may give line breaks back in another form.
fn same_text(one: &str, other: &str) -> bool {
    one.replace("\r\n", "\n").trim_end() == other.trim_end()
}
