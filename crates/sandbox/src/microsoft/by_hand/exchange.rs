//! What Exchange has to say of an account beside the usual, from the start and by hand.

use crate::description::TenantDescription;
use crate::exchange_description::{ExchangeDescription, LicenceDescription};

use super::super::ids::guid_of;
use super::super::seed::{id_of, mailbox};
use super::super::state::{Account, MailboxType, Tenant};
use super::known;

/// Takes over what the description says of people and mailboxes. Who is named there and not known is left out.
pub(in super::super) fn seeded(tenant: &mut Tenant, description: &TenantDescription) {
    let people = description.people.iter().map(|person| (&person.address, &person.exchange));
    let mailboxes = description.mailboxes.iter().map(|mailbox| (&mailbox.address, &mailbox.exchange));
    for (address, said) in people.chain(mailboxes) {
        if *said == ExchangeDescription::default() {
            continue;
        }
        if let Some(id) = id_of(tenant, address).filter(|id| tenant.accounts.get(id).is_some()) {
            // What is wrong with it was told when the file was read, or is told by the first command that needs it.
            drop(describe(tenant, &id, said));
        }
    }
}

/// Takes over what is said of one account.
pub(super) fn describe(tenant: &mut Tenant, id: &str, said: &ExchangeDescription) -> Result<(), String> {
    let ids = |addresses: &Option<Vec<_>>| -> Result<Option<Vec<String>>, String> {
        addresses.as_ref().map(|list| list.iter().map(|address| known(tenant, address)).collect()).transpose()
    };
    let on_behalf = ids(&said.on_behalf)?;
    ids(&said.only_from)?;
    let guid = guid_of(id, "mailbox");
    tenant.change_account(id, |account| {
        account.exchange.take_over(said);
        if let Some(licence) = said.licence {
            licensed(account, licence, guid);
        }
        if let Some(mailbox) = &mut account.mailbox {
            mailbox.hidden = said.hidden.unwrap_or(mailbox.hidden);
            mailbox.send_on_behalf = on_behalf.unwrap_or_else(|| mailbox.send_on_behalf.clone());
        }
    });
    Ok(())
}

/// A person without a plan that gives a mailbox has none; `mail` stays, as it does at the vendor.
fn licensed(account: &mut Account, licence: LicenceDescription, guid: String) {
    account.licensed = licence == LicenceDescription::Mailbox;
    let is_shared = account.mailbox.as_ref().is_some_and(|mailbox| mailbox.kind == MailboxType::Shared);
    if is_shared {
        return;
    }
    if !account.licensed {
        account.mailbox = None;
    } else if account.mailbox.is_none() {
        account.mailbox = Some(mailbox(guid, MailboxType::User));
    }
}
