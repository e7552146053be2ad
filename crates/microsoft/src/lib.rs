//! Microsoft 365 behind the port: Microsoft Graph on graph-rs-sdk, and Exchange Online over its admin REST.
//!
//! [`MicrosoftReader`] and [`MicrosoftWriter`] are held by different identities. Ids are Entra object ids throughout: of a
//! shared mailbox its `ExternalDirectoryObjectId`, of a person the user's id, of a group its id.

mod config;
mod connection;
mod diagnose;
mod exchange;
mod graph;
mod principal;
mod reader;
mod sending;
mod token;
mod trail;
mod writer;

pub use config::{AppCredentials, ClientProof, MicrosoftTenant};
pub use diagnose::MicrosoftDoctor;
pub use reader::MicrosoftReader;
pub use token::{DeviceSignIn, ForeignToken, GithubToken, ManagedIdentity, SignedIn, TokenFile};
pub use writer::MicrosoftWriter;
