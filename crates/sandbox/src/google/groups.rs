//! Groups of the Directory API (facts sheet, Google 3).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::build::text;
use super::state::{self, Group, Owner, Tenant};
use super::{Answer, Call, errors, names, paging, reply, resource, schema, user_write, users};
use crate::wire::Reply;

const READ: [&str; 2] = ["admin.directory.group.readonly", "admin.directory.group"];
const WRITE: [&str; 1] = ["admin.directory.group"];
/// The longest description that the limits page allows.
const LONGEST_DESCRIPTION: usize = 4096;

/// The group that a key names, once reads can see it.
pub(super) fn find<'a>(tenant: &'a Tenant, key: &str, now: Timestamp) -> Result<&'a Group, Reply> {
    if key.contains('@') && !tenant.is_ours(key) {
        return Err(errors::forbidden());
    }
    let group = tenant.group(key).filter(|group| tenant.is_visible(group.created, now));
    group.ok_or_else(|| errors::missing("groupKey"))
}

/// A group as the API shows it.
fn resource(tenant: &Tenant, group: &Group) -> Value {
    let prefix = format!("{}/", group.id);
    let count = tenant.members.with_prefix(&prefix).count();
    let mut out = json!({
        "kind": "admin#directory#group",
        "id": group.id,
        "etag": resource::etag(&format!("group {} {} {count}", group.id, group.revision)),
        "email": group.email,
        "name": group.name,
        "directMembersCount": count.to_string(),
        "description": group.description,
        "adminCreated": true,
    });
    if !group.aliases.is_empty() {
        out["aliases"] = json!(group.aliases);
    }
    out
}

/// `GET groups/{key}`.
pub(super) fn get(tenant: &Tenant, call: &Call, key: &str) -> Answer {
    call.admin(tenant, &READ)?;
    reply(call, 200, resource(tenant, find(tenant, key, call.now())?), &schema::GROUP)
}

/// `POST groups`.
pub(super) fn insert(tenant: &mut Tenant, call: &mut Call) -> Answer {
    call.admin(tenant, &WRITE)?;
    resource::mask(call.request, &schema::GROUP)?;
    let fields = schema::body(call.request, &schema::GROUP)?;
    let email = user_write::address(&fields, "email", "email")?;
    let email = email.ok_or_else(|| errors::directory(400, "required", "Missing required field: email"))?;
    if !tenant.is_ours(&email) {
        return Err(errors::directory(404, "notFound", "Domain not found."));
    }
    if tenant.addresses.get(&email).is_some() {
        return Err(errors::taken());
    }
    let name = text(&fields, "name").filter(|name| !name.is_empty());
    let mut group = Group {
        id: state::group_id(call.moment.random),
        name: name.unwrap_or_else(|| email.split('@').next().unwrap_or_default()).to_owned(),
        email,
        description: String::new(),
        aliases: Vec::new(),
        created: call.now(),
        revision: 0,
        settings: std::collections::BTreeMap::new(),
        rule: None,
        delegation: None,
    };
    write(&mut group, &fields)?;
    let body = resource(tenant, &group);
    tenant.addresses.insert(group.email.clone(), Owner::Group(group.id.clone()));
    tenant.groups.insert(group.id.clone(), group);
    reply(call, 200, body, &schema::GROUP)
}

fn write(group: &mut Group, fields: &serde_json::Map<String, Value>) -> Result<(), Reply> {
    if let Some(name) = text(fields, "name") {
        if !names::is_group_name(name) {
            return Err(errors::invalid("name"));
        }
        name.clone_into(&mut group.name);
    }
    if let Some(description) = text(fields, "description") {
        if description.chars().count() > LONGEST_DESCRIPTION {
            return Err(errors::invalid("description"));
        }
        description.clone_into(&mut group.description);
    }
    group.revision += 1;
    Ok(())
}

fn unchanged(tenant: &Tenant, call: &Call, group: &Group) -> Result<(), Reply> {
    resource::unchanged(call.request, resource(tenant, group)["etag"].as_str().unwrap_or_default())
}

/// `PUT` and `PATCH groups/{key}`.
pub(super) fn update(tenant: &mut Tenant, call: &Call, key: &str) -> Answer {
    call.admin(tenant, &WRITE)?;
    resource::mask(call.request, &schema::GROUP)?;
    let mut group = find(tenant, key, call.now())?.clone();
    unchanged(tenant, call, &group)?;
    let fields = schema::body(call.request, &schema::GROUP)?;
    write(&mut group, &fields)?;
    if let Some(to) = user_write::address(&fields, "email", "email")?.filter(|to| *to != group.email) {
        if !tenant.is_ours(&to) {
            return Err(errors::directory(404, "notFound", "Domain not found."));
        }
        let own = Owner::Group(group.id.clone());
        if tenant.addresses.get(&to).is_some_and(|owner| *owner != own) {
            return Err(errors::taken());
        }
        group.aliases.retain(|alias| *alias != to);
        group.aliases.push(std::mem::replace(&mut group.email, to.clone()));
        tenant.addresses.insert(to, own);
    }
    let body = resource(tenant, &group);
    tenant.groups.insert(group.id.clone(), group);
    reply(call, 200, body, &schema::GROUP)
}

