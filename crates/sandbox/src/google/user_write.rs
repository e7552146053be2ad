//! `users.insert`, `update`, `patch`, `delete` and `undelete` (facts sheet, Google 3 to 3.4).

use serde_json::{Map, Value};

use super::build::{self, text};
use super::state::{self, Owner, Tenant, User};
use super::users::{self, View};
use super::{Answer, Call, errors, names, reply, resource, schema};
use crate::wire::{Reply, Request};

const WRITE: [&str; 1] = ["admin.directory.user"];

/// Fields that are the server's; a client that sends them back is not refused, and they stay as they are.
const READ_ONLY: [&str; 24] = [
    "agreedToTerms",
    "aliases",
    "archivalTime",
    "creationTime",
    "customerId",
    "deletionTime",
    "emails",
    "etag",
    "guestAccountInfo",
    "id",
    "isAdmin",
    "isDelegatedAdmin",
    "isEnforcedIn2Sv",
    "isEnrolledIn2Sv",
    "isGuestUser",
    "isMailboxSetup",
    "kind",
    "lastLoginTime",
    "nonEditableAliases",
    "suspensionReason",
    "suspensionTime",
    "thumbnailPhotoEtag",
    "thumbnailPhotoUrl",
    "ipWhitelisted",
];

/// `POST users`.
pub(super) fn insert(tenant: &mut Tenant, call: &mut Call) -> Answer {
    call.admin(tenant, &WRITE)?;
    resource::mask(call.request, &schema::USER)?;
    let fields = schema::body(call.request, &schema::USER)?;
    let required = |name: &str| errors::directory(400, "required", &format!("Missing required field: {name}"));
    let primary = names::username(&fields, "primaryEmail")?.ok_or_else(|| required("primaryEmail"))?;
    let name = fields.get("name").and_then(Value::as_object).cloned().unwrap_or_default();
    let part = |part: &str| text(&name, part).filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let given = part("givenName").ok_or_else(|| errors::invalid("name.givenName"))?;
    let family = part("familyName").ok_or_else(|| errors::invalid("name.familyName"))?;
    text(&fields, "password").ok_or_else(|| errors::invalid("password"))?;
    password(&fields)?;
    if !tenant.is_ours(&primary) {
        return Err(errors::directory(404, "notFound", "Domain not found."));
    }
    if tenant.addresses.get(&primary).is_some() {
        return Err(errors::taken());
    }
    if tenant.free_seats() == Some(0) {
        // In no document of Google's (facts sheet, Google 3.3); in accounts of people whom it was said to.
        return Err(errors::directory(412, "limitExceeded", "Domain user limit reached."));
    }
    let now = call.now();
    let mut user = User {
        id: state::user_id(call.moment.random),
        primary,
        given,
        family,
        aliases: Vec::new(),
        suspended: false,
        suspended_at: None,
        archived: false,
        deleted: None,
        unit: "/".to_owned(),
        admin: false,
        guest: false,
        licensed: Some(now),
        created: now,
        last_login: None,
        change_password: false,
        listed: true,
        second_factor: false,
        other: Map::new(),
        person: false,
        revision: 0,
        forwarding: None,
        filters: Vec::new(),
        app_passwords: 0,
        changed: now,
        stale: None,
    };
    let unit = unit(tenant, &fields)?;
    write(&mut user, &fields, unit, now)?;
    let body = users::resource(tenant, &user, now, View::Basic);
    build::add_user(tenant, user);
    reply(call, 200, body, &schema::USER)
}

