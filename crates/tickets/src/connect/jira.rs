//! Jira Service Management Cloud (Atlassian, «Jira Service Management Cloud REST API» and «Jira Cloud platform REST
//! API v3»).
//!
//! The open requests are those of a queue. A comment is made through Service Management, which alone can make it
//! internal, and edited through the platform. An approval is a comment that names the digest and that was never edited,
//! or one of Service Management's own, which says who approved, and not what: it counts if it was asked for when the
//! living comment showed the plan already, because the time of a single decision is not told.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tripod_model::Address;
use tripod_tenant::Clock;

use super::client::{Call, Client, List, unreadable};
use super::remarks::{Remark, sort_out};
use super::settings::{DeskSettings, JiraSettings};
use super::text::fingerprint;
use super::{OpenError, adf};
use crate::desk::{
    Answers, Desk, DeskError, Given, PassedOver, Says, Shown, Ticket, TicketId, Uncounted, account as in_words,
};
use crate::request::{Key, Source};

const LIVING: &str = "This comment is kept up to date by Tripod.";
const CLOSING: &str = "This is the last word of Tripod on this request.";
/// Jira takes no longer comments by default, in characters (Atlassian, «Text field character limit»).
const LONGEST_COMMENT: usize = 32_767;

/// A queue of Jira Service Management as a desk.
#[derive(Debug)]
pub struct JiraDesk {
    client: Client,
    settings: JiraSettings,
    people: BTreeMap<String, Address>,
    account: OnceCell<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    account_id: String,
    account_type: Option<String>,
    email_address: Option<String>,
    /// What the person calls themselves. It decides nothing.
    display_name: Option<String>,
    active: Option<bool>,
}

