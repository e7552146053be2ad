//! Jira Service Management Cloud as far as requests go (Atlassian, «Jira Service Management Cloud REST API», «Jira
//! Cloud platform REST API v3», «Rate limiting»).
//!
//! Every project is a service project with one request type and one queue, number 1, of what is not done. An account
//! whose name begins with `agent` or `tripod` is an agent; everybody else is a customer. `private` shows no address, `left`
//! is deactivated, `bot` is an app. The transition «Ask for approval» asks those whom the field «Approvers» names, all of
//! whom have to approve. Whoever reported a request may
//! edit it, which is for each project's permissions to say. Who calls signs in by HTTP
//! Basic with an e-mail address and the token `sandbox`.

mod approvals;
mod document;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::approvals::Approval;
use self::document::document;
use crate::table::{Rows, Table};
use crate::wire::{Moment, Reply, Request};

type Answer = Result<Reply, Reply>;

/// The field that names those who are asked to approve.
const APPROVERS: &str = "customfield_10070";
/// The longest comment, in characters.
const LONGEST: usize = 32_767;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ticket {
    number: u64,
    project: String,
    reporter: String,
    fields: Vec<(String, Value)>,
    done: bool,
    comments: Vec<Comment>,
    created: Timestamp,
    /// The accounts of those who take part in it beside whoever reported it.
    #[serde(default)]
    participants: BTreeSet<String>,
    /// Service Management's own approvals.
    #[serde(default)]
    approvals: Vec<Approval>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Comment {
    id: u64,
    author: String,
    body: Value,
    public: bool,
    created: Timestamp,
    updated: Timestamp,
    /// Who changed it last; nothing if nobody did.
    #[serde(default)]
    editor: Option<String>,
}

/// A Jira site.
#[derive(Debug, Default)]
pub(super) struct Jira {
    tickets: Table<Ticket>,
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"errorMessages": [message], "errors": {}}))
}

fn missing() -> Reply {
    error(404, "Issue does not exist or you do not have permission to see it.")
}

pub(super) fn throttled(moment: &mut Moment) -> Reply {
    error(429, "Rate limit exceeded.").header("retry-after", moment.random.u32(1..=30).to_string())
}

pub(super) fn unavailable() -> Reply {
    error(503, "Service Unavailable")
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// The id of the account with an address; the same address has the same one.
fn account_id(address: &str) -> String {
    let number = address.bytes().fold(5_u64, |id, byte| (id * 131 + u64::from(byte)) % 0xffff_ffff_fffb);
    format!("712020:{number:012x}")
}

fn is_agent(address: &str) -> bool {
    address.starts_with("agent") || address.starts_with("tripod")
}

/// A user. Customers who are not of the organisation do not show their addresses.
fn user(address: &str) -> Value {
    let mut user = json!({
        "accountId": account_id(address),
        "accountType": match address {
            _ if address.starts_with("customer") => "customer",
            _ if address.starts_with("bot") => "app",
            _ => "atlassian",
        },
        "displayName": address.split('@').next().unwrap_or_default().replace('.', " "),
        "active": !address.starts_with("left"),
    });
    if !["customer", "private", "bot"].iter().any(|name| address.starts_with(name)) {
        user["emailAddress"] = Value::from(address);
    }
    user
}

fn field_label(id: &str) -> &str {
    match id {
        "customfield_10050" => "Mailbox address",
        "customfield_10051" => "Purpose",
        "customfield_10052" => "App",
        "customfield_10053" => "Kind",
        "customfield_10054" => "People with access",
        "customfield_10055" => "Requester",
        "customfield_10056" => "Needed by",
        APPROVERS => "Approvers",
        // A label that an administrator has translated.
        "customfield_10060" => "Postfach",
        _ => "Summary",
    }
}

impl Comment {
    fn shown(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "author": user(&self.author),
            "updateAuthor": user(self.editor.as_ref().unwrap_or(&self.author)),
            "body": self.body,
            "created": time(self.created),
            "updated": time(self.updated),
            "jsdPublic": self.public,
        })
    }
}

impl Ticket {
    fn key(&self) -> String {
        format!("{}-{}", self.project, self.number)
    }

