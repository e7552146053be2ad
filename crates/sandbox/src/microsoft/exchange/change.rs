//! Set-Mailbox.

use super::super::state::{Account, MailboxType};
use super::create::{check_alias, check_alias_free, check_domain, check_free, check_name};
use super::errors::{Failure, binding, invalid, missing, missing_trustee, name_taken, principal_taken, synchronised};
use super::parameters::{ListChange, Parameters};
use super::recipient::{Recipient, find, mailbox};
use super::{Call, Output};
use crate::exchange_description::ExchangeDescription;

/// What the stand-in changes; the other parameters are known to the vendor, but refused here rather than ignored.
const SUPPORTED: [&str; 25] = [
    "identity",
    "confirm",
    "whatif",
    "force",
    "applymandatoryproperties",
    "accountdisabled",
    "alias",
    "displayname",
    "name",
    "emailaddresses",
    "windowsemailaddress",
    "grantsendonbehalfto",
    "hiddenfromaddresslistsenabled",
    "messagecopyforsentasenabled",
    "messagecopyforsendonbehalfenabled",
    "microsoftonlineservicesid",
    "type",
    "customattribute1",
    "customattribute2",
    "forwardingaddress",
    "forwardingsmtpaddress",
    "delivertomailboxandforward",
    "requiresenderauthenticationenabled",
    "acceptmessagesonlyfromsendersormembers",
    "moderationenabled",
];

/// Changes a mailbox; gives nothing back.
pub(super) fn set_mailbox(call: &mut Call) -> Result<Output, Failure> {
    let parameters = call.parameters.clone();
    if let Some(other) = parameters.names().find(|name| !SUPPORTED.contains(name)) {
        return Err(binding(format!("The stand-in does not carry out the parameter '{other}' of Set-Mailbox.")));
    }
    let identity = parameters.required("Identity")?;
    let mut account = mailbox(call, &identity)?.ok_or_else(|| missing(&identity, true))?.clone();
    if account.exchange.synchronisation() == (true, false) {
        return Err(synchronised(&account.name));
    }
    names(call, &parameters, &mut account)?;
    restrictions(&parameters, &mut account)?;
    addresses(call, &parameters, &mut account)?;
    switches(call, &parameters, &mut account)?;
    let id = account.id.clone();
    call.tenant.change_account(&id, |row| *row = account);
    Ok(Output::nothing())
}

fn names(call: &Call, parameters: &Parameters, account: &mut Account) -> Result<(), Failure> {
    let now = call.moment.now;
    if let Some(name) = parameters.text("Name")? {
        check_name(&name)?;
        let others =
            call.tenant.accounts.named(&name).filter(|other| other.id != account.id && other.deleted.is_none());
        if others.into_iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
            return Err(name_taken(&name));
        }
        account.name = name;
    }
    if let Some(name) = parameters.text("DisplayName")? {
        account.display_name = name;
    }
    if let Some(alias) = parameters.text("Alias")? {
        check_alias(&alias)?;
        check_alias_free(call.tenant, &alias, Some(&account.id), now)?;
        account.alias = alias;
    }
    if let Some(principal) = parameters.text("MicrosoftOnlineServicesID")? {
        check_domain(call.tenant, &principal)?;
        let taken =
            call.tenant.accounts.named(&principal).filter(|other| other.id != account.id && other.deleted.is_none());
        if taken.into_iter().any(|other| other.user_principal_name.eq_ignore_ascii_case(&principal)) {
            return Err(principal_taken(&principal));
        }
        account.user_principal_name = principal;
    }
    Ok(())
}

fn addresses(call: &Call, parameters: &Parameters, account: &mut Account) -> Result<(), Failure> {
    if parameters.has("EmailAddresses") && parameters.has("WindowsEmailAddress") {
        return Err(binding(
            "The EmailAddresses and WindowsEmailAddress parameters can't be used in the same command.",
        ));
    }
    let now = call.moment.now;
    let free = |address: &str| {
        check_domain(call.tenant, address)?;
        check_free(call.tenant, address, &account.name, Some(&account.id), now)
    };
    if let Some(address) = parameters.text("WindowsEmailAddress")? {
        free(&address)?;
        let before = account.mail.replace(address.clone());
        account.others.retain(|other| !other.eq_ignore_ascii_case(&address));
        account.others.extend(before.filter(|before| !before.eq_ignore_ascii_case(&address)));
        return Ok(());
    }
    let Some(change) = parameters.list_change("EmailAddresses")? else { return Ok(()) };
    let (mut primary, mut others) = (account.mail.clone(), account.others.clone());
    let adding = match change {
        ListChange::Replace(all) => {
            (primary, others) = (None, Vec::new());
            all
        }
        ListChange::Alter { add, remove } => {
            for address in remove {
                let (_, address) = prefixed(&address);
                if primary.as_deref().is_some_and(|primary| primary.eq_ignore_ascii_case(address)) {
                    return Err(invalid("The primary SMTP address can't be removed from the EmailAddresses property."));
                }
                others.retain(|other| !other.eq_ignore_ascii_case(address));
            }
            add
        }
    };
    for address in adding {
        let (is_primary, address) = prefixed(&address);
        free(address)?;
        others.retain(|other| !other.eq_ignore_ascii_case(address));
        if is_primary {
            others.extend(primary.replace(address.to_owned()).filter(|before| !before.eq_ignore_ascii_case(address)));
        } else if !primary.as_deref().is_some_and(|primary| primary.eq_ignore_ascii_case(address)) {
            others.push(address.to_owned());
        }
    }
    if primary.is_none() {
        return Err(invalid("There is no primary SMTP address among the EmailAddresses."));
    }
    account.mail = primary;
    account.others = others;
    Ok(())
}

