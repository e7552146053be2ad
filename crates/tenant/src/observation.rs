//! One look at all tenants: the wanted mailboxes and everybody who has to do with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use tripod_model::{Address, TenantName, WantedMailbox};

use crate::error::ErrorKind;
use crate::ids::MailboxId;
use crate::mailbox::{MailboxQuery, ObservedMailbox};
use crate::observed::{Observed, Unknown};
use crate::person::Person;
use crate::reader::{Obstacle, TenantReader};

/// The readers by tenant.
pub type Readers = BTreeMap<TenantName, Arc<dyn TenantReader>>;

/// What all tenants said in one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// What stands under the address of each wanted mailbox.
    pub mailboxes: BTreeMap<Address, Observed<ObservedMailbox>>,
    /// Who each address belongs to: of every wanted delegate and of every delegate that was found.
    pub people: BTreeMap<Address, Observed<Person>>,
    /// What stands in the way of mailboxes being made.
    pub obstacles: Vec<Obstacle>,
}

impl Observation {
    /// What stands under an address; unknown if it was not asked for.
    #[must_use]
    pub fn mailbox(&self, address: &Address) -> Observed<ObservedMailbox> {
        self.mailboxes.get(address).cloned().unwrap_or_else(not_asked)
    }

    /// Who an address belongs to; unknown if it was not asked for.
    #[must_use]
    pub fn person(&self, address: &Address) -> Observed<Person> {
        self.people.get(address).cloned().unwrap_or_else(not_asked)
    }
}

fn not_asked<T>() -> Observed<T> {
    Observed::Unknown(Unknown { kind: ErrorKind::Invalid, reason: "it was not asked for".to_owned() })
}

/// Reads the wanted mailboxes, then everybody who is or is to be a delegate of one; all tenants side by side.
///
/// `ids` are the mailboxes' ids where the journal knows them. A tenant without a reader is unknown. What stands in
/// the way of creating is asked only for mailboxes that are absent.
pub async fn observe(readers: &Readers, wanted: &[WantedMailbox], ids: &BTreeMap<Address, MailboxId>) -> Observation {
    let mut by_tenant: BTreeMap<&TenantName, Vec<&WantedMailbox>> = BTreeMap::new();
    for mailbox in wanted {
        by_tenant.entry(&mailbox.tenant).or_default().push(mailbox);
    }
    let looks = by_tenant.into_iter().map(|(name, wanted)| async move {
        match readers.get(name) {
            Some(reader) => observe_tenant(reader.as_ref(), &wanted, ids).await,
            None => without_reader(name, &wanted),
        }
    });
    let mut all = Observation::default();
    for look in join_all(looks).await {
        all.mailboxes.extend(look.mailboxes);
        all.people.extend(look.people);
        all.obstacles.extend(look.obstacles);
    }
    all
}

async fn observe_tenant(
    reader: &dyn TenantReader,
    wanted: &[&WantedMailbox],
    ids: &BTreeMap<Address, MailboxId>,
) -> Observation {
    let query = |mailbox: &&WantedMailbox| MailboxQuery {
        address: mailbox.address.clone(),
        kind: mailbox.kind,
        id: ids.get(&mailbox.address).cloned(),
    };
    let queries: Vec<_> = wanted.iter().map(query).collect();
    let found = reader.mailboxes(&queries).await;

    let mut addresses: BTreeSet<Address> =
        wanted.iter().flat_map(|mailbox| &mailbox.delegates).map(|delegate| delegate.address.clone()).collect();
    for mailbox in found.iter().filter_map(Observed::present) {
        let delegates = mailbox.delegates.present().into_iter().flatten();
        addresses.extend(delegates.filter_map(|delegate| delegate.who.address().cloned()));
    }
    let addresses: Vec<_> = addresses.into_iter().collect();
    let missing: Vec<_> = queries
        .iter()
        .zip(&found)
        .filter(|(_, seen)| **seen == Observed::Absent)
        .map(|(query, _)| query.clone())
        .collect();
    let (people, obstacles) = futures::join!(reader.people(&addresses), async {
        if missing.is_empty() { Vec::new() } else { reader.readiness(&missing).await }
    });
    Observation {
        mailboxes: queries.into_iter().map(|query| query.address).zip(found).collect(),
        people: addresses.into_iter().zip(people).collect(),
        obstacles,
    }
}

fn without_reader(name: &TenantName, wanted: &[&WantedMailbox]) -> Observation {
    let unknown = Unknown { kind: ErrorKind::SetUp, reason: format!("tenant {name} could not be connected to") };
    let mut look = Observation::default();
    for mailbox in wanted {
        look.mailboxes.insert(mailbox.address.clone(), Observed::Unknown(unknown.clone()));
        for delegate in &mailbox.delegates {
            look.people.insert(delegate.address.clone(), Observed::Unknown(unknown.clone()));
        }
    }
    look
}
