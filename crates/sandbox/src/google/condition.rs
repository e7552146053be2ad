//! Changes by hand.

use jiff::Timestamp;
use serde_json::{Value, json};
use tripod_model::Address;

use super::build::{self, add_user};
use super::state::{self, Delegate, Member, Owner, Tenant, Unit, User};
use super::{apps, members, settings};
use crate::condition::Condition;
use crate::description::Standing;
use crate::google_description::GoogleMemberDescription;

/// Changes what has the address; false where nothing here has it.
pub(super) fn set(
    tenant: &mut Tenant,
    address: &Address,
    condition: &Condition,
    now: Timestamp,
) -> Result<bool, String> {
    let owner = tenant.addresses.get(address.as_str()).cloned().or_else(|| deleted(tenant, address));
    match owner {
        Some(Owner::User(id)) => account(tenant, &id, condition, now)?,
        Some(Owner::Group(id)) => group(tenant, &id, condition)?,
        None => return Ok(false),
    }
    Ok(true)
}

/// A deleted account has no address any more, but had one.
fn deleted(tenant: &Tenant, address: &Address) -> Option<Owner> {
    let user = tenant.users.values().find(|user| user.deleted.is_some() && user.primary == address.as_str())?;
    Some(Owner::User(user.id.clone()))
}

fn account(tenant: &mut Tenant, id: &str, condition: &Condition, now: Timestamp) -> Result<(), String> {
    match condition {
        Condition::Standing(standing) => return stand(tenant, id, *standing, now),
        Condition::Deleted => return stand(tenant, id, Standing::Deleted, now),
        Condition::Access { who, read, act } => {
            if read != act {
                return Err("a Gmail delegate can read and send, or neither".to_owned());
            }
            let status = read.then_some(state::ACCEPTED);
            return delegate(tenant, id, who, status);
        }
        Condition::Delegation { who, status } => {
            if !matches!(status.as_str(), "accepted" | "pending" | "rejected" | "expired") {
                return Err(format!("`{status}` is none of accepted, pending, rejected and expired"));
            }
            return delegate(tenant, id, who, Some(status));
        }
        Condition::Address(to) => return rename(tenant, id, to, now),
        Condition::UnitDelegation(allowed) => {
            let path = tenant.users.get(id).map_or_else(|| "/".to_owned(), |user| user.unit.clone());
            let unit = Unit { id: build::unit_id(&tenant.customer, &path), delegation: Some(*allowed) };
            tenant.units.insert(path, unit);
            return Ok(());
        }
        Condition::WithoutApp(app) => return without_app(tenant, id, app, now),
        Condition::Leaves(_) => return Err("Google keeps no leave date".to_owned()),
        Condition::Size(_) => return Err("the size of a mailbox is known at Microsoft only".to_owned()),
        Condition::SignInOpen(_) => {
            return Err("a mailbox at Google always has an account that signs in; suspend it instead".to_owned());
        }
        Condition::SentCopies(_) => return Err("sent copies are a switch of Microsoft's shared mailboxes".to_owned()),
        Condition::OutsideMail(_) | Condition::OpenToJoin(_) => {
            return Err("only a group has this switch at Google".to_owned());
        }
        Condition::GroupSetting { .. }
        | Condition::Member { .. }
        | Condition::MembersByRule(_)
        | Condition::GroupDelegation(_) => return Err("this is for groups only".to_owned()),
        _ => {}
    }
    let manager = |address: &Address| json!([{"type": "manager", "value": address}]);
    let department = |name: &String| json!([{"department": name, "primary": true}]);
    let Some(user) = tenant.change_user(id, now) else { return Ok(()) };
    match condition {
        Condition::SecondFactor(has) => user.second_factor = *has,
        Condition::LastSignIn(at) => user.last_login = *at,
        Condition::Manager(to) => put(user, "relations", to.as_ref().map(manager)),
        Condition::Department(name) => put(user, "organizations", name.as_ref().map(department)),
        Condition::Recovery(to) => put(user, "recoveryEmail", to.as_ref().map(|to| json!(to))),
        Condition::Forwarding(to) => user.forwarding.clone_from(to),
        Condition::AppPasswords(count) => user.app_passwords = *count,
        Condition::Hidden(hidden) => user.listed = !hidden,
        Condition::InboxRule(to) => user.filters = to.iter().cloned().collect(),
        // The others have been dealt with above.
        _ => {}
    }
    Ok(())
}

