//! Google's error replies by kind.

use std::time::Duration;

use http::HeaderMap;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use jiff::Timestamp;
use serde_json::Value;
use tripod_tenant::{ErrorKind, TenantError, retry_after};

use crate::http::{Incoming, NoReply};

/// What Gmail says of an account without a mailbox, or with one that is not there yet (facts sheet, Google 2.1).
const NO_MAIL_SERVICE: &str = "Mail service not enabled";
/// What Gmail says at the limit, which differs from customer to customer (facts sheet, Google 1.1).
const NO_MORE_DELEGATES: &str = "cannot have any more delegates";
/// The reasons for «too many calls», whatever the status (facts sheet, Google 2.1 and 3.3).
const THROTTLED: [&str; 5] =
    ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RESOURCE_EXHAUSTED"];
/// How long a daily limit is taken to last, where Google does not say: longer than any call waits by itself.
const UNTIL_TOMORROW: Duration = Duration::from_secs(6 * 60 * 60);

/// Google's word on what was wrong.
struct Refusal {
    /// The reason of the first error in the list, or the canonical status; may be empty.
    reason: String,
    /// Google's message, or our own words where there was none.
    message: String,
    /// Whether the body was one of Google's error bodies at all.
    understood: bool,
}

impl Refusal {
    fn read(reply: &Incoming) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
            return Self::not_understood(&reply.body);
        };
        let error = &body["error"];
        if let Value::String(code) = error {
            let message = body["error_description"].as_str().unwrap_or(code).to_owned();
            return Self { reason: code.clone(), message, understood: true };
        }
        if !error.is_object() {
            return Self::not_understood(&reply.body);
        }
        let first = &error["errors"][0];
        let reason = first["reason"].as_str().or_else(|| error["status"].as_str()).unwrap_or_default().to_owned();
        let message = error["message"].as_str().or_else(|| first["message"].as_str()).unwrap_or_default();
        let message = if message.trim().is_empty() { "no reason given" } else { message.trim() };
        Self { reason, message: message.trim_end_matches('.').to_owned(), understood: true }
    }

    fn not_understood(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        let message = if text.is_empty() {
            "an empty reply".to_owned()
        } else if text.starts_with('<') {
            "a web page instead of a reply".to_owned()
        } else {
            text.chars().filter(|c| !c.is_control()).take(120).collect()
        };
        Self { reason: String::new(), message, understood: false }
    }

    fn is_throttling(&self, status: u16) -> bool {
        status == 429
            || THROTTLED.contains(&self.reason.as_str())
            // Sometimes it is plain text (facts sheet, Google 3.3).
            || (status == 403 && self.message.contains("Request rate higher than configured"))
    }
}

/// The error that stands for a reply whose status is no success. `scope` is the least scope of the call.
pub(crate) fn from_reply(operation: &str, scope: &str, reply: &Incoming, now: Timestamp) -> TenantError {
    let status = reply.status.as_u16();
    let refusal = Refusal::read(reply);
    let told = described(&refusal, status);
    let error = |kind, message: String| TenantError::new(kind, operation, message);
    if refusal.is_throttling(status) {
        return error(ErrorKind::Throttled, told).retry_after(wait(&refusal, &reply.headers, now));
    }
    match status {
        500.. | 408 => error(ErrorKind::Unavailable, told).retry_after(wait(&refusal, &reply.headers, now)),
        // A 404 that is not Google's own may come from anything in between; only Google's may be read as «not there».
        _ if !refusal.understood => error(ErrorKind::Unavailable, told),
        401 => error(ErrorKind::SetUp, format!("{told}; Google does not accept the access token")),
        403 => forbidden(operation, scope, &refusal, reply, told),
        404 => error(ErrorKind::Missing, told),
        409 | 412 => error(ErrorKind::Conflict, told),
        400 if refusal.message.contains(NO_MAIL_SERVICE) || refusal.message.contains(NO_MORE_DELEGATES) => {
            error(ErrorKind::SetUp, told)
        }
        _ => error(ErrorKind::Invalid, told),
    }
}

