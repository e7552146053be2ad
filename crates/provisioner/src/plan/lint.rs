//! A second opinion on a plan, which shares no code with the planner.
//!
//! It plays the steps on what was observed, one by one, and looks after each whether the invariants still hold.
//! `apply` asks it before it starts, so that neither a defect in the planner nor an edited plan can break them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use tripod_model::{Address, Companion, State, WantedMailbox};
use tripod_tenant::access::{self, Ability};
use tripod_tenant::{Form, MailboxState, Observation, Observed, Person, PersonId, Principal};

use super::{Action, Plan, Step};

/// Something that a plan must not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The number of the step.
    pub step: u32,
    /// The mailbox.
    pub mailbox: Address,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}, {}: {}", self.step, self.mailbox, self.message)
    }
}

/// Plays a plan on an observation and gives back everything that it must not do.
#[must_use]
pub fn lint(plan: &Plan, observed: &Observation, now: Timestamp) -> Vec<Violation> {
    lint_steps(plan.steps(), &plan.wanted(), plan.quorum(), observed, now)
}

/// The same for some of a plan's steps, as they are left after a run that ended early.
pub(crate) fn lint_steps(
    steps: &[Step],
    wanted: &[WantedMailbox],
    quorum: usize,
    observed: &Observation,
    now: Timestamp,
) -> Vec<Violation> {
    let mut play = Play {
        wanted: wanted.iter().map(|mailbox| (&mailbox.address, mailbox)).collect(),
        quorum: quorum.max(tripod_model::QUORUM),
        observed,
        now,
        boxes: BTreeMap::new(),
    };
    let mut violations = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        if let Err(message) = play.step(step, &steps[index + 1..]) {
            violations.push(Violation { step: step.number, mailbox: step.mailbox.clone(), message });
        }
    }
    for step in steps.iter().filter(|step| matches!(step.action, Action::Create { .. })) {
        let active = play.boxes.get(&step.mailbox).map_or(0, |mailbox| mailbox.active.len());
        if active < play.quorum {
            let message = format!("it would be created with {active} active delegates, fewer than {}", play.quorum);
            violations.push(Violation { step: step.number, mailbox: step.mailbox.clone(), message });
        }
    }
    violations
}

struct Play<'a> {
    wanted: BTreeMap<&'a Address, &'a WantedMailbox>,
    quorum: usize,
    observed: &'a Observation,
    now: Timestamp,
    boxes: BTreeMap<Address, Played>,
}

/// A mailbox in the play.
struct Played {
    /// Who has both rights, in force, and can act.
    active: BTreeSet<PersonId>,
    /// How many there have to be at any time.
    floor: usize,
    retired: bool,
}

