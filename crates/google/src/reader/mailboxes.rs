//! What stands under the addresses of service mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::{Address, Kind};
use tripod_tenant::{
    Acceptance, ErrorKind, Form, MailboxId, MailboxQuery, Observed, ObservedDelegate, ObservedMailbox, PersonId,
    Principal, Rights, TenantError, Unknown,
};

use super::people::delegation_unread;
use super::{Unseen, side_by_side, there};
use crate::call::Caller;
use crate::error::is_without_mail;
use crate::gmail::Delegate;
use crate::group_settings;
use crate::wire::{Group, Member, User};

/// A mailbox, and its delegates by address while it is not known yet what these are.
pub(super) struct Seen {
    mailbox: ObservedMailbox,
    delegates: Option<Vec<Delegate>>,
}

/// What an address in a list of delegates turned out to be.
type Resolved = BTreeMap<Address, Result<Principal, TenantError>>;

/// What stands under each of these addresses. A delegate of many mailboxes is looked up once.
pub(super) async fn mailboxes(caller: &Caller, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
    let unseen = Unseen::default();
    let looks = queries.iter().map(|query| look(caller, query, &unseen)).collect();
    let seen = side_by_side(looks).await;
    let resolved = resolve(caller, seen.iter().filter_map(|seen| seen.as_ref().ok()?.as_ref())).await;
    seen.into_iter()
        .map(|seen| match seen {
            Ok(Some(seen)) => Observed::Present(seen.with(&resolved)),
            Ok(None) => Observed::Absent,
            Err(error) => Observed::Unknown(error.into()),
        })
        .collect()
}

async fn look(caller: &Caller, query: &MailboxQuery, unseen: &Unseen) -> Result<Option<Seen>, TenantError> {
    let user = || by_id_or_address(caller, query, unseen, Kind::SharedMailbox, |key| caller.user(key));
    let group = || by_id_or_address(caller, query, unseen, Kind::GroupInbox, |key| caller.group(key));
    match query.kind {
        Kind::SharedMailbox => {
            if let Some(user) = user().await? {
                return account(caller, &user, &query.address).await.map(Some);
            }
            if let Some(found) = group().await? {
                let name = found.name.unwrap_or_default();
                return Ok(Some(other(MailboxId(found.id), &query.address, name, "a group")));
            }
        }
        Kind::GroupInbox => {
            if let Some(found) = group().await? {
                return group_inbox(caller, found, &query.address).await.map(Some);
            }
            if let Some(user) = user().await? {
                return Ok(Some(other(
                    MailboxId(user.id.clone()),
                    &query.address,
                    user.name.shown(),
                    "a user account",
                )));
            }
        }
    }
    let Some(user) = unseen.holder(caller, &query.address).await? else { return Ok(None) };
    let mut seen = other(MailboxId(user.id.clone()), &query.address, user.name.shown(), "");
    seen.mailbox.form = Form::Deleted("a deleted account".to_owned());
    Ok(Some(seen))
}

/// What is found by the id that the journal knows, or else by the address.
async fn by_id_or_address<'a, T, F: Future<Output = Result<T, TenantError>>>(
    caller: &Caller,
    query: &'a MailboxQuery,
    unseen: &Unseen,
    kind: Kind,
    ask: impl Fn(&'a str) -> F,
) -> Result<Option<T>, TenantError> {
    let id = query.id.as_ref().filter(|_| query.kind == kind);
    if let Some(id) = id
        && let Some(found) = there(ask(&id.0).await)?
    {
        return Ok(Some(found));
    }
    unseen.there(caller, &query.address, ask(query.address.as_str()).await).await
}

/// An account with its delegates. An account whose delegates cannot be read is there all the same.
pub(super) async fn account(caller: &Caller, user: &User, asked: &Address) -> Result<Seen, TenantError> {
    let address: Address = user.primary_email.parse().unwrap_or_else(|_| asked.clone());
    let delegates = caller.delegates(&address).await;
    Ok(seen_account(user, address, delegates))
}

