//! Finds out when a service mailbox no longer stands on its people.
//!
//! The verifier holds one look at the tenants against the manifest and the policy. It reads only: nothing in this
//! crate can name the writing side of the port (`cargo xtask tidy` sees to it).
//!
//! A check that could not be made is an [`UnknownCheck`], never a pass.

mod checks;
pub mod finding;
pub mod standing;

use jiff::Timestamp;
use tripod_model::{Policy, WantedMailbox};
use tripod_tenant::Observation;

pub use finding::{CheckId, Finding, Severity, UnknownCheck};
pub use standing::{DelegateStanding, MailboxStanding, StandingState};

/// What verifying found.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verification {
    /// The time that leave dates were held against.
    pub at: Timestamp,
    /// The least number of active delegates by the policy.
    pub quorum: usize,
    /// How each mailbox of the manifest stands, in the order of the manifest.
    pub mailboxes: Vec<MailboxStanding>,
    /// What is wrong; the worst first, then by mailbox.
    pub findings: Vec<Finding>,
    /// What could not be checked, and why.
    pub unknown: Vec<UnknownCheck>,
}

impl Verification {
    /// Whether everything was checked and nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.unknown.is_empty()
    }

    /// The findings at or over a severity.
    pub fn at_least(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity >= severity)
    }
}

/// Holds what was observed against what is wanted.
///
/// Pure: the same input gives the same findings in the same order.
#[must_use]
pub fn verify(wanted: &[WantedMailbox], observed: &Observation, policy: &Policy, now: Timestamp) -> Verification {
    let mut verification = Verification {
        at: now,
        quorum: policy.quorum,
        mailboxes: Vec::new(),
        findings: Vec::new(),
        unknown: Vec::new(),
    };
    for mailbox in wanted {
        let results = checks::mailbox(mailbox, observed, policy, now);
        verification.mailboxes.push(results.standing);
        verification.findings.extend(results.findings);
        verification.unknown.extend(results.unknown);
    }
    verification.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.mailbox.cmp(&b.mailbox)));
    verification
}

#[cfg(test)]
mod tests;
