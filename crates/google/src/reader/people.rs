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
        return told(&user, activity(caller, &user)).map(Some);
    }
    if let Some(group) = unseen.there(caller, address, caller.group(address.as_str()).await).await? {
        return Ok(Some(of_group(group, address)));
    }
    let Some(user) = unseen.holder(caller, address).await? else { return Ok(None) };
    told(&user, Inactive::Deleted.into()).map(Some)
}

fn told(user: &User, activity: Activity) -> Result<Person, TenantError> {
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

/// Whether an account can act. What Google says against it decides; where it says nothing against it, it has to have
/// said everything: a switch that is left out is not one that is off.
fn activity(caller: &Caller, user: &User) -> Activity {
    let said = |switch: Option<bool>| switch == Some(true);
    let against = if user.is_marked() {
        // Nobody stands behind it, so it must not pass for one of three people.
        Some(Inactive::NotAPerson("a service mailbox".to_owned()))
    } else if said(user.is_guest) {
        Some(Inactive::Guest)
    } else if said(user.suspended) {
        Some(Inactive::Suspended)
    } else if said(user.archived) {
        Some(Inactive::Archived)
    } else if user.is_mailbox_setup == Some(false) {
        Some(Inactive::NoMailbox)
    } else {
        by_unit(caller, user)
    };
    match (against, not_told(caller, user)) {
        (Some(why), _) => Activity::Inactive(why),
        (None, Some(what)) => {
            let reason = format!("Google does not tell of {} {what}", user.primary_email);
            Activity::Unknown(Unknown { kind: ErrorKind::Invalid, reason })
        }
        (None, None) => Activity::Active,
    }
}

/// What Google leaves out of an account that decides whether it can act. A guest has no mailbox here, so that an account
/// with one is none, whether that is told or not: it is told since 2025 only.
fn not_told(caller: &Caller, user: &User) -> Option<&'static str> {
    let unit_decides = caller.tenant.is_of_service_mailboxes(&caller.tenant.mailbox_unit);
    match user {
        User { suspended: None, .. } => Some("whether it is suspended"),
        User { archived: None, .. } => Some("whether it is archived"),
        User { is_mailbox_setup: None, .. } => Some("whether it has a mailbox"),
        User { org_unit_path, .. } if unit_decides && org_unit_path.is_none() => {
            Some("which organisational unit it is in")
        }
        _ => None,
    }
}

/// What the unit tells of an account that somebody made by hand: in the unit of the service mailboxes nobody stands
/// behind it either.
fn by_unit(caller: &Caller, user: &User) -> Option<Inactive> {
    let unit = user.org_unit_path.as_ref().filter(|unit| caller.tenant.is_of_service_mailboxes(unit))?;
    Some(Inactive::NotAPerson(format!("an account in {unit}, where the service mailboxes are")))
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
    let mut people = Vec::new();
    for user in users.iter().filter(|user| !user.is_marked()) {
        match told(user, activity(caller, user)) {
            Ok(person) => people.push(person),
            // Nobody can name such an address in a manifest, so it cannot be missed either.
            Err(error) => tracing::warn!(%error, "left out of the directory"),
        }
    }
    Ok(people)
}
