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

    /// Whether this is its sign-in name.
    pub(crate) fn signs_in_as(&self, address: &Address) -> bool {
        self.sign_in_name().is_some_and(|name| name.eq_ignore_ascii_case(address.as_str()))
    }

    /// Whether an account stands behind it: a contact has none.
    pub(crate) fn has_account(&self) -> bool {
        !["MailContact", "PublicFolder", "MailForestContact"].iter().any(|kind| self.kind().eq_ignore_ascii_case(kind))
    }

    /// Whether it is what this identity means. A cmdlet may answer with every object there is where the one that was
    /// asked for is not there (Microsoft's cmdlet reference, 2025-12), and an address also finds what is called so.
    fn answers_to(&self, identity: &str) -> bool {
        let is = |name: &str| self.0.text(name).is_some_and(|text| text.eq_ignore_ascii_case(identity));
        if let Ok(address) = identity.parse() {
            return self.holds(&address) || self.signs_in_as(&address);
        }
        if Guid::read(identity).is_some() {
            return ["ExternalDirectoryObjectId", "Guid", "ExchangeGuid", "Name"].into_iter().any(is);
        }
        ["Name", "Alias", "DisplayName", "Identity", "Id", "DistinguishedName"].into_iter().any(is)
    }

    /// Whether the row shows its addresses, so that it can be told from another one.
    fn shows_addresses(&self) -> bool {
        self.address().is_some() || !self.0.words("EmailAddresses").is_empty()
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

    /// Everything that Exchange shows of it.
    pub(crate) fn row(&self) -> &Row {
        &self.0
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

/// What Exchange writes for «no id».
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

impl Exchange {
    /// The mailbox with this identity: an id, an address or an alias.
    pub(crate) async fn mailbox(&self, identity: &str, operation: &str) -> Result<Option<Recipient>, TenantError> {
        let cmdlet = Cmdlet::new("Get-Mailbox", operation).with("Identity", identity);
        self.only(&cmdlet, identity).await
    }

    /// The one object that a cmdlet finds by an identity, if it is the one that was asked for.
    async fn only(&self, cmdlet: &Cmdlet, identity: &str) -> Result<Option<Recipient>, TenantError> {
        let rows = match self.rows(cmdlet).await {
            Err(error) if error.kind == ErrorKind::Missing => return Ok(None),
            rows => rows?,
        };
        let rows: Vec<Recipient> = rows.into_iter().map(Recipient).collect();
        // A row that does not show by what it is found may be the one that was asked for: then nothing is absent.
        let is_open = rows.iter().any(|found| !found.answers_to(identity) && !found.shows_addresses());
        let mut found = rows.into_iter().filter(|found| found.answers_to(identity));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => {
                let message = "several objects answer to this identity; use an id or the primary address";
                Err(TenantError::new(ErrorKind::Conflict, &cmdlet.operation, message))
            }
            (None, _) if is_open => {
                let message = "Exchange Online answered with an object whose addresses it does not show";
                Err(TenantError::new(ErrorKind::Invalid, &cmdlet.operation, message))
            }
            (found, _) => Ok(found),
        }
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
            Ok(rows) => Ok(rows.into_iter().map(Recipient).find(|found| found.answers_to(address.as_str()))),
            Err(error) if error.kind == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The recipient of any sort with this identity.
    pub(crate) async fn recipient(&self, identity: &str, operation: &str) -> Result<Option<Recipient>, TenantError> {
        let cmdlet = Cmdlet::new("Get-Recipient", operation).with("Identity", identity);
        self.only(&cmdlet, identity).await
    }

    /// Whether Exchange finds anything by an identifier that its rows do not show, e.g. a security identifier.
    pub(crate) async fn knows(&self, identifier: &str, operation: &str) -> Result<bool, TenantError> {
        let cmdlet = Cmdlet::new("Get-Recipient", operation).with("Identity", identifier);
        match self.rows(&cmdlet).await {
            Ok(rows) => Ok(!rows.is_empty()),
            Err(error) if error.kind == ErrorKind::Missing => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Every shared mailbox, all pages of them or an error.
    pub(crate) async fn shared_mailboxes(&self) -> Result<Vec<Recipient>, TenantError> {
        let cmdlet = Cmdlet::new("Get-Mailbox", "list shared mailboxes")
            .with("RecipientTypeDetails", "SharedMailbox")
            .with("ResultSize", "Unlimited");
        Ok(self.rows(&cmdlet).await?.into_iter().map(Recipient).collect())
    }
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