    fn shown(&self) -> Value {
        let values: Vec<Value> = self
            .fields
            .iter()
            .map(|(id, value)| json!({"fieldId": id, "label": field_label(id), "value": value}))
            .collect();
        let (status, category) = if self.done { ("Done", "DONE") } else { ("Waiting for support", "NEW") };
        json!({
            "issueId": (10_000 + self.number).to_string(),
            "issueKey": self.key(),
            "requestTypeId": "1",
            "serviceDeskId": "1",
            "createdDate": {"iso8601": time(self.created), "epochMillis": self.created.as_millisecond()},
            "reporter": user(&self.reporter),
            "requestFieldValues": values,
            "currentStatus": {"status": status, "statusCategory": category},
        })
    }
}

fn caller(request: &Request) -> Result<String, Reply> {
    let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let pair = basic.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    match pair.as_deref().and_then(|pair| pair.rsplit_once(':')) {
        Some((address, "sandbox")) if address.contains('@') => Ok(address.to_owned()),
        _ => Err(error(401, "Client must be authenticated to access this resource.")),
    }
}

fn body(request: &Request) -> Result<Value, Reply> {
    request.json().map_err(|_| error(400, "Unexpected character in the request's body"))
}

fn row_key(project: &str, number: u64) -> String {
    format!("{project}-{number:010}")
}

