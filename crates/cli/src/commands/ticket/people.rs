//! What the directories say of the people of a ticket.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::{Address, Settings, TenantName};
use tripod_tenant::{Observed, Person, Readers};

/// Who each address belongs to. An address in no domain of ours is nobody's here.
pub(super) async fn look_up(
    addresses: BTreeSet<Address>,
    readers: &Readers,
    settings: &Settings,
) -> BTreeMap<Address, Observed<Person>> {
    let mut found = BTreeMap::new();
    let mut by_tenant: BTreeMap<&TenantName, Vec<Address>> = BTreeMap::new();
    for address in addresses {
        match settings.tenant_of(&address) {
            Some(tenant) => by_tenant.entry(&tenant.name).or_default().push(address),
            None => {
                found.insert(address, Observed::Absent);
            }
        }
    }
    for (tenant, addresses) in by_tenant {
        // `Session::readers` has one for every tenant of the settings.
        let Some(reader) = readers.get(tenant) else { continue };
        let people = reader.people(&addresses).await;
        found.extend(addresses.into_iter().zip(people));
    }
    found
}
