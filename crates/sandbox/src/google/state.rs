//! What a Google tenant remembers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tripod_model::Address;

use super::browser::{Code, Refresh};
use crate::sign_in::{GoogleSignInDescription, RemovedFromGoogle};
use crate::table::{Rows, Table};

/// A user account: a person's or a service mailbox's.
// The switches of an account are independent of each other, as they are at Google.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    /// The primary address, in lower case.
    pub(super) primary: String,
    pub(super) given: String,
    pub(super) family: String,
    pub(super) aliases: Vec<String>,
    pub(super) suspended: bool,
    pub(super) suspended_at: Option<Timestamp>,
    pub(super) archived: bool,
    pub(super) deleted: Option<Timestamp>,
    pub(super) unit: String,
    pub(super) admin: bool,
    pub(super) guest: bool,
    /// Since when it has had a licence with mail, if it has one.
    pub(super) licensed: Option<Timestamp>,
    pub(super) created: Timestamp,
    pub(super) last_login: Option<Timestamp>,
    pub(super) change_password: bool,
    pub(super) listed: bool,
    pub(super) second_factor: bool,
    /// Everything writable that the sandbox only keeps: external ids, organisations, phones and so on.
    pub(super) other: Map<String, Value>,
    /// Whether this is one of the people of the description.
    pub(super) person: bool,
    /// Counts the changes; the etag is made from it.
    pub(super) revision: u64,
    /// Where its mail is forwarded to.
    #[serde(default)]
    pub(super) forwarding: Option<String>,
    /// Where its filters forward mail to.
    #[serde(default)]
    pub(super) filters: Vec<String>,
    /// How many application passwords it has.
    #[serde(default)]
    pub(super) app_passwords: usize,
    /// When it last changed.
    pub(super) changed: Timestamp,
    /// What searches still see while the last change is young; nothing for a new account.
    pub(super) stale: Option<Searchable>,
}

/// What of a user a search goes by.
// The switches of an account are independent of each other, as they are at Google.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Searchable {
    pub(super) addresses: Vec<String>,
    pub(super) given: String,
    pub(super) family: String,
    pub(super) suspended: bool,
    pub(super) archived: bool,
    pub(super) admin: bool,
    pub(super) second_factor: bool,
    pub(super) unit: String,
    pub(super) external_ids: Vec<String>,
    pub(super) manager: Option<String>,
    #[serde(default)]
    pub(super) guest: bool,
    /// What stands of the user's places in organisations, by the name that a search has for it.
    #[serde(default)]
    pub(super) places: Vec<(String, String)>,
}

/// A group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) id: String,
    /// The address, in lower case.
    pub(super) email: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) aliases: Vec<String>,
    pub(super) created: Timestamp,
    pub(super) revision: u64,
    /// The Groups Settings that somebody has set.
    pub(super) settings: BTreeMap<String, String>,
    /// The query that decides who is a member, where one does.
    #[serde(default)]
    pub(super) rule: Option<String>,
    /// What the policy on mail delegation says for the accounts in it, where there is one.
    #[serde(default)]
    pub(super) delegation: Option<bool>,
}

/// A membership.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Member {
    /// The user's, the group's or, for an outsider, a made-up id.
    pub(super) id: String,
    /// The address, where the member is neither a user nor a group of this tenant.
    pub(super) outside: Option<String>,
    /// The type, where it is not simply that of a user or a group.
    #[serde(default)]
    pub(super) kind: Option<String>,
    pub(super) role: String,
    pub(super) delivery: String,
    pub(super) revision: u64,
}

impl Member {
    /// Somebody who has just become a member; `outside` as in the row.
    pub(super) fn new(id: String, outside: Option<String>, role: &str) -> Self {
        let (role, delivery) = (role.to_owned(), "ALL_MAIL".to_owned());
        Self { id, outside, kind: None, role, delivery, revision: 1 }
    }
}

/// A Gmail delegate, kept by id so that it follows a renaming.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Delegate {
    pub(super) id: String,
    pub(super) address: String,
    /// `accepted`, `pending`, `rejected` or `expired`.
    #[serde(default = "accepted")]
    pub(super) status: String,
}

fn accepted() -> String {
    ACCEPTED.to_owned()
}

/// The status of a delegation that is in force.
pub(super) const ACCEPTED: &str = "accepted";

