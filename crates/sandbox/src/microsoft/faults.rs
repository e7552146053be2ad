//! Throttling and outages in the vendor's words.

use super::graph;
use super::login;
use crate::wire::{Body, Moment, Reply, Request};

/// What Exchange says when there are too many calls at once (facts sheet, Microsoft 1a, «Errors»).
const CONCURRENT: &str =
    "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";

/// Too many requests.
pub(super) fn throttled(request: &Request, moment: &mut Moment) -> Reply {
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
pub(super) fn unavailable(request: &Request, moment: &mut Moment) -> Reply {
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
