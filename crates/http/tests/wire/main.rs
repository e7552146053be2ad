//! What the client does with servers that send too much, too slowly, or with the wrong certificate.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod limits;
mod proxies;
mod servers;
mod trust;
