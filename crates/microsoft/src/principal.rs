//! Who stands behind an entry of an access list. An entry that cannot be settled is unclear by itself; it hides none of
//! the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::join_all;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, PersonId, Principal, TenantError};

use crate::config::Guid;
use crate::connection::Connection;
use crate::exchange::access::{Entry, is_of_domain};
use crate::exchange::mailbox::Recipient;
use crate::graph::user::{self, User};

/// What an entry shows, and the security identifier beside it.
type Shown = (String, Option<String>);

/// Entries by what they show, with a mailbox that has the entry.
type Places = BTreeMap<Shown, (Guid, Entry)>;

/// Who stands behind each entry.
#[derive(Debug, Default)]
pub(crate) struct Principals(HashMap<Shown, Principal>);

fn key(entry: &Entry) -> Shown {
    (entry.shown.to_ascii_lowercase(), entry.sid.as_ref().map(|sid| sid.to_ascii_uppercase()))
}

fn unclear(entry: &Entry, reason: impl Into<String>) -> Principal {
    Principal::Unclear { shown: entry.shown.clone(), reason: reason.into() }
}

impl Principals {
    /// Who stands behind an entry.
    pub(crate) fn of(&self, entry: &Entry) -> Principal {
        self.0.get(&key(entry)).cloned().unwrap_or_else(|| unclear(entry, "it was not looked up"))
    }

    /// Looks everybody up in as few calls as possible.
    pub(crate) async fn found(connection: &Connection, entries: Vec<(Guid, Entry)>) -> Self {
        let places: Places = entries.into_iter().map(|(mailbox, entry)| (key(&entry), (mailbox, entry))).collect();
        let mut found = HashMap::new();
        let (mut addresses, mut others) = (Vec::new(), Vec::new());
        for (key, place) in &places {
            let entry = &place.1;
            if entry.is_everybody() {
                found.insert(key.clone(), Principal::Everybody { shown: entry.shown.clone() });
            } else if entry.untold.is_some() {
                // Nobody knows what it gives, so that it does not matter whose it is.
                found.insert(key.clone(), unclear(entry, "the access list does not tell all of it"));
            } else if is_shown_with_two_identifiers(&places, key) {
                let reason = "the lists show it with two security identifiers, so that it is two accounts";
                found.insert(key.clone(), unclear(entry, reason));
            } else if let Ok(address) = entry.shown.parse::<Address>() {
                addresses.push((key.clone(), place.clone(), address));
            } else {
                others.push((key.clone(), place.clone()));
            }
        }
        let mut calls = Vec::with_capacity(addresses.len());
        for (_, _, address) in &addresses {
            calls.push(user::by_sign_in_name(address, operation(address.as_str())));
        }
        let answers = connection.graph.batch(&calls).await;
        for ((key, place, address), answer) in addresses.into_iter().zip(answers) {
            match answer.and_then(|value| User::read(value, &operation(address.as_str()))) {
                Ok(user) if user.signs_in_as(&address) => {
                    let id = Some(PersonId(user.id.to_ascii_lowercase()));
                    let address = user.address().unwrap_or(address);
                    found.insert(key, Principal::Account { id, address });
                }
                // Not a sign-in name: a group, or a user under another of their addresses.
                Ok(_) => others.push((key, place)),
                Err(error) if error.kind == ErrorKind::Missing => others.push((key, place)),
                Err(error) => drop(found.insert(key, unclear(&place.1, error.to_string()))),
            }
        }
        let looks = others.into_iter().map(|(key, (mailbox, entry))| async move {
            let who = by_exchange(connection, &mailbox, &entry).await;
            (key, who.unwrap_or_else(|error| unclear(&entry, error.to_string())))
        });
        found.extend(join_all(looks).await);
        Self(found)
    }
}

fn operation(shown: &str) -> String {
    format!("look up {shown}")
}

/// Whether an address comes with several identifiers. A display name may: those are told apart one by one.
fn is_shown_with_two_identifiers(places: &Places, (shown, _): &Shown) -> bool {
    let sids: BTreeSet<&str> =
        places.keys().filter(|(other, _)| other == shown).filter_map(|(_, sid)| sid.as_deref()).collect();
    sids.len() > 1 && shown.contains('@')
}

/// What Exchange has to say of an entry that is no sign-in name.
async fn by_exchange(connection: &Connection, mailbox: &Guid, entry: &Entry) -> Result<Principal, TenantError> {
    let operation = operation(&entry.shown);
    if entry.is_bare_sid() {
        return left_over(connection, entry, &operation).await;
    }
    let Some(recipient) = connection.exchange.recipient(&entry.shown, &operation).await? else {
        if entry.shown.to_ascii_lowercase().ends_with("\\discovery management") {
            let what = "a role group of Exchange Online".to_owned();
            return Ok(Principal::Other { what, shown: entry.shown.clone() });
        }
        return Ok(unclear(entry, "neither the directory nor Exchange Online knows it"));
    };
    let Ok(recipient) = recipient.told(&operation) else {
        return Ok(unclear(entry, "Exchange Online does not tell what sort of recipient it is"));
    };
    let Some(address) = recipient.address() else {
        return Ok(unclear(entry, "Exchange Online shows no address for it"));
    };
    // An address is one recipient's alone; a name may be another's too.
    let is_sure = entry.shown.parse().is_ok_and(|shown| recipient.holds(&shown) || recipient.signs_in_as(&shown))
        || is_meant(connection, mailbox, entry, &recipient, &operation).await?;
    if !is_sure {
        let reason = format!("the list shows a name, and it is not certain that it means {address}");
        return Ok(unclear(entry, reason));
    }
    if recipient.is_group() {
        return Ok(Principal::Group { address });
    }
    if !recipient.has_account() {
        return Ok(Principal::Other { what: recipient.words(), shown: entry.shown.clone() });
    }
    Ok(Principal::Account { id: recipient.id().map(|id| PersonId(id.to_string())), address })
}

/// Whether a recipient that is called as the list shows is the one that the list means. The security identifier tells;
/// without one, nobody in the directory may be called the same.
async fn is_meant(
    connection: &Connection,
    mailbox: &Guid,
    entry: &Entry,
    recipient: &Recipient,
    operation: &str,
) -> Result<bool, TenantError> {
    let Some(id) = recipient.guid().or_else(|| recipient.id()) else { return Ok(false) };
    if entry.sid.is_some() {
        return connection.exchange.belongs(mailbox, entry, id.as_str(), operation).await;
    }
    let namesakes = connection.graph.list(&user::by_name(&entry.shown, operation)).await?;
    let mut namesakes = namesakes.iter().filter_map(|row| row.get("id").and_then(serde_json::Value::as_str));
    let recipient = recipient.id();
    Ok(namesakes.all(|id| Guid::read(id) == recipient))
}

/// A bare identifier is what Exchange shows where it finds nobody. It is all that is left of somebody only if Exchange,
/// asked for it, finds nobody for certain.
async fn left_over(connection: &Connection, entry: &Entry, operation: &str) -> Result<Principal, TenantError> {
    if !is_of_domain(&entry.shown) {
        return Ok(unclear(
            entry,
            "the list shows nothing but an identifier that is none of the organisation's accounts",
        ));
    }
    Ok(if connection.exchange.knows(&entry.shown, operation).await? {
        unclear(entry, "the list shows nothing but an identifier, and Exchange Online knows somebody by it")
    } else {
        Principal::Departed { shown: entry.shown.clone() }
    })
}
