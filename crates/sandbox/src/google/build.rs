//! A tenant as its description has it at the start.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tripod_model::{Address, Kind};

use super::state::{self, Delegate, Group, Member, Owner, Tenant, Unit, User};
use super::{account, apps, members, settings};
use crate::description::{MailboxDescription, PersonDescription, Standing, TenantDescription};
use crate::error::SandboxError;
use crate::exchange_description::ExchangeDescription;
use crate::google_description::GoogleDescription;
use crate::table::Table;

/// The id of an organisational unit, made from where it is so that it stays the same.
pub(super) fn unit_id(customer: &str, path: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(format!("{customer} {path}"));
    format!("03ph8a{}", account::digits(&digest, 12, 16))
}

/// Makes a tenant.
pub(super) fn tenant(
    name: &str,
    description: &TenantDescription,
    lag_seconds: u32,
    starts: Timestamp,
    random: &mut fastrand::Rng,
) -> Result<Tenant, SandboxError> {
    let wrong = |problem: String| SandboxError::Description { tenant: name.to_owned(), problem };
    let customer = description.customer.clone().ok_or_else(|| wrong("give its customer id".to_owned()))?;
    if description.domains.is_empty() {
        return Err(wrong("give at least one domain".to_owned()));
    }
    let unit = |path: &String, allowed: bool| Unit { id: unit_id(&customer, path), delegation: Some(allowed) };
    let mut tenant = Tenant {
        name: name.to_owned(),
        customer: customer.clone(),
        domains: description.domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
        unverified_domains: description.unverified_domains.clone(),
        seats: description.seats,
        missing_scopes: description.missing_permissions.clone(),
        reading_scopes: description.reading_permissions.clone(),
        apis_off: description.apis_off.clone(),
        sign_in: description.google_sign_in.clone(),
        lag: SignedDuration::from_secs(i64::from(lag_seconds)),
        starts,
        filtered: (starts, 0),
        units: Table::default(),
        users: Table::default(),
        groups: Table::default(),
        members: Table::default(),
        delegates: Table::default(),
        grants: Table::default(),
        events: Table::default(),
        codes: Table::default(),
        refresh_tokens: Table::default(),
        addresses: Table::default(),
    };
    tenant.units.insert("/", Unit { id: unit_id(&customer, "/"), delegation: None });
    for (path, said) in &description.units {
        tenant.units.insert(path.clone(), unit(path, said.mail_delegation));
    }
    for person in &description.people {
        let user = user(person, starts, random);
        for address in std::iter::once(&user.primary).chain(&user.aliases) {
            if user.deleted.is_none() && tenant.addresses.get(address).is_some() {
                return Err(wrong(format!("{address} is there twice")));
            }
        }
        add_user(&mut tenant, user);
    }
    let admin = match &description.admin {
        Some(admin) => Some(
            tenant.user(admin.as_str()).ok_or_else(|| wrong(format!("its admin {admin} is not one of the people")))?,
        ),
        None => tenant.users.values().find(|user| user.deleted.is_none() && !user.suspended && !user.guest),
    };
    if let Some(id) = admin.map(|user| user.id.clone())
        && let Some(user) = tenant.users.get_mut(&id)
    {
        user.admin = true;
    }
    for said in &description.groups {
        let id = add_group(&mut tenant, &said.address, &said.name, starts, random).map_err(wrong)?;
        for owner in &said.owners {
            add_member(&mut tenant, &id, owner, "OWNER", random);
        }
    }
    // Groups may be members of groups that come later in the file.
    for said in &description.groups {
        let Some(id) = tenant.group(said.address.as_str()).map(|group| group.id.clone()) else { continue };
        for member in &said.members {
            add_member(&mut tenant, &id, member, "MEMBER", random);
        }
        more_of_group(&mut tenant, &id, &said.google).map_err(wrong)?;
    }
    for said in &description.mailboxes {
        mailbox(&mut tenant, said, starts, random).map_err(wrong)?;
    }
    for said in &description.apps {
        apps::connect(&mut tenant, said, starts).map_err(wrong)?;
    }
    let taken = tenant.taken_seats();
    if tenant.seats.is_some_and(|seats| taken > seats) {
        return Err(wrong(format!("{taken} accounts have mailboxes, more than its seats")));
    }
    latest_licence(&mut tenant, starts);
    Ok(tenant)
}

/// One account got its licence three weeks ago only, so that the usage reports show a number bought that does not
/// follow the accounts, as on every plan with a number of seats.
fn latest_licence(tenant: &mut Tenant, starts: Timestamp) {
    let licensed = tenant.users.values().filter(|user| user.has_seat() && user.deleted.is_none());
    let latest = licensed.max_by_key(|user| user.created).map(|user| user.id.clone());
    if let Some(user) = latest.and_then(|id| tenant.users.get_mut(&id)) {
        user.licensed = starts.checked_sub(SignedDuration::from_hours(24 * 21)).ok();
    }
}

