//! The rows that a tenant is made of. Graph and Exchange look at the same ones, each in its own words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::after;
use super::indexed::Named;
use crate::exchange_description::ExchangeDescription;
use crate::group_state::GroupState;

/// What an account's mailbox is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum MailboxType {
    User,
    Shared,
    Room,
    Equipment,
}

impl MailboxType {
    /// The word in `RecipientTypeDetails`.
    pub(super) fn details(self) -> &'static str {
        match self {
            Self::User => "UserMailbox",
            Self::Shared => "SharedMailbox",
            Self::Room => "RoomMailbox",
            Self::Equipment => "EquipmentMailbox",
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that one of the vendor's APIs shows")]
/// The Exchange side of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Mailbox {
    pub(super) exchange_guid: String,
    pub(super) kind: MailboxType,
    pub(super) hidden: bool,
    pub(super) copy_for_sent_as: bool,
    pub(super) copy_for_send_on_behalf: bool,
    /// Object ids of those who may send on behalf.
    pub(super) send_on_behalf: Vec<String>,
    /// What Set-Mailbox -AccountDisabled said last; whether it reaches the account is not known from any document.
    pub(super) account_disabled: Option<bool>,
    pub(super) custom_attributes: [String; 2],
    pub(super) size_bytes: u64,
    pub(super) items: u64,
    /// The object id of somebody of the organisation that mail is forwarded to.
    #[serde(default)]
    pub(super) forwarding_address: Option<String>,
    /// An address outside of the organisation that mail is forwarded to.
    #[serde(default)]
    pub(super) forwarding_smtp: Option<String>,
    /// Whether forwarded mail is kept as well.
    #[serde(default)]
    pub(super) deliver_and_forward: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that one of the vendor's APIs shows")]
/// An account: a Graph user, and a recipient where it has a mailbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    /// The Entra object id; Exchange's `ExternalDirectoryObjectId`.
    pub(super) id: String,
    /// Exchange's `Guid`.
    pub(super) guid: String,
    pub(super) sid: String,
    pub(super) user_principal_name: String,
    pub(super) display_name: String,
    /// Exchange's `Name`, unique in the tenant.
    pub(super) name: String,
    /// Exchange's `Alias`, Graph's `mailNickname`.
    pub(super) alias: String,
    /// The primary address, where there is one.
    pub(super) mail: Option<String>,
    /// The other addresses.
    pub(super) others: Vec<String>,
    pub(super) enabled: bool,
    pub(super) guest: bool,
    /// Whether somebody works under it, rather than it being a shared mailbox's account.
    pub(super) person: bool,
    pub(super) licensed: bool,
    pub(super) archived: bool,
    pub(super) department: Option<String>,
    /// The manager's object id.
    pub(super) manager: Option<String>,
    pub(super) leaves: Option<Timestamp>,
    /// Whether a second factor is registered.
    #[serde(default)]
    pub(super) second_factor: bool,
    #[serde(default)]
    pub(super) last_sign_in: Option<Timestamp>,
    pub(super) mailbox: Option<Mailbox>,
    pub(super) created: Timestamp,
    /// Whether it belongs to an agent.
    #[serde(default)]
    pub(super) agent: bool,
    /// What else Exchange has to say of it.
    #[serde(default)]
    pub(super) exchange: ExchangeDescription,
    /// When reads begin to see it.
    pub(super) visible_from: Timestamp,
    /// The anchor of the call that made it.
    pub(super) anchor: Option<String>,
    pub(super) deleted: Option<Timestamp>,
    /// The change that touched it last.
    pub(super) revision: u64,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that one of the vendor's APIs shows")]
/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) id: String,
    /// Exchange's `Guid`.
    pub(super) guid: String,
    pub(super) sid: String,
    pub(super) display_name: String,
    pub(super) description: Option<String>,
    pub(super) mail_nickname: String,
    pub(super) mail: Option<String>,
    pub(super) others: Vec<String>,
    pub(super) mail_enabled: bool,
    pub(super) security_enabled: bool,
    /// Whether it is a Microsoft 365 group.
    pub(super) unified: bool,
    pub(super) visibility: Option<String>,
    /// Whether mail from outside of the organisation is accepted.
    #[serde(default)]
    pub(super) outside_mail: bool,
    /// What else there is to it.
    #[serde(default)]
    pub(super) state: GroupState,
    /// Object ids.
    pub(super) owners: Vec<String>,
    /// Object ids.
    pub(super) members: Vec<String>,
    pub(super) created: Timestamp,
    pub(super) visible_from: Timestamp,
    pub(super) deleted: Option<Timestamp>,
    pub(super) revision: u64,
}

