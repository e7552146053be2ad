//! What stands under the addresses of service mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::{Address, Kind};
use tripod_tenant::{
    Acceptance, ErrorKind, Form, MailboxId, MailboxQuery, Observed, ObservedDelegate, ObservedMailbox, PersonId,
    Principal, Rights, TenantError, Unknown,
};

use super::states;
use super::{Looked, Unseen, side_by_side, there};
use crate::call::Caller;
use crate::error::is_without_mail;
use crate::gmail::Delegate;
use crate::group_settings;
use crate::member::{Member, MemberKind};
use crate::member_rules::MemberRules;
use crate::policies::DelegationSwitch;
use crate::wire::{Group, User};

/// A mailbox, and its delegates by address while it is not known yet what these are.
pub(super) struct Seen {
    mailbox: ObservedMailbox,
    delegates: Option<Vec<Delegate>>,
}

/// What an address in a list of delegates turned out to be.
type Resolved = BTreeMap<Address, Result<Principal, TenantError>>;

/// What stands under each of these addresses. A delegate of many mailboxes is looked up once.
pub(super) async fn mailboxes(caller: &Caller, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
    let looked = Looked::default();
    let looks = queries.iter().map(|query| look(caller, query, &looked)).collect();
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

async fn look(caller: &Caller, query: &MailboxQuery, looked: &Looked) -> Result<Option<Seen>, TenantError> {
    let Looked { unseen, switch, rules } = looked;
    let user = || by_id_or_address(caller, query, unseen, Kind::SharedMailbox, |key| caller.user(key));
    let group = || by_id_or_address(caller, query, unseen, Kind::GroupInbox, |key| caller.group(key));
    match query.kind {
        Kind::SharedMailbox => {
            if let Some(user) = user().await? {
                return Ok(Some(account(caller, switch, &user, &query.address).await));
            }
            if let Some(found) = group().await? {
                let name = found.name.unwrap_or_default();
                return Ok(Some(other(MailboxId(found.id), &query.address, name, "a group")));
            }
        }
        Kind::GroupInbox => {
            if let Some(found) = group().await? {
                return Ok(Some(group_inbox(caller, rules, found, &query.address).await));
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
pub(super) async fn account(caller: &Caller, switch: &DelegationSwitch, user: &User, asked: &Address) -> Seen {
    let address: Address = user.primary_email.parse().unwrap_or_else(|_| asked.clone());
    let (delegates, delegation) = futures::join!(caller.delegates(&address), switch.of_account(caller, user));
    seen_account(user, address, delegates, delegation)
}

/// An account as a mailbox, with what the questions for its delegates and for the switch gave.
pub(super) fn seen_account(
    user: &User,
    address: Address,
    delegates: Result<Vec<Delegate>, TenantError>,
    delegation: Observed<bool>,
) -> Seen {
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
            states: states::of_account(user),
            delegation,
        },
        delegates: raw,
    }
}

/// A group with its members and settings.
pub(super) async fn group_inbox(caller: &Caller, rules: &MemberRules, group: Group, asked: &Address) -> Seen {
    let address: Address = group.email.parse().unwrap_or_else(|_| asked.clone());
    let what = format!("list the members of {address}");
    let (members, settings, rule) = futures::join!(
        caller.members(&group.id, what),
        caller.group_settings(address.as_str()),
        rules.of(caller, &group.id)
    );
    let domains = &caller.tenant.domains;
    let aliases = group.other_addresses();
    Seen {
        mailbox: ObservedMailbox {
            id: MailboxId(group.id),
            address,
            aliases,
            name: group.name.unwrap_or_default(),
            form: Form::GroupInbox,
            delegates: match members {
                Ok(members) => Observed::Present(members.iter().map(|member| of_member(member, domains)).collect()),
                Err(error) => Observed::Unknown(error.into()),
            },
            settings: group_settings::observed(&settings),
            states: states::of_group(&settings, rule),
            delegation: Observed::Absent,
        },
        delegates: None,
    }
}

/// A member as somebody with access. One of whom Google does not tell what it is, how it is reached or what it may do is
/// listed as such: it is neither counted nor taken for gone.
fn of_member(member: &Member, domains: &[String]) -> ObservedDelegate {
    let shown = member.shown();
    let who = match (member.what(), member.is_owner()) {
        (_, None) => {
            let reason = format!("Google does not tell which role {shown} has in the group");
            Principal::Unclear { shown, reason }
        }
        (MemberKind::Account(address), _) => {
            // The id of somebody from outside is not that of one of this customer's accounts.
            let is_ours = domains.iter().any(|domain| domain == address.domain());
            Principal::Account { id: member.id.clone().filter(|_| is_ours).map(PersonId), address }
        }
        (MemberKind::Outsider(address), _) => Principal::Account { id: None, address },
        (MemberKind::Group(address), _) => Principal::Group { address },
        (MemberKind::Everybody, _) => Principal::Everybody { shown },
        (MemberKind::Other(what), _) => Principal::Other { what, shown },
        (MemberKind::Unclear(reason), _) => Principal::Unclear { shown, reason },
    };
    // Whether a member's account is suspended, the directory says.
    let rights = match &who {
        Principal::Unclear { .. } => Rights::default(),
        _ => Rights { read: true, act: member.is_owner() == Some(true) },
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
    /// The mailbox with its delegates by what they are. One that could not be looked up is unclear and hides none of the
    /// others; a group must not pass for a person.
    pub(super) fn with(mut self, resolved: &Resolved) -> ObservedMailbox {
        if let Some(delegates) = &self.delegates {
            let all = delegates.iter().map(|delegate| observed_delegate(delegate, resolved)).collect();
            self.mailbox.delegates = Observed::Present(all);
        }
        self.mailbox
    }
}

fn observed_delegate(delegate: &Delegate, resolved: &Resolved) -> ObservedDelegate {
    let shown = delegate.delegate_email.clone();
    let known = match shown.parse::<Address>() {
        Err(error) => Err(format!("its address cannot be used: {error}")),
        Ok(address) => match resolved.get(&address) {
            Some(Ok(principal)) => Ok(principal.clone()),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("it was not looked up".to_owned()),
        },
    };
    let in_force =
        delegate.acceptance().ok_or_else(|| "Google does not tell whether the delegate has accepted".to_owned());
    match known.and_then(|who| Ok((who, in_force?))) {
        Ok((who, acceptance)) => ObservedDelegate { who, rights: Rights::FULL, acceptance },
        Err(reason) => ObservedDelegate {
            who: Principal::Unclear { shown, reason },
            rights: Rights::default(),
            acceptance: Acceptance::Pending,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn member(more: &serde_json::Value) -> ObservedDelegate {
        let mut body = json!({ "id": "1", "email": "ana@example.com", "role": "OWNER", "type": "USER" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        of_member(&serde_json::from_value(body).unwrap(), &["example.com".to_owned()])
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
