//! Full Access and its like: Add-, Get- and Remove-MailboxPermission.

use serde_json::{Value, json};

use super::super::state::{Account, Grant, Tenant};
use super::entry;
use super::errors::{Failure, binding, impossible, missing_mailbox, missing_trustee};
use super::recipient::{Recipient, find, mailbox};
use super::{Call, Output};
use crate::table::Table;

const RIGHTS: [&str; 6] =
    ["ChangeOwner", "ChangePermission", "DeleteItem", "ExternalAccount", "FullAccess", "ReadPermission"];
const INHERITANCES: [&str; 5] = ["None", "All", "Children", "Descendents", "SelfAndChildren"];
/// The most entries on one mailbox (facts sheet, Microsoft 2, «FullAccess»).
const MOST: usize = 500;

/// Adds a right. One that is there already is a warning and no error.
pub(super) fn add(call: &mut Call) -> Result<Output, Failure> {
    let parameters = &call.parameters;
    let rights = rights(&parameters.texts("AccessRights")?, &RIGHTS)?;
    let inheritance = one_of(parameters.text("InheritanceType")?, &INHERITANCES, "InheritanceType")?;
    let auto_mapping = parameters.flag("AutoMapping")?.unwrap_or(true);
    for other in ["Deny", "Owner", "GroupMailbox"] {
        if parameters.has(other) {
            return Err(binding(format!("The stand-in does not carry out the parameter '{other}'.")));
        }
    }
    let (identity, user) = (parameters.required("Identity")?, parameters.required("User")?);
    let account = mailbox(call, &identity)?.ok_or_else(|| missing_mailbox(&identity))?;
    let trustee = trustee(call, &user)?;
    let key = format!("{}/{}", account.id, trustee.id());
    let present = call.tenant.mailbox_permissions.get(&key);
    if present.is_some_and(|grant| rights.iter().all(|right| grant.rights.contains(right))) {
        return Ok(Output::warning(already_present(account, &trustee)));
    }
    let entries = on_mailbox(&call.tenant.mailbox_permissions, &account.id).count();
    if present.is_none() && entries >= MOST {
        return Err(impossible(format!(
            "The mailbox \"{}\" has {MOST} permission entries already, which is the most.",
            account.name
        )));
    }
    let mut grant = present.cloned().unwrap_or_else(|| Grant {
        on: account.id.clone(),
        trustee: trustee.id().to_owned(),
        trustee_sid: trustee.sid().to_owned(),
        rights: Vec::new(),
        inheritance,
        // A group is never mapped automatically.
        auto_mapping: auto_mapping && matches!(trustee, Recipient::Account(_)),
    });
    for right in rights {
        if !grant.rights.contains(&right) {
            grant.rights.push(right);
        }
    }
    let row = row(call.tenant, account, &grant);
    call.tenant.mailbox_permissions.insert(key, grant);
    Ok(Output::rows(vec![row]))
}

/// Lists the rights on a mailbox, the mailbox's own first.
pub(super) fn get(call: &mut Call) -> Result<Output, Failure> {
    let parameters = &call.parameters;
    let identity = parameters.required("Identity")?;
    let account = mailbox(call, &identity)?.ok_or_else(|| missing_mailbox(&identity))?;
    if parameters.on("Owner")? {
        let row = json!({"Identity": account.name, "User": "NT AUTHORITY\\SELF", "IsOwner": true, "UserSid": SELF_SID});
        return Ok(Output::rows(vec![row]));
    }
    let user = parameters.text("User")?;
    let wanted = user.as_deref().map(|user| trustee(call, user)).transpose()?;
    let mut rows = Vec::new();
    if wanted.is_none() {
        rows.push(json!({
            "Identity": account.name, "User": "NT AUTHORITY\\SELF", "UserSid": SELF_SID,
            "AccessRights": ["FullAccess", "ReadPermission"], "IsInherited": false, "Deny": false,
            "InheritanceType": "All", "PrimarySmtpAddress": "", "IsOwner": false, "IsValid": true,
        }));
    }
    let grants = on_mailbox(&call.tenant.mailbox_permissions, &account.id);
    let fits = |grant: &&Grant| wanted.as_ref().is_none_or(|wanted| grant.trustee == wanted.id());
    // What nothing stands behind any more is left out unless it is asked for; so is whoever can still be restored.
    let (unresolved, deleted) =
        (parameters.on("IncludeUnresolvedPermissions")?, parameters.on("IncludeSoftDeletedUserPermissions")?);
    let told = |grant: &&Grant| match standing(call.tenant, grant) {
        Standing::There => true,
        Standing::Restorable => deleted,
        Standing::Gone => unresolved,
    };
    rows.extend(grants.filter(fits).filter(told).map(|grant| row(call.tenant, account, grant)));
    if wanted.is_none() {
        rows.extend(entry::reading(account));
    }
    Ok(Output::rows(rows))
}