/// Takes a grant back, as the person or an administrator does.
fn without_app(tenant: &mut Tenant, id: &str, app: &str, now: Timestamp) -> Result<(), String> {
    let prefix = format!("{id}/");
    let found = tenant.grants.with_prefix(&prefix).find(|(_, grant)| grant.app.eq_ignore_ascii_case(app));
    let Some((key, grant)) = found.map(|(key, grant)| (key.to_owned(), grant.clone())) else {
        return Err(format!("no grant to {app} hangs on it"));
    };
    tenant.grants.remove(&key);
    apps::record(tenant, id, "revoke", grant, now);
    Ok(())
}

fn put(user: &mut User, field: &str, value: Option<Value>) {
    match value {
        Some(value) => user.other.insert(field.to_owned(), value),
        None => user.other.remove(field),
    };
}

fn stand(tenant: &mut Tenant, id: &str, standing: Standing, now: Timestamp) -> Result<(), String> {
    let Some(user) = tenant.users.get(id).cloned() else { return Ok(()) };
    if user.deleted.is_some() && standing != Standing::Deleted && tenant.addresses.get(&user.primary).is_some() {
        return Err("the address belongs to somebody else by now".to_owned());
    }
    for address in std::iter::once(&user.primary).chain(&user.aliases) {
        if tenant.addresses.get(address) == Some(&Owner::User(user.id.clone())) {
            tenant.addresses.remove(address);
        }
    }
    if standing == Standing::Deleted {
        let ending = format!("/{id}");
        let gone: Vec<String> =
            tenant.members.iter().filter(|(key, _)| key.ends_with(&ending)).map(|(key, _)| key.to_owned()).collect();
        for key in gone {
            tenant.members.remove(&key);
        }
    }
    let Some(row) = tenant.change_user(id, now) else { return Ok(()) };
    row.suspended = standing == Standing::Disabled;
    row.suspended_at = row.suspended.then_some(now);
    row.archived = standing == Standing::Archived;
    row.guest = standing == Standing::Guest;
    row.deleted = (standing == Standing::Deleted).then_some(now);
    if matches!(standing, Standing::Guest | Standing::NoMailbox) {
        row.licensed = None;
    } else if row.licensed.is_none() {
        row.licensed = Some(row.created);
    }
    let row = row.clone();
    // An alias that somebody else has taken meanwhile does not come back.
    let free = |alias: &String| tenant.addresses.get(alias).is_none();
    let aliases = row.aliases.iter().filter(|alias| free(alias)).cloned().collect();
    add_user(tenant, User { aliases, ..row });
    Ok(())
}

/// Makes somebody a delegate with this status, or takes them out.
fn delegate(tenant: &mut Tenant, mailbox: &str, who: &Address, status: Option<&str>) -> Result<(), String> {
    let owner = tenant.addresses.get(who.as_str()).cloned().or_else(|| deleted(tenant, who));
    let Some(Owner::User(id) | Owner::Group(id)) = owner else {
        return Err(format!("{who} is not in the organisation, and an outsider cannot be a delegate"));
    };
    let key = format!("{mailbox}/{id}");
    match status {
        Some(status) => {
            let row = Delegate { id, address: who.to_string(), status: status.to_owned() };
            tenant.delegates.insert(key, row);
        }
        None => {
            tenant.delegates.remove(&key);
        }
    }
    Ok(())
}

fn available(tenant: &Tenant, own: &Owner, to: &Address) -> Result<(), String> {
    if !tenant.is_ours(to.as_str()) {
        return Err(format!("the domain of {to} is none of the tenant's"));
    }
    match tenant.addresses.get(to.as_str()) {
        Some(owner) if owner != own => Err(format!("{to} belongs to somebody else")),
        _ => Ok(()),
    }
}

