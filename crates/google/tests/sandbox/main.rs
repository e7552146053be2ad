//! The adapter against the stand-in tenants, over sockets, in the sandbox's own time.

mod access;
mod create;
mod import;
mod life;
mod people;
mod support;
mod trouble;
