//! Who an address belongs to.

use std::collections::{BTreeMap, HashSet};

use futures::future::join_all;
use serde_json::Value;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, Inactive, Observed, Person, PersonId, TenantError};

use super::lookup::Lookup;
use crate::connection::Connection;
use crate::exchange::mailbox::Recipient;
use crate::graph::Call;
use crate::graph::group::{self, Group};
use crate::graph::user::{self, User};

/// What is known of an address so far.
type Answers<T> = BTreeMap<Address, Result<T, TenantError>>;

/// Who each of these addresses belongs to.
pub(super) async fn asked_for(connection: &Connection, addresses: &[Address]) -> Vec<Observed<Person>> {
    let distinct: Vec<Address> =
        addresses.iter().collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect();
    let mut found = users(connection, &distinct).await;
    let unmatched: Vec<Address> = distinct.iter().filter(|address| !found.contains_key(*address)).cloned().collect();
    let groups = groups(connection, &unmatched).await;
    let shared = if found.values().any(Result::is_ok) { shared_ids(connection).await } else { Ok(HashSet::new()) };
    let lookup = Lookup::new(connection);
    let people = distinct.iter().map(|address| {
        let (user, group) = (found.remove(address), groups.get(address).cloned());
        let (shared, lookup) = (&shared, &lookup);
        async move {
            let person = match (user, group) {
                (Some(user), _) => existing(connection, address, user, shared).await.map(Some),
                (None, Some(group)) => group.map(|group| Some(as_group(&group, address))),
                (None, None) => neither(connection, address, lookup).await,
            };
            let observed = match person {
                Ok(Some(person)) => Observed::Present(person),
                Ok(None) => Observed::Absent,
                Err(error) => Observed::Unknown(error.into()),
            };
            (address.clone(), observed)
        }
    });
    let people: BTreeMap<_, _> = join_all(people).await.into_iter().collect();
    let not_asked = || TenantError::new(ErrorKind::Invalid, "read people", "an address was left out");
    let answer =
        |address: &Address| people.get(address).cloned().unwrap_or_else(|| Observed::Unknown(not_asked().into()));
    addresses.iter().map(answer).collect()
}

fn operation(address: &Address) -> String {
    format!("read {address}")
}

/// The users: by sign-in name, then by address, then by `mail` (guests). Whoever receives the mail comes before
/// somebody who only signs in with the same name (facts sheet, Microsoft 5, gotcha 10).
async fn users(connection: &Connection, addresses: &[Address]) -> Answers<User> {
    let mut found = Answers::new();
    let calls: Vec<Call> = addresses.iter().map(|a| user::by_sign_in_name(a, operation(a))).collect();
    for (address, answer) in addresses.iter().zip(connection.graph.batch(&calls).await) {
        match answer.and_then(|value| User::read_of(value, address, &operation(address))) {
            Err(error) if error.kind == ErrorKind::Missing => {}
            answer => {
                found.insert(address.clone(), answer);
            }
        }
    }
    for by in [user::by_address, user::by_mail] as [fn(&Address, String) -> Call; 2] {
        let is_open = |address: &&Address| match found.get(*address) {
            None => true,
            Some(Ok(user)) => user.signs_in_as(address) && !user.holds(address) && user.mail.is_some(),
            Some(Err(_)) => false,
        };
        let open: Vec<&Address> = addresses.iter().filter(is_open).collect();
        let calls: Vec<Call> = open.iter().map(|address| by(address, operation(address))).collect();
        for (address, answer) in open.into_iter().zip(connection.graph.lists(&calls).await) {
            match answer.and_then(|rows| only(rows, address)) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    found.insert(address.clone(), User::read_of(value, address, &operation(address)));
                }
                Err(error) => {
                    found.insert(address.clone(), Err(error));
                }
            }
        }
    }
    found
}

/// The groups among what is no user.
async fn groups(connection: &Connection, addresses: &[Address]) -> Answers<Group> {
    let calls: Vec<Call> = addresses.iter().map(|address| group::by_address(address, operation(address))).collect();
    let answers = connection.graph.lists(&calls).await;
    let pairs = addresses.iter().zip(answers).filter_map(|(address, answer)| {
        let group = answer.and_then(|rows| only(rows, address)).transpose()?;
        Some((address.clone(), group.and_then(|value| Group::read_of(value, address, &operation(address)))))
    });
    pairs.collect()
}

