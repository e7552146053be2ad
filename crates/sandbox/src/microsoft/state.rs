//! A tenant: its tables, and what is done to several rows at once.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::after;
use super::indexed::Indexed;
pub(super) use super::rows::{
    Account, App, Assignment, Consent, DeviceCode, Grant, Group, Mailbox, MailboxType, Purged, link_id,
};
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
    /// Domains that are not verified yet.
    #[serde(default)]
    pub(super) unverified_domains: Vec<String>,
    /// Verified domains that Exchange Online takes no mail for.
    #[serde(default)]
    pub(super) domains_without_mail: Vec<String>,
    /// Whether sign-in activity is told.
    #[serde(default = "yes")]
    pub(super) premium: bool,
    /// The management roles of the write identity's role group, if it has one in place of its Entra role.
    #[serde(default)]
    pub(super) role_group: Option<Vec<String>>,
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

fn yes() -> bool {
    true
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

    pub(super) fn unverified_domains(&self) -> Vec<String> {
        self.setting(|s| s.unverified_domains.clone(), Vec::new())
    }

    /// Whether Exchange Online takes mail for a verified domain.
    pub(super) fn has_mail(&self, domain: &str) -> bool {
        self.setting(|s| !s.domains_without_mail.iter().any(|without| without.eq_ignore_ascii_case(domain)), false)
    }

    /// Whether the tenant has Microsoft Entra ID P1.
    pub(super) fn is_premium(&self) -> bool {
        self.setting(|s| s.premium, true)
    }

    /// The management roles of the write identity's role group, if it has one in place of its Entra role.
    pub(super) fn role_group(&self) -> Option<Vec<String>> {
        self.setting(|s| s.role_group.clone(), None)
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
