//! Which cmdlets a caller may run: all, by an Entra role, or those of the management roles of its role group (facts
//! sheet, Microsoft 1a, «Auth for it»).

use super::super::access::{Claims, app_of};
use super::super::state::Tenant;
use super::cmdlets::Cmdlet;
use crate::identity::Access;

/// What a caller may do.
pub(super) enum Roles {
    /// Everything.
    All,
    /// What changes nothing.
    View,
    /// What these management roles have.
    Group(Vec<String>),
}

impl Roles {
    /// The roles of whoever has this token; nothing for somebody who has none.
    pub(super) fn of(tenant: &Tenant, claims: &Claims) -> Option<Self> {
        let is_app = !claims.is_delegated() && app_of(tenant, &claims.appid) == Some(Access::Write);
        match tenant.role_group().filter(|_| is_app) {
            Some(roles) => Some(Self::Group(roles)),
            None if claims.administers_exchange() => Some(Self::All),
            None => claims.reads_exchange().then_some(Self::View),
        }
    }

    /// Whether they have a cmdlet.
    pub(super) fn have(&self, cmdlet: &Cmdlet) -> bool {
        match self {
            Self::All => true,
            Self::View => !cmdlet.writes,
            Self::Group(roles) => {
                roles.iter().any(|role| having(cmdlet).iter().any(|has| has.eq_ignore_ascii_case(role)))
            }
        }
    }
}

/// The management roles that have a cmdlet.
fn having(cmdlet: &Cmdlet) -> &'static [&'static str] {
    match cmdlet.name {
        "New-Mailbox" | "Remove-Mailbox" | "Undo-SoftDeletedMailbox" => &["Mail Recipient Creation"],
        _ if cmdlet.writes => &["Mail Recipients"],
        _ => &["View-Only Recipients", "Mail Recipients", "Mail Recipient Creation"],
    }
}
