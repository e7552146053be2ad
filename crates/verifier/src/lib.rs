//! Finds out when a service mailbox no longer stands on its people.
//!
//! The verifier holds one look at the tenants against the manifest and the policy. It reads only: nothing in this
//! crate can name the writing side of the port (`cargo xtask tidy` sees to it).
//!
//! A check that could not be made is an [`UnknownCheck`], never a pass.

pub mod access;
pub mod applicability;
pub mod audit;
mod checks;
mod deviations;
pub mod finding;
pub mod grants;
pub mod history;
pub mod impact;
pub mod patch;
pub mod reference;
pub mod rules;
pub mod schema;
pub mod scopes;
pub mod standing;
mod verification;
pub mod watch;

pub use access::{Access, Through, Way, access};
pub use applicability::{How, NotApplicable};
pub use audit::{Audit, Auditors, Holdings, gather, holdings};
pub use finding::{Accepted, CheckGroup, CheckId, Evidence, Finding, Remedy, Severity, UnknownCheck};
pub use grants::{GrantReport, Grants, grants};
pub use history::{Difference, History, HistoryError, Message, RunId, TrendPoint};
pub use impact::{Impact, Leaver, Loss, LossKind, impact, leaving_within};
pub use patch::{Changed, DelegateChange, Patch, changed, patch};
pub use reference::{reference, section};
pub use rules::{check_rules, compile};
pub use schema::{FINDINGS_VERSION, access_schema, findings_schema, grants_schema, impact_schema};
pub use scopes::{Risk, ScopeMeaning, scope_meaning};
pub use standing::{DelegateStanding, MailboxStanding, StandingState};
pub use verification::{Verification, verify, verify_audited};
pub use watch::{News, generic_payload, news, slack_payload, teams_payload};

#[cfg(test)]
mod tests;
