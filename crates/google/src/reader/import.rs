//! Every mailbox that serves as a service mailbox today.

use tripod_model::Address;
use tripod_tenant::{ErrorKind, ObservedMailbox, TenantError};

use super::mailboxes::{self, Seen};
use super::{Looked, side_by_side};
use crate::call::Caller;
use crate::error::is_without_mail;
use crate::member_rules::MemberRules;
use crate::policies::DelegationSwitch;
use crate::wire::{Group, User};

/// Groups used as an inbox, accounts with Tripod's marker, and accounts with delegates.
///
/// Google has no list of all delegations (facts sheet, Google 2), so every account that can act is asked. A call that
/// fails ends the import, because a mailbox that is left out would look as if there were none.
pub(super) async fn service_mailboxes(caller: &Caller) -> Result<Vec<ObservedMailbox>, TenantError> {
    let (groups, users) = futures::join!(caller.groups(), caller.users(false));
    let (groups, users) = (groups?, users?);
    let Looked { switch, rules, .. } = &Looked::default();
    let inboxes = side_by_side(groups.into_iter().map(|group| inbox(caller, rules, group)).collect()).await;
    let accounts = side_by_side(users.iter().map(|user| account(caller, switch, user)).collect()).await;
    let mut seen = Vec::new();
    for found in inboxes.into_iter().chain(accounts) {
        seen.extend(found?);
    }
    let resolved = mailboxes::resolve(caller, seen.iter()).await;
    Ok(seen.into_iter().map(|seen| seen.with(&resolved)).collect())
}

async fn inbox(caller: &Caller, rules: &MemberRules, group: Group) -> Result<Option<Seen>, TenantError> {
    let Some(address) = usable(&group.email) else { return Ok(None) };
    let settings = caller.group_settings(address.as_str()).await?;
    let is_inbox = settings.is_collaborative_inbox().ok_or_else(|| {
        let message = "Google does not tell whether it is a collaborative inbox";
        TenantError::new(ErrorKind::Invalid, format!("read the settings of {address}"), message)
    })?;
    if !is_inbox {
        return Ok(None);
    }
    Ok(Some(mailboxes::group_inbox(caller, rules, group, &address).await))
}

async fn account(caller: &Caller, switch: &DelegationSwitch, user: &User) -> Result<Option<Seen>, TenantError> {
    let Some(address) = usable(&user.primary_email) else { return Ok(None) };
    if user.is_marked() {
        return Ok(Some(mailboxes::account(caller, switch, user, &address).await));
    }
    // Whether a suspended account can be asked is not established (facts sheet, Google 6.1); it serves nobody.
    if user.has_no_usable_mailbox() {
        return Ok(None);
    }
    match caller.delegates(&address).await {
        Ok(delegates) if delegates.is_empty() => Ok(None),
        Ok(delegates) => {
            let delegation = switch.of_account(caller, user).await;
            Ok(Some(mailboxes::seen_account(user, address, Ok(delegates), delegation)))
        }
        Err(error) if is_without_mail(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The address, unless it is one that no manifest can name.
fn usable(text: &str) -> Option<Address> {
    text.parse().inspect_err(|error| tracing::warn!(%error, "left out of the import")).ok()
}