fn forbidden(operation: &str, scope: &str, refusal: &Refusal, reply: &Incoming, told: String) -> TenantError {
    match refusal.reason.as_str() {
        "accessNotConfigured" | "SERVICE_DISABLED" => TenantError::new(
            ErrorKind::SetUp,
            operation,
            format!("{told}; switch the API on in the Google Cloud project of the service account"),
        ),
        "domainCannotUseApis" => TenantError::new(
            ErrorKind::SetUp,
            operation,
            format!("{told}; allow API access in the Admin console under Security > API controls"),
        ),
        reason => {
            let denied = TenantError::new(ErrorKind::Denied, operation, told);
            match scope_that_lacks(&reply.headers) {
                Some(scopes) => denied.lacking(scopes),
                None if matches!(reason, "insufficientPermissions" | "PERMISSION_DENIED") => denied.lacking(scope),
                None => denied,
            }
        }
    }
}

/// `WWW-Authenticate: Bearer …, error="insufficient_scope", scope="…"` (facts sheet, Google 2.1). Of several scopes,
/// any one is enough.
fn scope_that_lacks(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    if !header.contains("insufficient_scope") {
        return None;
    }
    let (_, rest) = header.split_once("scope=\"")?;
    let (scopes, _) = rest.split_once('"')?;
    let scopes: Vec<_> = scopes.split_whitespace().collect();
    (!scopes.is_empty()).then(|| scopes.join(" or "))
}

fn wait(refusal: &Refusal, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let header = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    header
        .and_then(|value| retry_after::from_header(value, now))
        .or_else(|| retry_after::from_message(&refusal.message, now))
        .or_else(|| (refusal.reason == "dailyLimitExceeded").then_some(UNTIL_TOMORROW))
}

fn described(refusal: &Refusal, status: u16) -> String {
    match refusal.reason.as_str() {
        "" => format!("{} (HTTP {status})", refusal.message),
        reason => format!("{} (HTTP {status}, {reason})", refusal.message),
    }
}

/// The error that stands for a request without a reply.
pub(crate) fn from_no_reply(operation: &str, problem: NoReply) -> TenantError {
    let (text, not_done) = match problem {
        NoReply::NotSent(text) => (format!("Google cannot be reached: {text}"), true),
        NoReply::Lost(text) => (format!("the connection to Google broke off: {text}"), false),
    };
    let mut error = TenantError::new(ErrorKind::Unavailable, operation, text);
    error.not_done = not_done;
    error
}

/// The error that stands for a success whose body says something else than it should.
///
/// The parser's message may quote the body, and with it somebody's data; only the place is told.
pub(crate) fn from_unreadable(operation: &str, reply: &Incoming, problem: &serde_json::Error) -> TenantError {
    let status = reply.status.as_u16();
    let mut error = if problem.is_data() {
        let place = format!("line {}, column {}", problem.line(), problem.column());
        TenantError::new(ErrorKind::Invalid, operation, format!("the reply (HTTP {status}) lacks something at {place}"))
    } else {
        let what = Refusal::not_understood(b"<").message;
        TenantError::new(ErrorKind::Unavailable, operation, format!("{what} (HTTP {status})"))
    };
    error.not_done = false;
    error
}

/// Whether Gmail said that the account has no mailbox, or none yet.
pub(crate) fn is_without_mail(error: &TenantError) -> bool {
    error.kind == ErrorKind::SetUp && error.message.contains(NO_MAIL_SERVICE)
}

/// Whether an error may pass by itself while an object is new: 403 forbidden, 404, 409 and 412 (facts sheet, Google
/// 3.4). A scope that lacks does not pass.
pub(crate) fn may_pass_while_new(error: &TenantError) -> bool {
    match error.kind {
        ErrorKind::Missing | ErrorKind::Conflict => true,
        ErrorKind::Denied => error.permission.is_none(),
        _ => is_without_mail(error),
    }
}
