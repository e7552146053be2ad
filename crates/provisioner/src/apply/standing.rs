//! A look at who can act, right before something depends on it.
//!
//! Between the look that a plan is held against and its last step lie waits of up to a day, and a tenant's other
//! administrators. What ends access or deletes is therefore decided by what the tenant says right before, at the time
//! of then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tripod_model::{Address, Kind, WantedMailbox};
use tripod_tenant::access::{self, Ability};
use tripod_tenant::{ErrorKind, Observation, Observed, ObservedMailbox, Person, Unknown, observe};

use super::ApplyError;
use super::confirm::{FIRST_WAIT, LONGEST_WAIT};
use super::fit::is_so;
use super::phases::Tenant;
use super::progress::Event;
use super::report::Failure;
use crate::plan::{Action, Phase, Step, lint_steps};

/// How many mailboxes are looked at together before access to them ends.
pub(super) const TOGETHER: usize = 20;

/// How old a look may be before people are let in, and mailboxes deleted, by it.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Why the access of a principal is not ended now.
enum Held {
    /// A safety rule stands against it.
    Rule(String),
    /// What decides about it cannot be read.
    Unread(Failure),
}

impl<'a> Tenant<'a> {
    fn is_stale(&self) -> bool {
        self.ledger.site.clock.now().duration_since(self.looked) > FRESH_FOR
    }