/// An account as a mailbox, with what the question for its delegates gave.
pub(super) fn seen_account(user: &User, address: Address, delegates: Result<Vec<Delegate>, TenantError>) -> Seen {
    let form = if user.is_marked() { Form::SharedMailbox } else { Form::UnmarkedAccount };
    let (raw, observed) = match delegates {
        Ok(delegates) => (Some(delegates), Observed::Present(Vec::new())),
        // An account of ours that Google is still setting up has no mailbox that anybody could have access to. The
        // directory and Gmail both have to say so.
        Err(error) if user.is_marked() && user.is_mailbox_setup == Some(false) && is_without_mail(&error) => {
            (None, Observed::Present(Vec::new()))
        }
        // «Missing» says that the token was refused for the mailbox, never that nobody has access.
        Err(error) => (None, Observed::Unknown(error.into())),
    };
    Seen {
        mailbox: ObservedMailbox {
            id: MailboxId(user.id.clone()),
            address,
            aliases: user.other_addresses(),
            name: user.name.shown(),
            form,
            delegates: observed,
            settings: BTreeMap::new(),
            states: BTreeMap::new(),
            delegation: delegation_unread(),
        },
        delegates: raw,
    }
}

/// A group with its members and settings.
pub(super) async fn group_inbox(caller: &Caller, group: Group, asked: &Address) -> Result<Seen, TenantError> {
    let address: Address = group.email.parse().unwrap_or_else(|_| asked.clone());
    let what = format!("list the members of {address}");
    let (members, settings) = futures::join!(caller.members(&group.id, what), caller.group_settings(address.as_str()));
    let aliases = group.other_addresses();
    Ok(Seen {
        mailbox: ObservedMailbox {
            id: MailboxId(group.id),
            address,
            aliases,
            name: group.name.unwrap_or_default(),
            form: Form::GroupInbox,
            delegates: match members {
                Ok(members) => Observed::Present(members.iter().map(of_member).collect()),
                Err(error) => Observed::Unknown(error.into()),
            },
            settings: group_settings::observed(&settings),
            states: BTreeMap::new(),
            delegation: Observed::Absent,
        },
        delegates: None,
    })
}

/// A member as somebody with access. One of whom Google does not tell what it is, how it is reached or what it may do is
/// listed as such: it is neither counted nor taken for gone.
fn of_member(member: &Member) -> ObservedDelegate {
    let address = member.email.as_deref().and_then(|email| email.parse::<Address>().ok());
    let shown = member.email.clone().or_else(|| member.id.clone()).unwrap_or_default();
    let unclear = |what: &str| {
        let reason = format!("Google does not tell {what}");
        (Principal::Unclear { shown: shown.clone(), reason }, Rights::default())
    };
    let (who, rights) = match (address, member.kind.as_deref(), member.is_owner()) {
        (_, None, _) => unclear("what sort of member it is"),
        (_, _, None) => unclear("which role the member has"),
        // Everybody in the organisation; has no address.
        (None, Some("CUSTOMER"), Some(owns)) => (Principal::Everybody { shown }, Rights { read: true, act: owns }),
        (None, _, _) => unclear("the member's address"),
        (Some(address), Some("GROUP"), Some(owns)) => (Principal::Group { address }, Rights { read: true, act: owns }),
        (Some(address), Some("USER"), Some(owns)) => {
            let id = member.id.clone().map(PersonId);
            (Principal::Account { id, address }, Rights { read: true, act: owns })
        }
        // Somebody from outside: the id is not one of this customer's accounts.
        (Some(address), Some(_), Some(owns)) => {
            (Principal::Account { id: None, address }, Rights { read: true, act: owns })
        }
    };
    ObservedDelegate { who, rights, acceptance: Acceptance::Accepted }
}

/// Something that cannot serve; what it has inside is not looked at.
fn other(id: MailboxId, address: &Address, name: String, what: &str) -> Seen {
    let reason = format!("not read, because {address} is something else than a service mailbox");
    Seen {
        mailbox: ObservedMailbox {
            id,
            address: address.clone(),
            aliases: Vec::new(),
            name,
            form: Form::Other(what.to_owned()),
            delegates: Observed::Unknown(Unknown { kind: ErrorKind::Conflict, reason }),
            settings: BTreeMap::new(),
            states: BTreeMap::new(),
            delegation: Observed::Absent,
        },
        delegates: None,
    }
}

