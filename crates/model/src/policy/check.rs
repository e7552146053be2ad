//! The checks by their ids: what a policy can name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Tidying up.
    Low,
    /// Something works only in part.
    Medium,
    /// One step away from breaking, or somebody has access who should not.
    High,
    /// Broken, or breaks with the next person who leaves.
    Critical,
}

impl Severity {
    /// Every severity with its word, from the lowest.
    pub const WORDS: [(&'static str, Self); 4] =
        [("low", Self::Low), ("medium", Self::Medium), ("high", Self::High), ("critical", Self::Critical)];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckGroup {
    /// The people who carry a mailbox.
    People,
    /// What they may do.
    Rights,
    /// The mailbox itself.
    Mailbox,
    /// Everything in the tenant that no manifest names.
    Estate,
    /// The policy's own rules and deviations.
    Policy,
}

/// A number that a policy can give to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckParameter {
    /// Its key.
    pub name: &'static str,
    /// What it is, for the reference; with its unit.
    pub meaning: &'static str,
    /// The value if no policy gives one.
    pub default: usize,
    /// The least possible value.
    pub least: usize,
    /// The highest possible value.
    pub most: usize,
    /// Whether a higher value makes the check stricter; of several policies the strictest counts.
    pub higher_is_stricter: bool,
}

const LEAVE_DAYS: CheckParameter = CheckParameter {
    name: "leave-days",
    meaning: "how many days ahead a leave date counts",
    default: 30,
    least: 1,
    most: 365,
    higher_is_stricter: true,
};
const IDLE_DAYS: CheckParameter = CheckParameter {
    name: "idle-days",
    meaning: "after how many days without signing in somebody counts as idle",
    default: 90,
    least: 1,
    most: 3650,
    higher_is_stricter: false,
};
const USED_DAYS: CheckParameter = CheckParameter {
    name: "used-days",
    meaning: "how many days back a sign-in counts",
    default: 90,
    least: 1,
    most: 3650,
    higher_is_stricter: true,
};
const PERCENT: CheckParameter = CheckParameter {
    name: "percent",
    meaning: "from how many percent of its limit upwards a mailbox counts as nearly full",
    default: 90,
    least: 1,
    most: 100,
    higher_is_stricter: false,
};

macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $variant:ident, $id:literal, $group:ident, $severity:ident, $on:literal, [$($parameter:ident),*], $meaning:literal;)+) => {
        /// A check, by its stable id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum CheckId {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl CheckId {
            /// Every check, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable id, as in reports and policies.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// What it looks at.
            #[must_use]
            pub fn group(self) -> CheckGroup {
                match self { $(Self::$variant => CheckGroup::$group),+ }
            }

            /// How bad it is, unless a policy says otherwise.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),+ }
            }

            /// Whether it is made unless a policy says otherwise. What needs a permission or a licence that the
            /// read-only credential may lack, and what is a matter of taste, is off.
            #[must_use]
            pub fn on_by_default(self) -> bool {
                match self { $(Self::$variant => $on),+ }
            }

            /// The numbers that a policy can give to it.
            #[must_use]
            pub fn parameters(self) -> &'static [CheckParameter] {
                match self { $(Self::$variant => &[$($parameter),*]),+ }
            }

            /// When it speaks, for the reference; a sentence without a full stop.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

