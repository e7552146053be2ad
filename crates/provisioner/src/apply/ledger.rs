//! What is known of each step while a plan is carried out. Every change of it is in the journal first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tripod_model::{Address, TenantName};
use tripod_tenant::access;
use tripod_tenant::{MailboxId, Observation, Written};

use super::progress::Event;
use super::report::{ApplyReport, Failure, MailboxReport, MailboxState, Outcome, StepReport, StepState};
use super::{ApplyError, Site};
use crate::journal::JournalError;
use crate::plan::{Action, Plan, Step};

pub(super) struct Ledger<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) run: i64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<u32, Entry>,
    /// The mailboxes that take no further part.
    out: BTreeSet<Address>,
    /// The ids of the mailboxes that this run created or waits for.
    ids: BTreeMap<Address, MailboxId>,
    /// The latest look at each mailbox and each person.
    latest: Observation,
    /// Why the journal cannot be written. Nothing more is sent then.
    broken: Option<JournalError>,
}

#[derive(Clone, PartialEq, Eq)]
enum Entry {
    Pending,
    AlreadySo,
    Done,
    Confirmed,
    HeldBack(String),
    Failed(Failure),
}

impl<'a> Ledger<'a> {
    pub(super) fn new(plan: &Plan, site: &'a Site<'a>, run: i64, fresh: &Observation) -> Self {
        let entries = plan.steps().iter().map(|step| (step.number, Entry::Pending)).collect();
        Self { site, run, inner: Mutex::new(Inner { entries, latest: fresh.clone(), ..Inner::default() }) }
    }

    /// Takes down a look, so that the report goes by what was seen last.
    pub(super) fn looked(&self, look: &Observation) -> Result<(), JournalError> {
        for (address, seen) in &look.mailboxes {
            if let Some(mailbox) = seen.present() {
                self.site.journal.seen(address, &mailbox.id, self.site.clock.now())?;
            }
        }
        let mut inner = self.inner();
        inner.latest.mailboxes.extend(look.mailboxes.clone());
        inner.latest.people.extend(look.people.clone());
        Ok(())
    }