/// Looks up whether each delegate is an account or a group.
pub(super) async fn resolve<'a>(caller: &Caller, seen: impl Iterator<Item = &'a Seen>) -> Resolved {
    let addresses: BTreeSet<Address> = seen
        .flat_map(|seen| seen.delegates.iter().flatten())
        .filter_map(|delegate| delegate.delegate_email.parse().ok())
        .collect();
    let unseen = Unseen::default();
    let looks = addresses.iter().map(|address| principal(caller, address, &unseen)).collect();
    let found = side_by_side(looks).await;
    addresses.into_iter().zip(found).collect()
}

async fn principal(caller: &Caller, address: &Address, unseen: &Unseen) -> Result<Principal, TenantError> {
    if let Some(user) = unseen.there(caller, address, caller.user(address.as_str()).await).await? {
        return Ok(Principal::Account { id: Some(PersonId(user.id)), address: address.clone() });
    }
    if unseen.there(caller, address, caller.group(address.as_str()).await).await?.is_some() {
        return Ok(Principal::Group { address: address.clone() });
    }
    Ok(Principal::Account { id: None, address: address.clone() })
}

impl Seen {
    /// Whether anybody is a delegate, as far as Gmail was asked and answered.
    pub(super) fn has_delegates(&self) -> bool {
        self.delegates.as_ref().is_some_and(|delegates| !delegates.is_empty())
    }

    /// The mailbox with its delegates by what they are. If one of them could not be looked up, all are unknown: a
    /// group must not pass for a person.
    pub(super) fn with(mut self, resolved: &Resolved) -> ObservedMailbox {
        if let Some(delegates) = &self.delegates {
            let all: Result<Vec<_>, TenantError> =
                delegates.iter().map(|delegate| observed_delegate(delegate, resolved)).collect();
            self.mailbox.delegates = match all {
                Ok(all) => Observed::Present(all),
                Err(error) => Observed::Unknown(error.into()),
            };
        }
        self.mailbox
    }
}

fn observed_delegate(delegate: &Delegate, resolved: &Resolved) -> Result<ObservedDelegate, TenantError> {
    let shown = &delegate.delegate_email;
    let unclear = |what: &str| ObservedDelegate {
        who: Principal::Unclear { shown: shown.clone(), reason: format!("Google does not tell {what}") },
        rights: Rights::default(),
        acceptance: Acceptance::Pending,
    };
    let Some(who) = shown.parse::<Address>().ok().and_then(|address| resolved.get(&address)) else {
        return Ok(unclear("a delegate's address in a form that can be used"));
    };
    let Some(acceptance) = delegate.acceptance() else {
        return Ok(unclear("whether the delegate has accepted"));
    };
    Ok(ObservedDelegate { who: who.clone()?, rights: Rights::FULL, acceptance })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn member(more: &serde_json::Value) -> ObservedDelegate {
        let mut body = json!({ "id": "1", "email": "ana@example.com", "role": "OWNER", "type": "USER" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        of_member(&serde_json::from_value(body).unwrap())
    }

    #[test]
    fn a_member_of_whom_something_is_not_told_is_neither_counted_nor_taken_for_gone() {
        for field in ["email", "role", "type"] {
            for nothing in [json!(null), json!("")] {
                let seen = member(&json!({ field: nothing }));
                assert!(matches!(seen.who, Principal::Unclear { .. }), "{field}: {seen:?}");
                assert_eq!(seen.rights, Rights::default());
            }
        }
        assert!(matches!(member(&json!({})).who, Principal::Account { .. }));
    }

    #[test]
    fn everybody_in_the_organisation_is_no_account_that_is_gone() {
        let seen = member(&json!({ "id": "C1", "email": null, "type": "CUSTOMER", "role": "MEMBER" }));
        assert_eq!(seen.who, Principal::Everybody { shown: "C1".to_owned() });
    }
}
