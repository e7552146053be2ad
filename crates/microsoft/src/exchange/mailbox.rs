//! Mailboxes and other recipients as Exchange shows them.

use serde_json::json;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, TenantError};

use super::{Cmdlet, Exchange, Row};
use crate::config::Guid;
use crate::graph::user::smtp;

/// A mailbox or another recipient.
#[derive(Clone, Debug)]
pub(crate) struct Recipient(Row);

impl Recipient {
    /// The Entra id, by which everything later is addressed; empty for some seconds after a create.
    pub(crate) fn id(&self) -> Option<Guid> {
        self.0.text("ExternalDirectoryObjectId").and_then(Guid::read).filter(|id| id.as_str() != NO_ID)
    }

    /// The Exchange id.
    pub(crate) fn guid(&self) -> Option<Guid> {
        self.0.text("Guid").and_then(Guid::read)
    }

    /// The primary address.
    pub(crate) fn address(&self) -> Option<Address> {
        self.0.text("PrimarySmtpAddress").and_then(|text| text.parse().ok())
    }

    /// The other addresses.
    pub(crate) fn aliases(&self) -> Vec<Address> {
        let primary = self.address();
        let entries = self.0.words("EmailAddresses");
        let parsed = entries.iter().filter_map(|entry| smtp(entry)?.parse().ok());
        parsed.filter(|alias| Some(alias) != primary.as_ref()).collect()
    }

    /// Whether mail to this address reaches it.
    pub(crate) fn holds(&self, address: &Address) -> bool {
        self.address().as_ref() == Some(address) || self.aliases().contains(address)
    }

    /// The display name.
    pub(crate) fn name(&self) -> &str {
        self.0.text("DisplayName").or_else(|| self.0.text("Name")).unwrap_or_default()
    }

    /// The sign-in name.
    pub(crate) fn sign_in_name(&self) -> Option<&str> {
        self.0.text("UserPrincipalName").or_else(|| self.0.text("WindowsLiveID"))
    }

    /// Whether it is a shared mailbox.
    pub(crate) fn is_shared(&self) -> bool {
        self.kind().eq_ignore_ascii_case("SharedMailbox")
    }

    /// Whether it is a Microsoft 365 group.
    pub(crate) fn is_unified_group(&self) -> bool {
        self.kind().eq_ignore_ascii_case("GroupMailbox")
    }

    /// Whether it is a group of any sort.
    pub(crate) fn is_group(&self) -> bool {
        let kind = self.kind().to_ascii_lowercase();
        kind.contains("group") || kind == "roomlist"
    }

    /// Whether it is a person's mailbox.
    pub(crate) fn is_persons_mailbox(&self) -> bool {
        ["UserMailbox", "LinkedMailbox", "RemoteUserMailbox"].iter().any(|kind| self.kind().eq_ignore_ascii_case(kind))
    }

    /// Whether both kinds of sent copies are kept, where Exchange shows it.
    pub(crate) fn keeps_sent_copies(&self) -> Option<bool> {
        Some(self.0.switch("MessageCopyForSentAsEnabled")? && self.0.switch("MessageCopyForSendOnBehalfEnabled")?)
    }

    /// The same, unless Exchange does not tell what sort of recipient it is.
    pub(crate) fn told(self, operation: &str) -> Result<Self, TenantError> {
        if self.kind().is_empty() { Err(self.untold("what sort of recipient it is", operation)) } else { Ok(self) }
    }

    /// That Exchange does not tell something of it.
    pub(crate) fn untold(&self, what: &str, operation: &str) -> TenantError {
        let message = format!("Exchange Online does not tell of {} {what}", self.name());
        TenantError::new(ErrorKind::Invalid, operation, message)
    }

    /// Whether it is what was asked for by an address, an id or a name.
    fn is(&self, identity: &str) -> bool {
        let shown = IDENTITIES.iter().filter_map(|property| self.0.text(property));
        let addresses = self.0.words("EmailAddresses");
        let addresses = addresses.iter().filter_map(|entry| smtp(entry));
        shown.chain(addresses).any(|shown| shown.eq_ignore_ascii_case(identity))
    }

