//! Access given and taken away, each read back. Mailboxes side by side, one write after the other in each.

use std::collections::BTreeMap;

use futures::future::join_all;
use tripod_model::Kind;
use tripod_tenant::{Done, ErrorKind, Grant, MailboxRef, Principal, Revoke, TenantError};

use super::{SHOWS_WITHIN, group, not_shown, seen_within, settled};
use crate::config::Guid;
use crate::connection::{Connection, Holder, is_same};
use crate::exchange::mailbox::{Right, add_right, remove_right};
use crate::trail::followed;

/// The items of one mailbox with their places in the whole.
fn by_mailbox<'i, I>(
    items: &'i [I],
    mailbox: impl Fn(&'i I) -> &'i MailboxRef,
) -> Vec<(&'i MailboxRef, Vec<(usize, &'i I)>)> {
    let mut parts: BTreeMap<&MailboxRef, Vec<(usize, &I)>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        parts.entry(mailbox(item)).or_default().push((index, item));
    }
    parts.into_iter().collect()
}

/// Gives people both rights.
pub(super) async fn grant(connection: &Connection, grants: &[Grant], done: &Done<'_, ()>) {
    let parts = by_mailbox(grants, |grant| &grant.mailbox);
    let work = parts.iter().map(|(mailbox, grants)| async move {
        match mailbox.kind {
            Kind::SharedMailbox => grant_shared(connection, mailbox, grants, done).await,
            Kind::GroupInbox => {
                for (index, grant) in grants {
                    done(*index, followed(grant_group(connection, grant)).await);
                }
            }
        }
    });
    join_all(work).await;
}

fn granting(grant: &Grant) -> String {
    format!("give {} access to {}", grant.person.address, grant.mailbox.address)
}

async fn grant_group(connection: &Connection, grant: &Grant) -> Result<(), TenantError> {
    let operation = granting(grant);
    let mailbox = Guid::parse(&grant.mailbox.id.0, &operation)?;
    let person = Guid::parse(&grant.person.id.0, &operation)?;
    group::add(connection, &mailbox, &person, &operation).await
}

async fn grant_shared(connection: &Connection, mailbox: &MailboxRef, grants: &[(usize, &Grant)], done: &Done<'_, ()>) {
    let mut written = Vec::new();
    for (index, grant) in grants {
        match followed(add_both(connection, grant)).await {
            Ok(accepted) => written.push((*index, *grant, accepted)),
            Err(error) => done(*index, Err(error)),
        }
    }
    if written.is_empty() {
        return;
    }
    let wanted: Vec<Principal> = written.iter().map(|(_, grant, _)| account(grant)).collect();
    let operation = format!("read who has access to {}", mailbox.address);
    let shows = |holders: &[Holder], who: &Principal| {
        holders.iter().any(|holder| is_same(&holder.delegate.who, who) && holder.delegate.rights.is_full())
    };
    let look = || async {
        let holders = holders(connection, mailbox).await?;
        Ok(wanted.iter().all(|who| shows(&holders, who)).then_some(()))
    };
    let clock = connection.exchange.clock();
    let seen = match seen_within(clock, SHOWS_WITHIN, &operation, look).await {
        Ok(Some(())) => Ok(None),
        // Not all of it shows: the last look says of whom.
        Ok(None) => holders(connection, mailbox).await.map(Some),
        Err(error) => Err(error),
    };
    for ((index, grant, accepted), who) in written.into_iter().zip(&wanted) {
        let outcome = match &seen {
            Ok(None) => Ok(accepted),
            Ok(Some(holders)) if shows(holders, who) => Ok(accepted),
            Ok(Some(_)) => Err(not_shown(&granting(grant), "the access")),
            Err(error) => Err(error.clone()),
        };
        done(index, outcome);
    }
}

fn account(grant: &Grant) -> Principal {
    Principal::Account { id: Some(grant.person.id.clone()), address: grant.person.address.clone() }
}

