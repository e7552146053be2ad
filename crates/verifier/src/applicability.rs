//! What each check rests on, for each provider and kind of mailbox: made how, unknown why, or not applicable.
//!
//! A check that does not apply has not passed: every form of a report says so, with the reason of this table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, CheckId, Kind, Provider, SignIn};
use tripod_tenant::{MailboxState, Setting};

use crate::checks::{check_of_setting, check_of_state};

/// How a check stands for a kind of mailbox at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is made, from this.
    Made(&'static str),
    /// It cannot be found out, because of this; the check is unknown whenever it is on.
    Unknown(&'static str),
    /// There is no such thing, because of this.
    NotApplicable(&'static str),
}

/// A check that does not apply to mailboxes, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NotApplicable {
    /// The check.
    pub check: CheckId,
    /// Why there is nothing to look at, as a sentence without a full stop.
    pub reason: String,
    /// The mailboxes of the manifest that this holds for.
    pub mailboxes: Vec<Address>,
}

/// Every provider and kind, in the order of the reference.
pub const COLUMNS: [(Provider, Kind); 4] = [
    (Provider::GoogleWorkspace, Kind::SharedMailbox),
    (Provider::GoogleWorkspace, Kind::GroupInbox),
    (Provider::Microsoft365, Kind::SharedMailbox),
    (Provider::Microsoft365, Kind::GroupInbox),
];

const NO_ACCOUNT: How = How::NotApplicable("a group has no account of its own that could be signed in to");
const NO_FORWARDING: How =
    How::NotApplicable("a group has no inbox rules and no forwarding; what it passes on goes to its members");

/// How a check stands for a kind of mailbox at a provider. A check without an entry does not compile.
#[must_use]
pub fn how(check: CheckId, provider: Provider, kind: Kind) -> How {
    use How::{Made, NotApplicable, Unknown};
    use Kind::{GroupInbox, SharedMailbox};
    use Provider::{GoogleWorkspace, Microsoft365};
    match check {
        CheckId::BelowQuorum => Made("the access list, and the directory's entry of each person"),
        CheckId::OnTheEdge | CheckId::DelegateLeaving => Made("the leave date in the directory's entry"),
        CheckId::EdgeIdle | CheckId::DelegateIdle => Made("the last sign-in of each person"),
        CheckId::DelegateNoSecondFactor => Made("the second factors that each person has registered"),
        CheckId::DelegateInactive | CheckId::OneManager | CheckId::OneDepartment => {
            Made("the directory's entry of each person")
        }
        CheckId::NotAPerson if (provider, kind) == (GoogleWorkspace, SharedMailbox) => {
            NotApplicable("only accounts with an address can be Gmail delegates")
        }
        CheckId::EverybodyHasAccess if (provider, kind) == (GoogleWorkspace, SharedMailbox) => {
            NotApplicable("Gmail delegation has no entry for everybody")
        }
        CheckId::EverybodyHasAccess if (provider, kind) == (Microsoft365, GroupInbox) => {
            NotApplicable("a Microsoft 365 group has no member that stands for everybody")
        }
        CheckId::GroupAsDelegate
        | CheckId::DelegateDeparted
        | CheckId::DelegateMissing
        | CheckId::DelegateExtra
        | CheckId::EverybodyHasAccess
        | CheckId::NotAPerson
        | CheckId::RightsIncomplete => Made(access_list(provider, kind)),
        CheckId::DelegationNotInForce => match (provider, kind) {
            (GoogleWorkspace, SharedMailbox) => Made("the verification status of each Gmail delegate"),
            _ => NotApplicable("access is in force as soon as it is given; nobody has to accept it"),
        },
        CheckId::MailboxMissing | CheckId::MailboxReplaced | CheckId::AddressMoved | CheckId::MailboxNotRetired => {
            Made("what stands under the address")
        }
        CheckId::MailboxDeleted => match (provider, kind) {
            (GoogleWorkspace, GroupInbox) => {
                NotApplicable("Google deletes a group at once; nothing of it can be restored")
            }
            _ => Made("the list of deleted objects that can be restored"),
        },
        CheckId::MailboxSuspended
        | CheckId::MailboxArchived
        | CheckId::MailboxWithoutMail
        | CheckId::MailboxUnlicensed
        | CheckId::MailboxOnHold
        | CheckId::MailboxHidden
        | CheckId::MailboxSynchronised
        | CheckId::MembersByRule
        | CheckId::MembersHidden
        | CheckId::MailboxIsTeam
        | CheckId::MailboxExpires => state(check, provider, kind),
        CheckId::SignInOpen | CheckId::OutsideMailRefused | CheckId::OpenToStrangers | CheckId::SettingOff => {
            setting(check, provider, kind)
        }
        CheckId::SignInUsed
        | CheckId::SignInUnused
        | CheckId::SignInNoSecondFactor
        | CheckId::RecoveryOfAPerson
        | CheckId::ApplicationPasswords
            if kind == GroupInbox =>
        {
            NO_ACCOUNT
        }
        CheckId::ForwardingOutside if kind == GroupInbox => NO_FORWARDING,
        CheckId::SignInUsed | CheckId::SignInUnused => Made("the last sign-in of the mailbox's own account"),
        CheckId::SignInNoSecondFactor => Made("the second factors of the mailbox's own account"),
        CheckId::ForwardingOutside => match provider {
            GoogleWorkspace => Made("the forwarding of the Gmail settings, and the filters that forward"),
            Microsoft365 => Made("the forwarding addresses of the mailbox, and the rules of its inbox"),
        },
        CheckId::RecoveryOfAPerson => match provider {
            GoogleWorkspace => Made("the recovery address and telephone of the account"),
            Microsoft365 => NotApplicable("an account has no recovery address beside its second factors"),
        },
        CheckId::ApplicationPasswords => match provider {
            GoogleWorkspace => Made("the list of application passwords, with `security-scope: true` only"),
            Microsoft365 => Unknown("Microsoft Graph does not list application passwords"),
        },
        CheckId::NearLimit => match (provider, kind) {
            (GoogleWorkspace, SharedMailbox) => Unknown("Google tells it in each user's usage report only"),
            (GoogleWorkspace, GroupInbox) => NotApplicable("a Google group has no limit of its own"),
            (Microsoft365, SharedMailbox) => Made("the size of the mailbox, and how much it may hold"),
            (Microsoft365, GroupInbox) => {
                Unknown("the cmdlets that tell a mailbox's size are not known to answer for a group")
            }
        },
        CheckId::DelegationOff => match (provider, kind) {
            (GoogleWorkspace, SharedMailbox) => Made("the mail delegation switch of each organisational unit"),
            (GoogleWorkspace, GroupInbox) => NotApplicable("access to a group does not depend on mail delegation"),
            (Microsoft365, _) => NotApplicable("Microsoft 365 has no switch for mail delegation"),
        },
        CheckId::UnmanagedMailbox => Made("every shared mailbox and group of the tenant"),
        CheckId::DeviationExpired => Made("the policy files"),
        CheckId::OwnRule => Made("the policy's expression"),
    }
}

fn access_list(provider: Provider, kind: Kind) -> &'static str {
    match (provider, kind) {
        (Provider::GoogleWorkspace, Kind::SharedMailbox) => "the list of Gmail delegates",
        (Provider::GoogleWorkspace, Kind::GroupInbox) => "the members of the group with their roles",
        (Provider::Microsoft365, Kind::SharedMailbox) => "the permissions for Full Access and Send As",
        (Provider::Microsoft365, Kind::GroupInbox) => "the members and owners of the group",
    }
}

