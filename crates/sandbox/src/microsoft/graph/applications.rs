//! Apps: service principals and registrations, their owners, consents and assignments (facts sheet, Microsoft 3,
//! «SaaS on a personal account»).

use serde_json::{Value, json};

use super::super::ids::graph_time;
use super::super::state::{App, Assignment, Consent, Tenant};
use super::errors::missing;
use super::members::objects;
use super::permissions::{
    self as need, READ_APPLICATIONS, READ_DIRECTORY, READ_USER_GRANTS, WRITE_APPLICATIONS, WRITE_GRANTS,
};
use super::query::{Kind, Query, reference};
use super::{Answer, Call, not_there, users};
use crate::wire::Reply;

/// The role that an assignment has where the app has no roles of its own.
const DEFAULT_ACCESS: &str = "00000000-0000-0000-0000-000000000000";

const GRANT: Kind = Kind::plain(
    "microsoft.graph.oAuth2PermissionGrant",
    "oauth2PermissionGrants",
    &["id", "clientId", "consentType", "principalId", "resourceId", "scope"],
);
const ASSIGNMENT: Kind = Kind::plain(
    "microsoft.graph.appRoleAssignment",
    "appRoleAssignments",
    &[
        "id",
        "deletedDateTime",
        "appRoleId",
        "createdDateTime",
        "principalDisplayName",
        "principalId",
        "principalType",
        "resourceDisplayName",
        "resourceId",
    ],
);
const SERVICE_PRINCIPAL: Kind = Kind::plain(
    "microsoft.graph.servicePrincipal",
    "servicePrincipals",
    &[
        "id",
        "deletedDateTime",
        "accountEnabled",
        "appDisplayName",
        "appId",
        "appOwnerOrganizationId",
        "appRoleAssignmentRequired",
        "displayName",
        "homepage",
        // May be selected, as the facts sheet has it; the metadata of v1.0 knows no such property, and none comes.
        "publisherName",
        "servicePrincipalNames",
        "servicePrincipalType",
        "signInAudience",
        "tags",
        "verifiedPublisher",
    ],
);
const APPLICATION: Kind = Kind::plain(
    "microsoft.graph.application",
    "applications",
    &[
        "id",
        "deletedDateTime",
        "appId",
        "createdDateTime",
        "displayName",
        "identifierUris",
        "publisherDomain",
        "signInAudience",
        "tags",
        "verifiedPublisher",
    ],
);