    /// Asks again for the people who are to be let in, if time has passed, and leaves out those who cannot act now.
    pub(super) async fn look_before_grants(&self) -> Result<(), ApplyError> {
        let steps = self.open(Phase::Grant);
        let Some(reader) = self.ledger.site.readers.get(self.name) else { return Ok(()) };
        if steps.is_empty() || !self.is_stale() {
            return Ok(());
        }
        let person = |step: &&'a Step| match &step.action {
            Action::Grant { person } => Some(person),
            _ => None,
        };
        let addresses: BTreeSet<&Address> = steps.iter().filter_map(person).map(|person| &person.address).collect();
        let addresses: Vec<Address> = addresses.into_iter().cloned().collect();
        let wanted = steps.first().and_then(|step| self.wanted.get(&step.mailbox));
        let zone = wanted.map_or(TimeZone::UTC, |wanted| wanted.zone.clone());
        let found =
            reader.people(&addresses).await.into_iter().map(|person| person.map(|person| person.in_zone(&zone)));
        let people: BTreeMap<Address, Observed<Person>> = addresses.iter().cloned().zip(found).collect();
        self.ledger.looked(&Observation { people: people.clone(), ..Observation::default() })?;
        let latest = self.ledger.latest();
        for step in steps {
            let Some(person) = person(&step) else { continue };
            let Some(seen) = people.get(&person.address) else { continue };
            if seen.present().is_some_and(|found| found.id != person.id) {
                let message = format!("another person has the address {} since the plan was made", person.address);
                self.ledger.fail_before(step, &Failure::before_the_call(ErrorKind::Conflict, message));
                continue;
            }
            let kind = self.wanted.get(&step.mailbox).map_or(Kind::SharedMailbox, |wanted| wanted.kind);
            let mailbox = latest.mailboxes.get(&step.mailbox).and_then(Observed::present);
            match access::ability(kind, mailbox, seen, self.ledger.site.clock.now()) {
                Ability::Able => {}
                Ability::Unable(why) => {
                    self.ledger.hold_back(step, format!("{} cannot be a delegate now: {why}", person.address));
                }
                Ability::Unknown(unknown) => self.ledger.fail_before(step, &unknown.into()),
            }
        }
        Ok(())
    }

    /// Looks at the mailboxes that are to be deleted once more, if time has passed.
    pub(super) async fn look_before_retiring(&self) -> Result<(), ApplyError> {
        let steps = self.open(Phase::Retire);
        if steps.is_empty() || !self.is_stale() {
            return Ok(());
        }
        let mailboxes: Vec<&Address> = steps.iter().map(|step| &step.mailbox).collect();
        let look = self.look(&mailboxes).await?;
        for step in steps {
            match self.judge(step, &[], &look) {
                Ok(()) => {}
                Err(Held::Rule(reason)) => self.ledger.hold_back(step, reason),
                Err(Held::Unread(failure)) => self.ledger.fail_before(step, &failure),
            }
        }
        Ok(())
    }

    /// Those of the mailboxes' steps by which access ends that leave enough people, by a look that is taken now.
    ///
    /// What was granted a moment ago may not show yet. As long as that could be the reason, it is waited for.
    pub(super) async fn may_end(&self, mailboxes: &[&'a Address]) -> Result<Vec<&'a Step>, ApplyError> {
        let site = self.ledger.site;
        let end = site.clock.now().saturating_add(site.confirm_for).unwrap_or(Timestamp::MAX);
        let mut wait = FIRST_WAIT;
        let mut clear = Vec::new();
        let mut left = mailboxes.to_vec();
        loop {
            let look = self.look(&left).await?;
            let is_over = site.clock.now() >= end;
            let mut waiting = Vec::new();
            for mailbox in left {
                self.confirm_grants(mailbox, &look);
                let (ends, held) = self.verdict(mailbox, &look);
                if !held.is_empty() && !is_over && self.awaits_grants(mailbox) {
                    waiting.push(mailbox);
                    continue;
                }
                clear.extend(ends);
                for (step, why) in held {
                    match why {
                        Held::Rule(reason) => self.ledger.hold_back(step, reason),
                        Held::Unread(failure) => self.ledger.fail_before(step, &failure),
                    }
                }
            }
            self.ledger.check()?;
            if waiting.is_empty() {
                return Ok(clear);
            }
            left = waiting;
            for mailbox in &left {
                site.progress.tell(&Event::Waiting { tenant: self.name, mailbox, what: "the new delegates to show" });
            }
            site.clock.sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn look(&self, mailboxes: &[&Address]) -> Result<Observation, ApplyError> {
        let wanted: Vec<WantedMailbox> =
            mailboxes.iter().filter_map(|mailbox| self.wanted.get(*mailbox)).cloned().collect();
        let site = self.ledger.site;
        let look = observe(site.readers, &wanted, &site.journal.ids()?).await;
        self.ledger.looked(&look)?;
        Ok(look)
    }

    fn own_grants(&self, mailbox: &Address) -> impl Iterator<Item = &'a Step> {
        let grant = |step: &&'a Step| step.mailbox == *mailbox && step.action.phase() == Phase::Grant;
        self.steps.iter().copied().filter(grant)
    }

    fn awaits_grants(&self, mailbox: &Address) -> bool {
        self.own_grants(mailbox).any(|step| self.ledger.awaits_confirmation(step))
    }

    fn confirm_grants(&self, mailbox: &Address, look: &Observation) {
        for step in self.own_grants(mailbox) {
            if self.ledger.awaits_confirmation(step) && is_so(step, look) {
                self.ledger.confirm(step);
            }
        }
    }

    /// The steps that end access now, and those that are held back: as many go ahead as leave enough people.
    fn verdict(&self, mailbox: &Address, look: &Observation) -> (Vec<&'a Step>, Vec<(&'a Step, Held)>) {
        let (mut ends, mut held): (Vec<&Step>, Vec<_>) = (Vec::new(), Vec::new());
        for step in self.open(Phase::Revoke).into_iter().filter(|step| step.mailbox == *mailbox) {
            if is_so(step, look) {
                self.ledger.already_so(step);
                continue;
            }
            match self.judge(step, &ends, look) {
                Ok(()) => ends.push(step),
                Err(why) => held.push((step, why)),
            }
        }
        (ends, held)
    }

    /// Whether a step may go ahead after others of its mailbox, by a look that is taken now.
    fn judge(&self, step: &Step, before: &[&Step], look: &Observation) -> Result<(), Held> {
        let unread = |unknown: Unknown| Held::Unread(unknown.into());
        match look.mailbox(&step.mailbox) {
            Observed::Unknown(unknown)
            | Observed::Present(ObservedMailbox { delegates: Observed::Unknown(unknown), .. }) => {
                return Err(unread(unknown));
            }
            Observed::Present(_) | Observed::Absent => {}
        }
        let Some(wanted) = self.wanted.get(&step.mailbox) else {
            return Err(Held::Rule("the plan does not name this mailbox".to_owned()));
        };
        let steps: Vec<Step> = before.iter().chain([&step]).map(|step| (*step).clone()).collect();
        let now = self.ledger.site.clock.now();
        let violations = lint_steps(&steps, std::slice::from_ref(wanted), self.rules.quorum, look, now);
        let Some(violation) = violations.into_iter().next_back() else { return Ok(()) };
        // Where a person could not be looked up who might be the one that lacks, that is the reason.
        let unknown = wanted.delegates.iter().find_map(|delegate| match look.person(&delegate.address) {
            Observed::Unknown(unknown) => Some(unknown),
            Observed::Present(_) | Observed::Absent => None,
        });
        Err(unknown.map_or(Held::Rule(violation.message), unread))
    }
}