/// A right on a mailbox (Full Access and its like) or on a recipient (Send As).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Grant {
    /// The mailbox's object id.
    pub(super) on: String,
    /// The object id of who has it.
    pub(super) trustee: String,
    pub(super) trustee_sid: String,
    pub(super) rights: Vec<String>,
    pub(super) inheritance: String,
    pub(super) auto_mapping: bool,
}

/// An app as the tenant knows it: its service principal, and its registration where it is the tenant's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct App {
    /// The service principal's object id.
    pub(super) id: String,
    /// The client id, the same in every tenant.
    pub(super) client_id: String,
    /// The registration's object id, where the app is registered in this tenant.
    pub(super) registration: Option<String>,
    pub(super) name: String,
    /// The tenant where it is registered.
    pub(super) organisation: String,
    /// The publisher, once the vendor has verified who that is.
    pub(super) verified_publisher: Option<String>,
    pub(super) homepage: Option<String>,
    pub(super) tags: Vec<String>,
    /// Object ids.
    pub(super) owners: Vec<String>,
    pub(super) created: Timestamp,
}

/// A consent: what an app may do for one person, or for everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Consent {
    /// The app's service principal.
    pub(super) client: String,
    /// The person's object id; nobody's where an administrator has consented for all.
    pub(super) principal: Option<String>,
    /// The API's service principal.
    pub(super) resource: String,
    pub(super) scopes: Vec<String>,
}

/// Somebody's assignment to an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Assignment {
    /// The app's service principal.
    pub(super) app: String,
    /// The person's object id.
    pub(super) principal: String,
    pub(super) created: Timestamp,
}

/// A device code that somebody may type in elsewhere. Its times are those of the sandbox and of the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DeviceCode {
    /// The client id, in lower case.
    pub(super) client: String,
    pub(super) scope: String,
    pub(super) issued: (Timestamp, Timestamp),
    pub(super) polled: Option<(Timestamp, Timestamp)>,
    pub(super) polls: u32,
    /// How many seconds the client has to wait between polls.
    pub(super) interval: i64,
}

/// An object that was purged, for delta queries and for its addresses, which stay unusable for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Purged {
    pub(super) addresses: Vec<String>,
    pub(super) at: Timestamp,
    pub(super) revision: u64,
}

impl Account {
    /// Every address, the primary one first.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.mail.iter().chain(&self.others).map(String::as_str)
    }

    /// The addresses as both vendors' APIs write them: `SMTP:` for the primary one, `smtp:` for the others.
    pub(super) fn proxy_addresses(&self) -> Vec<String> {
        proxies(self.mail.as_deref(), &self.others)
    }

    /// Whether an Exchange call under this anchor sees it: another back-end than the one that made the object learns
    /// of it later (facts sheet, Microsoft 1a, «Why the anchor matters»).
    pub(super) fn seen_by(&self, anchor: &str, lag: i64, now: Timestamp) -> bool {
        let same = self.anchor.as_deref().is_none_or(|made| made.eq_ignore_ascii_case(anchor));
        let from = if same { self.visible_from } else { after(self.visible_from, lag) };
        from <= now
    }
}

impl Group {
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.mail.iter().chain(&self.others).map(String::as_str)
    }

    pub(super) fn proxy_addresses(&self) -> Vec<String> {
        proxies(self.mail.as_deref(), &self.others)
    }
}

fn proxies(primary: Option<&str>, others: &[String]) -> Vec<String> {
    primary
        .map(|mail| format!("SMTP:{mail}"))
        .into_iter()
        .chain(others.iter().map(|mail| format!("smtp:{mail}")))
        .collect()
}

impl Named for Account {
    fn names(&self) -> Vec<&str> {
        let fixed = [&self.id, &self.guid, &self.sid, &self.user_principal_name, &self.name, &self.alias];
        let mut names: Vec<&str> = fixed.map(String::as_str).into();
        names.push(&self.display_name);
        names.extend(self.addresses());
        names.extend(self.mailbox.iter().map(|mailbox| mailbox.exchange_guid.as_str()));
        names
    }
}

impl Named for Group {
    fn names(&self) -> Vec<&str> {
        let fixed = [&self.id, &self.guid, &self.sid, &self.mail_nickname, &self.display_name];
        let mut names: Vec<&str> = fixed.map(String::as_str).into();
        names.extend(self.addresses());
        names
    }
}

/// The id of a link between objects: as the vendor does, their GUIDs' bytes in one text.
pub(super) fn link_id(guids: &[&str]) -> String {
    let bytes = guids.iter().filter_map(|guid| uuid::Uuid::parse_str(guid).ok()).flat_map(uuid::Uuid::into_bytes);
    URL_SAFE_NO_PAD.encode(bytes.collect::<Vec<u8>>())
}
