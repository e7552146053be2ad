//! Who is in groups.

use std::collections::BTreeMap;

use serde_json::Value;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, Observed, TenantError};

use super::accounts::NAMES;
use super::names;
use crate::config::Guid;
use crate::connection::Connection;
use crate::graph::Call;
use crate::graph::application::read_all;
use crate::graph::group::{self, Group, Member};
use crate::graph::user;

/// The people in each of these groups, nested groups expanded.
pub(super) async fn members(connection: &Connection, groups: &[Address]) -> Vec<Observed<Vec<Address>>> {
    let looks = groups.iter().map(|address| async move {
        match expanded(connection, address).await {
            Ok(Some(people)) => Observed::Present(people),
            Ok(None) => Observed::Absent,
            Err(error) => Observed::Unknown(error.into()),
        }
    });
    futures::future::join_all(looks).await
}

/// Everybody in one group; nothing if there is no such group.
async fn expanded(connection: &Connection, address: &Address) -> Result<Option<Vec<Address>>, TenantError> {
    let operation = format!("list everybody in {address}");
    let rows = connection.graph.list(&group::by_address(address, &operation)).await?;
    let groups: Vec<Group> =
        rows.into_iter().map(|row| Group::read_of(row, address, &operation)).collect::<Result<_, _>>()?;
    let group = match groups.as_slice() {
        [] => return only_at_exchange(connection, address, &operation).await,
        [group] => group,
        _ => return Err(TenantError::new(ErrorKind::Conflict, operation, "several groups answer to this address")),
    };
    let id = Guid::parse(&group.id, &operation)?;
    let call =
        Call::get(&["groups", id.as_str(), "transitiveMembers", "microsoft.graph.user"], group::READ, &operation);
    let rows = connection.graph.list(&call.query("$select", NAMES).query("$top", "999").answered_from_index()).await;
    // A group that was there a moment ago is not absent.
    let rows = rows.map_err(|error| match error.kind {
        ErrorKind::Missing => TenantError { kind: ErrorKind::Unavailable, ..error },
        _ => error,
    })?;
    people(connection, rows, &operation).await.map(Some)
}

/// Each person once, by id; somebody without an address would make the list look complete and be short.
async fn people(connection: &Connection, rows: Vec<Value>, operation: &str) -> Result<Vec<Address>, TenantError> {
    let members: Vec<Member> = read_all(rows, "a member", operation)?;
    let mut by_id: BTreeMap<Guid, Option<Address>> = BTreeMap::new();
    for member in members.iter().filter(|member| !member.is_neither() && !member.is_group()) {
        by_id.insert(Guid::parse(&member.id, operation)?, member.address());
    }
    let open = by_id.iter().filter(|(_, address)| address.is_none()).map(|(id, _)| id.clone()).collect();
    let found = names::of(connection, &open, operation).await?;
    let mut people = Vec::with_capacity(by_id.len());
    for (id, address) in by_id {
        let address = address.or_else(|| found.get(&id).cloned()).ok_or_else(|| {
            let message = format!("Microsoft Graph shows no address of the member {id}");
            TenantError::new(ErrorKind::Denied, operation, message).lacking(user::READ)
        })?;
        people.push(address);
    }
    people.sort();
    people.dedup();
    Ok(people)
}

/// What Graph does not show may still be a list of Exchange's.
async fn only_at_exchange<T>(
    connection: &Connection,
    address: &Address,
    operation: &str,
) -> Result<Option<T>, TenantError> {
    let Some(recipient) = connection.exchange.recipient(address.as_str(), operation).await? else {
        return Ok(None);
    };
    let message = if recipient.is_group() {
        format!("it is {}, whose members Microsoft Graph does not show", recipient.words())
    } else {
        format!("it is {}, no group", recipient.words())
    };
    Err(TenantError::new(ErrorKind::Invalid, operation, message))
}
