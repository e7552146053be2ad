//! Members of groups (facts sheet, Google 3).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::build::text;
use super::state::{self, Group, Member, Owner, Tenant};
use super::{Answer, Call, account, errors, groups, paging, reply, resource, schema, settings, users};
use crate::google_description::GoogleMemberDescription;
use crate::wire::Reply;

const READ: [&str; 4] = [
    "admin.directory.group.member.readonly",
    "admin.directory.group.member",
    "admin.directory.group.readonly",
    "admin.directory.group",
];
const WRITE: [&str; 2] = ["admin.directory.group.member", "admin.directory.group"];
const ROLES: [&str; 3] = ["OWNER", "MANAGER", "MEMBER"];
/// The type of everybody in the organisation.
const EVERYBODY: &str = "CUSTOMER";
const DELIVERIES: [&str; 5] = ["ALL_MAIL", "DAILY", "DIGEST", "DISABLED", "NONE"];

/// `groups/{key}/members[/{member}]`.
pub(super) fn answer(tenant: &mut Tenant, call: &mut Call, key: &str, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("GET", []) => list(tenant, call, key),
        ("GET", [member]) => {
            call.admin(tenant, &READ)?;
            let group = groups::find(tenant, key, call.now())?;
            let row = find(tenant, group, member)?;
            reply(call, 200, resource(tenant, group, row, true), &schema::MEMBER)
        }
        ("POST", []) => insert(tenant, call, key),
        ("PUT" | "PATCH", [member]) => update(tenant, call, key, member),
        ("DELETE", [member]) => {
            call.admin(tenant, &WRITE)?;
            let group = groups::find(tenant, key, call.now())?;
            chosen(group)?;
            let row = find(tenant, group, member)?;
            let place = format!("{}/{}", group.id, row.id);
            tenant.members.remove(&place);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_method()),
    }
}

/// Refuses to change who is in a group whose members come from a rule («Members are managed automatically», Cloud
/// Identity, «Create and manage dynamic groups»). How the Directory API words it is in no source; the refusal of a role
/// that is too small is what it has for everything that it does not allow, and tells a client the least.
fn chosen(group: &Group) -> Result<(), Reply> {
    if group.rule.is_some() { Err(errors::forbidden()) } else { Ok(()) }
}

/// Puts a member of any type into a group, as the tenant's other interfaces can.
pub(super) fn put(tenant: &mut Tenant, group: &str, said: &GoogleMemberDescription) -> Result<(), String> {
    let (kind, role) = (said.kind.to_ascii_uppercase(), said.role.to_ascii_uppercase());
    if !ROLES.contains(&role.as_str()) {
        return Err(format!("`{}` is none of OWNER, MANAGER and MEMBER", said.role));
    }
    let known = said.address.as_ref().and_then(|address| tenant.owner(address.as_str()));
    let id = match (known, &said.address) {
        (Some(Owner::User(id) | Owner::Group(id)), _) => id,
        (None, Some(address)) => account::outsider(address.as_str()),
        // Everybody in the organisation goes by the customer's id.
        (None, None) if kind == EVERYBODY => tenant.customer.clone(),
        (None, None) => account::outsider(&format!("{kind} in {group}")),
    };
    let outside = said.address.as_ref().map(ToString::to_string);
    let row = Member { kind: Some(kind), ..Member::new(id.clone(), outside, &role) };
    tenant.members.insert(format!("{group}/{id}"), row);
    Ok(())
}

/// Takes the members of a type out of a group.
pub(super) fn take(tenant: &mut Tenant, group: &str, kind: &str) {
    let prefix = format!("{group}/");
    let rows = tenant.members.with_prefix(&prefix).filter(|(_, row)| row.kind.as_deref() == Some(kind));
    let places: Vec<String> = rows.map(|(place, _)| place.to_owned()).collect();
    for place in places {
        tenant.members.remove(&place);
    }
}

/// The membership that an address, an alias or an id names.
fn find<'a>(tenant: &'a Tenant, group: &Group, key: &str) -> Result<&'a Member, Reply> {
    let id = match tenant.owner(key) {
        Some(Owner::User(id) | Owner::Group(id)) => id,
        None => {
            let prefix = format!("{}/", group.id);
            let outsider =
                |row: &&Member| row.outside.as_deref().is_some_and(|at| at.eq_ignore_ascii_case(key)) || row.id == key;
            let found =
                tenant.members.with_prefix(&prefix).map(|(_, row)| row).find(outsider).map(|row| row.id.clone());
            found.ok_or_else(|| errors::missing("memberKey"))?
        }
    };
    tenant.members.get(&format!("{}/{id}", group.id)).ok_or_else(|| errors::missing("memberKey"))
}

