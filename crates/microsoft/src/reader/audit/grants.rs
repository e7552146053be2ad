//! Apps of others that hang on people's own accounts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use tripod_tenant::{App, AppGrant, ErrorKind, GrantMeans, PersonId, PersonRef, TenantError};

use super::names;
use crate::config::Guid;
use crate::connection::Connection;
use crate::graph::application::{self, Assignment, PermissionGrant, ServicePrincipal, read_all};

const OPERATION: &str = "list the grants of people to apps";

/// What is told of one grant.
#[derive(Debug, Default)]
struct Told {
    scopes: BTreeSet<String>,
    since: Option<Timestamp>,
}

/// One app, one person, one way: where the grant of the app's service principal and the person's id lead together.
type Grants = BTreeMap<(Guid, Guid, GrantMeans), Told>;

/// Every grant of a person to an app of somebody else's, all pages or an error.
pub(super) async fn all(connection: &Connection) -> Result<Vec<AppGrant>, TenantError> {
    let (grant_call, app_call) = (application::all_grants(OPERATION), application::all_principals(OPERATION));
    let graph = &connection.graph;
    let (grants, principals) = futures::try_join!(graph.list(&grant_call), graph.list(&app_call))?;
    let grants: Vec<PermissionGrant> = read_all(grants, "a grant", OPERATION)?;
    let principals: Vec<ServicePrincipal> = read_all(principals, "an app", OPERATION)?;
    let mut apps = third_party(connection, principals)?;
    let personal: Vec<(Guid, Guid, &PermissionGrant)> = grants
        .iter()
        .filter_map(|grant| Some((grant, grant.person()?)))
        .map(|(grant, person)| Ok((Guid::parse(&grant.client_id, OPERATION)?, Guid::parse(person, OPERATION)?, grant)))
        .collect::<Result<_, TenantError>>()?;
    add_new_ones(connection, &personal, &mut apps).await?;

    let mut told = Grants::new();
    for (app, person, grant) in personal {
        if matches!(apps.get(&app), Some(Some(_))) {
            let entry = told.entry((app, person, GrantMeans::Consent)).or_default();
            entry.scopes.extend(grant.scopes().map(str::to_owned));
        }
    }
    add_assignments(connection, &apps, &mut told).await?;

    let people: BTreeSet<Guid> = told.keys().map(|(_, person, _)| person.clone()).collect();
    let addresses = names::of(connection, &people, OPERATION).await?;
    let grant = |((app, person, means), told): ((Guid, Guid, GrantMeans), Told)| {
        let app = apps.get(&app).cloned().flatten()?;
        let address = addresses.get(&person).cloned()?;
        let person = PersonRef { id: PersonId(person.to_string()), address };
        Some(AppGrant { app, person, scopes: told.scopes.into_iter().collect(), means, since: told.since })
    };
    let mut all: Vec<AppGrant> = told.into_iter().filter_map(grant).collect();
    all.sort_by(|a, b| (&a.app, &a.person, a.means).cmp(&(&b.app, &b.person, b.means)));
    Ok(all)
}

/// The apps by service principal; nothing in place of those that are the tenant's own or Microsoft's.
type Apps = HashMap<Guid, Option<App>>;

fn third_party(connection: &Connection, principals: Vec<ServicePrincipal>) -> Result<Apps, TenantError> {
    let known = principals.into_iter().map(|principal| {
        let app = principal.is_third_party(&connection.tenant).then(|| principal.app());
        Ok((Guid::parse(&principal.id, OPERATION)?, app))
    });
    known.collect()
}

/// An app may have come between the two lists; one that is not there at all has gone between them.
async fn add_new_ones(
    connection: &Connection,
    personal: &[(Guid, Guid, &PermissionGrant)],
    apps: &mut Apps,
) -> Result<(), TenantError> {
    let open: BTreeSet<Guid> =
        personal.iter().map(|(app, _, _)| app).filter(|app| !apps.contains_key(app)).cloned().collect();
    let calls: Vec<_> = open.iter().map(|id| application::principal(id, OPERATION)).collect();
    let mut found = Vec::new();
    for answer in connection.graph.batch(&calls).await {
        match answer {
            Ok(value) => found.push(value),
            Err(error) if error.kind == ErrorKind::Missing => {}
            Err(error) => return Err(error),
        }
    }
    apps.extend(third_party(connection, read_all(found, "an app", OPERATION)?)?);
    Ok(())
}

async fn add_assignments(connection: &Connection, apps: &Apps, told: &mut Grants) -> Result<(), TenantError> {
    let mut ids: Vec<&Guid> = apps.iter().filter(|(_, app)| app.is_some()).map(|(id, _)| id).collect();
    ids.sort();
    let calls: Vec<_> = ids.iter().map(|id| application::assignments(id, OPERATION)).collect();
    for (app, answer) in ids.into_iter().zip(connection.graph.lists(&calls).await) {
        let rows = match answer {
            // The app has gone since the list was made, and its assignments with it.
            Err(error) if error.kind == ErrorKind::Missing => continue,
            answer => answer?,
        };
        let assignments: Vec<Assignment> = read_all(rows, "an assignment", OPERATION)?;
        for assignment in assignments {
            let Some(person) = assignment.person() else { continue };
            let person = Guid::parse(person, OPERATION)?;
            let entry = told.entry((app.clone(), person, GrantMeans::Assignment)).or_default();
            // Somebody may hold several roles of one app; the first of them is when it began.
            entry.since = [entry.since, assignment.created_date_time].into_iter().flatten().min();
        }
    }
    Ok(())
}
