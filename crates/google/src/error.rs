//! Google's error replies by kind.

use std::time::Duration;

use http::HeaderMap;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use jiff::Timestamp;
use serde_json::Value;
use tripod_http::Reply;
use tripod_tenant::{CauseId, ErrorKind, TenantError, retry_after};

/// What Gmail says of an account without a mailbox, or with one that is not there yet (facts sheet, Google 2.1).
const NO_MAIL_SERVICE: &str = "Mail service not enabled";
/// What Gmail says at the limit, which differs from customer to customer (facts sheet, Google 1.1).
const NO_MORE_DELEGATES: &str = "cannot have any more delegates";
/// What the Directory says where there is no licence for one more account, in accounts of people whom it was said to
/// («… Contact Support.», «… Start paid subscription.»; 412, limitExceeded).
const NO_FREE_LICENCE: &str = "Domain user limit reached";
/// The reasons for «too many calls», whatever the status (facts sheet, Google 2.1 and 3.3).
const THROTTLED: [&str; 5] =
    ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RESOURCE_EXHAUSTED"];
/// The reasons for «the token lacks a scope» (facts sheet, Google 2.1; the last is that of newer APIs). The status
/// `PERMISSION_DENIED` by itself is not among them: newer APIs have it for every refusal, a role that is too small
/// included.
const SCOPE_LACKS: [&str; 2] = ["insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"];
/// What APIs say of a scope that lacks where they give no reason for it.
const SCOPES_IN_WORDS: &str = "insufficient authentication scopes";
/// The reason for «a limit of the customer's is reached», whatever the status. It does not pass by itself.
const LIMIT: &str = "limitExceeded";
/// How long a daily limit is taken to last, where Google does not say: longer than any call waits by itself.
const UNTIL_TOMORROW: Duration = Duration::from_hours(6);

/// Google's word on what was wrong.
struct Refusal {
    /// The reason of the first error in the list, or the one in the details of newer APIs, which have no such list, or
    /// the canonical status; may be empty.
    reason: String,
    /// Google's message, or our own words where there was none.
    message: String,
    /// Whether the body was one of Google's error bodies at all.
    understood: bool,
}

