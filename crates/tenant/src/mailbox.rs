//! Service mailboxes as a tenant shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind, Provider, SignIn};

use crate::error::ErrorKind;
use crate::ids::{MailboxId, PersonId};
use crate::observed::{Observed, Unknown};

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
    /// The states of [`MailboxState::possible`] for its provider and kind: `Present` with a detail in words (which may
    /// be empty) if it is in that state, `Absent` if the tenant says that it is not. A state that is left out is unknown.
    pub states: BTreeMap<MailboxState, Observed<String>>,
    /// Whether the administrator lets the mailbox delegate its mail (Google accounts, by organisational unit); absent
    /// where the provider or the kind has no such switch.
    pub delegation: Observed<bool>,
}

impl ObservedMailbox {
    /// Whether it is in a state; unknown if the tenant's answer does not say.
    #[must_use]
    pub fn state(&self, state: MailboxState) -> Observed<String> {
        let unsaid = || {
            let reason = format!("the tenant's answer does not say whether it is {}", state.words());
            Observed::Unknown(Unknown { kind: ErrorKind::Invalid, reason })
        };
        self.states.get(&state).cloned().unwrap_or_else(unsaid)
    }
}

/// A state that a provider can put a mailbox into, beside the settings that Tripod makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailboxState {
    /// The account behind it is suspended: mail to it bounces (Google).
    Suspended,
    /// The account behind it is archived: it receives nothing (Google).
    Archived,
    /// The account behind it has no mailbox: no licence, or not set up yet (Google `isMailboxSetup`).
    WithoutMailbox,
    /// It has outgrown what it may hold without a licence, or a licence that it needs has gone (Microsoft).
    Unlicensed,
    /// A legal or retention hold keeps its contents; deleting it keeps them out of sight (Microsoft).
    OnHold,
    /// The address list does not show it; its delegates may be unable to send as it (both).
    Hidden,
    /// It is synchronised from the organisation's own directory: what is decided there cannot be changed here.
    Synchronised,
    /// A rule decides who its members are: members cannot be added or removed one by one (groups).
    MembersByRule,
    /// Its members are hidden from everyone outside it, and from a reader without the permission (Microsoft groups).
    MembersHidden,
    /// The group is also a team or has other resources: deleting it deletes them too (Microsoft groups).
    Team,
    /// It has a day on which the provider deletes it unless an owner renews it (Microsoft groups).
    Expires,
}

impl MailboxState {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Self::Suspended,
        Self::Archived,
        Self::WithoutMailbox,
        Self::Unlicensed,
        Self::OnHold,
        Self::Hidden,
        Self::Synchronised,
        Self::MembersByRule,
        Self::MembersHidden,
        Self::Team,
        Self::Expires,
    ];

    /// The states that a mailbox of this kind can be in at this provider. A reader tells each of them.
    #[must_use]
    pub fn possible(provider: Provider, kind: Kind) -> &'static [Self] {
        match (provider, kind) {
            (Provider::GoogleWorkspace, Kind::SharedMailbox) => {
                // Tripod itself hides the accounts that it makes, so that this is no state to report.
                &[Self::Suspended, Self::Archived, Self::WithoutMailbox]
            }
            (Provider::GoogleWorkspace, Kind::GroupInbox) => &[Self::Hidden, Self::MembersByRule],
            (Provider::Microsoft365, Kind::SharedMailbox) => {
                &[Self::Unlicensed, Self::OnHold, Self::Hidden, Self::Synchronised]
            }
            // Microsoft shows the holds of a group to nobody but an auditor in Purview.
            (Provider::Microsoft365, Kind::GroupInbox) => {
                &[Self::Hidden, Self::Synchronised, Self::MembersByRule, Self::MembersHidden, Self::Team, Self::Expires]
            }
        }
    }

    /// Whether mail to the mailbox is lost, refused or unreadable in this state.
    #[must_use]
    pub fn loses_mail(self) -> bool {
        matches!(self, Self::Suspended | Self::Archived | Self::WithoutMailbox | Self::Unlicensed)
    }

    /// What it is, for messages: «it is …».
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Archived => "archived",
            Self::WithoutMailbox => "an account without a mailbox",
            Self::Unlicensed => "without a licence that it needs",
            Self::OnHold => "on hold",
            Self::Hidden => "hidden from the address list",
            Self::Synchronised => "synchronised from the organisation's own directory",
            Self::MembersByRule => "a group whose members come from a rule",
            Self::MembersHidden => "a group that hides its members",
            Self::Team => "a team as well",
            Self::Expires => "about to expire unless an owner renews it",
        }
    }
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
    /// An account that is certainly gone: the access list shows only what the provider left of it, e.g. a bare SID, and
    /// the directory has said that nothing stands behind it.
    Departed {
        /// What the list shows, to be given back when it is revoked.
        shown: String,
    },
    /// Everybody in the organisation, or everybody at all (Google: a member of type `CUSTOMER`; Microsoft: `Default` or
    /// `Anonymous`). Never counted as one person, and never revoked without being named.
    Everybody {
        /// What the list shows.
        shown: String,
    },
    /// Something known that is no person and has no address to look up: an agent, a device, a contact.
    Other {
        /// What it is, e.g. `a device`.
        what: String,
        /// What the list shows, to be given back when it is revoked.
        shown: String,
    },
    /// An entry about which the tenant does not tell enough: of an unknown type, without an address, or two accounts fit
    /// it. It is neither counted nor revoked.
    Unclear {
        /// What the list shows.
        shown: String,
        /// What is not known, as a sentence without a full stop.
        reason: String,
    },
}

