//! Send As: Add-, Get- and Remove-RecipientPermission.

use serde_json::{Value, json};

use super::super::state::{Account, Grant, Tenant};
use super::entry;
use super::errors::{Failure, missing};
use super::permission::{already_present, held_by, not_present, on_mailbox, rights, shown, trustee};
use super::recipient::mailbox;
use super::{Call, Output};

/// The only right there is.
const RIGHTS: [&str; 1] = ["SendAs"];

/// Adds the right to send as a mailbox. One that is there already is a warning and no error.
pub(super) fn add(call: &mut Call) -> Result<Output, Failure> {
    let rights = rights(&call.parameters.texts("AccessRights")?, &RIGHTS)?;
    let (identity, who) = (call.parameters.required("Identity")?, call.parameters.required("Trustee")?);
    let account = mailbox(call, &identity)?.ok_or_else(|| missing(&identity, true))?;
    let trustee = trustee(call, &who)?;
    let key = format!("{}/{}", account.id, trustee.id());
    if call.tenant.recipient_permissions.get(&key).is_some() {
        return Ok(Output::warning(already_present(account, &trustee)));
    }
    let grant = Grant {
        on: account.id.clone(),
        trustee: trustee.id().to_owned(),
        trustee_sid: trustee.sid().to_owned(),
        rights,
        inheritance: "None".to_owned(),
        auto_mapping: false,
    };
    let row = row(call.tenant, account, &grant);
    call.tenant.recipient_permissions.insert(key, grant);
    Ok(Output::rows(vec![row]))
}

/// Lists who may send as a mailbox, or as what somebody may send.
pub(super) fn get(call: &mut Call) -> Result<Output, Failure> {
    let parameters = &call.parameters;
    if parameters.has("AccessRights") {
        rights(&parameters.texts("AccessRights")?, &RIGHTS)?;
    }
    let who = parameters.text("Trustee")?;
    let wanted = who.as_deref().map(|who| trustee(call, who)).transpose()?;
    let identity = parameters.text("Identity")?;
    let accounts: Vec<&Account> = if let Some(identity) = &identity {
        vec![mailbox(call, identity)?.ok_or_else(|| missing(identity, false))?]
    } else {
        let lag = call.tenant.lag();
        let now = call.moment.now;
        let mailboxes = call.tenant.live(now).filter(|account| account.mailbox.is_some());
        mailboxes.filter(|account| account.seen_by(call.anchor, lag, now)).collect()
    };
    let mut rows = Vec::new();
    for account in accounts {
        if wanted.is_none() {
            rows.push(own_row(account));
        }
        let grants = on_mailbox(&call.tenant.recipient_permissions, &account.id);
        let fits = |grant: &&Grant| wanted.as_ref().is_none_or(|wanted| grant.trustee == wanted.id());
        rows.extend(grants.filter(fits).map(|grant| row(call.tenant, account, grant)));
        if wanted.is_none() {
            rows.extend(entry::sending(account));
        }
    }
    Ok(Output::rows(rows))
}

/// Takes the right away. What is not there is a warning and no error.
pub(super) fn remove(call: &mut Call) -> Result<Output, Failure> {
    rights(&call.parameters.texts("AccessRights")?, &RIGHTS)?;
    let (identity, who) = (call.parameters.required("Identity")?, call.parameters.required("Trustee")?);
    let account = mailbox(call, &identity)?.ok_or_else(|| missing(&identity, true))?;
    match held_by(call, account, &who, |tenant, key| tenant.recipient_permissions.get(key).is_some())? {
        Some(key) => {
            call.tenant.recipient_permissions.remove(&key);
            Ok(Output::nothing())
        }
        None => Ok(Output::warning(not_present(account, &who))),
    }
}

fn own_row(account: &Account) -> Value {
    json!({
        "Identity": account.name, "Trustee": "NT AUTHORITY\\SELF", "TrusteeSidString": "S-1-5-10",
        "AccessControlType": "Allow", "AccessRights": ["SendAs"], "IsInherited": false, "InheritanceType": "None",
        "TrusteeWithPrimarySmtpAddress": "", "IsValid": true,
    })
}

fn row(tenant: &Tenant, account: &Account, grant: &Grant) -> Value {
    json!({
        "Identity": account.name,
        "Trustee": shown(tenant, grant),
        "TrusteeSidString": grant.trustee_sid,
        "AccessControlType": "Allow",
        "AccessRights": grant.rights,
        "AccessRights@data.type": "#Collection(String)",
        "IsInherited": false,
        "InheritanceType": grant.inheritance,
        "TrusteeWithPrimarySmtpAddress": "",
        "IsValid": true,
        "ObjectState": "Unchanged",
    })
}