/// Somebody's grant to an app of somebody else's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Grant {
    /// The app's client id.
    pub(super) client: String,
    /// The app's name.
    pub(super) app: String,
    pub(super) scopes: Vec<String>,
}

/// Something that somebody did with a grant, as the audit log has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TokenEvent {
    pub(super) at: Timestamp,
    /// `authorize` or `revoke`.
    pub(super) name: String,
    /// The user's id.
    pub(super) user: String,
    /// The user's address then.
    pub(super) address: String,
    /// The user's organisational unit then.
    pub(super) unit: String,
    pub(super) grant: Grant,
}

/// Whose an address is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Owner {
    User(String),
    Group(String),
}

/// An organisational unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Unit {
    pub(super) id: String,
    /// The switch for mail delegation where it is set here; else it is the parent's.
    pub(super) delegation: Option<bool>,
}

/// One tenant.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) customer: String,
    pub(super) domains: Vec<String>,
    pub(super) unverified_domains: Vec<String>,
    pub(super) seats: Option<usize>,
    pub(super) missing_scopes: Vec<String>,
    /// The scopes that the account which reads has been given besides.
    pub(super) reading_scopes: Vec<String>,
    pub(super) apis_off: Vec<String>,
    pub(super) sign_in: GoogleSignInDescription,
    pub(super) lag: SignedDuration,
    pub(super) starts: Timestamp,
    /// How many filtered queries of the audit log came in which minute. A restart forgets it, as no quota lasts.
    pub(super) filtered: (Timestamp, u32),
    /// By path.
    pub(super) units: Table<Unit>,
    /// By id.
    pub(super) users: Table<User>,
    /// By id.
    pub(super) groups: Table<Group>,
    /// By `group id/member id`.
    pub(super) members: Table<Member>,
    /// By `user id/delegate's id`.
    pub(super) delegates: Table<Delegate>,
    /// By `user id/client id`.
    pub(super) grants: Table<Grant>,
    /// By when they happened, with a number behind it.
    pub(super) events: Table<TokenEvent>,
    /// By the code.
    pub(super) codes: Table<Code>,
    /// By the token.
    pub(super) refresh_tokens: Table<Refresh>,
    /// Primary addresses and aliases.
    pub(super) addresses: Table<Owner>,
}

impl Tenant {
    /// Whether something that clients sign in with has been taken away.
    pub(super) fn has_removed(&self, what: RemovedFromGoogle) -> bool {
        self.sign_in.removed.contains(&what)
    }

    pub(super) fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        let name = |table: &str| format!("google/{}/{table}", self.name);
        vec![
            (name("units"), &mut self.units as &mut dyn Rows),
            (name("users"), &mut self.users),
            (name("groups"), &mut self.groups),
            (name("members"), &mut self.members),
            (name("delegates"), &mut self.delegates),
            (name("grants"), &mut self.grants),
            (name("events"), &mut self.events),
            (name("codes"), &mut self.codes),
            (name("refresh-tokens"), &mut self.refresh_tokens),
            (name("addresses"), &mut self.addresses),
        ]
    }

    /// Whose an address is, or whom an id names.
    pub(super) fn owner(&self, key: &str) -> Option<Owner> {
        if let Some(owner) = self.addresses.get(&key.to_ascii_lowercase()) {
            return Some(owner.clone());
        }
        if self.users.get(key).is_some_and(|user| user.deleted.is_none()) {
            return Some(Owner::User(key.to_owned()));
        }
        self.groups.get(key).map(|_| Owner::Group(key.to_owned()))
    }

    /// The living user of an address, an alias or an id.
    pub(super) fn user(&self, key: &str) -> Option<&User> {
        match self.owner(key)? {
            Owner::User(id) => self.users.get(&id),
            Owner::Group(_) => None,
        }
    }

    /// The group of an address, an alias or an id.
    pub(super) fn group(&self, key: &str) -> Option<&Group> {
        match self.owner(key)? {
            Owner::Group(id) => self.groups.get(&id),
            Owner::User(_) => None,
        }
    }

    /// Whether the domain of an address is one of this tenant's.
    pub(super) fn is_ours(&self, address: &str) -> bool {
        address
            .rsplit_once('@')
            .is_some_and(|(_, domain)| self.domains.iter().any(|ours| ours.eq_ignore_ascii_case(domain)))
    }

    /// Whether what was made then can be read by now.
    pub(super) fn is_visible(&self, created: Timestamp, now: Timestamp) -> bool {
        now.duration_since(created) >= self.lag
    }

    /// Whether the user's mailbox is there: it takes twice as long as the account.
    pub(super) fn has_mailbox(&self, user: &User, now: Timestamp) -> bool {
        user.licensed.is_some_and(|since| now.duration_since(since) >= self.lag.saturating_mul(2))
    }

    /// Whether the administrator lets the users of a unit delegate their mail; a unit without a switch of its own has
    /// its parent's.
    pub(super) fn delegation_allowed(&self, path: &str) -> bool {
        let mut path = path;
        loop {
            if let Some(allowed) = self.units.get(path).and_then(|unit| unit.delegation) {
                return allowed;
            }
            if path == "/" || path.is_empty() {
                // Google's own default is off (facts sheet, Google 1.2); a description without a word has it on.
                return true;
            }
            path = path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
        }
    }

    /// How many licences are free; nothing where there is no limit.
    pub(super) fn free_seats(&self) -> Option<usize> {
        self.seats.map(|seats| seats.saturating_sub(self.taken_seats()))
    }

    /// How many licences are in use.
    pub(super) fn taken_seats(&self) -> usize {
        self.users.values().filter(|user| user.has_seat() && user.deleted.is_none()).count()
    }

    /// Marks a user as about to change, for the etag and for what searches still see.
    pub(super) fn change_user(&mut self, id: &str, now: Timestamp) -> Option<&mut User> {
        let user = self.users.get_mut(id)?;
        if now.duration_since(user.changed) >= SEARCH_DELAY {
            user.stale = Some(user.searchable());
        }
        user.changed = now;
        user.revision += 1;
        Some(user)
    }
}

