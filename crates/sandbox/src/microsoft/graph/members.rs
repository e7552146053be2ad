//! Members and owners of groups.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::super::ids::{guid_of, is_guid};
use super::super::state::{Group, Tenant};
use super::errors::{Failure, bad, failure, missing};
use super::permissions::{self as need, READ_HIDDEN_MEMBERS, READ_MEMBERSHIPS, WRITE_MEMBERS};
use super::query::{Kind, Query, reference};
use super::users::{USER, is_user, row};
use super::{Answer, Call, body, not_there};
use crate::group_state::GroupState;
use crate::wire::Reply;

/// Directory objects of no particular type: all that Graph's description of these lists has is their ids.
const OBJECT: Kind = Kind {
    name: "microsoft.graph.directoryObject",
    resource: "DirectoryObject",
    set: "directoryObjects",
    properties: USER.properties,
    default: &[],
    filterable: &["id"],
    advanced: &[],
    directory: true,
};

/// Owners and members are kept in lists of the same form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Owner,
    Member,
}

impl Role {
    fn list(self, group: &Group) -> &Vec<String> {
        match self {
            Self::Owner => &group.owners,
            Self::Member => &group.members,
        }
    }

    fn list_mut(self, group: &mut Group) -> &mut Vec<String> {
        match self {
            Self::Owner => &mut group.owners,
            Self::Member => &mut group.members,
        }
    }

    /// The name of the list in a path and in a message.
    fn name(self) -> &'static str {
        match self {
            Self::Owner => "owners",
            Self::Member => "members",
        }
    }
}

/// Lists and changes a group's members or owners.
pub(super) fn answer(call: &mut Call, group: &str, role: Role, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("GET", []) => list(call, group, role, false, None),
        ("GET", ["microsoft.graph.user"]) => list(call, group, role, false, Some("user")),
        ("GET", ["microsoft.graph.group"]) => list(call, group, role, false, Some("group")),
        ("POST", ["$ref"]) => add(call, group, role),
        ("DELETE", [id, "$ref"]) => remove(call, group, role, id),
        _ => Err(not_there(call, rest)),
    }
}

/// Lists everybody in a group and in the groups in it.
pub(super) fn transitive(call: &Call, group: &str, cast: Option<&str>) -> Answer {
    list(call, group, Role::Member, true, cast)
}

fn list(call: &Call, id: &str, role: Role, deep: bool, cast: Option<&str>) -> Answer {
    need::require(call.claims, READ_MEMBERSHIPS)?;
    let now = call.moment.now;
    let group = call.tenant.group(id, now).ok_or_else(|| missing(id))?;
    // Whoever may not read hidden members gets an empty list, and no error (Microsoft Graph, «List group members»).
    let is_hidden = group.visibility.as_deref() == Some("HiddenMembership");
    if is_hidden && role == Role::Member && !need::has(call.claims, READ_HIDDEN_MEMBERS) {
        return objects(call, Vec::new());
    }
    let ids: Vec<String> = if deep { everybody_in(call.tenant, group) } else { role.list(group).clone() };
    let tenant = &call.tenant;
    match cast {
        Some("user") => {
            let query = Query::read(call.request, &USER)?;
            let users = ids.iter().filter(|id| is_user(tenant, id));
            let rows = users.filter_map(|id| tenant.accounts.get(id)).map(|account| row(account, call)).collect();
            Ok(query.page(rows, &USER, call.request, call.moment))
        }
        Some(_) => {
            let groups = ids.iter().filter(|id| tenant.group(id, now).is_some());
            objects(call, groups.map(|id| reference(id, "group")).collect())
        }
        None => {
            let known = ids.iter().filter_map(|id| object(tenant, id));
            let others = group.state.others.iter().flatten().filter(|_| role == Role::Member).enumerate();
            let others = others
                .map(|(place, other)| reference(&guid_of(&group.id, &format!("other {place}")), other.odata_type()));
            objects(call, known.chain(others).collect())
        }
    }
}

/// A reference to a user or a group that is there.
pub(super) fn object(tenant: &Tenant, id: &str) -> Option<Value> {
    if is_user(tenant, id) {
        return Some(reference(id, "user"));
    }
    tenant.groups.get(id).filter(|group| group.deleted.is_none()).map(|_| reference(id, "group"))
}

/// A page of directory objects.
pub(super) fn objects(call: &Call, rows: Vec<Value>) -> Answer {
    let mut query = Query::read(call.request, &OBJECT)?;
    // Whatever else is selected, such a list has no more than this.
    query.select = None;
    Ok(query.page(rows, &OBJECT, call.request, call.moment))
}

