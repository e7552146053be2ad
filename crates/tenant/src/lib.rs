//! The port to a tenant.
//!
//! [`TenantReader`] and [`TenantWriter`] are the two sides of it, held by different credentials. Both take many
//! mailboxes and many people at once, so that an adapter can batch. What a read gives is an [`Observed`]: a read that
//! failed is *unknown*, never *absent*.
//!
//! The crate also has what every adapter shares: the errors by kind, one retry policy, rate limits, and the clock.

pub mod access;
pub mod audit;
pub mod call;
pub mod clock;
pub mod diagnosis;
pub mod endpoint;
pub mod error;
pub mod ids;
pub mod mailbox;
pub mod observation;
pub mod observed;
pub mod person;
pub mod reader;
pub mod refresh_token;
pub mod retry_after;
pub mod unconnected;
pub mod writer;

pub use access::{Ability, Hindrance};
pub use audit::{App, AppGrant, Changes, GrantMeans, MailboxFacts, OwnedKind, Ownership, PersonFacts, TenantAuditor};
pub use call::{CallPolicy, Limits, Repeat, poll};
pub use clock::{Clock, SystemClock, VirtualClock};
pub use diagnosis::{Cause, CauseId, Diagnosing, Diagnosis, Outcome, Purpose, needing};
pub use endpoint::Endpoints;
pub use error::{ErrorKind, TenantError};
pub use ids::{MailboxId, PersonId};
pub use mailbox::{
    Acceptance, Form, MailboxQuery, MailboxRef, MailboxState, ObservedDelegate, ObservedMailbox, Principal, Rights,
    Setting,
};
pub use observation::{Observation, Readers, observe};
pub use observed::{Observed, Unknown};
pub use person::{Activity, Inactive, Person, PersonRef};
pub use reader::{Obstacle, TenantReader};
pub use refresh_token::{RefreshTokens, SignInFor};
pub use unconnected::Unconnected;
pub use writer::{Change, Configure, Done, Grant, NewMailbox, Revoke, TenantWriter, Written};
