//! From what is observed to what is wanted: the plan, and its carrying out.
//!
//! [`plan()`] is pure: it takes what the manifest wants and what the tenants said, and gives a [`Plan`] and a
//! [`PlanningReport`] of everything that is not planned, with the reason. [`apply()`] carries out exactly that plan:
//! journal first, grants before revokes, and a look at the result at the end.

pub mod apply;
pub mod journal;
pub mod lock;
pub mod plan;
#[cfg(test)]
mod samples;

pub use apply::{
    ApplyError, ApplyReport, CONFIRM_FOR, Event, Failure, FirstPasswords, MailboxReport, MailboxState, NoPasswords,
    Origin, Outcome, Progress, Silent, Site, StepReport, StepState, Writers, apply,
};
pub use journal::{Earlier, Journal, JournalError};
pub use lock::{Holder, LockError, WorkspaceLock};
pub use plan::{
    Action, Digest, DocumentError, NotPlanned, PersonProblem, Phase, Plan, PlanOptions, Planned, PlanningReport,
    Reason, Refusal, Step, Summary, Unsafe, Violation, Waiting, lint, plan,
};