/// Everybody and everything in a group, at whatever depth, once.
fn everybody_in(tenant: &Tenant, group: &Group) -> Vec<String> {
    let mut seen = BTreeSet::from([group.id.clone()]);
    let mut queue: Vec<String> = group.members.clone();
    let mut out = Vec::new();
    while let Some(id) = queue.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        if let Some(inner) = tenant.groups.get(&id).filter(|inner| inner.deleted.is_none()) {
            queue.extend(inner.members.iter().cloned());
        }
        out.push(id);
    }
    out.sort();
    out
}

/// The groups that somebody is in.
pub(super) fn memberships(tenant: &Tenant, id: &str, transitive: bool, now: Timestamp) -> Vec<String> {
    let groups = tenant.groups.values().filter(|group| group.deleted.is_none() && group.visible_from <= now);
    let is_in = |group: &&Group| {
        if transitive {
            everybody_in(tenant, group).iter().any(|member| member == id)
        } else {
            group.members.iter().any(|member| member == id)
        }
    };
    groups.filter(is_in).map(|group| group.id.clone()).collect()
}

/// Refuses what only a rule, or the organisation's own directory, decides.
fn check_by_hand(group: &Group) -> Result<(), Failure> {
    if group.state.membership_rule.is_some() {
        return Err(failure(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."));
    }
    if GroupState::is(group.state.synchronised) {
        return Err(bad(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
        ));
    }
    Ok(())
}

/// The object that a `…@odata.bind` or an `@odata.id` names: `…/users/{id}`, `…/directoryObjects/{id}`, also with the
/// key in brackets. A user can be named by user principal name too.
pub(super) fn bound(call: &Call, link: &str) -> Result<String, Failure> {
    let invalid = || bad(format!("Invalid URL format specified in @odata.id for '{link}'."));
    let link = link.replace("('", "/").replace("')", "");
    let rest = ["https://graph.microsoft.com", call.moment.root.as_str()]
        .iter()
        .find_map(|root| link.strip_prefix(root))
        .and_then(|rest| rest.strip_prefix("/v1.0/").or_else(|| rest.strip_prefix("/beta/")))
        .ok_or_else(invalid)?;
    let (collection, key) = rest.split_once('/').ok_or_else(invalid)?;
    let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned();
    let now = call.moment.now;
    match collection {
        "users" => call.tenant.account(&key, now).map(|account| account.id.clone()).ok_or_else(|| missing(&key)),
        "groups" | "directoryObjects" => {
            let id = key.to_ascii_lowercase();
            let known =
                call.tenant.account(&id, now).is_some_and(|a| a.id == id) || call.tenant.group(&id, now).is_some();
            if is_guid(&id) && known { Ok(id) } else { Err(missing(&key)) }
        }
        _ => Err(invalid()),
    }
}

fn add(call: &mut Call, id: &str, role: Role) -> Answer {
    need::require(call.claims, WRITE_MEMBERS)?;
    let changes = body(call.request)?;
    let link = changes.get("@odata.id").and_then(Value::as_str);
    let link = link.ok_or_else(|| bad("The '@odata.id' property is missing from the request."))?;
    let group = call.tenant.group(id, call.moment.now).ok_or_else(|| missing(id))?;
    let group_id = group.id.clone();
    let added = bound(call, link)?;
    let group = call.tenant.group(id, call.moment.now).ok_or_else(|| missing(id))?;
    if role == Role::Member {
        check_by_hand(group)?;
    }
    if role.list(group).contains(&added) {
        let list = role.name();
        return Err(bad(format!(
            "One or more added object references already exist for the following modified properties: '{list}'."
        )));
    }
    let is_group = call.tenant.groups.get(&added).is_some();
    if is_group && (group.unified || role == Role::Owner) {
        return Err(bad(format!(
            "Invalid object identifier '{added}': a group cannot be among the {} here.",
            role.name()
        )));
    }
    call.tenant.change_group(&group_id, |group| role.list_mut(group).push(added));
    Ok(Reply::empty(204))
}

fn remove(call: &mut Call, id: &str, role: Role, removed: &str) -> Answer {
    need::require(call.claims, WRITE_MEMBERS)?;
    let group = call.tenant.group(id, call.moment.now).ok_or_else(|| missing(id))?;
    if role == Role::Member {
        check_by_hand(group)?;
    }
    let removed = removed.to_ascii_lowercase();
    if !role.list(group).contains(&removed) {
        return Err(missing(&removed));
    }
    if role == Role::Owner && group.owners.len() == 1 {
        return Err(failure(
            400,
            "Request_BadRequest",
            "The group must have at least one owner, hence this owner cannot be removed.",
        ));
    }
    let group_id = group.id.clone();
    call.tenant.change_group(&group_id, |group| role.list_mut(group).retain(|held| *held != removed));
    Ok(Reply::empty(204))
}
