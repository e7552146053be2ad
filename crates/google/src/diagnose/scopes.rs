//! Which scope is needed by which command.

use tripod_model::{Kind, WantedMailbox};
use tripod_tenant::{Purpose, needing};

use crate::scope::{
    Access, DOMAIN_READ, GMAIL_READ, GMAIL_SHARING, GROUP_SETTINGS, POLICIES_READ, REPORTS_READ, UNIT_READ,
};

use Purpose::{Apply, Grants, Impact, Import, Plan, Verify};

/// A scope with the commands that need it.
pub(super) struct Need {
    pub(super) scope: &'static str,
    pub(super) by: Vec<Purpose>,
}

/// The scopes that these commands need of an identity (facts sheet, Google 7). For the identity that writes, that is
/// `apply` alone; for the one that reads, everything else, and the plan that `apply` begins with.
pub(super) fn needed(access: Access, asked: &[Purpose], mailboxes: &[WantedMailbox]) -> Vec<Need> {
    let has = |kind: Kind| mailboxes.iter().any(|mailbox| mailbox.kind == kind);
    // A workspace without mailboxes yet may get any kind.
    let (accounts, groups) = match mailboxes {
        [] => (true, true),
        _ => (has(Kind::SharedMailbox), has(Kind::GroupInbox)),
    };
    let looks: &[Purpose] = &[Plan, Apply, Verify, Impact, Purpose::Access, Import];
    let everything: &[Purpose] = &Purpose::ALL;
    let table: Vec<(&'static str, &[Purpose])> = match access {
        Access::Read => vec![
            (access.user(), everything),
            (access.group(), looks),
            (access.member(), looks),
            (GROUP_SETTINGS, &[Plan, Apply, Verify, Import]),
            (GMAIL_READ, looks),
            (DOMAIN_READ, &[Plan, Apply]),
            (UNIT_READ, &[Plan, Apply]),
            (POLICIES_READ, &[Plan, Apply]),
            (REPORTS_READ, &[Grants, Impact, Verify]),
        ],
        Access::Write => {
            let mut table: Vec<(&'static str, &[Purpose])> = vec![(access.user(), &[Apply])];
            if groups {
                table.extend([
                    (access.group(), &[Apply] as &[Purpose]),
                    (access.member(), &[Apply]),
                    (GROUP_SETTINGS, &[Apply]),
                ]);
            }
            if accounts {
                table.extend([(GMAIL_READ, &[Apply] as &[Purpose]), (GMAIL_SHARING, &[Apply])]);
            }
            table
        }
    };
    let need = |(scope, by): (&'static str, &[Purpose])| Need { scope, by: needing(asked, by) };
    table.into_iter().map(need).filter(|need| !need.by.is_empty()).collect()
}

/// A scope without what all of Google's have in front.
pub(super) fn short(scope: &str) -> &str {
    scope.strip_prefix("https://www.googleapis.com/auth/").unwrap_or(scope)
}
