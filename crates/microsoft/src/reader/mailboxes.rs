//! Service mailboxes with their delegates and settings.

use std::collections::{BTreeMap, HashMap};

use futures::future::join_all;
use tripod_model::{Address, Kind, Provider, SignIn};
use tripod_tenant::{
    ErrorKind, Form, MailboxId, MailboxQuery, MailboxState, Observed, ObservedDelegate, ObservedMailbox, Setting,
    TenantError,
};

use super::group_inbox;
use super::lookup::{Found, Lookup};
use crate::config::Guid;
use crate::connection::{Connection, Holder};
use crate::exchange::mailbox::Recipient;
use crate::graph::group::{self, Group};
use crate::graph::user::{self, User};

/// What stands under each of these addresses.
pub(super) async fn asked_for(connection: &Connection, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
    let lookup = Lookup::new(connection);
    let found = join_all(queries.iter().map(|query| lookup.find(query))).await;
    let shared: Vec<(Guid, String)> = found
        .iter()
        .filter_map(|found| match found {
            Ok(Some(Found::Shared(id, mailbox))) => Some((id.clone(), label(mailbox))),
            _ => None,
        })
        .collect();
    let (mut holders, sign_in, sizes) =
        futures::join!(holders(connection, &shared), sign_in(connection, &shared), sizes(connection, &shared));
    let assembled = queries.iter().zip(found).map(|(query, found)| {
        let holders = match &found {
            Ok(Some(Found::Shared(id, _))) => holders.remove(id),
            _ => None,
        };
        let accounts = Accounts { sign_in: &sign_in, sizes: &sizes };
        async move {
            match found {
                Err(error) => Observed::Unknown(error.into()),
                Ok(None) => Observed::Absent,
                Ok(Some(Found::Shared(id, mailbox))) => {
                    Observed::Present(shared_mailbox(&id, &mailbox, holders, &accounts, &query.address))
                }
                Ok(Some(Found::Group(id, group))) => {
                    Observed::Present(of_group(connection, &id, &group, &query.address).await)
                }
                Ok(Some(Found::Other(id, address, name, words))) => {
                    Observed::Present(bare(id, address, name, Form::Other(words)))
                }
                Ok(Some(Found::Deleted(id, name, words))) => {
                    Observed::Present(bare(id, query.address.clone(), name, Form::Deleted(words)))
                }
            }
        }
    });
    join_all(assembled).await
}

/// Every mailbox that serves as a service mailbox.
pub(super) async fn all(connection: &Connection) -> Result<Vec<ObservedMailbox>, TenantError> {
    let groups = async {
        let rows = connection.graph.list(&group::all_unified()).await?;
        let groups = rows.into_iter().map(|row| Group::read(row, "list Microsoft 365 groups"));
        groups.collect::<Result<Vec<_>, _>>()
    };
    let (mailboxes, groups) = futures::try_join!(connection.exchange.shared_mailboxes(), groups)?;

    let mut shared = Vec::new();
    for mailbox in &mailboxes {
        let id = mailbox.id().ok_or_else(|| {
            let message = format!("{} has no account yet; run the command again later", label(mailbox));
            TenantError::new(ErrorKind::Unavailable, "list shared mailboxes", message)
        })?;
        let address = mailbox.address().ok_or_else(|| {
            TenantError::new(ErrorKind::Invalid, "list shared mailboxes", format!("{} has no address", mailbox.name()))
        })?;
        shared.push((id, address, mailbox));
    }
    let asked: Vec<_> = shared.iter().map(|(id, address, _)| (id.clone(), address.to_string())).collect();
    let (mut holders, sign_in, sizes) =
        futures::join!(holders(connection, &asked), sign_in(connection, &asked), sizes(connection, &asked));
    let accounts = Accounts { sign_in: &sign_in, sizes: &sizes };
    let mut all: Vec<ObservedMailbox> = shared
        .into_iter()
        .map(|(id, address, mailbox)| shared_mailbox(&id, mailbox, holders.remove(&id), &accounts, &address))
        .collect();

    let inboxes = groups.iter().filter(|group| group.is_unified() && !group.is_team());
    let mut looks = Vec::new();
    for group in inboxes {
        let operation = "list Microsoft 365 groups";
        if group.resource_provisioning_options.is_none() {
            let message = format!("Microsoft Graph does not show whether the group {} is a team", group.id);
            return Err(TenantError::new(ErrorKind::Invalid, operation, message));
        }
        let id = Guid::parse(&group.id, operation)?;
        let address = group.address().ok_or_else(|| {
            let message = format!("Microsoft Graph shows no address of the group {id}");
            TenantError::new(ErrorKind::Invalid, operation, message)
        })?;
        looks.push(async move { of_group(connection, &id, group, &address).await });
    }
    all.extend(join_all(looks).await);
    Ok(all)
}

fn label(mailbox: &Recipient) -> String {
    mailbox.address().map_or_else(|| mailbox.name().to_owned(), |address| address.to_string())
}

async fn holders(
    connection: &Connection,
    shared: &[(Guid, String)],
) -> HashMap<Guid, Result<Vec<Holder>, TenantError>> {
    let holders = connection.holders(shared).await;
    shared.iter().map(|(id, _)| id.clone()).zip(holders).collect()
}

