//! The read-back: what was done has to show.

use std::time::Duration;

use tripod_model::{Address, WantedMailbox};
use tripod_tenant::observe;

use super::ApplyError;
use super::fit::is_so;
use super::ledger::Ledger;
use super::progress::Event;
use super::report::MailboxState;
use crate::plan::{Plan, Step};

/// The first wait between two looks; each further one doubles.
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two looks.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Looks until everything that was done shows, or until the time is over.
pub(super) async fn confirm(plan: &Plan, ledger: &Ledger<'_>) -> Result<(), ApplyError> {
    let site = ledger.site;
    let end = site.clock.now().saturating_add(site.confirm_for).unwrap_or(jiff::Timestamp::MAX);
    let mut wait = FIRST_WAIT;
    let awaiting = || plan.steps().iter().filter(|step| ledger.awaits_confirmation(step));
    let mut wanted = of_mailboxes(plan, awaiting());
    while !wanted.is_empty() {
        let look = observe(site.readers, &wanted, &site.journal.ids()?).await;
        ledger.looked(&look)?;
        for step in awaiting().filter(|step| is_so(step, &look)) {
            ledger.confirm(step);
        }
        ledger.check()?;
        let left = of_mailboxes(plan, awaiting());
        tell_finished(plan, ledger, wanted.iter().filter(|mailbox| !left.contains(mailbox)));
        wanted = left;
        if wanted.is_empty() || site.clock.now() >= end {
            break;
        }
        for mailbox in &wanted {
            let (tenant, mailbox) = (&mailbox.tenant, &mailbox.address);
            site.progress.tell(&Event::Waiting { tenant, mailbox, what: "what was done to show" });
        }
        site.clock.sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    tell_finished(plan, ledger, wanted.iter());
    Ok(())
}

fn of_mailboxes<'a>(plan: &Plan, steps: impl Iterator<Item = &'a Step>) -> Vec<WantedMailbox> {
    let addresses: std::collections::BTreeSet<&Address> = steps.map(|step| &step.mailbox).collect();
    plan.wanted().into_iter().filter(|mailbox| addresses.contains(&mailbox.address)).collect()
}

fn tell_finished<'a>(plan: &Plan, ledger: &Ledger<'_>, mailboxes: impl Iterator<Item = &'a WantedMailbox>) {
    for wanted in mailboxes {
        let state = ledger.state(plan, &wanted.address);
        // A mailbox whose step failed was told of when that happened.
        if state != MailboxState::Failed {
            let (tenant, mailbox) = (&wanted.tenant, &wanted.address);
            ledger.site.progress.tell(&Event::MailboxFinished { tenant, mailbox, state });
        }
    }
}
