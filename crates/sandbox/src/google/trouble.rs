//! Throttling, outages and passing refusals in Google's words, for faults (facts sheet, Google 2.1, 2.2, 3.3, 3.4, 6.1).

use jiff::{SignedDuration, Timestamp};

use super::errors;
use crate::fault::{What, web_page};
use crate::wire::{Moment, Reply, Request};

/// The reply that stands for what goes wrong; none where it is the connection that does.
pub fn reply(what: What, request: &Request, moment: &mut Moment) -> Option<Reply> {
    Some(match what {
        What::Throttled => throttled(request, moment),
        What::Unavailable => unavailable(request),
        What::NotFound => not_found(request),
        What::Refused => refused(request),
        What::WebPage => web_page(),
        What::Cut | What::ReplyLost => return None,
    })
}

fn issues_tokens(request: &Request) -> bool {
    let host = request.host.as_str();
    matches!(host, "oauth2.googleapis.com" | "sts.googleapis.com" | "accounts.google.com" | "metadata.google.internal")
}

/// An object that is new is not found for seconds; a subject that is too new is refused a token.
fn not_found(request: &Request) -> Reply {
    match request.host.as_str() {
        _ if issues_tokens(request) => errors::token(400, "invalid_grant", "Invalid email or User ID"),
        "admin.googleapis.com" if request.path.contains("/members/") => errors::missing("memberKey"),
        "admin.googleapis.com" if request.path.contains("/groups/") => errors::missing("groupKey"),
        "admin.googleapis.com" => errors::missing("userKey"),
        "gmail.googleapis.com" => errors::canonical(404, "notFound", "Requested entity was not found."),
        _ => errors::directory(404, "notFound", "Resource Not Found"),
    }
}

/// The refusal of a role that is too small is that of an object that is too new, too; the settings of a new group are
/// refused as invalid (facts sheet, Google 3.3 and 4).
fn refused(request: &Request) -> Reply {
    if issues_tokens(request) {
        return errors::token(401, "unauthorized_client", "Unauthorized client or scope in request.");
    }
    if request.host == "www.googleapis.com" {
        return errors::directory(400, "invalid", "Invalid Value");
    }
    errors::forbidden()
}

/// The reply to a request that is too many, in one of the forms that the API is known to use.
fn throttled(request: &Request, moment: &mut Moment) -> Reply {
    let wait = moment.random.u32(1..=20);
    let until = moment.now.saturating_add(SignedDuration::from_secs(i64::from(wait))).unwrap_or(Timestamp::MAX);
    let form = moment.random.u32(0..3);
    match request.host.as_str() {
        // The token endpoint has no quota answer of its own in the sheet; it says that it cannot just now.
        _ if issues_tokens(request) => {
            errors::token(503, "internal_failure", "Backend Error").header("retry-after", wait.to_string())
        }
        "gmail.googleapis.com" => {
            let message = format!("User-rate limit exceeded.  Retry after {until:.3}");
            errors::canonical(429, "rateLimitExceeded", &message)
        }
        _ if form == 0 => errors::directory(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
        _ if form == 1 => {
            let message = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'.";
            errors::canonical(429, "rateLimitExceeded", message).header("retry-after", wait.to_string())
        }
        _ => {
            let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&until);
            let reply = errors::directory(403, "quotaExceeded", "Request rate higher than configured.");
            match date {
                Ok(date) => reply.header("retry-after", date),
                Err(_) => reply,
            }
        }
    }
}

/// The reply of a service that is not there just now.
pub(super) fn unavailable(request: &Request) -> Reply {
    match request.host.as_str() {
        _ if issues_tokens(request) => errors::token(503, "internal_failure", "Backend Error"),
        "gmail.googleapis.com" | "cloudidentity.googleapis.com" | "iamcredentials.googleapis.com" => {
            errors::canonical(503, "backendError", "The service is currently unavailable.")
        }
        _ => errors::directory(503, "backendError", "Service unavailable. Please try again"),
    }
}
