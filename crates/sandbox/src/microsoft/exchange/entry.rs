//! Entries of access lists that no cmdlet made: `Default`, orphans, refusals, what comes from above.

use serde_json::{Value, json};

use super::super::state::Account;
use crate::exchange_description::EntryDescription;

/// The entries of a mailbox's Full Access list.
pub(super) fn reading(account: &Account) -> impl Iterator<Item = Value> {
    entries(account).filter(|entry| entry.read).map(|entry| {
        json!({
            "Identity": account.name, "User": entry.shown, "UserSid": entry.sid.as_deref().unwrap_or_default(),
            "AccessRights": ["FullAccess"], "AccessRights@data.type": "#Collection(String)",
            "IsInherited": entry.inherited, "Deny": entry.deny, "InheritanceType": "All", "PrimarySmtpAddress": "",
            "IsOwner": false, "IsValid": true, "ObjectState": "Unchanged",
        })
    })
}

/// The entries of a mailbox's Send As list.
pub(super) fn sending(account: &Account) -> impl Iterator<Item = Value> {
    entries(account).filter(|entry| entry.act).map(|entry| {
        json!({
            "Identity": account.name, "Trustee": entry.shown,
            "TrusteeSidString": entry.sid.as_deref().unwrap_or_default(),
            "AccessControlType": if entry.deny { "Deny" } else { "Allow" },
            "AccessRights": ["SendAs"], "AccessRights@data.type": "#Collection(String)",
            "IsInherited": entry.inherited, "InheritanceType": "None", "TrusteeWithPrimarySmtpAddress": "",
            "IsValid": true, "ObjectState": "Unchanged",
        })
    })
}

fn entries(account: &Account) -> impl Iterator<Item = &EntryDescription> {
    account.exchange.entries.iter().flatten()
}
