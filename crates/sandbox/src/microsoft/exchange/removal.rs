//! Remove-Mailbox and Undo-SoftDeletedMailbox.

use super::super::state::Account;
use super::create::check_free;
use super::errors::{Failure, binding, impossible, missing};
use super::recipient::{Recipient, mailbox as find_mailbox, pick};
use super::{Call, Output, mailbox};

/// Soft-deletes a mailbox and its account, or purges a soft-deleted one.
pub(super) fn remove_mailbox(call: &mut Call) -> Result<Output, Failure> {
    let identity = call.parameters.required("Identity")?;
    for other in ["Migration", "PublicFolder", "Permanent"] {
        if call.parameters.on(other)? {
            return Err(binding(format!("A parameter set with '{other}' isn't available in this organization.")));
        }
    }
    let now = call.moment.now;
    if call.parameters.on("PermanentlyDelete")? {
        // Only what is soft-deleted already can be purged (facts sheet, Microsoft 2, «Remove-Mailbox»).
        let id = soft_deleted(call, &identity)?.ok_or_else(|| missing(&identity, true))?.id.clone();
        call.tenant.purge(&id, now);
        return Ok(Output::nothing());
    }
    let id = find_mailbox(call, &identity)?.ok_or_else(|| missing(&identity, true))?.id.clone();
    call.tenant.delete_account(&id, now);
    Ok(Output::nothing())
}

/// Brings a soft-deleted mailbox back with its account.
pub(super) fn undo_soft_deleted(call: &mut Call) -> Result<Output, Failure> {
    let identity = call.parameters.required("SoftDeletedObject")?;
    for other in ["Password", "WindowsLiveID"] {
        if call.parameters.has(other) {
            return Err(binding(format!("The stand-in does not carry out the parameter '{other}'.")));
        }
    }
    let (name, display_name) = (call.parameters.text("Name")?, call.parameters.text("DisplayName")?);
    let account = soft_deleted(call, &identity)?.ok_or_else(|| missing(&identity, true))?;
    for address in account.addresses() {
        check_free(call.tenant, address, &account.name, Some(&account.id), call.moment.now)
            .map_err(|failure| impossible(failure.text))?;
    }
    let id = account.id.clone();
    call.tenant.change_account(&id, |account| {
        account.deleted = None;
        account.name = name.unwrap_or_else(|| account.name.clone());
        account.display_name = display_name.unwrap_or_else(|| account.display_name.clone());
    });
    let rows = call.tenant.accounts.get(&id).map(|account| mailbox::row(call.tenant, account, false));
    Ok(Output::rows(rows.into_iter().collect()))
}

fn soft_deleted<'t>(call: &'t Call, identity: &str) -> Result<Option<&'t Account>, Failure> {
    let deleted = call.tenant.restorable_named(identity, call.moment.now).filter(|account| account.mailbox.is_some());
    Ok(match pick(deleted.map(Recipient::Account), identity)? {
        Some(Recipient::Account(account)) => Some(account),
        _ => None,
    })
}
