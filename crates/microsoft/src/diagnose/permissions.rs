//! Which application permission of Microsoft Graph is needed by which command (facts sheet, Microsoft 3).

use tripod_model::{Kind, WantedMailbox};
use tripod_tenant::{Purpose, needing};

use Purpose::{Apply, Grants, Impact, Import, Plan, Verify};

/// A permission with the larger ones that hold it, and the commands that need it.
pub(super) struct Need {
    pub(super) least: &'static str,
    pub(super) any_of: &'static [&'static str],
    pub(super) by: Vec<Purpose>,
}

const USERS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const MEMBERS: &[&str] = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const DOMAINS: &[&str] = &["Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const LEAVING: &[&str] = &["User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All"];
const DIRECTORY: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All"];
const APPS: &[&str] =
    &["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const LOGS: &[&str] = &["AuditLog.Read.All"];
const BLOCK: &[&str] = &["User.EnableDisableAccount.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
const GROUPS: &[&str] = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];

/// The least permissions that these commands need of an identity, by name and without those that another one of them
/// has in it. They have the same names whether an app has them by itself or on behalf of a person (Microsoft: Graph
/// permissions reference).
pub(crate) fn least(writes: bool, asked: &[Purpose]) -> Vec<&'static str> {
    let needs = needed(writes, asked, &[]);
    let has_larger = |need: &Need| {
        let larger = need.any_of.get(1..).unwrap_or_default();
        needs.iter().any(|other| other.least != need.least && larger.contains(&other.least))
    };
    needs.iter().filter(|need| !has_larger(need)).map(|need| need.least).collect()
}

/// The permissions that these commands need of an identity.
pub(super) fn needed(writes: bool, asked: &[Purpose], mailboxes: &[WantedMailbox]) -> Vec<Need> {
    let has = |kind: Kind| mailboxes.is_empty() || mailboxes.iter().any(|mailbox| mailbox.kind == kind);
    let everything: &[Purpose] = &Purpose::ALL;
    let mut table: Vec<(&'static [&'static str], &[Purpose])> = Vec::new();
    if writes {
        table.extend([(USERS, &[Apply] as &[Purpose]), (MEMBERS, &[Apply])]);
        if has(Kind::SharedMailbox) {
            table.push((BLOCK, &[Apply]));
        }
        if has(Kind::GroupInbox) {
            table.push((GROUPS, &[Apply]));
        }
    } else {
        table.extend([
            (USERS, everything),
            (MEMBERS, everything),
            (DOMAINS, &[Plan, Apply] as &[Purpose]),
            (LEAVING, &[Plan, Apply, Verify, Impact, Import]),
            (DIRECTORY, &[Grants, Impact, Verify]),
            (APPS, &[Grants, Impact, Verify]),
            (LOGS, &[Verify]),
        ]);
    }
    let need = |(any_of, by): (&'static [&'static str], &[Purpose])| Need {
        least: any_of.first().copied().unwrap_or_default(),
        any_of,
        by: needing(asked, by),
    };
    table.into_iter().map(|(any_of, by)| need((any_of, by))).filter(|need| !need.by.is_empty()).collect()
}