impl Refusal {
    fn read(reply: &Reply) -> Self {
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
        let detailed = || error["details"].as_array()?.iter().find_map(|detail| detail["reason"].as_str());
        let reason = first["reason"].as_str().or_else(detailed).or_else(|| error["status"].as_str());
        let reason = reason.unwrap_or_default().to_owned();
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
pub(crate) fn from_reply(operation: &str, scope: &str, reply: &Reply, now: Timestamp) -> TenantError {
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
        412 if refusal.message.contains(NO_FREE_LICENCE) => {
            error(ErrorKind::SetUp, without_licence(&told)).caused_by(CauseId::GoogleNoFreeLicence)
        }
        403 | 409 | 412 if refusal.reason == LIMIT => {
            error(ErrorKind::SetUp, format!("{told}; a limit of the Google customer is reached"))
        }
        403 => forbidden(operation, scope, &refusal, reply, told),
        404 => error(ErrorKind::Missing, told),
        409 | 412 => error(ErrorKind::Conflict, told),
        400 if refusal.message.contains(NO_MAIL_SERVICE) || refusal.message.contains(NO_MORE_DELEGATES) => {
            error(ErrorKind::SetUp, told)
        }
        _ => error(ErrorKind::Invalid, told),
    }
}

fn without_licence(told: &str) -> String {
    format!(
        "no licence is free for one more account: {told}; buy or free one under Admin console › Billing › \
         Subscriptions, or use `group-inbox`, which needs none"
    )
}

fn forbidden(operation: &str, scope: &str, refusal: &Refusal, reply: &Reply, told: String) -> TenantError {
    match refusal.reason.as_str() {
        "accessNotConfigured" | "SERVICE_DISABLED" => TenantError::new(
            ErrorKind::SetUp,
            operation,
            format!("{told}; switch the API on in the Google Cloud project of the service account"),
        )
        .caused_by(CauseId::GoogleApiOff),
        "domainCannotUseApis" => TenantError::new(
            ErrorKind::SetUp,
            operation,
            format!("{told}; allow API access in the Admin console under Security > API controls"),
        )
        .caused_by(CauseId::GoogleApiAccessOff),
        reason => {
            let denied = TenantError::new(ErrorKind::Denied, operation, told);
            match scope_that_lacks(&reply.headers) {
                Some(scopes) => denied.lacking(scopes),
                None if SCOPE_LACKS.contains(&reason) || refusal.message.contains(SCOPES_IN_WORDS) => {
                    denied.lacking(scope)
                }
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

/// The error of everything about shared mailboxes without domain-wide delegation: Google lets nobody else look after
/// delegates (facts sheet, Google 2), and an account nobody can be let into is not made either.
pub(crate) fn without_delegation(operation: &str) -> TenantError {
    let message = "a shared mailbox needs a service account with domain-wide delegation, and this identity acts as \
                   itself; use `group-inbox`, or set delegation up";
    TenantError::new(ErrorKind::SetUp, operation, message).caused_by(CauseId::GoogleNeedsDelegation)
}

/// What a write said, with what looking at its effect said beside it; neither hides the other.
pub(crate) fn beside(write: TenantError, read: &TenantError) -> TenantError {
    let message = format!("{}; and what became of it could not be read: {}", write.message, read.message);
    TenantError { message, ..write }
}

/// The error that stands for a success without the content that it should have, and with Google's own words on why, if
/// it has any. Whether anything was done is not known.
pub(crate) fn no_content(operation: &str, reply: &Reply) -> TenantError {
    let refusal = Refusal::read(reply);
    let mut error = TenantError::new(ErrorKind::Unavailable, operation, described(&refusal, reply.status.as_u16()));
    error.not_done = false;
    error
}

/// The error that stands for a success whose body says something else than it should.
///
/// The parser's message may quote the body, and with it somebody's data; only the place is told.
pub(crate) fn from_unreadable(operation: &str, reply: &Reply, problem: &serde_json::Error) -> TenantError {
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

#[cfg(test)]
mod tests {
    use http::{HeaderValue, StatusCode};
    use hyper::body::Bytes;
    use serde_json::json;

    use super::*;

    const SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
        Reply { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body: body.into() }
    }

    /// An error body as the facts sheet shows them (Google 2.1 and 3.3).
    fn google(code: u16, reason: &str, message: &str) -> Reply {
        let first = json!({ "message": message, "domain": "global", "reason": reason });
        reply(code, json!({ "error": { "code": code, "message": message, "errors": [first] } }).to_string())
    }

    fn error(reply: &Reply) -> TenantError {
        from_reply("read ana@example.com", SCOPE, reply, now())
    }

    #[test]
    fn every_error_of_the_facts_sheet_has_its_kind() {
        use ErrorKind::{Conflict, Denied, Invalid, Missing, SetUp, Throttled, Unavailable};
        let table = [
            (400, "failedPrecondition", "Mail service not enabled", SetUp),
            (400, "failedPrecondition", "Delegator user cannot have any more delegates", SetUp),
            (400, "failedPrecondition", "Precondition check failed.", Invalid),
            (400, "invalidArgument", "Invalid delegate", Invalid),
            (400, "invalid", "Invalid Input: primary_user_email", Invalid),
            (400, "required", "Missing required field: memberKey", Invalid),
            (401, "authError", "Invalid Credentials", SetUp),
            (401, "required", "Login Required", SetUp),
            (403, "forbidden", "Not Authorized to access this resource/api", Denied),
            (403, "forbidden", "Delegation denied for ana@example.com", Denied),
            (403, "insufficientPermissions", "Insufficient Permission", Denied),
            (403, "accessNotConfigured", "Gmail API has not been used in project 1 before or it is disabled", SetUp),
            (403, "domainCannotUseApis", "Domain cannot use apis.", SetUp),
            (403, "userRateLimitExceeded", "User Rate Limit Exceeded", Throttled),
            (403, "rateLimitExceeded", "Rate Limit Exceeded", Throttled),
            (403, "quotaExceeded", "Quota exceeded", Throttled),
            (403, "dailyLimitExceeded", "Daily Limit Exceeded", Throttled),
            (404, "notFound", "Resource Not Found: userKey", Missing),
            (409, "duplicate", "Entity already exists.", Conflict),
            (412, "conditionNotMet", "User creation is not complete.", Conflict),
            (412, "limitExceeded", "Domain user limit reached. Contact Support.", SetUp),
            (412, "limitExceeded", "Limit on aliases reached.", SetUp),
            (403, "limitExceeded", "Too many groups.", SetUp),
            (429, "rateLimitExceeded", "Quota exceeded for quota metric", Throttled),
            (500, "backendError", "Backend Error", Unavailable),
            (503, "backendError", "Service unavailable. Please try again", Unavailable),
        ];
        for (status, reason, message, kind) in table {
            assert_eq!(error(&google(status, reason, message)).kind, kind, "{status} {reason} {message}");
        }
    }

    #[test]
    fn the_status_and_the_reason_are_in_the_message() {
        let error = error(&google(404, "notFound", "Resource Not Found: userKey"));
        let text = "cannot read ana@example.com: Resource Not Found: userKey (HTTP 404, notFound)";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_404_that_is_not_googles_own_says_nothing_about_what_is_there() {
        for body in ["", "<html><body>404</body></html>", "not found", "{}", r#"{"message":"no route"}"#] {
            assert_eq!(error(&reply(404, body)).kind, ErrorKind::Unavailable, "{body}");
        }
    }

    #[test]
    fn that_no_licence_is_free_is_said_in_plain_words_beside_googles_own() {
        let error = error(&google(412, "limitExceeded", "Domain user limit reached. Start paid subscription."));
        assert_eq!((error.cause, error.not_done), (Some(CauseId::GoogleNoFreeLicence), true));
        for part in
            ["no licence is free", "Domain user limit reached. Start paid subscription", "Billing", "group-inbox"]
        {
            assert!(error.message.contains(part), "{error}");
        }
    }

    #[test]
    fn a_web_page_is_not_quoted() {
        let error = error(&reply(502, "<html><head><title>Error 502</title></head></html>"));
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ErrorKind::Unavailable, "a web page instead of a reply (HTTP 502)")
        );
    }

    #[test]
    fn a_failed_server_may_have_carried_the_request_out_and_a_throttling_one_has_not() {
        assert!(!error(&google(503, "backendError", "Backend Error")).not_done);
        assert!(error(&google(429, "rateLimitExceeded", "Too many")).not_done);
    }

    #[test]
    fn the_wait_is_read_from_the_header_or_from_gmails_sentence() {
        let mut with_header = google(429, "rateLimitExceeded", "Too many");
        with_header.headers.insert(RETRY_AFTER, HeaderValue::from_static("30"));
        assert_eq!(error(&with_header).retry_after, Some(Duration::from_secs(30)));
        let sentence = "User-rate limit exceeded.  Retry after 2026-11-23T09:00:13.500Z";
        let in_words = google(429, "rateLimitExceeded", sentence);
        assert_eq!(error(&in_words).retry_after, Some(Duration::from_millis(13_500)));
    }

    #[test]
    fn plain_text_can_be_throttling_too() {
        assert_eq!(error(&reply(403, "Request rate higher than configured")).kind, ErrorKind::Throttled);
    }

    #[test]
    fn an_api_that_is_off_is_no_scope_that_lacks_however_it_is_told() {
        let info = json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED" });
        let help = json!({ "@type": "type.googleapis.com/google.rpc.Help", "links": [] });
        let body = json!({ "error": {
            "code": 403, "message": "it is disabled", "status": "PERMISSION_DENIED", "details": [help, info],
        } });
        let error = error(&reply(403, body.to_string()));
        assert_eq!((error.kind, error.cause, error.permission), (ErrorKind::SetUp, Some(CauseId::GoogleApiOff), None));
    }

    #[test]
    fn the_scope_that_lacks_is_the_one_that_google_names() {
        let mut refused = google(403, "insufficientPermissions", "Insufficient Permission");
        assert_eq!(error(&refused).permission.as_deref(), Some(SCOPE));
        let header =
            r#"Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="a.test/one a.test/two""#;
        refused.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(header));
        assert_eq!(error(&refused).permission.as_deref(), Some("a.test/one or a.test/two"));
    }

    #[test]
    fn a_newer_api_that_only_says_no_does_not_say_that_a_scope_lacks() {
        let body = |message: &str| {
            json!({ "error": { "code": 403, "message": message, "status": "PERMISSION_DENIED" } }).to_string()
        };
        let role = error(&reply(403, body("The caller does not have permission")));
        assert_eq!((role.kind, role.permission), (ErrorKind::Denied, None));
        assert!(role.message.contains("PERMISSION_DENIED"), "{}", role.message);
        let scope = error(&reply(403, body("Request had insufficient authentication scopes.")));
        assert_eq!(scope.permission.as_deref(), Some(SCOPE));
    }

    #[test]
    fn a_role_that_is_too_small_is_not_a_scope_that_lacks() {
        let refused = error(&google(403, "forbidden", "Not Authorized to access this resource/api"));
        assert_eq!(refused.permission, None);
        assert!(may_pass_while_new(&refused));
        assert!(!may_pass_while_new(&error(&google(403, "insufficientPermissions", "Insufficient Permission"))));
    }

    #[test]
    fn a_success_that_cannot_be_read_is_never_taken_as_not_done() {
        let page = reply(200, "<html>sign in to the Wi-Fi</html>");
        let problem = serde_json::from_slice::<Value>(&page.body).unwrap_err();
        let error = from_unreadable("create x", &page, &problem);
        assert_eq!((error.kind, error.not_done), (ErrorKind::Unavailable, false));
        let data = reply(200, r#"{"secret":"s3cret"}"#);
        let problem = serde_json::from_slice::<crate::wire::User>(&data.body).unwrap_err();
        let error = from_unreadable("create x", &data, &problem);
        assert_eq!((error.kind, error.not_done), (ErrorKind::Invalid, false));
        assert!(!error.to_string().contains("s3cret"));
    }
}
