//! What somebody changes past Tripod: an administrator in a portal, a person in their settings, the passing of time.

pub(super) mod exchange;

use jiff::Timestamp;
use tripod_model::Address;

use super::ids::{guid_of, sid_of};
use super::seed::{id_of, mailbox};
use super::state::{Account, Grant, Group, Mailbox, MailboxType, Tenant};
use crate::condition::Condition;
use crate::description::Standing;
use crate::table::Table;

/// Changes what has the address. `Ok(false)` where nothing here has it; an error says why the change does not apply.
pub(super) fn set(
    tenant: &mut Tenant,
    address: &Address,
    condition: &Condition,
    now: Timestamp,
) -> Result<bool, String> {
    let text = address.as_str();
    let has_it = |account: &&Account| account.addresses().any(|a| a.eq_ignore_ascii_case(text));
    let found = tenant.accounts.named(text).filter(has_it);
    // A deleted account comes second: its address may be another's by now.
    let id = found.min_by_key(|account| account.deleted.is_some()).map(|account| account.id.clone());
    if let Some(id) = id {
        return of_account(tenant, &id, condition, now).map(|()| true);
    }
    let has_it = |group: &&Group| group.addresses().any(|a| a.eq_ignore_ascii_case(text));
    let Some(id) = tenant.groups.named(text).find(has_it).map(|group| group.id.clone()) else { return Ok(false) };
    of_group(tenant, &id, condition, now).map(|()| true)
}

fn of_account(tenant: &mut Tenant, id: &str, condition: &Condition, now: Timestamp) -> Result<(), String> {
    match condition {
        Condition::Standing(Standing::Deleted) | Condition::Deleted => tenant.delete_account(id, now),
        Condition::Standing(standing) => {
            let guid = guid_of(id, "mailbox");
            tenant.change_account(id, |account| stand(account, *standing, guid));
        }
        Condition::Leaves(leaves) => tenant.change_account(id, |account| account.leaves = *leaves),
        Condition::SecondFactor(has) => tenant.change_account(id, |account| account.second_factor = *has),
        Condition::LastSignIn(last) => tenant.change_account(id, |account| account.last_sign_in = *last),
        Condition::Manager(manager) => {
            let manager = manager.as_ref().map(|manager| known(tenant, manager)).transpose()?;
            tenant.change_account(id, |account| account.manager = manager);
        }
        Condition::Department(department) => {
            tenant.change_account(id, |account| account.department.clone_from(department));
        }
        Condition::Forwarding(to) => forward(tenant, id, to.as_deref())?,
        Condition::Size(bytes) => change_mailbox(tenant, id, |mailbox| mailbox.size_bytes = *bytes)?,
        Condition::SignInOpen(open) => tenant.change_account(id, |account| account.enabled = *open),
        Condition::SentCopies(kept) => change_mailbox(tenant, id, |mailbox| {
            mailbox.copy_for_sent_as = *kept;
            mailbox.copy_for_send_on_behalf = *kept;
        })?,
        Condition::Access { who, read, act } => {
            if tenant.accounts.get(id).is_none_or(|account| account.mailbox.is_none()) {
                return Err(no_mailbox());
            }
            let trustee = known(tenant, who)?;
            right(&mut tenant.mailbox_permissions, id, &trustee, "FullAccess", "All", *read);
            right(&mut tenant.recipient_permissions, id, &trustee, "SendAs", "None", *act);
        }
        Condition::WithoutApp(app) => without_app(tenant, id, app)?,
        Condition::Address(address) => {
            free(tenant, address, id)?;
            tenant.change_account(id, |account| {
                readdress(&mut account.mail, &mut account.others, address);
            });
        }
        Condition::Agent(agent) => {
            let agent = *agent;
            tenant.change_account(id, |account| account.agent = agent);
        }
        Condition::Exchange(said) => exchange::describe(tenant, id, said)?,
        Condition::OutsideMail(_) | Condition::OpenToJoin(_) | Condition::Group(_) => {
            return Err("this is a setting of groups, and the address is an account's".to_owned());
        }
        Condition::Recovery(_)
        | Condition::AppPasswords(_)
        | Condition::Delegation { .. }
        | Condition::UnitDelegation(_)
        | Condition::GroupSetting { .. }
        | Condition::Member { .. }
        | Condition::GroupDelegation(_) => return Err(of_google()),
        Condition::Hidden(_) | Condition::InboxRule(_) | Condition::MembersByRule(_) => return Err(not_built()),
    }
    Ok(())
}

