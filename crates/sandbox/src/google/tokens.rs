//! Grants to apps and application passwords of one user (facts sheet, Google 3). There is no scope for reading them
//! alone: the one that there is can end them, too.

use serde_json::{Value, json};

use super::state::{Grant, Tenant, User};
use super::{Answer, Call, apps, errors, reply, resource, schema, users};
use crate::wire::Reply;

const SECURITY: [&str; 1] = ["admin.directory.user.security"];

fn owner<'a>(tenant: &'a Tenant, call: &Call, key: &str) -> Result<&'a User, Reply> {
    call.admin(tenant, &SECURITY)?;
    users::find(tenant, key, call.now())
}

/// `users/{key}/tokens[/{client id}]`. Somebody's suspension ends no grant: the list stays as it was.
pub(super) fn answer(tenant: &mut Tenant, call: &Call, key: &str, rest: &[&str]) -> Answer {
    let user = owner(tenant, call, key)?.id.clone();
    match (call.request.method.as_str(), rest) {
        ("GET", []) => {
            let prefix = format!("{user}/");
            let rows = tenant.grants.with_prefix(&prefix).map(|(_, grant)| resource(&user, grant));
            let items: Vec<Value> = rows.collect();
            let tags: String = items.iter().filter_map(|item| item["etag"].as_str()).collect();
            let mut body = json!({"kind": "admin#directory#tokenList", "etag": resource::etag(&tags)});
            if !items.is_empty() {
                body["items"] = Value::Array(items);
            }
            reply(call, 200, body, &schema::TOKENS)
        }
        ("GET", [client]) => {
            let grant = find(tenant, &user, client)?;
            reply(call, 200, resource(&user, grant), &schema::TOKEN)
        }
        ("DELETE", [client]) => {
            let grant = find(tenant, &user, client)?.clone();
            tenant.grants.remove(&format!("{user}/{client}"));
            apps::record(tenant, &user, "revoke", grant, call.now());
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_method()),
    }
}

fn find<'a>(tenant: &'a Tenant, user: &str, client: &str) -> Result<&'a Grant, Reply> {
    tenant.grants.get(&format!("{user}/{client}")).ok_or_else(|| errors::missing("clientId"))
}

fn resource(user: &str, grant: &Grant) -> Value {
    json!({
        "kind": "admin#directory#token",
        "etag": resource::etag(&format!("token {user} {} {:?}", grant.client, grant.scopes)),
        "clientId": grant.client,
        "displayText": grant.app,
        "anonymous": false,
        "nativeApp": false,
        "userKey": user,
        "scopes": grant.scopes,
    })
}

/// `GET users/{key}/asps`. Which app has which password, nobody but the user knows: the name is what they typed.
pub(super) fn application_passwords(tenant: &Tenant, call: &Call, key: &str) -> Answer {
    let user = owner(tenant, call, key)?;
    let item = |number: usize| {
        json!({
            "kind": "admin#directory#asp",
            "etag": resource::etag(&format!("asp {} {number}", user.id)),
            "codeId": number,
            "name": format!("Mail client {number}"),
            // In milliseconds since the epoch; zero where it was never used.
            "creationTime": tenant.starts.as_millisecond().to_string(),
            "lastTimeUsed": "0",
            "userKey": user.id,
        })
    };
    let items: Vec<Value> = (1..=user.app_passwords).map(item).collect();
    let etag = resource::etag(&format!("asps {} {}", user.id, user.app_passwords));
    let mut body = json!({"kind": "admin#directory#aspList", "etag": etag});
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    reply(call, 200, body, &schema::ASPS)
}