impl Principal {
    /// The address, where the entry has one that can be looked up.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Account { address, .. } | Self::Group { address } => Some(address),
            Self::Departed { .. } | Self::Everybody { .. } | Self::Other { .. } | Self::Unclear { .. } => None,
        }
    }

    /// How a message names it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Account { address, .. } | Self::Group { address } => address.as_str(),
            Self::Departed { shown }
            | Self::Everybody { shown }
            | Self::Other { shown, .. }
            | Self::Unclear { shown, .. } => shown,
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
    /// The group works as a shared inbox and keeps what comes in (Google: `enableCollaborativeInbox`, `isArchived` and
    /// `membersCanPostAsTheGroup`, all of them).
    CollaborativeInbox,
    /// Mail from outside is accepted, so that sign-up and reset mails arrive at once (Google: `whoCanPostMessage`,
    /// `messageModerationLevel`, `spamModerationLevel` and `archiveOnly`, all of them; Microsoft shared mailboxes: no
    /// authentication of senders, no list of senders, no moderator; Microsoft 365 groups: `allowExternalSenders`).
    OutsideMailAccepted,
    /// Nobody joins without being invited (Google: `whoCanJoin`; Microsoft: group visibility private).
    JoiningByInvitation,
    /// Nobody leaves without being removed (Google: `whoCanLeaveGroup`).
    LeavingClosed,
    /// People from outside cannot be members (Google: `allowExternalMembers`).
    OutsidersRefused,
    /// Only members read what comes in; reset mails and codes are nobody else's (Google: `whoCanViewGroup`).
    ReadByMembersOnly,
}

impl Setting {
    /// The settings that a mailbox of this kind must have at this provider.
    #[must_use]
    pub fn required(provider: Provider, kind: Kind, sign_in: SignIn) -> &'static [Self] {
        match (provider, kind, sign_in) {
            (Provider::Microsoft365, Kind::SharedMailbox, SignIn::Blocked) => {
                &[Self::SignInBlocked, Self::SentCopiesKept, Self::OutsideMailAccepted]
            }
            (Provider::Microsoft365, Kind::SharedMailbox, SignIn::Allowed) => {
                &[Self::SentCopiesKept, Self::OutsideMailAccepted]
            }
            (Provider::Microsoft365, Kind::GroupInbox, _) => &[Self::OutsideMailAccepted, Self::JoiningByInvitation],
            // Google has no switch that blocks signing in but keeps receiving mail (a suspended account bounces), so
            // the password is random and shown to nobody instead. There is nothing to observe.
            (Provider::GoogleWorkspace, Kind::SharedMailbox, _) => &[],
            (Provider::GoogleWorkspace, Kind::GroupInbox, _) => &[
                Self::CollaborativeInbox,
                Self::OutsideMailAccepted,
                Self::JoiningByInvitation,
                Self::LeavingClosed,
                Self::OutsidersRefused,
                Self::ReadByMembersOnly,
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
            Self::ReadByMembersOnly => "reading by members only",
        }
    }
}
