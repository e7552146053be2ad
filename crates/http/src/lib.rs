//! The one way in which Tripod speaks HTTP.
//!
//! What every exchange has in common is decided here and nowhere else: how long it may take, how many bytes of a reply
//! are read, before and after they are unpacked, how many pages a list may have ([`limits`]); which proxy is used
//! ([`Proxies`]) and whose certificates are believed ([`Trust`]); that no redirect is followed, because a token would go
//! with it; what Tripod calls itself; and in which words a missing reply is told ([`NoReply`]).
//!
//! The adapters, the desks and the webhooks have a [`Client`] each. Libraries that bring a client of their own are given
//! the [`Connector`], which is what carries the rest.

mod client;
mod connector;
mod failure;
pub mod limits;
mod network;
mod pages;
mod proxy;
pub mod serve;
mod stream;
mod trust;
mod tunnel;

pub use client::{AGENT, Client, Reply, plain, read_whole, single_use};
pub use connector::Connector;
pub use failure::{NoReply, Why};
pub use limits::Bounds;
pub use network::Network;
pub use pages::{Endless, Pages};
pub use proxy::{Proxies, is_loopback};
pub use stream::Stream;
pub use trust::Trust;
