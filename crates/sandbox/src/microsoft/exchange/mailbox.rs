//! Get-Mailbox.

use serde_json::{Value, json};
use tripod_model::Address;

use super::super::state::{Account, Mailbox, MailboxType, Tenant};
use super::errors::{Failure, missing};
use super::listing::{Narrow, listing};
use super::recipient::{Recipient, distinguished_name, named, pick};
use super::{Call, Output, time};
use crate::exchange_description::HoldDescription;

/// Mailboxes by identity, or all of them.
pub(super) fn get(call: &mut Call) -> Result<Output, Failure> {
    let parameters = &call.parameters;
    let names = parameters.on("IncludeGrantSendOnBehalfTowithDisplayNames")?;
    let groups = parameters.on("GroupMailbox")?;
    let nothing =
        parameters.on("InactiveMailboxOnly")? || parameters.on("PublicFolder")? || parameters.on("Archive")?;
    let tenant = &*call.tenant;
    let now = call.moment.now;
    let wanted = |recipient: &Recipient| match recipient {
        Recipient::Account(account) => !groups && account.mailbox.is_some(),
        Recipient::Group(group) => groups && group.unified,
    };
    let row = |recipient: &Recipient| match recipient {
        Recipient::Account(account) => row(tenant, account, names),
        Recipient::Group(_) => group_row(tenant, recipient),
    };
    let deleted = parameters.on("SoftDeletedMailbox")?;
    let mut rows: Vec<Value> = match parameters.text("Identity")? {
        Some(identity) => {
            let found = if deleted {
                let deleted = tenant.restorable_named(&identity, now).filter(|account| account.mailbox.is_some());
                pick(deleted.map(Recipient::Account), &identity)?
            } else {
                pick(named(tenant, call.anchor, now, &identity).filter(wanted), &identity)?
            };
            vec![row(&found.ok_or_else(|| missing(&identity, false))?)]
        }
        None if deleted => {
            let deleted = tenant.restorable(now).filter(|account| account.mailbox.is_some());
            deleted.map(|account| row(&Recipient::Account(account))).collect()
        }
        // What this tenant has none of: inactive mailboxes, archives, public folder mailboxes.
        None if nothing => Vec::new(),
        None => return listing(call, wanted, row),
    };
    let narrow = Narrow::read(parameters)?;
    rows.retain(|row| narrow.fits(row));
    Ok(Output::rows(rows))
}

