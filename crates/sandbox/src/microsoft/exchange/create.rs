//! New-Mailbox.

use jiff::Timestamp;

use super::super::ids::{after, random_guid, sid_of};
use super::super::seed;
use super::super::state::{Account, MailboxType, Tenant};
use super::errors::{
    Failure, address_taken, binding, invalid, name_taken, not_accepted, principal_taken, soft_deleted_holder,
};
use super::{Call, Output, mailbox};
use crate::exchange_description::ExchangeDescription;

/// The address of a purged object stays unusable for this long (facts sheet, Microsoft 5, number 12: about an hour).
const RELEASE_SECONDS: i64 = 3600;

/// Makes a shared, room or equipment mailbox with its account. A mailbox for a person needs a password, which this
/// route takes only encrypted; the stand-in does not have that form.
pub(super) fn new_mailbox(call: &mut Call) -> Result<Output, Failure> {
    let parameters = &call.parameters;
    let kind = match (parameters.on("Shared")?, parameters.on("Room")?, parameters.on("Equipment")?) {
        (true, false, false) => MailboxType::Shared,
        (false, true, false) => MailboxType::Room,
        (false, false, true) => MailboxType::Equipment,
        (false, false, false) => {
            let text = "Cannot process command because of one or more missing mandatory parameters: Password.";
            return Err(binding(text));
        }
        _ => return Err(ambiguous_set()),
    };
    // The parameter set of a shared mailbox has neither.
    if parameters.has("MicrosoftOnlineServicesID") || parameters.has("Password") {
        return Err(ambiguous_set());
    }
    let name = parameters.required("Name")?;
    check_name(&name)?;
    let display_name = parameters.text("DisplayName")?.unwrap_or_else(|| name.clone());
    if display_name.chars().count() > 256 {
        return Err(invalid(
            "The property value you entered is too long. The maximum length is 256 characters: \"DisplayName\".",
        ));
    }
    let alias = match parameters.text("Alias")? {
        Some(alias) => alias,
        None => name.chars().filter(|c| is_alias_character(*c)).collect(),
    };
    check_alias(&alias)?;
    let default = call.tenant.default_domain();
    let address = parameters.text("PrimarySmtpAddress")?.unwrap_or_else(|| format!("{alias}@{default}"));
    check_domain(call.tenant, &address)?;
    let onmicrosoft = format!("{alias}@{}", call.tenant.initial_domain());
    let now = call.moment.now;
    check_free(call.tenant, &address, &name, None, now)?;
    check_alias_free(call.tenant, &alias, None, now)?;
    check_free(call.tenant, &onmicrosoft, &name, None, now)?;
    if all(call.tenant, &name, now).any(|account| account.name.eq_ignore_ascii_case(&name)) {
        return Err(name_taken(&name));
    }
    // The principal comes out on the default domain, whatever the address (facts sheet, Microsoft 2, «New-Mailbox»).
    let principal = format!("{alias}@{default}");
    if all(call.tenant, &principal, now).any(|account| account.user_principal_name.eq_ignore_ascii_case(&principal)) {
        return Err(principal_taken(&principal));
    }
    let lag = call.tenant.lag();
    let id = random_guid(call.moment.random);
    let account = Account {
        guid: random_guid(call.moment.random),
        sid: sid_of(&id),
        id: id.clone(),
        user_principal_name: principal,
        display_name,
        name,
        alias,
        mail: Some(address.clone()),
        others: if address.eq_ignore_ascii_case(&onmicrosoft) { Vec::new() } else { vec![onmicrosoft] },
        // Sign-in is open after New-Mailbox (facts sheet, Microsoft 5, number 1).
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
        mailbox: Some(seed::mailbox(random_guid(call.moment.random), kind)),
        created: now,
        agent: false,
        exchange: ExchangeDescription::default(),
        visible_from: after(now, lag),
        anchor: Some(call.anchor.to_owned()),
        deleted: None,
        revision: call.tenant.next_revision(),
    };
    let mut row = mailbox::row(call.tenant, &account, false);
    if lag > 0 {
        // The directory hands it out only some seconds later (facts sheet, Microsoft 2, «Create sequence»).
        row["ExternalDirectoryObjectId"] = "".into();
    }
    call.tenant.accounts.insert(id, account);
    Ok(Output::rows(vec![row]))
}