/// Whether an address is written as the primary one (`SMTP:`), and the address alone.
fn prefixed(text: &str) -> (bool, &str) {
    match text.split_once(':') {
        Some((prefix, address)) => (prefix == "SMTP", address),
        None => (false, text),
    }
}

fn switches(call: &Call, parameters: &Parameters, account: &mut Account) -> Result<(), Failure> {
    let behalf = parameters.list_change("GrantSendOnBehalfTo")?;
    let behalf = behalf.map(|change| send_on_behalf(call, change, account)).transpose()?;
    let forward_to = match parameters.text("ForwardingAddress")? {
        Some(to) => Some(find(call, &to)?.ok_or_else(|| missing_trustee(&to))?.id().to_owned()),
        None => None,
    };
    let Some(mailbox) = &mut account.mailbox else { return Ok(()) };
    // A null ends the forwarding.
    if parameters.has("ForwardingAddress") {
        mailbox.forwarding_address = forward_to;
    }
    if parameters.has("ForwardingSmtpAddress") {
        let to = parameters.text("ForwardingSmtpAddress")?.filter(|to| !to.is_empty());
        mailbox.forwarding_smtp = to.map(|to| prefixed(&to).1.to_owned());
    }
    if let Some(people) = behalf {
        mailbox.send_on_behalf = people;
    }
    for (name, place) in [
        ("DeliverToMailboxAndForward", &mut mailbox.deliver_and_forward),
        ("HiddenFromAddressListsEnabled", &mut mailbox.hidden),
        ("MessageCopyForSentAsEnabled", &mut mailbox.copy_for_sent_as),
        ("MessageCopyForSendOnBehalfEnabled", &mut mailbox.copy_for_send_on_behalf),
    ] {
        if let Some(flag) = parameters.flag(name)? {
            *place = flag;
        }
    }
    // Exchange shows it from now on. Whether it reaches the account is not documented, so that it does not here: a
    // client that relies on it would leave sign-in open.
    if let Some(disabled) = parameters.flag("AccountDisabled")? {
        mailbox.account_disabled = Some(disabled);
    }
    for (number, name) in ["CustomAttribute1", "CustomAttribute2"].into_iter().enumerate() {
        if let Some(text) = parameters.text(name)? {
            mailbox.custom_attributes[number] = text;
        }
    }
    if let Some(kind) = parameters.text("Type")? {
        mailbox.kind = match kind.to_ascii_lowercase().as_str() {
            "shared" => MailboxType::Shared,
            "regular" => MailboxType::User,
            "room" => MailboxType::Room,
            "equipment" => MailboxType::Equipment,
            _ => {
                return Err(binding(format!("Cannot convert value \"{kind}\" to type \"ConvertibleMailboxSubType\".")));
            }
        };
    }
    Ok(())
}

/// Whose mail is let through.
fn restrictions(parameters: &Parameters, account: &mut Account) -> Result<(), Failure> {
    let only_from = match parameters.list_change("AcceptMessagesOnlyFromSendersOrMembers")? {
        None => None,
        Some(ListChange::Replace(none)) if none.is_empty() => Some(Vec::new()),
        Some(_) => {
            return Err(binding("The stand-in takes nothing but an empty AcceptMessagesOnlyFromSendersOrMembers."));
        }
    };
    account.exchange.take_over(&ExchangeDescription {
        inside_only: parameters.flag("RequireSenderAuthenticationEnabled")?,
        moderated: parameters.flag("ModerationEnabled")?,
        only_from,
        ..ExchangeDescription::default()
    });
    Ok(())
}

fn send_on_behalf(call: &Call, change: ListChange, account: &Account) -> Result<Vec<String>, Failure> {
    let ids = |identities: Vec<String>| {
        let id = |identity: String| {
            let found = find(call, &identity)?;
            found.map(|recipient: Recipient| recipient.id().to_owned()).ok_or_else(|| missing_trustee(&identity))
        };
        identities.into_iter().map(id).collect::<Result<Vec<_>, _>>()
    };
    Ok(match change {
        ListChange::Replace(all) => ids(all)?,
        ListChange::Alter { add, remove } => {
            let mut held = account.mailbox.as_ref().map(|m| m.send_on_behalf.clone()).unwrap_or_default();
            let remove = ids(remove)?;
            held.retain(|id| !remove.contains(id));
            for id in ids(add)? {
                if !held.contains(&id) {
                    held.push(id);
                }
            }
            held
        }
    })
}