/// A mailbox as an object of Exchange.
pub(super) fn row(tenant: &Tenant, account: &Account, with_names: bool) -> Value {
    let Some(mailbox) = &account.mailbox else { return Value::Null };
    let behalf: Vec<&Account> = mailbox.send_on_behalf.iter().filter_map(|id| tenant.accounts.get(id)).collect();
    let mails: Vec<&str> = behalf.iter().filter_map(|account| account.mail.as_deref()).collect();
    let mut row = json!({
        "Guid": account.guid,
        "Guid@data.type": "System.Guid",
        "ExchangeGuid": mailbox.exchange_guid,
        "ExchangeGuid@data.type": "System.Guid",
        "ExternalDirectoryObjectId": account.id,
        "UserPrincipalName": account.user_principal_name,
        "MicrosoftOnlineServicesID": account.user_principal_name,
        "PrimarySmtpAddress": account.mail,
        "WindowsEmailAddress": account.mail,
        "Alias": account.alias,
        "Name": account.name,
        "DisplayName": account.display_name,
        "EmailAddresses": account.proxy_addresses(),
        "EmailAddresses@data.type": "#Collection(String)",
        "EmailAddressPolicyEnabled": false,
        "RecipientType": "UserMailbox",
        "RecipientTypeDetails": mailbox.kind.details(),
        "IsShared": mailbox.kind == MailboxType::Shared,
        "ResourceType": resource_type(mailbox),
        "IsMailboxEnabled": true,
        "AccountDisabled": mailbox.account_disabled.unwrap_or(!account.enabled),
    });
    let said = &account.exchange;
    let hold = said.hold.unwrap_or_default();
    let (synchronised, cloud_managed) = said.synchronisation();
    let settings = json!({
        "HiddenFromAddressListsEnabled": mailbox.hidden,
        "GrantSendOnBehalfTo": mails,
        "MessageCopyForSentAsEnabled": mailbox.copy_for_sent_as,
        "MessageCopyForSendOnBehalfEnabled": mailbox.copy_for_send_on_behalf,
        "ForwardingAddress": mailbox.forwarding_address.as_deref().and_then(|id| name_of(tenant, id)),
        "ForwardingSmtpAddress": mailbox.forwarding_smtp.as_ref().map(|to| format!("smtp:{to}")),
        "DeliverToMailboxAndForward": mailbox.deliver_and_forward,
        "LitigationHoldEnabled": hold == HoldDescription::Litigation,
        "InPlaceHolds": holds(hold),
        "ComplianceTagHoldApplied": hold == HoldDescription::Label,
        "DelayHoldApplied": false,
        "RequireSenderAuthenticationEnabled": said.inside_only.unwrap_or(false),
        "AcceptMessagesOnlyFromSendersOrMembers": said.only_from.iter().flatten().map(Address::as_str).collect::<Vec<_>>(),
        "ModerationEnabled": said.moderated.unwrap_or(false),
        "IsExchangeCloudManaged": cloud_managed,
        "ArchiveStatus": if said.archive == Some(true) { "Active" } else { "None" },
        "Languages": [],
        "WhenCreatedUTC": time(account.created),
        "WhenCreatedUTC@data.type": "System.DateTime",
        "WhenSoftDeleted": account.deleted.map(time),
        "IsDirSynced": synchronised,
        "IsInactiveMailbox": account.deleted.is_some() && hold != HoldDescription::None,
        "IsSoftDeletedByRemove": account.deleted.is_some(),
        "IsSoftDeletedByDisable": false,
        "SKUAssigned": account.licensed,
        "ProhibitSendReceiveQuota": "50 GB (53,687,091,200 bytes)",
        "ProhibitSendQuota": "49.5 GB (53,150,220,288 bytes)",
        "IssueWarningQuota": "49 GB (52,613,349,376 bytes)",
        "CustomAttribute1": mailbox.custom_attributes[0],
        "CustomAttribute2": mailbox.custom_attributes[1],
        "Identity": account.name,
        "Id": account.name,
        "DistinguishedName": distinguished_name(tenant, &account.name),
        "OrganizationId": tenant.initial_domain(),
        "ObjectState": "Unchanged",
    });
    if let (Value::Object(row), Value::Object(settings)) = (&mut row, settings) {
        row.extend(settings);
    }
    for name in said.left_out.iter().flatten() {
        if let Value::Object(row) = &mut row {
            row.remove(name);
        }
    }
    if with_names {
        let names = behalf
            .iter()
            .map(|account| json!({"DisplayName": account.display_name, "PrimarySmtpAddress": account.mail}));
        row["GrantSendOnBehalfToWithDisplayNames"] = names.collect();
    }
    row
}

/// The policies that hold a mailbox, as Exchange writes them: `cld` for an in-place hold, `mbx` for a retention policy.
fn holds(hold: HoldDescription) -> Vec<&'static str> {
    match hold {
        HoldDescription::InPlace => vec!["cldbf8c4b9b9e0d4d7d8a1c2e3f405162738"],
        HoldDescription::Retention => vec!["mbxcdbbb86ce60342489bff371876e7f224:1"],
        HoldDescription::None | HoldDescription::Litigation | HoldDescription::Label => Vec::new(),
    }
}

/// The name by which one object of Exchange refers to another.
fn name_of<'t>(tenant: &'t Tenant, id: &str) -> Option<&'t str> {
    let account = tenant.accounts.get(id).map(|account| account.name.as_str());
    account.or_else(|| tenant.groups.get(id).map(|group| group.mail_nickname.as_str()))
}

fn resource_type(mailbox: &Mailbox) -> Value {
    match mailbox.kind {
        MailboxType::Room => "Room".into(),
        MailboxType::Equipment => "Equipment".into(),
        MailboxType::User | MailboxType::Shared => Value::Null,
    }
}

fn group_row(tenant: &Tenant, recipient: &Recipient) -> Value {
    let Recipient::Group(group) = recipient else { return Value::Null };
    json!({
        "Guid": group.guid,
        "ExternalDirectoryObjectId": group.id,
        "PrimarySmtpAddress": group.mail,
        "Alias": group.mail_nickname,
        "Name": group.mail_nickname,
        "DisplayName": group.display_name,
        "EmailAddresses": group.proxy_addresses(),
        "RecipientType": "UserMailbox",
        "RecipientTypeDetails": "GroupMailbox",
        "WhenCreatedUTC": time(group.created),
        "IsDirSynced": false,
        "Identity": group.mail_nickname,
        "Id": group.mail_nickname,
        "DistinguishedName": distinguished_name(tenant, &group.mail_nickname),
        "OrganizationId": tenant.initial_domain(),
    })
}
