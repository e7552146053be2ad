//! Carries out a plan: exactly that plan, journal first, and reads back what came of it.

mod confirm;
mod fit;
mod ledger;
mod passwords;
mod phases;
mod progress;
mod report;
mod standing;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unusual;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tripod_model::{Policy, TenantName};
use tripod_tenant::{Clock, Observation, Readers, TenantWriter};

pub use passwords::{FirstPasswords, NoPasswords};
pub use progress::{Event, Progress, Silent};
pub use report::{ApplyReport, Failure, MailboxReport, MailboxState, Outcome, StepReport, StepState};

use crate::journal::{Earlier, Journal, JournalError};
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
    /// The rules of now. A plan is held against these and against those that it was made by; the stricter count.
    pub policy: &'a Policy,
    /// The number of removals that is allowed now, whatever the plan says of it.
    pub allow_removals: Option<usize>,
    /// Where the plan comes from.
    pub origin: Origin,
    /// Who is told what happens.
    pub progress: &'a dyn Progress,
    /// Who hands first passwords over.
    pub passwords: &'a dyn FirstPasswords,
    /// Who carries it out, for the journal.
    pub by: &'a str,
    /// How long the read-back waits for what was done to show; [`CONFIRM_FOR`] is a good choice.
    pub confirm_for: Duration,
}

/// Where a plan comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The same command has made it, so that no earlier run can have been one of it.
    JustMade,
    /// It was written down, and may have been carried out before.
    Document,
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
    /// The plan was carried out and finished before, and what it did is no longer so.
    #[error("this plan was carried out and finished at {at}, and is not carried out again ({})", .undone.join("; "))]
    Finished {
        /// When, in RFC 3339.
        at: String,
        /// What is no longer so, a sentence each.
        undone: Vec<String>,
    },
    /// The journal cannot be read or written. What was journalled before stands.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Carries out a plan.
///
/// `fresh` is a new look at everything that [`Plan::wanted`] names, taken with [`Journal::ids`]. The plan is refused
/// unless it was made from the same, or differs from it only by what an earlier run of the same plan has done. Then
/// every tenant's steps are carried out, the tenants side by side. A step that fails keeps only those from being tried
/// that need it. Right before access ends anywhere, the tenant is asked again who can act there. At the end what was
/// done is read back.
///
/// A plan that an earlier run has finished is not carried out again: if everything is still as it left it, the report
/// says so, and otherwise it is refused.
pub async fn apply(plan: &Plan, fresh: &Observation, site: &Site<'_>) -> Result<ApplyReport, ApplyError> {
    let begun = site.clock.now();
    let rules = Policy::strictest([plan.policy().clone(), site.policy.for_plans()]);
    let refusals = plan.refusals_by(&rules, site.allow_removals);
    if !refusals.is_empty() {
        return Err(ApplyError::Refused(refusals));
    }
    let earlier = match site.origin {
        Origin::JustMade => Earlier::default(),
        Origin::Document => site.journal.earlier(plan.digest(), plan.made())?,
    };
    let against = fit::Against { fresh, earlier: &earlier, rules: &rules, now: begun };
    let fit = fit::fit(plan, &against)?;

    let run = site.journal.begin(plan.digest(), site.by, begun)?;
    let ledger = ledger::Ledger::new(plan, site, run, fresh);
    phases::carry_out(plan, &rules, fresh, &fit, &ledger).await?;
    // Not before: a mailbox that an earlier run made counts as new until it has been waited for.
    for (address, look) in &fresh.mailboxes {
        if let Some(mailbox) = look.present().filter(|_| ledger.takes_part(address)) {
            site.journal.seen(address, &mailbox.id, begun)?;
        }
    }
    confirm::confirm(plan, &ledger).await?;
    let report = ledger.report(plan, rules.quorum, begun);
    site.journal.finish(run, report.outcome.word(), report.finished)?;
    Ok(ApplyReport { finished_before: earlier.finished, ..report })
}
