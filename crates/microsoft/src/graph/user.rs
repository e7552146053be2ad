//! Users as Graph shows them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tripod_model::Address;
use tripod_tenant::{Activity, ErrorKind, Inactive, Observed, Person, PersonId, TenantError, Unknown};

use super::{Call, literal};
use crate::config::Guid;

/// The least privilege for reading users with `accountEnabled` (facts sheet, Microsoft 3).
pub(crate) const READ: &str = "User.Read.All";
/// The least privilege for blocking sign-in.
pub(crate) const BLOCK: &str = "User.EnableDisableAccount.All and User.Read.All";
/// What is read of a user; the defaults would leave out most of it.
pub(crate) const SELECT: &str = "id,displayName,userPrincipalName,mail,userType,accountEnabled,employeeLeaveDateTime,assignedPlans,proxyAddresses,department,identityParentId";

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
    /// The agent identity that the account belongs to (Microsoft Graph, «agentUser»).
    #[serde(default)]
    pub(crate) identity_parent_id: Option<String>,
    #[serde(rename = "@odata.type", default)]
    pub(crate) odata_type: Option<String>,
    /// What was asked for by [`SELECT`] and decides whether somebody can act, and the answer leaves out.
    #[serde(skip)]
    untold: Vec<&'static str>,
}

/// What decides whether somebody can act. Graph writes null where there is nothing; what it leaves out, it does not tell.
const DECIDING: [&str; 5] = ["accountEnabled", "userType", "mail", "employeeLeaveDateTime", "userPrincipalName"];

/// A service plan of a licence.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignedPlan {
    #[serde(default)]
    capability_status: Option<String>,
    #[serde(default)]
    service_plan_id: Option<String>,
}

/// The plans that give a person a mailbox, by the ids that Microsoft publishes. The service «exchange» has others, e.g.
/// `EXCHANGE_S_FOUNDATION`, which come with licences that give none.
const MAILBOX_PLANS: [&str; 9] = [
    "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
    "efb87545-963c-4e0d-99df-69c6916d9eb0",
    "4a82b400-a79f-41a4-b4e2-e94f5787b113",
    "1126bef5-da20-4f07-b45e-ad25d2581aa8",
    "90927877-dcff-4af6-b346-2332c0b15bb7",
    "d42bdbd6-c335-4231-ab3d-c8f348d5aff5",
    "fc52cc4b-ed7d-472d-bbe7-b081c23ecc56",
    "e9b4930a-925f-45e2-ac2a-3f7788ca6fdd",
    "8c3069c0-ccdb-44be-ab77-986203a67df2",
];

impl User {
    /// Reads a user out of an answer.
    pub(crate) fn read(value: Value, operation: &str) -> Result<Self, TenantError> {
        let is_told = |name: &&str| match value.get(name) {
            // Nobody's account is neither enabled nor disabled, or has no name to sign in with.
            Some(Value::Null) => *name != "accountEnabled" && *name != "userPrincipalName",
            Some(Value::String(text)) => !text.is_empty(),
            other => other.is_some(),
        };
        let untold = DECIDING.into_iter().filter(|name| !is_told(name)).collect();
        let mut user: Self = serde_json::from_value(value).map_err(|error| {
            TenantError::new(ErrorKind::Invalid, operation, format!("a user was not understood ({error})"))
        })?;
        user.untold = untold;
        Ok(user)
    }

    /// The same, unless the answer is about somebody else than who was asked for by address or sign-in name.
    pub(crate) fn read_of(value: Value, asked: &Address, operation: &str) -> Result<Self, TenantError> {
        let user = Self::read(value, operation)?;
        if user.signs_in_as(asked) || user.holds(asked) { Ok(user) } else { Err(other_than_asked(&user.id, operation)) }
    }

