//! What may become of a reply on its way.

use std::time::Duration;

use serde_json::json;

use super::field::{self, Spoil};
use super::pages::{self, Later};
use super::record::Exchange;
use super::route::{identity, parts, route};
use crate::between::Delivery;
use crate::wire::{Body, Reply, Request};

const STATUSES: [u16; 14] = [204, 301, 400, 401, 403, 404, 404, 404, 409, 410, 429, 500, 502, 503];
const PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>";

/// What was done to a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The connection was closed before the first byte.
    NoReply,
    /// The connection was closed in the middle of the body.
    Cut,
    /// The body ends early, and the length says that it is complete.
    Short,
    /// It came after so many seconds.
    Delayed(u64),
    /// It came with this status, and an error in the provider's form or in none.
    Status(u16),
    /// It came without a body.
    Empty,
    /// A web page came in its place, with this status.
    WebPage(u16),
    /// It holds bytes that are no text.
    NoText,
    /// Another reply of the same route came in its place.
    Other {
        /// The path that was asked for the other one.
        path: String,
        /// Whether it is a list, of which nothing says what it is a list of.
        is_list: bool,
    },
    /// One field was spoilt.
    Field(String, Spoil),
    /// An item of a batch, or every one, was answered with «not found».
    ItemsNotFound(usize),
    /// A list came without some of its rows, and without a word of it.
    ListCut,
    /// A list came in pages, and the second one not as it should.
    Page(Later),
}

impl Harm {
    /// Whether what came is in every way what the provider might have said of another truth, so that a reader cannot
    /// know better: a list with fewer rows, another list of the same kind, a thing that is not there.
    #[must_use]
    pub fn is_believable(&self) -> bool {
        match self {
            Self::ListCut | Self::Status(404 | 410) | Self::ItemsNotFound(_) => true,
            // A list that has no rows is left out by the providers, too, and so is a link to a next page.
            Self::Field(path, Spoil::Dropped | Spoil::Nulled | Spoil::Emptied) => {
                let last = path.rsplit('/').next().unwrap_or_default();
                last.bytes().all(|byte| byte.is_ascii_digit())
                    || [
                        "value",
                        "users",
                        "groups",
                        "members",
                        "delegates",
                        "items",
                        "policies",
                        "nextPageToken",
                        "@odata.nextLink",
                    ]
                    .contains(&last)
            }
            _ => false,
        }
    }
}

/// A reply with something done to it; nothing where it does not lend itself to what was drawn.
pub(super) fn harm(
    chance: &mut fastrand::Rng,
    request: &Request,
    route: &str,
    reply: &Reply,
    known: &[Exchange],
) -> Option<(Harm, Delivery)> {
    let whole = || Delivery::from(reply.clone());
    Some(match chance.u8(0..28) {
        0 => (Harm::NoReply, Delivery { body: Vec::new(), cut: true, ..whole() }),
        1 => {
            let body = part(chance, whole().body);
            (Harm::Cut, Delivery { body, cut: true, ..whole() })
        }
        2 => (Harm::Short, Delivery { body: part(chance, whole().body), ..whole() }),
        3 => {
            let seconds = [2, 90, 1200, 4000][chance.usize(0..4)];
            (Harm::Delayed(seconds), Delivery { wait: Duration::from_secs(seconds), ..whole() })
        }
        4..=7 => {
            let status = STATUSES[chance.usize(0..STATUSES.len())];
            (Harm::Status(status), failed(chance, request, status))
        }
        8 => (Harm::Empty, Delivery { body: Vec::new(), content_type: None, ..whole() }),
        9 => {
            let status = [200, 404, 502][chance.usize(0..3)];
            let page = Body::Text { content_type: "text/html".to_owned(), text: PAGE.to_owned() };
            (Harm::WebPage(status), Reply { status, headers: Vec::new(), body: page }.into())
        }
        10 => (Harm::NoText, Delivery { body: no_text(chance, whole().body), ..whole() }),
        11..=13 => other(chance, request, route, reply, known)?,
        14..=22 => spoilt(chance, reply)?,
        23 => not_found(chance, request, reply)?,
        24 | 25 => (Harm::ListCut, pages::cut(chance, reply)?.into()),
        _ => {
            let Body::Json(body) = &reply.body else { return None };
            let later = if chance.bool() { Later::Again } else { Later::Lost };
            let page = pages::first(request, body, later)?;
            (Harm::Page(later), Reply { body: Body::Json(page), ..reply.clone() }.into())
        }
    })
}

fn part(chance: &mut fastrand::Rng, mut body: Vec<u8>) -> Vec<u8> {
    body.truncate(chance.usize(0..=body.len()));
    body
}

fn no_text(chance: &mut fastrand::Rng, mut body: Vec<u8>) -> Vec<u8> {
    // Inside a text if there is one, so that the rest is JSON as before.
    let letters: Vec<usize> = (0..body.len()).filter(|place| body[*place].is_ascii_lowercase()).collect();
    if let Some(place) = chance.choice(letters) {
        body[place] = 0xff;
    }
    body
}

