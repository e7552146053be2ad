//! Who is in groups, and who owns them.

use std::collections::BTreeSet;

use tokio::sync::OnceCell;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, Observed, OwnedKind, Ownership, PersonId, PersonRef, TenantError};

use crate::call::Caller;
use crate::member::{Member, MemberKind};
use crate::reader::{side_by_side, there};
use crate::wire::{Group, User};

/// All accounts, for groups that everybody is in.
type Everybody = OnceCell<Result<Vec<User>, TenantError>>;

/// The people in each of these groups. A group that is not there is absent.
pub(super) async fn members(caller: &Caller, groups: &[Address]) -> Vec<Observed<Vec<Address>>> {
    let everybody = Everybody::default();
    let looks = groups.iter().map(|group| in_group(caller, &everybody, group)).collect();
    side_by_side(looks).await
}

async fn in_group(caller: &Caller, everybody: &Everybody, group: &Address) -> Observed<Vec<Address>> {
    match caller.members_of_members(group.as_str()).await {
        Ok(members) => match people(caller, everybody, group, &members).await {
            Ok(people) => Observed::Present(people),
            // Whatever is missing now, it is not the group.
            Err(error) => Observed::Unknown(error.into()),
        },
        Err(error) => Observed::from_result(Err(error)),
    }
}

async fn people(
    caller: &Caller,
    everybody: &Everybody,
    group: &Address,
    members: &[Member],
) -> Result<Vec<Address>, TenantError> {
    let mut people = BTreeSet::new();
    for member in members {
        match member.what() {
            MemberKind::Account(address) | MemberKind::Outsider(address) => {
                people.insert(address);
            }
            MemberKind::Group(nested) => expanded(caller, group, &nested).await?,
            MemberKind::Everybody => {
                let all = everybody.get_or_init(|| caller.users(false)).await.as_ref().map_err(Clone::clone)?;
                people.extend(all.iter().filter_map(|user| user.primary_email.parse::<Address>().ok()));
            }
            MemberKind::Other(_) => {}
            // Without it, the list would be a person short and look complete.
            MemberKind::Unclear(reason) => return Err(unusable(group, reason)),
        }
    }
    Ok(people.into_iter().collect())
}

/// An error unless Google has put the people of this nested group into the list. It does so with the customer's own
/// groups; what is in a group of somebody else's cannot be known.
async fn expanded(caller: &Caller, group: &Address, nested: &Address) -> Result<(), TenantError> {
    let is_ours = caller.tenant.domains.iter().any(|domain| domain == nested.domain());
    if is_ours || there(caller.group(nested.as_str()).await)?.is_some() {
        return Ok(());
    }
    Err(unusable(group, format!("{nested} in it is a group of another organisation, whose members cannot be listed")))
}

fn unusable(group: &Address, message: String) -> TenantError {
    TenantError::new(ErrorKind::Invalid, format!("list everybody in {group}"), message)
}

/// Every group that people own, with these people. One that was deleted meanwhile is left out.
pub(super) async fn ownerships(caller: &Caller) -> Result<Vec<Ownership>, TenantError> {
    let groups = caller.groups().await?;
    let looks = side_by_side(groups.into_iter().map(|group| owned(caller, group)).collect()).await;
    let mut all = Vec::new();
    for look in looks {
        all.extend(look?);
    }
    Ok(all)
}

async fn owned(caller: &Caller, group: Group) -> Result<Option<Ownership>, TenantError> {
    let what = format!("list the owners of {}", group.email);
    let Some(members) = there(caller.owners(&group.id, what.clone()).await)? else { return Ok(None) };
    let owners = owners(&members).map_err(|message| TenantError::new(ErrorKind::Invalid, what, message))?;
    let name = group.name.filter(|name| !name.trim().is_empty()).unwrap_or(group.email);
    Ok((!owners.is_empty()).then_some(Ownership { kind: OwnedKind::Group, id: group.id, name, owners }))
}

/// The people among the owners. One whose address cannot be used is left out, because nobody could name or ask them; one
/// of whom Google does not tell what it is would make the list look complete.
fn owners(members: &[Member]) -> Result<Vec<PersonRef>, String> {
    let mut owners = Vec::new();
    for member in members {
        let owns = member.is_owner().ok_or("Google does not tell which role a member has")?;
        let address = match member.what() {
            MemberKind::Account(address) | MemberKind::Outsider(address) => address,
            MemberKind::Unclear(reason) if owns && !member.has_unusable_address() => return Err(reason),
            _ => continue,
        };
        if owns {
            // Somebody from outside may come without an id; then the address stands for it.
            let id = member.id.clone().unwrap_or_else(|| address.to_string());
            owners.push(PersonRef { id: PersonId(id), address });
        }
    }
    owners.sort_by(|a, b| a.address.cmp(&b.address));
    Ok(owners)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn members(list: Value) -> Vec<Member> {
        serde_json::from_value(list).unwrap()
    }

    #[test]
    fn owners_that_are_no_people_and_members_that_are_no_owners_are_left_out() {
        let list = members(json!([
            { "id": "1", "email": "ana@example.com", "role": "OWNER", "type": "USER" },
            { "id": "2", "email": "staff@example.com", "role": "OWNER", "type": "GROUP" },
            { "id": "C1", "role": "OWNER", "type": "CUSTOMER" },
            { "id": "3", "email": "ben@example.com", "role": "MEMBER", "type": "USER" },
            { "id": "5", "email": "bot@example.com", "role": "OWNER", "type": "SERVICE_ACCOUNT" },
            { "email": "out@elsewhere.example", "role": "OWNER", "type": "EXTERNAL" },
        ]));
        let names: Vec<_> = owners(&list).unwrap().into_iter().map(|owner| owner.address.to_string()).collect();
        assert_eq!(names, ["ana@example.com", "out@elsewhere.example"]);
    }

    #[test]
    fn an_owner_of_whom_something_is_not_told_is_not_passed_over() {
        let whole = json!({ "id": "1", "email": "ana@example.com", "role": "OWNER", "type": "USER" });
        for field in ["email", "role", "type"] {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(owners(&members(json!([less]))).is_err(), "{field}");
        }
    }
}
