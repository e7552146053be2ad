//! Exchanges with the places that issue tokens. Nothing of a request or of a reply is logged, because all of it is
//! secret.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tripod_http::limits::{TOKEN, TOKEN_ON_LINK};
use tripod_http::{Client, Network, NoReply, Reply, Why};
use tripod_tenant::{Endpoints, ErrorKind, TenantError};
use url::form_urlencoded;

use super::cell::Given;
use super::refusal::Refusal;

/// Where tokens are issued.
#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    endpoints: Endpoints,
    client: Client,
    /// For the metadata services of a machine, which speak nothing but plain HTTP.
    plain: Client,
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
    pub(crate) fn new(endpoints: Endpoints) -> Self {
        let client = Client::new(&endpoints, TOKEN);
        Self { endpoints, client, plain: Client::at(Network::of_this_machine(), true, TOKEN_ON_LINK) }
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
        let reply = self.form(&url, form).await.map_err(|problem| lost(operation, "the token endpoint", &problem))?;
        granted(operation, "the token endpoint", &reply)
    }

    /// Sends a form.
    pub(crate) async fn form(&self, url: &str, form: &[(&str, &str)]) -> Result<Reply, NoReply> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body, TOKEN.exchange).await
    }

    /// Sends JSON, with a token where one is needed.
    pub(crate) async fn json(&self, url: &str, body: &Value, token: Option<&SecretString>) -> Result<Reply, NoReply> {
        let mut request = Request::post(url).header(CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, secret_header(&format!("Bearer {}", token.expose_secret()))?);
        }
        self.send(request, body.to_string(), TOKEN.exchange).await
    }

    /// Asks for a text, with headers that may be secret.
    pub(crate) async fn get(
        &self,
        url: &str,
        headers: &[(String, SecretString)],
        limit: Duration,
    ) -> Result<Reply, NoReply> {
        let mut request = Request::builder().method(Method::GET).uri(url);
        for (name, value) in headers {
            request = request.header(name, secret_header(value.expose_secret())?);
        }
        self.send(request, String::new(), limit).await
    }

    async fn send(&self, request: http::request::Builder, body: String, limit: Duration) -> Result<Reply, NoReply> {
        let request = request
            .body(body.into_bytes())
            .map_err(|_| unwritten("the request has something in it that no request can carry"))?;
        let is_plain = request.uri().scheme_str() == Some("http");
        let client = if is_plain { &self.plain } else { &self.client };
        client.send_within(request, limit).await
    }
}

fn unwritten(why: &str) -> NoReply {
    NoReply::not_sent("", Why::Unwritten(why.to_owned()))
}

fn secret_header(text: &str) -> Result<HeaderValue, NoReply> {
    let mut value =
        HeaderValue::try_from(text).map_err(|_| unwritten("a header has characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a reply of a token endpoint says. `who` is the endpoint's name in messages.
pub(crate) fn granted(operation: &str, who: &str, reply: &Reply) -> Result<Granted, NotGranted> {
    let status = reply.status.as_u16();
    let wait = reply.retry_after(Timestamp::now());
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

pub(crate) fn lost(operation: &str, who: &str, problem: &NoReply) -> NotGranted {
    NotGranted::Failed(unreached(operation, who, problem))
}

/// The error of a place that could not be asked; the call behind it was certainly not made.
pub(crate) fn unreached(operation: &str, who: &str, problem: &NoReply) -> TenantError {
    let mut error = TenantError { not_done: true, ..problem.at(operation) };
    if error.kind == ErrorKind::Unavailable {
        error.message = format!("{who} cannot be reached: {}", error.message);
    }
    error
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
        let mut reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        reply.headers.insert(http::header::RETRY_AFTER, HeaderValue::from_static("17"));
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
