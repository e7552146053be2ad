//! GitHub issues of one repository (GitHub Docs, REST API 2022-11-28: «Issues», «Issue comments», «Users»).
//!
//! The living comment begins with a mark that GitHub does not show, and counts only if its author is our own account.
//! An approval is a comment that was never edited: whoever may write to the repository may edit everybody's comments.
//! Times have no fractions here, so that an edit in the second of the writing does not show in them; whether there was
//! one is asked of the other API (GraphQL, `IssueComment.lastEditedAt`). An approval is also a «+1» among the reactions
//! to the living comment, which names no plan and counts by its time.

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
use super::remarks::{Remark, sort_out};
use super::settings::{DeskSettings, GitHubSettings};
use super::text::{Reading, fingerprint, reading};
use crate::desk::{
    Answers, Desk, DeskError, Given, PassedOver, Says, Shown, Ticket, TicketId, Uncounted, account as in_words,
};
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

#[derive(Clone, Deserialize)]
struct User {
    login: String,
    /// What stays when the login is changed.
    id: Option<u64>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl User {
    /// The account in words; a login can be given up and taken by another person, the number cannot.
    fn in_words(&self) -> String {
        let name = format!("@{}", self.login);
        self.id.map_or_else(|| in_words(None, &name), |id| in_words(Some(&name), &format!("id:{id}")))
    }

    /// What tells this account from every other.
    fn key(&self) -> String {
        self.id.map_or_else(|| self.login.to_lowercase(), |id| format!("id:{id}"))
    }

    fn is_program(&self) -> bool {
        self.kind.as_deref() == Some("Bot") || self.login.to_ascii_lowercase().ends_with("[bot]")
    }
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
    node_id: Option<String>,
    user: Option<User>,
    /// The app that wrote it in the name of its user.
    performed_via_github_app: Option<Value>,
    #[serde(default)]
    body: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Comment {
    fn is_by(&self, login: &str) -> bool {
        self.user.as_ref().is_some_and(|user| user.login.eq_ignore_ascii_case(login))
    }

    fn shown(&self) -> Shown {
        Shown { at: self.updated_at, mark: fingerprint(&format!("{}\n{}", self.updated_at, self.body)) }
    }
}

#[derive(Deserialize)]
struct Reaction {
    user: Option<User>,
    content: String,
    created_at: Timestamp,
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

    /// Whose address an account has, by the settings alone: by its number, or by its login.
    fn address(&self, user: &User) -> Option<Address> {
        let by_number = user.id.and_then(|id| self.people.get(&format!("id:{id}")));
        by_number.or_else(|| self.people.get(&user.login.to_lowercase())).cloned()
    }

    fn remark(&self, comment: &Comment) -> Remark {
        let who = comment.user.as_ref().map_or_else(|| in_words(None, ""), User::in_words);
        let written_by_app = comment.performed_via_github_app.as_ref().is_some_and(|app| !app.is_null());
        let spoilt = if written_by_app || comment.user.as_ref().is_some_and(User::is_program) {
            Some(Uncounted::Program)
        } else {
            (comment.updated_at != comment.created_at).then_some(Uncounted::Edited)
        };
        Remark {
            account: comment.user.as_ref().map(User::key).unwrap_or_default(),
            what: format!("the comment of {who}"),
            at: comment.created_at,
            reading: reading(&comment.body),
            spoilt,
            by: comment.user.as_ref().and_then(|user| self.address(user)).ok_or(Uncounted::NotInPeople),
        }
    }

    /// Asks of those comments that would count whether they were edited in the second of their writing, or are hidden.
    async fn find_edits(&self, comments: &[Comment], remarks: &mut [Remark], what: &str) -> Result<(), DeskError> {
        for (comment, remark) in comments.iter().zip(remarks) {
            if remark.spoilt.is_some() || remark.by.is_err() || !matches!(remark.reading, Reading::Approves(_)) {
                continue;
            }
            let query = "query($id: ID!) { node(id: $id) { ... on IssueComment { lastEditedAt isMinimized } } }";
            let body = json!({"query": query, "variables": {"id": comment.node_id}});
            // An Enterprise Server has it beside the root of the other one.
            let place = match self.settings.url.path.strip_suffix("/v3") {
                Some(root) => self.client.beside(&format!("{root}/graphql")),
                None => "/graphql".to_owned(),
            };
            let answer = self.client.send(&Call::set(Method::POST, place, body, what)).await?.body;
            let node = answer.pointer("/data/node");
            remark.spoilt = match node.map(|node| (node.get("lastEditedAt"), node.get("isMinimized"))) {
                Some((Some(Value::Null), Some(Value::Bool(false)))) => None,
                Some((Some(Value::Null), Some(Value::Bool(true)))) => Some(Uncounted::Marked),
                Some((Some(Value::String(_)), _)) => Some(Uncounted::Edited),
                _ => Some(Uncounted::Unreadable("whether it was edited cannot be told".to_owned())),
            };
        }
        Ok(())
    }

    /// The reactions to the living comment: a «+1» approves what it shows, unless the same person also says «-1».
    async fn reactions(&self, id: u64, ours: &str, answers: &mut Answers, what: &str) -> Result<(), DeskError> {
        let call = Call::get(self.path(&format!("issues/comments/{id}/reactions")), what).query("per_page", "100");
        let reactions: Vec<Reaction> = self.all(call, what, None).await?;
        let is_no = |user: &User| {
            reactions.iter().any(|other| {
                other.content == "-1" && other.user.as_ref().is_some_and(|other| other.key() == user.key())
            })
        };
        for reaction in reactions.iter().filter(|reaction| reaction.content == "+1") {
            let Some(user) = reaction.user.as_ref().filter(|user| !user.login.eq_ignore_ascii_case(ours)) else {
                continue;
            };
            let judged = match self.address(user) {
                _ if user.is_program() => Err(Uncounted::Program),
                _ if is_no(user) => Err(Uncounted::Both),
                Some(by) => Ok(by),
                None => Err(Uncounted::NotInPeople),
            };
            let at = reaction.created_at;
            match judged {
                Ok(by) => answers.given.push(Given { by, account: user.key(), at, says: Says::NotBefore(at) }),
                Err(why) => {
                    let what = format!("the reaction of {}", user.in_words());
                    answers.passed_over.push(PassedOver { what, at: Some(at), why });
                }
            }
        }
        answers.given.sort();
        Ok(())
    }

    /// Our own comment that begins with a mark, the oldest if there are several.
    async fn ours(&self, ticket: &TicketId, mark: &str, what: &str) -> Result<Option<Comment>, DeskError> {
        let account = self.account().await?;
        let comments = self.comments(ticket, what).await?;
        Ok(comments.into_iter().find(|comment| comment.is_by(account) && is_marked(&comment.body, mark)))
    }

    /// Writes a comment if it is not there. A create whose reply was lost is looked up before it is made again.
    async fn write(&self, ticket: &TicketId, mark: &str, text: &str, what: &str) -> Result<Shown, DeskError> {
        let body = format!("{mark}{text}");
        if body.chars().count() > LONGEST_COMMENT {
            let reason = format!("the comment has more than the {LONGEST_COMMENT} characters that GitHub takes");
            return Err(DeskError::Refused { operation: what.to_owned(), reason });
        }
        let mut tried = false;
        loop {
            match self.ours(ticket, mark, what).await? {
                Some(comment) if same_text(&comment.body, &body) => return Ok(comment.shown()),
                Some(comment) => {
                    let path = self.path(&format!("issues/comments/{}", comment.id));
                    let call = Call::set(Method::PATCH, path, json!({"body": body}), what);
                    // Where it was deleted meanwhile, the next run writes it anew.
                    let answer = self.client.send(&call).await?;
                    return Ok(read::<Comment>(answer.body, what)?.shown());
                }
                None => {
                    let path = format!("{}/comments", self.issue_path(ticket)?);
                    match self.client.send(&Call::create(path, json!({"body": body}), what)).await {
                        Ok(answer) => return Ok(read::<Comment>(answer.body, what)?.shown()),
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
        let who = issue.user.as_ref().map_or_else(|| in_words(None, ""), User::in_words);
        let Some(opener) = issue.user.as_ref().and_then(|user| self.address(user)) else {
            let reason = format!(
                "whose address the account {who} has, which opened it, is not in desk.yaml; add it to `people`"
            );
            return Err(DeskError::Refused { operation: what, reason });
        };
        let text = json!({"body": issue.body.unwrap_or_default(), "opened_by": opener});
        let bytes = text.to_string().into_bytes();
        let opener = issue.user.as_ref().map(User::key);
        Ok(Ticket { id: ticket.clone(), source: Source::GitHub, bytes, open: issue.state == "open", opener })
    }

    async fn comment(&self, ticket: &TicketId, markdown: &str) -> Result<Option<Shown>, DeskError> {
        self.write(ticket, LIVING, markdown, &format!("comment on ticket {ticket}")).await.map(Some)
    }

    async fn answers(&self, ticket: &TicketId) -> Result<Answers, DeskError> {
        let what = format!("read the approvals of ticket {ticket}");
        let account = self.account().await?;
        let (ours, others): (Vec<_>, Vec<_>) =
            self.comments(ticket, &what).await?.into_iter().partition(|comment| comment.is_by(account));
        let mut remarks: Vec<Remark> = others.iter().map(|comment| self.remark(comment)).collect();
        self.find_edits(&others, &mut remarks, &what).await?;
        let mut answers = sort_out(&remarks);
        if let Some(living) = ours.iter().find(|comment| is_marked(&comment.body, LIVING)) {
            answers.shown = Some(living.shown());
            self.reactions(living.id, account, &mut answers, &what).await?;
        }
        Ok(answers)
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
