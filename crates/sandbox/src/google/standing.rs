//! On whom a service mailbox stands, by what the stand-in knows itself and not by what it tells its clients.

use std::collections::BTreeSet;

use tripod_model::Address;

use super::Google;
use super::state::{ACCEPTED, Tenant, User};

impl Google {
    /// The active people who read the mailbox or group with this address and act for it; nothing where there is none.
    pub(crate) fn stands_on(&self, address: &Address) -> Option<BTreeSet<Address>> {
        self.tenants.iter().find_map(|tenant| of_group(tenant, address).or_else(|| of_account(tenant, address)))
    }
}

fn of_account(tenant: &Tenant, address: &Address) -> Option<BTreeSet<Address>> {
    let mailbox = tenant.user(address.as_str()).filter(|user| user.deleted.is_none())?;
    let prefix = format!("{}/", mailbox.id);
    let delegates = tenant.delegates.with_prefix(&prefix).map(|(_, row)| row);
    let in_force = delegates.filter(|row| row.status == ACCEPTED);
    Some(in_force.filter_map(|row| active(tenant, &row.id)).collect())
}

fn of_group(tenant: &Tenant, address: &Address) -> Option<BTreeSet<Address>> {
    let group = tenant.group(address.as_str())?;
    let prefix = format!("{}/", group.id);
    let members = tenant.members.with_prefix(&prefix).map(|(_, row)| row);
    let owners = members.filter(|row| row.outside.is_none() && row.role == "OWNER");
    Some(owners.filter_map(|row| active(tenant, &row.id)).collect())
}

fn active(tenant: &Tenant, id: &str) -> Option<Address> {
    let can_act = |user: &&User| {
        user.deleted.is_none() && !user.suspended && !user.archived && !user.guest && user.licensed.is_some()
    };
    tenant.users.get(id).filter(can_act)?.address()
}