/// Answers for service principals, registrations and consents.
pub(super) fn answer(call: &mut Call, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("GET", ["servicePrincipals"]) => {
            need::require(call.claims, READ_APPLICATIONS)?;
            let query = Query::read(call.request, &SERVICE_PRINCIPAL)?;
            let rows = |after: &str| call.tenant.apps.after(after).map(|(_, app)| service_principal(app));
            Ok(query.page_by_id(rows, &SERVICE_PRINCIPAL, call.request, call.moment))
        }
        ("GET", ["servicePrincipals", id]) => one_principal(call, call.tenant.apps.get(&id.to_lowercase()), id),
        ("GET", ["servicePrincipals(appId)", id]) => {
            let app = call.tenant.apps.values().find(|app| app.client_id.eq_ignore_ascii_case(id));
            one_principal(call, app, id)
        }
        ("GET", ["servicePrincipals", id, "owners"]) => owners(call, call.tenant.apps.get(&id.to_lowercase()), id),
        ("GET", ["servicePrincipals", id, "appRoleAssignedTo"]) => {
            need::require(call.claims, READ_APPLICATIONS)?;
            let app = call.tenant.apps.get(&id.to_lowercase()).ok_or_else(|| missing(id))?;
            assignments(call, |assignment| assignment.app == app.id)
        }
        ("GET", ["servicePrincipals", id, "oauth2PermissionGrants"]) => {
            need::require(call.claims, READ_DIRECTORY)?;
            let app = call.tenant.apps.get(&id.to_lowercase()).ok_or_else(|| missing(id))?;
            consents(call, |consent| consent.client == app.id)
        }
        ("GET", ["applications"]) => {
            need::require(call.claims, READ_APPLICATIONS)?;
            let query = Query::read(call.request, &APPLICATION)?;
            let rows = call.tenant.apps.values().filter_map(|app| registration(call.tenant, app)).collect();
            Ok(query.page(rows, &APPLICATION, call.request, call.moment))
        }
        ("GET", ["applications", id]) => {
            need::require(call.claims, READ_APPLICATIONS)?;
            let query = Query::read(call.request, &APPLICATION)?;
            let row = registered(call.tenant, id).and_then(|app| registration(call.tenant, app));
            Ok(query.single(row.ok_or_else(|| missing(id))?, &APPLICATION))
        }
        ("GET", ["applications", id, "owners"]) => owners(call, registered(call.tenant, id), id),
        ("GET", ["oauth2PermissionGrants"]) => {
            need::require(call.claims, READ_DIRECTORY)?;
            consents(call, |_| true)
        }
        ("GET", ["oauth2PermissionGrants", id]) => {
            need::require(call.claims, READ_DIRECTORY)?;
            let query = Query::read(call.request, &GRANT)?;
            let consent = call.tenant.consents.get(id).ok_or_else(|| missing(id))?;
            Ok(query.single(consent_row(id, consent), &GRANT))
        }
        ("DELETE", ["oauth2PermissionGrants", id]) => {
            need::require(call.claims, WRITE_GRANTS)?;
            call.tenant.consents.remove(id).ok_or_else(|| missing(id))?;
            Ok(Reply::empty(204))
        }
        ("POST", ["oauth2PermissionGrants"]) | ("PATCH", ["oauth2PermissionGrants", _]) => {
            Err(users::refuse_without(call, WRITE_GRANTS))
        }
        ("POST", ["servicePrincipals"]) | ("PATCH" | "DELETE", ["servicePrincipals", _]) => {
            Err(users::refuse_without(call, WRITE_APPLICATIONS))
        }
        _ => Err(not_there(call, rest)),
    }
}

/// What a person has let apps do. Apps may not ask this of somebody without being able to write it.
pub(super) fn of_person(call: &Call, id: &str) -> Answer {
    let needed = if call.claims.is_delegated() { READ_DIRECTORY } else { READ_USER_GRANTS };
    need::require(call.claims, needed)?;
    let id = call.tenant.account(id, call.moment.now).ok_or_else(|| missing(id))?.id.clone();
    consents(call, |consent| consent.principal.as_deref() == Some(&id))
}

/// The apps that a person is assigned to.
pub(super) fn assigned_to_person(call: &Call, id: &str) -> Answer {
    need::require(call.claims, READ_DIRECTORY)?;
    let id = call.tenant.account(id, call.moment.now).ok_or_else(|| missing(id))?.id.clone();
    assignments(call, |assignment| assignment.principal == id)
}

/// References to the apps that a person owns, as service principal and as registration.
pub(super) fn owned_by(tenant: &Tenant, id: &str) -> Vec<Value> {
    let owned = tenant.apps.values().filter(|app| app.owners.iter().any(|owner| owner == id));
    let references = |app: &App| {
        let registration = app.registration.as_ref().map(|id| reference(id, "application"));
        [Some(reference(&app.id, "servicePrincipal")), registration].into_iter().flatten().collect::<Vec<_>>()
    };
    owned.flat_map(references).collect()
}

/// A reference to a service principal or a registration.
pub(super) fn object(tenant: &Tenant, id: &str) -> Option<Value> {
    let principal = tenant.apps.get(id).map(|app| reference(&app.id, "servicePrincipal"));
    principal.or_else(|| registered(tenant, id).map(|_| reference(id, "application")))
}

fn one_principal(call: &Call, app: Option<&App>, asked: &str) -> Answer {
    need::require(call.claims, READ_APPLICATIONS)?;
    let query = Query::read(call.request, &SERVICE_PRINCIPAL)?;
    Ok(query.single(service_principal(app.ok_or_else(|| missing(asked))?), &SERVICE_PRINCIPAL))
}

