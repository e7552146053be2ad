//! What can go wrong with the sandbox itself; what goes wrong on its wire is a reply.

use std::net::SocketAddr;
use std::path::PathBuf;

use tripod_model::Address;

use crate::description_file::DescriptionProblem;

/// Why the sandbox cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The description contradicts itself.
    #[error("the sandbox's description has tenant `{tenant}` wrong: {problem}")]
    Description {
        /// The tenant's name.
        tenant: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The file of the description cannot be used.
    #[error(transparent)]
    File(#[from] DescriptionProblem),
    /// The file of the description says something else than when the state was made from it.
    #[error("{file} has changed since the stand-in tenants were made from it: {}", places.join(", "))]
    Changed {
        /// The file as the user knows it.
        file: String,
        /// What has changed, e.g. `tenants.juniper.people`.
        places: Vec<String>,
    },
    /// There is no state yet and nothing to make it from.
    #[error("there is no sandbox in `{0}` yet; give a description to make one from")]
    NoState(PathBuf),
    /// Another process uses the state.
    #[error("`{0}` is in use by another sandbox; stop that one, or give this one its own file")]
    Held(PathBuf),
    /// The state cannot be read or written.
    #[error("the sandbox's state in `{path}` cannot be used")]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The state is not what this version writes.
    #[error("the sandbox's state in `{path}` is damaged or of another version: {detail}; delete it to start afresh")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is not as it should be.
        detail: String,
    },
    /// Nobody has this address.
    #[error("nobody in the sandbox has the address {address}{}", suggestion.as_ref().map(|s| format!("; did you mean {s}?")).unwrap_or_default())]
    Nobody {
        /// The address that was asked for.
        address: Address,
        /// The nearest one there is.
        suggestion: Option<Address>,
    },
    /// A change that the account, mailbox or group cannot have.
    #[error("{address} cannot be changed in this way: {problem}")]
    NotApplicable {
        /// Whose.
        address: Address,
        /// Why, in a sentence.
        problem: String,
    },
    /// The port cannot be listened on.
    #[error("cannot listen on {listen}; give another port, or 0 for any")]
    Listen {
        /// The address and port.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("cannot serve TLS with `{path}`: {detail}")]
    Tls {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The wire log cannot be written.
    #[error("cannot write the wire log `{path}`")]
    WireLog {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
