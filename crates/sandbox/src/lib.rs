//! Stand-in tenants on loopback that speak the providers' real wire protocols.
//!
//! Written from the vendors' documents, not from Tripod's adapters, and sharing no wire types with them: a field that
//! either side misspells has to fail.

pub mod description;
mod description_file;
pub mod fault;
pub mod identity;
pub mod table;
pub mod wire;

pub use description::Description;
pub use description_file::DescriptionProblem;
pub use fault::Fault;
pub use identity::{Access, MicrosoftSandboxCredentials, SandboxPerson};