impl Play<'_> {
    fn step(&mut self, step: &Step, later: &[Step]) -> Result<(), String> {
        let wanted = *self.wanted.get(&step.mailbox).ok_or("the manifest does not name this mailbox")?;
        if wanted.tenant != step.tenant {
            return Err(format!("the mailbox belongs to tenant {}, not {}", wanted.tenant, step.tenant));
        }
        let later_here = || later.iter().filter(|other| other.mailbox == step.mailbox);
        if let Action::Create { .. } = step.action {
            return self.create(step);
        }
        self.enter(&step.mailbox)?;
        match &step.action {
            Action::Create { .. } | Action::Configure { .. } | Action::Rename { .. } => {}
            Action::Mark => {
                if !wanted.adopt {
                    return Err("an account is taken over though the manifest does not say `adopt: true`".to_owned());
                }
            }
            Action::Grant { person } => {
                if !self.wanted_ids(wanted).contains(&person.id) {
                    return Err(format!("{} gets access and is no wanted delegate", person.address));
                }
                if !self.is_able(wanted, &person.id) {
                    return Err(format!("{} gets access and cannot act", person.address));
                }
                self.played(&step.mailbox)?.active.insert(person.id.clone());
            }
            Action::Revoke { principal } => {
                if later_here().any(|other| matches!(other.action, Action::Grant { .. })) {
                    return Err("access is ended before all of the mailbox's grants are done".to_owned());
                }
                self.revoke(step, wanted, principal)?;
            }
            Action::Retire => {
                if later_here().next().is_some() {
                    return Err("something is to be done to it after it is deleted".to_owned());
                }
                self.retire(step, wanted)?;
            }
        }
        let played = self.played(&step.mailbox)?;
        if !played.retired && played.active.len() < played.floor {
            return Err(format!("{} active delegates are left, fewer than {}", played.active.len(), played.floor));
        }
        Ok(())
    }

    fn create(&mut self, step: &Step) -> Result<(), String> {
        match self.observed.mailboxes.get(&step.mailbox) {
            Some(Observed::Absent) => {}
            Some(Observed::Present(_)) => return Err("it is to be created and is there already".to_owned()),
            Some(Observed::Unknown(_)) | None => {
                return Err("it is to be created and nobody knows whether it is there".to_owned());
            }
        }
        let fresh = Played { active: BTreeSet::new(), floor: 0, retired: false };
        match self.boxes.insert(step.mailbox.clone(), fresh) {
            None => Ok(()),
            Some(_) => Err("it is to be created twice".to_owned()),
        }
    }

    /// Takes a mailbox into the play as it was observed, unless it is in it already.
    fn enter(&mut self, address: &Address) -> Result<(), String> {
        if self.boxes.contains_key(address) {
            return Ok(());
        }
        let mailbox = match self.observed.mailboxes.get(address) {
            Some(Observed::Present(mailbox)) => mailbox,
            Some(Observed::Absent) => return Err("it is to be changed and is not there".to_owned()),
            Some(Observed::Unknown(_)) | None => return Err("it is to be changed and is unknown".to_owned()),
        };
        if matches!(mailbox.form, Form::Deleted(_) | Form::Other(_)) || mailbox.address != *address {
            return Err("what stands under the address is no service mailbox".to_owned());
        }
        let kind = self.wanted.get(address).ok_or("the manifest does not name this mailbox")?.kind;
        let Some(active) = access::active_delegates(kind, mailbox, self.observed, self.now) else {
            return Err("it is to be changed and nobody knows who has access".to_owned());
        };
        let floor = active.len().min(self.quorum);
        self.boxes.insert(address.clone(), Played { active, floor, retired: false });
        Ok(())
    }

    fn revoke(&mut self, step: &Step, wanted: &WantedMailbox, principal: &Principal) -> Result<(), String> {
        let names = |who: &Principal| {
            who.address().is_some_and(|address| wanted.delegates.iter().any(|person| person.address == *address))
        };
        match principal {
            Principal::Everybody { shown } => return Err(format!("{shown} loses access and stands for everybody")),
            Principal::Unclear { shown, .. } => {
                return Err(format!("{shown} loses access and nobody knows who that is"));
            }
            Principal::Account { .. }
            | Principal::Group { .. }
            | Principal::Departed { .. }
            | Principal::Other { .. } => {}
        }
        let id = self.id_of(principal);
        if names(principal) || id.as_ref().is_some_and(|id| self.wanted_ids(wanted).contains(id)) {
            return Err(format!("{} loses access and is a wanted delegate", principal.label()));
        }
        if let Principal::Account { address, .. } = principal
            && matches!(self.observed.people.get(address), Some(Observed::Unknown(_)) | None)
        {
            return Err(format!("{address} loses access and nobody knows who that is"));
        }
        let quorum = self.quorum;
        let played = self.played(&step.mailbox)?;
        if let Some(id) = id {
            played.active.remove(&id);
        }
        if played.active.len() < quorum {
            return Err(format!(
                "{} active delegates are left after the access of {} ends, fewer than {quorum}",
                played.active.len(),
                principal.label()
            ));
        }
        Ok(())
    }

    fn retire(&mut self, step: &Step, wanted: &WantedMailbox) -> Result<(), String> {
        let State::Retired { on } = wanted.state else {
            return Err("it is to be deleted and the manifest does not say `state: retired`".to_owned());
        };
        if tripod_model::zone::day(self.now, &wanted.zone) < on {
            return Err(format!("it is to be deleted before {on}"));
        }
        let looked = self.observed.mailbox(&step.mailbox);
        if let Some(found) = looked.present()
            && found.form == Form::GroupInbox
            && !wanted.also_deletes.is_superset(&Companion::WORDS.map(|(_, companion)| companion).into())
            && matches!(found.states.get(&MailboxState::Team), Some(Observed::Present(_) | Observed::Unknown(_)))
        {
            return Err("it is to be deleted and may be a team, which the manifest does not name".to_owned());
        }
        if matches!(self.observed.mailbox(&step.mailbox).present(), Some(found) if found.form == Form::UnmarkedAccount)
        {
            return Err("it is to be deleted and is not a mailbox of Tripod's".to_owned());
        }
        self.played(&step.mailbox)?.retired = true;
        Ok(())
    }

    fn played(&mut self, address: &Address) -> Result<&mut Played, String> {
        self.boxes.get_mut(address).ok_or_else(|| "it is not in the play".to_owned())
    }

    fn id_of(&self, principal: &Principal) -> Option<PersonId> {
        let Principal::Account { id, address } = principal else { return None };
        id.clone().or_else(|| self.observed.people.get(address)?.present().map(|person| person.id.clone()))
    }

    fn wanted_ids(&self, wanted: &WantedMailbox) -> BTreeSet<PersonId> {
        let people = wanted.delegates.iter().filter_map(|person| self.observed.people.get(&person.address));
        people.filter_map(Observed::present).map(|person| person.id.clone()).collect()
    }

    /// Whether a person can carry the mailbox, as it is observed or as it is to be made.
    fn is_able(&self, wanted: &WantedMailbox, id: &PersonId) -> bool {
        let mailbox = self.observed.mailboxes.get(&wanted.address).and_then(Observed::present);
        let able = |person: &Person| {
            access::ability(wanted.kind, mailbox, &Observed::Present(person.clone()), self.now) == Ability::Able
        };
        let mut entries = self.observed.people.values().filter_map(Observed::present).filter(|person| person.id == *id);
        entries.next().is_some_and(able)
    }
}

