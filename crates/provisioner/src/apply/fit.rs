//! Whether a plan still fits what is observed, and what is left of it to do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tripod_model::{Address, Kind, Policy, WantedMailbox};
use tripod_tenant::access;
use tripod_tenant::{ErrorKind, Form, Observation, Observed, Principal};

use super::ApplyError;
use super::report::Failure;
use crate::journal::Earlier;
use crate::plan::{Action, Basis, BasisDelegate, BasisMailbox, BasisPerson, Plan, Seen, Step, lint_steps, plan};

/// What is left of a plan.
#[derive(Debug, Default)]
pub(super) struct Fit {
    /// The mailboxes of which something can no longer be read, or in whose way something stands now.
    pub(super) held: BTreeMap<Address, Failure>,
    /// The numbers of the steps that are still to be done.
    pub(super) open: BTreeSet<u32>,
    /// The numbers of the steps that an earlier run has carried out and that no read has shown yet.
    pub(super) sent: BTreeSet<u32>,
}

/// What a plan is held against.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    /// The new look.
    pub(super) fresh: &'a Observation,
    /// What earlier runs of the same plan have done.
    pub(super) earlier: &'a Earlier,
    /// The stricter of the rules that the plan was made by and those of now.
    pub(super) rules: &'a Policy,
    /// The time.
    pub(super) now: Timestamp,
}

/// Holds a plan against what is so now.
pub(super) fn fit(plan: &Plan, against: &Against<'_>) -> Result<Fit, ApplyError> {
    let &Against { fresh, earlier, rules, now } = against;
    undone(plan, fresh, earlier)?;
    let wanted = plan.wanted();
    let basis = Basis::of(&wanted, fresh, now);
    let mut comparison = Comparison { plan, fresh, earlier, difference: Vec::new(), held: BTreeMap::new() };
    for (address, before) in &plan.basis().mailboxes {
        if let Some(after) = basis.mailboxes.get(address) {
            comparison.mailbox(address, before, after);
        }
    }
    for (address, before) in &plan.basis().people {
        if let Some(after) = basis.people.get(address) {
            comparison.person(address, before, after);
        }
    }
    comparison.obstacles();
    if !comparison.difference.is_empty() {
        return Err(ApplyError::Outdated { difference: comparison.difference });
    }

    let is_so = |step: &&Step| is_so(step, fresh);
    // What is made and never shows is not believed in for ever: a day after it was made it is made again.
    let believed = |step: &&Step| earlier.did(step.number) && !matches!(step.action, Action::Create { .. });
    let (sent, open): (Vec<&Step>, Vec<&Step>) =
        plan.steps().iter().filter(|step| !is_so(step)).partition(|step| believed(step));
    let left: Vec<Step> =
        open.iter().filter(|step| !comparison.held.contains_key(&step.mailbox)).map(|step| (*step).clone()).collect();
    let violations = lint_steps(&left, &wanted, rules.quorum, fresh, now);
    if !violations.is_empty() {
        return Err(ApplyError::Unsafe(violations));
    }
    if earlier.steps.is_empty() && earlier.finished.is_none() {
        comparison.plan_again(&wanted, rules, now);
    }
    let Comparison { difference, held, .. } = comparison;
    if !difference.is_empty() {
        return Err(ApplyError::Outdated { difference });
    }
    let numbers = |steps: Vec<&Step>| steps.into_iter().map(|step| step.number).collect();
    Ok(Fit { held, open: numbers(open), sent: numbers(sent) })
}

/// Refuses to do again what was done and shown, and is no longer so.
fn undone(plan: &Plan, fresh: &Observation, earlier: &Earlier) -> Result<(), ApplyError> {
    let is_known = |step: &&Step| match fresh.mailbox(&step.mailbox) {
        Observed::Unknown(_) => false,
        Observed::Absent => true,
        Observed::Present(mailbox) => !matches!(mailbox.delegates, Observed::Unknown(_)),
    };
    let undone = plan.steps().iter().filter(|step| earlier.saw(step.number) && !is_so(step, fresh)).filter(is_known);
    let undone: Vec<String> = undone
        .map(|step| format!("{}: «{}» was carried out, and is no longer so", step.mailbox, step.action.words()))
        .collect();
    match &earlier.finished {
        _ if undone.is_empty() => Ok(()),
        Some(at) => Err(ApplyError::Finished { at: at.clone(), undone }),
        None => Err(ApplyError::Outdated { difference: undone }),
    }
}