fn failed(chance: &mut fastrand::Rng, request: &Request, status: u16) -> Delivery {
    let body = if crate::hosts::is_google(&request.host) {
        let reason = match status {
            403 => ["forbidden", "quotaExceeded", "notAuthorized"][chance.usize(0..3)],
            404 => "notFound",
            _ => "backendError",
        };
        json!({"error": {"code": status, "message": "No.", "errors": [{"domain": "global", "reason": reason, "message": "No."}]}})
    } else {
        let code = match status {
            403 => "Authorization_RequestDenied",
            404 => "Request_ResourceNotFound",
            _ => "UnknownError",
        };
        json!({"error": {"code": code, "message": "No."}})
    };
    match chance.u8(0..3) {
        0 => Reply::empty(status).into(),
        _ if status == 204 => Reply::empty(status).into(),
        _ => Reply::json(status, body).into(),
    }
}

fn other(
    chance: &mut fastrand::Rng,
    request: &Request,
    of: &str,
    reply: &Reply,
    known: &[Exchange],
) -> Option<(Harm, Delivery)> {
    let different = |one: &&Exchange| {
        route(&one.request) == of && identity(&one.request) != identity(request) && one.reply != *reply
    };
    let other = chance.choice(known.iter().filter(different).collect::<Vec<_>>())?;
    let is_list =
        matches!(&reply.body, Body::Json(body) if pages::list(body).is_some() || body.get("delegates").is_some());
    let settles_itself = ["filter=proxyAddresses", "filter=mail"].iter().any(|by| of.contains(by));
    // What Gmail says of a mailbox does not name it either.
    let is_list = (is_list && !settles_itself) || of.contains("/settings/") || of.contains("/groups/v1/");
    Some((Harm::Other { path: other.request.path.clone(), is_list }, other.reply.clone().into()))
}

fn spoilt(chance: &mut fastrand::Rng, reply: &Reply) -> Option<(Harm, Delivery)> {
    let Body::Json(body) = &reply.body else { return None };
    let place = chance.choice(field::all_places(body))?;
    let how = Spoil::ALL[chance.usize(0..Spoil::ALL.len())];
    let mut body = body.clone();
    let changed = field::spoil(&mut body, &place, how);
    changed.then(|| (Harm::Field(place, how), Reply { body: Body::Json(body), ..reply.clone() }.into()))
}

fn not_found(chance: &mut fastrand::Rng, request: &Request, reply: &Reply) -> Option<(Harm, Delivery)> {
    let Body::Json(body) = &reply.body else { return None };
    let items = parts(request, reply).len().checked_sub(1).filter(|items| *items > 0)?;
    let mut body = body.clone();
    let error = json!({"error": {"code": "Request_ResourceNotFound", "message": "Resource does not exist."}});
    let one = chance.choice(0..items).filter(|_| chance.bool());
    for (place, response) in body["responses"].as_array_mut()?.iter_mut().enumerate() {
        if one.is_none_or(|one| one == place) {
            response["status"] = json!(404);
            response["body"] = error.clone();
        }
    }
    let count = if one.is_some() { 1 } else { items };
    Some((Harm::ItemsNotFound(count), Reply { body: Body::Json(body), ..reply.clone() }.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            method: http::Method::GET,
            host: "graph.microsoft.com".into(),
            path: "/v1.0/users".into(),
            query: String::new(),
            headers: [(http::header::HOST, "127.0.0.1:1".parse().unwrap())].into_iter().collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn every_harm_is_drawn_and_changes_the_reply() {
        let reply = Reply::json(200, json!({"value": [{"id": "1"}, {"id": "2"}]}));
        let mut kinds = std::collections::BTreeSet::new();
        let known = [Exchange {
            request: Request { path: "/v1.0/users".into(), query: "$top=1".into(), ..request() },
            reply: Reply::json(200, json!({"value": []})),
        }];
        for seed in 0..2000 {
            let mut chance = fastrand::Rng::with_seed(seed);
            let found = harm(&mut chance, &request(), &route(&request()), &reply, &known);
            if let Some((harm, delivery)) = found {
                let same = delivery == Delivery::from(reply.clone());
                assert!(!same || matches!(harm, Harm::Cut | Harm::Short | Harm::ListCut), "{harm:?}");
                kinds.insert(format!("{harm:?}").split(['(', ' ']).next().unwrap().to_owned());
            }
        }
        assert_eq!(kinds.len(), 12, "{kinds:?}");
    }

    #[test]
    fn a_field_of_a_list_that_is_left_out_is_believable_and_one_of_an_account_is_not() {
        let field = |path: &str, how| Harm::Field(path.to_owned(), how).is_believable();
        assert!(field("/members", Spoil::Dropped));
        assert!(field("/members/3", Spoil::Dropped));
        assert!(!field("/members", Spoil::Retyped));
        assert!(!field("/members/3/email", Spoil::Dropped));
    }
}