fn owners(call: &Call, app: Option<&App>, asked: &str) -> Answer {
    need::require(call.claims, READ_APPLICATIONS)?;
    let app = app.ok_or_else(|| missing(asked))?;
    let living = app.owners.iter().filter(|owner| users::is_user(call.tenant, owner));
    objects(call, living.map(|owner| reference(owner, "user")).collect())
}

fn registered<'t>(tenant: &'t Tenant, id: &str) -> Option<&'t App> {
    tenant.apps.values().find(|app| app.registration.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(id)))
}

fn consents(call: &Call, wanted: impl Fn(&Consent) -> bool) -> Answer {
    let query = Query::read(call.request, &GRANT)?;
    let rows = |after: &str| {
        let rows = call.tenant.consents.after(after).filter(|(_, consent)| wanted(consent));
        rows.map(|(id, consent)| consent_row(id, consent))
    };
    Ok(query.page_by_id(rows, &GRANT, call.request, call.moment))
}

fn assignments(call: &Call, wanted: impl Fn(&Assignment) -> bool) -> Answer {
    let query = Query::read(call.request, &ASSIGNMENT)?;
    let rows = |after: &str| {
        let rows = call.tenant.assignments.after(after).filter(|(_, assignment)| wanted(assignment));
        rows.map(|(id, assignment)| assignment_row(call.tenant, id, assignment))
    };
    Ok(query.page_by_id(rows, &ASSIGNMENT, call.request, call.moment))
}

fn consent_row(id: &str, consent: &Consent) -> Value {
    json!({
        "id": id,
        "clientId": consent.client,
        "consentType": if consent.principal.is_some() { "Principal" } else { "AllPrincipals" },
        "principalId": consent.principal,
        "resourceId": consent.resource,
        // Begins with a space (facts sheet, at the same place).
        "scope": format!(" {}", consent.scopes.join(" ")),
    })
}

fn assignment_row(tenant: &Tenant, id: &str, assignment: &Assignment) -> Value {
    json!({
        "id": id,
        "deletedDateTime": Value::Null,
        "appRoleId": DEFAULT_ACCESS,
        "createdDateTime": graph_time(assignment.created),
        "principalDisplayName": tenant.accounts.get(&assignment.principal).map(|account| &account.display_name),
        "principalId": assignment.principal,
        "principalType": "User",
        "resourceDisplayName": tenant.apps.get(&assignment.app).map(|app| &app.name),
        "resourceId": assignment.app,
    })
}

fn service_principal(app: &App) -> Value {
    json!({
        "id": app.id,
        "deletedDateTime": Value::Null,
        "accountEnabled": true,
        "appDisplayName": app.name,
        "appId": app.client_id,
        "appOwnerOrganizationId": app.organisation,
        "appRoleAssignmentRequired": false,
        "displayName": app.name,
        "homepage": app.homepage,
        "servicePrincipalNames": [app.client_id],
        "servicePrincipalType": "Application",
        "signInAudience": if app.registration.is_some() { "AzureADMyOrg" } else { "AzureADMultipleOrgs" },
        "tags": app.tags,
        "verifiedPublisher": verified(app),
    })
}

fn registration(tenant: &Tenant, app: &App) -> Option<Value> {
    Some(json!({
        "id": app.registration.as_ref()?,
        "deletedDateTime": Value::Null,
        "appId": app.client_id,
        "createdDateTime": graph_time(app.created),
        "displayName": app.name,
        "identifierUris": [],
        "publisherDomain": tenant.default_domain(),
        "signInAudience": "AzureADMyOrg",
        "tags": app.tags,
        "verifiedPublisher": verified(app),
    }))
}

/// The publisher, if the vendor has verified it; else an object with nothing in it, as v1.0 answers.
fn verified(app: &App) -> Value {
    let added = app.verified_publisher.as_ref().map(|_| graph_time(app.created));
    json!({"displayName": app.verified_publisher, "verifiedPublisherId": Value::Null, "addedDateTime": added})
}
