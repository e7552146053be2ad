//! Lists that come in pages of our making, which are then handed on wrongly.

use serde_json::{Value, json};

use crate::wire::{Body, Reply, Request};

/// What stands in a link or token of ours, and in no other.
const OURS: &str = "of-our-making";
/// The lists that may come in pages, by the name under which they stand.
const LISTS: [&str; 6] = ["users", "groups", "members", "items", "policies", "value"];

/// What becomes of the second page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// The link to it leads to the first page, whose link leads there again.
    Again,
    /// It is answered with «not found».
    Lost,
}

/// The name of the list in a reply, if it is one that may come in pages.
pub(super) fn list(body: &Value) -> Option<&'static str> {
    LISTS.into_iter().find(|name| body.get(name).is_some_and(Value::is_array))
}

/// The first page of a list, whose link leads to a second one that does not come as it should.
pub(super) fn first(request: &Request, body: &Value, later: Later) -> Option<Value> {
    let name = list(body)?;
    let rows = body.get(name)?.as_array()?;
    let has_more = ["@odata.nextLink", "nextPageToken"].iter().any(|link| body.get(link).is_some());
    if rows.is_empty() || has_more || (request.method != http::Method::GET && name != "value") {
        return None;
    }
    let mut page = body.clone();
    *page.get_mut(name)? = Value::from(rows[..rows.len().div_ceil(2)].to_vec());
    let token = format!("{OURS}-{later:?}");
    if name == "value" {
        let host = request.header("host")?;
        let path = request.path.trim_end_matches("/$batch");
        let question = if request.query.is_empty() { String::new() } else { format!("{}&", request.query) };
        page["@odata.nextLink"] = json!(format!("http://{host}/{}{path}?{question}$skiptoken={token}", request.host));
    } else {
        page["nextPageToken"] = json!(token);
    }
    Some(page)
}

/// The answer to a link or token of ours; nothing if the request has none.
pub(super) fn later(request: &Request) -> Option<Reply> {
    if !request.query.contains(OURS) {
        return None;
    }
    if request.query.contains("Lost") {
        let body = json!({"error": {"code": "Request_ResourceNotFound", "message": "Resource does not exist."}});
        return Some(Reply::json(404, body));
    }
    // The same link again, with nothing on the page, for as long as it is followed.
    let token = request.query_pairs().into_iter().find(|(_, value)| value.contains(OURS)).map(|(_, value)| value)?;
    let link = format!("http://{}/{}{}?{}", request.header("host")?, request.host, request.path, request.query);
    Some(Reply::json(200, json!({"value": [], "@odata.nextLink": link, "nextPageToken": token})))
}

/// A list without some of its rows and without a word of it.
pub(super) fn cut(chance: &mut fastrand::Rng, reply: &Reply) -> Option<Reply> {
    let Body::Json(body) = &reply.body else { return None };
    let name = list(body).or_else(|| body.get("delegates").map(|_| "delegates"))?;
    let rows = body.get(name)?.as_array()?;
    if rows.is_empty() {
        return None;
    }
    let (from, to) = (chance.usize(0..rows.len()), chance.usize(0..=rows.len()));
    let left: Vec<Value> = rows
        .iter()
        .enumerate()
        .filter(|(place, _)| *place < from.min(to) || *place > from.max(to))
        .map(|(_, row)| row.clone())
        .collect();
    let mut body = body.clone();
    *body.get_mut(name)? = Value::from(left);
    Some(Reply { body: Body::Json(body), ..reply.clone() })
}
