//! Every exchange with Microsoft goes through here.

use std::time::Duration;

use futures::future::BoxFuture;
use http::{HeaderMap, Request};
use jiff::Timestamp;
use tripod_http::limits::CMDLET;
use tripod_http::{Client, Reply};
use tripod_tenant::{Endpoints, ErrorKind, TenantError};

/// An answer, read to its end.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self { status: reply.status.as_u16(), headers: reply.headers, body: reply.body.into() }
    }
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
        self.header("retry-after").and_then(|value| tripod_tenant::retry_after::from_header(value, Timestamp::now()))
    }
}

/// The client that sends every request to Graph and Exchange Online.
pub(crate) fn client(endpoints: &Endpoints) -> Client {
    Client::new(endpoints, CMDLET)
}

/// A request with this body, or the error of what it was for.
pub(crate) fn written(
    request: http::request::Builder,
    body: impl Into<Vec<u8>>,
    operation: &str,
) -> Result<Request<Vec<u8>>, TenantError> {
    request
        .body(body.into())
        .map_err(|_| TenantError::new(ErrorKind::Invalid, operation, "the request could not be written"))
}

/// Sends a request and reads the answer to its end.
pub(crate) fn send<'a>(
    client: &'a Client,
    request: Request<Vec<u8>>,
    operation: &'a str,
) -> BoxFuture<'a, Result<Answer, TenantError>> {
    Box::pin(async move {
        let reply = client.send(request).await.map_err(|problem| problem.at(operation))?;
        Ok(Answer::from(reply))
    })
}