/// A membership as the API shows it; `delivery_settings` only where single ones are shown.
fn resource(tenant: &Tenant, group: &Group, row: &Member, single: bool) -> Value {
    let (email, kind, status) = if let Some(user) = tenant.users.get(&row.id) {
        let status = match (user.archived, user.suspended) {
            (true, _) => "ARCHIVED",
            (_, true) => "SUSPENDED",
            _ => "ACTIVE",
        };
        (Some(user.primary.as_str()), "USER", Some(status))
    } else if let Some(group) = tenant.groups.get(&row.id) {
        (Some(group.email.as_str()), "GROUP", Some("ACTIVE"))
    } else {
        // An outsider's status is not known to this organisation.
        (row.outside.as_deref(), "USER", None)
    };
    let kind = row.kind.as_deref().unwrap_or(kind);
    let mut out = json!({
        "kind": "admin#directory#member",
        "etag": resource::etag(&format!("member {} {} {} {status:?}", group.id, row.id, row.revision)),
        "id": row.id,
        "role": row.role,
        "type": kind,
    });
    if let Some(email) = email {
        out["email"] = json!(email);
    }
    if let Some(status) = status {
        out["status"] = json!(status);
    }
    if single {
        out["delivery_settings"] = json!(row.delivery);
    }
    out
}

fn list(tenant: &Tenant, call: &Call, key: &str) -> Answer {
    call.admin(tenant, &READ)?;
    let now = call.now();
    let page = paging::page(call.request, "maxResults", 200, 200, now)?;
    let group = groups::find(tenant, key, now)?;
    let roles = call.request.query_value("roles").filter(|roles| !roles.is_empty());
    let roles: Option<Vec<&str>> = roles.as_ref().map(|roles| roles.split(',').map(str::trim).collect());
    if roles.as_ref().is_some_and(|roles| roles.iter().any(|role| !ROLES.contains(role))) {
        return Err(errors::invalid("roles"));
    }
    let derived = call.request.query_value("includeDerivedMembership").as_deref() == Some("true");
    let mut rows: Vec<(&Group, &Member)> = Vec::new();
    let mut waiting = vec![group];
    let mut seen = BTreeSet::from([group.id.clone()]);
    while let Some(group) = waiting.pop() {
        // The prefix outlives the rows that are looked up by it only as long as this turn.
        let prefix = format!("{}/", group.id);
        let direct: Vec<String> = tenant.members.with_prefix(&prefix).map(|(key, _)| key.to_owned()).collect();
        for row in direct.iter().filter_map(|key| tenant.members.get(key)) {
            rows.push((group, row));
            if derived
                && let Some(inner) = tenant.groups.get(&row.id)
                && seen.insert(inner.id.clone())
            {
                waiting.push(inner);
            }
        }
    }
    rows.retain(|(_, row)| roles.as_ref().is_none_or(|roles| roles.contains(&row.role.as_str())));
    rows.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    rows.dedup_by(|a, b| a.1.id == b.1.id);
    let rest: Vec<&(&Group, &Member)> = rows.iter().filter(|(_, row)| row.id > page.after).collect();
    let shown: Vec<Value> =
        rest.iter().take(page.most).map(|(group, row)| resource(tenant, group, row, false)).collect();
    let tags: String = shown.iter().filter_map(|item| item["etag"].as_str()).collect();
    let mut body = json!({"kind": "admin#directory#members", "etag": resource::etag(&tags)});
    if rest.len() > page.most
        && let Some((_, row)) = rest.get(page.most - 1)
    {
        body["nextPageToken"] = json!(page.next(&row.id));
    }
    if !shown.is_empty() {
        body["members"] = Value::Array(shown);
    }
    reply(call, 200, body, &schema::MEMBERS)
}

fn choice(fields: &Map<String, Value>, name: &str, known: &[&str]) -> Result<Option<String>, Reply> {
    match text(fields, name).map(str::to_ascii_uppercase) {
        Some(value) if !known.contains(&value.as_str()) => Err(errors::invalid(name)),
        other => Ok(other),
    }
}

