//! One client for all desks.

use std::fmt;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tripod_http::limits::{DESK, MOST_PAGES_OF_DESK};
use tripod_http::{NoReply, Pages};
use tripod_tenant::{CallPolicy, Clock, Endpoints, ErrorKind, Limits, Repeat, TenantError, retry_after};
use url::Url;

use super::OpenError;
use super::settings::{DeskSettings, Root};
use crate::desk::{DeskError, TicketId};
use crate::text::printable;

/// GitHub asks to wait a minute after a secondary limit that says nothing else (GitHub Docs, «Best practices for using
/// the REST API»).
const SECONDARY_WAIT: Duration = Duration::from_mins(1);

/// A call to a desk.
#[derive(Clone, Debug)]
pub(super) struct Call {
    method: Method,
    /// From the root of the API, or a whole URL that [`Client::owns`].
    target: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    repeat: Repeat,
    /// What is being done, for messages: «list the tickets».
    what: String,
}

impl Call {
    pub(super) fn get(target: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            target: target.into(),
            query: Vec::new(),
            body: None,
            repeat: Repeat::Safe,
            what: what.into(),
        }
    }

    /// A call that makes something anew each time.
    pub(super) fn create(target: impl Into<String>, body: Value, what: impl Into<String>) -> Self {
        Self { method: Method::POST, body: Some(body), repeat: Repeat::OnlyIfNotDone, ..Self::get(target, what) }
    }

    /// A call that sets something to a value.
    pub(super) fn set(method: Method, target: impl Into<String>, body: Value, what: impl Into<String>) -> Self {
        Self { method, body: Some(body), ..Self::get(target, what) }
    }

    /// The same call as a PATCH.
    pub(super) fn patch(&mut self) {
        self.method = Method::PATCH;
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

/// A reply that says yes.
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Why a call failed, before it is known what it was about.
pub(super) struct Failed(TenantError);

impl Failed {
    /// Whether the desk says that there is no such thing.
    pub(super) fn is_missing(&self) -> bool {
        self.0.kind == ErrorKind::Missing
    }

    /// Whether it may have been carried out all the same.
    pub(super) fn is_uncertain(&self) -> bool {
        !self.0.not_done
    }

    /// The error of a call about one ticket.
    pub(super) fn about(self, ticket: &TicketId) -> DeskError {
        if self.is_missing() { DeskError::Missing(ticket.clone()) } else { self.into() }
    }
}

impl From<Failed> for DeskError {
    fn from(Failed(error): Failed) -> Self {
        let (operation, reason) = (error.operation, error.message);
        match error.kind {
            ErrorKind::Throttled | ErrorKind::Unavailable => Self::Unavailable { operation, reason },
            ErrorKind::Invalid => Self::Invalid { operation, reason },
            ErrorKind::Missing | ErrorKind::Conflict | ErrorKind::Denied | ErrorKind::SetUp => {
                Self::Refused { operation, reason }
            }
        }
    }
}

/// What a desk's answer lacks.
pub(super) fn unreadable(operation: &str, reason: impl Into<String>) -> DeskError {
    DeskError::Invalid { operation: operation.to_owned(), reason: reason.into() }
}

/// The pages of one list, which has to end.
pub(super) struct List<'a> {
    pages: Pages,
    what: &'a str,
}

impl<'a> List<'a> {
    pub(super) fn new(what: &'a str) -> Self {
        Self { pages: Pages::of_at_most(MOST_PAGES_OF_DESK), what }
    }

    /// Notes a page, by its link or by what it begins with.
    pub(super) fn after(&mut self, entries: usize, page: &str) -> Result<(), DeskError> {
        let ended = self.pages.after(entries, page);
        ended.map_err(|endless| unreadable(self.what, format!("the list does not end: {endless}")))
    }
}

/// The client of one desk.
pub(super) struct Client {
    http: tripod_http::Client,
    endpoints: Endpoints,
    root: Root,
    authorization: HeaderValue,
    headers: HeaderMap,
    reads: CallPolicy,
    writes: CallPolicy,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Client {
    /// A client with the value of the header `Authorization`.
    pub(super) fn new(
        root: &Root,
        settings: &DeskSettings,
        authorization: &SecretString,
        headers: &[(&'static str, &'static str)],
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let wrong = |reason: &str| OpenError::Setting(reason.to_owned());
        let endpoints = settings.endpoints.clone();
        let mut authorization = HeaderValue::from_str(authorization.expose_secret())
            .map_err(|_| wrong("the credential has characters that no header can carry"))?;
        authorization.set_sensitive(true);
        let http = tripod_http::Client::new(&endpoints, DESK);
        let fixed =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let limits =
            |per_minute: u32| Limits { per_minute: NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN), at_once: 1 };
        Ok(Self {
            http,
            endpoints,
            root: root.clone(),
            authorization,
            headers: fixed.collect(),
            // GitHub allows 5,000 calls an hour; the others say less, and answer 429.
            reads: CallPolicy::new(limits(80), Arc::clone(clock)),
            // GitHub wants a second between two calls that write (GitHub Docs, «Best practices»).
            writes: CallPolicy::evenly(limits(60), Arc::clone(clock)),
        })
    }

