//! Apps as Graph shows them: registrations of the tenant's own, and the service principals that apps of anybody's
//! have in it.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tripod_tenant::{App, ErrorKind, TenantError};

use super::Call;
use crate::config::Guid;

/// The least privilege for reading apps and their owners (facts sheet, Microsoft 3).
pub(crate) const READ: &str = "Application.Read.All";
/// The least privilege for reading grants and assignments. The list of one person's grants would take a permission
/// to write, so it is never asked for (facts sheet, Microsoft 3).
pub(crate) const READ_GRANTS: &str = "Directory.Read.All";
/// Microsoft's own tenant, which owns its first-party apps (facts sheet, Microsoft 3, SaaS).
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// An app as it stands in the tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServicePrincipal {
    pub(crate) id: String,
    #[serde(default)]
    app_id: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    app_owner_organization_id: Option<String>,
    #[serde(rename = "servicePrincipalType", default)]
    kind: Option<String>,
    #[serde(default)]
    verified_publisher: Option<Publisher>,
}

/// Who publishes an app, as far as Microsoft has verified it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Publisher {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    verified_publisher_id: Option<String>,
    /// When the verification was added or renewed.
    #[serde(default)]
    added_date_time: Option<String>,
}

impl ServicePrincipal {
    /// Whether it is somebody else's app: neither the tenant's nor Microsoft's. An app whose owner is not shown is
    /// taken for somebody else's, for what is not looked at is not found; identities that Azure keeps for its own
    /// resources have no owner and are no apps.
    pub(crate) fn is_third_party(&self, tenant: &Guid) -> bool {
        let is_app = self.kind.as_deref().is_none_or(|kind| !kind.eq_ignore_ascii_case("ManagedIdentity"));
        let owner = self.app_owner_organization_id.as_deref();
        let is_known =
            |owner: &str| owner.eq_ignore_ascii_case(tenant.as_str()) || owner.eq_ignore_ascii_case(MICROSOFT);
        is_app && !owner.is_some_and(is_known)
    }

    /// The app as the port shows it. A publisher is named only if Microsoft has verified it: what an app says of
    /// itself otherwise is in its name already.
    pub(crate) fn app(&self) -> App {
        let id = self.app_id.as_ref().unwrap_or(&self.id).to_ascii_lowercase();
        let publisher = self.verified_publisher.as_ref();
        let said = |text: Option<&String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        App {
            name: said(self.display_name.as_ref()).unwrap_or_else(|| id.clone()),
            id,
            publisher: said(publisher.and_then(|publisher| publisher.display_name.as_ref())),
            // A name alone proves nothing.
            verified: [
                publisher.and_then(|it| it.verified_publisher_id.as_ref()),
                publisher.and_then(|it| it.added_date_time.as_ref()),
            ]
            .into_iter()
            .any(|mark| said(mark).is_some()),
        }
    }
}

/// A registration of the tenant's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) app_id: Option<String>,
    #[serde(default)]
    pub(crate) display_name: Option<String>,
}

/// What somebody has consented to: one row for each app, person and API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PermissionGrant {
    /// The service principal of the app.
    pub(crate) client_id: String,
    #[serde(default)]
    consent_type: Option<String>,
    /// Whose account; nobody's if an administrator has consented for everybody.
    #[serde(default)]
    principal_id: Option<String>,
    #[serde(default)]
    scope: Option<String>,
}

impl PermissionGrant {
    /// Whose own account it hangs on, if it hangs on one.
    pub(crate) fn person(&self) -> Option<&str> {
        let personal = self.consent_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Principal"));
        self.principal_id.as_deref().filter(|_| personal)
    }

    /// What the app may do. The text may begin with a space (facts sheet, Microsoft 3, SaaS).
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.as_deref().unwrap_or_default().split_whitespace()
    }
}

/// Somebody or something that an app is assigned to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assignment {
    #[serde(default)]
    principal_id: Option<String>,
    #[serde(default)]
    principal_type: Option<String>,
    #[serde(default)]
    pub(crate) created_date_time: Option<Timestamp>,
}

impl Assignment {
    /// The user, if it is one: groups and other apps can be assigned too.
    pub(crate) fn person(&self) -> Option<&str> {
        let is_user = self.principal_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("User"));
        self.principal_id.as_deref().filter(|_| is_user)
    }
}

/// Every app that has a place in the tenant.
pub(crate) fn all_principals(operation: &str) -> Call {
    Call::get(&["servicePrincipals"], READ, operation).query("$select", SELECT).query("$top", "999")
}

