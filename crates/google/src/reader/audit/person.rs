//! What is known of people's accounts.

use tripod_tenant::{Observed, PersonFacts, PersonRef};

use super::facts;
use crate::call::Caller;
use crate::policies::DelegationSwitch;
use crate::reader::side_by_side;
use crate::wire::{PERSON_FACTS, User};

/// The facts of each of these people, asked for by id.
pub(super) async fn facts(caller: &Caller, people: &[PersonRef]) -> Vec<PersonFacts> {
    let switch = DelegationSwitch::default();
    side_by_side(people.iter().map(|person| of(caller, &switch, person)).collect()).await
}

async fn of(caller: &Caller, switch: &DelegationSwitch, person: &PersonRef) -> PersonFacts {
    let user = caller.user_facts(&person.id.0, PERSON_FACTS, format!("read {}", person.address)).await;
    let delegation_allowed = switch.allows(caller, &user).await;
    PersonFacts {
        last_sign_in: facts::fact(&user, facts::last_sign_in),
        second_factor: facts::fact(&user, facts::second_factor),
        manager: facts::fact(&user, facts::manager),
        department: facts::fact(&user, |user: &User| Observed::Present(user.department())),
        delegation_allowed,
    }
}
