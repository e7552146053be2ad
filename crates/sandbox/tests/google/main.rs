//! The Google stand-in over real sockets, as a foreign client sees it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod batch;
mod conditions;
mod directory;
mod gmail;
mod grants;
mod groups;
mod serving;
mod sign_in;
mod support;
mod tokens;
mod usage;