    /// Whether Exchange tells where mail is forwarded to, if only that it is not.
    pub(crate) fn tells_forwarding(&self) -> bool {
        self.0.has("ForwardingSmtpAddress") && self.0.has("ForwardingAddress")
    }

    /// Where mail is forwarded to by address.
    pub(crate) fn forwards_to_address(&self) -> Option<&str> {
        self.0.text("ForwardingSmtpAddress").map(|shown| smtp(shown).unwrap_or(shown))
    }

    /// Where mail is forwarded to by the identity of a recipient of the organisation, mostly its name.
    pub(crate) fn forwards_to_recipient(&self) -> Option<&str> {
        self.0.text("ForwardingAddress")
    }

    /// The address outside the organisation that a contact stands for.
    pub(crate) fn outside_address(&self) -> Option<&str> {
        self.0.text("ExternalEmailAddress").map(|shown| smtp(shown).unwrap_or(shown))
    }

    /// How much it may hold, as Exchange writes it.
    pub(crate) fn size_limit(&self) -> Option<&str> {
        self.0.text("ProhibitSendReceiveQuota")
    }

    fn kind(&self) -> &str {
        self.0.text("RecipientTypeDetails").unwrap_or_default()
    }

    /// What it is, for messages.
    pub(crate) fn words(&self) -> String {
        match self.kind() {
            "UserMailbox" | "LinkedMailbox" | "RemoteUserMailbox" => "a user mailbox",
            "SharedMailbox" | "RemoteSharedMailbox" => "a shared mailbox",
            "RoomMailbox" => "a room mailbox",
            "EquipmentMailbox" => "an equipment mailbox",
            "GroupMailbox" => "a Microsoft 365 group",
            "MailUniversalDistributionGroup" | "MailNonUniversalGroup" => "a distribution list",
            "DynamicDistributionGroup" => "a dynamic distribution list",
            "MailUniversalSecurityGroup" => "a mail-enabled security group",
            "MailContact" => "a mail contact",
            "MailUser" | "GuestMailUser" => "a mail user without a mailbox",
            "PublicFolder" => "a public folder",
            "" => "another recipient",
            other => return format!("a recipient of type {other}"),
        }
        .to_owned()
    }
}

/// The properties by which a recipient may be asked for, beside its addresses.
const IDENTITIES: [&str; 11] = [
    "PrimarySmtpAddress",
    "ExternalDirectoryObjectId",
    "Guid",
    "ExchangeGuid",
    "Name",
    "DisplayName",
    "Alias",
    "Identity",
    "WindowsLiveID",
    "UserPrincipalName",
    "DistinguishedName",
];

/// What Exchange writes for «no id».
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

impl Exchange {
    /// The mailbox with this identity: an id, an address or an alias.
    pub(crate) async fn mailbox(&self, identity: &str, operation: &str) -> Result<Option<Recipient>, TenantError> {
        let cmdlet = Cmdlet::new("Get-Mailbox", operation).with("Identity", identity);
        self.find(&cmdlet).await?.map(|row| asked_for(Recipient(row), identity, operation)).transpose()
    }

