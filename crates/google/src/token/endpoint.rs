//! Exchanges with the places that issue tokens. Nothing of a request or of a reply is logged, because all of it is
//! secret.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tripod_tenant::{Endpoints, ErrorKind, TenantError, retry_after};
use url::form_urlencoded;

use super::cell::Given;
use super::refusal::Refusal;
use crate::http::{AGENT, Connector, EXCHANGE_TIMEOUT, Incoming, NoReply, whole};

/// The longest reply that is read; a token has some thousand characters.
const LONGEST_REPLY: usize = 1 << 20;

/// Where tokens are issued.
#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    endpoints: Endpoints,
    client: Client<Connector, String>,
    /// For the metadata services of a machine, which speak nothing but plain HTTP.
    plain: Client<HttpConnector, String>,
}

/// What a token endpoint gave. It has no `Debug`, because it would show the tokens.
pub(crate) struct Granted {
    pub(crate) access_token: SecretString,
    pub(crate) lifetime: Duration,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) scopes: Option<Vec<String>>,
    /// The address in the identity that came with it.
    pub(crate) who: Option<String>,
}

impl From<Granted> for Given {
    fn from(granted: Granted) -> Self {
        Self { token: granted.access_token, lifetime: granted.lifetime, scopes: granted.scopes }
    }
}

/// Why a token endpoint gave nothing.
pub(crate) enum NotGranted {
    /// It said no.
    Refused(Refusal),
    /// It could not be asked, or its answer not be understood.
    Failed(TenantError),
}

impl TokenEndpoint {
    pub(crate) fn new(endpoints: Endpoints, connector: Connector) -> Self {
        let builder = || Client::builder(TokioExecutor::new());
        Self { endpoints, client: builder().build(connector), plain: builder().build(HttpConnector::new()) }
    }

    /// The root of one of Google's hosts.
    pub(crate) fn root(&self, host: &str) -> String {
        self.endpoints.root(host)
    }

    /// Where all hosts are.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Asks Google's token endpoint with a form.
    pub(crate) async fn grant(&self, operation: &str, form: &[(&str, &str)]) -> Result<Granted, NotGranted> {
        let url = format!("{}/token", self.root("oauth2.googleapis.com"));
        let reply = self.form(&url, form).await.map_err(|problem| lost(operation, "the token endpoint", problem))?;
        granted(operation, "the token endpoint", &reply)
    }

    /// Sends a form.
    pub(crate) async fn form(&self, url: &str, form: &[(&str, &str)]) -> Result<Incoming, NoReply> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body, EXCHANGE_TIMEOUT).await
    }

    /// Sends JSON, with a token where one is needed.
    pub(crate) async fn json(
        &self,
        url: &str,
        body: &Value,
        token: Option<&SecretString>,
    ) -> Result<Incoming, NoReply> {
        let mut request = Request::post(url).header(CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, secret_header(&format!("Bearer {}", token.expose_secret()))?);
        }
        self.send(request, body.to_string(), EXCHANGE_TIMEOUT).await
    }

    /// Asks for a text, with headers that may be secret.
    pub(crate) async fn get(
        &self,
        url: &str,
        headers: &[(String, SecretString)],
        limit: Duration,
    ) -> Result<Incoming, NoReply> {
        let mut request = Request::builder().method(Method::GET).uri(url);
        for (name, value) in headers {
            request = request.header(name, secret_header(value.expose_secret())?);
        }
        self.send(request, String::new(), limit).await
    }

    async fn send(&self, request: http::request::Builder, body: String, limit: Duration) -> Result<Incoming, NoReply> {
        let request = request
            .header(USER_AGENT, AGENT)
            .body(body)
            .map_err(|_| NoReply::NotSent("the request has something in it that no request can carry".to_owned()))?;
        let plain = request.uri().scheme_str() == Some("http");
        let reply = if plain { self.plain.request(request) } else { self.client.request(request) };
        tokio::time::timeout(limit, whole(reply, LONGEST_REPLY))
            .await
            .unwrap_or_else(|_| Err(NoReply::Lost(format!("no reply within {} s", limit.as_secs()))))
    }
}

