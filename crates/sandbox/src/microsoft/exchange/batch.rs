//! The admin API's batch: `POST adminapi/beta/{tenant}/$batch`, with absolute URLs inside.

use serde_json::{Map, Value, json};

use super::super::state::Tenant;
use super::super::{Strike, faults};
use super::errors::envelope;
use crate::wire::{Body, Moment, Reply, Request};

/// Runs every request of the batch by itself; one that fails does not stop the others.
pub(super) fn answer(tenants: &mut [Tenant], request: &Request, moment: &mut Moment, strike: &mut Strike) -> Reply {
    let body = request.json().unwrap_or_default();
    let Some(items) = body.get("requests").and_then(Value::as_array) else {
        return envelope(400, "BadRequest", "The batch must have a list of requests.");
    };
    let mut responses = Vec::new();
    for item in items {
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let reply = match inner(item, request, moment) {
            Some(inner) => match strike(&inner, moment) {
                Some(what) => faults::of_an_item(what, &inner, moment),
                None => super::answer(tenants, &inner, moment, strike),
            },
            None => envelope(
                400,
                "BadRequest",
                "A request of the batch needs id, method and an absolute InvokeCommand url.",
            ),
        };
        let headers: Map<String, Value> =
            reply.headers.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        let body = match reply.body {
            Body::Empty => Value::Null,
            Body::Json(body) => body,
            Body::Text { text, .. } => Value::from(text),
        };
        responses.push(json!({"id": id, "status": reply.status, "headers": headers, "body": body}));
    }
    Reply::json(200, json!({"responses": responses}))
}

/// A request of the batch as if it had come by itself.
fn inner(item: &Value, outer: &Request, moment: &Moment) -> Option<Request> {
    let url = item.get("url")?.as_str()?;
    let target = url.strip_prefix("https://outlook.office365.com").or_else(|| url.strip_prefix(&moment.root))?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if !path.ends_with("/InvokeCommand") {
        return None;
    }
    let mut headers = outer.headers.clone();
    if let Some(own) = item.get("headers").and_then(Value::as_object) {
        for (name, value) in own {
            let name = http::HeaderName::try_from(name.as_str()).ok()?;
            headers.insert(name, value.as_str()?.try_into().ok()?);
        }
    }
    Some(Request {
        method: item.get("method")?.as_str()?.parse().ok()?,
        host: outer.host.clone(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: item.get("body").map(Value::to_string).unwrap_or_default().into_bytes(),
    })
}
