//! The calls: tenant by tenant side by side, phase by phase.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use jiff::Timestamp;
use secrecy::SecretString;
use tripod_model::{Address, Kind, Policy, Provider, SignIn, TenantName, WantedMailbox};
use tripod_tenant::{
    Change, Configure, ErrorKind, Grant, MailboxRef, NewMailbox, Observation, PersonRef, Revoke, TenantError,
    TenantWriter, Written,
};

use super::ApplyError;
use super::fit::Fit;
use super::ledger::Ledger;
use super::progress::Event;
use super::report::{Failure, MailboxState};
use super::standing::TOGETHER;
use crate::plan::{Action, Phase, Plan, Step};

/// Sends every step that is left to do, and takes down what comes of each.
pub(super) async fn carry_out(
    plan: &Plan,
    rules: &Policy,
    fresh: &Observation,
    fit: &Fit,
    ledger: &Ledger<'_>,
) -> Result<(), ApplyError> {
    let mut counts: BTreeMap<(TenantName, Address), usize> = BTreeMap::new();
    let mut by_tenant: BTreeMap<&TenantName, Vec<&Step>> = BTreeMap::new();
    for step in plan.steps() {
        *counts.entry((step.tenant.clone(), step.mailbox.clone())).or_default() += 1;
        by_tenant.entry(&step.tenant).or_default().push(step);
    }
    ledger.site.progress.tell(&Event::Begun { mailboxes: &counts });
    for step in plan.steps().iter().filter(|step| !fit.open.contains(&step.number)) {
        if fit.sent.contains(&step.number) { ledger.sent_before(step) } else { ledger.already_so(step) }
    }
    for (mailbox, failure) in &fit.held {
        ledger.take_out(plan.steps(), mailbox, failure);
    }

    let wanted: BTreeMap<Address, WantedMailbox> =
        plan.wanted().into_iter().map(|mailbox| (mailbox.address.clone(), mailbox)).collect();
    let looked = ledger.site.clock.now();
    let work = by_tenant.into_iter().map(|(name, steps)| {
        let tenant = Tenant { name, plan, rules, fresh, looked, wanted: &wanted, ledger, steps };
        async move { tenant.work().await }
    });
    for result in join_all(work).await {
        result?;
    }
    ledger.check()
}

/// The work in one tenant.
pub(super) struct Tenant<'a> {
    pub(super) name: &'a TenantName,
    plan: &'a Plan,
    /// The rules that hold now.
    pub(super) rules: &'a Policy,
    fresh: &'a Observation,
    /// When the fresh look was taken.
    pub(super) looked: Timestamp,
    pub(super) wanted: &'a BTreeMap<Address, WantedMailbox>,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) steps: Vec<&'a Step>,
}

impl<'a> Tenant<'a> {
    async fn work(&self) -> Result<(), ApplyError> {
        let name = self.name;
        let mailboxes = self.mailboxes();
        if let Some(writer) = self.ledger.site.writers.get(name) {
            self.phases(writer.as_ref(), &mailboxes).await?;
        } else {
            let message = format!("tenant {name} could not be connected to");
            let failure = Failure::before_the_call(ErrorKind::SetUp, message);
            for mailbox in &mailboxes {
                if self.steps.iter().any(|step| step.mailbox == **mailbox && self.ledger.is_open(step)) {
                    self.ledger.take_out(self.plan.steps(), mailbox, &failure);
                }
            }
        }
        for mailbox in mailboxes {
            // The others are finished when they are read back.
            if self.ledger.state(self.plan, mailbox) == MailboxState::Failed {
                let event = Event::MailboxFinished { tenant: name, mailbox, state: MailboxState::Failed };
                self.ledger.site.progress.tell(&event);
            }
        }
        Ok(())
    }

    async fn phases(&self, writer: &dyn TenantWriter, mailboxes: &[&'a Address]) -> Result<(), ApplyError> {
        self.create(writer).await?;
        self.wait(writer, mailboxes).await?;
        self.configure(writer).await;
        self.look_before_grants().await?;
        self.grant(writer).await;
        self.revoke(writer).await?;
        self.look_before_retiring().await?;
        self.retire(writer).await;
        Ok(())
    }

    fn mailboxes(&self) -> Vec<&'a Address> {
        let mut mailboxes: Vec<_> = self.steps.iter().map(|step| &step.mailbox).collect();
        mailboxes.sort();
        mailboxes.dedup();
        mailboxes
    }