fn insert(tenant: &mut Tenant, call: &mut Call, key: &str) -> Answer {
    call.admin(tenant, &WRITE)?;
    resource::mask(call.request, &schema::MEMBER)?;
    let now = call.now();
    let group = groups::find(tenant, key, now)?.clone();
    chosen(&group)?;
    let fields = schema::body(call.request, &schema::MEMBER)?;
    let named = text(&fields, "email").or_else(|| text(&fields, "id")).filter(|key| !key.is_empty());
    let named =
        named.ok_or_else(|| errors::directory(400, "required", "Missing required field: memberKey"))?.to_owned();
    let role = choice(&fields, "role", &ROLES)?.unwrap_or_else(|| "MEMBER".to_owned());
    let delivery = choice(&fields, "delivery_settings", &DELIVERIES)?.unwrap_or_else(|| "ALL_MAIL".to_owned());
    let (id, outside) = match tenant.owner(&named) {
        Some(Owner::User(id)) => {
            (users::find(tenant, &id, now).map_err(|_| errors::missing("memberKey"))?.id.clone(), None)
        }
        Some(Owner::Group(id)) => {
            groups::find(tenant, &id, now).map_err(|_| errors::missing("memberKey"))?;
            if id == group.id || contains(tenant, &id, &group.id) {
                return Err(errors::not_met("Cyclic memberships not allowed"));
            }
            (id, None)
        }
        None => {
            let address: tripod_model::Address = named.parse().map_err(|_| errors::invalid("memberKey"))?;
            if tenant.is_ours(address.as_str()) {
                return Err(errors::missing("memberKey"));
            }
            if settings::value(&group, "allowExternalMembers") != "true" {
                // The sheet has no body for this; the role of nobody reaches to let an outsider in.
                return Err(errors::forbidden());
            }
            (state::user_id(call.moment.random), Some(address.to_string()))
        }
    };
    let prefix = format!("{}/", group.id);
    let again = outside.is_some() && tenant.members.with_prefix(&prefix).any(|(_, row)| row.outside == outside);
    if again || tenant.members.get(&format!("{}/{id}", group.id)).is_some() {
        return Err(errors::directory(409, "duplicate", "Member already exists."));
    }
    let row = Member { delivery, ..Member::new(id.clone(), outside, &role) };
    let body = resource(tenant, &group, &row, true);
    tenant.members.insert(format!("{}/{id}", group.id), row);
    reply(call, 200, body, &schema::MEMBER)
}

fn update(tenant: &mut Tenant, call: &Call, key: &str, member: &str) -> Answer {
    call.admin(tenant, &WRITE)?;
    resource::mask(call.request, &schema::MEMBER)?;
    let group = groups::find(tenant, key, call.now())?.clone();
    chosen(&group)?;
    let mut row = find(tenant, &group, member)?.clone();
    let etag = resource(tenant, &group, &row, false)["etag"].as_str().unwrap_or_default().to_owned();
    resource::unchanged(call.request, &etag)?;
    let fields = schema::body(call.request, &schema::MEMBER)?;
    if let Some(role) = choice(&fields, "role", &ROLES)? {
        row.role = role;
    }
    if let Some(delivery) = choice(&fields, "delivery_settings", &DELIVERIES)? {
        row.delivery = delivery;
    }
    row.revision += 1;
    let body = resource(tenant, &group, &row, true);
    tenant.members.insert(format!("{}/{}", group.id, row.id), row);
    reply(call, 200, body, &schema::MEMBER)
}

/// Whether a group has a member, directly or through groups.
fn contains(tenant: &Tenant, group: &str, id: &str) -> bool {
    let mut waiting = vec![group.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(group) = waiting.pop() {
        if tenant.members.get(&format!("{group}/{id}")).is_some() {
            return true;
        }
        if seen.insert(group.clone()) {
            let prefix = format!("{group}/");
            let inner = tenant.members.with_prefix(&prefix).map(|(_, row)| row.id.clone());
            waiting.extend(inner.filter(|id| tenant.groups.get(id).is_some()));
        }
    }
    false
}

/// `GET groups/{key}/hasMember/{member}`: nested ones count, inside the domain only.
pub(super) fn has(tenant: &Tenant, call: &Call, key: &str, member: &str) -> Answer {
    call.admin(tenant, &READ)?;
    let group = groups::find(tenant, key, call.now())?;
    if member.contains('@') && !tenant.is_ours(member) {
        return Err(errors::invalid("memberKey"));
    }
    let Some(Owner::User(id) | Owner::Group(id)) = tenant.owner(member) else {
        return Err(errors::missing("memberKey"));
    };
    reply(call, 200, json!({"isMember": contains(tenant, &group.id, &id)}), &schema::HAS_MEMBER)
}
