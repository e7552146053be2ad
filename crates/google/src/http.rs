//! HTTP exchanges with Google: the one place that uses `google-apis-common`.

use std::error::Error;
use std::time::Duration;

use futures::future::BoxFuture;
use google_apis_common::url::Params;
use google_apis_common::{Client, to_body};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::ResponseFuture;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// How long one exchange may take, from the first byte sent to the last one read; `google-apis-common` has no limit.
pub(crate) const EXCHANGE_TIMEOUT: Duration = Duration::from_mins(1);
/// The longest reply that is read. A full page of 500 accounts is about 1 MB.
const LONGEST_REPLY: usize = 64 << 20;
pub(crate) const AGENT: &str = concat!("tripod/", env!("CARGO_PKG_VERSION"));

/// What connections are made with.
pub(crate) type Connector = HttpsConnector<HttpConnector>;

/// TLS with the roots of Mozilla's programme; plain HTTP only where the endpoints are stand-ins on this machine.
pub(crate) fn connector(plain_allowed: bool) -> Connector {
    let roots = HttpsConnectorBuilder::new().with_webpki_roots();
    let schemes = if plain_allowed { roots.https_or_http() } else { roots.https_only() };
    schemes.enable_http1().enable_http2().build()
}

/// A request. It has no `Debug`, because it carries a token.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a Method,
    /// Scheme, host and path, percent-encoded.
    pub(crate) url: &'a str,
    pub(crate) query: &'a [(&'static str, String)],
    pub(crate) body: Option<&'a Value>,
    pub(crate) token: &'a SecretString,
}

/// A reply, whatever its status.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoReply {
    /// The request never left.
    NotSent(String),
    /// It left, and what became of it is not known.
    Lost(String),
}

/// Connections to Google.
pub(crate) struct Http(Client<Connector>);

impl Http {
    pub(crate) fn new(connector: Connector) -> Self {
        Self(hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector))
    }

    /// Sends a request and reads the whole reply.
    pub(crate) async fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Incoming, NoReply> {
        let request = request(outgoing)?;
        tokio::time::timeout(EXCHANGE_TIMEOUT, whole(self.0.request(request), LONGEST_REPLY))
            .await
            .unwrap_or_else(|_| Err(NoReply::Lost(format!("no reply within {} s", EXCHANGE_TIMEOUT.as_secs()))))
    }
}

/// The whole of a reply of no more than so many bytes.
///
/// Boxed, because everything that asks Google would otherwise carry the client's whole type in its own, which took the
/// compiler longer than all the rest of this crate.
pub(crate) fn whole(reply: ResponseFuture, longest: usize) -> BoxFuture<'static, Result<Incoming, NoReply>> {
    Box::pin(read_whole(reply, longest))
}

async fn read_whole(reply: ResponseFuture, longest: usize) -> Result<Incoming, NoReply> {
    let response = reply.await.map_err(|error| {
        let text = with_causes(&error);
        if error.is_connect() { NoReply::NotSent(text) } else { NoReply::Lost(text) }
    })?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, longest)
        .collect()
        .await
        .map_err(|error| NoReply::Lost(with_causes(error.as_ref())))?
        .to_bytes();
    Ok(Incoming { status: parts.status, headers: parts.headers, body })
}

fn request(outgoing: &Outgoing<'_>) -> Result<Request<google_apis_common::Body>, NoReply> {
    let mut params = Params::with_capacity(outgoing.query.len());
    for (name, value) in outgoing.query {
        params.push(name, value.as_str());
    }
    let url = if outgoing.query.is_empty() {
        outgoing.url.to_owned()
    } else {
        // It panics on a text that is not a URL; ours begins with a root that was parsed before.
        params.parse_with_url(outgoing.url).into()
    };
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", outgoing.token.expose_secret()))
        .map_err(|_| NoReply::NotSent("the access token has characters that no header can carry".to_owned()))?;
    bearer.set_sensitive(true);
    let builder =
        Request::builder().method(outgoing.method).uri(url).header(AUTHORIZATION, bearer).header(USER_AGENT, AGENT);
    let built = match outgoing.body {
        Some(body) => builder.header(CONTENT_TYPE, "application/json").body(to_body(Some(body.to_string()))),
        None => builder.body(to_body::<String>(None)),
    };
    built.map_err(|error| NoReply::NotSent(error.to_string()))
}

/// An error with the errors behind it, because «client error (Connect)» alone helps nobody.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts.dedup();
    texts.join(": ")
}