fn rename(tenant: &mut Tenant, id: &str, to: &Address, now: Timestamp) -> Result<(), String> {
    let own = Owner::User(id.to_owned());
    available(tenant, &own, to)?;
    let Some(user) = tenant.change_user(id, now) else { return Ok(()) };
    if user.primary != to.as_str() {
        user.aliases.retain(|alias| alias != to.as_str());
        user.aliases.push(std::mem::replace(&mut user.primary, to.to_string()));
        tenant.addresses.insert(to.as_str(), own);
    }
    Ok(())
}

fn group(tenant: &mut Tenant, id: &str, condition: &Condition) -> Result<(), String> {
    let mut setting = |name: &str, value: &str| {
        if let Some(group) = tenant.groups.get_mut(id) {
            group.settings.insert(name.to_owned(), value.to_owned());
            group.revision += 1;
        }
    };
    match condition {
        Condition::OutsideMail(accepted) => {
            setting("whoCanPostMessage", if *accepted { "ANYONE_CAN_POST" } else { "ALL_IN_DOMAIN_CAN_POST" });
        }
        Condition::OpenToJoin(open) => {
            setting("whoCanJoin", if *open { "ANYONE_CAN_JOIN" } else { "INVITED_CAN_JOIN" });
        }
        Condition::Hidden(hidden) => setting(settings::LISTED, if *hidden { "false" } else { "true" }),
        Condition::GroupSetting { name, value } => return settings::put(tenant, id, name, value),
        Condition::Member { kind, address, role: Some(role) } => {
            let said = GoogleMemberDescription { kind: kind.clone(), address: address.clone(), role: role.clone() };
            return members::put(tenant, id, &said);
        }
        Condition::Member { kind, role: None, .. } => members::take(tenant, id, &kind.to_ascii_uppercase()),
        Condition::MembersByRule(rule) => {
            if let Some(group) = tenant.groups.get_mut(id) {
                group.rule.clone_from(rule);
            }
        }
        Condition::GroupDelegation(allowed) => {
            if let Some(group) = tenant.groups.get_mut(id) {
                group.delegation = *allowed;
            }
        }
        Condition::Access { who, read, act } => return member(tenant, id, who, *read, *act),
        Condition::Address(to) => {
            let own = Owner::Group(id.to_owned());
            available(tenant, &own, to)?;
            if let Some(group) = tenant.groups.get_mut(id).filter(|group| group.email != to.as_str()) {
                group.aliases.retain(|alias| alias != to.as_str());
                group.aliases.push(std::mem::replace(&mut group.email, to.to_string()));
                group.revision += 1;
                tenant.addresses.insert(to.as_str(), own);
            }
        }
        // At Google a deleted group does not come back, so this is one change that cannot be undone.
        Condition::Deleted => super::groups::remove(tenant, id),
        _ => return Err("a Google group is no account, so it has nothing of the kind".to_owned()),
    }
    Ok(())
}

fn member(tenant: &mut Tenant, group: &str, who: &Address, read: bool, act: bool) -> Result<(), String> {
    let role = match (read, act) {
        (true, true) => Some("OWNER"),
        (true, false) => Some("MEMBER"),
        (false, false) => None,
        (false, true) => return Err("an owner of a Google group who does not read is not known here".to_owned()),
    };
    let prefix = format!("{group}/");
    let known = match tenant.owner(who.as_str()) {
        Some(Owner::User(id) | Owner::Group(id)) => Some(id),
        None => {
            let mut rows = tenant.members.with_prefix(&prefix).map(|(_, row)| row);
            rows.find(|row| row.outside.as_deref() == Some(who.as_str())).map(|row| row.id.clone())
        }
    };
    let Some(role) = role else {
        if let Some(id) = known {
            tenant.members.remove(&format!("{prefix}{id}"));
        }
        return Ok(());
    };
    // An outsider's id is made from the address, so that the same change gives the same one.
    let id = known.clone().unwrap_or_else(|| super::account::outsider(who.as_str()));
    let outside = (known.is_none() || !tenant.is_ours(who.as_str())).then(|| who.to_string());
    let key = format!("{prefix}{id}");
    let revision = tenant.members.get(&key).map_or(1, |row| row.revision + 1);
    let row = Member { revision, ..Member::new(id, outside, role) };
    tenant.members.insert(key, row);
    Ok(())
}