    /// What was seen last.
    pub(super) fn latest(&self) -> Observation {
        self.inner().latest.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a step is still to be done.
    pub(super) fn is_open(&self, step: &Step) -> bool {
        let inner = self.inner();
        inner.broken.is_none()
            && !inner.out.contains(&step.mailbox)
            && inner.entries.get(&step.number) == Some(&Entry::Pending)
    }

    /// Whether a mailbox still takes part.
    pub(super) fn takes_part(&self, mailbox: &Address) -> bool {
        let inner = self.inner();
        inner.broken.is_none() && !inner.out.contains(mailbox)
    }

    /// Whether a step was done and no read has shown it yet.
    pub(super) fn awaits_confirmation(&self, step: &Step) -> bool {
        self.inner().entries.get(&step.number) == Some(&Entry::Done)
    }

    pub(super) fn already_so(&self, step: &Step) {
        self.inner().entries.insert(step.number, Entry::AlreadySo);
        self.site.progress.tell(&Event::StepDone { step });
    }

    /// A step that an earlier run carried out and that no read has shown: it is not sent again, only waited for.
    pub(super) fn sent_before(&self, step: &Step) {
        self.inner().entries.insert(step.number, Entry::Done);
        self.site.progress.tell(&Event::StepDone { step });
    }

    /// A step that is not sent, because of what was seen right before.
    pub(super) fn hold_back(&self, step: &Step, reason: String) {
        self.site.progress.tell(&Event::StepHeldBack { step, reason: &reason });
        self.inner().entries.insert(step.number, Entry::HeldBack(reason));
    }

    /// A step that is not sent, because what decides about it cannot be read or is not as it was.
    pub(super) fn fail_before(&self, step: &Step, failure: &Failure) {
        self.inner().entries.insert(step.number, Entry::Failed(failure.clone()));
        self.site.progress.tell(&Event::StepFailed { step, failure });
    }

    /// Writes down that these steps are about to be sent. Only if it gives true may they be.
    pub(super) fn intend(&self, steps: &[&Step]) -> bool {
        match self.site.journal.intend(self.run, steps.iter().copied(), self.site.clock.now()) {
            Ok(()) => {
                for step in steps {
                    self.site.progress.tell(&Event::StepBegun { step });
                }
                true
            }
            Err(error) => {
                self.break_off(error);
                false
            }
        }
    }

    /// Takes down what came of steps that were sent together.
    pub(super) fn settle(&self, steps: &[&Step], result: Result<Written<()>, Failure>) {
        match result {
            Ok(written) => {
                let request = written.request_id.as_deref();
                for step in steps {
                    self.record(self.site.journal.done(self.run, step, request, self.site.clock.now()));
                    self.inner().entries.insert(step.number, Entry::Done);
                    self.site.progress.tell(&Event::StepDone { step });
                }
            }
            Err(failure) => self.fail(steps, &failure),
        }
    }

    /// Takes down the id of a new mailbox.
    pub(super) fn settle_created(&self, step: &Step, result: Result<Written<MailboxId>, Failure>) {
        match result {
            Ok(Written { value: id, request_id }) => {
                let (request, now) = (request_id.as_deref(), self.site.clock.now());
                self.record(self.site.journal.created(self.run, step, &id, request, now));
                let mut inner = self.inner();
                inner.ids.insert(step.mailbox.clone(), id);
                inner.entries.insert(step.number, Entry::Done);
                drop(inner);
                self.site.progress.tell(&Event::StepDone { step });
            }
            Err(failure) => self.fail(&[step], &failure),
        }
    }

    /// A mailbox that an earlier run created and that no read shows yet: its step is done, and it is waited for.
    pub(super) fn created_before(&self, step: &Step, id: MailboxId) {
        let mut inner = self.inner();
        inner.ids.insert(step.mailbox.clone(), id);
        inner.entries.insert(step.number, Entry::Done);
        drop(inner);
        self.site.progress.tell(&Event::StepDone { step });
    }

    fn fail(&self, steps: &[&Step], failure: &Failure) {
        for step in steps {
            self.record(self.site.journal.failed(self.run, step, failure, self.site.clock.now()));
            let mut inner = self.inner();
            inner.entries.insert(step.number, Entry::Failed(failure.clone()));
            // Everything needs the mailbox itself, and what is not Tripod's is not changed. Nothing else is needed by
            // another step: whether access may end is found out by a look, not by what was sent.
            if matches!(step.action, Action::Create { .. } | Action::Mark) {
                inner.out.insert(step.mailbox.clone());
            }
            drop(inner);
            self.site.progress.tell(&Event::StepFailed { step, failure });
        }
    }

    /// Takes a mailbox out before its next step is sent. The failure is that step's; without one it is the last one's,
    /// because what was done cannot be used.
    pub(super) fn take_out(&self, steps: &[Step], mailbox: &Address, failure: &Failure) {
        let mut inner = self.inner();
        let own = || steps.iter().filter(|step| step.mailbox == *mailbox);
        let pending = own().find(|step| inner.entries.get(&step.number) == Some(&Entry::Pending));
        if let Some(step) = pending.or_else(|| own().next_back()) {
            inner.entries.insert(step.number, Entry::Failed(failure.clone()));
            inner.out.insert(mailbox.clone());
            drop(inner);
            self.site.progress.tell(&Event::StepFailed { step, failure });
        }
    }

    pub(super) fn confirm(&self, step: &Step) {
        self.record(self.site.journal.confirm(self.run, step.number, self.site.clock.now()));
        self.inner().entries.insert(step.number, Entry::Confirmed);
    }

    /// The id of a mailbox: of a new one from this run, of another from the look before it.
    pub(super) fn id(&self, mailbox: &Address, fresh: &Observation) -> Option<MailboxId> {
        let created = self.inner().ids.get(mailbox).cloned();
        created.or_else(|| Some(fresh.mailboxes.get(mailbox)?.present()?.id.clone()))
    }

    pub(super) fn record(&self, result: Result<(), JournalError>) {
        if let Err(error) = result {
            self.break_off(error);
        }
    }

    fn break_off(&self, error: JournalError) {
        self.inner().broken.get_or_insert(error);
    }

    /// The journal's error, if it had one.
    pub(super) fn check(&self) -> Result<(), ApplyError> {
        self.inner().broken.take().map_or(Ok(()), |error| Err(error.into()))
    }

    /// How a mailbox stands by now.
    pub(super) fn state(&self, plan: &Plan, mailbox: &Address) -> MailboxState {
        let inner = self.inner();
        let mut state = MailboxState::Done;
        for step in plan.steps().iter().filter(|step| step.mailbox == *mailbox) {
            match inner.entries.get(&step.number) {
                Some(Entry::Done) if state == MailboxState::Done => state = MailboxState::Unconfirmed,
                Some(Entry::AlreadySo | Entry::Confirmed | Entry::Done) => {}
                Some(Entry::HeldBack(_)) => state = MailboxState::HeldBack,
                Some(Entry::Failed(_) | Entry::Pending) | None => return MailboxState::Failed,
            }
        }
        state
    }

    pub(super) fn report(&self, plan: &Plan, quorum: usize, begun: Timestamp) -> ApplyReport {
        let last = self.latest();
        let mut mailboxes: BTreeMap<(&TenantName, &Address), Vec<StepReport>> = BTreeMap::new();
        let mut outcome = Outcome::Done;
        for step in plan.steps() {
            let state = match self.inner().entries.get(&step.number) {
                Some(Entry::AlreadySo) => StepState::AlreadySo,
                Some(Entry::Confirmed) => StepState::Confirmed,
                Some(Entry::Done) => StepState::Unconfirmed,
                Some(Entry::HeldBack(reason)) => StepState::HeldBack { reason: reason.clone() },
                Some(Entry::Failed(failure)) => StepState::Failed(failure.clone()),
                Some(Entry::Pending) | None => StepState::NotTried,
            };
            outcome = outcome.max(match &state {
                StepState::AlreadySo | StepState::Confirmed | StepState::NotTried => Outcome::Done,
                StepState::Unconfirmed => Outcome::Unconfirmed,
                StepState::HeldBack { .. } => Outcome::HeldBack,
                StepState::Failed(failure) => failure.outcome(),
            });
            let report = StepReport { number: step.number, action: step.action.clone(), state };
            mailboxes.entry((&step.tenant, &step.mailbox)).or_default().push(report);
        }
        let finished = self.site.clock.now();
        let mailboxes = mailboxes
            .into_iter()
            .map(|((tenant, mailbox), steps)| MailboxReport {
                tenant: tenant.clone(),
                mailbox: mailbox.clone(),
                state: self.state(plan, mailbox),
                active_delegates: active(plan, &last, mailbox, finished),
                steps,
            })
            .collect();
        let digest = plan.digest().clone();
        let mut report = ApplyReport { digest, begun, finished, outcome, finished_before: None, quorum, mailboxes };
        // Where reads do not show everything yet, they may not show everybody yet either.
        let is_short = |(mailbox, _): (&MailboxReport, usize)| mailbox.state != MailboxState::Unconfirmed;
        if report.below_quorum().any(is_short) {
            report.outcome = report.outcome.max(Outcome::BelowQuorum);
        }
        report
    }
}

fn active(plan: &Plan, last: &Observation, mailbox: &Address, now: Timestamp) -> Option<usize> {
    let kind = plan.wanted().into_iter().find(|wanted| wanted.address == *mailbox)?.kind;
    let found = last.mailboxes.get(mailbox)?.present()?;
    Some(access::active_delegates(kind, found, last, now)?.len())
}
