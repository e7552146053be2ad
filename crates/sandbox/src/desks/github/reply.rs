//! Replies in GitHub's words, and pages.

use serde_json::{Map, Value, json};

use crate::wire::{Moment, Reply, Request};

pub(super) fn error(status: u16, message: &str) -> Reply {
    let status_text = status.to_string();
    Reply::json(
        status,
        json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status_text}),
    )
}

/// Also what somebody gets to see who may not know that it exists.
pub(super) fn missing() -> Reply {
    error(404, "Not Found")
}

pub(super) fn invalid(field: &str) -> Reply {
    Reply::json(
        422,
        json!({
            "message": "Validation Failed",
            "errors": [{"resource": "Issue", "field": field, "code": "invalid"}],
            "documentation_url": "https://docs.github.com/rest",
            "status": "422",
        }),
    )
}

/// A limit that is used up, in one of its three forms («Rate limits for the REST API»).
pub(in crate::desks) fn throttled(moment: &mut Moment) -> Reply {
    let wait = moment.random.u32(1..=60);
    let reset = (moment.now.as_second() + i64::from(wait)).to_string();
    match moment.random.u32(0..3) {
        0 => error(403, "API rate limit exceeded for user ID 1.")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", reset),
        1 => error(429, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
            .header("retry-after", wait.to_string()),
        _ => error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
    }
}

pub(in crate::desks) fn unavailable() -> Reply {
    error(503, "Service Unavailable")
}

/// The body as an object.
pub(super) fn object(request: &Request) -> Result<Map<String, Value>, Reply> {
    match request.json() {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(error(400, "Body should be a JSON object")),
        Err(_) => Err(error(400, "Problems parsing JSON")),
    }
}

pub(super) fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

/// One page of rows, with the links to its neighbours («Using pagination in the REST API»).
pub(super) fn page(request: &Request, root: &str, rows: Vec<Value>) -> Reply {
    let number = |name: &str| request.query_value(name).and_then(|text| text.parse::<usize>().ok());
    // What is too large or too small is taken as the nearest that is allowed.
    let size = number("per_page").unwrap_or(30).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let last = rows.len().div_ceil(size).max(1);
    let link = |to: usize, name: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(request.query_pairs().into_iter().filter(|(key, _)| key != "page"));
        query.append_pair("page", &to.to_string());
        format!("<{root}{}?{}>; rel=\"{name}\"", request.path, query.finish())
    };
    let mut links = Vec::new();
    if page > 1 {
        links.extend([link(page - 1, "prev"), link(1, "first")]);
    }
    if page < last {
        links.extend([link(page + 1, "next"), link(last, "last")]);
    }
    let rows: Vec<Value> = rows.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    let reply = Reply::json(200, Value::from(rows));
    if links.is_empty() { reply } else { reply.header("link", links.join(", ")) }
}
