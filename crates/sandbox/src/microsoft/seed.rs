//! A tenant as its description has it at the start.

use std::collections::HashMap;

use jiff::Timestamp;
use tripod_model::{Address, Kind};

use super::by_hand::exchange;
use super::ids::{after, guid_of, number_of, sid_of};
use super::indexed::Indexed;
use super::seed_apps;
use super::state::{Account, Grant, Group, Mailbox, MailboxType, SETTINGS, Settings, Tenant};
use crate::description::{GroupDescription, MailboxDescription, PersonDescription, Standing, TenantDescription};
use crate::exchange_description::ExchangeDescription;
use crate::group_state::GroupState;
use crate::table::Table;

/// A day in seconds. What is there from the start is 400 days old, and what is deleted was so the day before.
pub(super) const DAY: i64 = 24 * 3600;

/// Makes a tenant's tables.
pub(super) fn tenant(name: &str, description: &TenantDescription, lag_seconds: u32, starts: Timestamp) -> Tenant {
    let id = description.tenant_id.clone().unwrap_or_else(|| guid_of("tripod", name)).to_ascii_lowercase();
    let mut domains: Vec<String> = description.domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
    let label = domains.first().and_then(|domain| domain.split('.').next()).unwrap_or(name).replace('-', "");
    domains.push(format!("{label}.onmicrosoft.com"));
    let mut tenant = Tenant {
        id,
        settings: Table::default(),
        accounts: Indexed::default(),
        groups: Indexed::default(),
        mailbox_permissions: Table::default(),
        recipient_permissions: Table::default(),
        purged: Table::default(),
        apps: Table::default(),
        consents: Table::default(),
        assignments: Table::default(),
        device_codes: Table::default(),
        report_calls: HashMap::new(),
    };
    let settings = Settings {
        name: name.to_owned(),
        domains,
        unverified_domains: description.unverified_domains.clone(),
        domains_without_mail: description.domains_without_mail.clone(),
        premium: description.entra_id_p1,
        role_group: description.exchange_role_group.clone(),
        seats: usize::MAX,
        missing_permissions: description.missing_permissions.clone(),
        sign_in: description.sign_in.clone(),
        apis_off: description.apis_off.clone(),
        lag_seconds,
        starts,
        revision: 1,
    };
    tenant.settings.insert(SETTINGS, settings);
    let mut free = description.seats.unwrap_or(usize::MAX);
    // Everybody's id comes from their address, so that a manager may stand further down in the list.
    let everybody = everybody(&tenant, &description.people);
    for person in &description.people {
        let mut account = person_account(&tenant, person, &mut free);
        account.manager = person.manager.as_ref().and_then(|manager| everybody.get(manager).cloned());
        tenant.accounts.insert(account.id.clone(), account);
    }
    let used = tenant.accounts.values().filter(|account| account.licensed).count();
    if let Some(settings) = tenant.settings.get_mut(SETTINGS) {
        settings.seats = description.seats.unwrap_or(used);
    }
    for group in &description.groups {
        let row = mail_group(&tenant, group);
        tenant.groups.insert(row.id.clone(), row);
    }
    // Only now is every group there that another one may name as its member.
    for group in &description.groups {
        let owners = ids_of(&tenant, &group.owners);
        let members = ids_of(&tenant, &group.members);
        if let Some(id) = id_of(&tenant, &group.address) {
            tenant.change_group(&id, |row| {
                row.owners = owners;
                row.members = members;
            });
        }
    }
    for mailbox in &description.mailboxes {
        match mailbox.kind {
            Kind::SharedMailbox => shared_mailbox(&mut tenant, mailbox),
            Kind::GroupInbox => unified_group(&mut tenant, mailbox),
        }
    }
    exchange::seeded(&mut tenant, description);
    seed_apps::fill(&mut tenant, &description.apps);
    tenant
}

