//! New Microsoft 365 groups, and who is in them.

use serde_json::json;
use tripod_tenant::{ErrorKind, NewMailbox, Principal, TenantError};

use super::{SHOWS_WITHIN, not_shown, seen_within, settled};
use crate::config::Guid;
use crate::connection::{Connection, is_same};
use crate::graph::Call;
use crate::graph::group::{self, Group, List};

/// How often a create is posted in all; again only after it has been read back as not done.
const POSTS: usize = 2;

/// Makes a Microsoft 365 group and gives its id.
pub(super) async fn create(connection: &Connection, new: &NewMailbox) -> Result<Guid, TenantError> {
    let operation = format!("create {}", new.address);
    if let Some(holder) = connection.graph.group_at(&new.address, &operation).await? {
        return taken_over(new, &holder, new.attempted_before, &operation);
    }
    for identity in [new.address.as_str(), new.address.local_part()] {
        if let Some(holder) = connection.exchange.recipient(identity, &operation).await? {
            // What an attempt of ours made may show at Exchange before it does at Graph.
            let look = || connection.graph.group_at(&new.address, &operation);
            if new.attempted_before
                && holder.is_unified_group()
                && let Some(group) = seen_within(connection.graph.clock(), SHOWS_WITHIN, &operation, look).await?
            {
                return taken_over(new, &group, true, &operation);
            }
            let message = format!(
                "{} ({}) holds `{identity}`, and the address of a group is made of it",
                holder.words(),
                holder.name()
            );
            return Err(TenantError::new(ErrorKind::Conflict, operation, message));
        }
    }
    let mut body = json!({
        "displayName": new.name,
        "mailEnabled": true,
        "mailNickname": new.address.local_part(),
        "securityEnabled": false,
        "groupTypes": ["Unified"],
        "visibility": "Private",
    });
    // A description is taken up to 1024 characters, and an empty one is refused.
    let description: String = new.purpose.chars().take(1024).collect();
    if let (false, Some(members)) = (description.is_empty(), body.as_object_mut()) {
        members.insert("description".to_owned(), description.into());
    }
    if let (Some(owner), Some(members)) = (&new.first_owner, body.as_object_mut()) {
        // Without an owner, Graph takes whoever has signed in, and an app's own group may get no site (Microsoft Graph,
        // «Create group» and the property `owners` of «group»). The list of members is left to the grants.
        let owner = Guid::parse(&owner.id.0, &operation)?;
        members.insert("owners@odata.bind".to_owned(), json!([object(&owner)]));
    }
    let call = Call::post(&["groups"], body, group::WRITE, &operation);
    let mut may_be_ours = new.attempted_before;
    for _ in 1..POSTS {
        match connection.graph.call(&call).await {
            Ok(value) => return Guid::parse(&Group::read(value, &operation)?.id, &operation),
            Err(error) => {
                may_be_ours |= !error.not_done;
                // A name that is taken may come as a plain 400 whose code says no more.
                let may_be_taken = matches!(error.kind, ErrorKind::Conflict | ErrorKind::Invalid);
                if !may_be_ours || (error.not_done && !may_be_taken) {
                    return Err(error);
                }
                let look = || connection.graph.group_at(&new.address, &operation);
                match seen_within(connection.graph.clock(), SHOWS_WITHIN, &operation, look).await? {
                    Some(holder) => return taken_over(new, &holder, true, &operation),
                    None if error.not_done => return Err(error),
                    None => {}
                }
            }
        }
    }
    let value = connection.graph.call(&call).await?;
    Guid::parse(&Group::read(value, &operation)?.id, &operation)
}

fn taken_over(new: &NewMailbox, holder: &Group, may_be_ours: bool, operation: &str) -> Result<Guid, TenantError> {
    if may_be_ours && holder.is_unified() && !holder.is_team() && holder.address().as_ref() == Some(&new.address) {
        return Guid::parse(&holder.id, operation);
    }
    let message = format!("{} holds the address", holder.words());
    Err(TenantError::new(ErrorKind::Conflict, operation, message))
}

/// How somebody is named in what is sent. Microsoft's own host stands in it also for a stand-in: it is a name, and
/// nobody follows it.
fn object(person: &Guid) -> String {
    format!("https://graph.microsoft.com/v1.0/directoryObjects/{person}")
}

/// Puts somebody on both lists of a group.
pub(super) async fn add(
    connection: &Connection,
    group: &Guid,
    person: &Guid,
    operation: &str,
) -> Result<(), TenantError> {
    let graph = &connection.graph;
    for list in [List::Members, List::Owners] {
        let is_there = || async {
            let all = graph.members(group, list, operation).await?;
            Ok(all.iter().any(|member| member.id.eq_ignore_ascii_case(person.as_str())).then_some(()))
        };
        if settled(graph.clock(), operation, is_there).await?.is_some() {
            continue;
        }
        let body = json!({"@odata.id": object(person)});
        let call = Call::post(&["groups", group.as_str(), list.segment(), "$ref"], body, group::WRITE, operation);
        let call = call.repeatable();
        let added = settled(graph.clock(), operation, || async { graph.call(&call).await }).await;
        match added {
            Ok(_) => {
                let seen = seen_within(graph.clock(), SHOWS_WITHIN, operation, is_there).await?;
                seen.ok_or_else(|| not_shown(operation, "the access"))?;
            }
            // «Already there» has no code of its own; the list tells.
            Err(error) => {
                if is_there().await?.is_none() {
                    return Err(cause_of(connection, group, error).await);
                }
            }
        }
    }
    Ok(())
}

/// What stands behind a refusal: the membership of a group by rule, or of one that is synchronised, cannot be changed
/// here by anyone, and Graph answers as if a permission were missing.
async fn cause_of(connection: &Connection, group: &Guid, refused: TenantError) -> TenantError {
    if !matches!(refused.kind, ErrorKind::Denied | ErrorKind::Invalid) {
        return refused;
    }
    let look = connection.graph.call(&group::by_id(group, &refused.operation)).await;
    let Ok(found) = look.and_then(|value| Group::read_by_id(value, group, &refused.operation)) else { return refused };
    let because = if found.is_by_rule() {
        "a membership rule decides who its members are; change the group to assigned membership, or the rule"
    } else if found.on_premises_sync_enabled == Some(true) {
        "it is synchronised from the organisation's own directory; change its members there"
    } else {
        return refused;
    };
    let message = format!("{because} (Microsoft Graph said: {})", refused.message);
    TenantError::new(ErrorKind::SetUp, refused.operation, message).request_id(refused.request_id)
}

/// Takes somebody off both lists of a group; who is not there stays away.
pub(super) async fn remove(
    connection: &Connection,
    group: &Guid,
    who: &Principal,
    operation: &str,
) -> Result<(), TenantError> {
    let holders = match connection.group_holders(group, operation).await {
        Err(error) if error.kind == ErrorKind::Missing => return Ok(()),
        holders => holders?,
    };
    for holder in holders.iter().filter(|holder| is_same(&holder.delegate.who, who)) {
        let Some(id) = &holder.id else { continue };
        let lists = [(List::Owners, holder.delegate.rights.act), (List::Members, holder.delegate.rights.read)];
        for (list, _) in lists.into_iter().filter(|(_, is_on)| *is_on) {
            let path = ["groups", group.as_str(), list.segment(), id.as_str(), "$ref"];
            match connection.graph.call(&Call::delete(&path, group::WRITE, operation)).await {
                Err(error) if error.kind == ErrorKind::Missing => {}
                Err(error) => return Err(cause_of(connection, group, error).await),
                Ok(_) => {}
            }
        }
    }
    Ok(())
}
