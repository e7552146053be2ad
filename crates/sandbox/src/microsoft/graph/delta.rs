//! Delta queries: everything once, then what changed since.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::errors::{Failure, failure};
use super::permissions::{self as need, READ_GROUPS, READ_USERS};
use super::query::{Kind, Query};
use super::{Answer, Call, groups as graph_groups, users as graph_users};
use crate::wire::Reply;

/// How many rows there are on a page.
const PAGE: usize = 200;
/// How long a token for directory objects lives, in seconds (facts sheet, Microsoft 3, «Delta»: 7 days).
const TOKEN_SECONDS: i64 = 7 * 24 * 3600;

/// Where a round of a delta query stands.
struct Position {
    /// Changes after this one count; nothing where the round is the first, which has everything.
    since: Option<u64>,
    /// The change at which this round began, where the next one goes on.
    until: u64,
    /// How many rows came on earlier pages.
    skip: usize,
}

/// A row with the change that touched it last.
type Changed = (u64, Value);

/// Users that changed.
pub(super) fn users(call: &mut Call) -> Answer {
    need::require(call.claims, READ_USERS)?;
    let now = call.moment.now;
    let mut rows: Vec<Changed> = Vec::new();
    for account in call.tenant.accounts.values().filter(|account| account.visible_from <= now) {
        let row = match account.deleted {
            // Deleted, but to be restored: «changed» (facts sheet, Microsoft 3, «Delta»).
            Some(_) => removed(&account.id, "changed"),
            None => graph_users::row(account, call),
        };
        rows.push((account.revision, row));
    }
    answer(call, &graph_users::USER, rows)
}

/// Groups that changed.
pub(super) fn groups(call: &mut Call) -> Answer {
    need::require(call.claims, READ_GROUPS)?;
    let now = call.moment.now;
    let mut rows: Vec<Changed> = Vec::new();
    for group in call.tenant.groups.values().filter(|group| group.visible_from <= now) {
        let row = match group.deleted {
            Some(_) => removed(&group.id, "changed"),
            None => graph_groups::row(group),
        };
        rows.push((group.revision, row));
    }
    answer(call, &graph_groups::GROUP, rows)
}

fn removed(id: &str, reason: &str) -> Value {
    json!({"id": id, "@removed": {"reason": reason}})
}

fn answer(call: &Call, kind: &Kind, mut rows: Vec<Changed>) -> Answer {
    let query = Query::read(call.request, kind)?;
    let position = position(call)?;
    match position.since {
        None => rows.retain(|(_, row)| row.get("@removed").is_none()),
        Some(since) => {
            let purged = call.tenant.purged.iter();
            rows.extend(purged.map(|(id, purged)| (purged.revision, removed(id, "deleted"))));
            rows.retain(|(revision, _)| *revision > since);
        }
    }
    let total = rows.len();
    let page: Vec<Value> = rows
        .into_iter()
        .skip(position.skip)
        .take(PAGE)
        .map(|(_, row)| if row.get("@removed").is_some() { row } else { changed(row, &query, kind) })
        .collect();
    let root = format!("{}{}", call.moment.root, call.request.path);
    let select = query.select.as_ref().map(|names| format!("$select={}&", names.join(","))).unwrap_or_default();
    let now = call.moment.now.as_second();
    let mut body = json!({"@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#{}", kind.set)});
    if position.skip + PAGE < total {
        let since = position.since.map_or_else(|| "all".to_owned(), |since| since.to_string());
        let token = encode(&format!("{since} {} {} {now}", position.until, position.skip + PAGE));
        body["@odata.nextLink"] = format!("{root}?{select}$skiptoken={token}").into();
    } else {
        let token = encode(&format!("{} {now}", position.until));
        body["@odata.deltaLink"] = format!("{root}?{select}$deltatoken={token}").into();
    }
    body["value"] = page.into();
    Ok(Reply::json(200, body))
}

/// The properties that were asked for, and the id, which a delta always has.
fn changed(row: Value, query: &Query, kind: &Kind) -> Value {
    let id = row["id"].clone();
    let mut row = query.project(row, kind);
    row["id"] = id;
    row
}

fn encode(text: &str) -> String {
    // In front of the text, so that it is no list's skip token.
    URL_SAFE_NO_PAD.encode(format!("delta {text}"))
}

fn decode(token: &str) -> Option<Vec<String>> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    Some(text.strip_prefix("delta ")?.split(' ').map(str::to_owned).collect())
}

fn position(call: &Call) -> Result<Position, Failure> {
    let stale = || {
        failure(
            410,
            "syncStateNotFound",
            "The sync state generation is not found; continuing the sync is not possible. Start again without a token.",
        )
        .with_location(format!("{}{}", call.moment.root, call.request.path))
    };
    let fresh = |made: &str| made.parse::<i64>().is_ok_and(|made| made + TOKEN_SECONDS >= call.moment.now.as_second());
    if let Some(token) = call.request.query_value("$skiptoken") {
        let parts = decode(&token).ok_or_else(stale)?;
        let [since, until, skip, made] = parts.as_slice() else { return Err(stale()) };
        let since = if since == "all" { None } else { Some(since.parse().map_err(|_| stale())?) };
        let (Ok(until), Ok(skip), true) = (until.parse(), skip.parse(), fresh(made)) else { return Err(stale()) };
        return Ok(Position { since, until, skip });
    }
    let until = call.tenant.revision();
    match call.request.query_value("$deltatoken") {
        Some(token) if token.eq_ignore_ascii_case("latest") => Ok(Position { since: Some(until), until, skip: 0 }),
        Some(token) => {
            let parts = decode(&token).ok_or_else(stale)?;
            let [since, made] = parts.as_slice() else { return Err(stale()) };
            let since = since.parse().map_err(|_| stale())?;
            if fresh(made) { Ok(Position { since: Some(since), until, skip: 0 }) } else { Err(stale()) }
        }
        None => Ok(Position { since: None, until, skip: 0 }),
    }
}