/// Whether the accounts of these mailboxes can sign in. Exchange does not show it truly, so Graph is asked
/// (facts sheet, Microsoft 5, gotcha 1).
async fn sign_in(connection: &Connection, shared: &[(Guid, String)]) -> HashMap<Guid, Result<bool, TenantError>> {
    let operation = |label: &str| format!("read whether {label} can sign in");
    let calls: Vec<_> = shared.iter().map(|(id, label)| user::by_id(id, operation(label))).collect();
    let answers = connection.graph.batch(&calls).await;
    let enabled = shared.iter().zip(answers).map(|((id, label), answer)| {
        let enabled = answer.and_then(|value| User::read_by_id(value, id, &operation(label))).and_then(|user| {
            let hidden = || {
                TenantError::new(ErrorKind::Denied, operation(label), "accountEnabled is not shown").lacking(user::READ)
            };
            user.account_enabled.ok_or_else(hidden)
        });
        (id.clone(), enabled)
    });
    enabled.collect()
}

/// How much each of these mailboxes holds, which decides whether it needs a licence.
async fn sizes(connection: &Connection, shared: &[(Guid, String)]) -> HashMap<Guid, Result<u64, TenantError>> {
    let looks = shared.iter().map(|(id, label)| async move {
        let operation = format!("read how much {label} holds");
        (id.clone(), connection.exchange.size(id, &operation).await)
    });
    join_all(looks).await.into_iter().collect()
}

/// What is known of the accounts and contents of shared mailboxes.
struct Accounts<'a> {
    sign_in: &'a HashMap<Guid, Result<bool, TenantError>>,
    sizes: &'a HashMap<Guid, Result<u64, TenantError>>,
}

fn states(id: &Guid, mailbox: &Recipient, accounts: &Accounts<'_>) -> BTreeMap<MailboxState, Observed<String>> {
    let unasked = || Err(TenantError::new(ErrorKind::Invalid, "read a mailbox", "how much it holds was not asked"));
    let state = |state: &MailboxState| match state {
        MailboxState::Unlicensed => mailbox.unlicensed(accounts.sizes.get(id).unwrap_or(&unasked())),
        state => mailbox.state(*state),
    };
    let possible = MailboxState::possible(Provider::Microsoft365, Kind::SharedMailbox);
    possible.iter().map(|possible| (*possible, state(possible))).collect()
}

fn shared_mailbox(
    id: &Guid,
    mailbox: &Recipient,
    holders: Option<Result<Vec<Holder>, TenantError>>,
    accounts: &Accounts<'_>,
    asked: &Address,
) -> ObservedMailbox {
    let operation = format!("read {asked}");
    let not_shown = |what: &str| TenantError::new(ErrorKind::Invalid, &operation, format!("{what} is not shown"));
    let mut settings = BTreeMap::new();
    for setting in Setting::required(Provider::Microsoft365, Kind::SharedMailbox, SignIn::Blocked) {
        let value = match setting {
            Setting::SignInBlocked => match accounts.sign_in.get(id) {
                Some(Ok(enabled)) => Ok(!enabled),
                // An account that does not show yet is unknown, not blocked.
                Some(Err(error)) => Err(error.clone()),
                None => Err(not_shown("whether it can sign in")),
            },
            Setting::OutsideMailAccepted => {
                let accepts = mailbox.accepts_outside_mail().map_err(Observed::Unknown);
                settings.insert(*setting, accepts.map_or_else(|unknown| unknown, Observed::Present));
                continue;
            }
            _ => mailbox.keeps_sent_copies().ok_or_else(|| not_shown("whether sent copies are kept")),
        };
        settings.insert(*setting, setting_observed(value));
    }
    let delegates = match holders {
        Some(holders) => delegates(holders),
        None => Observed::Unknown(not_shown("who has access").into()),
    };
    ObservedMailbox {
        id: MailboxId(id.to_string()),
        address: mailbox.address().unwrap_or_else(|| asked.clone()),
        aliases: mailbox.aliases(),
        name: mailbox.name().to_owned(),
        form: Form::SharedMailbox,
        delegates,
        settings,
        states: states(id, mailbox, accounts),
        delegation: Observed::Absent,
    }
}

async fn of_group(connection: &Connection, id: &Guid, group: &Group, asked: &Address) -> ObservedMailbox {
    let address = group.address().unwrap_or_else(|| asked.clone());
    let holders = connection.group_holders(id, address.as_str()).await;
    let mailing = group_inbox::mailing(connection, id, &address).await;
    let holders = group_inbox::believed(group, holders);
    ObservedMailbox {
        id: MailboxId(id.to_string()),
        aliases: group.aliases(),
        name: group.display_name.clone().unwrap_or_default(),
        form: Form::GroupInbox,
        delegates: delegates(holders),
        settings: group_inbox::settings(group, &mailing, &address),
        states: group_inbox::states(group, &mailing),
        delegation: Observed::Absent,
        address,
    }
}

/// Something that holds an address and is no service mailbox; nothing more is asked about it.
fn bare(id: String, address: Address, name: String, form: Form) -> ObservedMailbox {
    ObservedMailbox {
        id: MailboxId(id),
        address,
        aliases: Vec::new(),
        name,
        form,
        delegates: Observed::Present(Vec::new()),
        settings: BTreeMap::new(),
        states: BTreeMap::new(),
        delegation: Observed::Absent,
    }
}

/// Whoever is missing while access is read is a mailbox that goes away meanwhile: unknown, not absent.
fn delegates(holders: Result<Vec<Holder>, TenantError>) -> Observed<Vec<ObservedDelegate>> {
    match holders {
        Ok(holders) => Observed::Present(holders.into_iter().map(|holder| holder.delegate).collect()),
        Err(error) => Observed::Unknown(error.into()),
    }
}

pub(super) fn setting_observed(value: Result<bool, TenantError>) -> Observed<bool> {
    match value {
        Ok(on) => Observed::Present(on),
        Err(error) => Observed::Unknown(error.into()),
    }
}
