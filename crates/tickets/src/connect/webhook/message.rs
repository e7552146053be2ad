//! What each desk's messages look like: their headers, and where the ticket stands in them.

use hyper::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;

use super::signature::is_signed;
use crate::connect::settings::{DeskKind, Repository, Word};
use crate::desk::TicketId;
use crate::request::parse_json;

/// How old a message of ServiceNow may be.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
const RETRIES_OF_JIRA: SignedDuration = SignedDuration::from_hours(2);

/// Whose messages are received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// GitHub, about issues of one repository. Headers `X-Hub-Signature-256`, `X-GitHub-Delivery`, `X-GitHub-Event`
    /// (GitHub Docs, «Webhook events and payloads»). GitHub sends no time with it.
    GitHub {
        /// The repository.
        repository: Repository,
    },
    /// Jira, about requests of one project. Headers `X-Hub-Signature` and `X-Atlassian-Webhook-Identifier`; the body
    /// has the time, in milliseconds (Atlassian, «Webhooks»). It is sent up to five times, with a quarter of an hour
    /// between at most, so that it may be two hours old.
    Jira {
        /// The key of the project.
        project: Word,
    },
    /// ServiceNow, which signs nothing of itself: a business rule of the organisation's sends `{"number": "RITM…"}`
    /// with the headers `X-Tripod-Timestamp` (seconds of the epoch), `X-Tripod-Delivery` and `X-Tripod-Signature`, which
    /// is `sha256=` and the signature of time, delivery and body with a dot between each. Five minutes old at most.
    ServiceNow,
}

impl Sender {
    /// What is signed beside the body, so that two messages with the same body are told apart.
    pub(super) fn signed_beside(&self, headers: &HeaderMap) -> Vec<u8> {
        match self {
            Self::GitHub { .. } | Self::Jira { .. } => Vec::new(),
            Self::ServiceNow => {
                let names = ["x-tripod-timestamp", "x-tripod-delivery"];
                let bytes = |name: &str| headers.get(name).map(|value| value.as_bytes().to_owned());
                names.into_iter().filter_map(bytes).collect::<Vec<_>>().join(&b'.')
            }
        }
    }
}

/// A message whose signature is right.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// It is about a ticket.
    Ticket {
        /// The desk's id of the message.
        delivery: String,
        /// The ticket.
        ticket: TicketId,
    },
    /// It is about nothing of ours.
    Nothing,
}

/// Why a message is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The signature is not right, or the time is not.
    Signature,
    /// It is signed and cannot be read.
    Content,
}

impl Sender {
    /// The sender for a desk; none for one that sends no messages.
    #[must_use]
    pub fn of(kind: &DeskKind) -> Option<Self> {
        match kind {
            DeskKind::File(_) => None,
            DeskKind::GitHub(github) => Some(Self::GitHub { repository: github.repository.clone() }),
            DeskKind::Jira(jira) => Some(Self::Jira { project: jira.project.clone() }),
            DeskKind::ServiceNow(_) => Some(Self::ServiceNow),
        }
    }

    /// The name of the desk.
    #[must_use]
    pub fn desk(&self) -> &'static str {
        match self {
            Self::GitHub { .. } => "github",
            Self::Jira { .. } => "jira",
            Self::ServiceNow => "servicenow",
        }
    }

    /// Checks the signature over the raw body, and only then reads it.
    pub(super) fn message(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<Message, Refused> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match self {
            Self::GitHub { repository } => {
                if !is_signed(secret, &[body], header("x-hub-signature-256")) {
                    return Err(Refused::Signature);
                }
                let body = parse(body)?;
                if !matches!(header("x-github-event"), "issues" | "issue_comment") {
                    return Ok(Message::Nothing);
                }
                let name = body.pointer("/repository/full_name").and_then(Value::as_str).ok_or(Refused::Content)?;
                if !name.eq_ignore_ascii_case(&repository.to_string()) || body.pointer("/issue/pull_request").is_some()
                {
                    return Ok(Message::Nothing);
                }
                let number = body.pointer("/issue/number").and_then(Value::as_u64).ok_or(Refused::Content)?;
                message(header("x-github-delivery"), &number.to_string())
            }
            Self::Jira { project } => {
                if !is_signed(secret, &[body], header("x-hub-signature")) {
                    return Err(Refused::Signature);
                }
                let body = parse(body)?;
                let at = body.get("timestamp").and_then(Value::as_i64).ok_or(Refused::Content)?;
                let at = Timestamp::from_millisecond(at).map_err(|_| Refused::Content)?;
                if now.duration_since(at).abs() > RETRIES_OF_JIRA {
                    return Err(Refused::Signature);
                }
                let Some(key) = body.pointer("/issue/key") else { return Ok(Message::Nothing) };
                let key = key.as_str().ok_or(Refused::Content)?;
                if key.strip_prefix(project.as_str()).is_none_or(|rest| !rest.starts_with('-')) {
                    return Ok(Message::Nothing);
                }
                message(header("x-atlassian-webhook-identifier"), key)
            }
            Self::ServiceNow => {
                let (time, delivery) = (header("x-tripod-timestamp"), header("x-tripod-delivery"));
                let parts: [&[u8]; 5] = [time.as_bytes(), b".", delivery.as_bytes(), b".", body];
                if !is_signed(secret, &parts, header("x-tripod-signature")) {
                    return Err(Refused::Signature);
                }
                let at = time.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
                if now.duration_since(at.ok_or(Refused::Content)?).abs() > WINDOW {
                    return Err(Refused::Signature);
                }
                let body = parse(body)?;
                message(delivery, body.get("number").and_then(Value::as_str).ok_or(Refused::Content)?)
            }
        }
    }
}

fn message(delivery: &str, ticket: &str) -> Result<Message, Refused> {
    if delivery.is_empty() || delivery.len() > 120 {
        return Err(Refused::Content);
    }
    let ticket = ticket.parse().map_err(|_| Refused::Content)?;
    Ok(Message::Ticket { delivery: delivery.to_owned(), ticket })
}

fn parse(body: &[u8]) -> Result<Value, Refused> {
    parse_json(body).map_err(|_| Refused::Content)
}
