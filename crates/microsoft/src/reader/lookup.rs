//! What stands under an address or an id.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::sync::OnceCell;
use tripod_model::{Address, Kind};
use tripod_tenant::{ErrorKind, MailboxQuery, TenantError};

use crate::config::Guid;
use crate::connection::Connection;
use crate::exchange::mailbox::Recipient;
use crate::graph::group::{self, Group};
use crate::graph::user::{self, User};

/// So many days Entra keeps a deleted Microsoft 365 group.
const RESTORABLE_DAYS: i64 = 30;

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    /// A shared mailbox.
    Shared(Guid, Recipient),
    /// A Microsoft 365 group.
    Group(Guid, Group),
    /// Something else that holds the address: its id, its primary address, its name, and what it is.
    Other(String, Address, String, String),
    /// Something deleted that may still hold the address.
    Deleted(String, String, String),
}

/// Looks things up, and reads the list of deleted accounts once at most.
#[derive(Debug)]
pub(super) struct Lookup<'a> {
    connection: &'a Connection,
    deleted: OnceCell<Vec<User>>,
    deleted_groups: OnceCell<Vec<Group>>,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, deleted: OnceCell::new(), deleted_groups: OnceCell::new() }
    }

    /// What the query means: by id first, then by address. Nothing if there is nothing.
    pub(super) async fn find(&self, query: &MailboxQuery) -> Result<Option<Found>, TenantError> {
        let operation = format!("read {}", query.address);
        if let Some(id) = &query.id {
            let id = Guid::parse(&id.0, &operation)?;
            let found = match query.kind {
                Kind::SharedMailbox => self.mailbox(id.as_str(), &query.address, &operation).await?,
                Kind::GroupInbox => self.group(&id, &operation).await?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        let found = match query.kind {
            Kind::SharedMailbox => self.mailbox(query.address.as_str(), &query.address, &operation).await?,
            Kind::GroupInbox => match self.connection.graph.group_at(&query.address, &operation).await? {
                Some(group) => Some(as_found(group, &query.address, &operation)?),
                None => self.mailbox(query.address.as_str(), &query.address, &operation).await?,
            },
        };
        match found {
            Some(found) => Ok(Some(found)),
            None => self.something_else(&query.address, &operation).await,
        }
    }

    async fn mailbox(&self, identity: &str, asked: &Address, operation: &str) -> Result<Option<Found>, TenantError> {
        let Some(mailbox) = self.connection.exchange.mailbox(identity, operation).await? else {
            return Ok(None);
        };
        // An identity by address also matches names; only what receives its mail is meant.
        let by_address = identity == asked.as_str();
        if by_address && !mailbox.holds(asked) {
            // Without any address it is not known whether it is the one.
            return if mailbox.address().is_some() { Ok(None) } else { Err(mailbox.untold("its address", operation)) };
        }
        let mailbox = mailbox.told(operation)?;
        if !mailbox.is_shared() {
            return Ok(Some(as_other(&mailbox, asked)));
        }
        let id = mailbox.id().ok_or_else(|| {
            let message = "Exchange Online has not linked the mailbox to its account yet; run the command again later";
            TenantError::new(ErrorKind::Unavailable, operation, message)
        })?;
        Ok(Some(Found::Shared(id, mailbox)))
    }

    async fn group(&self, id: &Guid, operation: &str) -> Result<Option<Found>, TenantError> {
        match self.connection.graph.call(&group::by_id(id, operation)).await {
            Ok(value) => {
                let group = Group::read_by_id(value, id, operation)?;
                Ok(group.is_unified().then_some(Found::Group(id.clone(), group)))
            }
            Err(error) if error.kind == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Another recipient, or something deleted, that holds the address.
    async fn something_else(&self, address: &Address, operation: &str) -> Result<Option<Found>, TenantError> {
        if let Some(recipient) = self.connection.exchange.recipient(address.as_str(), operation).await? {
            if let (true, Some(id)) = (recipient.is_unified_group(), recipient.id())
                && let Some(found) = self.group(&id, operation).await?
            {
                return Ok(Some(found));
            }
            return Ok(Some(as_other(&recipient.told(operation)?, address)));
        }
        if let Some(mailbox) = self.connection.exchange.deleted_mailbox(address, operation).await? {
            let id = mailbox.id().or_else(|| mailbox.guid()).map(|id| id.to_string()).unwrap_or_default();
            return Ok(Some(Found::Deleted(id, mailbox.name().to_owned(), "a deleted mailbox".to_owned())));
        }
        let deleted = self.deleted_groups().await?;
        if let Some(group) = deleted.iter().find(|group| group.is_unified() && group.holds(address)) {
            let name = group.display_name.clone().unwrap_or_default();
            return Ok(Some(Found::Deleted(group.id.clone(), name, deleted_words(group))));
        }
        let deleted = self.deleted_accounts().await?;
        Ok(deleted.iter().find(|user| user::held(user, address)).map(|user| {
            let name = user.display_name.clone().unwrap_or_default();
            Found::Deleted(user.id.clone(), name, "a deleted account".to_owned())
        }))
    }

    /// Every group that is deleted and can still be restored.
    async fn deleted_groups(&self) -> Result<&[Group], TenantError> {
        let read = || async {
            let rows = self.connection.graph.list(&group::deleted()).await?;
            rows.into_iter().map(|row| Group::read(row, "list deleted groups")).collect::<Result<Vec<_>, _>>()
        };
        self.deleted_groups.get_or_try_init(read).await.map(Vec::as_slice)
    }

    /// Every account that is deleted and can still be restored.
    pub(super) async fn deleted_accounts(&self) -> Result<&[User], TenantError> {
        let read = || async {
            let call = user::deleted();
            let rows = self.connection.graph.list(&call).await?;
            rows.into_iter().map(|row| User::read(row, "list deleted accounts")).collect::<Result<Vec<_>, _>>()
        };
        self.deleted.get_or_try_init(read).await.map(Vec::as_slice)
    }
}

/// A deleted group in words, with the day until which it can be restored with everything in it.
fn deleted_words(group: &Group) -> String {
    let until =
        group.deleted_date_time.and_then(|day| day.checked_add(SignedDuration::from_hours(24 * RESTORABLE_DAYS)).ok());
    match until {
        Some(until) => {
            let day = TimeZone::UTC.to_datetime(until).date();
            format!("a deleted Microsoft 365 group (it can be restored until {day})")
        }
        None => "a deleted Microsoft 365 group".to_owned(),
    }
}

fn as_found(group: Group, address: &Address, operation: &str) -> Result<Found, TenantError> {
    if group.is_unified() {
        return Ok(Found::Group(Guid::parse(&group.id, operation)?, group));
    }
    let name = group.display_name.clone().unwrap_or_default();
    let primary = group.address().unwrap_or_else(|| address.clone());
    let words = group.words().to_owned();
    Ok(Found::Other(group.id, primary, name, words))
}

fn as_other(recipient: &Recipient, asked: &Address) -> Found {
    let id = recipient.id().or_else(|| recipient.guid()).map(|id| id.to_string()).unwrap_or_default();
    let address = recipient.address().unwrap_or_else(|| asked.clone());
    Found::Other(id, address, recipient.name().to_owned(), recipient.words())
}