fn ambiguous_set() -> Failure {
    binding("Parameter set cannot be resolved using the specified named parameters.")
}

/// Every account with a name, seen by reads or not, deleted or not: the directory itself knows them all.
fn all<'t>(tenant: &'t Tenant, name: &str, now: Timestamp) -> impl Iterator<Item = &'t Account> {
    let known = tenant.accounts.named(name).filter(|account| account.deleted.is_none());
    known.chain(tenant.restorable_named(name, now))
}

pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    if name.chars().count() > 64 {
        return Err(invalid(
            "The property value you entered is too long. The maximum length is 64 characters: \"Name\".",
        ));
    }
    if let Some(letter) = name.chars().find(|c| !c.is_ascii() || c.is_ascii_control()) {
        return Err(invalid(format!("The name \"{name}\" has the character '{letter}' in it, which is not allowed.")));
    }
    Ok(())
}

fn is_alias_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#%*+-/=?^_~.".contains(c)
}

pub(super) fn check_alias(alias: &str) -> Result<(), Failure> {
    let dots = alias.starts_with('.') || alias.ends_with('.') || alias.contains("..");
    if alias.is_empty() || alias.len() > 64 || dots || !alias.chars().all(is_alias_character) {
        return Err(invalid(format!(
            "The value \"{alias}\" isn't valid for the property Alias. It can have letters, digits and the characters !, #, %, *, +, -, /, =, ?, ^, _ and ~, with dots between them, and at most 64 characters."
        )));
    }
    Ok(())
}

/// Refuses an address whose domain is none of the organisation's, or that is none.
pub(super) fn check_domain(tenant: &Tenant, address: &str) -> Result<(), Failure> {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    if local.is_empty() || local.contains('@') || domain.is_empty() || address.contains(char::is_whitespace) {
        return Err(invalid(format!(
            "The address \"{address}\" isn't a valid SMTP address. The domain name can't contain spaces and it has to have a prefix and a suffix, such as example.com."
        )));
    }
    if tenant.domains().iter().any(|known| known.eq_ignore_ascii_case(domain)) && tenant.has_mail(domain) {
        Ok(())
    } else {
        Err(not_accepted(domain))
    }
}

/// Refuses an address that somebody else has, also somebody who is not to be seen yet or who was deleted.
pub(super) fn check_free(
    tenant: &Tenant,
    address: &str,
    name: &str,
    but: Option<&str>,
    now: Timestamp,
) -> Result<(), Failure> {
    let is = |held: &str| held.eq_ignore_ascii_case(address);
    let holder = all(tenant, address, now).find(|account| {
        Some(account.id.as_str()) != but && (account.addresses().any(is) || is(&account.user_principal_name))
    });
    if let Some(holder) = holder {
        return Err(if holder.deleted.is_some() {
            soft_deleted_holder(name)
        } else {
            address_taken(address, &holder.name)
        });
    }
    let group = tenant.groups.named(address).find(|group| group.deleted.is_none() && group.addresses().any(is));
    if let Some(group) = group {
        return Err(address_taken(address, &group.mail_nickname));
    }
    let recent = tenant
        .purged
        .values()
        .find(|purged| after(purged.at, RELEASE_SECONDS) > now && purged.addresses.iter().any(|held| is(held)));
    if recent.is_some() { Err(address_taken(address, address)) } else { Ok(()) }
}

/// Refuses an alias that another recipient has, in whatever domain. The text names the other one's address.
pub(super) fn check_alias_free(tenant: &Tenant, alias: &str, but: Option<&str>, now: Timestamp) -> Result<(), Failure> {
    let holder = all(tenant, alias, now)
        .find(|account| Some(account.id.as_str()) != but && account.alias.eq_ignore_ascii_case(alias));
    if let Some(holder) = holder {
        if holder.deleted.is_some() {
            return Err(soft_deleted_holder(alias));
        }
        return Err(address_taken(holder.mail.as_deref().unwrap_or(&holder.user_principal_name), &holder.name));
    }
    let group = tenant.groups.named(alias).filter(|group| group.deleted.is_none());
    match group.into_iter().find(|group| group.mail_nickname.eq_ignore_ascii_case(alias)) {
        Some(group) => Err(address_taken(group.mail.as_deref().unwrap_or_default(), &group.mail_nickname)),
        None => Ok(()),
    }
}
