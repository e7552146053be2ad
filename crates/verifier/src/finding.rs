//! What the verifier objects to, and what it could not find out.

use std::fmt;

use serde::Serialize;
use tripod_model::{Address, Place, TenantName};
use tripod_tenant::ErrorKind;

/// A check, by its stable id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckId {
    /// The mailbox is not there.
    MailboxMissing,
    /// Something else stands under the mailbox's address.
    MailboxReplaced,
    /// Something deleted holds the mailbox's address.
    MailboxDeleted,
    /// A mailbox whose time to go has come is still there.
    MailboxNotRetired,
    /// Fewer active delegates than the quorum.
    BelowQuorum,
    /// Somebody in the manifest has no access.
    DelegateMissing,
    /// Somebody has access who is not in the manifest.
    DelegateExtra,
    /// A delegate cannot act: suspended, disabled, deleted, a guest, left, or without a mailbox.
    DelegateInactive,
    /// An access entry of an account that is gone.
    DelegateDeparted,
    /// A group has access; it is not counted as a person.
    GroupAsDelegate,
    /// A delegate reads but cannot act for the mailbox, or the reverse.
    RightsIncomplete,
    /// A delegation that waits to be accepted, or was rejected.
    DelegationNotInForce,
    /// A setting is not as it has to be.
    SettingOff,
}

impl CheckId {
    /// Every check, in the order of the reference.
    pub const ALL: [Self; 13] = [
        Self::MailboxMissing,
        Self::MailboxReplaced,
        Self::MailboxDeleted,
        Self::MailboxNotRetired,
        Self::BelowQuorum,
        Self::DelegateMissing,
        Self::DelegateExtra,
        Self::DelegateInactive,
        Self::DelegateDeparted,
        Self::GroupAsDelegate,
        Self::RightsIncomplete,
        Self::DelegationNotInForce,
        Self::SettingOff,
    ];

    /// The stable id, as in reports.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::MailboxMissing => "mailbox-missing",
            Self::MailboxReplaced => "mailbox-replaced",
            Self::MailboxDeleted => "mailbox-deleted",
            Self::MailboxNotRetired => "mailbox-not-retired",
            Self::BelowQuorum => "below-quorum",
            Self::DelegateMissing => "delegate-missing",
            Self::DelegateExtra => "delegate-extra",
            Self::DelegateInactive => "delegate-inactive",
            Self::DelegateDeparted => "delegate-departed",
            Self::GroupAsDelegate => "group-as-delegate",
            Self::RightsIncomplete => "rights-incomplete",
            Self::DelegationNotInForce => "delegation-not-in-force",
            Self::SettingOff => "setting-off",
        }
    }

    /// When it speaks, for the reference; a sentence without a full stop.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::MailboxMissing => "the manifest names a mailbox that the tenant does not have",
            Self::MailboxReplaced => "something else stands under the mailbox's address",
            Self::MailboxDeleted => "something deleted, which the provider could still restore, holds the address",
            Self::MailboxNotRetired => "a mailbox whose retirement is due is still there",
            Self::BelowQuorum => "fewer delegates than the quorum are active, have both rights and are in the manifest",
            Self::DelegateMissing => "the manifest names a delegate who has no access",
            Self::DelegateExtra => "somebody has access whom the manifest does not name",
            Self::DelegateInactive => {
                "a delegate of the manifest is suspended, archived, disabled, deleted, a guest, past the leave date, \
                 without a mailbox, or no person at all"
            }
            Self::DelegateDeparted => "the access list shows what is left of a deleted account",
            Self::GroupAsDelegate => "a group has access; it is not counted as a person",
            Self::RightsIncomplete => "a delegate reads but cannot act for the mailbox, or the reverse",
            Self::DelegationNotInForce => "a delegation waits to be accepted, was rejected, or has expired",
            Self::SettingOff => "a setting that the mailbox must have is off, such as blocked sign-in or kept sent copies",
        }
    }

    /// How bad it is, unless a policy says otherwise.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::MailboxMissing | Self::MailboxReplaced | Self::MailboxDeleted | Self::BelowQuorum => {
                Severity::Critical
            }
            Self::DelegateExtra | Self::DelegateInactive | Self::DelegateMissing | Self::GroupAsDelegate => {
                Severity::High
            }
            Self::DelegateDeparted | Self::RightsIncomplete | Self::DelegationNotInForce | Self::SettingOff => {
                Severity::Medium
            }
            Self::MailboxNotRetired => Severity::Low,
        }
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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

/// Something that the verifier objects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Which check found it.
    pub check: CheckId,
    /// How bad it is.
    pub severity: Severity,
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox.
    pub mailbox: Address,
    /// Who it is about: an address, or what the provider shows of somebody who is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do, as a sentence without a full stop.
    pub remedy: String,
    /// Where the manifest speaks of it.
    pub place: Place,
}

/// A check that could not be made. It never counts as passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct UnknownCheck {
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox.
    pub mailbox: Address,
    /// What could not be found out, e.g. `who has access`.
    pub what: String,
    /// Why.
    pub reason: String,
    /// The kind of what stood in the way; the exit status follows from it.
    pub kind: ErrorKind,
}
