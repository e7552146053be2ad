//! Settings and names, each read back.

use serde_json::json;
use tripod_model::{Address, Kind};
use tripod_tenant::{Change, Configure, Done, ErrorKind, MailboxRef, TenantError};

use super::settle::{CHANGE_BUDGET, may_lag, settle, until_seen};
use crate::call::Caller;
use crate::error::beside;
use crate::group_settings::GroupSettings;
use crate::wire::{ExternalId, UserName};

/// Makes the changes to one mailbox, one set of them after the other.
pub(super) async fn configure(caller: &Caller, changes: Vec<(usize, &Configure)>, done: &Done<'_, ()>) {
    for (index, change) in changes {
        done(index, change_all(caller, change).await.map(Into::into));
    }
}

async fn change_all(caller: &Caller, configure: &Configure) -> Result<(), TenantError> {
    let mailbox = &configure.mailbox;
    let mut settings = GroupSettings::default();
    for change in &configure.changes {
        match (change, mailbox.kind) {
            (Change::TurnOn(setting), kind) => {
                if kind != Kind::GroupInbox || !settings.turn_on(*setting) {
                    return Err(no_such(mailbox, &format!("{} cannot be turned on for it at Google", setting.words())));
                }
            }
            (Change::Rename(name), Kind::SharedMailbox) => rename_account(caller, mailbox, name).await?,
            (Change::Rename(name), Kind::GroupInbox) => rename_group(caller, mailbox, name).await?,
            (Change::Mark, Kind::SharedMailbox) => mark(caller, mailbox).await?,
            (Change::Mark, Kind::GroupInbox) => {
                return Err(no_such(mailbox, "a group has no place for Tripod's marker"));
            }
        }
    }
    if settings == GroupSettings::default() { Ok(()) } else { turn_on(caller, mailbox, &settings).await }
}

fn no_such(mailbox: &MailboxRef, message: &str) -> TenantError {
    TenantError::new(ErrorKind::Invalid, format!("configure {}", mailbox.address), message)
}

async fn turn_on(caller: &Caller, mailbox: &MailboxRef, settings: &GroupSettings) -> Result<(), TenantError> {
    let clock = caller.clock.as_ref();
    let what = format!("change the settings of {}", mailbox.address);
    let address = mailbox.address.as_str();
    // The settings of a new group may be refused as invalid for a while (facts sheet, Google 4).
    let may_pass = |error: &TenantError| may_lag(error) || error.kind == ErrorKind::Invalid;
    settle(clock, CHANGE_BUDGET, &what, may_pass, || async {
        // A group that is archive only takes no mail, and leaving that state resets who can post (facts sheet, 4);
        // hence it comes first and by itself.
        let before = caller.group_settings(address).await?;
        if settings.who_can_post_message.is_some() && before.archive_only.as_deref() == Some("true") {
            let open = GroupSettings { archive_only: Some("false".to_owned()), ..GroupSettings::default() };
            caller.patch_group_settings(address, &open).await?;
        }
        caller.patch_group_settings(address, settings).await
    })
    .await?;
    until_seen(clock, &what, may_lag, || async {
        caller.group_settings(address).await.map(|seen| settings.is_part_of(&seen))
    })
    .await
}

async fn rename_account(caller: &Caller, mailbox: &MailboxRef, name: &str) -> Result<(), TenantError> {
    let clock = caller.clock.as_ref();
    let what = format!("rename {}", mailbox.address);
    let body = json!({ "name": UserName::of(name) });
    settle(clock, CHANGE_BUDGET, &what, may_lag, || async {
        caller.update_user(&mailbox.id.0, body.clone(), what.clone()).await
    })
    .await?;
    until_seen(clock, &what, may_lag, || async {
        caller.user(&mailbox.id.0).await.map(|user| user.name.shown() == name.trim())
    })
    .await
}

async fn rename_group(caller: &Caller, mailbox: &MailboxRef, name: &str) -> Result<(), TenantError> {
    let clock = caller.clock.as_ref();
    let what = format!("rename {}", mailbox.address);
    settle(clock, CHANGE_BUDGET, &what, may_lag, || async {
        caller.patch_group(&mailbox.id.0, json!({ "name": name }), what.clone()).await
    })
    .await?;
    until_seen(clock, &what, may_lag, || async {
        caller.group(&mailbox.id.0).await.map(|group| group.name.as_deref() == Some(name))
    })
    .await
}

/// Puts the marker beside the account's other ids, because an update replaces the whole list.
async fn mark(caller: &Caller, mailbox: &MailboxRef) -> Result<(), TenantError> {
    let clock = caller.clock.as_ref();
    let what = format!("mark {}", mailbox.address);
    settle(clock, CHANGE_BUDGET, &what, may_lag, || async {
        let user = caller.user(&mailbox.id.0).await?;
        if user.is_marked() {
            return Ok(());
        }
        let mut ids = user.external_ids;
        ids.push(ExternalId::marker());
        caller.update_user(&mailbox.id.0, json!({ "externalIds": ids }), what.clone()).await.map(drop)
    })
    .await?;
    until_seen(clock, &what, may_lag, || async { caller.user(&mailbox.id.0).await.map(|user| user.is_marked()) }).await
}

/// Gives an account one more address, and reads it back.
pub(super) async fn add_alias(caller: &Caller, mailbox: &MailboxRef, alias: &Address) -> Result<(), TenantError> {
    let what = format!("add the address {alias} to {}", mailbox.address);
    let seen = || async { caller.user(&mailbox.id.0).await.map(|user| user.other_addresses().contains(alias)) };
    match caller.insert_alias(&mailbox.id.0, alias, what.clone()).await {
        Ok(()) => until_seen(caller.clock.as_ref(), &what, may_lag, seen).await,
        // Taken already, by this account or another one, or perhaps just now with a reply that was lost.
        Err(error) if error.kind == ErrorKind::Conflict || !error.not_done => match seen().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(error),
            Err(read) => Err(beside(error, &read)),
        },
        Err(error) => Err(error),
    }
}

/// Takes one of its other addresses from an account.
pub(super) async fn remove_alias(caller: &Caller, mailbox: &MailboxRef, alias: &Address) -> Result<(), TenantError> {
    let what = format!("remove the address {alias} of {}", mailbox.address);
    match caller.delete_alias(&mailbox.id.0, alias, what).await {
        Err(error) if error.kind == ErrorKind::Missing => Ok(()),
        outcome => outcome,
    }
}
