//! Recipients: who an identity means, and Get-Recipient.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::condition;
use super::super::state::{Account, Group, MailboxType, Tenant};
use super::errors::{Failure, ambiguous, invalid, missing};
use super::{Call, Output};

/// Somebody or something that can get mail.
#[derive(Clone, Copy, Debug)]
pub(super) enum Recipient<'t> {
    Account(&'t Account),
    Group(&'t Group),
}

impl<'t> Recipient<'t> {
    pub(super) fn id(&self) -> &'t str {
        match self {
            Self::Account(account) => &account.id,
            Self::Group(group) => &group.id,
        }
    }

    /// How a permission's row names it: mostly by user principal name, a group by its name.
    pub(super) fn shown_as(&self) -> &'t str {
        match self {
            Self::Account(account) => &account.user_principal_name,
            Self::Group(group) => &group.display_name,
        }
    }

    pub(super) fn sid(&self) -> &'t str {
        match self {
            Self::Account(account) => &account.sid,
            Self::Group(group) => &group.sid,
        }
    }

    pub(super) fn mail(&self) -> &'t str {
        match self {
            Self::Account(account) => account.mail.as_deref().unwrap_or_default(),
            Self::Group(group) => group.mail.as_deref().unwrap_or_default(),
        }
    }

    /// What is its alone: ids, addresses, the user principal name.
    fn is_exactly(&self, identity: &str) -> bool {
        let is = |text: &str| text.eq_ignore_ascii_case(identity);
        match self {
            Self::Account(account) => {
                is(&account.guid)
                    || is(&account.id)
                    || is(&account.user_principal_name)
                    || account.addresses().any(is)
                    || account.mailbox.as_ref().is_some_and(|mailbox| is(&mailbox.exchange_guid))
            }
            Self::Group(group) => is(&group.guid) || is(&group.id) || group.addresses().any(is),
        }
    }

    /// What others may have too: name, alias, display name.
    fn is_called(&self, identity: &str) -> bool {
        let is = |text: &str| text.eq_ignore_ascii_case(identity);
        match self {
            Self::Account(account) => is(&account.name) || is(&account.alias) || is(&account.display_name),
            Self::Group(group) => is(&group.mail_nickname) || is(&group.display_name),
        }
    }

    /// `RecipientType` and `RecipientTypeDetails`.
    pub(super) fn types(&self) -> (&'static str, &'static str) {
        match self {
            Self::Account(account) => match &account.mailbox {
                Some(mailbox) => ("UserMailbox", mailbox.kind.details()),
                None if account.guest => ("MailUser", "GuestMailUser"),
                None => ("User", "User"),
            },
            Self::Group(group) if group.unified => ("MailUniversalDistributionGroup", "GroupMailbox"),
            Self::Group(group) if group.security_enabled => {
                ("MailUniversalSecurityGroup", "MailUniversalSecurityGroup")
            }
            Self::Group(_) => ("MailUniversalDistributionGroup", "MailUniversalDistributionGroup"),
        }
    }
}

/// Every recipient that a back-end knows of.
pub(super) fn all<'t>(tenant: &'t Tenant, anchor: &'t str, now: Timestamp) -> impl Iterator<Item = Recipient<'t>> {
    let lag = tenant.lag();
    let accounts = tenant
        .live(now)
        .filter(move |account| (account.mailbox.is_some() || account.guest) && account.seen_by(anchor, lag, now));
    let groups = tenant
        .groups
        .values()
        .filter(move |group| group.mail_enabled && group.deleted.is_none() && group.visible_from <= now);
    accounts.map(Recipient::Account).chain(groups.map(Recipient::Group))
}

/// The one of these that an identity means.
pub(super) fn pick<'t>(
    recipients: impl Iterator<Item = Recipient<'t>>,
    identity: &str,
) -> Result<Option<Recipient<'t>>, Failure> {
    let mut called = Vec::new();
    for recipient in recipients {
        if recipient.is_exactly(identity) {
            return Ok(Some(recipient));
        }
        if recipient.is_called(identity) {
            called.push(recipient);
        }
    }
    if called.len() > 1 { Err(ambiguous(identity)) } else { Ok(called.pop()) }
}

/// The mailbox that an identity means, among those that are there and have a mailbox of their own.
pub(super) fn mailbox<'t>(call: &'t Call, identity: &str) -> Result<Option<&'t Account>, Failure> {
    let mailboxes = all(call.tenant, call.anchor, call.moment.now)
        .filter(|recipient| matches!(recipient, Recipient::Account(account) if account.mailbox.is_some()));
    Ok(match pick(mailboxes, identity)? {
        Some(Recipient::Account(account)) => Some(account),
        _ => None,
    })
}