checks! {
    /// Fewer active delegates than the quorum.
    BelowQuorum, "below-quorum", People, Critical, true, [],
        "fewer delegates than the quorum are active, have both rights and are in the manifest";
    /// Exactly the quorum, and one of them leaves soon.
    OnTheEdge, "on-the-edge", People, High, true, [LEAVE_DAYS],
        "the mailbox stands on exactly the quorum, and one of these people leaves soon";
    /// Exactly the quorum, and one of them has not signed in for long.
    EdgeIdle, "edge-idle", People, High, false, [IDLE_DAYS],
        "the mailbox stands on exactly the quorum, and one of these people has not signed in for a long time";
    /// A delegate leaves soon.
    DelegateLeaving, "delegate-leaving", People, Medium, true, [LEAVE_DAYS],
        "a delegate leaves soon, though the mailbox will still stand without them";
    /// A delegate has not signed in for long.
    DelegateIdle, "delegate-idle", People, Low, false, [IDLE_DAYS],
        "a delegate has not signed in for a long time";
    /// A delegate cannot act: suspended, disabled, deleted, a guest, left, or without a mailbox.
    DelegateInactive, "delegate-inactive", People, High, true, [],
        "a delegate of the manifest is suspended, archived, disabled, deleted, a guest, past the leave date, without a mailbox, or no person at all";
    /// An access entry of an account that is gone.
    DelegateDeparted, "delegate-departed", People, Medium, true, [],
        "the access list shows what is left of a deleted account";
    /// A delegate has no second factor.
    DelegateNoSecondFactor, "delegate-no-second-factor", People, High, false, [],
        "a delegate has registered no second factor";
    /// All active delegates have the same manager.
    OneManager, "one-manager", People, Low, false, [],
        "all active delegates have the same manager";
    /// All active delegates are in the same department.
    OneDepartment, "one-department", People, Low, false, [],
        "all active delegates are in the same department";
    /// A group has access; it is not counted as a person.
    GroupAsDelegate, "group-as-delegate", People, High, true, [],
        "a group has access; it is not counted as a person";
    /// Somebody in the manifest has no access.
    DelegateMissing, "delegate-missing", Rights, High, true, [],
        "the manifest names a delegate who has no access";
    /// Somebody has access who is not in the manifest.
    DelegateExtra, "delegate-extra", Rights, High, true, [],
        "somebody has access whom the manifest does not name";
    /// Everybody in the organisation, or everybody at all, has access.
    EverybodyHasAccess, "everybody-has-access", Rights, High, true, [],
        "an entry of the access list stands for everybody in the organisation, or for everybody at all";
    /// An agent, a device, a contact or something else that is no person has access.
    NotAPerson, "not-a-person", Rights, High, true, [],
        "something that is no person has access, such as an agent, a device or a contact";
    /// A delegate reads but cannot act for the mailbox, or the reverse.
    RightsIncomplete, "rights-incomplete", Rights, Medium, true, [],
        "a delegate reads but cannot act for the mailbox, or the reverse";
    /// A delegation that waits to be accepted, or was rejected.
    DelegationNotInForce, "delegation-not-in-force", Rights, Medium, true, [],
        "a delegation waits to be accepted, was rejected, or has expired";
    /// The mailbox is not there.
    MailboxMissing, "mailbox-missing", Mailbox, Critical, true, [],
        "the manifest names a mailbox that the tenant does not have";
    /// Something else stands under the mailbox's address.
    MailboxReplaced, "mailbox-replaced", Mailbox, Critical, true, [],
        "something else stands under the mailbox's address";
    /// Something deleted holds the mailbox's address.
    MailboxDeleted, "mailbox-deleted", Mailbox, Critical, true, [],
        "something deleted, which the provider could still restore, holds the address";
    /// The account behind the mailbox is suspended.
    MailboxSuspended, "mailbox-suspended", Mailbox, High, true, [],
        "the account behind the mailbox is suspended, so that mail to it bounces";
    /// The account behind the mailbox is archived.
    MailboxArchived, "mailbox-archived", Mailbox, High, true, [],
        "the account behind the mailbox is archived, so that it receives nothing";
    /// The account behind the mailbox has no mailbox.
    MailboxWithoutMail, "mailbox-without-mail", Mailbox, High, true, [],
        "the account behind the mailbox has no mailbox: no licence, or not set up yet";
    /// The mailbox needs a licence that it does not have.
    MailboxUnlicensed, "mailbox-unlicensed", Mailbox, High, true, [],
        "the mailbox needs a licence that it does not have, and the provider may lock it";
    /// A hold keeps the mailbox's contents.
    MailboxOnHold, "mailbox-on-hold", Mailbox, Low, true, [],
        "a legal or retention hold keeps what is in the mailbox";
    /// The address list does not show the mailbox.
    MailboxHidden, "mailbox-hidden", Mailbox, Low, true, [],
        "the address list does not show the mailbox, so that its delegates may be unable to find it or to send as it";
    /// The mailbox is synchronised from the organisation's own directory.
    MailboxSynchronised, "mailbox-synchronised", Mailbox, Medium, true, [],
        "the mailbox is synchronised from the organisation's own directory, so that it cannot be changed at the provider";
    /// A rule decides who the members of a group inbox are.
    MembersByRule, "members-by-rule", Mailbox, High, true, [],
        "a rule decides who the members of a group inbox are, so that nobody can be added or removed by name";
    /// A group inbox hides its members.
    MembersHidden, "members-hidden", Mailbox, Low, true, [],
        "a group inbox hides its members from everybody who is not one";
    /// A group inbox is a team as well.
    MailboxIsTeam, "mailbox-is-team", Mailbox, Low, true, [],
        "a group inbox is a team as well, which is deleted with it";
    /// The provider deletes a group inbox on a day unless an owner renews it.
    MailboxExpires, "mailbox-expires", Mailbox, High, true, [],
        "the provider deletes a group inbox on a certain day unless an owner renews it";
    /// The mailbox has another primary address than the manifest says.
    AddressMoved, "address-moved", Mailbox, Medium, true, [],
        "the mailbox's address is only an alias now; its primary address is another one";
    /// A mailbox whose time to go has come is still there.
    MailboxNotRetired, "mailbox-not-retired", Mailbox, Low, true, [],
        "a mailbox whose retirement is due is still there";
    /// Signing in to the mailbox's own account is possible though it is to be blocked.
    SignInOpen, "sign-in-open", Mailbox, High, true, [],
        "signing in to the mailbox's own account is possible though the manifest wants it blocked";
    /// Somebody signed in to the mailbox's own account though that is to be blocked.
    SignInUsed, "sign-in-used", Mailbox, High, false, [USED_DAYS],
        "somebody signed in to the mailbox's own account though the manifest wants it blocked";
    /// Nobody ever signed in to a mailbox that is allowed to.
    SignInUnused, "sign-in-unused", Mailbox, Low, false, [],
        "the manifest allows signing in to the mailbox's own account, and nobody ever did";
    /// A mailbox that may sign in has no second factor.
    SignInNoSecondFactor, "sign-in-no-second-factor", Mailbox, High, true, [],
        "the manifest allows signing in to the mailbox's own account, and it has no second factor";
    /// Mail is forwarded to outside.
    ForwardingOutside, "forwarding-outside", Mailbox, High, true, [],
        "a setting of the mailbox or a rule of its inbox forwards mail to an address that is not in a domain of the tenant";
    /// The mailbox's own account can be recovered by one person.
    RecoveryOfAPerson, "recovery-of-a-person", Mailbox, High, true, [],
        "the mailbox's own account has a recovery address or telephone, so that one person can take it over";
    /// The mailbox's own account has application passwords.
    ApplicationPasswords, "application-passwords", Mailbox, High, false, [],
        "the mailbox's own account has application passwords, which get around the second factor";
    /// The mailbox is nearly full.
    NearLimit, "near-limit", Mailbox, Medium, false, [PERCENT],
        "the mailbox is nearly full; a full one refuses sign-up and reset mails";
    /// A group inbox refuses mail from outside.
    OutsideMailRefused, "outside-mail-refused", Mailbox, High, true, [],
        "a group inbox refuses mail from outside, so that sign-up and reset mails never arrive";
    /// Strangers can join a group inbox.
    OpenToStrangers, "open-to-strangers", Mailbox, High, true, [],
        "people can join a group inbox without being invited, or people from outside can be members";
    /// A setting is not as it has to be.
    SettingOff, "setting-off", Mailbox, Medium, true, [],
        "a setting that the mailbox must have is off, such as kept sent copies";
    /// The administrator does not let the mailbox's users delegate.
    DelegationOff, "delegation-off", Mailbox, High, true, [],
        "mail delegation is switched off for the organisational unit of the mailbox or of a delegate (Google Workspace)";
    /// A mailbox that no manifest names.
    UnmanagedMailbox, "unmanaged-mailbox", Estate, Low, false, [],
        "a shared mailbox or collaborative inbox that no manifest names";
    /// A deviation that has run out.
    DeviationExpired, "deviation-expired", Policy, Medium, true, [],
        "a deviation of the policy is past its end date";
    /// A rule of the policy's own.
    OwnRule, "own-rule", Policy, Medium, true, [],
        "a rule of the policy's own holds; the finding carries the rule's id";
}

impl CheckId {
    /// The check of an id, as in policies.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|check| check.id() == id)
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl CheckGroup {
    /// The heading of the group in the reference.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::People => "People",
            Self::Rights => "Rights",
            Self::Mailbox => "Mailbox",
            Self::Estate => "Estate",
            Self::Policy => "Policy",
        }
    }
}
