//! What a tenant is made of. Graph and Exchange look at the same rows, each in its own words.

use std::collections::{HashMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::after;
use super::indexed::{Indexed, Named};
use crate::description::SignInDescription;
use crate::table::{Rows, Table};

/// Deleted objects can be restored for this long (facts sheet, Microsoft 2: 30 days).
pub(super) const RESTORABLE_SECONDS: i64 = 30 * 24 * 3600;

/// What is particular to the tenant as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// The tenant's name in the description.
    pub(super) name: String,
    /// The verified domains, the default one first; the last one is the initial `.onmicrosoft.com` one.
    pub(super) domains: Vec<String>,
    /// How many licences there are.
    pub(super) seats: usize,
    /// App roles that the write identity lacks.
    pub(super) missing_permissions: Vec<String>,
    /// How signing in goes.
    #[serde(default)]
    pub(super) sign_in: SignInDescription,
    /// APIs that are switched off.
    pub(super) apis_off: Vec<String>,
    /// How long a new object stays invisible, in seconds of the sandbox's time.
    pub(super) lag_seconds: u32,
    /// Where the sandbox's time begins; what is there from the start is older than this.
    #[serde(default)]
    pub(super) starts: Timestamp,
    /// Counts the changes, for delta queries.
    pub(super) revision: u64,
}

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
    /// When reads begin to see it.
    pub(super) visible_from: Timestamp,
    /// The anchor of the call that made it.
    pub(super) anchor: Option<String>,
    pub(super) deleted: Option<Timestamp>,
    /// The change that touched it last.
    pub(super) revision: u64,
}

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
    pub(super) app_id: String,
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

/// One stand-in tenant.
#[derive(Debug)]
pub(super) struct Tenant {
    /// The tenant's GUID, in lower case.
    pub(super) id: String,
    /// One row, under the key `tenant`.
    pub(super) settings: Table<Settings>,
    pub(super) accounts: Indexed<Account>,
    pub(super) groups: Indexed<Group>,
    /// By `mailbox/trustee`.
    pub(super) mailbox_permissions: Table<Grant>,
    /// By `mailbox/trustee`.
    pub(super) recipient_permissions: Table<Grant>,
    pub(super) purged: Table<Purged>,
    /// By the service principal's id.
    pub(super) apps: Table<App>,
    /// By id.
    pub(super) consents: Table<Consent>,
    /// By id.
    pub(super) assignments: Table<Assignment>,
    /// By code.
    pub(super) device_codes: Table<DeviceCode>,
    /// When each app last asked for reports, by client id. Too short-lived to be kept.
    pub(super) report_calls: HashMap<String, VecDeque<Timestamp>>,
}

/// The key of the one row of settings.
pub(super) const SETTINGS: &str = "tenant";