async fn add_both(connection: &Connection, grant: &Grant) -> Result<(), TenantError> {
    let operation = granting(grant);
    let id = Guid::parse(&grant.mailbox.id.0, &operation)?;
    let exchange = &connection.exchange;
    for right in [Right::FullAccess, Right::SendAs] {
        let cmdlet = add_right(&id, right, grant.person.address.as_str(), &operation);
        settled(exchange.clock(), &operation, || exchange.write(&cmdlet, id.as_str())).await?;
    }
    Ok(())
}

async fn holders(connection: &Connection, mailbox: &MailboxRef) -> Result<Vec<Holder>, TenantError> {
    let id = Guid::parse(&mailbox.id.0, &format!("read who has access to {}", mailbox.address))?;
    let asked = [(id, mailbox.address.to_string())];
    connection.holders(&asked).await.into_iter().next().unwrap_or_else(|| Ok(Vec::new()))
}

/// Takes every right away.
pub(super) async fn revoke(connection: &Connection, revokes: &[Revoke], done: &Done<'_, ()>) {
    let parts = by_mailbox(revokes, |revoke| &revoke.mailbox);
    let work = parts.iter().map(|(mailbox, revokes)| async move {
        for (index, revoke) in revokes {
            let outcome = match mailbox.kind {
                Kind::SharedMailbox => followed(revoke_shared(connection, revoke)).await,
                Kind::GroupInbox => followed(revoke_group(connection, revoke)).await,
            };
            done(*index, outcome);
        }
    });
    join_all(work).await;
}

fn revoking(revoke: &Revoke) -> String {
    format!("take {}'s access to {} away", revoke.who.label(), revoke.mailbox.address)
}

async fn revoke_group(connection: &Connection, revoke: &Revoke) -> Result<(), TenantError> {
    let operation = revoking(revoke);
    let mailbox = Guid::parse(&revoke.mailbox.id.0, &operation)?;
    group::remove(connection, &mailbox, &revoke.who, &operation).await?;
    let look = || async {
        match connection.group_holders(&mailbox, revoke.mailbox.address.as_str()).await {
            Err(error) if error.kind == ErrorKind::Missing => Ok(Some(())),
            holders => Ok((!holders?.iter().any(|holder| is_same(&holder.delegate.who, &revoke.who))).then_some(())),
        }
    };
    let seen = seen_within(connection.graph.clock(), SHOWS_WITHIN, &operation, look).await?;
    seen.ok_or_else(|| not_shown(&operation, "the end of the access"))
}

async fn revoke_shared(connection: &Connection, revoke: &Revoke) -> Result<(), TenantError> {
    let operation = revoking(revoke);
    let id = Guid::parse(&revoke.mailbox.id.0, &operation)?;
    let exchange = &connection.exchange;
    let look = || holding(connection, revoke);
    // A mailbox that is not there gives nobody access; one that lags is given its time first.
    let mut held = match settled(exchange.clock(), &operation, look).await {
        Err(error) if error.kind == ErrorKind::Missing => return Ok(()),
        held => held?,
    };
    for holder in held.drain(..) {
        let rights = holder.delegate.rights;
        for (right, _) in
            [(Right::SendAs, rights.act), (Right::FullAccess, rights.read)].into_iter().filter(|(_, has)| *has)
        {
            // What the list shows is given back, so that a name of somebody who is gone is found again.
            for shown in &holder.shown {
                match exchange.write(&remove_right(&id, right, shown, &operation), id.as_str()).await {
                    Err(error) if error.kind == ErrorKind::Missing => {}
                    outcome => drop(outcome?),
                }
            }
        }
    }
    let look = || async {
        match holding(connection, revoke).await {
            Err(error) if error.kind == ErrorKind::Missing => Ok(Some(())),
            held => Ok(held?.is_empty().then_some(())),
        }
    };
    let seen = seen_within(exchange.clock(), SHOWS_WITHIN, &operation, look).await?;
    seen.ok_or_else(|| not_shown(&operation, "the end of the access"))
}

/// The entries that are meant by a revoke.
async fn holding(connection: &Connection, revoke: &Revoke) -> Result<Vec<Holder>, TenantError> {
    let holders = holders(connection, &revoke.mailbox).await?;
    Ok(holders.into_iter().filter(|holder| is_same(&holder.delegate.who, &revoke.who)).collect())
}
