//! The Microsoft side as functions: a request in, a reply out, no socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod apps;
mod by_hand;
mod exchange;
mod flows;
mod graph;
mod sign_in;
mod stage;
mod state;
