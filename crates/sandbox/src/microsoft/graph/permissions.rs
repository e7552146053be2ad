//! Which app roles a call needs: any one of the alternatives, all roles of it (facts sheet, Microsoft 3).

use super::super::access::Claims;
use super::errors::{Failure, denied};

/// Alternatives, each a list of roles that are needed together.
pub(super) type Need = &'static [&'static [&'static str]];

pub(super) const READ_USERS: Need =
    &[&["User.Read.All"], &["User.ReadWrite.All"], &["Directory.Read.All"], &["Directory.ReadWrite.All"]];
pub(super) const ENABLE_USERS: Need = &[
    &["User.EnableDisableAccount.All", "User.Read.All"],
    &["User.EnableDisableAccount.All", "Directory.Read.All"],
    &["User.ReadWrite.All"],
    &["Directory.ReadWrite.All"],
];
pub(super) const WRITE_USERS: Need = &[&["User.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(super) const RESTORE_USERS: Need =
    &[&["User.DeleteRestore.All"], &["User.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(super) const READ_LEAVE_DATES: Need = &[&["User-LifeCycleInfo.Read.All"], &["User-LifeCycleInfo.ReadWrite.All"]];
pub(super) const READ_SIGN_INS: Need = &[&["AuditLog.Read.All"]];
pub(super) const READ_MEMBERSHIPS: Need = &[
    &["GroupMember.Read.All"],
    &["GroupMember.ReadWrite.All"],
    &["Group.Read.All"],
    &["Group.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(super) const READ_GROUPS: Need = READ_MEMBERSHIPS;
pub(super) const READ_HIDDEN_MEMBERS: Need = &[&["Member.Read.Hidden"]];
pub(super) const CREATE_GROUPS: Need = &[&["Group.Create"], &["Group.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(super) const WRITE_GROUPS: Need = &[&["Group.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(super) const WRITE_MEMBERS: Need =
    &[&["GroupMember.ReadWrite.All"], &["Group.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(super) const READ_DOMAINS: Need =
    &[&["Domain.Read.All"], &["Domain.ReadWrite.All"], &["Directory.Read.All"], &["Directory.ReadWrite.All"]];
pub(super) const READ_ORGANIZATION: Need = &[
    &["Organization.Read.All"],
    &["Organization.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(super) const READ_LICENCES: Need = &[
    &["LicenseAssignment.Read.All"],
    &["Organization.Read.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(super) const READ_DIRECTORY: Need = &[&["Directory.Read.All"], &["Directory.ReadWrite.All"]];
pub(super) const READ_USER_GRANTS: Need = &[&["DelegatedPermissionGrant.ReadWrite.All"]];
pub(super) const WRITE_GRANTS: Need = &[&["DelegatedPermissionGrant.ReadWrite.All"]];
pub(super) const WRITE_APPLICATIONS: Need = &[&["Application.ReadWrite.All"]];
pub(super) const READ_APPLICATIONS: Need =
    &[&["Application.Read.All"], &["Application.ReadWrite.All"], &["Directory.Read.All"]];
pub(super) const READ_MAILBOX_SETTINGS: Need = &[&["MailboxSettings.Read"], &["MailboxSettings.ReadWrite"]];
pub(super) const REVOKE_SESSIONS: Need = &[&["User.RevokeSessions.All"], &["User.ReadWrite.All"]];

/// Whether the token has one of the alternatives.
pub(super) fn allowed(claims: &Claims, need: Need) -> bool {
    need.iter().any(|roles| roles.iter().all(|role| claims.has(role)))
}

/// Refuses a token that has none of the alternatives.
/// Whether a permission is there.
pub(super) fn has(claims: &Claims, need: Need) -> bool {
    allowed(claims, need)
}

pub(super) fn require(claims: &Claims, need: Need) -> Result<(), Failure> {
    if allowed(claims, need) { Ok(()) } else { Err(denied()) }
}