/// A check on a state is made exactly where the provider knows that state for the kind.
fn state(check: CheckId, provider: Provider, kind: Kind) -> How {
    if MailboxState::possible(provider, kind).iter().any(|state| check_of_state(*state) == check) {
        return How::Made(match kind {
            Kind::SharedMailbox => "the properties of the mailbox and of its account",
            Kind::GroupInbox => "the properties of the group",
        });
    }
    How::NotApplicable(match (check, kind) {
        (CheckId::MailboxSuspended | CheckId::MailboxArchived | CheckId::MailboxWithoutMail, Kind::GroupInbox) => {
            "a group has no account of its own"
        }
        (CheckId::MembersByRule | CheckId::MembersHidden | CheckId::MailboxIsTeam | CheckId::MailboxExpires, _) => {
            "only a group can be in this state, and not at every provider"
        }
        _ => "the provider does not know this state for this kind",
    })
}

/// A check on settings is made exactly where one of its settings is required.
fn setting(check: CheckId, provider: Provider, kind: Kind) -> How {
    if Setting::required(provider, kind, SignIn::Blocked).iter().any(|setting| check_of_setting(*setting) == check) {
        return How::Made(match kind {
            Kind::SharedMailbox => "the settings of the mailbox and of its account",
            Kind::GroupInbox => "the settings of the group",
        });
    }
    How::NotApplicable(match (check, provider, kind) {
        (CheckId::SignInOpen, _, Kind::GroupInbox) => "a group has no account of its own that could be signed in to",
        (CheckId::SignInOpen, Provider::GoogleWorkspace, _) => {
            "Google has no switch that blocks signing in and still receives mail; the password is random and shown to nobody"
        }
        (CheckId::OutsideMailRefused, _, Kind::SharedMailbox) => {
            "the mailbox accepts mail from outside unless a rule of the whole organisation refuses it"
        }
        (CheckId::OpenToStrangers, _, Kind::SharedMailbox) => "nobody joins a mailbox; access is given by name",
        _ => "the provider has no such setting for this kind",
    })
}
