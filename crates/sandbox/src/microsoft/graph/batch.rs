//! `POST /$batch`: up to twenty requests in one (facts sheet, Microsoft 3, «$batch»).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::state::Tenant;
use super::super::{Strike, faults};
use super::errors::failure;
use super::{Answer, body};
use crate::wire::{Body, Moment, Reply, Request};

/// The most requests in one batch.
const MOST: usize = 20;

/// Carries out the requests of a batch. The outer 200 says nothing about them.
pub(super) fn answer(tenants: &mut [Tenant], request: &Request, moment: &mut Moment, strike: &mut Strike) -> Answer {
    let asked = body(request)?;
    let bad = |text: &str| failure(400, "BadRequest", text);
    let items = asked.get("requests").and_then(Value::as_array);
    let items = items.ok_or_else(|| bad("Invalid batch payload format: 'requests' is missing."))?;
    if items.is_empty() || items.len() > MOST {
        return Err(bad("Number of batch request steps must be between 1 and 20."));
    }
    let mut ids = BTreeMap::new();
    for (number, item) in items.iter().enumerate() {
        let id = item.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| bad("Invalid batch payload format: a request has no id."))?;
        // Ids are the same whatever their case.
        if ids.insert(id.to_lowercase(), number).is_some() {
            return Err(bad("Request Id values must be unique in the batch."));
        }
    }
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut responses = Vec::new();
    for item in items {
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
        let dependencies = item.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
        let names: Vec<String> = dependencies.filter_map(Value::as_str).map(str::to_lowercase).collect();
        if names.iter().any(|name| !ids.contains_key(name)) {
            return Err(bad("A request depends on an id that is not in the batch."));
        }
        let failed = names.iter().any(|name| statuses.get(name).is_none_or(|status| *status >= 400));
        let reply = if failed {
            failure(424, "FailedDependency", "A request that this one depends on has failed.").reply(request, moment)
        } else {
            carry_out(tenants, item, request, moment, strike)
        };
        statuses.insert(id.to_lowercase(), reply.status);
        responses.push(response(id, reply));
    }
    // The vendor's order is not that of the requests either.
    moment.random.shuffle(&mut responses);
    Ok(Reply::json(200, json!({"responses": responses})))
}

fn carry_out(tenants: &mut [Tenant], item: &Value, outer: &Request, moment: &mut Moment, strike: &mut Strike) -> Reply {
    let inner = match inner(item, outer) {
        Ok(inner) => inner,
        Err(text) => return failure(400, "BadRequest", text).reply(outer, moment),
    };
    match strike(&inner, moment) {
        Some(what) => faults::of_an_item(what, &inner, moment),
        None => super::answer(tenants, &inner, moment, strike),
    }
}

/// A request of the batch as if it had come by itself, with the batch's own token.
fn inner(item: &Value, outer: &Request) -> Result<Request, &'static str> {
    let url = item.get("url").and_then(Value::as_str).ok_or("A request has no url.")?;
    if url.contains("://") {
        return Err("The url of a request in a batch must be relative.");
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = format!("/v1.0/{}", path.trim_start_matches('/'));
    if path == "/v1.0/$batch" {
        return Err("A batch cannot have another batch in it.");
    }
    let method = item.get("method").and_then(Value::as_str).and_then(|method| method.parse().ok());
    let mut headers = http::HeaderMap::new();
    if let Some(token) = outer.headers.get("authorization") {
        headers.insert("authorization", token.clone());
    }
    if let Some(own) = item.get("headers").and_then(Value::as_object) {
        for (name, value) in own {
            let name = http::HeaderName::try_from(name.as_str()).map_err(|_| "A header's name is not valid.")?;
            let value = value.as_str().and_then(|value| http::HeaderValue::try_from(value).ok());
            headers.insert(name, value.ok_or("A header's value is not valid.")?);
        }
    }
    let body = item.get("body").filter(|body| !body.is_null());
    if body.is_some() && !headers.contains_key("content-type") {
        return Err("Write request that has a body must have a Content-Type header.");
    }
    Ok(Request {
        method: method.ok_or("A request has no valid method.")?,
        host: outer.host.clone(),
        path,
        query: query.to_owned(),
        headers,
        body: body.map(Value::to_string).unwrap_or_default().into_bytes(),
    })
}

fn response(id: &str, reply: Reply) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    for (name, value) in reply.headers {
        let name = if name == "retry-after" { "Retry-After".to_owned() } else { name };
        headers.insert(name, value.into());
    }
    let body = match reply.body {
        Body::Empty => None,
        Body::Json(body) => {
            headers.insert("Content-Type".to_owned(), "application/json".into());
            Some(body)
        }
        Body::Text { content_type, text } => {
            headers.insert("Content-Type".to_owned(), content_type.into());
            Some(Value::from(text))
        }
    };
    let mut response = json!({"id": id, "status": reply.status, "headers": headers});
    if let Some(body) = body {
        response["body"] = body;
    }
    response
}
