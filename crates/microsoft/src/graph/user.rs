//! Users as Graph shows them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tripod_model::Address;
use tripod_tenant::{Activity, ErrorKind, Inactive, Observed, Person, PersonId, TenantError};

use super::{Call, literal};
use crate::config::Guid;

/// The least privilege for reading users with `accountEnabled` (facts sheet, Microsoft 3).
pub(crate) const READ: &str = "User.Read.All";
/// The least privilege for blocking sign-in.
pub(crate) const BLOCK: &str = "User.EnableDisableAccount.All and User.Read.All";
/// What is read of a user; the defaults would leave out most of it.
pub(crate) const SELECT: &str = "id,displayName,userPrincipalName,mail,userType,accountEnabled,employeeLeaveDateTime,assignedPlans,proxyAddresses,department";

/// A user, with the properties of [`SELECT`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are Graph's")]
pub(crate) struct User {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) display_name: Option<String>,
    #[serde(default)]
    pub(crate) user_principal_name: Option<String>,
    #[serde(default)]
    pub(crate) mail: Option<String>,
    #[serde(default)]
    pub(crate) user_type: Option<String>,
    #[serde(default)]
    pub(crate) account_enabled: Option<bool>,
    #[serde(default)]
    pub(crate) employee_leave_date_time: Option<Timestamp>,
    #[serde(default)]
    pub(crate) assigned_plans: Option<Vec<AssignedPlan>>,
    #[serde(default)]
    pub(crate) proxy_addresses: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) department: Option<String>,
}

/// A service plan of a licence.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignedPlan {
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    capability_status: Option<String>,
}

impl User {
    /// Reads a user out of an answer.
    pub(crate) fn read(value: Value, operation: &str) -> Result<Self, TenantError> {
        serde_json::from_value(value).map_err(|error| {
            TenantError::new(ErrorKind::Invalid, operation, format!("a user was not understood ({error})"))
        })
    }

    /// The primary address: `mail`, or the sign-in name where there is no mail.
    pub(crate) fn address(&self) -> Option<Address> {
        [&self.mail, &self.user_principal_name].into_iter().flatten().find_map(|text| text.parse().ok())
    }

    /// Whether mail to this address reaches the user.
    pub(crate) fn holds(&self, address: &Address) -> bool {
        let is_it = |text: &str| text.eq_ignore_ascii_case(address.as_str());
        self.mail.as_deref().is_some_and(is_it)
            || self.proxy_addresses.iter().flatten().filter_map(|proxy| smtp(proxy)).any(is_it)
    }

    /// Whether this is the user's sign-in name.
    pub(crate) fn signs_in_as(&self, address: &Address) -> bool {
        self.user_principal_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(address.as_str()))
    }

    /// Whether a licence with a mailbox is assigned and in force.
    pub(crate) fn has_exchange_plan(&self) -> bool {
        let in_force = |status: &str| ["Enabled", "Warning"].iter().any(|word| status.eq_ignore_ascii_case(word));
        self.assigned_plans.iter().flatten().any(|plan| {
            plan.service.as_deref().is_some_and(|service| service.eq_ignore_ascii_case("exchange"))
                && plan.capability_status.as_deref().is_none_or(in_force)
        })
    }

    /// Whether the user is a guest from another organisation.
    pub(crate) fn is_guest(&self) -> bool {
        self.user_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Guest"))
    }

    /// The user as the port shows one; `inactive` is what the caller found out about the mailbox.
    pub(crate) fn person(&self, address: Address, mailbox: Option<Inactive>) -> Person {
        let inactive = if self.is_guest() {
            Some(Inactive::Guest)
        } else if self.account_enabled == Some(false) {
            Some(Inactive::Disabled)
        } else {
            mailbox
        };
        let aliases = self.proxy_addresses.iter().flatten().filter_map(|proxy| smtp(proxy)?.parse().ok());
        Person {
            id: PersonId(self.id.to_ascii_lowercase()),
            aliases: aliases.filter(|alias| *alias != address).collect(),
            name: self.display_name.clone().unwrap_or_else(|| address.to_string()),
            activity: inactive.map_or(Activity::Active, Activity::Inactive),
            delegation: Observed::Absent,
            leaves: self.employee_leave_date_time,
            last_sign_in: None,
            department: self.department.clone(),
            manager: None,
            address,
        }
    }
}