/// How old a change is when searches see it: «most changes within 1 h» (facts sheet, Google 3.1).
pub(super) const SEARCH_DELAY: SignedDuration = SignedDuration::from_hours(1);

impl User {
    /// Whether it takes one of the licences, as long as it is not deleted. Archived accounts have licences of their own.
    pub(super) fn has_seat(&self) -> bool {
        self.licensed.is_some() && !self.archived
    }

    pub(super) fn searchable(&self) -> Searchable {
        let texts = |field: &str, part: &str, kind: Option<&str>| -> Vec<String> {
            let items = self.other.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let wanted = items.iter().filter(|item| kind.is_none_or(|kind| item["type"] == kind));
            wanted.filter_map(|item| item[part].as_str().map(str::to_owned)).collect()
        };
        let named = [
            ("orgName", "name"),
            ("orgTitle", "title"),
            ("orgDepartment", "department"),
            ("orgDescription", "description"),
            ("orgCostCenter", "costCenter"),
        ];
        let place = |(field, part): &(&str, &str)| -> Vec<(String, String)> {
            texts("organizations", part, None).into_iter().map(|text| ((*field).to_owned(), text)).collect()
        };
        Searchable {
            guest: self.guest,
            places: named.iter().flat_map(place).collect(),
            addresses: std::iter::once(&self.primary).chain(&self.aliases).cloned().collect(),
            given: self.given.clone(),
            family: self.family.clone(),
            suspended: self.suspended,
            archived: self.archived,
            admin: self.admin,
            second_factor: self.second_factor,
            unit: self.unit.clone(),
            external_ids: texts("externalIds", "value", None),
            manager: texts("relations", "value", Some("manager")).into_iter().next(),
        }
    }

    /// What a search sees of it now.
    pub(super) fn seen_by_search(&self, now: Timestamp) -> Option<Searchable> {
        if now.duration_since(self.changed) >= SEARCH_DELAY { Some(self.searchable()) } else { self.stale.clone() }
    }

    pub(super) fn full_name(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }

    pub(super) fn department(&self) -> Option<String> {
        let organisations = self.other.get("organizations")?.as_array()?;
        organisations.iter().find_map(|one| one["department"].as_str()).map(str::to_owned)
    }

    /// The primary address as the model knows it.
    pub(super) fn address(&self) -> Option<Address> {
        self.primary.parse().ok()
    }
}

/// A new user's id: 21 digits.
pub(super) fn user_id(random: &mut fastrand::Rng) -> String {
    let digits: String = (0..20).map(|_| random.digit(10)).collect();
    format!("1{digits}")
}

/// A new group's id.
pub(super) fn group_id(random: &mut fastrand::Rng) -> String {
    let text: String = (0..13).map(|_| random.digit(36)).collect();
    format!("0{}{text}", random.u32(1..5))
}
