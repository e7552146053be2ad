//! Service mailboxes as a tenant shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind, Provider, SignIn};

use crate::ids::{MailboxId, PersonId};
use crate::observed::Observed;

/// Which mailbox is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxQuery {
    /// Its address.
    pub address: Address,
    /// What it is to be made of.
    pub kind: Kind,
    /// Its id, where the journal knows it; then it is asked for by id first.
    pub id: Option<MailboxId>,
}

/// A mailbox that is known to the provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MailboxRef {
    /// The provider's id.
    pub id: MailboxId,
    /// The address.
    pub address: Address,
    /// What it is made of.
    pub kind: Kind,
}

/// What stands under an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A shared mailbox (Microsoft), or a user account that carries Tripod's marker (Google).
    SharedMailbox,
    /// Google: a user account without Tripod's marker. It may be a person's; it is taken over only when told so.
    UnmarkedAccount,
    /// A group that serves, or can serve, as an inbox.
    GroupInbox,
    /// Something deleted that still holds the address, with what it was, e.g. `a deleted mailbox`.
    Deleted(String),
    /// Something else, e.g. `a user mailbox` or `a distribution list`.
    Other(String),
}

/// A mailbox as a tenant shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObservedMailbox {
    /// The provider's id.
    pub id: MailboxId,
    /// The primary address, which may differ from the one that was asked for.
    pub address: Address,
    /// Other addresses that reach it.
    pub aliases: Vec<Address>,
    /// The display name.
    pub name: String,
    /// What it is.
    pub form: Form,
    /// Who has access, system entries and the mailbox itself left out; every page of it, or unknown.
    pub delegates: Observed<Vec<ObservedDelegate>>,
    /// The settings of [`Setting::required`] for its provider and kind; `Present(true)` is as it has to be.
    pub settings: BTreeMap<Setting, Observed<bool>>,
}

/// Somebody or something with access to a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObservedDelegate {
    /// Who.
    pub who: Principal,
    /// What they may do.
    pub rights: Rights,
    /// Whether the access is in force.
    pub acceptance: Acceptance,
}

/// Who holds an access right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Principal {
    /// An account with an address; whether it is an active person, [`crate::TenantReader::people`] tells.
    Account {
        /// The address that the access list shows.
        address: Address,
        /// The provider's id, where the access list shows it.
        id: Option<PersonId>,
    },
    /// A group: never counted as one person.
    Group {
        /// The group's address.
        address: Address,
    },
    /// Somebody who is gone: the access list shows only what the provider left of them, e.g. a bare SID.
    Departed {
        /// What the list shows, to be given back when it is revoked.
        shown: String,
    },
}

impl Principal {
    /// The address, unless it is gone.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Account { address, .. } | Self::Group { address } => Some(address),
            Self::Departed { .. } => None,
        }
    }

    /// How a message names it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Account { address, .. } | Self::Group { address } => address.as_str(),
            Self::Departed { shown } => shown,
        }
    }
}

/// What a delegate may do. A delegate needs both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rights {
    /// Read it: Full Access, Gmail delegation, or membership of the group.
    pub read: bool,
    /// Act for it: Send As, Gmail delegation, or ownership of the group.
    pub act: bool,
}

impl Rights {
    /// Reads it and acts for it.
    pub const FULL: Self = Self { read: true, act: true };

    /// Whether both rights are there.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.read && self.act
    }
}

/// Whether an access that was given is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// In force.
    Accepted,
    /// Waits for somebody to accept it.
    Pending,
    /// Rejected or expired.
    Refused,
}

/// A switch on a mailbox that has to be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Nobody can sign in to the mailbox's own account (Microsoft: `accountEnabled` false; CIS Microsoft 365 1.2.2).
    SignInBlocked,
    /// What delegates send is kept in the mailbox too (Microsoft: both `MessageCopyFor…` switches).
    SentCopiesKept,
    /// The group works as a shared inbox (Google: `enableCollaborativeInbox`).
    CollaborativeInbox,
    /// Mail from outside is accepted, so that sign-up and reset mails arrive (Google: `whoCanPostMessage`).
    OutsideMailAccepted,
    /// Nobody joins without being invited (Google: `whoCanJoin`; Microsoft: group visibility private).
    JoiningByInvitation,
    /// Nobody leaves without being removed (Google: `whoCanLeaveGroup`).
    LeavingClosed,
    /// People from outside cannot be members (Google: `allowExternalMembers`).
    OutsidersRefused,
}

impl Setting {
    /// The settings that a mailbox of this kind must have at this provider.
    #[must_use]
    pub fn required(provider: Provider, kind: Kind, sign_in: SignIn) -> &'static [Self] {
        match (provider, kind, sign_in) {
            (Provider::Microsoft365, Kind::SharedMailbox, SignIn::Blocked) => {
                &[Self::SignInBlocked, Self::SentCopiesKept]
            }
            (Provider::Microsoft365, Kind::SharedMailbox, SignIn::Allowed) => &[Self::SentCopiesKept],
            (Provider::Microsoft365, Kind::GroupInbox, _) => &[Self::JoiningByInvitation],
            // Google has no switch that blocks signing in but keeps receiving mail (a suspended account bounces), so
            // the password is random and shown to nobody instead. There is nothing to observe.
            (Provider::GoogleWorkspace, Kind::SharedMailbox, _) => &[],
            (Provider::GoogleWorkspace, Kind::GroupInbox, _) => &[
                Self::CollaborativeInbox,
                Self::OutsideMailAccepted,
                Self::JoiningByInvitation,
                Self::LeavingClosed,
                Self::OutsidersRefused,
            ],
        }
    }

    /// What it means, for messages.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SignInBlocked => "sign-in blocked",
            Self::SentCopiesKept => "sent copies kept",
            Self::CollaborativeInbox => "collaborative inbox on",
            Self::OutsideMailAccepted => "mail from outside accepted",
            Self::JoiningByInvitation => "joining by invitation only",
            Self::LeavingClosed => "leaving closed",
            Self::OutsidersRefused => "outsiders refused as members",
        }
    }
}