/// The address in an entry of `proxyAddresses` or `EmailAddresses`, if it is one for mail.
pub(crate) fn smtp(entry: &str) -> Option<&str> {
    let (scheme, address) = entry.split_once(':')?;
    scheme.eq_ignore_ascii_case("smtp").then_some(address)
}

/// Reads a user by id.
pub(crate) fn by_id(id: &Guid, operation: impl Into<String>) -> Call {
    Call::get(&["users", id.as_str()], READ, operation).query("$select", SELECT)
}

/// Reads a user by sign-in name.
pub(crate) fn by_sign_in_name(address: &Address, operation: impl Into<String>) -> Call {
    Call::get(&["users", address.as_str()], READ, operation).query("$select", SELECT)
}

/// Reads who receives mail at an address.
pub(crate) fn by_address(address: &Address, operation: impl Into<String>) -> Call {
    let filter = format!("proxyAddresses/any(p:p eq {})", literal(&format!("smtp:{address}")));
    Call::get(&["users"], READ, operation).query("$filter", filter).query("$select", SELECT)
}

/// Reads who has this as `mail`: guests have no proxy address for it.
pub(crate) fn by_mail(address: &Address, operation: impl Into<String>) -> Call {
    let filter = format!("mail eq {}", literal(address.as_str()));
    Call::get(&["users"], READ, operation).query("$filter", filter).query("$select", SELECT)
}

/// Everybody in the directory.
pub(crate) fn all() -> Call {
    Call::get(&["users"], READ, "list the directory").query("$select", SELECT).query("$top", "999")
}

/// Every deleted user that can still be restored.
pub(crate) fn deleted() -> Call {
    Call::get(&["directory", "deletedItems", "microsoft.graph.user"], READ, "list deleted accounts")
        .query("$select", "id,displayName,userPrincipalName,mail,userType,proxyAddresses,department")
}

/// The sign-in name that a deleted user had: Entra puts the id in front of it.
fn former_name(user: &User) -> &str {
    let prefix = user.id.replace('-', "");
    let name = user.user_principal_name.as_deref().unwrap_or_default();
    name.get(..prefix.len())
        .filter(|start| start.eq_ignore_ascii_case(&prefix))
        .map_or(name, |start| &name[start.len()..])
}

/// Whether a deleted user held an address.
pub(crate) fn held(user: &User, address: &Address) -> bool {
    user.holds(address) || former_name(user).eq_ignore_ascii_case(address.as_str())
}

/// The primary address that a deleted user had.
pub(crate) fn former_address(user: &User) -> Option<Address> {
    [user.mail.as_deref(), Some(former_name(user))].into_iter().flatten().find_map(|text| text.parse().ok())
}

/// How long a new account may take to show in Graph (facts sheet, Microsoft 2, create sequence, 6).
pub(crate) const SHOWS_WITHIN: Duration = Duration::from_mins(10);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(value: Value) -> User {
        User::read(value, "x").unwrap()
    }

    #[test]
    fn a_deleted_user_is_known_by_the_name_behind_the_id() {
        let deleted = user(json!({"id": "11111111-2222-4333-8444-555555555555", "mail": null,
            "userPrincipalName": "11111111222243338444555555555555ana@a.test"}));
        assert!(held(&deleted, &"ana@a.test".parse().unwrap()));
        assert!(!held(&deleted, &"na@a.test".parse().unwrap()));
        assert_eq!(former_address(&deleted), Some("ana@a.test".parse().unwrap()));
    }

    #[test]
    fn only_a_plan_in_force_gives_a_mailbox() {
        let plan = |status: &str| {
            user(json!({"id": "x", "assignedPlans": [{"service": "exchange", "capabilityStatus": status}]}))
        };
        assert!(plan("Enabled").has_exchange_plan());
        assert!(!plan("Deleted").has_exchange_plan());
        assert!(
            !user(json!({"id": "x", "assignedPlans": [{"service": "SharePoint", "capabilityStatus": "Enabled"}]}))
                .has_exchange_plan()
        );
    }

    #[test]
    fn a_guest_is_a_guest_even_if_disabled() {
        let guest = user(json!({"id": "x", "userType": "Guest", "accountEnabled": false}));
        assert_eq!(guest.person("g@a.test".parse().unwrap(), None).activity, Inactive::Guest.into());
    }
}