impl Tenant {
    /// All tables with their names.
    pub(super) fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        let name = |table: &str| format!("microsoft/{}/{table}", self.id);
        vec![
            (name("settings"), &mut self.settings as &mut dyn Rows),
            (name("users"), &mut self.accounts),
            (name("groups"), &mut self.groups),
            (name("mailbox-permissions"), &mut self.mailbox_permissions),
            (name("recipient-permissions"), &mut self.recipient_permissions),
            (name("purged"), &mut self.purged),
            (name("apps"), &mut self.apps),
            (name("consents"), &mut self.consents),
            (name("assignments"), &mut self.assignments),
            (name("device-codes"), &mut self.device_codes),
        ]
    }

    /// The settings' row, or what a tenant without one would be.
    fn setting<T>(&self, read: impl Fn(&Settings) -> T, none: T) -> T {
        self.settings.get(SETTINGS).map_or(none, read)
    }

    pub(super) fn name(&self) -> String {
        self.setting(|s| s.name.clone(), String::new())
    }

    pub(super) fn domains(&self) -> Vec<String> {
        self.setting(|s| s.domains.clone(), Vec::new())
    }

    pub(super) fn default_domain(&self) -> String {
        self.domains().into_iter().next().unwrap_or_default()
    }

    pub(super) fn initial_domain(&self) -> String {
        self.domains().pop().unwrap_or_default()
    }

    pub(super) fn lag(&self) -> i64 {
        self.setting(|s| i64::from(s.lag_seconds), 0)
    }

    pub(super) fn seats(&self) -> usize {
        self.setting(|s| s.seats, 0)
    }

    pub(super) fn exchange_off(&self) -> bool {
        self.setting(|s| s.apis_off.iter().any(|api| api == "exchange"), false)
    }

    pub(super) fn sign_in(&self) -> SignInDescription {
        self.setting(|s| s.sign_in.clone(), SignInDescription::default())
    }

    pub(super) fn missing_permissions(&self) -> Vec<String> {
        self.setting(|s| s.missing_permissions.clone(), Vec::new())
    }

    /// Whether this is how a client names the tenant: by GUID or by one of its domains.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name) || self.domains().iter().any(|domain| domain.eq_ignore_ascii_case(name))
    }

    /// Counts a change and hands out its number.
    pub(super) fn next_revision(&mut self) -> u64 {
        self.settings.get_mut(SETTINGS).map_or(0, |settings| {
            settings.revision += 1;
            settings.revision
        })
    }

    pub(super) fn revision(&self) -> u64 {
        self.setting(|s| s.revision, 0)
    }

    /// Where the sandbox's time begins.
    pub(super) fn starts(&self) -> Timestamp {
        self.setting(|s| s.starts, Timestamp::UNIX_EPOCH)
    }

    /// The accounts that are there and that reads see.
    pub(super) fn live(&self, now: Timestamp) -> impl Iterator<Item = &Account> {
        self.accounts.values().filter(move |account| account.deleted.is_none() && account.visible_from <= now)
    }

    /// The accounts that are deleted and can be restored.
    pub(super) fn restorable(&self, now: Timestamp) -> impl Iterator<Item = &Account> {
        self.accounts
            .values()
            .filter(move |account| account.deleted.is_some_and(|deleted| after(deleted, RESTORABLE_SECONDS) > now))
    }

    /// The restorable accounts that have a name.
    pub(super) fn restorable_named(&self, name: &str, now: Timestamp) -> impl Iterator<Item = &Account> {
        self.accounts
            .named(name)
            .filter(move |account| account.deleted.is_some_and(|deleted| after(deleted, RESTORABLE_SECONDS) > now))
    }

    /// An account that reads see, by object id or user principal name.
    pub(super) fn account(&self, key: &str, now: Timestamp) -> Option<&Account> {
        let live = self.accounts.named(key).filter(|account| account.deleted.is_none() && account.visible_from <= now);
        live.into_iter().find(|account| {
            account.id.eq_ignore_ascii_case(key) || account.user_principal_name.eq_ignore_ascii_case(key)
        })
    }

    /// A group that is there and that reads see.
    pub(super) fn group(&self, id: &str, now: Timestamp) -> Option<&Group> {
        self.groups.get(&id.to_ascii_lowercase()).filter(|group| group.deleted.is_none() && group.visible_from <= now)
    }

    /// Changes an account and counts the change.
    pub(super) fn change_account(&mut self, id: &str, change: impl FnOnce(&mut Account)) {
        let revision = self.next_revision();
        self.accounts.change(id, |account| {
            change(account);
            account.revision = revision;
        });
    }

    /// Changes a group and counts the change.
    pub(super) fn change_group(&mut self, id: &str, change: impl FnOnce(&mut Group)) {
        let revision = self.next_revision();
        self.groups.change(id, |group| {
            change(group);
            group.revision = revision;
        });
    }

    /// Deletes an account, which can be restored; what it has let apps do ends at once.
    pub(super) fn delete_account(&mut self, id: &str, now: Timestamp) {
        self.change_account(id, |account| account.deleted = Some(now));
        let consents = self.consents.iter().filter(|(_, consent)| consent.principal.as_deref() == Some(id));
        for key in consents.map(|(key, _)| key.to_owned()).collect::<Vec<_>>() {
            self.consents.remove(&key);
        }
        let assignments = self.assignments.iter().filter(|(_, assignment)| assignment.principal == id);
        for key in assignments.map(|(key, _)| key.to_owned()).collect::<Vec<_>>() {
            self.assignments.remove(&key);
        }
    }

    /// Takes an account out for good, with the rights on its mailbox; rights that it had elsewhere stay behind as
    /// bare security identifiers.
    pub(super) fn purge(&mut self, id: &str, now: Timestamp) {
        let revision = self.next_revision();
        if let Some(account) = self.accounts.remove(id) {
            let addresses = account.addresses().map(str::to_ascii_lowercase).collect();
            self.purged.insert(id, Purged { addresses, at: now, revision });
        }
        for grants in [&mut self.mailbox_permissions, &mut self.recipient_permissions] {
            let gone: Vec<String> = grants.with_prefix(&format!("{id}/")).map(|(key, _)| key.to_owned()).collect();
            for key in gone {
                grants.remove(&key);
            }
        }
    }

    /// Takes a group out for good.
    pub(super) fn purge_group(&mut self, id: &str, now: Timestamp) {
        let revision = self.next_revision();
        if let Some(group) = self.groups.remove(id) {
            let addresses = group.addresses().map(str::to_ascii_lowercase).collect();
            self.purged.insert(id, Purged { addresses, at: now, revision });
        }
    }
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
        let fixed = [&self.id, &self.guid, &self.user_principal_name, &self.name, &self.alias, &self.display_name];
        let mut names: Vec<&str> = fixed.map(String::as_str).into();
        names.extend(self.addresses());
        names.extend(self.mailbox.iter().map(|mailbox| mailbox.exchange_guid.as_str()));
        names
    }
}

impl Named for Group {
    fn names(&self) -> Vec<&str> {
        let fixed = [&self.id, &self.guid, &self.mail_nickname, &self.display_name];
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