/// Whether a look shows what a step wants.
pub(super) fn is_so(step: &Step, look: &Observation) -> bool {
    let Some(seen) = look.mailboxes.get(&step.mailbox) else { return false };
    let mailbox = match seen {
        Observed::Unknown(_) => return false,
        Observed::Absent => return step.action == Action::Retire,
        Observed::Present(mailbox) => mailbox,
    };
    match &step.action {
        Action::Create { kind, .. } => kind_of(&mailbox.form) == Some(*kind),
        Action::Mark => mailbox.form == Form::SharedMailbox,
        Action::Rename { to, .. } => mailbox.name == *to,
        Action::Configure { settings } => {
            settings.iter().all(|setting| mailbox.settings.get(setting) == Some(&Observed::Present(true)))
        }
        Action::Grant { person } => {
            mailbox.delegates.present().is_some_and(|list| access::rights_of(list, &person.address, look).is_full())
        }
        Action::Revoke { principal } => mailbox
            .delegates
            .present()
            .is_some_and(|list| list.iter().all(|delegate| !is_same(&delegate.who, principal))),
        Action::Retire => matches!(mailbox.form, Form::Deleted(_)),
    }
}

fn kind_of(form: &Form) -> Option<Kind> {
    match form {
        Form::SharedMailbox => Some(Kind::SharedMailbox),
        Form::GroupInbox => Some(Kind::GroupInbox),
        Form::UnmarkedAccount | Form::Deleted(_) | Form::Other(_) => None,
    }
}

/// Whether two entries of an access list name the same. One look may show an id and the next may not.
fn is_same(one: &Principal, other: &Principal) -> bool {
    match (one, other) {
        (Principal::Account { id: Some(one), .. }, Principal::Account { id: Some(other), .. }) => one == other,
        _ => one.label() == other.label(),
    }
}

struct Comparison<'a> {
    plan: &'a Plan,
    fresh: &'a Observation,
    earlier: &'a Earlier,
    difference: Vec<String>,
    held: BTreeMap<Address, Failure>,
}