    /// Whether a link leads to this desk's API and nowhere else.
    pub(super) fn owns(&self, link: &str) -> bool {
        let root = self.url("/");
        link.starts_with(&root) && !link.contains("/../") && self.endpoints.owns(&self.root.host, link)
    }

    /// A place of this desk's host outside the root of its API.
    pub(super) fn beside(&self, path: &str) -> String {
        format!("{}{path}", self.endpoints.root(&self.root.host))
    }

    fn url(&self, target: &str) -> String {
        format!("{}{}{target}", self.endpoints.root(&self.root.host), self.root.path)
    }

    /// Makes a call, again after a wait where that is safe.
    ///
    /// Boxed, because everything that asks a desk would otherwise carry the client's whole type in its own, which took
    /// the compiler longer than all the rest of this crate.
    pub(super) fn send<'a>(
        &'a self,
        call: &'a Call,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send + 'a>> {
        let policy = if call.method == Method::GET { &self.reads } else { &self.writes };
        Box::pin(async move { policy.run(call.repeat, || self.once(call, policy.clock().now())).await.map_err(Failed) })
    }

    fn request(&self, call: &Call) -> Result<Request<Vec<u8>>, TenantError> {
        let unwritten = || TenantError::new(ErrorKind::Invalid, &call.what, "the request could not be written");
        let url = if call.target.starts_with('/') { self.url(&call.target) } else { call.target.clone() };
        let mut url = Url::parse(&url).map_err(|_| unwritten())?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = Request::builder().method(call.method.clone()).uri(url.as_str());
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&self.headers);
            headers.insert(AUTHORIZATION, self.authorization.clone());
        }
        let body = match &call.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        request.body(body).map_err(|_| unwritten())
    }

    async fn once(&self, call: &Call, now: Timestamp) -> Result<Answer, TenantError> {
        let failed = |kind, message: &str| TenantError::new(kind, call.what.clone(), message);
        let reply = self.http.send(self.request(call)?).await.map_err(|problem| unreached(&problem, &call.what))?;
        let (status, headers, bytes) = (reply.status, reply.headers, reply.body);
        tracing::debug!(method = %call.method, what = call.what, status = status.as_u16(), "asked the desk");
        if status.is_success() {
            let body = if bytes.trim_ascii().is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&bytes).map_err(|_| failed(ErrorKind::Invalid, "the reply is not JSON"))?
            };
            return Ok(Answer { headers, body });
        }
        Err(refusal(&call.what, status, &headers, &bytes, now))
    }
}

/// The error of a call without a reply. A desk's error names the desk, so that its host need not be told.
fn unreached(problem: &NoReply, what: &str) -> TenantError {
    let mut error = problem.at(what);
    if error.kind == ErrorKind::Unavailable {
        error.message = problem.why.to_string();
    }
    error
}

/// A refusal by its kind.
///
/// GitHub answers 403 or 429 where a limit is used up, with `x-ratelimit-remaining: 0` and `x-ratelimit-reset` in
/// seconds of the epoch, or with `retry-after`, or says «secondary rate limit» (GitHub Docs, «Rate limits for the REST
/// API»). Jira and ServiceNow answer 429 with `Retry-After` (Atlassian, «Rate limiting»; ServiceNow, «Inbound REST API
/// rate limiting»).
fn refusal(what: &str, status: StatusCode, headers: &HeaderMap, bytes: &[u8], now: Timestamp) -> TenantError {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let said = serde_json::from_slice::<Value>(bytes).ok().and_then(|body| message(&body)).unwrap_or_default();
    let sentence = |ours: &str| {
        let said = printable(&said, 200);
        if said.is_empty() { format!("{ours} ({status})") } else { format!("{ours} ({status}): {said}") }
    };
    let failed = |kind, ours: &str| TenantError::new(kind, what, sentence(ours));
    let asked = header("retry-after").and_then(|value| retry_after::from_header(value, now));
    let limited = status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::FORBIDDEN
            && (asked.is_some()
                || header("x-ratelimit-remaining") == Some("0")
                || said.to_ascii_lowercase().contains("secondary rate limit"));
    if limited {
        let reset = header("x-ratelimit-reset")
            .filter(|_| header("x-ratelimit-remaining").is_none_or(|left| left == "0"))
            .and_then(|value| value.parse().ok())
            .and_then(|second| Timestamp::from_second(second).ok())
            .map(|moment| Duration::try_from(moment.duration_since(now)).unwrap_or_default());
        let wait = asked.or(reset).unwrap_or(SECONDARY_WAIT);
        return failed(ErrorKind::Throttled, "too many calls").retry_after(Some(wait));
    }
    match status.as_u16() {
        401 => failed(ErrorKind::SetUp, "the credential is not accepted"),
        403 => failed(ErrorKind::Denied, "the credential may not do this"),
        // 410 is an issue that was deleted.
        404 | 410 => failed(ErrorKind::Missing, "there is no such thing"),
        409 => failed(ErrorKind::Conflict, "it was changed meanwhile"),
        300..=399 => failed(ErrorKind::Invalid, "it was moved, and redirects are not followed"),
        500.. => failed(ErrorKind::Unavailable, "it is not available").retry_after(asked),
        _ => failed(ErrorKind::Invalid, "it does not take this"),
    }
}