/// Takes back what an account has consented to for an app, and its assignment to it.
fn without_app(tenant: &mut Tenant, id: &str, app: &str) -> Result<(), String> {
    let apps: Vec<String> =
        tenant.apps.values().filter(|row| row.name.eq_ignore_ascii_case(app)).map(|row| row.id.clone()).collect();
    let consents = tenant.consents.iter().filter(|(_, row)| row.principal.as_deref() == Some(id));
    let consents: Vec<String> =
        consents.filter(|(_, row)| apps.contains(&row.client)).map(|(key, _)| key.to_owned()).collect();
    let assignments = tenant.assignments.iter().filter(|(_, row)| row.principal == id && apps.contains(&row.app));
    let assignments: Vec<String> = assignments.map(|(key, _)| key.to_owned()).collect();
    if consents.is_empty() && assignments.is_empty() {
        return Err(format!("no grant to {app} hangs on it"));
    }
    for key in consents {
        tenant.consents.remove(&key);
    }
    for key in assignments {
        tenant.assignments.remove(&key);
    }
    Ok(())
}

fn of_group(tenant: &mut Tenant, id: &str, condition: &Condition, now: Timestamp) -> Result<(), String> {
    match condition {
        Condition::Standing(Standing::Deleted) | Condition::Deleted => {
            tenant.change_group(id, |group| group.deleted = Some(now));
        }
        Condition::OutsideMail(accepted) => {
            let accepted = *accepted;
            tenant.change_group(id, |group| group.outside_mail = accepted);
        }
        Condition::Group(said) => {
            tenant.change_group(id, |group| {
                group.state.take_over(said);
                if let Some(hidden) = said.members_hidden {
                    let visibility = if hidden { "HiddenMembership" } else { "Private" };
                    group.visibility = Some(visibility.to_owned());
                }
            });
        }
        Condition::OpenToJoin(open) => {
            if tenant.groups.get(id).is_none_or(|group| !group.unified) {
                return Err("only a Microsoft 365 group can be open to join".to_owned());
            }
            let visibility = if *open { "Public" } else { "Private" };
            tenant.change_group(id, |group| group.visibility = Some(visibility.to_owned()));
        }
        Condition::Access { who, read, act } => {
            let who = known(tenant, who)?;
            tenant.change_group(id, |group| {
                for (list, wanted) in [(&mut group.members, *read), (&mut group.owners, *act)] {
                    list.retain(|held| *held != who);
                    list.extend(wanted.then(|| who.clone()));
                }
            });
        }
        Condition::Address(address) => {
            free(tenant, address, id)?;
            tenant.change_group(id, |group| readdress(&mut group.mail, &mut group.others, address));
        }
        Condition::Standing(_)
        | Condition::Leaves(_)
        | Condition::SecondFactor(_)
        | Condition::LastSignIn(_)
        | Condition::Manager(_)
        | Condition::Department(_)
        | Condition::Forwarding(_)
        | Condition::Size(_)
        | Condition::Agent(_)
        | Condition::SignInOpen(_)
        | Condition::WithoutApp(_)
        | Condition::Exchange(_)
        | Condition::SentCopies(_) => {
            return Err("this is a property of accounts, and the address is a group's".to_owned());
        }
        Condition::Recovery(_)
        | Condition::AppPasswords(_)
        | Condition::Delegation { .. }
        | Condition::UnitDelegation(_)
        | Condition::GroupSetting { .. }
        | Condition::Member { .. }
        | Condition::GroupDelegation(_) => return Err(of_google()),
        Condition::Hidden(hidden) => {
            let hidden = *hidden;
            tenant.change_group(id, |group| group.state.hidden = Some(hidden));
        }
        Condition::MembersByRule(rule) => {
            tenant.change_group(id, |group| group.state.membership_rule.clone_from(rule));
        }
        Condition::InboxRule(_) => return Err(not_built()),
    }
    Ok(())
}