/// The one element of a list that a filter by address gives.
fn only(rows: Vec<Value>, address: &Address) -> Result<Option<Value>, TenantError> {
    if rows.len() > 1 {
        let message = "several directory entries answer to this address; let an administrator look into it";
        return Err(TenantError::new(ErrorKind::Invalid, operation(address), message));
    }
    Ok(rows.into_iter().next())
}

/// The ids of every shared mailbox, and the addresses of those that Exchange has not linked to their accounts yet.
pub(super) async fn shared_ids(connection: &Connection) -> Result<HashSet<String>, TenantError> {
    let mailboxes = connection.exchange.shared_mailboxes().await?;
    let key = |mailbox: &Recipient| {
        let id = mailbox.id().map(|id| id.to_string());
        id.or_else(|| Some(mailbox.address()?.to_string())).ok_or_else(|| {
            let message = "Exchange Online lists one without an id and without an address";
            TenantError::new(ErrorKind::Invalid, "list shared mailboxes", message)
        })
    };
    mailboxes.iter().map(key).collect()
}

async fn existing(
    connection: &Connection,
    asked: &Address,
    user: Result<User, TenantError>,
    shared: &Result<HashSet<String>, TenantError>,
) -> Result<Person, TenantError> {
    let user = user?;
    let address = user.address().unwrap_or_else(|| asked.clone());
    let shared = shared.as_ref().map_err(|error| TenantError { operation: operation(asked), ..error.clone() })?;
    if shared.contains(&user.id.to_ascii_lowercase()) || shared.contains(address.as_str()) {
        let mut person = user.person(address, None);
        person.activity = Inactive::NotAPerson("a shared mailbox".to_owned()).into();
        return Ok(person);
    }
    let sure =
        user.mail.is_none() || user.has_exchange_plan() || user.is_guest() || user.account_enabled == Some(false);
    let has_mailbox = if sure {
        user.mail.is_some()
    } else {
        // An address without a licence that gives a mailbox: Exchange knows whether there is one.
        let recipient = connection.exchange.recipient(&user.id, &operation(asked)).await?;
        match recipient {
            Some(recipient) => recipient.told(&operation(asked))?.is_persons_mailbox(),
            None => false,
        }
    };
    Ok(user.person(address, (!has_mailbox).then_some(Inactive::NoMailbox)))
}

fn as_group(group: &Group, asked: &Address) -> Person {
    let address = group.address().unwrap_or_else(|| asked.clone());
    not_a_person(&group.id, address, group.display_name.as_deref().unwrap_or_default(), group.words().to_owned())
}

fn not_a_person(id: &str, address: Address, name: &str, words: String) -> Person {
    Person {
        id: PersonId(id.to_ascii_lowercase()),
        address,
        aliases: Vec::new(),
        name: name.to_owned(),
        activity: Inactive::NotAPerson(words).into(),
        delegation: Observed::Absent,
        leaves: None,
        last_sign_in: None,
        department: None,
        manager: None,
    }
}

/// Neither a user nor a group: a contact or another recipient, a deleted account, or nothing.
async fn neither(
    connection: &Connection,
    address: &Address,
    lookup: &Lookup<'_>,
) -> Result<Option<Person>, TenantError> {
    if let Some(user) = lookup.deleted_accounts().await?.iter().find(|user| user::held(user, address)) {
        let mut person = user.person(address.clone(), None);
        person.activity = Inactive::Deleted.into();
        return Ok(Some(person));
    }
    let recipient = connection.exchange.recipient(address.as_str(), &operation(address)).await?;
    let recipient = recipient.map(|recipient| recipient.told(&operation(address))).transpose()?;
    Ok(recipient.map(|recipient| {
        let id = recipient.id().or_else(|| recipient.guid()).map(|id| id.to_string()).unwrap_or_default();
        let primary = recipient.address().unwrap_or_else(|| address.clone());
        not_a_person(&id, primary, recipient.name(), recipient.words())
    }))
}
