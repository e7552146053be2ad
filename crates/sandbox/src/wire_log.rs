//! The wire log: every exchange as one line of JSON, secrets masked but in their places. It is made to be held against
//! the vendors' published descriptions; what the copies of those that are used for it leave out is not in the log.

mod undescribed;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::error::SandboxError;
use crate::wire::{Body, Reply, Request};

const MASK: &str = "***";
const SECRETS: [&str; 14] = [
    "assertion",
    "client_assertion",
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "password",
    "newpassword",
    "authorization",
    "accesstoken",
    "code_verifier",
    "signedjwt",
    "subject_token",
    "subjecttoken",
];
/// What is a secret in a form or a query only; in JSON these are the names of errors and other plain things.
const SECRETS_OF_FORMS: [&str; 2] = ["code", "token"];

/// Calls that are documented, and that the copies of the descriptions leave out.
const NOT_DESCRIBED: [(&str, &str); 3] = [
    ("gmail.googleapis.com", "/settings/filters"),
    ("cloudidentity.googleapis.com", "/groups:search"),
    ("graph.microsoft.com", "/directory/deletedItems/microsoft.graph.group"),
];

/// An open wire log.
#[derive(Debug)]
pub(crate) struct WireLog(File);

impl WireLog {
    /// Opens the file to append to it.
    pub(crate) fn open(path: &Path) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::WireLog { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        File::options().create(true).append(true).open(path).map(Self).map_err(failed)
    }

    /// Appends an exchange, in one write so that lines of several processes do not mix.
    pub(crate) fn append(&mut self, request: &Request, reply: &Reply) -> std::io::Result<()> {
        let path = request.path.replace("%3A", ":");
        if NOT_DESCRIBED.iter().any(|(host, ending)| request.host == *host && path.ends_with(ending)) {
            return Ok(());
        }
        let mut exchange = exchange(request, reply);
        if !undescribed::leave_out(&mut exchange) {
            return Ok(());
        }
        let mut line = exchange.to_string();
        line.push('\n');
        self.0.write_all(line.as_bytes())
    }
}

/// An exchange in the form that the contract check reads.
fn exchange(request: &Request, reply: &Reply) -> Value {
    let question = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let shown = |name: &str, value: &str| {
        if name.eq_ignore_ascii_case("location") { masked_location(value) } else { value.to_owned() }
    };
    let response_headers: Map<String, Value> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), Value::from(shown(name, value))))
        .collect();
    let body = match &reply.body {
        Body::Empty => Value::Null,
        Body::Json(value) => masked(value),
        Body::Text { text, .. } => Value::from(masked_text(text)),
    };
    json!({
        "url": format!("https://{}{}{question}", request.host, request.path),
        "method": request.method.as_str(),
        "request": {"headers": headers(&request.headers), "body": request_body(request)},
        "response": {"status": reply.status, "headers": response_headers, "body": body},
    })
}

fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let text = |name: &str, value: &http::HeaderValue| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if matches!(name, "authorization" | "proxy-authorization" | "cookie") { mask_scheme(&value) } else { value }
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), Value::from(text(name.as_str(), value)))).collect()
}

/// Keeps the scheme, so that the log still shows that a bearer token was sent.
fn mask_scheme(value: &str) -> String {
    value.split_once(' ').map_or_else(|| MASK.to_owned(), |(scheme, _)| format!("{scheme} {MASK}"))
}

fn request_body(request: &Request) -> Value {
    if request.body.is_empty() {
        return Value::Null;
    }
    if let Ok(value) = request.json() {
        return masked(&value);
    }
    let form = request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !form {
        return Value::from(masked_text(&String::from_utf8_lossy(&request.body)));
    }
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in request.form() {
        out.append_pair(&name, if is_secret(&name) || is_secret_of_forms(&name) { MASK } else { &value });
    }
    Value::from(out.finish())
}

fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

fn is_secret_of_forms(name: &str) -> bool {
    SECRETS_OF_FORMS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

/// The address that a browser is sent back to carries a code.
fn masked_location(text: &str) -> String {
    let Ok(mut uri) = url::Url::parse(text) else { return text.to_owned() };
    let pairs: Vec<(String, String)> = uri.query_pairs().into_owned().collect();
    if pairs.iter().any(|(name, _)| is_secret_of_forms(name)) {
        let hide = |(name, value): (String, String)| {
            let value = if is_secret_of_forms(&name) { MASK.to_owned() } else { value };
            (name, value)
        };
        uri.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(hide));
    }
    uri.to_string()
}

fn masked(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mask = |(name, value): (&String, &Value)| {
                let hidden = is_secret(name) && value.is_string();
                (name.clone(), if hidden { Value::from(MASK) } else { masked(value) })
            };
            Value::Object(fields.iter().map(mask).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        other => other.clone(),
    }
}

/// Masks what a multipart body carries: authorization lines, and JSON bodies that stand on one line or many.
fn masked_text(text: &str) -> String {
    let mut out = Vec::new();
    for part in text.split('\n') {
        let line = part.trim_end_matches('\r');
        let name = line.split_once(':').map(|(name, _)| name.trim());
        let hidden = name.is_some_and(|name| is_secret(name.trim_matches(['"', '{', ' '])));
        let json = serde_json::from_str::<Value>(line).ok().filter(Value::is_object);
        out.push(match (json, line.split_once(':')) {
            (Some(value), _) => masked(&value).to_string(),
            (None, Some((name, _))) if hidden => format!("{name}: {MASK}"),
            _ => part.to_owned(),
        });
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: &str, body: &str) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer very-secret".parse().unwrap());
        headers.insert("content-type", kind.parse().unwrap());
        Request {
            method: http::Method::POST,
            host: "oauth2.googleapis.com".into(),
            path: "/token".into(),
            query: "a=b".into(),
            headers,
            body: body.into(),
        }
    }

    #[test]
    fn no_secret_gets_into_the_log_whatever_form_it_comes_in() {
        let reply = Reply::json(200, json!({"access_token": "very-secret", "expires_in": 3599}));
        for (kind, body) in [
            ("application/x-www-form-urlencoded", "grant_type=x&assertion=very-secret&client_secret=very-secret"),
            (
                "application/json",
                r#"{"passwordProfile":{"password":"very-secret"},"requests":[{"headers":{"Authorization":"very-secret"}}]}"#,
            ),
            (
                "multipart/mixed",
                "--b\r\nAuthorization: Bearer very-secret\r\n\r\n{\"password\": \"very-secret\"}\r\n--b--",
            ),
            ("multipart/mixed", "{\r\n  \"password\": \"very-secret\",\r\n  \"x\": 1\r\n}"),
        ] {
            let line = exchange(&request(kind, body), &reply).to_string();
            assert!(!line.contains("very-secret"), "{line}");
            assert!(line.contains("Bearer ***"), "{line}");
        }
    }

    #[test]
    fn a_body_stands_as_what_it_is() {
        let line = exchange(&request("application/json", r#"{"name":"x"}"#), &Reply::empty(204));
        assert_eq!(line["url"], "https://oauth2.googleapis.com/token?a=b");
        assert_eq!(line["request"]["body"]["name"], "x");
        assert_eq!(line["response"]["body"], Value::Null);
    }
}