/// What Microsoft has and the stand-in has not yet.
fn not_built() -> String {
    "the stand-in for Microsoft cannot represent this yet".to_owned()
}

fn of_google() -> String {
    "Microsoft 365 has nothing of the kind; it is Google Workspace's".to_owned()
}

fn no_mailbox() -> String {
    "the account has no mailbox".to_owned()
}

/// The object id behind an address that another condition names.
fn known(tenant: &Tenant, address: &Address) -> Result<String, String> {
    id_of(tenant, address).ok_or_else(|| format!("{address} is nobody's address in this tenant"))
}

fn change_mailbox(tenant: &mut Tenant, id: &str, change: impl FnOnce(&mut Mailbox)) -> Result<(), String> {
    if tenant.accounts.get(id).is_none_or(|account| account.mailbox.is_none()) {
        return Err(no_mailbox());
    }
    tenant.change_account(id, |account| {
        if let Some(mailbox) = &mut account.mailbox {
            change(mailbox);
        }
    });
    Ok(())
}

/// Gives an account the standing; one that had no mailbox gets one where the standing has it.
fn stand(account: &mut Account, standing: Standing, guid: String) {
    account.deleted = None;
    account.guest = standing == Standing::Guest;
    account.enabled = !matches!(standing, Standing::Disabled | Standing::Archived);
    account.archived = standing == Standing::Archived;
    if matches!(standing, Standing::Guest | Standing::NoMailbox) {
        account.mailbox = None;
        account.licensed = false;
    } else if standing == Standing::Active && account.mailbox.is_none() {
        account.mailbox = Some(mailbox(guid, MailboxType::User));
        account.licensed = true;
    }
}

/// Forwards to somebody of the organisation by name, to anybody else by address: Exchange keeps the two apart.
fn forward(tenant: &mut Tenant, id: &str, to: Option<&str>) -> Result<(), String> {
    let address: Option<Address> = to.map(|to| to.parse().map_err(|_| format!("`{to}` is no address"))).transpose()?;
    let inside = address.as_ref().and_then(|address| id_of(tenant, address));
    let outside = address.filter(|_| inside.is_none()).map(|address| address.as_str().to_owned());
    change_mailbox(tenant, id, |mailbox| {
        mailbox.forwarding_address = inside;
        mailbox.forwarding_smtp = outside;
        mailbox.deliver_and_forward = to.is_some();
    })
}

fn right(grants: &mut Table<Grant>, on: &str, trustee: &str, right: &str, inheritance: &str, wanted: bool) {
    let key = format!("{on}/{trustee}");
    if !wanted {
        grants.remove(&key);
    } else if grants.get(&key).is_none() {
        let grant = Grant {
            on: on.to_owned(),
            trustee_sid: sid_of(trustee),
            trustee: trustee.to_owned(),
            rights: vec![right.to_owned()],
            inheritance: inheritance.to_owned(),
            auto_mapping: false,
        };
        grants.insert(key, grant);
    }
}

fn free(tenant: &Tenant, address: &Address, but: &str) -> Result<(), String> {
    match id_of(tenant, address) {
        Some(holder) if holder != but => Err(format!("{address} is somebody else's address already")),
        _ => Ok(()),
    }
}

fn readdress(mail: &mut Option<String>, others: &mut Vec<String>, address: &Address) {
    let text = address.as_str();
    others.retain(|other| !other.eq_ignore_ascii_case(text));
    others.extend(mail.replace(text.to_owned()).filter(|before| !before.eq_ignore_ascii_case(text)));
}