/// One of them.
pub(crate) fn principal(id: &Guid, operation: &str) -> Call {
    Call::get(&["servicePrincipals", id.as_str()], READ, operation).query("$select", SELECT)
}

const SELECT: &str = "id,appId,displayName,appOwnerOrganizationId,servicePrincipalType,verifiedPublisher";

/// Every registration of the tenant's own.
pub(crate) fn all_registrations(operation: &str) -> Call {
    Call::get(&["applications"], READ, operation).query("$select", "id,appId,displayName").query("$top", "999")
}

/// Every grant of the tenant, whoever gave it.
pub(crate) fn all_grants(operation: &str) -> Call {
    Call::get(&["oauth2PermissionGrants"], READ_GRANTS, operation).query("$top", "999")
}

/// Whom an app is assigned to.
pub(crate) fn assignments(id: &Guid, operation: &str) -> Call {
    Call::get(&["servicePrincipals", id.as_str(), "appRoleAssignedTo"], READ_GRANTS, operation).query("$top", "999")
}

/// Reads the elements of a list; `what` says what one of them is.
pub(crate) fn read_all<T: DeserializeOwned>(
    rows: Vec<Value>,
    what: &str,
    operation: &str,
) -> Result<Vec<T>, TenantError> {
    let read = |row| {
        serde_json::from_value(row).map_err(|error| {
            TenantError::new(ErrorKind::Invalid, operation, format!("{what} was not understood ({error})"))
        })
    };
    rows.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: &str = "7f0c2d1e-1111-4222-8333-944444444444";

    fn principal(value: Value) -> ServicePrincipal {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn only_apps_of_somebody_else_are_third_party() {
        let tenant = Guid::read(TENANT).unwrap();
        let owned_by = |owner: Value| {
            principal(json!({"id": "x", "appOwnerOrganizationId": owner, "servicePrincipalType": "Application"}))
                .is_third_party(&tenant)
        };
        assert!(owned_by(json!("11111111-2222-4333-8444-555555555555")));
        assert!(owned_by(Value::Null));
        assert!(!owned_by(json!(TENANT.to_uppercase())));
        assert!(!owned_by(json!(MICROSOFT)));
        assert!(!principal(json!({"id": "x", "servicePrincipalType": "ManagedIdentity"})).is_third_party(&tenant));
    }

    #[test]
    fn an_app_is_verified_by_the_marks_of_it_and_not_by_a_name() {
        let app = |publisher: Value| {
            principal(json!({"id": "x", "appId": "ABC", "displayName": " Acme ", "verifiedPublisher": publisher})).app()
        };
        let verified = app(json!({"displayName": "Acme Inc", "verifiedPublisherId": "123"}));
        assert_eq!((verified.id.as_str(), verified.name.as_str(), verified.verified), ("abc", "Acme", true));
        assert_eq!(verified.publisher.as_deref(), Some("Acme Inc"));
        assert!(app(json!({"displayName": "Acme Inc", "addedDateTime": "2025-10-19T09:00:00Z"})).verified);
        assert!(!app(json!({"displayName": "Acme Inc", "verifiedPublisherId": null, "addedDateTime": null})).verified);
        assert!(!app(Value::Null).verified);
    }

    #[test]
    fn a_grant_for_everybody_hangs_on_nobody() {
        let grant = |consent: &str, person: Value| -> PermissionGrant {
            serde_json::from_value(json!({"clientId": "c", "consentType": consent, "principalId": person,
                "scope": "  openid Mail.Read\toffline_access "}))
            .unwrap()
        };
        let own = grant("Principal", json!("p"));
        assert_eq!(own.person(), Some("p"));
        assert_eq!(own.scopes().collect::<Vec<_>>(), ["openid", "Mail.Read", "offline_access"]);
        assert_eq!(grant("AllPrincipals", Value::Null).person(), None);
        assert_eq!(grant("AllPrincipals", json!("p")).person(), None);
    }

    #[test]
    fn a_group_that_is_assigned_is_no_person() {
        let assignment = |kind: &str| -> Assignment {
            serde_json::from_value(
                json!({"principalId": "p", "principalType": kind, "createdDateTime": "2025-02-13T10:17:06.1234567Z"}),
            )
            .unwrap()
        };
        assert_eq!(assignment("User").person(), Some("p"));
        assert_eq!(assignment("Group").person(), None);
    }
}
