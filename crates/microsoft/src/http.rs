//! One HTTP client for every call: rustls only, no redirects, with timeouts.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use tripod_tenant::{Endpoints, ErrorKind, TenantError, retry_after};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an exchange may take. Cmdlets end after 15 minutes at the latest (facts sheet, Microsoft 1a), but the ones
/// that Tripod uses answer within seconds, and a lost one is read back.
const TIMEOUT: Duration = Duration::from_mins(2);

/// An answer, read to its end.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether the status is 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the provider asks to wait, by the `Retry-After` header.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        // A date in the header is the provider's wall clock, so it is held against ours.
        self.header("retry-after").and_then(|value| retry_after::from_header(value, Timestamp::now()))
    }
}

/// The client that sends every request of this adapter.
pub(crate) fn client(endpoints: &Endpoints) -> Result<reqwest::Client, TenantError> {
    finish(builder().https_only(!endpoints.is_stand_in()))
}

/// What all clients have in common. Whether one speaks to https only is for whoever finishes it to say.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .use_rustls_tls()
        .min_tls_version(reqwest::tls::Version::TLS_1_2)
        // A redirect would carry the token to a place that nobody checked.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .user_agent(concat!("tripod/", env!("CARGO_PKG_VERSION")))
}

/// The client of a builder.
pub(crate) fn finish(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, TenantError> {
    builder.build().map_err(|error| {
        let message = format!("the HTTP client could not be set up ({error})");
        TenantError::new(ErrorKind::SetUp, "connect to Microsoft 365", message)
    })
}

/// Sends a request and reads the answer to its end.
///
/// What fails on the way is *unavailable*; only a connection that never came about is certain not to have changed
/// anything.
///
/// Boxed, because everything that asks Microsoft would otherwise carry the client's whole type in its own, which takes
/// the compiler long.
pub(crate) fn send<'a>(
    client: &'a reqwest::Client,
    request: reqwest::Request,
    operation: &'a str,
) -> BoxFuture<'a, Result<Answer, TenantError>> {
    Box::pin(send_and_read(client, request, operation))
}

async fn send_and_read(
    client: &reqwest::Client,
    request: reqwest::Request,
    operation: &str,
) -> Result<Answer, TenantError> {
    let lost = |error: reqwest::Error| {
        let host = error.url().and_then(|url| url.host_str()).unwrap_or("Microsoft 365");
        let why = if error.is_connect() {
            format!("no connection to {host}")
        } else if error.is_timeout() {
            format!("no answer in time from {host}")
        } else {
            format!("the connection to {host} ended before the answer was complete")
        };
        let mut lost = TenantError::new(ErrorKind::Unavailable, operation, why);
        lost.not_done = error.is_connect();
        lost
    };
    let reply = client.execute(request).await.map_err(lost)?;
    let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
    let body = reply.bytes().await.map_err(lost)?.to_vec();
    Ok(Answer { status, headers, body })
}