/// `PUT` and `PATCH users/{key}`; both leave what is not named as it is.
pub(super) fn update(tenant: &mut Tenant, call: &Call, key: &str) -> Answer {
    call.admin(tenant, &WRITE)?;
    resource::mask(call.request, &schema::USER)?;
    let now = call.now();
    let user = changeable(tenant, call.request, key, now)?.clone();
    let fields = schema::body(call.request, &schema::USER)?;
    password(&fields)?;
    let unit = unit(tenant, &fields)?;
    let renamed = names::username(&fields, "primaryEmail")?.filter(|to| *to != user.primary);
    if let Some(to) = &renamed {
        if !tenant.is_ours(to) {
            return Err(errors::directory(404, "notFound", "Domain not found."));
        }
        // One of the user's own aliases may become the primary address.
        if tenant.addresses.get(to).is_some_and(|owner| *owner != Owner::User(user.id.clone())) {
            return Err(errors::taken());
        }
    }
    if fields.get("archived") == Some(&Value::Bool(true)) && !user.archived {
        return Err(errors::not_met("Insufficient archived user licenses"));
    }
    if fields.get("suspended") == Some(&Value::Bool(true)) && user.admin {
        return Err(errors::forbidden());
    }
    let mut probe = user.clone();
    write(&mut probe, &fields, unit.clone(), now)?;
    let Some(row) = tenant.change_user(&user.id, now) else { return Err(errors::missing("userKey")) };
    write(row, &fields, unit, now)?;
    if let Some(to) = renamed {
        row.aliases.retain(|alias| *alias != to);
        row.aliases.push(std::mem::replace(&mut row.primary, to.clone()));
        tenant.addresses.insert(to, Owner::User(user.id.clone()));
    }
    let user = tenant.users.get(&user.id).ok_or_else(|| errors::missing("userKey"))?;
    let body = users::resource(tenant, user, now, View::Basic);
    reply(call, 200, body, &schema::USER)
}

/// `DELETE users/{key}`: gone from groups, its addresses free, restorable for twenty days.
pub(super) fn delete(tenant: &mut Tenant, call: &Call, key: &str) -> Answer {
    call.admin(tenant, &WRITE)?;
    let now = call.now();
    let user = changeable(tenant, call.request, key, now)?.clone();
    if user.admin {
        return Err(errors::forbidden());
    }
    for address in std::iter::once(&user.primary).chain(&user.aliases) {
        tenant.addresses.remove(address);
    }
    let ending = format!("/{}", user.id);
    let memberships: Vec<String> =
        tenant.members.iter().filter(|(key, _)| key.ends_with(&ending)).map(|(key, _)| key.to_owned()).collect();
    for key in memberships {
        tenant.members.remove(&key);
    }
    if let Some(row) = tenant.change_user(&user.id, now) {
        row.deleted = Some(now);
    }
    Ok(Reply::empty(204))
}

/// `POST users/{id}/undelete`, by id only: the address may be somebody else's by now.
pub(super) fn undelete(tenant: &mut Tenant, call: &Call, id: &str) -> Answer {
    call.admin(tenant, &WRITE)?;
    let fields = schema::body(call.request, &schema::UNDELETE)?;
    let unit = unit(tenant, &fields)?;
    let now = call.now();
    let user =
        tenant.users.get(id).filter(|user| user.deleted.is_some_and(|at| now.duration_since(at) < users::RESTORABLE));
    let user = user.ok_or_else(|| errors::missing("userKey"))?.clone();
    if tenant.addresses.get(&user.primary).is_some() {
        return Err(errors::not_met("The address of the user is in use."));
    }
    if user.licensed.is_some() && tenant.free_seats() == Some(0) {
        return Err(errors::directory(412, "limitExceeded", "Domain user limit reached."));
    }
    let Some(row) = tenant.change_user(id, now) else { return Err(errors::missing("userKey")) };
    row.deleted = None;
    row.unit = unit.unwrap_or_else(|| "/".to_owned());
    // An alias that somebody else has taken meanwhile does not come back.
    let aliases = std::mem::take(&mut row.aliases);
    let kept: Vec<String> = aliases.into_iter().filter(|alias| tenant.addresses.get(alias).is_none()).collect();
    for address in std::iter::once(&user.primary).chain(&kept) {
        tenant.addresses.insert(address.clone(), Owner::User(id.to_owned()));
    }
    if let Some(row) = tenant.users.get_mut(id) {
        row.aliases = kept;
    }
    Ok(Reply::empty(204))
}

