//! On whom a service mailbox stands, by what the stand-in knows itself and not by what it tells its clients.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tripod_model::Address;

use super::Microsoft;
use super::state::{Account, Grant, Tenant};
use crate::table::Table;

impl Microsoft {
    /// The active people who read the mailbox or group with this address and act for it; nothing where there is none.
    pub(crate) fn stands_on(&self, address: &Address, now: Timestamp) -> Option<BTreeSet<Address>> {
        self.tenants.iter().find_map(|tenant| {
            let ids = of_group(tenant, address).or_else(|| of_mailbox(tenant, address))?;
            Some(ids.iter().filter_map(|id| active(tenant, id, now)).collect())
        })
    }
}

fn has(mut addresses: impl Iterator<Item = impl AsRef<str>>, address: &Address) -> bool {
    addresses.any(|one| one.as_ref().eq_ignore_ascii_case(address.as_str()))
}

fn of_mailbox(tenant: &Tenant, address: &Address) -> Option<BTreeSet<String>> {
    let is_it = |account: &&Account| account.deleted.is_none() && account.mailbox.is_some();
    let mailbox = tenant.accounts.values().filter(is_it).find(|account| has(account.addresses(), address))?;
    let with = |grants: &Table<Grant>, right: &str| -> BTreeSet<String> {
        let on = grants.values().filter(|grant| grant.on.eq_ignore_ascii_case(&mailbox.id));
        let right = on.filter(|grant| grant.rights.iter().any(|one| one.eq_ignore_ascii_case(right)));
        right.map(|grant| grant.trustee.to_ascii_lowercase()).collect()
    };
    let reads = with(&tenant.mailbox_permissions, "FullAccess");
    Some(reads.intersection(&with(&tenant.recipient_permissions, "SendAs")).cloned().collect())
}

fn of_group(tenant: &Tenant, address: &Address) -> Option<BTreeSet<String>> {
    let groups = tenant.groups.values().filter(|group| group.deleted.is_none());
    let group = groups.into_iter().find(|group| has(group.addresses(), address))?;
    let lower = |ids: &[String]| ids.iter().map(|id| id.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    Some(lower(&group.members).intersection(&lower(&group.owners)).cloned().collect())
}

fn active(tenant: &Tenant, id: &str, now: Timestamp) -> Option<Address> {
    let account = tenant.accounts.get(id)?;
    let gone = account.deleted.is_some() || account.leaves.is_some_and(|day| day <= now);
    let can_act = !gone && account.enabled && !account.guest && account.mailbox.is_some();
    account.mail.as_ref().filter(|_| can_act)?.parse().ok()
}