    /// The same, unless the answer is about somebody else than who was asked for by id.
    pub(crate) fn read_by_id(value: Value, asked: &Guid, operation: &str) -> Result<Self, TenantError> {
        let user = Self::read(value, operation)?;
        if user.id.eq_ignore_ascii_case(asked.as_str()) { Ok(user) } else { Err(other_than_asked(&user.id, operation)) }
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

    /// Whether a licence that is known to give a mailbox is assigned and in force. Without one, Exchange is to be asked.
    pub(crate) fn has_exchange_plan(&self) -> bool {
        let in_force = |status: &str| ["Enabled", "Warning"].iter().any(|word| status.eq_ignore_ascii_case(word));
        self.assigned_plans.iter().flatten().any(|plan| {
            let gives_one = |id: &str| MAILBOX_PLANS.iter().any(|known| known.eq_ignore_ascii_case(id));
            plan.service_plan_id.as_deref().is_some_and(gives_one)
                && plan.capability_status.as_deref().is_some_and(in_force)
        })
    }

    /// Whether the user is a guest from another organisation. The type is null on accounts that are older than it is;
    /// a guest then still signs in with a name that says so.
    pub(crate) fn is_guest(&self) -> bool {
        let invited =
            self.user_principal_name.as_deref().is_some_and(|name| name.to_ascii_uppercase().contains("#EXT#"));
        self.user_type.as_deref().map_or(invited, |kind| kind.eq_ignore_ascii_case("Guest"))
    }

    /// Whether the account belongs to an agent: a program, whatever licence, mailbox or manager it has.
    pub(crate) fn is_agent(&self) -> bool {
        self.identity_parent_id.is_some() || self.odata_type.as_deref() == Some("#microsoft.graph.agentUser")
    }

    /// The user as the port shows one; `inactive` is what the caller found out about the mailbox.
    pub(crate) fn person(&self, address: Address, mailbox: Option<Inactive>) -> Person {
        let inactive = if self.is_agent() {
            Some(Inactive::Agent)
        } else if self.is_guest() {
            Some(Inactive::Guest)
        } else if self.account_enabled == Some(false) {
            Some(Inactive::Disabled)
        } else if self.untold.contains(&"mail") {
            // Whether there is a mailbox follows from the address.
            None
        } else {
            mailbox
        };
        let activity = match inactive {
            Some(why) => Activity::Inactive(why),
            None if self.untold.is_empty() => Activity::Active,
            None => {
                let reason = format!("Microsoft Graph does not show {} of {address}", self.untold.join(" and "));
                Activity::Unknown(Unknown { kind: ErrorKind::Denied, reason })
            }
        };
        let aliases = self.proxy_addresses.iter().flatten().filter_map(|proxy| smtp(proxy)?.parse().ok());
        Person {
            id: PersonId(self.id.to_ascii_lowercase()),
            aliases: aliases.filter(|alias| *alias != address).collect(),
            name: self.display_name.clone().unwrap_or_else(|| address.to_string()),
            activity,
            delegation: Observed::Absent,
            leaves: self.employee_leave_date_time,
            last_sign_in: None,
            department: self.department.clone(),
            manager: None,
            address,
        }
    }
}

/// An answer about something else than what was asked for says nothing of that.
pub(crate) fn other_than_asked(answered: &str, operation: &str) -> TenantError {
    let message = format!("the answer of Microsoft Graph is about {answered}, which is not what was asked for");
    TenantError::new(ErrorKind::Invalid, operation, message)
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

/// Reads who is called so.
pub(crate) fn by_name(name: &str, operation: impl Into<String>) -> Call {
    let filter = format!("displayName eq {}", literal(name));
    Call::get(&["users"], READ, operation).query("$filter", filter).query("$select", "id")
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
            user(json!({"id": "x", "assignedPlans": [{"service": "exchange", "capabilityStatus": status,
                "servicePlanId": "EFB87545-963c-4e0d-99df-69c6916d9eb0"}]}))
        };
        assert!(plan("Enabled").has_exchange_plan());
        assert!(!plan("Deleted").has_exchange_plan());
        assert!(
            !user(json!({"id": "x", "assignedPlans": [{"service": "exchange", "capabilityStatus": "Enabled",
                "servicePlanId": "113feb6c-3fe4-4440-bddc-54d774bf0318"}]}))
            .has_exchange_plan()
        );
    }

    #[test]
    fn what_is_left_out_of_an_account_makes_nobody_active_and_nobody_a_guest() {
        let whole = json!({"id": "x", "userPrincipalName": "a@a.test", "mail": "a@a.test", "userType": "Member",
            "accountEnabled": true, "employeeLeaveDateTime": null});
        let activity = |value: &Value| user(value.clone()).person("a@a.test".parse().unwrap(), None).activity;
        assert_eq!(activity(&whole), Activity::Active);
        for field in ["accountEnabled", "userType", "mail", "employeeLeaveDateTime"] {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(matches!(activity(&less), Activity::Unknown(_)), "{field}");
        }
    }

    #[test]
    fn an_account_that_is_older_than_its_type_is_a_guest_by_its_name_only() {
        let old = |name: &str| user(json!({"id": "x", "userType": null, "userPrincipalName": name})).is_guest();
        assert!(old("ana_elsewhere.test#EXT#@a.onmicrosoft.com"));
        assert!(!old("ana@a.test"));
    }

    #[test]
    fn a_guest_is_a_guest_even_if_disabled() {
        let guest = user(json!({"id": "x", "userType": "Guest", "accountEnabled": false}));
        assert_eq!(guest.person("g@a.test".parse().unwrap(), None).activity, Inactive::Guest.into());
    }
}
