//! Who an address belongs to, and whether they can act.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::Address;
use tripod_tenant::{Activity, ErrorKind, Inactive, Observed, Person, PersonId, TenantError, Unknown};

use super::{Looked, side_by_side};
use crate::call::Caller;
use crate::policies::DelegationSwitch;
use crate::tenant::GoogleTenant;
use crate::wire::{Group, User};

/// Who each of these addresses belongs to, each asked directly and once.
pub(super) async fn people(caller: &Caller, addresses: &[Address]) -> Vec<Observed<Person>> {
    let looked = Looked::default();
    let different: Vec<&Address> = addresses.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let looks = different.iter().map(|address| person(caller, address, &looked)).collect();
    let found: BTreeMap<_, _> = different.iter().copied().zip(side_by_side(looks).await).collect();
    addresses.iter().filter_map(|address| found.get(address).cloned()).collect()
}

async fn person(caller: &Caller, address: &Address, looked: &Looked) -> Observed<Person> {
    match look(caller, address, looked).await {
        Ok(Some(person)) => Observed::Present(person),
        Ok(None) => Observed::Absent,
        Err(error) => Observed::Unknown(error.into()),
    }
}

async fn look(caller: &Caller, address: &Address, looked: &Looked) -> Result<Option<Person>, TenantError> {
    let unseen = &looked.unseen;
    if let Some(user) = unseen.there(caller, address, caller.user(address.as_str()).await).await? {
        let delegation = looked.switch.of_account(caller, &user).await;
        return told(&user, activity(&caller.tenant, &user), delegation).map(Some);
    }
    if let Some(group) = unseen.there(caller, address, caller.group(address.as_str()).await).await? {
        return Ok(Some(of_group(group, address)));
    }
    let Some(user) = unseen.holder(caller, address).await? else { return Ok(None) };
    told(&user, Inactive::Deleted.into(), Observed::Absent).map(Some)
}

fn told(user: &User, activity: Activity, delegation: Observed<bool>) -> Result<Person, TenantError> {
    let address = user.primary_email.parse().map_err(|error| {
        let what = format!("read account {}", user.id);
        TenantError::new(ErrorKind::Invalid, what, format!("its address cannot be used: {error}"))
    })?;
    Ok(Person {
        id: PersonId(user.id.clone()),
        address,
        aliases: user.other_addresses(),
        name: user.name.shown(),
        activity,
        delegation,
        // Google's directory has no leave date.
        leaves: None,
        last_sign_in: user.last_sign_in(),
        department: user.department(),
        manager: user.manager(),
    })
}

/// Whether an account can act. What speaks against it counts wherever it is shown; without that, everything that
/// decides has to be shown.
fn activity(tenant: &GoogleTenant, user: &User) -> Activity {
    if user.is_marked() {
        // Nobody stands behind it, so it must not pass for one of three people.
        return Inactive::NotAPerson("a service mailbox".to_owned()).into();
    }
    let is_guest = user.is_guest_of(&tenant.domains);
    let has_no_mailbox = user.is_mailbox_setup.map(|is_set_up| !is_set_up);
    let against = [
        ("isGuestUser", is_guest, Inactive::Guest),
        ("suspended", user.suspended, Inactive::Suspended),
        ("archived", user.archived, Inactive::Archived),
        ("isMailboxSetup", has_no_mailbox, Inactive::NoMailbox),
    ];
    if let Some((_, _, why)) = against.iter().find(|(_, holds, _)| *holds == Some(true)) {
        return why.clone().into();
    }
    let mut unsaid: Vec<&str> =
        against.iter().filter(|(_, holds, _)| holds.is_none()).map(|(field, _, _)| *field).collect();
    // In the unit of the service mailboxes nobody stands behind an account either, whoever made it.
    match &user.org_unit_path {
        Some(unit) if tenant.is_of_service_mailboxes(unit) => {
            let what = format!("an account in {unit}, where the service mailboxes are");
            return Inactive::NotAPerson(what).into();
        }
        None if tenant.is_of_service_mailboxes(&tenant.mailbox_unit) => unsaid.push("orgUnitPath"),
        _ => {}
    }
    if unsaid.is_empty() {
        return Activity::Active;
    }
    let reason = format!("Google does not tell of {}: {}", user.primary_email, unsaid.join(", "));
    Activity::Unknown(Unknown { kind: ErrorKind::Invalid, reason })
}

fn of_group(group: Group, asked: &Address) -> Person {
    let aliases = group.other_addresses();
    Person {
        id: PersonId(group.id),
        address: group.email.parse().unwrap_or_else(|_| asked.clone()),
        aliases,
        name: group.name.unwrap_or_default(),
        activity: Inactive::NotAPerson("a group".to_owned()).into(),
        delegation: Observed::Absent,
        leaves: None,
        last_sign_in: None,
        department: None,
        manager: None,
    }
}

/// Everybody who is no service mailbox of Tripod's, from a listing without a search (facts sheet, Google 3.1).
pub(super) async fn directory(caller: &Caller) -> Result<Vec<Person>, TenantError> {
    let users = caller.users(false).await?;
    let switch = DelegationSwitch::default();
    let mut people = Vec::new();
    for user in users.iter().filter(|user| !user.is_marked()) {
        match told(user, activity(&caller.tenant, user), switch.of_account(caller, user).await) {
            Ok(person) => people.push(person),
            // Nobody can name such an address in a manifest, so it cannot be missed either.
            Err(error) => tracing::warn!(%error, "left out of the directory"),
        }
    }
    Ok(people)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn activity_of(body: &Value) -> Activity {
        let tenant = GoogleTenant {
            customer: "C1".to_owned(),
            admin: "admin@x.test".parse().unwrap(),
            mailbox_unit: "/Service mailboxes".to_owned(),
            security_scope: false,
            domains: vec!["x.test".to_owned()],
        };
        activity(&tenant, &serde_json::from_value(body.clone()).unwrap())
    }

    fn ana() -> Value {
        json!({
            "id": "1", "primaryEmail": "ana@x.test", "suspended": false, "archived": false, "isMailboxSetup": true,
            "isGuestUser": false, "orgUnitPath": "/Staff",
        })
    }

    #[test]
    fn what_google_does_not_show_makes_nobody_active() {
        assert_eq!(activity_of(&ana()), Activity::Active);
        for field in ["suspended", "archived", "isMailboxSetup", "orgUnitPath"] {
            let mut less = ana();
            less.as_object_mut().unwrap().remove(field);
            let Activity::Unknown(unknown) = activity_of(&less) else { panic!("{field} is taken for harmless") };
            assert!(unknown.reason.contains(field), "{}", unknown.reason);
            less[field] = Value::Null;
            assert!(matches!(activity_of(&less), Activity::Unknown(_)), "{field}");
        }
    }

    #[test]
    fn what_speaks_against_somebody_counts_whatever_else_is_not_shown() {
        for (field, value, why) in [
            ("suspended", true, Inactive::Suspended),
            ("archived", true, Inactive::Archived),
            ("isMailboxSetup", false, Inactive::NoMailbox),
            ("isGuestUser", true, Inactive::Guest),
        ] {
            let little = json!({ "id": "1", "primaryEmail": "ana@x.test", field: value });
            assert_eq!(activity_of(&little), Activity::Inactive(why), "{field}");
        }
    }
}
