//! Sends a request and reads the whole reply, within limits.

use std::io::Read as _;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use futures::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use hyper_util::client::legacy;
use hyper_util::client::legacy::ResponseFuture;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use jiff::Timestamp;
use tripod_tenant::{Endpoints, retry_after};

use crate::connector::Connector;
use crate::failure::{NoReply, TooLong, Why};
use crate::limits::{Bounds, IDLE, LONGEST_HEAD};
use crate::network::Network;

/// What Tripod calls itself.
pub const AGENT: &str = concat!("tripod/", env!("CARGO_PKG_VERSION"));

/// A reply, whatever its status.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, unpacked.
    pub body: Bytes,
}

impl Reply {
    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the other side asks to wait, by the `Retry-After` header. A date in it is a wall clock's, and held
    /// against this moment.
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        self.headers.get(RETRY_AFTER)?.to_str().ok().and_then(|value| retry_after::from_header(value, now))
    }
}

/// A client for one kind of exchange. Redirects are not followed: a credential would go with them.
#[derive(Clone, Debug)]
pub struct Client {
    inner: legacy::Client<Connector, Full<Bytes>>,
    bounds: Bounds,
}

impl Client {
    /// A client for the hosts behind these endpoints. Plain HTTP is spoken with stand-ins only.
    #[must_use]
    pub fn new(endpoints: &Endpoints, bounds: Bounds) -> Self {
        Self::at(Network::of_this_machine(), endpoints.is_stand_in(), bounds)
    }

    /// A client on this network; plain HTTP is spoken only where that is allowed.
    #[must_use]
    pub fn at(network: Network, plain_allowed: bool, bounds: Bounds) -> Self {
        Self { inner: plain(Connector::new(network, plain_allowed).within(bounds.connect)), bounds }
    }

    /// Sends a request and reads the whole reply.
    ///
    /// Boxed, because everything that asks a host would otherwise carry the client's whole type in its own, which takes
    /// the compiler long.
    pub fn send(&self, request: Request<Vec<u8>>) -> BoxFuture<'_, Result<Reply, NoReply>> {
        self.send_within(request, self.bounds.exchange)
    }

    /// The same with another limit for the time that it takes.
    pub fn send_within(&self, request: Request<Vec<u8>>, limit: Duration) -> BoxFuture<'_, Result<Reply, NoReply>> {
        Box::pin(async move {
            let mut request = request.map(|body| Full::new(Bytes::from(body)));
            request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
            request.headers_mut().entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
            let host = request.uri().host().unwrap_or_default().to_owned();
            read_whole(self.inner.request(request), host, Bounds { exchange: limit, ..self.bounds }).await
        })
    }
}

/// A client of hyper's own on our connections, for a library that brings requests of its own.
pub fn plain<B>(connector: Connector) -> legacy::Client<Connector, B>
where
    B: Body + Send,
    B::Data: Send,
{
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http2_max_header_list_size(LONGEST_HEAD)
        .build(connector)
}

/// The same for a library that reads replies without a limit: each connection carries one exchange, and ends when more
/// is read than a reply may have.
pub fn single_use<B>(connector: Connector, bounds: Bounds) -> legacy::Client<Connector, B>
where
    B: Body + Send,
    B::Data: Send,
{
    let connector = connector.within(bounds.connect).reading_at_most(bounds.longest_reply);
    legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

/// The whole reply to a request that hyper is sending to a host, within limits.
pub fn read_whole(
    reply: ResponseFuture,
    host: impl Into<String>,
    bounds: Bounds,
) -> BoxFuture<'static, Result<Reply, NoReply>> {
    let host = host.into();
    Box::pin(async move {
        tokio::time::timeout(bounds.exchange, whole(reply, &host, bounds.longest_reply))
            .await
            .unwrap_or_else(|_| Err(NoReply::lost(host.clone(), Why::TimedOut(bounds.exchange))))
    })
}

async fn whole(reply: ResponseFuture, host: &str, longest: usize) -> Result<Reply, NoReply> {
    let response = reply.await.map_err(|error| NoReply::behind(host, &error))?;
    let (parts, mut body) = response.into_parts();
    let lost = |why: Why| NoReply::lost(host, why);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| NoReply { sent: true, ..NoReply::behind(host, &error) })?;
        if let Some(data) = frame.data_ref() {
            if bytes.len() + data.len() > longest {
                return Err(lost(TooLong(longest).into()));
            }
            bytes.extend_from_slice(data);
        }
    }
    let body = unpacked(&parts.headers, bytes, longest).map_err(lost)?;
    Ok(Reply { status: parts.status, headers: parts.headers, body: body.into() })
}

/// The body as it was before it was packed.
fn unpacked(headers: &HeaderMap, bytes: Vec<u8>, longest: usize) -> Result<Vec<u8>, Why> {
    let packed =
        headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or_default().trim().to_ascii_lowercase());
    match packed.as_deref() {
        None | Some("" | "identity") => Ok(bytes),
        // An answer without a body may say how it would have been packed.
        Some("gzip" | "x-gzip") if bytes.is_empty() => Ok(bytes),
        Some("gzip" | "x-gzip") => {
            let mut body = Vec::new();
            let most = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
            MultiGzDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut body).map_err(|_| Why::Packed)?;
            if body.len() > longest { Err(TooLong(longest).into()) } else { Ok(body) }
        }
        Some(_) => Err(Why::Packed),
    }
}
