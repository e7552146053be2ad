//! The record of what was asked, approved and done, signed so that a later change shows.

pub mod dsse;
pub mod key;
mod markdown;
mod record;
mod statement;

pub use dsse::{Envelope, EvidenceError};
pub use key::{PublicKey, SigningKey};
pub use markdown::evidence_markdown;
pub use record::{Evidence, EvidenceStep, Gap, Sources, VerificationSummary};
pub use statement::{PREDICATE_TYPE, sign, verify};