    pub(super) fn open(&self, phase: Phase) -> Vec<&'a Step> {
        let of_phase = self.steps.iter().copied().filter(|step| step.action.phase() == phase);
        of_phase.filter(|step| self.ledger.is_open(step)).collect()
    }

    fn reference(&self, mailbox: &Address) -> Option<MailboxRef> {
        let id = self.ledger.id(mailbox, self.fresh)?;
        let kind = self.wanted.get(mailbox).map_or(Kind::SharedMailbox, |wanted| wanted.kind);
        Some(MailboxRef { id, address: mailbox.clone(), kind })
    }

    async fn create(&self, writer: &dyn TenantWriter) -> Result<(), ApplyError> {
        let journal = self.ledger.site.journal;
        let mut steps = Vec::new();
        let mut items = Vec::new();
        for step in self.open(Phase::Create) {
            let Action::Create { kind, name, purpose, sign_in } = &step.action else { continue };
            if let Some(id) = journal.created_unseen(&step.mailbox, self.ledger.site.clock.now())? {
                self.ledger.created_before(step, id);
                continue;
            }
            let first_password = match self.first_password(step).await {
                Ok(password) => password,
                Err(reason) => {
                    let message = format!("the first password of {} could not be handed over: {reason}", step.mailbox);
                    let failure = Failure::before_the_call(ErrorKind::SetUp, message);
                    self.ledger.take_out(self.plan.steps(), &step.mailbox, &failure);
                    continue;
                }
            };
            items.push(NewMailbox {
                address: step.mailbox.clone(),
                name: name.clone(),
                purpose: purpose.clone(),
                kind: *kind,
                sign_in: (*sign_in).into(),
                first_password,
                first_owner: self.first_owner(&step.mailbox),
                attempted_before: journal.create_lost(&step.mailbox)?,
            });
            steps.push(step);
        }
        if steps.is_empty() || !self.ledger.intend(&steps) {
            return Ok(());
        }
        let done = |index: usize, result: Result<_, TenantError>| {
            if let Some(step) = steps.get(index) {
                self.ledger.settle_created(step, result.map_err(Failure::from));
            }
        };
        writer.create(&items, &done).await;
        self.settle_the_silent(&steps);
        Ok(())
    }

    /// Who of those that the plan gives access comes first.
    fn first_owner(&self, mailbox: &Address) -> Option<PersonRef> {
        self.steps.iter().filter(|step| step.mailbox == *mailbox).find_map(|step| match &step.action {
            Action::Grant { person } => Some(person.clone()),
            _ => None,
        })
    }

    /// The first password of a Google account that may sign in, handed over to where its people find it. A shared
    /// mailbox of Microsoft 365 is made without one; its password is set in the admin centre.
    async fn first_password(&self, step: &Step) -> Result<Option<SecretString>, String> {
        let Some(wanted) = self.wanted.get(&step.mailbox) else { return Ok(None) };
        let is_google = self.plan.options().providers.get(&step.tenant) == Some(&Provider::GoogleWorkspace);
        match (&wanted.credential, wanted.sign_in) {
            (Some(delivery), SignIn::Allowed) if is_google => {
                self.ledger.site.passwords.hand_over(&step.mailbox, delivery).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Waits for every mailbox that this plan, or an earlier run, has created and that reads may not show yet.
    async fn wait(&self, writer: &dyn TenantWriter, mailboxes: &[&'a Address]) -> Result<(), ApplyError> {
        let mut items = Vec::new();
        let (journal, now) = (self.ledger.site.journal, self.ledger.site.clock.now());
        for mailbox in mailboxes.iter().filter(|mailbox| self.ledger.takes_part(mailbox)) {
            let mut own = self.steps.iter().filter(|step| step.mailbox == **mailbox);
            let busy = own.clone().any(|step| self.ledger.is_open(step) || self.ledger.awaits_confirmation(step));
            let new =
                own.any(|step| step.action.phase() == Phase::Create) || journal.created_unseen(mailbox, now)?.is_some();
            if !busy || !new {
                continue;
            }
            items.extend(self.reference(mailbox));
        }
        for item in &items {
            if let Some(step) = self.steps.iter().find(|step| step.mailbox == item.address) {
                let (tenant, mailbox) = (&step.tenant, &item.address);
                self.ledger.site.progress.tell(&Event::Waiting { tenant, mailbox, what: "the new mailbox to work" });
            }
        }
        if items.is_empty() {
            return Ok(());
        }
        let done = |index: usize, result: Result<Written<()>, TenantError>| {
            if let (Some(item), Err(error)) = (items.get(index), result) {
                self.ledger.take_out(self.plan.steps(), &item.address, &error.into());
            }
        };
        writer.wait_until_ready(&items, &done).await;
        Ok(())
    }

    /// One sort of change after the other, so that one that cannot be made keeps no other from being made. The marker
    /// comes first: what does not have it is not changed.
    async fn configure(&self, writer: &dyn TenantWriter) {
        let is_mark = |action: &Action| *action == Action::Mark;
        let is_rename = |action: &Action| matches!(action, Action::Rename { .. });
        let is_setting = |action: &Action| matches!(action, Action::Configure { .. });
        for sort in [&is_mark as &(dyn Fn(&Action) -> bool + Sync), &is_rename, &is_setting] {
            let open = self.open(Phase::Configure).into_iter().filter(|step| sort(&step.action));
            let of = |step: &'a Step| {
                let mailbox = self.reference(&step.mailbox)?;
                Some((step, Configure { mailbox, changes: changes(&step.action) }))
            };
            let (steps, items): (Vec<_>, Vec<_>) = open.filter_map(of).unzip();
            if steps.is_empty() || !self.ledger.intend(&steps) {
                continue;
            }
            writer.configure(&items, &self.settler(&steps)).await;
            self.settle_the_silent(&steps);
        }
    }

    async fn grant(&self, writer: &dyn TenantWriter) {
        let (steps, items) = self.items(Phase::Grant, |mailbox, action| match action {
            Action::Grant { person } => Some(Grant { mailbox, person: person.clone() }),
            _ => None,
        });
        if steps.is_empty() || !self.ledger.intend(&steps) {
            return;
        }
        writer.grant(&items, &self.settler(&steps)).await;
        self.settle_the_silent(&steps);
    }

    async fn revoke(&self, writer: &dyn TenantWriter) -> Result<(), ApplyError> {
        let mailboxes: BTreeSet<&Address> = self.open(Phase::Revoke).into_iter().map(|step| &step.mailbox).collect();
        let mailboxes: Vec<_> = mailboxes.into_iter().collect();
        for group in mailboxes.chunks(TOGETHER) {
            let clear = self.may_end(group).await?;
            let of = |step: &'a Step| match &step.action {
                Action::Revoke { principal } => {
                    Some((step, Revoke { mailbox: self.reference(&step.mailbox)?, who: principal.clone() }))
                }
                _ => None,
            };
            let (steps, items): (Vec<_>, Vec<_>) = clear.into_iter().filter_map(of).unzip();
            if steps.is_empty() || !self.ledger.intend(&steps) {
                continue;
            }
            writer.revoke(&items, &self.settler(&steps)).await;
            self.settle_the_silent(&steps);
        }
        Ok(())
    }

    async fn retire(&self, writer: &dyn TenantWriter) {
        let (steps, items) = self.items(Phase::Retire, |mailbox, _| Some(mailbox));
        if steps.is_empty() || !self.ledger.intend(&steps) {
            return;
        }
        writer.retire(&items, &self.settler(&steps)).await;
        self.settle_the_silent(&steps);
    }

    fn items<T>(&self, phase: Phase, item: impl Fn(MailboxRef, &Action) -> Option<T>) -> (Vec<&'a Step>, Vec<T>) {
        let of = |step: &'a Step| Some((step, item(self.reference(&step.mailbox)?, &step.action)?));
        self.open(phase).into_iter().filter_map(of).unzip()
    }

    fn settler<'s>(
        &'s self,
        steps: &'s [&'a Step],
    ) -> impl Fn(usize, Result<Written<()>, TenantError>) + Send + Sync + 's {
        move |index, result| {
            if let Some(step) = steps.get(index) {
                self.ledger.settle(&[step], result.map_err(Failure::from));
            }
        }
    }

    /// An adapter that does not say what came of an item must not look like one that did it.
    fn settle_the_silent(&self, steps: &[&'a Step]) {
        for step in steps.iter().filter(|step| self.ledger.is_open(step)) {
            let error = TenantError::new(ErrorKind::Unavailable, step.action.words(), "nobody said what came of it");
            self.ledger.settle(&[step], Err(error.into()));
        }
    }
}

fn changes(action: &Action) -> Vec<Change> {
    match action {
        Action::Mark => vec![Change::Mark],
        Action::Rename { to, .. } => vec![Change::Rename(to.clone())],
        Action::Configure { settings } => settings.iter().copied().map(Change::TurnOn).collect(),
        Action::Create { .. } | Action::Grant { .. } | Action::Revoke { .. } | Action::Retire => Vec::new(),
    }
}