/// The user that is to change: not before the account is complete, and only as the client has seen it.
fn changeable<'a>(tenant: &'a Tenant, request: &Request, key: &str, now: jiff::Timestamp) -> Result<&'a User, Reply> {
    if let Some(user) = tenant.user(key)
        && !tenant.is_visible(user.created, now)
    {
        return Err(errors::not_met("User creation is not complete."));
    }
    let user = users::find(tenant, key, now)?;
    resource::unchanged(request, &users::etag(tenant, user, now))?;
    Ok(user)
}

/// Writes everything but the primary address.
fn write(
    user: &mut User,
    fields: &Map<String, Value>,
    unit: Option<String>,
    now: jiff::Timestamp,
) -> Result<(), Reply> {
    if let Some(unit) = unit {
        user.unit = unit;
    }
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("name", Value::Object(name)) => {
                names::parts(name)?;
                if let Some(given) = text(name, "givenName") {
                    given.clone_into(&mut user.given);
                }
                if let Some(family) = text(name, "familyName") {
                    family.clone_into(&mut user.family);
                }
            }
            ("suspended", Value::Bool(suspended)) => {
                if user.suspended != *suspended {
                    user.suspended_at = suspended.then_some(now);
                }
                user.suspended = *suspended;
            }
            ("archived", Value::Bool(archived)) => user.archived = *archived,
            ("changePasswordAtNextLogin", Value::Bool(change)) => user.change_password = *change,
            ("includeInGlobalAddressList", Value::Bool(listed)) => user.listed = *listed,
            ("recoveryPhone", Value::String(phone)) if !phone.is_empty() && !phone.starts_with('+') => {
                return Err(errors::invalid("recoveryPhone"));
            }
            ("primaryEmail" | "orgUnitPath" | "password" | "hashFunction" | "name", _) => {}
            (name, _) if READ_ONLY.contains(&name) => {}
            (name, Value::Null) => {
                user.other.remove(name);
            }
            (name, Value::String(text)) if text.is_empty() => {
                user.other.remove(name);
            }
            (name, value) => {
                user.other.insert(name.to_owned(), value.clone());
            }
        }
    }
    Ok(())
}

fn password(fields: &Map<String, Value>) -> Result<(), Reply> {
    let hash = text(fields, "hashFunction").filter(|hash| !hash.is_empty());
    if hash.is_some_and(|hash| !["MD5", "SHA-1", "crypt"].contains(&hash)) {
        return Err(errors::invalid("hashFunction"));
    }
    match text(fields, "password") {
        // A plain password has between 8 and 100 characters.
        Some(password) if hash.is_none() && !(8..=100).contains(&password.chars().count()) => {
            Err(errors::invalid("Password"))
        }
        _ => Ok(()),
    }
}

/// The organisational unit of a body, which has to exist.
fn unit(tenant: &Tenant, fields: &Map<String, Value>) -> Result<Option<String>, Reply> {
    let Some(path) = text(fields, "orgUnitPath") else { return Ok(None) };
    let known =
        tenant.units.iter().find(|(known, _)| known.eq_ignore_ascii_case(path)).map(|(known, _)| known.to_owned());
    let known = known.or_else(|| {
        tenant.users.values().find(|user| user.unit.eq_ignore_ascii_case(path)).map(|user| user.unit.clone())
    });
    known.map(Some).ok_or_else(|| errors::invalid("INVALID_OU_ID"))
}

/// An address of a body, in lower case, if it is one.
pub(super) fn address(fields: &Map<String, Value>, name: &str, word: &str) -> Result<Option<String>, Reply> {
    match text(fields, name) {
        None => Ok(None),
        Some(text) => match text.parse::<tripod_model::Address>() {
            Ok(address) => Ok(Some(address.to_string())),
            Err(_) => Err(errors::invalid(word)),
        },
    }
}