#[cfg(test)]
mod tests {
    use tripod_model::Kind;
    use tripod_tenant::{ErrorKind, Inactive, Unknown};

    use super::*;
    use crate::plan::SignInWord;
    use crate::samples::{address, look, mailbox, now, person, tenant, wanted};

    const BOX: &str = "backups@contoso.test";
    const THREE: [&str; 3] = ["ana@contoso.test", "bo@contoso.test", "cy@contoso.test"];

    /// What is said of one step on a mailbox that stands on three, with `di` who may act and nobody wants.
    fn said(action: Action, change: impl FnOnce(&mut WantedMailbox, &mut Observation)) -> String {
        let mut wanted = wanted(BOX, &THREE);
        let four: Vec<_> = THREE.iter().chain(&["di@contoso.test"]).map(|text| person(text)).collect();
        let mut observed = look(std::slice::from_ref(&wanted), vec![mailbox(BOX, &THREE)], &four);
        change(&mut wanted, &mut observed);
        let step = Step { number: 1, tenant: tenant(), mailbox: address(BOX), action };
        let found = lint_steps(&[step], &[wanted], 3, &observed, now());
        found.into_iter().map(|violation| violation.message).collect::<Vec<_>>().join("; ")
    }

    fn revoke(text: &str) -> Action {
        Action::Revoke { principal: Principal::Account { address: address(text), id: None } }
    }

    #[test]
    fn every_step_that_must_not_be_is_objected_to() {
        let retired = |day: &str| State::Retired { on: day.parse().unwrap() };
        let grant = |text: &str| Action::Grant { person: person(text).as_ref() };
        let nothing = |_: &mut WantedMailbox, _: &mut Observation| {};
        assert_eq!(
            said(Action::Retire, |wanted, _| wanted.state = retired("2026-11-24")),
            "it is to be deleted before 2026-11-24"
        );
        assert_eq!(said(Action::Retire, |wanted, _| wanted.state = retired("2026-11-23")), "");
        assert_eq!(said(Action::Retire, nothing), "it is to be deleted and the manifest does not say `state: retired`");
        assert_eq!(said(grant("di@contoso.test"), nothing), "di@contoso.test gets access and is no wanted delegate");
        let disabled = |_: &mut WantedMailbox, look: &mut Observation| {
            let ana = tripod_tenant::Person { activity: Inactive::Disabled.into(), ..person(THREE[0]) };
            look.people.insert(address(THREE[0]), Observed::Present(ana));
        };
        assert_eq!(said(grant(THREE[0]), disabled), "ana@contoso.test gets access and cannot act");
        // By name alone, when nobody could tell who that is.
        let unread = |text: &'static str| {
            move |_: &mut WantedMailbox, look: &mut Observation| {
                let reason = Unknown { kind: ErrorKind::Unavailable, reason: "503".to_owned() };
                look.people.insert(address(text), Observed::Unknown(reason));
            }
        };
        assert_eq!(said(revoke(THREE[0]), unread(THREE[0])), "ana@contoso.test loses access and is a wanted delegate");
        assert_eq!(
            said(revoke("di@contoso.test"), unread("di@contoso.test")),
            "di@contoso.test loses access and nobody knows who that is"
        );
        assert_eq!(
            said(Action::Mark, nothing),
            "an account is taken over though the manifest does not say `adopt: true`"
        );
        let create = Action::Create {
            kind: Kind::SharedMailbox,
            name: "Backups".to_owned(),
            purpose: "Owns our account".to_owned(),
            sign_in: SignInWord::Blocked,
        };
        let absent = |_: &mut WantedMailbox, look: &mut Observation| {
            look.mailboxes.insert(address(BOX), Observed::Absent);
        };
        assert_eq!(said(create, absent), "it would be created with 0 active delegates, fewer than 3");
    }
}
