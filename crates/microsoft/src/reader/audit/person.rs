//! What is known of people's accounts.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, Observed, PersonFacts, PersonRef, TenantError};

use super::accounts::{self, Account, NAMES, observed};
use super::names;
use crate::config::Guid;
use crate::connection::Connection;
use crate::graph::{Call, user};

/// What is known of each of these people's accounts, asked for by id.
pub(super) async fn facts(connection: &Connection, people: &[PersonRef]) -> Vec<PersonFacts> {
    let ids = people.iter().map(|person| Guid::parse(&person.id.0, &format!("read {}", person.address)));
    let ids: Vec<Result<Guid, TenantError>> = ids.collect();
    let known = people.iter().zip(&ids).filter_map(|(person, id)| Some((id.clone().ok()?, person.address.to_string())));
    let known: Vec<Account> = known.collect();
    let mut found = if known.is_empty() { Vec::new() } else { of_accounts(connection, &known).await }.into_iter();
    let not_told = || TenantError::new(ErrorKind::Invalid, "read people", "a person was left out");
    ids.into_iter()
        .map(|id| match id {
            Ok(_) => found.next().unwrap_or_else(|| PersonFacts::all_unknown(&not_told().into())),
            Err(error) => PersonFacts::all_unknown(&error.into()),
        })
        .collect()
}

async fn of_accounts(connection: &Connection, accounts: &[Account]) -> Vec<PersonFacts> {
    let operation = |label: &str| format!("read {label}");
    let departments: Vec<Call> = accounts
        .iter()
        .map(|(id, label)| {
            Call::get(&["users", id.as_str()], user::READ, operation(label)).query("$select", "id,department")
        })
        .collect();
    let managers: Vec<Call> = accounts
        .iter()
        .map(|(id, label)| {
            let operation = format!("read the manager of {label}");
            Call::get(&["users", id.as_str(), "manager"], user::READ, operation).query("$select", NAMES)
        })
        .collect();
    let (departments, managers, sign_ins, factors) = futures::join!(
        connection.graph.batch(&departments),
        connection.graph.batch(&managers),
        accounts::last_sign_ins(connection, accounts),
        accounts::second_factors(connection)
    );
    let managers = with_addresses(connection, accounts, managers).await;
    let all = accounts.iter().zip(departments).zip(managers).zip(sign_ins);
    all.map(|(((account, user), manager), last_sign_in)| {
        // Nothing of an account that is gone can be told apart from what it never had, e.g. a manager.
        if let Err(error) = &user
            && error.kind == ErrorKind::Missing
        {
            let gone = TenantError { message: "the account is not in the directory".to_owned(), ..error.clone() };
            return PersonFacts::all_unknown(&gone.into());
        }
        let manager = match manager {
            // Only of somebody who is there, «not found» means that there is no manager.
            Err(error) if error.kind == ErrorKind::Missing && user.is_ok() => Ok(None),
            manager => manager.map(Some),
        };
        PersonFacts {
            last_sign_in: observed(last_sign_in),
            second_factor: accounts::second_factor(&factors, account),
            manager: observed(manager),
            department: observed(user.and_then(|user| department_of(&user, &operation(&account.1)))),
            // Exchange has no such switch.
            delegation_allowed: Observed::Absent,
        }
    })
    .collect()
}

/// The managers' addresses. A manager is a directory object, which may come without an address of its own; then it is
/// asked for by id, each one once.
async fn with_addresses(
    connection: &Connection,
    accounts: &[Account],
    managers: Vec<Result<Value, TenantError>>,
) -> Vec<Result<Address, TenantError>> {
    let id = |manager: &Value| manager.get("id").and_then(Value::as_str).and_then(Guid::read);
    let bare = managers.iter().flatten().filter(|manager| address(manager).is_none());
    let bare: BTreeSet<Guid> = bare.filter_map(id).collect();
    let found = names::of(connection, &bare, "read managers").await;
    let named = accounts.iter().zip(managers).map(|((_, label), manager)| {
        let manager = manager?;
        let found = found.as_ref().map_err(Clone::clone);
        let hidden = || {
            let message = "Microsoft Graph shows no address of the manager";
            TenantError::new(ErrorKind::Denied, format!("read the manager of {label}"), message).lacking(user::READ)
        };
        match address(&manager) {
            Some(address) => Ok(address),
            None => id(&manager).map_or(Ok(None), |id| found.map(|found| found.get(&id).cloned()))?.ok_or_else(hidden),
        }
    });
    named.collect()
}

fn department_of(user: &Value, operation: &str) -> Result<Option<String>, TenantError> {
    #[derive(Deserialize)]
    struct User {
        #[serde(default)]
        department: Option<String>,
    }

    let user = User::deserialize(user).map_err(|error| {
        TenantError::new(ErrorKind::Invalid, operation, format!("a user was not understood ({error})"))
    })?;
    Ok(user.department.map(|department| department.trim().to_owned()).filter(|department| !department.is_empty()))
}

/// The address of a manager: a user, or a contact, which has no sign-in name.
fn address(manager: &Value) -> Option<Address> {
    let shown = ["mail", "userPrincipalName"].into_iter().filter_map(|key| manager.get(key)?.as_str());
    shown.into_iter().find_map(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_department_is_none() {
        let department = |value: Value| department_of(&json!({"id": "x", "department": value}), "x").unwrap();
        assert_eq!(department(json!("IT")).as_deref(), Some("IT"));
        assert_eq!(department(json!(" ")), None);
        assert_eq!(department(Value::Null), None);
        assert!(department_of(&json!("no user"), "x").is_err());
    }
}
