//! The unit for service mailboxes, and the switch for mail delegation in each unit that has to have it on.

use std::collections::BTreeSet;

use futures::future::join_all;
use tripod_model::{Kind, State};
use tripod_tenant::{CauseId, Diagnosis, Purpose};

use super::Round;
use crate::policies::{Policy, has_groups, is_delegation_on};
use crate::scope::{POLICIES_READ, UNIT_READ};
use crate::wire::Unit;

impl Round<'_> {
    /// The unit for service mailboxes, the switch there and in the delegates' units, and licences for new mailboxes.
    pub(super) async fn switches(&self) -> Vec<Diagnosis> {
        let wanted = |kind: Kind| {
            self.mailboxes.iter().filter(move |mailbox| mailbox.kind == kind && mailbox.state == State::Active)
        };
        let Some(by) = self.needing(UNIT_READ) else { return Vec::new() };
        if wanted(Kind::SharedMailbox).next().is_none() {
            return Vec::new();
        }
        let path = &self.caller.tenant.mailbox_unit;
        let subject = format!("unit {path}");
        // Why they cannot be listed is told of the Directory API, the administrator or the customer.
        let Ok(units) = self.caller.units().await else {
            return vec![Diagnosis::unknown(subject, &by, "the organisational units cannot be listed")];
        };
        if !units.iter().any(|unit| unit.org_unit_path.eq_ignore_ascii_case(path)) {
            let sentence = format!("there is no organisational unit {path}");
            return vec![Diagnosis::missing(subject, &by, CauseId::GoogleUnitAbsent, sentence)];
        }
        let mut found = vec![Diagnosis::fine(subject, &by)];
        if let Some(by) = self.needing(POLICIES_READ) {
            let paths = self.paths_with_delegation().await;
            match self.caller.delegation_policies().await {
                Ok(policies) => {
                    found.extend(paths.iter().filter_map(|path| delegation(path, &units, &policies, &by)));
                }
                Err(_) => found.extend(paths.iter().map(|path| {
                    Diagnosis::unknown(format!("mail delegation in {path}"), &by, "the policies cannot be read")
                })),
            }
        }
        let accounts: Vec<_> = wanted(Kind::SharedMailbox).map(|mailbox| mailbox.address.as_str()).collect();
        found.extend(self.licences(&accounts, &by).await);
        found
    }

    /// The mailbox unit and the units of the delegates: the switch has to be on in all of them (facts sheet, Google
    /// 1.2). Who cannot be read is left to `plan`, which says so.
    async fn paths_with_delegation(&self) -> BTreeSet<String> {
        let shared = self.mailboxes.iter().filter(|mailbox| mailbox.kind == Kind::SharedMailbox);
        let delegates: BTreeSet<_> =
            shared.flat_map(|mailbox| &mailbox.delegates).map(|delegate| delegate.address.as_str()).collect();
        let users = join_all(delegates.into_iter().map(|address| self.caller.user(address))).await;
        let of_delegates = users.into_iter().flatten().filter_map(|user| user.org_unit_path);
        of_delegates.chain([self.caller.tenant.mailbox_unit.clone()]).collect()
    }
}

fn delegation(path: &str, units: &[Unit], policies: &[Policy], by: &[Purpose]) -> Option<Diagnosis> {
    let unit = units.iter().find(|unit| unit.org_unit_path.eq_ignore_ascii_case(path))?;
    let subject = format!("mail delegation in {path}");
    match is_delegation_on(unit, units, policies) {
        Ok(true) => return Some(Diagnosis::fine(subject, by)),
        Ok(false) if has_groups(policies) => {
            return Some(Diagnosis::unknown(
                subject,
                by,
                "it is off for the unit, and policies of groups may turn it on",
            ));
        }
        Ok(false) => {}
        Err(error) => return Some(Diagnosis::unknown(subject, by, error.to_string())),
    }
    let sentence = format!("mail delegation is off for the organisational unit {path}");
    Some(Diagnosis::missing(subject, by, CauseId::GoogleDelegationOff, sentence))
}
