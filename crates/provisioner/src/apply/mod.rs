//! Carries out a plan: exactly that plan, journal first, and reads back what came of it.

mod confirm;
mod fit;
mod ledger;
mod passwords;
mod phases;
mod progress;
mod report;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unusual;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tripod_model::TenantName;
use tripod_tenant::{Clock, Observation, Readers, TenantWriter};

pub use passwords::{FirstPasswords, NoPasswords};
pub use progress::{Event, Progress, Silent};
pub use report::{ApplyReport, Failure, MailboxReport, MailboxState, Outcome, StepReport, StepState};

use crate::journal::{Journal, JournalError};
use crate::plan::{Plan, Refusal, Violation};

/// The writers by tenant.
pub type Writers = BTreeMap<TenantName, Arc<dyn TenantWriter>>;

/// How long the read-back waits for what was done to show, unless told otherwise.
pub const CONFIRM_FOR: Duration = Duration::from_mins(5);

/// Where a plan is carried out, and who is told.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The readers by tenant, for the read-back.
    pub readers: &'a Readers,
    /// The writers by tenant. The steps of a tenant without one fail as set-up.
    pub writers: &'a Writers,
    /// The journal of the workspace.
    pub journal: &'a Journal,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Who is told what happens.
    pub progress: &'a dyn Progress,
    /// Who hands first passwords over.
    pub passwords: &'a dyn FirstPasswords,
    /// Who carries it out, for the journal.
    pub by: &'a str,
    /// How long the read-back waits for what was done to show; [`CONFIRM_FOR`] is a good choice.
    pub confirm_for: Duration,
}

/// Why nothing of a plan was carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The plan breaks a safety rule as a whole.
    #[error("this plan is refused: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
    /// The plan would break an invariant.
    #[error("this plan is not safe: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unsafe(Vec<Violation>),
    /// What the plan was made from has changed.
    #[error("this plan no longer fits; make it again ({})", .difference.join("; "))]
    Outdated {
        /// What has changed, a sentence each.
        difference: Vec<String>,
    },
    /// The journal cannot be read or written. What was journalled before stands.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Carries out a plan.
///
/// `fresh` is a new look at everything that [`Plan::wanted`] names, taken with [`Journal::ids`]. The plan is refused
/// unless it was made from the same, or differs from it only by what an earlier run of the same plan has done. Then
/// every tenant's steps are carried out, the tenants side by side: a mailbox whose step fails takes no further part,
/// everything else goes on. At the end what was done is read back.
pub async fn apply(plan: &Plan, fresh: &Observation, site: &Site<'_>) -> Result<ApplyReport, ApplyError> {
    let begun = site.clock.now();
    if !plan.refusals().is_empty() {
        return Err(ApplyError::Refused(plan.refusals().to_vec()));
    }
    let earlier = site.journal.intended(plan.digest())?;
    let fit = fit::fit(plan, fresh, &earlier, begun)?;

    let run = site.journal.begin(plan.digest(), site.by, begun)?;
    let ledger = ledger::Ledger::new(plan, site, run);
    phases::carry_out(plan, fresh, &fit, &ledger).await?;
    // Not before: a mailbox that an earlier run made counts as new until it has been waited for.
    for (address, look) in &fresh.mailboxes {
        if let Some(mailbox) = look.present().filter(|_| ledger.takes_part(address)) {
            site.journal.seen(address, &mailbox.id, begun)?;
        }
    }
    let last = confirm::confirm(plan, fresh, &ledger).await?;
    let report = ledger.report(plan, &last, begun);
    site.journal.finish(run, report.outcome.word(), report.finished)?;
    Ok(report)
}
