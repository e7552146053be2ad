//! The port of the doctor: every permission, role and switch by itself, with what to do about those that lack.

mod cause;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tripod_model::WantedMailbox;

use crate::error::{ErrorKind, TenantError};

pub use cause::{Cause, CauseId};

/// A command that needs something of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// `tripod plan`
    Plan,
    /// `tripod apply`
    Apply,
    /// `tripod verify`, and `tripod watch`, which does the same again and again
    Verify,
    /// `tripod impact`
    Impact,
    /// `tripod grants`
    Grants,
    /// `tripod access`
    Access,
    /// `tripod import`
    Import,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Plan, Self::Apply, Self::Verify, Self::Impact, Self::Grants, Self::Access, Self::Import];

    /// The command's name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Verify => "verify",
            Self::Impact => "impact",
            Self::Grants => "grants",
            Self::Access => "access",
            Self::Import => "import",
        }
    }
}

/// What was found out about one thing that commands need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Diagnosis {
    /// What was looked at, e.g. `scope gmail.settings.basic`.
    pub subject: String,
    /// How it stands.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What is behind it, unless it is fine or nobody knows.
    pub cause: Option<CauseId>,
    /// The commands that need it, of those that were asked about.
    pub needed_by: Vec<Purpose>,
}

/// How something stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// As it has to be.
    Fine,
    /// It lacks.
    Missing {
        /// What lacks, as a sentence without a full stop.
        sentence: String,
        /// What to do about it: a command or a path to click, without a full stop.
        remedy: String,
    },
    /// It could not be checked.
    Unknown {
        /// Why not, as a sentence without a full stop.
        why: String,
        /// What kind of error kept it from being checked; nothing where it was not asked, because something else has
        /// to be mended first or no API tells.
        kind: Option<ErrorKind>,
    },
}

impl Diagnosis {
    /// Something as it has to be.
    #[must_use]
    pub fn fine(subject: impl Into<String>, needed_by: &[Purpose]) -> Self {
        Self { subject: subject.into(), outcome: Outcome::Fine, cause: None, needed_by: needed_by.to_vec() }
    }

    /// Something that lacks, with the remedy of its cause.
    #[must_use]
    pub fn missing(
        subject: impl Into<String>,
        needed_by: &[Purpose],
        cause: CauseId,
        sentence: impl Into<String>,
    ) -> Self {
        let outcome = Outcome::Missing { sentence: sentence.into(), remedy: cause.page().remedy.to_owned() };
        Self { subject: subject.into(), outcome, cause: Some(cause), needed_by: needed_by.to_vec() }
    }

    /// Something that was not asked, because something else has to be mended first or no API tells.
    #[must_use]
    pub fn unknown(subject: impl Into<String>, needed_by: &[Purpose], why: impl Into<String>) -> Self {
        let outcome = Outcome::Unknown { why: why.into(), kind: None };
        Self { subject: subject.into(), outcome, cause: None, needed_by: needed_by.to_vec() }
    }

    /// What an error says: something lacks if the adapter knows the cause, else it could not be checked.
    #[must_use]
    pub fn from_error(subject: impl Into<String>, needed_by: &[Purpose], error: &TenantError) -> Self {
        if let Some(cause) = error.cause {
            return Self::missing(subject, needed_by, cause, error.message.clone());
        }
        let outcome = Outcome::Unknown { why: error.to_string(), kind: Some(error.kind) };
        Self { subject: subject.into(), outcome, cause: None, needed_by: needed_by.to_vec() }
    }

    /// The same with a remedy that fits better than the general one.
    #[must_use]
    pub fn remedy(mut self, text: impl Into<String>) -> Self {
        if let Outcome::Missing { remedy, .. } = &mut self.outcome {
            *remedy = text.into();
        }
        self
    }
}

/// Looks at a tenant as one of its identities. It only reads.
#[async_trait]
pub trait Diagnosing: Send + Sync {
    /// How everything stands that these commands need for these mailboxes, in an order for people to read.
    async fn diagnose(&self, purposes: &[Purpose], mailboxes: &[WantedMailbox]) -> Vec<Diagnosis>;
}

/// Those of the purposes asked about that need something; empty if none does.
#[must_use]
pub fn needing(asked: &[Purpose], need: &[Purpose]) -> Vec<Purpose> {
    asked.iter().filter(|purpose| need.contains(purpose)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_whose_cause_is_not_known_is_never_told_as_something_that_lacks() {
        let error = TenantError::new(ErrorKind::Unavailable, "read x", "503");
        let diagnosis = Diagnosis::from_error("x", &[Purpose::Plan], &error);
        assert!(
            matches!(diagnosis.outcome, Outcome::Unknown { kind: Some(ErrorKind::Unavailable), .. }),
            "{diagnosis:?}"
        );
        let error = TenantError::new(ErrorKind::Denied, "read x", "no");
        let diagnosis = Diagnosis::from_error("x", &[Purpose::Plan], &error);
        assert!(matches!(diagnosis.outcome, Outcome::Unknown { kind: Some(ErrorKind::Denied), .. }), "{diagnosis:?}");
        let diagnosis = Diagnosis::from_error("x", &[], &error.caused_by(CauseId::GoogleApiOff));
        assert!(matches!(diagnosis.outcome, Outcome::Missing { .. }), "{diagnosis:?}");
    }

    #[test]
    fn no_two_causes_have_the_same_name() {
        let names: std::collections::BTreeSet<_> = CauseId::ALL.iter().map(|cause| cause.word()).collect();
        assert_eq!(names.len(), CauseId::ALL.len());
    }
}