/// Get-Recipient.
pub(super) fn get(call: &mut Call) -> Result<Output, Failure> {
    let tenant = &*call.tenant;
    let now = call.moment.now;
    let mut rows: Vec<Value> = match call.parameters.text("Identity")? {
        Some(identity) => {
            let deleted = call.parameters.on("IncludeSoftDeletedRecipients")?;
            let live = pick(all(tenant, call.anchor, now), &identity)?;
            let found = match live {
                None if deleted => pick(tenant.restorable(now).map(Recipient::Account), &identity)?,
                other => other,
            };
            vec![row(tenant, &found.ok_or_else(|| missing(&identity, false))?)]
        }
        None => all(tenant, call.anchor, now).map(|recipient| row(tenant, &recipient)).collect(),
    };
    narrow(call, &mut rows)?;
    Ok(Output::rows(rows))
}

/// Leaves the rows that `RecipientType`, `RecipientTypeDetails`, `Filter` and `Anr` ask for.
pub(super) fn narrow(call: &Call, rows: &mut Vec<Value>) -> Result<(), Failure> {
    for property in ["RecipientType", "RecipientTypeDetails"] {
        let wanted = call.parameters.texts(property)?;
        if !wanted.is_empty() {
            rows.retain(|row| {
                let has = row[property].as_str().unwrap_or_default();
                wanted.iter().flat_map(|wanted| wanted.split(',')).any(|wanted| wanted.trim().eq_ignore_ascii_case(has))
            });
        }
    }
    if let Some(filter) = call.parameters.text("Filter")? {
        let condition = condition::opath(&filter).ok_or_else(|| {
            invalid(format!("Invalid filter syntax. For a description of the filter parameter syntax see the command help. \"{filter}\""))
        })?;
        rows.retain(|row| condition.fits(row));
    }
    if let Some(start) = call.parameters.text("Anr")? {
        let start = start.to_lowercase();
        rows.retain(|row| {
            let begins = |name: &str| row[name].as_str().unwrap_or_default().to_lowercase().starts_with(&start);
            ["Name", "DisplayName", "Alias", "PrimarySmtpAddress"].iter().any(|name| begins(name))
        });
    }
    Ok(())
}

fn row(tenant: &Tenant, recipient: &Recipient) -> Value {
    let (kind, details) = recipient.types();
    let (guid, name, alias, display_name, proxies, created) = match recipient {
        Recipient::Account(a) => (&a.guid, &a.name, &a.alias, &a.display_name, a.proxy_addresses(), a.created),
        Recipient::Group(g) => {
            (&g.guid, &g.mail_nickname, &g.mail_nickname, &g.display_name, g.proxy_addresses(), g.created)
        }
    };
    let mut row = json!({
        "Guid": guid,
        "ExternalDirectoryObjectId": recipient.id(),
        "PrimarySmtpAddress": recipient.mail(),
        "Alias": alias,
        "Name": name,
        "DisplayName": display_name,
        "EmailAddresses": proxies,
        "RecipientType": kind,
        "RecipientTypeDetails": details,
        "Identity": name,
        "Id": name,
        "DistinguishedName": distinguished_name(tenant, name),
        "HiddenFromAddressListsEnabled": false,
        "WhenCreatedUTC": super::time(created),
        "WhenCreatedUTC@data.type": "System.DateTime",
        "IsDirSynced": false,
        "OrganizationId": tenant.initial_domain(),
        "CustomAttribute1": "",
    });
    if let Recipient::Account(account) = recipient {
        row["WindowsLiveID"] = account.user_principal_name.as_str().into();
        match &account.mailbox {
            Some(mailbox) => {
                row["HiddenFromAddressListsEnabled"] = mailbox.hidden.into();
                row["ExchangeGuid"] = mailbox.exchange_guid.as_str().into();
                row["CustomAttribute1"] = mailbox.custom_attributes[0].as_str().into();
                row["SKUAssigned"] = (account.licensed && mailbox.kind == MailboxType::User).into();
            }
            None => row["ExternalEmailAddress"] = format!("SMTP:{}", recipient.mail()).into(),
        }
    }
    row
}

/// Where the directory keeps an object.
pub(super) fn distinguished_name(tenant: &Tenant, name: &str) -> String {
    let organisation = tenant.initial_domain();
    format!(
        "CN={name},OU={organisation},OU=Microsoft Exchange Hosted Organizations,DC=SANDBOX,DC=PROD,DC=OUTLOOK,DC=COM"
    )
}
