//! HTTP exchanges with Google: the one place that uses `google-apis-common`.

use google_apis_common::url::Params;
use google_apis_common::{Client, to_body};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tripod_http::limits::API;
use tripod_http::{AGENT, Connector, Network, NoReply, Reply, Why};

/// How connections to Google come about; plain HTTP only where the endpoints are stand-ins on this machine.
pub(crate) fn connector(plain_allowed: bool) -> Connector {
    Connector::new(Network::of_this_machine(), plain_allowed)
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

/// Connections to Google.
pub(crate) struct Http(Client<Connector>);

impl Http {
    pub(crate) fn new(connector: Connector) -> Self {
        Self(tripod_http::plain(connector))
    }

    /// Sends a request and reads the whole reply.
    pub(crate) async fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Reply, NoReply> {
        let request = request(outgoing).map_err(|why| NoReply::not_sent(host(outgoing.url), Why::Unwritten(why)))?;
        tripod_http::read_whole(self.0.request(request), host(outgoing.url), API).await
    }
}

/// The host of an address.
pub(crate) fn host(url: &str) -> String {
    url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
}

fn request(outgoing: &Outgoing<'_>) -> Result<Request<google_apis_common::Body>, String> {
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
        .map_err(|_| "the access token has characters that no header can carry".to_owned())?;
    bearer.set_sensitive(true);
    let builder =
        Request::builder().method(outgoing.method).uri(url).header(AUTHORIZATION, bearer).header(USER_AGENT, AGENT);
    let built = match outgoing.body {
        Some(body) => builder.header(CONTENT_TYPE, "application/json").body(to_body(Some(body.to_string()))),
        None => builder.body(to_body::<String>(None)),
    };
    built.map_err(|error| error.to_string())
}