/// The people's object ids by each of their addresses.
fn everybody<'d>(tenant: &Tenant, people: &'d [PersonDescription]) -> HashMap<&'d Address, String> {
    let of = |person: &'d PersonDescription| {
        let id = object_id(tenant, &person.address);
        std::iter::once(&person.address).chain(&person.aliases).map(move |address| (address, id.clone()))
    };
    people.iter().flat_map(of).collect()
}

/// The object id of what is there from the start under an address.
fn object_id(tenant: &Tenant, address: &Address) -> String {
    guid_of(&tenant.id, &format!("object {address}"))
}

fn person_account(tenant: &Tenant, person: &PersonDescription, free: &mut usize) -> Account {
    let address = person.address.as_str();
    let guest = person.standing == Standing::Guest;
    let wants_mailbox = !guest && person.standing != Standing::NoMailbox;
    let licensed = wants_mailbox && *free > 0;
    if licensed {
        *free -= 1;
    }
    let mut account = account(tenant, &person.address, &person.name);
    account.person = true;
    account.others.splice(0..0, person.aliases.iter().map(|alias| alias.as_str().to_owned()));
    account.agent = person.agent;
    account.enabled = !matches!(person.standing, Standing::Disabled | Standing::Archived);
    account.archived = person.standing == Standing::Archived;
    account.guest = guest;
    account.licensed = licensed;
    account.department.clone_from(&person.department);
    account.leaves = person.leaves;
    account.second_factor = person.second_factor;
    account.last_sign_in = person.last_sign_in.or_else(|| Some(after(tenant.starts(), -DAY)));
    account.deleted = (person.standing == Standing::Deleted).then(|| after(tenant.starts(), -DAY));
    if guest {
        account.user_principal_name = format!("{}#EXT#@{}", address.replace('@', "_"), tenant.initial_domain());
        account.alias = format!("{}#EXT#", address.replace('@', "_"));
        account.others.clear();
    }
    if licensed {
        let guid = guid_of(&tenant.id, &format!("mailbox {address}"));
        let size = number_of(&guid);
        account.mailbox = Some(Mailbox { size_bytes: size, items: size / 90_000, ..mailbox(guid, MailboxType::User) });
    } else if !guest {
        // Without a mailbox there is no onmicrosoft.com address either.
        account.others.retain(|other| !other.ends_with(&tenant.initial_domain()));
    }
    account
}

/// An account whose ids come from its address, so that every run of a description has the same ones.
fn account(tenant: &Tenant, address: &Address, display_name: &str) -> Account {
    let text = address.as_str();
    let id = object_id(tenant, address);
    let alias = free_alias(tenant, address.local_part());
    Account {
        guid: guid_of(&tenant.id, &format!("recipient {text}")),
        sid: sid_of(&id),
        id,
        user_principal_name: text.to_owned(),
        display_name: display_name.to_owned(),
        name: alias.clone(),
        mail: Some(text.to_owned()),
        others: vec![format!("{alias}@{}", tenant.initial_domain())],
        alias,
        enabled: true,
        guest: false,
        person: false,
        licensed: false,
        archived: false,
        department: None,
        manager: None,
        leaves: None,
        second_factor: false,
        last_sign_in: None,
        mailbox: None,
        created: after(tenant.starts(), -400 * DAY),
        agent: false,
        exchange: ExchangeDescription::default(),
        visible_from: Timestamp::UNIX_EPOCH,
        anchor: None,
        deleted: None,
        revision: 1,
    }
}

/// The alias, with a number where another domain's address has it already: an alias is unique in the tenant.
fn free_alias(tenant: &Tenant, wanted: &str) -> String {
    let taken = |alias: &str| {
        tenant.accounts.named(alias).any(|account| account.alias.eq_ignore_ascii_case(alias))
            || tenant.groups.named(alias).any(|group| group.mail_nickname.eq_ignore_ascii_case(alias))
    };
    if !taken(wanted) {
        return wanted.to_owned();
    }
    (2_u32..100_000).map(|number| format!("{wanted}{number}")).find(|alias| !taken(alias)).unwrap_or_default()
}

