//! One look at all tenants: the wanted mailboxes and everybody who has to do with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use jiff::tz::TimeZone;
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
        let look = match readers.get(name) {
            Some(reader) => observe_tenant(reader.as_ref(), &wanted, ids).await,
            None => without_reader(name, &wanted),
        };
        (look, wanted)
    });
    let mut all = Observation::default();
    let mut best: BTreeMap<Address, (bool, u8)> = BTreeMap::new();
    for (look, wanted) in join_all(looks).await {
        all.mailboxes.extend(look.mailboxes);
        all.obstacles.extend(look.obstacles);
        let named: BTreeSet<&Address> =
            wanted.iter().flat_map(|mailbox| &mailbox.delegates).map(|delegate| &delegate.address).collect();
        for (address, person) in look.people {
            // Two tenants are asked about somebody of the one who has access in the other. The one that wants them
            // knows them; what the other says of a stranger must not stand in its place.
            let weight = (named.contains(&address), certainty(&person));
            if best.get(&address).is_none_or(|before| *before < weight) {
                best.insert(address.clone(), weight);
                all.people.insert(address, person);
            }
        }
    }
    all
}

/// How much an answer says about somebody whom no tenant of the answers wants: the directory that has them first, and
/// «nobody has this address» only where none failed.
fn certainty(person: &Observed<Person>) -> u8 {
    match person {
        Observed::Absent => 0,
        Observed::Unknown(_) => 1,
        Observed::Present(_) => 2,
    }
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
    // Leave dates are days of the tenant, which all of these mailboxes belong to.
    let zone = wanted.first().map_or(TimeZone::UTC, |mailbox| mailbox.zone.clone());
    let in_zone = |person: Observed<Person>| person.map(|person| person.in_zone(&zone));
    Observation {
        mailboxes: queries.into_iter().map(|query| query.address).zip(found).collect(),
        people: addresses.into_iter().zip(people.into_iter().map(in_zone)).collect(),
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

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tripod_model::{Kind, Place, Provider, SignIn, State, WantedDelegate};

    use super::*;
    use crate::error::TenantError;
    use crate::ids::PersonId;
    use crate::mailbox::{Acceptance, Form, ObservedDelegate, Principal, Rights};
    use crate::person::Activity;

    /// A tenant whose one mailbox has these delegates, and whose directory has everybody of its domain.
    struct Directory {
        domain: &'static str,
        delegates: Vec<Address>,
    }

    #[async_trait]
    impl TenantReader for Directory {
        fn provider(&self) -> Provider {
            Provider::Microsoft365
        }

        async fn mailboxes(&self, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
            let delegate = |address: &Address| ObservedDelegate {
                who: Principal::Account { address: address.clone(), id: None },
                rights: Rights::FULL,
                acceptance: Acceptance::Accepted,
            };
            let mailbox = |query: &MailboxQuery| ObservedMailbox {
                id: MailboxId("1".to_owned()),
                address: query.address.clone(),
                aliases: Vec::new(),
                name: String::new(),
                form: Form::SharedMailbox,
                delegates: Observed::Present(self.delegates.iter().map(delegate).collect()),
                settings: BTreeMap::new(),
                states: BTreeMap::new(),
                delegation: Observed::Absent,
            };
            queries.iter().map(|query| Observed::Present(mailbox(query))).collect()
        }

        async fn people(&self, addresses: &[Address]) -> Vec<Observed<Person>> {
            let person = |address: &Address| Person {
                id: PersonId(address.to_string()),
                address: address.clone(),
                aliases: Vec::new(),
                name: String::new(),
                activity: Activity::Active,
                delegation: Observed::Absent,
                leaves: None,
                last_sign_in: None,
                department: None,
                manager: None,
            };
            let of = |address: &Address| match address.domain() {
                domain if domain == self.domain => Observed::Present(person(address)),
                "unreadable.test" => {
                    Observed::Unknown(Unknown { kind: ErrorKind::Denied, reason: "not of this tenant".to_owned() })
                }
                _ => Observed::Absent,
            };
            addresses.iter().map(of).collect()
        }

        async fn directory(&self) -> Result<Vec<Person>, TenantError> {
            Ok(Vec::new())
        }

        async fn service_mailboxes(&self) -> Result<Vec<ObservedMailbox>, TenantError> {
            Ok(Vec::new())
        }

        async fn readiness(&self, _: &[MailboxQuery]) -> Vec<Obstacle> {
            Vec::new()
        }
    }

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn wanted(domain: &str, delegates: &[&str]) -> WantedMailbox {
        let place = Place { file: "mailboxes/a.yaml".to_owned(), line: 1, column: 1 };
        let delegate = |text: &&str| WantedDelegate { address: address(text), place: place.clone() };
        WantedMailbox {
            address: address(&format!("box@{domain}")),
            tenant: TenantName(domain.to_owned()),
            name: String::new(),
            purpose: String::new(),
            kind: Kind::SharedMailbox,
            apps: Vec::new(),
            delegates: delegates.iter().map(delegate).collect(),
            sign_in: SignIn::Blocked,
            credential: None,
            adopt: false,
            state: State::Active,
            also_deletes: std::collections::BTreeSet::new(),
            zone: jiff::tz::TimeZone::UTC,
            place: place.clone(),
        }
    }

    /// Two tenants, each with strangers in its access list, in both orders of their names.
    async fn two(strangers: &[&str]) -> [Observation; 2] {
        let look = |domains: [&'static str; 2]| {
            let reader = |domain: &'static str| {
                let delegates = strangers.iter().map(|text| address(text)).collect();
                (TenantName(domain.to_owned()), Arc::new(Directory { domain, delegates }) as Arc<dyn TenantReader>)
            };
            let readers: Readers = domains.into_iter().map(reader).collect();
            let [first, second] = domains;
            let wanted = [wanted(first, &[]), wanted(second, &["ana@m.test"])];
            async move { observe(&readers, &wanted, &BTreeMap::new()).await }
        };
        [look(["a.test", "m.test"]).await, look(["z.test", "m.test"]).await]
    }

    #[tokio::test]
    async fn what_another_tenant_says_of_a_stranger_does_not_hide_who_they_are() {
        for look in two(&["ana@m.test"]).await {
            assert!(look.person(&address("ana@m.test")).present().is_some());
        }
    }

    #[tokio::test]
    async fn somebody_whom_one_tenant_knows_is_known_and_whom_one_could_not_look_up_is_not_absent() {
        for look in two(&["bob@m.test", "cleo@unreadable.test", "dora@elsewhere.test"]).await {
            assert!(look.person(&address("bob@m.test")).present().is_some());
            assert!(matches!(look.person(&address("cleo@unreadable.test")), Observed::Unknown(_)));
            assert_eq!(look.person(&address("dora@elsewhere.test")), Observed::Absent);
        }
    }
}
