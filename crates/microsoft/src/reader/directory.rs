//! Everybody in the directory.

use tripod_tenant::{Inactive, Person, TenantError};

use super::people::shared_ids;
use crate::connection::Connection;
use crate::graph::user::{self, User};

/// Every user, all pages or an error; the accounts of shared mailboxes left out, as are accounts without any address.
///
/// Whether somebody has a mailbox is told from licences alone here, for asking Exchange about each would take as many
/// calls as there are people.
pub(super) async fn everybody(connection: &Connection) -> Result<Vec<Person>, TenantError> {
    let call = user::all();
    let (rows, shared) = futures::try_join!(connection.graph.list(&call), shared_ids(connection))?;
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        let user = User::read(row, "list the directory")?;
        if shared.contains(&user.id.to_ascii_lowercase()) {
            continue;
        }
        let Some(address) = user.address() else {
            tracing::debug!(id = %user.id, "an account without an address is left out");
            continue;
        };
        if shared.contains(address.as_str()) {
            continue;
        }
        let has_mailbox = user.mail.is_some() && user.has_exchange_plan();
        people.push(user.person(address, (!has_mailbox).then_some(Inactive::NoMailbox)));
    }
    Ok(people)
}
