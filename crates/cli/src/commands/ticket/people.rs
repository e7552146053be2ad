//! What the directories say of the people of a ticket.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::{Address, Settings, TenantName, suggest};
use tripod_tenant::{Observed, Person, Readers};
use tripod_tickets::request::{Draft, Key, RequestProblem};

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

/// Who of the people that a request names is in no directory of ours, in words for the requester. Who is in no domain
/// of ours was told of already, and who cannot be looked up is not told of.
pub(super) async fn strangers(draft: &Draft, readers: &Readers, settings: &Settings) -> Vec<RequestProblem> {
    let asked = draft.people.iter().chain(&draft.requester);
    let asked: BTreeSet<Address> = asked.filter(|address| settings.tenant_of(address).is_some()).cloned().collect();
    let found = look_up(asked, readers, settings).await;
    let is_missing = |address: &&Address| found.get(address) == Some(&Observed::Absent);
    let mut problems = Vec::new();
    for person in draft.people.iter().filter(is_missing) {
        let message = format!("{person} does not exist");
        let help = nearest(person, readers, settings).await.map(|close| format!("did you mean `{close}`?"));
        problems.push(RequestProblem { field: Some(Key::People.field().label), message, help });
    }
    problems.extend(draft.requester.iter().filter(is_missing).map(not_in_directory));
    problems
}

/// That the requester is in no directory of ours.
pub(super) fn not_in_directory(requester: &Address) -> RequestProblem {
    let message = format!("{requester} is not in the directory");
    RequestProblem { field: Some(Key::Requester.field().label), message, help: None }
}

/// Somebody whose address is nearly the same. It is a courtesy; without the directory there is nobody.
async fn nearest(person: &Address, readers: &Readers, settings: &Settings) -> Option<String> {
    let directory = readers.get(&settings.tenant_of(person)?.name)?.directory().await.ok()?;
    let known = directory.iter().map(|person| person.address.as_str());
    suggest::closest(person.as_str(), known).map(ToString::to_string)
}
