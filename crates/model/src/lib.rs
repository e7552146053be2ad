//! What is wanted: the manifest of service mailboxes, with a place for every value.
//!
//! This crate does no I/O. It takes the bytes of files and gives back what they say together with *all* their
//! problems, each with file, line and column, so that a person can mend them in one go.

pub mod address;
pub mod mailbox;
pub mod place;
pub mod policy;
pub mod read;
pub mod schema;
pub mod suggest;
pub mod tenant;
pub mod zone;

pub use address::{Address, AddressError};
pub use mailbox::{Companion, CredentialDelivery, Kind, SignIn, State, WantedDelegate, WantedMailbox};
pub use place::{Place, Problem, SourceFile};
pub use policy::{
    Approvals, CheckGroup, CheckId, CheckParameter, CheckSetting, Deviation, Expression, Policy, Rule, Severity,
};
pub use tenant::{
    ActsAs, FederatedToken, GoogleConfig, GoogleCredentials, GoogleSignIn, MicrosoftConfig, MicrosoftCredentials,
    MicrosoftProof, Provider, ProviderConfig, SecretSource, Settings, TenantConfig, TenantName,
};

/// The least number of active delegates that a service mailbox stands on. A policy may raise it; nothing may lower it.
pub const QUORUM: usize = 3;
