//! The apps of a tenant at the start: its own, Microsoft's, and those that its people have connected.

use super::access;
use super::ids::{after, guid_of};
use super::seed::{DAY, id_of};
use super::state::{App, Assignment, Consent, Tenant, link_id};
use crate::description::AppDescription;
use crate::identity::Access;

/// The tenant that Microsoft's own apps are registered in (facts sheet, Microsoft 3, «SaaS on a personal account»).
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
/// What an enterprise app of the gallery or of one's own is tagged with.
const TAG: &str = "WindowsAzureActiveDirectoryIntegratedApp";

/// Puts the apps, consents and assignments into their tables.
pub(super) fn fill(tenant: &mut Tenant, apps: &[AppDescription]) {
    let id = tenant.id.clone();
    let app = |label: &str, client_id: String, name: &str, organisation: &str| App {
        id: guid_of(&id, &format!("service principal of app {label}")),
        registration: (organisation == id).then(|| guid_of(&id, &format!("registration of app {label}"))),
        client_id,
        name: name.to_owned(),
        organisation: organisation.to_owned(),
        verified_publisher: None,
        homepage: None,
        tags: vec![TAG.to_owned()],
        owners: Vec::new(),
        created: after(tenant.starts(), -400 * DAY),
    };
    let graph = app("Microsoft Graph", "00000003-0000-0000-c000-000000000000".to_owned(), "Microsoft Graph", MICROSOFT);
    let exchange = "Office 365 Exchange Online";
    let exchange = app(exchange, "00000002-0000-0ff1-ce00-000000000000".to_owned(), exchange, MICROSOFT);
    let resource = graph.id.clone();
    let mut all = vec![App { tags: Vec::new(), ..graph }, App { tags: Vec::new(), ..exchange }];
    for (access, name) in [(Access::Read, "tripod-audit"), (Access::Write, "tripod-provision")] {
        all.push(app(name, access::client_id(&id, access), name, &id));
    }
    let mut consents = Vec::new();
    let mut assignments = Vec::new();
    for described in apps {
        let label = format!("of others: {}", described.name);
        // What nobody publishes is the organisation's own.
        let organisation = described.publisher.as_ref().map_or(id.clone(), |name| guid_of("publisher", name));
        let client_id = guid_of("client id", &label);
        let mut row = app(&label, client_id, &described.name, &organisation);
        row.verified_publisher = described.publisher.clone().filter(|_| described.verified);
        row.owners = described.owners.iter().filter_map(|owner| id_of(tenant, owner)).collect();
        for grant in &described.grants {
            let living = id_of(tenant, &grant.person)
                .filter(|person| tenant.accounts.get(person).is_some_and(|account| account.deleted.is_none()));
            let Some(principal) = living else { continue };
            let created = grant.since.unwrap_or_else(|| after(tenant.starts(), -30 * DAY));
            assignments.push(Assignment { app: row.id.clone(), principal: principal.clone(), created });
            if !grant.scopes.is_empty() {
                consents.push(consent(&row, &resource, Some(principal), &grant.scopes));
            }
        }
        if !described.tenant_wide.is_empty() {
            consents.push(consent(&row, &resource, None, &described.tenant_wide));
        }
        all.push(row);
    }
    for row in all {
        tenant.apps.insert(row.id.clone(), row);
    }
    for consent in consents {
        let principal = consent.principal.as_deref().unwrap_or_default();
        tenant.consents.insert(link_id(&[&consent.client, &consent.resource, principal]), consent);
    }
    for assignment in assignments {
        tenant.assignments.insert(link_id(&[&assignment.app, &assignment.principal]), assignment);
    }
}

fn consent(app: &App, resource: &str, principal: Option<String>, scopes: &[String]) -> Consent {
    Consent { client: app.id.clone(), principal, resource: resource.to_owned(), scopes: scopes.to_vec() }
}