impl User {
    fn in_words(&self) -> String {
        in_words(self.display_name.as_deref(), &self.account_id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnApprovals {
    size: usize,
    is_last_page: bool,
    values: Vec<OwnApproval>,
}

/// An approval of Service Management: several people are asked, and each decides.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnApproval {
    final_decision: String,
    created_date: Moment,
    #[serde(default)]
    approvers: Vec<Approver>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Approver {
    approver: User,
    approver_decision: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moment {
    epoch_millis: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    issue_key: String,
    #[serde(rename = "requestTypeId")]
    kind: String,
    current_status: Status,
    reporter: User,
    #[serde(rename = "requestFieldValues")]
    values: Vec<FieldValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status_category: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FieldValue {
    field_id: String,
    label: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Queue {
    size: usize,
    is_last_page: bool,
    values: Vec<Queued>,
}

#[derive(Deserialize)]
struct Queued {
    key: String,
}

#[derive(Deserialize)]
struct Comments {
    total: usize,
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    id: String,
    author: Option<User>,
    /// Who changed it last: whoever wrote it, if nobody did.
    update_author: Option<User>,
    body: Value,
    created: String,
    updated: String,
}

impl Comment {
    fn is_by(&self, account: &str) -> bool {
        self.author.as_ref().is_some_and(|author| author.account_id == account)
    }

    /// Whether it is as its author wrote it. An edit by somebody else shows also where it came in the same moment.
    fn is_edited(&self) -> bool {
        let id = |user: &Option<User>| user.as_ref().map(|user| user.account_id.clone());
        self.created != self.updated || self.update_author.is_some() && id(&self.update_author) != id(&self.author)
    }

    fn shown(&self, what: &str) -> Result<Shown, DeskError> {
        let at = moment(&self.updated).ok_or_else(|| unreadable(what, "a comment has no time"))?;
        Ok(Shown { at, mark: fingerprint(&format!("{}\n{}", self.updated, adf::text(&self.body))) })
    }

    fn is_marked(&self, mark: &str) -> bool {
        adf::text(&self.body).trim_end().ends_with(mark)
    }
}

#[derive(Deserialize)]
struct Transitions {
    transitions: Vec<Transition>,
}

#[derive(Deserialize)]
struct Transition {
    id: String,
    name: String,
    to: Target,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    status_category: Category,
}

#[derive(Deserialize)]
struct Category {
    key: String,
}

impl JiraDesk {
    /// The desk. The token is read; nothing is asked yet.
    pub fn new(jira: &JiraSettings, settings: &DeskSettings, clock: &Arc<dyn Clock>) -> Result<Self, OpenError> {
        let token = settings.secret(&jira.credential)?;
        let pair = STANDARD.encode(format!("{}:{}", jira.user, token.expose_secret()));
        let authorization = SecretString::from(format!("Basic {pair}"));
        let client = Client::new(&jira.url, settings, &authorization, &[("accept", "application/json")], clock)?;
        Ok(Self { client, settings: jira.clone(), people: settings.people.clone(), account: OnceCell::new() })
    }

    /// The id as it stands in a path. Another project's request is none of ours.
    fn key<'a>(&self, ticket: &'a TicketId) -> Result<&'a str, DeskError> {
        let number =
            ticket.as_str().strip_prefix(self.settings.project.as_str()).and_then(|rest| rest.strip_prefix('-'));
        match number {
            Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => Ok(ticket.as_str()),
            _ => Err(DeskError::Missing(ticket.clone())),
        }
    }

    async fn account(&self) -> Result<&str, DeskError> {
        let ask = || async {
            let what = "ask whose token it is";
            let answer = self.client.send(&Call::get("/rest/api/3/myself", what)).await?;
            Ok::<_, DeskError>(read::<User>(answer.body, what)?.account_id)
        };
        Ok(self.account.get_or_try_init(ask).await?)
    }

    async fn request(&self, ticket: &TicketId, what: &str) -> Result<Request, DeskError> {
        let call = Call::get(format!("/rest/servicedeskapi/request/{}", self.key(ticket)?), what);
        let answer = self.client.send(&call).await.map_err(|error| error.about(ticket))?;
        let request: Request = read(answer.body, what)?;
        // A request that was moved answers under its old key, too.
        if request.issue_key == ticket.as_str() { Ok(request) } else { Err(DeskError::Missing(ticket.clone())) }
    }

    async fn comments(&self, ticket: &TicketId, what: &str) -> Result<Vec<Comment>, DeskError> {
        let path = format!("/rest/api/3/issue/{}/comment", self.key(ticket)?);
        let mut comments = Vec::new();
        let mut list = List::new(what);
        loop {
            let call = Call::get(path.clone(), what)
                .query("orderBy", "created")
                .query("startAt", comments.len().to_string())
                .query("maxResults", "100");
            let answer = self.client.send(&call).await.map_err(|error| error.about(ticket))?;
            let page: Comments = read(answer.body, what)?;
            let (count, first) = (page.comments.len(), page.comments.first().map(|comment| comment.id.clone()));
            comments.extend(page.comments);
            if comments.len() >= page.total {
                return Ok(comments);
            }
            let first = first.ok_or_else(|| unreadable(what, "the list ends before its end"))?;
            list.after(count, &first)?;
        }
    }

    /// Writes a comment if it is not there: first with nothing but its mark, then with the text, because only Service
    /// Management makes internal comments and only the platform edits them.
    async fn write(
        &self,
        ticket: &TicketId,
        mark: &str,
        public: bool,
        markdown: &str,
        what: &str,
    ) -> Result<Shown, DeskError> {
        if markdown.chars().count() + mark.len() > LONGEST_COMMENT {
            let reason = format!("the comment has more than the {LONGEST_COMMENT} characters that Jira takes");
            return Err(DeskError::Refused { operation: what.to_owned(), reason });
        }
        let document = adf::document(markdown, mark);
        let key = self.key(ticket)?;
        let account = self.account().await?;
        let mut tried = false;
        loop {
            let comments = self.comments(ticket, what).await?;
            let ours = comments.iter().find(|comment| comment.is_by(account) && comment.is_marked(mark));
            let Some(ours) = ours else {
                let path = format!("/rest/servicedeskapi/request/{key}/comment");
                match self.client.send(&Call::create(path, json!({"body": mark, "public": public}), what)).await {
                    // It is looked up, whether the reply came or not.
                    Ok(_) if !tried => tried = true,
                    Ok(_) => return Err(unreadable(what, "a comment that was made is not in the list")),
                    Err(error) if error.is_uncertain() && !tried => tried = true,
                    Err(error) => return Err(error.about(ticket)),
                }
                continue;
            };
            if adf::text(&ours.body).trim_end() == adf::text(&document).trim_end() {
                return ours.shown(what);
            }
            let id: u64 = ours.id.parse().map_err(|_| unreadable(what, "a comment has no number"))?;
            let path = format!("/rest/api/3/issue/{key}/comment/{id}");
            let answer = self.client.send(&Call::set(Method::PUT, path, json!({"body": document}), what)).await?;
            return read::<Comment>(answer.body, what)?.shown(what);
        }
    }

    /// Whose address an account has: by the settings, or as Jira shows it.
    fn address(&self, user: &User) -> Option<Address> {
        let known = self.people.get(&user.account_id.to_lowercase()).cloned();
        known.or_else(|| user.email_address.as_ref()?.parse().ok())
    }

    /// The address of somebody who approves, or why their approval does not count.
    fn approver(&self, user: &User) -> Result<Address, Uncounted> {
        let known = self.people.contains_key(&user.account_id.to_lowercase());
        match user.account_type.as_deref() {
            Some("app") => return Err(Uncounted::Program),
            Some("atlassian") => {}
            // A customer's address is what they say of themselves; only an account of the organisation's site counts.
            _ if !known => return Err(Uncounted::Customer),
            _ => {}
        }
        if user.active == Some(false) {
            return Err(Uncounted::Deactivated);
        }
        self.address(user).ok_or(Uncounted::NoAddress)
    }

    fn remark(&self, comment: &Comment, what: &str) -> Result<Remark, DeskError> {
        let author = comment.author.as_ref();
        let who = author.map_or_else(|| in_words(None, ""), User::in_words);
        Ok(Remark {
            account: author.map(|user| user.account_id.clone()).unwrap_or_default(),
            what: format!("the comment of {who}"),
            at: moment(&comment.created).ok_or_else(|| unreadable(what, "a comment has no time"))?,
            reading: adf::says(&comment.body),
            spoilt: comment.is_edited().then_some(Uncounted::Edited),
            by: author.ok_or(Uncounted::NoAddress).and_then(|user| self.approver(user)),
        })
    }

    /// Service Management's own approvals of a request.
    async fn own(&self, ticket: &TicketId, answers: &mut Answers, what: &str) -> Result<(), DeskError> {
        let path = format!("/rest/servicedeskapi/request/{}/approval", self.key(ticket)?);
        let (mut start, mut approvals) = (0, Vec::new());
        let mut pages = List::new(what);
        loop {
            let call = Call::get(path.clone(), what).query("start", start.to_string()).query("limit", "50");
            let answer = self.client.send(&call).await.map_err(|error| error.about(ticket))?;
            let found: OwnApprovals = read(answer.body, what)?;
            start += found.size;
            approvals.extend(found.values);
            if found.is_last_page {
                break;
            }
            if found.size == 0 {
                return Err(unreadable(what, "the list of approvals ends before its end"));
            }
            pages.after(found.size, &start.to_string())?;
        }
        for approval in approvals.iter().filter(|approval| approval.final_decision == "approved") {
            let at = Timestamp::from_millisecond(approval.created_date.epoch_millis);
            let at = at.map_err(|_| unreadable(what, "an approval has no time"))?;
            for Approver { approver, .. } in
                approval.approvers.iter().filter(|approver| approver.approver_decision == "approved")
            {
                match self.approver(approver) {
                    Ok(by) => {
                        let account = approver.account_id.clone();
                        answers.given.push(Given { by, account, at, says: Says::NotBefore(at) });
                    }
                    Err(why) => {
                        let what = format!("the approval of {}", approver.in_words());
                        answers.passed_over.push(PassedOver { what, at: Some(at), why });
                    }
                }
            }
        }
        answers.given.sort();
        Ok(())
    }
}

#[async_trait]
impl Desk for JiraDesk {
    fn name(&self) -> &'static str {
        "jira"
    }

    async fn tickets(&self) -> Result<Vec<TicketId>, DeskError> {
        let what = "list the tickets";
        let path =
            format!("/rest/servicedeskapi/servicedesk/{}/queue/{}/issue", self.settings.project, self.settings.queue);
        let (mut tickets, mut start) = (Vec::new(), 0);
        let mut list = List::new(what);
        loop {
            let call = Call::get(path.clone(), what).query("start", start.to_string()).query("limit", "50");
            let page: Queue = read(self.client.send(&call).await?.body, what)?;
            for queued in &page.values {
                let ticket = queued.key.parse().map_err(|_| unreadable(what, "a request has no usable key"))?;
                tickets.push(ticket);
            }
            if page.is_last_page {
                tickets.sort();
                tickets.dedup();
                return Ok(tickets);
            }
            if page.size == 0 {
                return Err(unreadable(what, "the list ends before its end"));
            }
            // A page may lack all that the account must not see.
            let first = page.values.first().map_or_else(|| start.to_string(), |queued| queued.key.clone());
            list.after(page.values.len(), &first)?;
            start += page.size;
        }
    }

    async fn read(&self, ticket: &TicketId) -> Result<Ticket, DeskError> {
        let what = format!("read ticket {ticket}");
        let request = self.request(ticket, &what).await?;
        if self.settings.request_type.as_ref().is_some_and(|ours| ours.as_str() != request.kind) {
            return Err(DeskError::Missing(ticket.clone()));
        }
        let Some(reporter) = self.address(&request.reporter) else {
            let account = request.reporter.in_words();
            let reason = format!(
                "whose address the account {account} has, which reported it, Jira does not show; add it to `people`"
            );
            return Err(DeskError::Refused { operation: what, reason });
        };
        let opener = Some(request.reporter.account_id);
        let values: Vec<Value> = request
            .values
            .into_iter()
            .map(|field| {
                let named = self.settings.fields.get(&field.field_id).and_then(|name| Key::find(name));
                let label = named.map_or(field.label, |key| key.field().label.to_owned());
                json!({"label": label, "value": field.value})
            })
            .collect();
        let text = json!({"requestFieldValues": values, "reporter": {"emailAddress": reporter}});
        let open = request.current_status.status_category != "DONE";
        Ok(Ticket { id: ticket.clone(), source: Source::Jira, bytes: text.to_string().into_bytes(), open, opener })
    }

    async fn comment(&self, ticket: &TicketId, markdown: &str) -> Result<Option<Shown>, DeskError> {
        let what = format!("comment on ticket {ticket}");
        self.write(ticket, LIVING, self.settings.public, markdown, &what).await.map(Some)
    }

    async fn answers(&self, ticket: &TicketId) -> Result<Answers, DeskError> {
        let what = format!("read the approvals of ticket {ticket}");
        let account = self.account().await?;
        let (ours, others): (Vec<_>, Vec<_>) =
            self.comments(ticket, &what).await?.into_iter().partition(|comment| comment.is_by(account));
        let remarks = others.iter().map(|comment| self.remark(comment, &what)).collect::<Result<Vec<_>, _>>()?;
        let mut answers = sort_out(&remarks);
        let living = ours.iter().find(|comment| comment.is_marked(LIVING));
        answers.shown = living.map(|comment| comment.shown(&what)).transpose()?;
        self.own(ticket, &mut answers, &what).await?;
        Ok(answers)
    }

    async fn close(&self, ticket: &TicketId, markdown: &str) -> Result<(), DeskError> {
        let what = format!("close ticket {ticket}");
        let is_done = |request: &Request| request.current_status.status_category == "DONE";
        if is_done(&self.request(ticket, &what).await?) {
            return Ok(());
        }
        self.write(ticket, CLOSING, true, markdown, &what).await?;
        let path = format!("/rest/api/3/issue/{}/transitions", self.key(ticket)?);
        let answer = self.client.send(&Call::get(path.clone(), &*what)).await?;
        let ways: Transitions = read(answer.body, &what)?;
        let way = ways.transitions.iter().find(|way| match &self.settings.done {
            Some(name) => way.name == *name,
            None => way.to.status_category.key == "done",
        });
        let Some(way) = way else {
            let reason = "its workflow has no such transition from where it stands; name one as `done`".to_owned();
            return Err(DeskError::Refused { operation: what, reason });
        };
        match self.client.send(&Call::create(path, json!({"transition": {"id": way.id}}), &*what)).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_uncertain() && is_done(&self.request(ticket, &what).await?) => Ok(()),
            Err(error) => Err(error.about(ticket)),
        }
    }
}

/// A time as Jira writes it: `2026-11-23T09:00:00.000+0000`.
fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()
}

fn read<T: DeserializeOwned>(body: Value, what: &str) -> Result<T, DeskError> {
    serde_json::from_value(body).map_err(|error| unreadable(what, crate::text::printable(&error.to_string(), 200)))
}
