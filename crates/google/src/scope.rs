//! The OAuth scopes that are asked for, each in a token of its own.
//!
//! Google grants a token over several scopes only when all of them are allowed (facts sheet, Google 0). A token per
//! scope makes a refusal name the one scope that lacks, and keeps an optional one from taking the others with it.

/// Reads accounts.
pub(crate) const USER_READ: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";
/// Reads and changes accounts.
pub(crate) const USER: &str = "https://www.googleapis.com/auth/admin.directory.user";
/// Lists application passwords, and can also change accounts; asked for only where `tripod.yaml` says so.
pub(crate) const USER_SECURITY: &str = "https://www.googleapis.com/auth/admin.directory.user.security";
/// Reads groups.
pub(crate) const GROUP_READ: &str = "https://www.googleapis.com/auth/admin.directory.group.readonly";
/// Reads and changes groups.
pub(crate) const GROUP: &str = "https://www.googleapis.com/auth/admin.directory.group";
/// Reads who is in a group.
pub(crate) const MEMBER_READ: &str = "https://www.googleapis.com/auth/admin.directory.group.member.readonly";
/// Reads and changes who is in a group.
pub(crate) const MEMBER: &str = "https://www.googleapis.com/auth/admin.directory.group.member";
/// Reads the customer's domains.
pub(crate) const DOMAIN_READ: &str = "https://www.googleapis.com/auth/admin.directory.domain.readonly";
/// Reads organisational units.
pub(crate) const UNIT_READ: &str = "https://www.googleapis.com/auth/admin.directory.orgunit.readonly";
/// Reads and changes the settings of groups; Google has no scope that only reads them (facts sheet, Google 4).
pub(crate) const GROUP_SETTINGS: &str = "https://www.googleapis.com/auth/apps.groups.settings";
/// Reads a mailbox's delegates, its forwarding and its filters.
pub(crate) const GMAIL_READ: &str = "https://www.googleapis.com/auth/gmail.settings.basic";
/// Changes a mailbox's delegates; does not allow to list them.
pub(crate) const GMAIL_SHARING: &str = "https://www.googleapis.com/auth/gmail.settings.sharing";
/// Reads the audit log, in which it stands what apps people let into their accounts.
pub(crate) const REPORTS_READ: &str = "https://www.googleapis.com/auth/admin.reports.audit.readonly";
/// Reads usage reports, in which it stands how many licences there are; optional, and asked for by the doctor alone.
pub(crate) const USAGE_READ: &str = "https://www.googleapis.com/auth/admin.reports.usage.readonly";
/// Reads the administrator's policies; optional.
pub(crate) const POLICIES_READ: &str = "https://www.googleapis.com/auth/cloud-identity.policies.readonly";

/// Finds the groups whose members come from a rule; optional.
pub(crate) const IDENTITY_GROUPS_READ: &str = "https://www.googleapis.com/auth/cloud-identity.groups.readonly";

/// What a credential is used for; the scopes follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only scopes that cannot change anything, as far as Google has them.
    Read,
    /// The scopes for changes, which also allow to read back what was changed.
    Write,
}

impl Access {
    /// The least scope for accounts.
    pub(crate) fn user(self) -> &'static str {
        match self {
            Self::Read => USER_READ,
            Self::Write => USER,
        }
    }

    /// The least scope for groups.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Read => GROUP_READ,
            Self::Write => GROUP,
        }
    }

    /// The least scope for members.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Read => MEMBER_READ,
            Self::Write => MEMBER,
        }
    }
}
