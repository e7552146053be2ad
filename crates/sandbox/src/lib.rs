//! Stand-in tenants on loopback that speak the providers' real wire protocols.
//!
//! Written from the vendors' documents, not from Tripod's adapters, and sharing no wire types with them: a field that
//! either side misspells has to fail.

pub mod between;
pub mod condition;
mod described;
pub mod description;
mod description_file;
pub mod desks;
pub mod error;
pub mod exchange_description;
pub mod fault;
pub mod faulty;
pub mod google;
pub mod google_description;
pub mod group_state;
pub mod hosts;
pub mod identity;
mod listener;
pub mod microsoft;
mod rules;
pub mod sandbox;
pub mod seed;
pub mod sign_in;
mod store;
pub mod table;
pub mod wire;
mod wire_log;
pub mod world;

pub use between::{Between, Delivery};
pub use condition::Condition;
pub use description::{Description, Standing, TenantDescription};
pub use description_file::DescriptionProblem;
pub use error::SandboxError;
pub use exchange_description::ExchangeDescription;
pub use fault::{Fault, What};
pub use google_description::{GoogleDescription, GoogleMemberDescription};
pub use group_state::{GroupState, OtherMember};
pub use hosts::hosts_of;
pub use identity::{Access, MicrosoftSandboxCredentials, SandboxPerson};
pub use sandbox::{Options, Sandbox, TlsFiles};
pub use seed::{seed, seed_at};
pub use sign_in::{FederationDescription, GoogleSignInDescription};
pub use world::World;