impl Comparison<'_> {
    fn differs(&mut self, address: &Address, what: &str) {
        self.difference.push(format!("{address}: {what}"));
    }

    fn hold(&mut self, address: &Address, failure: Failure) {
        self.held.entry(address.clone()).or_insert(failure);
    }

    /// Whether an earlier run of the plan has begun a step like this on the mailbox.
    fn begun(&self, address: &Address, is_like: impl Fn(&Action) -> bool) -> bool {
        let own = self.plan.steps().iter().filter(|step| step.mailbox == *address);
        own.filter(|step| self.earlier.began(step.number)).any(|step| is_like(&step.action))
    }

    fn begun_grant(&self, address: &Address, who: &Principal) -> bool {
        self.begun(
            address,
            |action| matches!(action, Action::Grant { person } if access::belongs_to(who, &person.address, self.fresh)),
        )
    }

    fn is_to_be_given(&self, address: &Address, who: &Principal) -> bool {
        self.plan.steps().iter().filter(|step| step.mailbox == *address).any(
            |step| matches!(&step.action, Action::Grant { person } if access::belongs_to(who, &person.address, self.fresh)),
        )
    }

    fn begun_revoke(&self, address: &Address, who: &Principal) -> bool {
        self.begun(address, |action| matches!(action, Action::Revoke { principal } if is_same(principal, who)))
    }

    fn mailbox(&mut self, address: &Address, before: &Seen<BasisMailbox>, after: &Seen<BasisMailbox>) {
        match (before, after) {
            (Seen::Unknown, _) | (Seen::Absent, Seen::Absent) => {}
            (_, Seen::Unknown) => {
                let failure = match self.fresh.mailbox(address) {
                    Observed::Unknown(unknown) => unknown.into(),
                    _ => Failure::before_the_call(ErrorKind::Unavailable, format!("cannot read {address}")),
                };
                self.hold(address, failure);
            }
            (Seen::Absent, Seen::Present(after)) => self.appeared(address, after),
            (Seen::Present(_), Seen::Absent) => {
                if !self.begun(address, |action| *action == Action::Retire) {
                    self.differs(address, "it was deleted by somebody else since the plan was made");
                }
            }
            (Seen::Present(before), Seen::Present(after)) => self.both(address, before, after),
        }
    }

    fn appeared(&mut self, address: &Address, after: &BasisMailbox) {
        let ours = self.begun(
            address,
            |action| matches!(action, Action::Create { kind, .. } if kind_of(&after.form) == Some(*kind)),
        );
        if !ours {
            self.differs(address, "it was created by somebody else since the plan was made");
            return;
        }
        match &after.delegates {
            Seen::Present(delegates) => {
                // What we made may have been made with one of its people, before their own step began.
                for who in delegates.iter().map(|delegate| &delegate.who).collect::<BTreeSet<_>>() {
                    if !self.is_to_be_given(address, who) {
                        self.given(address, who);
                    }
                }
            }
            Seen::Absent => {}
            Seen::Unknown => self.hold_for_delegates(address),
        }
    }

    fn both(&mut self, address: &Address, before: &BasisMailbox, after: &BasisMailbox) {
        if before.id != after.id {
            self.differs(address, "another mailbox has the address since the plan was made");
            return;
        }
        if before.form != after.form {
            let retired =
                matches!(after.form, Form::Deleted(_)) && self.begun(address, |action| *action == Action::Retire);
            if retired {
                return;
            }
            let marked = after.form == Form::SharedMailbox && self.begun(address, |action| *action == Action::Mark);
            if !marked {
                let what = match &after.form {
                    Form::SharedMailbox => "it is a service mailbox now, and was not when the plan was made",
                    Form::UnmarkedAccount => "Tripod's marker was taken off by somebody else since the plan was made",
                    Form::GroupInbox => "it became a group since the plan was made",
                    Form::Deleted(_) => "it was deleted by somebody else since the plan was made",
                    Form::Other(_) => "it became something else since the plan was made",
                };
                self.differs(address, what);
                return;
            }
        }
        if before.address != after.address {
            self.differs(address, &format!("its primary address is {} since the plan was made", after.address));
        }
        if before.name != after.name {
            let ours = self.begun(address, |action| matches!(action, Action::Rename { to, .. } if *to == after.name));
            if !ours {
                let what = format!("it was renamed by somebody else from «{}» to «{}»", before.name, after.name);
                self.differs(address, &what);
            }
        }
        self.settings(address, before, after);
        self.delegates(address, before, after);
    }

    fn settings(&mut self, address: &Address, before: &BasisMailbox, after: &BasisMailbox) {
        for (setting, was) in &before.settings {
            let (Seen::Present(was), Some(Seen::Present(is))) = (was, after.settings.get(setting)) else { continue };
            let ours = *is
                && self.begun(
                    address,
                    |action| matches!(action, Action::Configure { settings } if settings.contains(setting)),
                );
            if was != is && !ours {
                let turn = if *is { "so" } else { "no longer so" };
                let what = format!("«{}» is {turn} since the plan was made, by somebody else", setting.words());
                self.differs(address, &what);
            }
        }
    }

    fn delegates(&mut self, address: &Address, before: &BasisMailbox, after: &BasisMailbox) {
        let (before, after) = match (&before.delegates, &after.delegates) {
            (Seen::Present(before), Seen::Present(after)) => (before, after),
            (Seen::Present(_), Seen::Unknown) => {
                self.hold_for_delegates(address);
                return;
            }
            _ => return,
        };
        let without =
            |list: &BTreeSet<BasisDelegate>, who: &Principal| list.iter().all(|delegate| !is_same(&delegate.who, who));
        let may = |list: &BTreeSet<BasisDelegate>, who: &Principal| -> BTreeSet<_> {
            let own = list.iter().filter(|delegate| is_same(&delegate.who, who));
            own.map(|delegate| (delegate.rights, delegate.acceptance)).collect()
        };
        for who in before.iter().map(|delegate| &delegate.who).collect::<BTreeSet<_>>() {
            if self.begun_revoke(address, who) {
                continue;
            }
            if without(after, who) {
                self.differs(address, &format!("{} was removed by somebody else since the plan was made", who.label()));
            } else if may(before, who) != may(after, who) && !self.begun_grant(address, who) {
                let what =
                    format!("the rights of {} were changed by somebody else since the plan was made", who.label());
                self.differs(address, &what);
            }
        }
        for who in after.iter().map(|delegate| &delegate.who).collect::<BTreeSet<_>>() {
            if without(before, who) && !self.begun_grant(address, who) {
                self.given(address, who);
            }
        }
    }

    fn given(&mut self, address: &Address, who: &Principal) {
        self.differs(address, &format!("{} was given access by somebody else since the plan was made", who.label()));
    }

    fn hold_for_delegates(&mut self, address: &Address) {
        let look = self.fresh.mailbox(address);
        let failure = match look.present().map(|mailbox| &mailbox.delegates) {
            Some(Observed::Unknown(unknown)) => unknown.clone().into(),
            _ => Failure::before_the_call(ErrorKind::Unavailable, format!("cannot read who has access to {address}")),
        };
        self.hold(address, failure);
    }

    fn person(&mut self, address: &Address, before: &Seen<BasisPerson>, after: &Seen<BasisPerson>) {
        match (before, after) {
            (Seen::Unknown, _) | (Seen::Absent, Seen::Absent) => {}
            (_, Seen::Unknown) => {
                let failure = match self.fresh.person(address) {
                    Observed::Unknown(unknown) => Failure::from(unknown),
                    _ => Failure::before_the_call(ErrorKind::Unavailable, format!("cannot read {address}")),
                };
                for mailbox in self.mailboxes_of(address) {
                    self.hold(&mailbox, failure.clone());
                }
            }
            (Seen::Absent, Seen::Present(_)) => self.differs(address, "the account exists since the plan was made"),
            (Seen::Present(_), Seen::Absent) => {
                self.differs(address, "the account no longer exists; it did when the plan was made");
            }
            (Seen::Present(before), Seen::Present(after)) if before.id != after.id => {
                self.differs(address, "somebody else has the address since the plan was made");
            }
            (Seen::Present(before), Seen::Present(after)) if before.inactive != after.inactive => {
                let what = match &after.inactive {
                    Some(why) => format!("cannot act since the plan was made: {why}"),
                    None => "can act since the plan was made".to_owned(),
                };
                self.differs(address, &what);
            }
            (Seen::Present(_), Seen::Present(_)) => {}
        }
    }

    /// The mailboxes with steps that somebody has, or is to have, access to.
    fn mailboxes_of(&self, person: &Address) -> BTreeSet<Address> {
        let names = |mailbox: &WantedMailbox| mailbox.delegates.iter().any(|delegate| delegate.address == *person);
        let has = |mailbox: &Address| {
            let seen = self.plan.basis().mailboxes.get(mailbox).and_then(Seen::present);
            seen.and_then(|seen| seen.delegates.present())
                .is_some_and(|list| list.iter().any(|delegate| delegate.who.address() == Some(person)))
        };
        let wanted = self.plan.wanted();
        let concerned = wanted.iter().filter(|mailbox| names(mailbox) || has(&mailbox.address));
        concerned.map(|mailbox| mailbox.address.clone()).collect()
    }

    /// What stands in the way of a create now and did not when the plan was made.
    fn obstacles(&mut self) {
        let creates: Vec<_> =
            self.plan.steps().iter().filter(|step| matches!(step.action, Action::Create { .. })).collect();
        for step in creates {
            let in_the_way = self
                .fresh
                .obstacles
                .iter()
                .find(|obstacle| obstacle.kind == ErrorKind::SetUp && obstacle.mailboxes.contains(&step.mailbox));
            if let Some(obstacle) = in_the_way {
                let message = format!("{}; {}", obstacle.message, obstacle.remedy);
                self.hold(&step.mailbox, Failure::before_the_call(ErrorKind::SetUp, message));
            }
        }
    }

    /// Plans again from the new look. Whatever was known before and is known now has to give the same steps; if not,
    /// the plan was not made by this program from what it says it was made from, or a day has come since.
    fn plan_again(&mut self, wanted: &[WantedMailbox], rules: &Policy, now: Timestamp) {
        let again = plan(wanted, self.fresh, rules, now, &self.plan.options()).plan;
        let actions = |plan: &Plan, mailbox: &Address| -> Vec<Action> {
            let own = plan.steps().iter().filter(|step| step.mailbox == *mailbox);
            own.map(|step| step.action.clone()).collect()
        };
        for mailbox in wanted {
            let address = &mailbox.address;
            if self.held.contains_key(address) || !self.is_known(mailbox) {
                continue;
            }
            let (before, after) = (actions(self.plan, address), actions(&again, address));
            // What was unknown then and is known now may need more; it never takes a step that would not be planned now.
            let follows = before.iter().all(|action| after.contains(action));
            if !follows || (self.was_known(mailbox) && before.len() != after.len()) {
                self.differs(address, "it needs other changes today than when the plan was made");
            }
        }
    }

    /// Whether everything that decides about a mailbox was known when the plan was made.
    fn was_known(&self, mailbox: &WantedMailbox) -> bool {
        let basis = self.plan.basis();
        is_known_in(basis, mailbox)
    }

    fn is_known(&self, mailbox: &WantedMailbox) -> bool {
        // The time does not decide about what is known.
        is_known_in(&Basis::of([mailbox], self.fresh, Timestamp::UNIX_EPOCH), mailbox)
    }
}

fn is_known_in(basis: &Basis, wanted: &WantedMailbox) -> bool {
    let person = |address: &Address| !matches!(basis.people.get(address), None | Some(Seen::Unknown));
    let named = wanted.delegates.iter().all(|delegate| person(&delegate.address));
    let mailbox = match basis.mailboxes.get(&wanted.address) {
        None | Some(Seen::Unknown) => return false,
        Some(Seen::Absent) => return named,
        Some(Seen::Present(mailbox)) => mailbox,
    };
    let settings = mailbox.settings.values().all(|setting| *setting != Seen::Unknown);
    let Some(delegates) = mailbox.delegates.present() else { return false };
    named && settings && delegates.iter().filter_map(|delegate| delegate.who.address()).all(person)
}