fn secret_header(text: &str) -> Result<HeaderValue, NoReply> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| NoReply::NotSent("a header has characters that no header can carry".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a reply of a token endpoint says. `who` is the endpoint's name in messages.
pub(crate) fn granted(operation: &str, who: &str, reply: &Incoming) -> Result<Granted, NotGranted> {
    let status = reply.status.as_u16();
    let header = reply.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let wait = header.and_then(|value| retry_after::from_header(value, Timestamp::now()));
    let failed = |message: String| NotGranted::Failed(unavailable(operation, message).retry_after(wait));
    if status == 429 {
        let message = format!("{who} is asked too often (HTTP 429)");
        return Err(NotGranted::Failed(TenantError::new(ErrorKind::Throttled, operation, message).retry_after(wait)));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
        return Err(failed(format!("{who} did not answer with JSON (HTTP {status})")));
    };
    let text = |field: &str| body[field].as_str();
    if let Some(code) = text("error") {
        let refusal = Refusal::new(code, text("error_description")).kind(text("error_subtype"));
        return Err(NotGranted::Refused(refusal.wait(wait)));
    }
    if !reply.status.is_success() {
        return Err(failed(format!("{who} failed (HTTP {status})")));
    }
    let Some(token) = text("access_token").filter(|token| !token.is_empty()) else {
        return Err(failed(format!("{who}'s answer has no token in it")));
    };
    Ok(Granted {
        access_token: SecretString::from(token),
        lifetime: Duration::from_secs(body["expires_in"].as_u64().unwrap_or_default()),
        refresh_token: text("refresh_token").map(SecretString::from),
        scopes: text("scope").map(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
        who: text("id_token").and_then(address_in),
    })
}

/// The address in an identity. Its signature need not be looked at, because it comes straight from Google over TLS
/// (OpenID Connect Core 1.0, 3.1.3.7), and nothing is decided by it.
fn address_in(identity: &str) -> Option<String> {
    use base64::Engine;
    let claims = identity.split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims["email"].as_str().map(str::to_owned)
}

pub(crate) fn lost(operation: &str, who: &str, problem: NoReply) -> NotGranted {
    NotGranted::Failed(unreached(operation, who, problem))
}

/// The error of a place that could not be asked.
pub(crate) fn unreached(operation: &str, who: &str, problem: NoReply) -> TenantError {
    let (NoReply::NotSent(text) | NoReply::Lost(text)) = problem;
    unavailable(operation, format!("{who} cannot be reached: {text}"))
}

/// No token yet; the call behind it was certainly not made.
pub(crate) fn unavailable(operation: &str, message: impl Into<String>) -> TenantError {
    let mut error = TenantError::new(ErrorKind::Unavailable, operation, message);
    error.not_done = true;
    error
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use hyper::body::Bytes;

    use super::*;
    use crate::token::refusal::{of_code, of_metadata};

    fn refused(status: u16, body: &'static str) -> [TenantError; 2] {
        let mut reply = Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        reply.headers.insert(RETRY_AFTER, HeaderValue::from_static("17"));
        let told = |refused: fn(&Refusal, &str) -> TenantError| match granted("read x", "it", &reply) {
            Ok(_) => panic!("a refusal is no token"),
            Err(no) => no.told(|refusal| refused(refusal, "read x")),
        };
        [told(of_code), told(of_metadata)]
    }

    #[test]
    fn an_endpoint_that_cannot_just_now_is_asked_again_when_it_said() {
        for (status, body, kind) in [
            (429, r#"{"error":"rate_limited"}"#, ErrorKind::Throttled),
            (429, "<html>", ErrorKind::Throttled),
            (503, r#"{"error":"internal_failure","error_description":"Backend Error"}"#, ErrorKind::Unavailable),
            (503, "<html>", ErrorKind::Unavailable),
            (500, r#"{"error":{"code":500}}"#, ErrorKind::Unavailable),
        ] {
            for error in refused(status, body) {
                let asked = (error.kind, error.retry_after, error.not_done);
                assert_eq!(asked, (kind, Some(Duration::from_secs(17)), true), "{status} {body}");
            }
        }
    }
}
