//! Throttling, outages and passing refusals in the vendor's words.

use super::exchange;
use super::graph;
use super::login;
use crate::fault::{What, web_page};
use crate::wire::{Body, Moment, Reply, Request};

/// What Exchange says when there are too many calls at once (facts sheet, Microsoft 1a, «Errors»).
const CONCURRENT: &str =
    "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";

/// The reply that stands for what goes wrong; none where it is the connection that does.
pub(super) fn reply(what: What, request: &Request, moment: &mut Moment) -> Option<Reply> {
    Some(match what {
        What::Throttled => throttled(request, moment),
        What::Unavailable => unavailable(request, moment),
        What::NotFound => not_found(request, moment),
        What::Refused => refused(request, moment),
        What::WebPage => web_page(),
        What::Cut | What::ReplyLost => return None,
    })
}

/// The same for an item of a batch: a connection cannot be cut inside of one, so the item is turned away instead.
pub(super) fn of_an_item(what: What, request: &Request, moment: &mut Moment) -> Reply {
    reply(what, request, moment).unwrap_or_else(|| throttled(request, moment))
}

/// A new object is not found by a copy that has not heard of it.
fn not_found(request: &Request, moment: &mut Moment) -> Reply {
    match request.host.as_str() {
        "login.microsoftonline.com" => no_consent(request, moment),
        "graph.microsoft.com" => {
            let segments = request.segments();
            let id = segments.get(2).map_or("", String::as_str);
            graph::errors::missing(id).reply(request, moment)
        }
        _ => exchange::not_found(request),
    }
}

/// A permission or a role that was given lately is not honoured at once.
fn refused(request: &Request, moment: &mut Moment) -> Reply {
    match request.host.as_str() {
        "login.microsoftonline.com" => no_consent(request, moment),
        "graph.microsoft.com" => graph::errors::denied().reply(request, moment),
        _ => exchange::refused(moment),
    }
}

fn no_consent(request: &Request, moment: &mut Moment) -> Reply {
    let text = "The user or administrator has not consented to use the application.";
    login::failure(400, "invalid_grant", 65_001, text, request, moment)
}

/// Too many requests.
fn throttled(request: &Request, moment: &mut Moment) -> Reply {
    match request.host.as_str() {
        "login.microsoftonline.com" => {
            let text = "There are too many incoming requests for this tenant. Wait and try again.";
            login::failure(429, "temporarily_unavailable", 90_055, text, request, moment).header("retry-after", "2")
        }
        "graph.microsoft.com" => {
            // A sample of Microsoft's shows a fraction here (facts sheet, Microsoft 3).
            let wait = format!("{}.{:03}", moment.random.u32(1..4), moment.random.u32(1..1000));
            graph::errors::failure(429, "TooManyRequests", "Please retry again later.")
                .with_inner_code("429")
                .reply(request, moment)
                .header("retry-after", wait)
        }
        _ => {
            let text = Body::Text { content_type: "text/plain; charset=utf-8".to_owned(), text: CONCURRENT.to_owned() };
            // Exchange says so at 429, with a wait, and at other statuses, without one.
            if moment.random.bool() {
                Reply { status: 429, headers: vec![("retry-after".to_owned(), "3".to_owned())], body: text }
            } else {
                Reply { status: 400, headers: Vec::new(), body: text }
            }
        }
    }
}

/// Out of service.
fn unavailable(request: &Request, moment: &mut Moment) -> Reply {
    match request.host.as_str() {
        "login.microsoftonline.com" => {
            let text = "A transient error has occurred. Please try again.";
            login::failure(503, "temporarily_unavailable", 90_033, text, request, moment)
        }
        "graph.microsoft.com" => {
            graph::errors::failure(503, "serviceNotAvailable", "The service is temporarily unavailable.")
                .reply(request, moment)
        }
        _ => Reply {
            status: 503,
            headers: Vec::new(),
            body: Body::Text {
                content_type: "text/html; charset=us-ascii".to_owned(),
                text: "<html><head><title>Service Unavailable</title></head><body><h2>Service Unavailable</h2><p>HTTP Error 503. The service is unavailable.</p></body></html>".to_owned(),
            },
        },
    }
}