/// What a desk says: `message` at GitHub, `errorMessage` or `errorMessages` at Jira, `error.message` at ServiceNow.
fn message(body: &Value) -> Option<String> {
    let places = ["/message", "/errorMessage", "/errorMessages/0", "/error/message"];
    places.iter().find_map(|place| body.pointer(place).and_then(Value::as_str)).map(str::to_owned)
}

/// The link to the next page in a header `Link` (RFC 8288).
pub(super) fn next_link(header: &str) -> Option<&str> {
    header.split(',').find_map(|entry| {
        let (link, parameters) = entry.trim().strip_prefix('<')?.split_once('>')?;
        let next =
            parameters.split(';').map(str::trim).any(|parameter| matches!(parameter, "rel=\"next\"" | "rel=next"));
        next.then_some(link)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        let text = b"version: 1\nstand-in: http://127.0.0.1:4000/\nfile: {folder: x}\n";
        let settings = super::super::settings::settings(text, std::path::Path::new(".")).unwrap();
        let root = Root::try_from("https://api.github.com".to_owned()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(tripod_tenant::SystemClock);
        Client::new(&root, &settings, &SecretString::from("Bearer hunter2"), &[], &clock).unwrap()
    }

    #[test]
    fn only_links_to_the_desks_own_api_are_followed() {
        let client = client();
        assert!(client.owns("http://127.0.0.1:4000/api.github.com/repos/a/b/issues?page=2"));
        for link in [
            "https://evil.example/repos",
            "http://127.0.0.1:4000/api.github.com.evil.example/",
            "http://127.0.0.1:4000/api.github.com/../graph.microsoft.com/",
            "http://127.0.0.1:4000@evil.example/",
            "/repos/a/b/issues?page=2",
        ] {
            assert!(!client.owns(link), "{link}");
        }
        assert!(!format!("{client:?}").contains("hunter2"));
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let header =
            r#"<https://a/?page=1>; rel="prev", <https://a/?page=3>; rel="next", <https://a/?page=9>; rel="last""#;
        assert_eq!(next_link(header), Some("https://a/?page=3"));
        for none in ["", "x", r#"<https://a/>; rel="last""#, "<https://a/; rel=\"next\""] {
            assert_eq!(next_link(none), None, "{none}");
        }
    }

    #[test]
    fn every_form_of_a_limit_is_a_wait_and_a_plain_403_is_none() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let answer = |status: u16, pairs: &[(&'static str, String)], body: &str| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
            refusal("x", StatusCode::from_u16(status).unwrap(), &pairs.collect(), body.as_bytes(), now)
        };
        let reset =
            [("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", (now.as_second() + 40).to_string())];
        let left = [("x-ratelimit-remaining", "12".to_owned()), reset[1].clone()];
        let secondary = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        let cases = [
            (answer(403, &reset, "{}"), 40),
            (answer(429, &[("retry-after", "7".to_owned())], "{}"), 7),
            (answer(403, &[("retry-after", "9".to_owned())], "{}"), 9),
            (answer(403, &left, secondary), 60),
            (answer(429, &[], "no JSON"), 60),
        ];
        for (error, wait) in cases {
            assert_eq!((error.kind, error.retry_after), (ErrorKind::Throttled, Some(Duration::from_secs(wait))));
        }
        assert_eq!(answer(403, &left, r#"{"message": "no"}"#).kind, ErrorKind::Denied);
        assert_eq!(answer(302, &[], "").kind, ErrorKind::Invalid);
    }
}