fn user(person: &PersonDescription, starts: Timestamp, random: &mut fastrand::Rng) -> User {
    let (given, family) = person.name.rsplit_once(' ').unwrap_or((person.name.as_str(), ""));
    let before = |days: i64| starts.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(starts);
    let created = before(random.i64(100..2_000));
    let mut other = Map::new();
    if let Some(department) = &person.department {
        other.insert("organizations".to_owned(), json!([{"department": department, "primary": true}]));
    }
    if let Some(manager) = &person.manager {
        other.insert("relations".to_owned(), json!([{"type": "manager", "value": manager}]));
    }
    if let Some(recovery) = &person.recovery {
        other.insert("recoveryEmail".to_owned(), json!(recovery));
    }
    let mailbox = !matches!(person.standing, Standing::Guest | Standing::NoMailbox);
    let suspended = person.standing == Standing::Disabled;
    User {
        id: state::user_id(random),
        primary: person.address.to_string(),
        given: given.to_owned(),
        family: family.to_owned(),
        aliases: person.aliases.iter().map(Address::to_string).collect(),
        suspended,
        suspended_at: suspended.then(|| before(10)),
        archived: person.standing == Standing::Archived,
        deleted: (person.standing == Standing::Deleted).then(|| before(3)),
        unit: person.unit.clone().unwrap_or_else(|| "/".to_owned()),
        admin: false,
        guest: person.standing == Standing::Guest,
        licensed: mailbox.then_some(created),
        created,
        last_login: Some(person.last_sign_in.unwrap_or_else(|| before(1))),
        change_password: false,
        listed: true,
        second_factor: person.second_factor,
        other,
        person: true,
        revision: 1,
        forwarding: None,
        filters: Vec::new(),
        app_passwords: 0,
        changed: created,
        stale: None,
    }
}

/// Puts a user into the tenant, with its addresses if it lives.
pub(super) fn add_user(tenant: &mut Tenant, user: User) {
    if user.deleted.is_none() {
        for address in std::iter::once(&user.primary).chain(&user.aliases) {
            tenant.addresses.insert(address.clone(), Owner::User(user.id.clone()));
        }
    }
    tenant.users.insert(user.id.clone(), user);
}

fn add_group(
    tenant: &mut Tenant,
    address: &Address,
    name: &str,
    starts: Timestamp,
    random: &mut fastrand::Rng,
) -> Result<String, String> {
    if tenant.addresses.get(address.as_str()).is_some() {
        return Err(format!("{address} is there twice"));
    }
    let id = state::group_id(random);
    let group = Group {
        id: id.clone(),
        email: address.to_string(),
        name: name.to_owned(),
        description: String::new(),
        aliases: Vec::new(),
        created: starts.saturating_sub(SignedDuration::from_hours(24 * 365)).unwrap_or(starts),
        revision: 1,
        settings: std::collections::BTreeMap::new(),
        rule: None,
        delegation: None,
    };
    tenant.addresses.insert(address.as_str(), Owner::Group(id.clone()));
    tenant.groups.insert(id.clone(), group);
    Ok(id)
}

fn add_member(tenant: &mut Tenant, group: &str, address: &Address, role: &str, random: &mut fastrand::Rng) {
    let (id, outside) = match tenant.owner(address.as_str()) {
        Some(Owner::User(id) | Owner::Group(id)) => (id, None),
        None => (state::user_id(random), Some(address.to_string())),
    };
    tenant.members.insert(format!("{group}/{id}"), Member::new(id, outside, role));
}

/// What there is to a group beside its name, owners and members.
fn more_of_group(tenant: &mut Tenant, id: &str, said: &GoogleDescription) -> Result<(), String> {
    for (name, value) in &said.settings {
        settings::put(tenant, id, name, value)?;
    }
    if said.hidden {
        settings::put(tenant, id, settings::LISTED, "false")?;
    }
    for member in &said.members {
        members::put(tenant, id, member)?;
    }
    if let Some(group) = tenant.groups.get_mut(id) {
        group.rule.clone_from(&said.members_by_rule);
        group.delegation = said.mail_delegation;
    }
    Ok(())
}

fn mailbox(
    tenant: &mut Tenant,
    said: &MailboxDescription,
    starts: Timestamp,
    random: &mut fastrand::Rng,
) -> Result<(), String> {
    if said.kind == Kind::GroupInbox {
        let id = add_group(tenant, &said.address, &said.name, starts, random)?;
        for owner in &said.delegates {
            add_member(tenant, &id, owner, "OWNER", random);
        }
        if let Some(group) = tenant.groups.get_mut(&id) {
            group.settings.insert(settings::COLLABORATIVE.to_owned(), "true".to_owned());
        }
        return more_of_group(tenant, &id, &said.google);
    }
    if tenant.addresses.get(said.address.as_str()).is_some() {
        return Err(format!("{} is there twice", said.address));
    }
    let person = PersonDescription {
        exchange: ExchangeDescription::default(),
        address: said.address.clone(),
        name: said.name.clone(),
        aliases: Vec::new(),
        department: None,
        manager: None,
        unit: said.unit.clone(),
        standing: said.google.standing,
        leaves: None,
        second_factor: false,
        last_sign_in: None,
        recovery: said.recovery.clone(),
        agent: false,
    };
    let mut user = user(&person, starts, random);
    user.person = false;
    user.listed = !said.google.hidden;
    user.filters.clone_from(&said.google.filters);
    user.last_login = None;
    let id = user.id.clone();
    add_user(tenant, user);
    for address in &said.delegates {
        let delegate = tenant.user(address.as_str()).map(|user| user.id.clone());
        let delegate =
            delegate.ok_or_else(|| format!("{address}, a delegate of {}, is not one of the people", said.address))?;
        let status = state::ACCEPTED.to_owned();
        let row = Delegate { id: delegate.clone(), address: address.to_string(), status };
        tenant.delegates.insert(format!("{id}/{delegate}"), row);
    }
    Ok(())
}

/// A text of a JSON object.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}