/// Takes rights away. What is not there is a warning and no error.
pub(super) fn remove(call: &mut Call) -> Result<Output, Failure> {
    let parameters = &call.parameters;
    for other in ["ResetDefault", "BypassMasterAccountSid", "SoftDeletedMailbox", "GroupMailbox", "Deny"] {
        if parameters.has(other) {
            return Err(binding(format!("The stand-in does not carry out the parameter '{other}'.")));
        }
    }
    let identity = parameters.required("Identity")?;
    let account = mailbox(call, &identity)?.ok_or_else(|| missing_mailbox(&identity))?;
    if parameters.on("ClearAutoMapping")? {
        let id = account.id.clone();
        let on = format!("{id}/");
        let keys = call.tenant.mailbox_permissions.with_prefix(&on);
        for key in keys.map(|(key, _)| key.to_owned()).collect::<Vec<_>>() {
            if let Some(grant) = call.tenant.mailbox_permissions.get_mut(&key) {
                grant.auto_mapping = false;
            }
        }
        return Ok(Output::nothing());
    }
    let user = parameters.required("User")?;
    let rights = rights(&parameters.texts("AccessRights")?, &RIGHTS)?;
    let Some(key) = held_by(call, account, &user, |tenant, key| tenant.mailbox_permissions.get(key).is_some())? else {
        return Ok(Output::warning(not_present(account, &user)));
    };
    let Some(grant) = call.tenant.mailbox_permissions.get_mut(&key) else { return Ok(Output::nothing()) };
    let before = grant.rights.len();
    grant.rights.retain(|right| !rights.contains(right));
    let (after, none) = (grant.rights.len(), grant.rights.is_empty());
    if none {
        call.tenant.mailbox_permissions.remove(&key);
    }
    if before == after {
        let account = mailbox(call, &identity)?.ok_or_else(|| missing_mailbox(&identity))?;
        return Ok(Output::warning(not_present(account, &user)));
    }
    Ok(Output::nothing())
}

/// The rights on a mailbox.
pub(super) fn on_mailbox<'t>(grants: &'t Table<Grant>, mailbox: &str) -> impl Iterator<Item = &'t Grant> {
    // Their keys are the mailbox's id and a slash in front of whoever has the right; a zero comes after every slash.
    let end = format!("{mailbox}0");
    grants.after(mailbox).take_while(move |(key, _)| **key < *end).map(|(_, grant)| grant)
}

const SELF_SID: &str = "S-1-5-10";

/// The key of what somebody holds on a mailbox. Somebody whose account is gone is named by security identifier.
pub(super) fn held_by(
    call: &Call,
    account: &Account,
    named: &str,
    has: impl Fn(&Tenant, &str) -> bool,
) -> Result<Option<String>, Failure> {
    if named.to_ascii_uppercase().starts_with("S-1-") {
        let on = format!("{}/", account.id);
        let grants = call.tenant.mailbox_permissions.with_prefix(&on);
        let grants = grants.chain(call.tenant.recipient_permissions.with_prefix(&on));
        let of_sid = |(_, grant): &(&str, &Grant)| grant.trustee_sid.eq_ignore_ascii_case(named);
        return Ok(grants.filter(of_sid).map(|(key, _)| key.to_owned()).find(|key| has(call.tenant, key)));
    }
    let trustee = find(call, named)?.ok_or_else(|| missing_trustee(named))?;
    Ok(Some(format!("{}/{}", account.id, trustee.id())).filter(|key| has(call.tenant, key)))
}