/// `DELETE groups/{key}`; a group cannot be brought back.
pub(super) fn delete(tenant: &mut Tenant, call: &Call, key: &str) -> Answer {
    call.admin(tenant, &WRITE)?;
    let group = find(tenant, key, call.now())?.clone();
    unchanged(tenant, call, &group)?;
    remove(tenant, &group.id);
    Ok(Reply::empty(204))
}

/// Takes a group out, with its addresses and its memberships.
pub(super) fn remove(tenant: &mut Tenant, id: &str) {
    let Some(group) = tenant.groups.remove(id) else { return };
    for address in std::iter::once(&group.email).chain(&group.aliases) {
        tenant.addresses.remove(address);
    }
    let (prefix, ending) = (format!("{id}/"), format!("/{id}"));
    let memberships = tenant.members.iter().filter(|(key, _)| key.starts_with(&prefix) || key.ends_with(&ending));
    let memberships: Vec<String> = memberships.map(|(key, _)| key.to_owned()).collect();
    for key in memberships {
        tenant.members.remove(&key);
    }
}

/// `GET groups`, in the order of addresses.
pub(super) fn list(tenant: &Tenant, call: &Call) -> Answer {
    call.admin(tenant, &READ)?;
    let now = call.now();
    let page = paging::page(call.request, "maxResults", 200, 200, now)?;
    let value = |name: &str| call.request.query_value(name).filter(|value| !value.is_empty());
    if value("orderBy").is_some_and(|order| order != "email") {
        return Err(errors::directory(400, "invalidParameter", "Invalid string value for orderBy."));
    }
    let member = match value("userKey") {
        // Groups may be members, too, so the key may be a group's.
        Some(key) => match tenant.owner(&key) {
            Some(Owner::User(id) | Owner::Group(id)) => Some(id),
            None => return Err(errors::missing("userKey")),
        },
        None => None,
    };
    let domain = match (&member, value("customer"), value("domain")) {
        (Some(_), None, None) => None,
        (_, customer, domain) => users::within(tenant, customer, domain)?,
    };
    let query = value("query").map(|text| Search::parse(tenant, &text)).transpose()?;
    let descending = value("sortOrder").as_deref() == Some("DESCENDING");
    let wanted = |group: &&Group| {
        let fresh = now.duration_since(group.created) < state::SEARCH_DELAY;
        tenant.is_visible(group.created, now)
            && member.as_ref().is_none_or(|id| tenant.members.get(&format!("{}/{id}", group.id)).is_some())
            && domain.as_ref().is_none_or(|domain| group.email.rsplit_once('@').is_some_and(|(_, of)| of == domain))
            && query.as_ref().is_none_or(|query| !fresh && query.finds(tenant, group))
    };
    let mut groups: Vec<&Group> = tenant.groups.values().filter(wanted).collect();
    groups.sort_by(|a, b| a.email.cmp(&b.email));
    if descending {
        groups.reverse();
    }
    let start = groups.iter().position(|group| group.email == page.after).map_or(0, |place| place + 1);
    let more = groups.len() > start + page.most;
    let shown: Vec<&Group> = groups.into_iter().skip(start).take(page.most).collect();
    let items: Vec<Value> = shown.iter().map(|group| resource(tenant, group)).collect();
    let tags: String = items.iter().filter_map(|item| item["etag"].as_str()).collect();
    let mut body = json!({"kind": "admin#directory#groups", "etag": resource::etag(&tags)});
    if !items.is_empty() {
        body["groups"] = Value::Array(items);
    }
    if more && let Some(last) = shown.last() {
        body["nextPageToken"] = json!(page.next(&last.email));
    }
    reply(call, 200, body, &schema::GROUPS)
}

/// The search syntax of groups: `email`, `name` and `memberKey`.
struct Search {
    field: String,
    prefix: bool,
    value: String,
}

impl Search {
    fn parse(tenant: &Tenant, text: &str) -> Result<Self, Reply> {
        let refuse = || errors::invalid("query");
        let (field, value) = text.split_once(['=', ':']).ok_or_else(refuse)?;
        let value = value.trim().trim_matches('\'');
        if !matches!(field, "email" | "name" | "memberKey") || value.is_empty() || value.contains('=') {
            return Err(refuse());
        }
        let mut search = Self {
            field: field.to_owned(),
            prefix: value.ends_with('*'),
            value: value.trim_end_matches('*').to_lowercase(),
        };
        if field == "memberKey" {
            let (Owner::User(id) | Owner::Group(id)) =
                tenant.owner(value).ok_or_else(|| errors::missing("memberKey"))?;
            search.value = id;
        }
        Ok(search)
    }

    fn finds(&self, tenant: &Tenant, group: &Group) -> bool {
        let fits = |text: &str| {
            let text = text.to_lowercase();
            if self.prefix { text.starts_with(&self.value) } else { text == self.value }
        };
        match self.field.as_str() {
            "email" => fits(&group.email) || group.aliases.iter().any(|alias| fits(alias)),
            "name" => fits(&group.name),
            _ => tenant.members.get(&format!("{}/{}", group.id, self.value)).is_some(),
        }
    }
}
