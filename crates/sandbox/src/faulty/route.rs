//! Which exchanges are of one kind: the same method and path but for ids, and the same cmdlet.

use serde_json::Value;

use crate::wire::{Body, Reply, Request};

/// The kind of a request: `GET admin.googleapis.com/admin/directory/v1/users/*`, with the name of the cmdlet behind an
/// Exchange call and what a filter goes by behind a list.
#[must_use]
pub fn route(request: &Request) -> String {
    let path = shape(request.method.as_str(), &request.host, &request.path, &request.query);
    match cmdlet(request) {
        Some(cmdlet) => format!("{path} {cmdlet}"),
        None => path,
    }
}

fn shape(method: &str, host: &str, path: &str, query: &str) -> String {
    let mut text = format!("{method} {host}");
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        text.push('/');
        text.push_str(if is_id(segment) { "*" } else { segment });
    }
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for (name, value) in pairs {
        let name = name.trim_start_matches('$');
        if matches!(name, "filter" | "eventName" | "projection" | "showDeleted") {
            let by: String = value.chars().take_while(char::is_ascii_alphanumeric).collect();
            text = format!("{text} {name}={by}");
        }
    }
    text
}

fn is_id(segment: &str) -> bool {
    let has_digit = segment.bytes().any(|byte| byte.is_ascii_digit());
    segment.contains('@') || segment.contains("%40") || (segment.len() > 8 && has_digit)
}

fn cmdlet(request: &Request) -> Option<String> {
    if request.host != "outlook.office365.com" {
        return None;
    }
    let body = request.json().ok()?;
    body.pointer("/CmdletInput/CmdletName").and_then(Value::as_str).map(str::to_owned)
}

/// What makes a request the same as another one; secrets, times and what is made by chance are left out.
#[must_use]
pub fn identity(request: &Request) -> String {
    let body = if matches!(request.host.as_str(), "outlook.office365.com" | "graph.microsoft.com") {
        String::from_utf8_lossy(&request.body).into_owned()
    } else {
        String::new()
    };
    format!("{} {}{}?{} {body}", request.method, request.host, request.path, request.query)
}

/// A part of a reply that is a reply of its own, as the items of a batch are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its route.
    pub route: String,
    /// Where it is in the reply, as a JSON pointer.
    pub root: String,
}

/// The parts of a reply: the whole, and the bodies of a batch's items.
#[must_use]
pub fn parts(request: &Request, reply: &Reply) -> Vec<Part> {
    let mut parts = vec![Part { route: route(request), root: String::new() }];
    let (true, Body::Json(body)) = (request.path.ends_with("/$batch"), &reply.body) else { return parts };
    let Ok(asked) = request.json() else { return parts };
    let url_of = |id: &Value| {
        let items = asked["requests"].as_array()?;
        items.iter().find(|item| item["id"] == *id)?["url"].as_str().map(str::to_owned)
    };
    for (place, response) in body["responses"].as_array().into_iter().flatten().enumerate() {
        let Some(url) = url_of(&response["id"]) else { continue };
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let route = shape("BATCH", &request.host, &format!("/v1.0{path}"), query);
        parts.push(Part { route, root: format!("/responses/{place}/body") });
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(method: &str, host: &str, path: &str, query: &str, body: &Value) -> Request {
        Request {
            method: method.parse().unwrap(),
            host: host.into(),
            path: path.into(),
            query: query.into(),
            headers: http::HeaderMap::new(),
            body: body.to_string().into_bytes(),
        }
    }

    #[test]
    fn two_people_are_of_one_route_and_two_cmdlets_are_not() {
        let user = |key: &str| {
            route(&request("GET", "admin.googleapis.com", &format!("/admin/users/{key}"), "fields=id", &Value::Null))
        };
        assert_eq!(user("ana%40x.test"), "GET admin.googleapis.com/admin/users/*");
        assert_eq!(user("ana%40x.test"), user("118273645091827364509"));
        let cmdlet = |name: &str| {
            let body = json!({"CmdletInput": {"CmdletName": name}});
            route(&request("POST", "outlook.office365.com", "/adminapi/beta/x/InvokeCommand", "", &body))
        };
        assert_ne!(cmdlet("Get-Mailbox"), cmdlet("Get-Recipient"));
    }

    #[test]
    fn the_items_of_a_batch_are_parts_by_what_each_asked_for() {
        let asked = json!({"requests": [{"id": "0", "method": "GET", "url": "/users/a%40x.test?$select=id"}]});
        let request = request("POST", "graph.microsoft.com", "/v1.0/$batch", "", &asked);
        let reply = Reply::json(200, json!({"responses": [{"id": "0", "status": 200, "body": {"id": "1"}}]}));
        let found = parts(&request, &reply);
        assert_eq!(found[1].route, "BATCH graph.microsoft.com/v1.0/users/*");
        assert_eq!(found[1].root, "/responses/0/body");
    }
}