/// Who may be given a right: somebody with a mailbox, or a mail-enabled security group; no guest (facts sheet,
/// Microsoft 5, number 3), no Microsoft 365 group, no distribution list.
pub(super) fn trustee<'t>(call: &'t Call, named: &str) -> Result<Recipient<'t>, Failure> {
    let found = find(call, named)?;
    match found.ok_or_else(|| missing_trustee(named))? {
        Recipient::Group(group) if group.unified || !group.security_enabled => Err(impossible(format!(
            "The user or group \"{named}\" isn't a security principal, so it can't be granted a permission."
        ))),
        Recipient::Account(account) if account.guest => Err(impossible(format!(
            "The user \"{named}\" is from outside of your organization and can't be granted a permission."
        ))),
        recipient => Ok(recipient),
    }
}

pub(super) fn already_present(account: &Account, trustee: &Recipient) -> String {
    let (name, who) = (&account.name, trustee.shown_as());
    format!("The appropriate access control entry is already present on the object \"{name}\" for account \"{who}\".")
}

pub(super) fn not_present(account: &Account, who: &str) -> String {
    let name = &account.name;
    format!(
        "Can't remove the access control entry on the object \"{name}\" for account \"{who}\" because the ACE isn't present."
    )
}

/// What is left of whoever has a right.
enum Standing {
    There,
    Restorable,
    Gone,
}

fn standing(tenant: &Tenant, grant: &Grant) -> Standing {
    if let Some(account) = tenant.accounts.get(&grant.trustee) {
        return if account.deleted.is_none() { Standing::There } else { Standing::Restorable };
    }
    match tenant.groups.get(&grant.trustee) {
        Some(group) if group.deleted.is_none() => Standing::There,
        Some(_) | None => Standing::Gone,
    }
}

/// Who a right is shown to belong to: a name, or a bare security identifier once the account is deleted.
pub(super) fn shown(tenant: &Tenant, grant: &Grant) -> String {
    let account = tenant.accounts.get(&grant.trustee).filter(|account| account.deleted.is_none());
    let group = || tenant.groups.get(&grant.trustee).filter(|group| group.deleted.is_none());
    match account {
        Some(account) if account.exchange.shown_by_name == Some(true) => account.display_name.clone(),
        Some(account) => account.user_principal_name.clone(),
        None => group().map_or_else(|| grant.trustee_sid.clone(), |group| group.display_name.clone()),
    }
}

fn row(tenant: &Tenant, account: &Account, grant: &Grant) -> Value {
    json!({
        "Identity": account.name,
        "User": shown(tenant, grant),
        "UserSid": grant.trustee_sid,
        "AccessRights": grant.rights,
        "AccessRights@data.type": "#Collection(String)",
        "IsInherited": false,
        "Deny": false,
        "InheritanceType": grant.inheritance,
        "PrimarySmtpAddress": "",
        "IsOwner": false,
        "IsValid": true,
        "ObjectState": "Unchanged",
    })
}

/// Rights as the vendor spells them.
pub(super) fn rights(given: &[String], known: &[&str]) -> Result<Vec<String>, Failure> {
    let mut out = Vec::new();
    for text in given.iter().flat_map(|text| text.split(',')).map(str::trim) {
        out.push(one_of(Some(text.to_owned()), known, "AccessRights")?);
    }
    if out.is_empty() {
        Err(binding("Cannot bind argument to parameter 'AccessRights' because it is an empty array."))
    } else {
        Ok(out)
    }
}

/// The word in the vendor's spelling; `All` or the first known one where none is given.
fn one_of(given: Option<String>, known: &[&str], name: &str) -> Result<String, Failure> {
    let Some(text) = given else { return Ok("All".to_owned()) };
    let found = known.iter().find(|word| word.eq_ignore_ascii_case(&text)).map(|word| (*word).to_owned());
    found.ok_or_else(|| {
        let words = known.join(", ");
        binding(format!("Cannot process argument transformation on parameter '{name}'. Cannot convert value \"{text}\": the possible values are {words}."))
    })
}
