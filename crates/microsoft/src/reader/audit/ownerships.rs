//! What people own and may leave without an owner.

use std::collections::{BTreeMap, BTreeSet};

use tripod_tenant::{ErrorKind, OwnedKind, Ownership, PersonId, PersonRef, TenantError};

use super::accounts::NAMES;
use super::names;
use crate::config::Guid;
use crate::connection::Connection;
use crate::graph::Call;
use crate::graph::application::{self, Registration, ServicePrincipal, read_all};
use crate::graph::group::{self, Group, Member};

const OPERATION: &str = "list what people own";

/// Something that may have owners, and where they are asked for.
struct Thing {
    kind: OwnedKind,
    id: String,
    name: String,
    owners: Call,
}

/// Everything that people own, all pages or an error.
pub(super) async fn all(connection: &Connection) -> Result<Vec<Ownership>, TenantError> {
    let (apps, groups) = futures::try_join!(apps(connection), groups(connection))?;
    let things: Vec<Thing> = apps.into_iter().chain(groups).collect();
    let calls: Vec<Call> = things.iter().map(|thing| thing.owners.clone()).collect();
    let mut owned: Vec<(Thing, BTreeMap<Guid, Member>)> = Vec::new();
    for (thing, answer) in things.into_iter().zip(connection.graph.lists(&calls).await) {
        let rows = match answer {
            // It has gone since the list was made.
            Err(error) if error.kind == ErrorKind::Missing => continue,
            answer => answer?,
        };
        let owners: Vec<Member> = read_all(rows, "an owner", OPERATION)?;
        if owners.iter().any(|owner| !owner.is_told()) {
            let message = format!("Microsoft Graph does not tell what an owner of {} is", thing.name);
            return Err(TenantError::new(ErrorKind::Invalid, OPERATION, message));
        }
        let people = owners.into_iter().filter(|owner| !owner.is_neither() && !owner.is_group());
        let people: BTreeMap<Guid, Member> =
            people.map(|owner| Ok((Guid::parse(&owner.id, OPERATION)?, owner))).collect::<Result<_, TenantError>>()?;
        owned.push((thing, people));
    }

    let unnamed = owned.iter().flat_map(|(_, owners)| owners).filter(|(_, owner)| owner.address().is_none());
    let unnamed: BTreeSet<Guid> = unnamed.map(|(id, _)| id.clone()).collect();
    let addresses = names::of(connection, &unnamed, OPERATION).await?;
    let mut all = Vec::new();
    for (Thing { kind, id, name, .. }, owners) in owned {
        let reference = |(person, member): (Guid, Member)| {
            let address = member.address().or_else(|| addresses.get(&person).cloned())?;
            Some(PersonRef { id: PersonId(person.to_string()), address })
        };
        let mut owners: Vec<PersonRef> = owners.into_iter().filter_map(reference).collect();
        owners.sort_by(|a, b| a.address.cmp(&b.address));
        if !owners.is_empty() {
            all.push(Ownership { kind, id, name, owners });
        }
    }
    Ok(all)
}

/// Registrations of the tenant's own, and apps of others. The place that a registration has in the tenant itself is
/// no second thing.
async fn apps(connection: &Connection) -> Result<Vec<Thing>, TenantError> {
    let (registrations, principals) =
        (application::all_registrations(OPERATION), application::all_principals(OPERATION));
    let graph = &connection.graph;
    let (registrations, principals) = futures::try_join!(graph.list(&registrations), graph.list(&principals))?;
    let registrations: Vec<Registration> = read_all(registrations, "a registration", OPERATION)?;
    let principals: Vec<ServicePrincipal> = read_all(principals, "an app", OPERATION)?;
    let mut things = Vec::new();
    for registration in registrations {
        let owners = owners_of("applications", &registration.id, application::READ)?;
        let id = registration.app_id.unwrap_or(registration.id).to_ascii_lowercase();
        let name = named(registration.display_name, &id);
        things.push(Thing { kind: OwnedKind::Application, id, name, owners });
    }
    for principal in principals.iter().filter(|principal| principal.is_third_party(&connection.tenant)) {
        let owners = owners_of("servicePrincipals", &principal.id, application::READ)?;
        let app = principal.app();
        things.push(Thing { kind: OwnedKind::Application, id: app.id, name: app.name, owners });
    }
    Ok(things)
}

/// Microsoft 365 groups and security groups. Graph shows distribution lists too, but those are Exchange's, which knows
/// who manages them.
async fn groups(connection: &Connection) -> Result<Vec<Thing>, TenantError> {
    let rows = connection.graph.list(&group::all(OPERATION)).await?;
    let groups = rows.into_iter().map(|row| Group::read(row, OPERATION)).collect::<Result<Vec<_>, _>>()?;
    let things = groups.into_iter().filter(|group| group.is_unified() || group.security_enabled);
    let things = things.map(|group| {
        let owners = owners_of("groups", &group.id, group::READ)?;
        let name = named(group.display_name, group.mail.as_deref().unwrap_or(&group.id));
        Ok(Thing { kind: OwnedKind::Group, id: group.id.to_ascii_lowercase(), name, owners })
    });
    things.collect()
}

fn owners_of(what: &str, id: &str, permission: &'static str) -> Result<Call, TenantError> {
    let id = Guid::parse(id, OPERATION)?;
    let call = Call::get(&[what, id.as_str(), "owners"], permission, OPERATION);
    Ok(call.query("$select", NAMES).query("$top", "999"))
}

fn named(name: Option<String>, otherwise: &str) -> String {
    name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| otherwise.to_owned())
}
