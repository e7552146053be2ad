//! The adapter against the stand-in tenants, over sockets, in the sandbox's own time.

mod access;
mod audit;
mod create;
mod import;
#[cfg(test)]
mod licences;
mod life;
mod people;
// Clippy counts a helper among the tests, where it may unwrap, only under `cfg(test)`.
#[cfg(test)]
mod sign_in;
mod states;
#[cfg(test)]
mod support;
mod trouble;
