//! Which scope is needed by which command.

use tripod_model::{Kind, WantedMailbox};
use tripod_tenant::{Purpose, needing};

use crate::call::Caller;
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
/// Without domain-wide delegation, what is about shared mailboxes alone is left out, because no scope would help.
pub(super) fn needed(caller: &Caller, asked: &[Purpose], mailboxes: &[WantedMailbox]) -> Vec<Need> {
    let access = caller.access;
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
            (caller.user_scope(), everything),
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
            let mut table: Vec<(&'static str, &[Purpose])> = vec![(caller.user_scope(), &[Apply])];
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
    let of_accounts = [GMAIL_READ, GMAIL_SHARING, UNIT_READ, POLICIES_READ];
    let helps = |need: &Need| !(caller.acts_as_itself && of_accounts.contains(&need.scope));
    let need = |(scope, by): (&'static str, &[Purpose])| Need { scope, by: needing(asked, by) };
    table.into_iter().map(need).filter(|need| !need.by.is_empty() && helps(need)).collect()
}

/// A scope without what all of Google's have in front.
pub(super) fn short(scope: &str) -> &str {
    scope.strip_prefix("https://www.googleapis.com/auth/").unwrap_or(scope)
}
