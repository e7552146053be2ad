//! The addresses of people who are known by id.

use std::collections::{BTreeSet, HashMap};

use tripod_model::Address;
use tripod_tenant::{ErrorKind, TenantError};

use super::accounts;
use crate::config::Guid;
use crate::connection::Connection;
use crate::graph::user::{self, User};

/// The addresses of these people. Somebody who is deleted and can be restored is named too; somebody who is gone for
/// good is not there.
pub(super) async fn of(
    connection: &Connection,
    ids: &BTreeSet<Guid>,
    operation: &str,
) -> Result<HashMap<Guid, Address>, TenantError> {
    let calls: Vec<_> = ids.iter().map(|id| accounts::names(id, operation)).collect();
    let mut found = HashMap::new();
    let mut missing = BTreeSet::new();
    for (id, answer) in ids.iter().zip(connection.graph.batch(&calls).await) {
        match answer {
            Ok(value) => {
                let address = User::read_by_id(value, id, operation)?.address().ok_or_else(|| {
                    let message = format!("Microsoft Graph shows no address of {id}");
                    TenantError::new(ErrorKind::Denied, operation, message).lacking(user::READ)
                })?;
                found.insert(id.clone(), address);
            }
            Err(error) if error.kind == ErrorKind::Missing => drop(missing.insert(id.clone())),
            Err(error) => return Err(error),
        }
    }
    if !missing.is_empty() {
        for row in connection.graph.list(&user::deleted()).await? {
            let user = User::read(row, "list deleted accounts")?;
            if let (Some(id), Some(address)) = (Guid::read(&user.id), user::former_address(&user))
                && missing.contains(&id)
            {
                found.insert(id, address);
            }
        }
    }
    Ok(found)
}
