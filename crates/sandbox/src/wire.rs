//! Requests and replies as both providers' stand-ins see them: plain values, so that a handler is a function.

use http::{HeaderMap, Method};
use jiff::Timestamp;
use serde_json::Value;

/// A request, after the listener has found out which vendor's host it is for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The vendor's host, e.g. `gmail.googleapis.com`, whichever way the client named it.
    pub host: String,
    /// The path from the vendor's root, percent-encoded as it came, e.g. `/v1.0/users/ana%40juniper.example`.
    pub path: String,
    /// The query, as it came, without the question mark; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The segments of the path, percent-decoded one by one, so that `%2F` stays inside its segment.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        let decode = |s: &str| percent_encoding::percent_decode_str(s).decode_utf8_lossy().into_owned();
        self.path.split('/').filter(|s| !s.is_empty()).map(decode).collect()
    }

    /// The query's pairs, decoded, in order.
    #[must_use]
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The bearer token, if there is one.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let value = self.header("authorization")?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// The body as a form's pairs.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

/// A reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside the content type.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// A reply's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON, sent as `application/json; charset=utf-8`.
    Json(Value),
    /// Anything else, with its content type.
    Text {
        /// The content type.
        content_type: String,
        /// The text.
        text: String,
    },
}

impl Reply {
    /// A JSON reply.
    #[must_use]
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// A reply without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// The same reply with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What a handler may know of the world outside its tenant's state.
#[derive(Debug)]
pub struct Moment<'a> {
    /// The sandbox's own time: lags, leave dates and waits go by it.
    pub now: Timestamp,
    /// The machine's time: tokens and assertions are held against it, because clients sign with it.
    pub wall: Timestamp,
    /// Where all of a sandbox's chance comes from; the same seed gives the same run.
    pub random: &'a mut fastrand::Rng,
    /// The root under which this client reaches a vendor's host, without a slash at the end, for links that a reply
    /// carries: `http://127.0.0.1:4000/graph.microsoft.com`, or `https://graph.microsoft.com` where the client came
    /// by Host header.
    pub root: String,
}
