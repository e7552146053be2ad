//! The steps for one mailbox.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tripod_model::zone::day;
use tripod_model::{Address, Kind, Provider, State, WantedMailbox};
use tripod_tenant::access::{self, Ability};
use tripod_tenant::{
    ErrorKind, Form, Observation, Observed, ObservedDelegate, ObservedMailbox, Person, PersonId, Principal, Setting,
};

use super::report::{PersonProblem, Reason, Unsafe, Waiting};
use super::{Action, companions};

/// Plans one mailbox.
pub(super) struct Planner<'a> {
    pub(super) wanted: &'a WantedMailbox,
    pub(super) provider: Provider,
    pub(super) observed: &'a Observation,
    pub(super) quorum: usize,
    pub(super) now: Timestamp,
}

/// What one mailbox needs, and what it cannot have.
#[derive(Debug, Default)]
pub(super) struct MailboxPlan {
    pub(super) actions: Vec<Action>,
    pub(super) reasons: Vec<Reason>,
}

/// The wanted delegates, sorted by what is known of them.
#[derive(Debug, Default)]
struct People<'a> {
    /// Who can act, each person once, with the address that the manifest uses.
    active: Vec<(&'a Address, &'a Person)>,
    /// Why the others are not among them.
    reasons: Vec<Reason>,
    /// Whether the manifest names a person by mistake. Then nothing is made and no access ends by it.
    mistaken: bool,
    /// How many could not be looked up.
    unknown: usize,
}

