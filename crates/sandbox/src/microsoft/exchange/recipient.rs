//! Recipients: who an identity means, and Get-Recipient.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::state::{Account, Group, MailboxType, Tenant};
use super::errors::{Failure, ambiguous, missing};
use super::listing::{Narrow, listing};
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

    /// Where it stands in a list of all.
    pub(super) fn position(&self) -> String {
        match self {
            Self::Account(account) => format!("account/{}", account.id),
            Self::Group(group) => format!("group/{}", group.id),
        }
    }

    /// Whether a back-end knows of it.
    pub(super) fn is_known(&self, anchor: &str, lag: i64, now: Timestamp) -> bool {
        match self {
            Self::Account(account) => {
                account.deleted.is_none()
                    && account.visible_from <= now
                    && (account.mailbox.is_some() || account.guest)
                    && account.seen_by(anchor, lag, now)
            }
            Self::Group(group) => group.mail_enabled && group.deleted.is_none() && group.visible_from <= now,
        }
    }

    /// What is its alone: ids, addresses, the user principal name.
    fn is_exactly(&self, identity: &str) -> bool {
        let is = |text: &str| text.eq_ignore_ascii_case(identity);
        match self {
            Self::Account(account) => {
                is(&account.guid)
                    || is(&account.id)
                    || is(&account.sid)
                    || is(&account.user_principal_name)
                    || account.addresses().any(is)
                    || account.mailbox.as_ref().is_some_and(|mailbox| is(&mailbox.exchange_guid))
            }
            Self::Group(group) => is(&group.guid) || is(&group.id) || is(&group.sid) || group.addresses().any(is),
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

/// Every recipient that a back-end knows of, from behind a position on; accounts come before groups.
pub(super) fn known<'t>(
    tenant: &'t Tenant,
    anchor: &'t str,
    now: Timestamp,
    position: &str,
) -> impl Iterator<Item = Recipient<'t>> {
    let lag = tenant.lag();
    let (account, group) = match position.split_once('/') {
        // A brace comes after every digit of an id.
        Some(("group", id)) => ("{", id),
        Some((_, id)) => (id, ""),
        None => ("", ""),
    };
    let accounts = tenant.accounts.after(account).map(Recipient::Account);
    let groups = tenant.groups.after(group).map(Recipient::Group);
    accounts.chain(groups).filter(move |recipient| recipient.is_known(anchor, lag, now))
}

/// Every recipient that a back-end knows of and that has a name.
pub(super) fn named<'t>(
    tenant: &'t Tenant,
    anchor: &'t str,
    now: Timestamp,
    name: &str,
) -> impl Iterator<Item = Recipient<'t>> {
    let lag = tenant.lag();
    let name = common_name(name);
    let accounts = tenant.accounts.named(name).map(Recipient::Account);
    let groups = tenant.groups.named(name).map(Recipient::Group);
    accounts.chain(groups).filter(move |recipient| recipient.is_known(anchor, lag, now))
}

/// The one of these that an identity means.
pub(super) fn pick<'t>(
    recipients: impl Iterator<Item = Recipient<'t>>,
    identity: &str,
) -> Result<Option<Recipient<'t>>, Failure> {
    let identity_of = common_name(identity);
    let mut called = Vec::new();
    for recipient in recipients {
        if recipient.is_exactly(identity) {
            return Ok(Some(recipient));
        }
        if recipient.is_called(identity_of) {
            called.push(recipient);
        }
    }
    if called.len() > 1 { Err(ambiguous(identity)) } else { Ok(called.pop()) }
}

/// The mailbox that an identity means, among those that are there and have a mailbox of their own.
pub(super) fn mailbox<'t>(call: &'t Call, identity: &str) -> Result<Option<&'t Account>, Failure> {
    let mailboxes = named(call.tenant, call.anchor, call.moment.now, identity)
        .filter(|recipient| matches!(recipient, Recipient::Account(account) if account.mailbox.is_some()));
    Ok(match pick(mailboxes, identity)? {
        Some(Recipient::Account(account)) => Some(account),
        _ => None,
    })
}

/// The recipient that an identity means.
pub(super) fn find<'t>(call: &'t Call, identity: &str) -> Result<Option<Recipient<'t>>, Failure> {
    pick(named(call.tenant, call.anchor, call.moment.now, identity), identity)
}

/// Get-Recipient.
pub(super) fn get(call: &mut Call) -> Result<Output, Failure> {
    let tenant = &*call.tenant;
    let Some(identity) = call.parameters.text("Identity")? else {
        return listing(call, |_| true, |recipient| row(tenant, recipient));
    };
    let found = match find(call, &identity)? {
        None if call.parameters.on("IncludeSoftDeletedRecipients")? => {
            pick(tenant.restorable_named(&identity, call.moment.now).map(Recipient::Account), &identity)?
        }
        other => other,
    };
    let mut rows = vec![row(tenant, &found.ok_or_else(|| missing(&identity, false))?)];
    let narrow = Narrow::read(&call.parameters)?;
    rows.retain(|row| narrow.fits(row));
    Ok(Output::rows(rows))
}

/// A recipient as Get-Recipient shows it.
pub(super) fn row(tenant: &Tenant, recipient: &Recipient) -> Value {
    let (kind, details) = recipient.types();
    let (guid, name, alias, display_name, proxies, created) = match recipient {
        Recipient::Account(a) => (&a.guid, &a.name, &a.alias, &a.display_name, a.proxy_addresses(), a.created),
        Recipient::Group(g) => {
            (&g.guid, &g.mail_nickname, &g.mail_nickname, &g.display_name, g.proxy_addresses(), g.created)
        }
    };
    let synchronised = match recipient {
        Recipient::Account(account) => account.exchange.synchronisation().0,
        Recipient::Group(_) => false,
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
        "IsDirSynced": synchronised,
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

/// The name in a distinguished name of this stand-in's making; any other text as it is.
fn common_name(identity: &str) -> &str {
    let name = identity.get(..3).filter(|start| start.eq_ignore_ascii_case("CN=")).map(|_| &identity[3..]);
    name.and_then(|rest| rest.split_once(",OU=")).map_or(identity, |(name, _)| name)
}

/// Where the directory keeps an object.
pub(super) fn distinguished_name(tenant: &Tenant, name: &str) -> String {
    let organisation = tenant.initial_domain();
    format!(
        "CN={name},OU={organisation},OU=Microsoft Exchange Hosted Organizations,DC=SANDBOX,DC=PROD,DC=OUTLOOK,DC=COM"
    )
}