/// A mailbox with nothing in it, as New-Mailbox leaves it.
pub(super) fn mailbox(exchange_guid: String, kind: MailboxType) -> Mailbox {
    Mailbox {
        exchange_guid,
        kind,
        hidden: false,
        copy_for_sent_as: false,
        copy_for_send_on_behalf: false,
        send_on_behalf: Vec::new(),
        account_disabled: None,
        custom_attributes: [String::new(), String::new()],
        size_bytes: 0,
        items: 0,
        forwarding_address: None,
        forwarding_smtp: None,
        deliver_and_forward: false,
    }
}

fn mail_group(tenant: &Tenant, group: &GroupDescription) -> Group {
    let text = group.address.as_str();
    let id = object_id(tenant, &group.address);
    let alias = free_alias(tenant, group.address.local_part());
    Group {
        guid: guid_of(&tenant.id, &format!("recipient {text}")),
        sid: sid_of(&id),
        id,
        display_name: group.name.clone(),
        description: None,
        mail: Some(text.to_owned()),
        others: vec![format!("{alias}@{}", tenant.initial_domain())],
        mail_nickname: alias,
        mail_enabled: true,
        security_enabled: true,
        unified: false,
        visibility: None,
        outside_mail: false,
        state: GroupState::default(),
        owners: Vec::new(),
        members: Vec::new(),
        created: after(tenant.starts(), -400 * DAY),
        visible_from: Timestamp::UNIX_EPOCH,
        deleted: None,
        revision: 1,
    }
}

fn shared_mailbox(tenant: &mut Tenant, description: &MailboxDescription) {
    let mut account = account(tenant, &description.address, &description.name);
    let guid = guid_of(&tenant.id, &format!("mailbox {}", description.address));
    let size = number_of(&guid) / 4;
    account.mailbox = Some(Mailbox { size_bytes: size, items: size / 90_000, ..mailbox(guid, MailboxType::Shared) });
    for trustee in ids_of(tenant, &description.delegates) {
        let key = format!("{}/{trustee}", account.id);
        let grant = Grant {
            on: account.id.clone(),
            trustee_sid: sid_of(&trustee),
            trustee,
            rights: vec!["FullAccess".to_owned()],
            inheritance: "All".to_owned(),
            auto_mapping: true,
        };
        let send_as = Grant { rights: vec!["SendAs".to_owned()], inheritance: "None".to_owned(), ..grant.clone() };
        tenant.mailbox_permissions.insert(key.clone(), grant);
        tenant.recipient_permissions.insert(key, send_as);
    }
    tenant.accounts.insert(account.id.clone(), account);
}

fn unified_group(tenant: &mut Tenant, description: &MailboxDescription) {
    let group = GroupDescription {
        address: description.address.clone(),
        name: description.name.clone(),
        owners: Vec::new(),
        members: Vec::new(),
        google: crate::google_description::GoogleDescription::default(),
    };
    let people = ids_of(tenant, &description.delegates);
    let is_hidden = GroupState::is(description.group.members_hidden);
    let visibility = if is_hidden { "HiddenMembership" } else { "Private" };
    let row = Group {
        security_enabled: false,
        unified: true,
        visibility: Some(visibility.to_owned()),
        state: description.group.clone(),
        owners: people.clone(),
        members: people,
        ..mail_group(tenant, &group)
    };
    tenant.groups.insert(row.id.clone(), row);
}

/// The object id behind an address.
pub(super) fn id_of(tenant: &Tenant, address: &Address) -> Option<String> {
    let text = address.as_str();
    let account = tenant.accounts.named(text).find(|account| account.addresses().any(|a| a.eq_ignore_ascii_case(text)));
    let group = || tenant.groups.named(text).find(|group| group.addresses().any(|a| a.eq_ignore_ascii_case(text)));
    account.map(|account| account.id.clone()).or_else(|| group().map(|group| group.id.clone()))
}

fn ids_of(tenant: &Tenant, addresses: &[Address]) -> Vec<String> {
    addresses.iter().filter_map(|address| id_of(tenant, address)).collect()
}
