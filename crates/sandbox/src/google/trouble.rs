//! Throttling and outages in Google's words, for faults (facts sheet, Google 2.1, 2.2, 3.3, 6.1).

use jiff::{SignedDuration, Timestamp};

use super::errors;
use crate::wire::{Moment, Reply, Request};

/// The reply to a request that is too many, in one of the forms that the API is known to use.
pub fn throttled(request: &Request, moment: &mut Moment) -> Reply {
    let wait = moment.random.u32(1..=20);
    let until = moment.now.saturating_add(SignedDuration::from_secs(i64::from(wait))).unwrap_or(Timestamp::MAX);
    let form = moment.random.u32(0..3);
    match request.host.as_str() {
        // The token endpoint has no quota answer of its own in the sheet; it says that it cannot just now.
        "oauth2.googleapis.com" | "sts.googleapis.com" | "accounts.google.com" | "metadata.google.internal" => {
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
pub fn unavailable(request: &Request, _moment: &mut Moment) -> Reply {
    match request.host.as_str() {
        "oauth2.googleapis.com" | "sts.googleapis.com" | "accounts.google.com" | "metadata.google.internal" => {
            errors::token(503, "internal_failure", "Backend Error")
        }
        "gmail.googleapis.com" | "cloudidentity.googleapis.com" | "iamcredentials.googleapis.com" => {
            errors::canonical(503, "backendError", "The service is currently unavailable.")
        }
        _ => errors::directory(503, "backendError", "Service unavailable. Please try again"),
    }
}