impl Jira {
    pub(super) fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        vec![("jira/tickets".to_owned(), &mut self.tickets)]
    }

    pub(super) fn answer(&mut self, request: &Request, moment: &Moment) -> Reply {
        self.route(request, moment).unwrap_or_else(|refusal| refusal)
    }

    fn route(&mut self, request: &Request, moment: &Moment) -> Answer {
        let who = caller(request)?;
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let number = |name: &str, default: usize| {
            request.query_value(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(default)
        };
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["rest", "api", "3", "myself"]) => Ok(Reply::json(200, user(&who))),
            ("POST", ["rest", "servicedeskapi", "request"]) => self.create(request, &who, moment),
            ("GET", ["rest", "servicedeskapi", "servicedesk", project, "queue", "1", "issue"]) => {
                if !is_agent(&who) {
                    return Err(error(403, "You do not have permission to view this queue."));
                }
                let (start, limit) = (number("start", 0), number("limit", 50).min(50));
                let prefix = format!("{project}-");
                let open: Vec<Value> = self
                    .tickets
                    .with_prefix(&prefix)
                    .filter(|(_, ticket)| !ticket.done)
                    .map(|(_, ticket)| json!({"id": (10_000 + ticket.number).to_string(), "key": ticket.key(), "fields": {}}))
                    .collect();
                let last = start + limit >= open.len();
                let values: Vec<Value> = open.into_iter().skip(start).take(limit).collect();
                let page =
                    json!({"size": values.len(), "start": start, "limit": limit, "isLastPage": last, "values": values});
                Ok(Reply::json(200, page))
            }
            ("GET", ["rest", "servicedeskapi", "request", key]) => Ok(Reply::json(200, self.seen(key, &who)?.shown())),
            ("GET", ["rest", "servicedeskapi", "request", key, "approval"]) => {
                let (start, limit) = (number("start", 0), number("limit", 50).min(50));
                Ok(approvals::page(&self.seen(key, &who)?.approvals, start, limit))
            }
            ("POST", ["rest", "servicedeskapi", "request", key, "approval", id]) => {
                self.seen(key, &who)?;
                approvals::decide(&mut self.ticket_mut(key)?.approvals, id, &body(request)?, &who, moment)
            }
            ("POST", ["rest", "servicedeskapi", "request", key, "participant"]) => self.take_part(key, request, &who),
            ("POST", ["rest", "servicedeskapi", "request", key, "comment"]) => {
                let body = body(request)?;
                let text = body.get("body").and_then(Value::as_str).filter(|text| !text.is_empty());
                let text = text.ok_or_else(|| error(400, "Comment body can not be empty!"))?;
                let public = body.get("public").and_then(Value::as_bool).unwrap_or(true);
                if !public && !is_agent(&who) {
                    return Err(error(403, "Only agents may make internal comments."));
                }
                self.comment(key, &who, document(text), public, moment)
            }
            ("PUT", ["rest", "api", "3", "issue", key]) => self.correct(key, request, &who),
            ("GET", ["rest", "api", "3", "issue", key, "comment"]) => {
                let ticket = self.seen(key, &who)?;
                let (start, limit) = (number("startAt", 0), number("maxResults", 100).min(100));
                let shown = |comment: &&Comment| comment.public || is_agent(&who);
                let all: Vec<&Comment> = ticket.comments.iter().filter(shown).collect();
                let page: Vec<Value> = all.iter().skip(start).take(limit).map(|comment| comment.shown()).collect();
                let page = json!({"startAt": start, "maxResults": limit, "total": all.len(), "comments": page});
                Ok(Reply::json(200, page))
            }
            ("POST", ["rest", "api", "3", "issue", key, "comment"]) => {
                let text = body(request)?.get("body").cloned().unwrap_or_default();
                self.comment(key, &who, text, true, moment)
            }
            ("PUT", ["rest", "api", "3", "issue", key, "comment", id]) => self.edit(key, id, request, &who, moment),
            ("GET", ["rest", "api", "3", "issue", key, "transitions"]) => {
                let ticket = self.seen(key, &who)?;
                let way = |id: &str, name: &str, category: &str| json!({"id": id, "name": name, "to": {"name": name, "statusCategory": {"key": category}}});
                let ways = match (is_agent(&who), ticket.done) {
                    (false, _) => vec![],
                    (true, true) => vec![way("41", "Reopen", "new")],
                    (true, false) => vec![
                        way("21", "In progress", "indeterminate"),
                        way("31", "Done", "done"),
                        way("51", "Ask for approval", "indeterminate"),
                    ],
                };
                Ok(Reply::json(200, json!({"expand": "transitions", "transitions": ways})))
            }
            ("POST", ["rest", "api", "3", "issue", key, "transitions"]) => {
                let id = body(request)?.pointer("/transition/id").and_then(Value::as_str).map(str::to_owned);
                let done = self.seen(key, &who)?.done;
                let after = match (is_agent(&who), done, id.as_deref()) {
                    (true, false, Some("21" | "51")) | (true, true, Some("41")) => false,
                    (true, false, Some("31")) => true,
                    _ => {
                        return Err(error(
                            400,
                            "It seems that you have tried to perform an illegal workflow operation.",
                        ));
                    }
                };
                let ticket = self.ticket_mut(key)?;
                ticket.done = after;
                if id.as_deref() == Some("51") {
                    let number = ticket.number * 100 + ticket.approvals.len() as u64 + 1;
                    let approvers = ticket.fields.iter().find(|(id, _)| id == APPROVERS).map(|(_, value)| value);
                    let approval = Approval::asked(number, approvers, moment);
                    ticket.approvals.push(approval);
                }
                Ok(Reply::empty(204))
            }
            _ => Err(missing()),
        }
    }

    fn create(&mut self, request: &Request, who: &str, moment: &Moment) -> Answer {
        let body = body(request)?;
        let project = body.get("serviceDeskId").and_then(Value::as_str);
        let project = project.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let fields = body.get("requestFieldValues").and_then(Value::as_object);
        let (Some(project), Some(fields)) = (project, fields) else {
            return Err(error(400, "The request has no service desk or no fields."));
        };
        let prefix = format!("{project}-");
        let number = self.tickets.with_prefix(&prefix).last().map_or(1, |(_, ticket)| ticket.number + 1);
        let ticket = Ticket {
            number,
            project: project.to_owned(),
            reporter: who.to_owned(),
            fields: fields.iter().map(|(id, value)| (id.clone(), value.clone())).collect(),
            done: false,
            comments: Vec::new(),
            created: moment.now,
            participants: BTreeSet::new(),
            approvals: Vec::new(),
        };
        let shown = ticket.shown();
        self.tickets.insert(row_key(project, number), ticket);
        Ok(Reply::json(201, shown))
    }

    /// «Add request participants»: they see the request and what is said to the customer, and answer it.
    fn take_part(&mut self, key: &str, request: &Request, who: &str) -> Answer {
        self.seen(key, who)?;
        let body = body(request)?;
        let accounts = body.get("accountIds").and_then(Value::as_array);
        let accounts = accounts.ok_or_else(|| error(400, "The request has no account."))?;
        let ticket = self.ticket_mut(key)?;
        ticket.participants.extend(accounts.iter().filter_map(Value::as_str).map(str::to_owned));
        let values: Vec<Value> = ticket.participants.iter().map(|account| json!({"accountId": account})).collect();
        let size = values.len();
        Ok(Reply::json(200, json!({"size": size, "start": 0, "limit": 50, "isLastPage": true, "values": values})))
    }

    /// «Edit issue»: fields that are named are set, the others stay.
    fn correct(&mut self, key: &str, request: &Request, who: &str) -> Answer {
        self.seen(key, who)?;
        let body = body(request)?;
        let fields = body.get("fields").and_then(Value::as_object);
        let fields = fields.ok_or_else(|| error(400, "one of 'fields' or 'update' required"))?;
        let ticket = self.ticket_mut(key)?;
        for (id, value) in fields {
            match ticket.fields.iter_mut().find(|(known, _)| known == id) {
                Some((_, known)) => known.clone_from(value),
                None => ticket.fields.push((id.clone(), value.clone())),
            }
        }
        Ok(Reply::empty(204))
    }

    fn comment(&mut self, key: &str, who: &str, body: Value, public: bool, moment: &Moment) -> Answer {
        self.seen(key, who)?;
        checked(&body)?;
        let ticket = self.ticket_mut(key)?;
        let id = ticket.number * 100_000 + ticket.comments.len() as u64 + 1;
        let (created, updated) = (moment.now, moment.now);
        let comment = Comment { id, author: who.to_owned(), body, public, created, updated, editor: None };
        let shown = comment.shown();
        ticket.comments.push(comment);
        Ok(Reply::json(201, shown))
    }

    fn edit(&mut self, key: &str, id: &str, request: &Request, who: &str, moment: &Moment) -> Answer {
        self.seen(key, who)?;
        let text = body(request)?.get("body").cloned().unwrap_or_default();
        checked(&text)?;
        let comments = &mut self.ticket_mut(key)?.comments;
        let comment = comments.iter_mut().find(|comment| comment.id.to_string() == id).ok_or_else(missing)?;
        if comment.author != who && !who.starts_with("agent") {
            return Err(error(400, "You do not have the permission to edit this comment."));
        }
        comment.body = text;
        // Nobody edits in the very millisecond of the writing.
        comment.updated = moment.now.max(comment.updated + jiff::SignedDuration::from_millis(1));
        comment.editor = Some(who.to_owned());
        Ok(Reply::json(200, comment.shown()))
    }

    fn ticket_mut(&mut self, key: &str) -> Result<&mut Ticket, Reply> {
        let (project, number) = key.rsplit_once('-').ok_or_else(missing)?;
        let number = number.parse().map_err(|_| missing())?;
        self.tickets.get_mut(&row_key(project, number)).ok_or_else(missing)
    }

    /// A ticket for those who may see it: agents, whoever reported it, and those who take part in it.
    fn seen(&self, key: &str, who: &str) -> Result<&Ticket, Reply> {
        let (project, number) = key.rsplit_once('-').ok_or_else(missing)?;
        let number = number.parse().map_err(|_| missing())?;
        let ticket = self.tickets.get(&row_key(project, number)).ok_or_else(missing)?;
        let account = account_id(who);
        let takes_part = ticket.reporter == who
            || ticket.participants.contains(&account)
            || ticket.approvals.iter().any(|approval| approval.asks(&account));
        if is_agent(who) || takes_part { Ok(ticket) } else { Err(missing()) }
    }
}

/// A comment has to be a document with something in it, and no empty text node.
fn checked(body: &Value) -> Result<(), Reply> {
    let invalid = || error(400, "INVALID_INPUT");
    let is_document = body.get("type").and_then(Value::as_str) == Some("doc")
        && body.get("version").and_then(Value::as_u64) == Some(1)
        && body.get("content").and_then(Value::as_array).is_some_and(|content| !content.is_empty());
    let text = body.to_string();
    if !is_document || text.contains(r#""text":"""#) {
        return Err(invalid());
    }
    if text.chars().count() > LONGEST * 4 { Err(error(400, "The entered text is too long.")) } else { Ok(()) }
}
