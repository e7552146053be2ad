//! Who an address belongs to, and whether they can act.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::Address;
use tripod_tenant::{Activity, ErrorKind, Inactive, Observed, Person, PersonId, TenantError, Unknown};

use super::{Unseen, side_by_side};
use crate::call::Caller;
use crate::wire::{Group, User};

/// Who each of these addresses belongs to, each asked directly and once.
pub(super) async fn people(caller: &Caller, addresses: &[Address]) -> Vec<Observed<Person>> {
    let unseen = Unseen::default();
    let different: Vec<&Address> = addresses.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let looks = different.iter().map(|address| person(caller, address, &unseen)).collect();
    let found: BTreeMap<_, _> = different.iter().copied().zip(side_by_side(looks).await).collect();
    addresses.iter().filter_map(|address| found.get(address).cloned()).collect()
}

async fn person(caller: &Caller, address: &Address, unseen: &Unseen) -> Observed<Person> {
    match look(caller, address, unseen).await {
        Ok(Some(person)) => Observed::Present(person),
        Ok(None) => Observed::Absent,
        Err(error) => Observed::Unknown(error.into()),
    }
}

async fn look(caller: &Caller, address: &Address, unseen: &Unseen) -> Result<Option<Person>, TenantError> {
    if let Some(user) = unseen.there(caller, address, caller.user(address.as_str()).await).await? {
        return of_user(caller, &user).map(Some);
    }
    if let Some(group) = unseen.there(caller, address, caller.group(address.as_str()).await).await? {
        return Ok(Some(of_group(group, address)));
    }
    let Some(user) = unseen.holder(caller, address).await? else { return Ok(None) };
    told(&user, Some(Inactive::Deleted)).map(Some)
}

fn of_user(caller: &Caller, user: &User) -> Result<Person, TenantError> {
    told(user, inactive(caller, user)?)
}

fn told(user: &User, inactive: Option<Inactive>) -> Result<Person, TenantError> {
    let address = user.primary_email.parse().map_err(|error| {
        let what = format!("read account {}", user.id);
        TenantError::new(ErrorKind::Invalid, what, format!("its address cannot be used: {error}"))
    })?;
    Ok(Person {
        id: PersonId(user.id.clone()),
        address,
        aliases: user.other_addresses(),
        name: user.name.shown(),
        activity: inactive.map_or(Activity::Active, Activity::Inactive),
        delegation: delegation_unread(),
        // Google's directory has no leave date.
        leaves: None,
        last_sign_in: user.last_sign_in(),
        department: user.department(),
        manager: user.manager(),
    })
}

/// The switch for mail delegation is read by the auditor only; what is not read counts as on.
pub(super) fn delegation_unread() -> Observed<bool> {
    let reason = "the switch for mail delegation was not read".to_owned();
    Observed::Unknown(Unknown { kind: ErrorKind::SetUp, reason })
}

fn inactive(caller: &Caller, user: &User) -> Result<Option<Inactive>, TenantError> {
    Ok(if user.is_marked() {
        // Nobody stands behind it, so it must not pass for one of three people.
        Some(Inactive::NotAPerson("a service mailbox".to_owned()))
    } else if user.is_guest {
        Some(Inactive::Guest)
    } else if user.suspended {
        Some(Inactive::Suspended)
    } else if user.archived {
        Some(Inactive::Archived)
    } else if user.is_mailbox_setup == Some(false) {
        Some(Inactive::NoMailbox)
    } else {
        by_unit(caller, user)?
    })
}

/// What the unit tells of an account that somebody made by hand: in the unit of the service mailboxes nobody stands
/// behind it either. Whoever's unit is not told is neither.
fn by_unit(caller: &Caller, user: &User) -> Result<Option<Inactive>, TenantError> {
    let tenant = &caller.tenant;
    match &user.org_unit_path {
        Some(unit) if tenant.is_of_service_mailboxes(unit) => {
            Ok(Some(Inactive::NotAPerson(format!("an account in {unit}, where the service mailboxes are"))))
        }
        None if tenant.is_of_service_mailboxes(&tenant.mailbox_unit) => {
            let what = format!("read account {}", user.primary_email);
            Err(TenantError::new(ErrorKind::Invalid, what, "Google does not tell which organisational unit it is in"))
        }
        _ => Ok(None),
    }
}

fn of_group(group: Group, asked: &Address) -> Person {
    let aliases = group.other_addresses();
    Person {
        id: PersonId(group.id),
        address: group.email.parse().unwrap_or_else(|_| asked.clone()),
        aliases,
        name: group.name,
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
    let mut people = Vec::new();
    for user in users.iter().filter(|user| !user.is_marked()) {
        match told(user, inactive(caller, user)?) {
            Ok(person) => people.push(person),
            // Nobody can name such an address in a manifest, so it cannot be missed either.
            Err(error) => tracing::warn!(%error, "left out of the directory"),
        }
    }
    Ok(people)
}
