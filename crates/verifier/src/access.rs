//! Every service mailbox that somebody can open, and through what.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, TenantName, WantedMailbox};
use tripod_tenant::access::belongs_to;
use tripod_tenant::{
    Acceptance, ErrorKind, Inactive, Observation, Observed, ObservedMailbox, Principal, Rights, Unknown,
};

use crate::audit::Audit;
use crate::finding::UnknownCheck;
use crate::schema::shape;

/// What somebody can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Access {
    /// The address that was asked for.
    pub address: Address,
    /// Why the account cannot act, if it cannot; the accesses then are of no use, and still there.
    #[schemars(with = "Option<shape::Inactive>")]
    pub inactive: Option<Inactive>,
    /// Whether the tenant's directory has the address; left out where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_directory: Option<bool>,
    /// Every way into every service mailbox, by mailbox.
    pub ways: Vec<Way>,
    /// What could not be read, and why. With anything here there may be more.
    pub unknown: Vec<UnknownCheck>,
}

/// One way into one service mailbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own, and they do not depend on each other")]
pub struct Way {
    /// The mailbox.
    pub mailbox: Address,
    /// Its tenant.
    pub tenant: TenantName,
    /// Whether a manifest names the mailbox.
    pub managed: bool,
    /// Whether the manifest names the person as a delegate of it.
    pub wanted: bool,
    /// How.
    pub through: Through,
    /// Whether the person can read it.
    pub reads: bool,
    /// Whether the person can act for it.
    pub acts: bool,
    /// Whether the access is in force; one that waits to be accepted is not.
    pub in_force: bool,
}

/// How somebody comes to an access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Through {
    /// By an entry of their own.
    Directly,
    /// As a member of this group, directly or through another group.
    Group(Address),
    /// As one of everybody in the organisation; this is the entry as the access list shows it.
    Everybody(String),
}

/// Every service mailbox that somebody can open: those of the manifest and all others of the tenants.
#[must_use]
pub fn access(
    address: &Address,
    wanted: &[WantedMailbox],
    observed: &Observation,
    audit: &Audit,
    now: Timestamp,
) -> Access {
    let person = observed.person(address);
    let mut own: Vec<Address> = vec![address.clone()];
    if let Observed::Present(person) = &person {
        own.push(person.address.clone());
        own.extend(person.aliases.iter().cloned());
    }
    let mut all = Access {
        address: address.clone(),
        inactive: match &person {
            Observed::Present(person) => person.inactive_at(now),
            Observed::Absent => Some(Inactive::Deleted),
            Observed::Unknown(_) => None,
        },
        in_directory: match &person {
            Observed::Present(_) => Some(true),
            Observed::Absent => Some(false),
            Observed::Unknown(_) => None,
        },
        ways: Vec::new(),
        unknown: Vec::new(),
    };
    for mailbox in wanted {
        let is_wanted = mailbox.delegates.iter().any(|delegate| own.contains(&delegate.address));
        let look =
            Look { address, own: &own, tenant: &mailbox.tenant, managed: true, wanted: is_wanted, observed, audit };
        match observed.mailbox(&mailbox.address) {
            Observed::Present(found) => look.follow(&found, &mut all),
            Observed::Absent => {}
            Observed::Unknown(unknown) => {
                all.unknown.push(look.unknown(Some(&mailbox.address), "whether the mailbox is there", &unknown));
            }
        }
    }
    for (tenant, estate) in &audit.estate {
        let look = Look { address, own: &own, tenant, managed: false, wanted: false, observed, audit };
        let named = |found: &ObservedMailbox| {
            let same =
                |mailbox: &WantedMailbox| mailbox.address == found.address || found.aliases.contains(&mailbox.address);
            wanted.iter().any(same)
        };
        match estate {
            Observed::Present(mailboxes) => {
                mailboxes.iter().filter(|found| !named(found)).for_each(|found| look.follow(found, &mut all));
            }
            Observed::Absent => {}
            Observed::Unknown(unknown) => {
                all.unknown.push(look.unknown(None, "which service mailboxes the tenant has", unknown));
            }
        }
    }
    all.ways.sort();
    all.ways.dedup();
    all
}

struct Look<'a> {
    address: &'a Address,
    own: &'a [Address],
    tenant: &'a TenantName,
    managed: bool,
    wanted: bool,
    observed: &'a Observation,
    audit: &'a Audit,
}

impl Look<'_> {
    fn follow(&self, found: &ObservedMailbox, all: &mut Access) {
        let delegates = match &found.delegates {
            Observed::Present(delegates) => delegates,
            Observed::Absent => return,
            Observed::Unknown(unknown) => {
                all.unknown.push(self.unknown(Some(&found.address), "who has access", unknown));
                return;
            }
        };
        for delegate in delegates {
            let in_force = delegate.acceptance == Acceptance::Accepted;
            match &delegate.who {
                who @ Principal::Account { .. } if belongs_to(who, self.address, self.observed) => {
                    all.ways.push(self.way(found, Through::Directly, delegate.rights, in_force));
                }
                Principal::Group { address } => match self.audit.group(address) {
                    Observed::Present(people) if people.iter().any(|person| self.own.contains(person)) => {
                        all.ways.push(self.way(found, Through::Group(address.clone()), delegate.rights, in_force));
                    }
                    Observed::Present(_) | Observed::Absent => {}
                    Observed::Unknown(unknown) => {
                        let what = format!("who is in the group {address}");
                        all.unknown.push(self.unknown(Some(&found.address), &what, &unknown));
                    }
                },
                Principal::Unclear { shown, reason } => {
                    let unknown = Unknown { kind: ErrorKind::Invalid, reason: reason.clone() };
                    all.unknown.push(self.unknown(Some(&found.address), &format!("whose access {shown} is"), &unknown));
                }
                Principal::Everybody { shown } if self.is_of_the_tenant() => {
                    all.ways.push(self.way(found, Through::Everybody(shown.clone()), delegate.rights, in_force));
                }
                Principal::Account { .. }
                | Principal::Departed { .. }
                | Principal::Everybody { .. }
                | Principal::Other { .. } => {}
            }
        }
    }

    /// Whether the person is one of everybody in the mailbox's organisation.
    fn is_of_the_tenant(&self) -> bool {
        let domains = self.audit.domains.get(self.tenant);
        domains.is_none_or(|domains| self.own.iter().any(|address| domains.contains(address.domain())))
    }

    fn way(&self, found: &ObservedMailbox, through: Through, rights: Rights, in_force: bool) -> Way {
        Way {
            mailbox: found.address.clone(),
            tenant: self.tenant.clone(),
            managed: self.managed,
            wanted: self.wanted,
            through,
            reads: rights.read,
            acts: rights.act,
            in_force,
        }
    }

    fn unknown(&self, mailbox: Option<&Address>, what: &str, unknown: &Unknown) -> UnknownCheck {
        UnknownCheck {
            check: None,
            rule: None,
            tenant: self.tenant.clone(),
            mailbox: mailbox.cloned(),
            what: what.to_owned(),
            reason: unknown.reason.clone(),
            kind: unknown.kind,
        }
    }
}