impl Planner<'_> {
    pub(super) fn plan(&self) -> MailboxPlan {
        let mut plan = MailboxPlan::default();
        match self.observed.mailboxes.get(&self.wanted.address) {
            None => plan.reasons.push(Reason::Unknown {
                what: "the mailbox".to_owned(),
                kind: ErrorKind::Invalid,
                reason: "it was not asked for".to_owned(),
            }),
            Some(Observed::Unknown(unknown)) => plan.reasons.push(Reason::unknown("the mailbox", unknown)),
            Some(Observed::Absent) => self.absent(&mut plan),
            Some(Observed::Present(mailbox)) => self.present(mailbox, &mut plan),
        }
        plan
    }

    fn absent(&self, plan: &mut MailboxPlan) {
        if matches!(self.wanted.state, State::Retired { .. }) {
            return;
        }
        let obstacles: Vec<_> = self
            .observed
            .obstacles
            .iter()
            .filter(|obstacle| obstacle.kind == ErrorKind::SetUp && obstacle.mailboxes.contains(&self.wanted.address))
            .map(|obstacle| {
                let (message, remedy) = (obstacle.message.clone(), obstacle.remedy.clone());
                Reason::WaitingOn(Waiting::Obstacle { message, remedy })
            })
            .collect();
        let people = self.people();
        let enough = people.active.len() >= self.quorum;
        let clear = obstacles.is_empty() && !people.mistaken && people.unknown == 0;
        plan.reasons.extend(obstacles);
        plan.reasons.extend(self.below_quorum(&people, "it is not created"));
        plan.reasons.extend(people.reasons);
        if !enough || !clear {
            return;
        }
        plan.actions.push(Action::Create {
            kind: self.wanted.kind,
            name: self.wanted.name.clone(),
            purpose: self.wanted.purpose.clone(),
            sign_in: self.wanted.sign_in.into(),
        });
        let settings = self.required_settings().to_vec();
        if !settings.is_empty() {
            plan.actions.push(Action::Configure { settings });
        }
        plan.actions.extend(people.active.iter().map(|(_, person)| Action::Grant { person: person.as_ref() }));
    }

    fn present(&self, mailbox: &ObservedMailbox, plan: &mut MailboxPlan) {
        let retired_on = match self.wanted.state {
            State::Active => None,
            State::Retired { on } => Some(on),
        };
        let due = retired_on.is_some_and(|on| day(self.now, &self.wanted.zone) >= on);
        let adopts = self.wanted.adopt && !due;
        match self.objection(mailbox, adopts) {
            // What is already deleted needs no retirement.
            Some(Reason::WaitingOn(Waiting::Deleted { .. })) if retired_on.is_some() => return,
            Some(reason) => {
                plan.reasons.push(reason);
                return;
            }
            None => {}
        }
        let delegates = match &mailbox.delegates {
            Observed::Present(delegates) => delegates.as_slice(),
            Observed::Absent => &[],
            Observed::Unknown(unknown) => {
                plan.reasons.push(Reason::unknown("who has access", unknown));
                return;
            }
        };
        if due {
            match companions::against(self.provider, self.wanted, mailbox) {
                None => plan.actions.push(Action::Retire),
                Some(reason) => plan.reasons.push(reason),
            }
            return;
        }
        if let Some(on) = retired_on {
            plan.reasons.push(Reason::WaitingOn(Waiting::Retirement { on }));
        }
        if mailbox.form == Form::UnmarkedAccount {
            plan.actions.push(Action::Mark);
        }
        // A name that is not told is not one that has to be mended.
        if mailbox.name != self.wanted.name && !mailbox.name.is_empty() {
            plan.actions.push(Action::Rename { from: mailbox.name.clone(), to: self.wanted.name.clone() });
        }
        self.settings(mailbox, plan);
        self.delegates(delegates, plan);
    }

    /// Why the thing under the address is left alone, if it is.
    fn objection(&self, mailbox: &ObservedMailbox, adopts: bool) -> Option<Reason> {
        let kind = match &mailbox.form {
            Form::Deleted(what) => return Some(Reason::WaitingOn(Waiting::Deleted { what: what.clone() })),
            Form::Other(what) => return Some(Reason::Unsafe(Unsafe::OtherObject { what: what.clone() })),
            Form::SharedMailbox | Form::UnmarkedAccount => Kind::SharedMailbox,
            Form::GroupInbox => Kind::GroupInbox,
        };
        if mailbox.address != self.wanted.address {
            return Some(Reason::Unsafe(Unsafe::OtherAddress { primary: mailbox.address.clone() }));
        }
        if kind != self.wanted.kind {
            return Some(Reason::Unsafe(Unsafe::KindDiffers { observed: kind, wanted: self.wanted.kind }));
        }
        (mailbox.form == Form::UnmarkedAccount && !adopts).then_some(Reason::Unsafe(Unsafe::UnmarkedAccount))
    }

    fn settings(&self, mailbox: &ObservedMailbox, plan: &mut MailboxPlan) {
        let mut off = Vec::new();
        for setting in self.required_settings() {
            match mailbox.settings.get(setting) {
                Some(Observed::Present(true)) => {}
                Some(Observed::Present(false) | Observed::Absent) => off.push(*setting),
                Some(Observed::Unknown(unknown)) => {
                    plan.reasons.push(Reason::unknown(format!("whether it has {}", setting.words()), unknown));
                }
                None => plan.reasons.push(Reason::Unknown {
                    what: format!("whether it has {}", setting.words()),
                    kind: ErrorKind::Invalid,
                    reason: "the tenant's answer does not say".to_owned(),
                }),
            }
        }
        if !off.is_empty() {
            plan.actions.push(Action::Configure { settings: off });
        }
    }

    fn delegates(&self, delegates: &[ObservedDelegate], plan: &mut MailboxPlan) {
        let people = self.people();
        let lacking = people
            .active
            .iter()
            .filter(|(address, _)| !access::rights_of(delegates, address, self.observed).is_full())
            .filter(|(address, person)| !access::may_be_there(delegates, address, person))
            .map(|(_, person)| Action::Grant { person: person.as_ref() });
        plan.actions.extend(lacking);

        let (revokes, unknown) = self.extras(delegates);
        plan.reasons.extend(unknown);
        // Whoever cannot be a delegate holds the rest back; whether somebody can has to be known before anything ends.
        let enough = people.active.len() >= self.quorum && people.unknown == 0;
        let held_back = match revokes.len() {
            0 => "name more people who can act".to_owned(),
            count => format!("nobody's access is ended until then ({count} would be)"),
        };
        plan.reasons.extend(self.below_quorum(&people, &held_back));
        if enough && !people.mistaken {
            plan.actions.extend(revokes);
        }
        plan.reasons.extend(people.reasons);
    }

    /// Whose access is to end, and about whom that could not be found out.
    fn extras(&self, delegates: &[ObservedDelegate]) -> (Vec<Action>, Vec<Reason>) {
        let mut revokes = BTreeSet::new();
        let mut unknown = Vec::new();
        for delegate in delegates {
            let who = &delegate.who;
            match who {
                Principal::Unclear { shown, reason } => {
                    unknown.push(Reason::Unknown {
                        what: format!("whose access {shown} is"),
                        kind: ErrorKind::Invalid,
                        reason: reason.clone(),
                    });
                    continue;
                }
                Principal::Everybody { shown } => {
                    unknown.push(Reason::Unknown {
                        what: format!("who has access through {shown}"),
                        kind: ErrorKind::Conflict,
                        reason: "it stands for everybody; end it at the provider".to_owned(),
                    });
                    continue;
                }
                _ => {}
            }
            let named = |person: &Address| access::belongs_to(who, person, self.observed);
            if self.wanted.delegates.iter().any(|person| named(&person.address)) {
                continue;
            }
            if let Principal::Account { address, .. } = who
                && let Observed::Unknown(why) = self.observed.person(address)
            {
                unknown.push(Reason::unknown(format!("who {address} is"), &why));
                continue;
            }
            if self.wanted.delegates.iter().any(|person| who.address() == Some(&person.address)) {
                // The access list shows an earlier account under the address of somebody who is wanted. To end that
                // access by address would end the wanted one.
                unknown.push(Reason::Unknown {
                    what: format!("whose access {} is", who.label()),
                    kind: ErrorKind::Conflict,
                    reason: "an earlier account with the same address has it; end it at the provider".to_owned(),
                });
                continue;
            }
            revokes.insert(Action::Revoke { principal: who.clone() });
        }
        (revokes.into_iter().collect(), unknown)
    }

    fn people(&self) -> People<'_> {
        let mut people = People::default();
        let mut by_id: BTreeMap<&PersonId, &Address> = BTreeMap::new();
        let mut delegates: Vec<_> = self.wanted.delegates.iter().collect();
        delegates.sort_by(|one, other| one.address.cmp(&other.address));
        for delegate in delegates {
            let address = &delegate.address;
            let mut invalid = |problem: PersonProblem| {
                people.mistaken |= PersonProblem::is_mistake(&problem);
                people.reasons.push(Reason::Invalid {
                    person: address.clone(),
                    place: delegate.place.clone(),
                    problem,
                });
            };
            match self.observed.people.get(address) {
                None => {
                    people.unknown += 1;
                    people.reasons.push(Reason::Unknown {
                        what: format!("who {address} is"),
                        kind: ErrorKind::Invalid,
                        reason: "it was not asked for".to_owned(),
                    });
                }
                Some(Observed::Unknown(unknown)) => {
                    people.unknown += 1;
                    people.reasons.push(Reason::unknown(format!("who {address} is"), unknown));
                }
                Some(Observed::Absent) if self.is_listed(address) => invalid(PersonProblem::Gone),
                Some(Observed::Absent) => invalid(PersonProblem::DoesNotExist),
                Some(Observed::Present(person)) => {
                    if let Some(other) = by_id.get(&person.id) {
                        invalid(PersonProblem::SamePerson { other: (*other).clone() });
                        continue;
                    }
                    by_id.insert(&person.id, address);
                    match self.ability(person) {
                        Ability::Able => people.active.push((address, person)),
                        Ability::Unable(why) => invalid(PersonProblem::unable(&why)),
                        Ability::Unknown(unknown) => {
                            people.unknown += 1;
                            people.reasons.push(Reason::unknown(format!("whether {address} can act"), &unknown));
                        }
                    }
                }
            }
        }
        people
    }

    /// Whether a person can carry the mailbox as it is observed, or as it is to be made.
    fn ability(&self, person: &Person) -> Ability {
        let mailbox = self.observed.mailboxes.get(&self.wanted.address).and_then(Observed::present);
        access::ability(self.wanted.kind, mailbox, &Observed::Present(person.clone()), self.now)
    }

    /// Whether the mailbox's access list shows an address.
    fn is_listed(&self, address: &Address) -> bool {
        let mailbox = self.observed.mailboxes.get(&self.wanted.address).and_then(Observed::present);
        let mut list = mailbox.and_then(|mailbox| mailbox.delegates.present()).into_iter().flatten();
        list.any(|delegate| delegate.who.address() == Some(address))
    }

    /// That too few can act. Where those who could not be looked up might be enough, that they could not is the
    /// reason, and it is reported already.
    fn below_quorum(&self, people: &People<'_>, held_back: &str) -> Option<Reason> {
        let active = people.active.len();
        let certain = active + people.unknown < self.quorum;
        certain.then(|| {
            Reason::Unsafe(Unsafe::BelowQuorum { active, quorum: self.quorum, held_back: held_back.to_owned() })
        })
    }

    fn required_settings(&self) -> &'static [Setting] {
        Setting::required(self.provider, self.wanted.kind, self.wanted.sign_in)
    }
}