    /// The deleted mailbox that held an address and can still be restored.
    pub(crate) async fn deleted_mailbox(
        &self,
        address: &Address,
        operation: &str,
    ) -> Result<Option<Recipient>, TenantError> {
        let cmdlet =
            Cmdlet::new("Get-Mailbox", operation).with("Identity", address.as_str()).with("SoftDeletedMailbox", true);
        // Several deleted mailboxes may have held it; any of them will do.
        match self.rows(&cmdlet).await {
            Ok(rows) => Ok(rows.into_iter().next().map(Recipient)),
            Err(error) if error.kind == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The recipient of any sort with this identity.
    pub(crate) async fn recipient(&self, identity: &str, operation: &str) -> Result<Option<Recipient>, TenantError> {
        let cmdlet = Cmdlet::new("Get-Recipient", operation).with("Identity", identity);
        self.find(&cmdlet).await?.map(|row| asked_for(Recipient(row), identity, operation)).transpose()
    }

    /// Every shared mailbox, all pages of them or an error.
    pub(crate) async fn shared_mailboxes(&self) -> Result<Vec<Recipient>, TenantError> {
        let cmdlet = Cmdlet::new("Get-Mailbox", "list shared mailboxes")
            .with("RecipientTypeDetails", "SharedMailbox")
            .with("ResultSize", "Unlimited");
        Ok(self.rows(&cmdlet).await?.into_iter().map(Recipient).collect())
    }
}

/// The recipient, unless it is another one than was asked for: for an identity that is nobody's, some cmdlets give what
/// they find. What an access list shows with a domain in front is no property of anybody.
fn asked_for(found: Recipient, identity: &str, operation: &str) -> Result<Recipient, TenantError> {
    if identity.contains('\\') || found.is(identity) {
        return Ok(found);
    }
    let message = format!("Exchange Online answered with {}, which is not what was asked for", found.name());
    Err(TenantError::new(ErrorKind::Invalid, operation, message))
}

/// Makes a shared mailbox. The answer is read back when it is lost, so it is never posted blindly again.
pub(crate) fn new_shared(address: &Address, alias: &str, name: &str, operation: &str) -> Cmdlet {
    Cmdlet::new("New-Mailbox", operation)
        .with("Shared", true)
        .with("Name", alias)
        .with("DisplayName", name)
        .with("Alias", alias)
        .with("PrimarySmtpAddress", address.as_str())
        .not_repeatable()
}

/// A mailbox out of the answer to [`new_shared`].
pub(crate) fn first(rows: Vec<Row>) -> Option<Recipient> {
    rows.into_iter().next().map(Recipient)
}

/// Changes properties of a mailbox.
pub(crate) fn set(id: &Guid, operation: &str) -> Cmdlet {
    Cmdlet::new("Set-Mailbox", operation).with("Identity", id.as_str())
}

/// Deletes a mailbox and its account, both restorable for the provider's usual time.
pub(crate) fn remove(id: &Guid, operation: &str) -> Cmdlet {
    Cmdlet::new("Remove-Mailbox", operation).with("Identity", id.as_str()).with("Confirm", false)
}

/// Gives one of the two rights; nothing changes when it is there already.
pub(crate) fn add_right(id: &Guid, right: Right, who: &str, operation: &str) -> Cmdlet {
    match right {
        Right::FullAccess => Cmdlet::new("Add-MailboxPermission", operation)
            .with("Identity", id.as_str())
            .with("User", who)
            .with("AccessRights", json!(["FullAccess"]))
            .with("InheritanceType", "All")
            .with("AutoMapping", false)
            .with("Confirm", false),
        Right::SendAs => Cmdlet::new("Add-RecipientPermission", operation)
            .with("Identity", id.as_str())
            .with("Trustee", who)
            .with("AccessRights", json!(["SendAs"]))
            .with("Confirm", false),
    }
}

/// Takes one of the two rights away.
pub(crate) fn remove_right(id: &Guid, right: Right, who: &str, operation: &str) -> Cmdlet {
    match right {
        Right::FullAccess => Cmdlet::new("Remove-MailboxPermission", operation)
            .with("Identity", id.as_str())
            .with("User", who)
            .with("AccessRights", json!(["FullAccess"]))
            .with("InheritanceType", "All")
            .with("Confirm", false),
        Right::SendAs => Cmdlet::new("Remove-RecipientPermission", operation)
            .with("Identity", id.as_str())
            .with("Trustee", who)
            .with("AccessRights", json!(["SendAs"]))
            .with("Confirm", false),
    }
}

/// The two rights that make a delegate. They are two lists with two commands (facts sheet, Microsoft 5, gotcha 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Right {
    /// Reads the mailbox.
    FullAccess,
    /// Sends as the mailbox.
    SendAs,
}
