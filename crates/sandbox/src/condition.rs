//! What can be changed by hand in a stand-in tenant, as an administrator or the passing of time would change it.

use jiff::Timestamp;
use tripod_model::Address;

use crate::description::Standing;
use crate::exchange_description::ExchangeDescription;
use crate::group_state::GroupState;

/// A change to an account, a mailbox or a group, made behind Tripod's back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// How the account stands.
    Standing(Standing),
    /// When the person leaves (Microsoft).
    Leaves(Option<Timestamp>),
    /// Whether a second factor is registered on the account.
    SecondFactor(bool),
    /// When the account last signed in.
    LastSignIn(Option<Timestamp>),
    /// Who the manager is.
    Manager(Option<Address>),
    /// Which department the person is in.
    Department(Option<String>),
    /// Where the mailbox's mail is forwarded to.
    Forwarding(Option<String>),
    /// The recovery address of the account (Google).
    Recovery(Option<String>),
    /// The account is connected to the app of this name no more: its grant, or its assignment, is taken back.
    WithoutApp(String),
    /// How many application passwords the account has (Google).
    AppPasswords(usize),
    /// How many bytes the mailbox holds (Microsoft).
    Size(u64),
    /// Whether the mailbox's own account can sign in (Microsoft).
    SignInOpen(bool),
    /// Whether sent copies are kept (Microsoft shared mailboxes).
    SentCopies(bool),
    /// Whether mail from outside is accepted (Google groups).
    OutsideMail(bool),
    /// Whether anybody may join (groups).
    OpenToJoin(bool),
    /// Who can open the mailbox: a person or a group, and with which rights; with neither, the access ends.
    Access {
        /// The person or group.
        who: Address,
        /// Read it: Full Access, Gmail delegation, membership.
        read: bool,
        /// Act for it: Send As, Gmail delegation, ownership.
        act: bool,
    },
    /// How far a delegation has come (Google): `accepted`, `pending`, `rejected` or `expired`.
    Delegation {
        /// The delegate.
        who: Address,
        /// The status in Gmail's word.
        status: String,
    },
    /// Another primary address; the old one becomes an alias.
    Address(Address),
    /// Whether the organisational unit of the account lets its users delegate their mail (Google).
    UnitDelegation(bool),
    /// Whether the address list leaves the mailbox out.
    Hidden(bool),
    /// Where a rule of the inbox forwards mail to; at Google a filter.
    InboxRule(Option<String>),
    /// A setting of a Google group, by its name in the Groups Settings API.
    GroupSetting {
        /// The name, e.g. `messageModerationLevel`.
        name: String,
        /// The value, as text.
        value: String,
    },
    /// A member of a Google group that is not simply a person or a group; nothing takes all of its type out.
    Member {
        /// The type, e.g. `CUSTOMER`.
        kind: String,
        /// The address, where it has one.
        address: Option<Address>,
        /// The role; nothing ends the membership.
        role: Option<String>,
    },
    /// The rule that decides who is a member of a group.
    MembersByRule(Option<String>),
    /// What the policy on mail delegation says for the accounts in a Google group.
    GroupDelegation(Option<bool>),
    /// What else there is to a Microsoft 365 group.
    Group(Box<GroupState>),
    /// Whether the account belongs to an agent (Microsoft).
    Agent(bool),
    /// What Exchange has to say of the account beside the usual (Microsoft).
    Exchange(Box<ExchangeDescription>),
    /// The mailbox is deleted, and could still be restored.
    Deleted,
}
