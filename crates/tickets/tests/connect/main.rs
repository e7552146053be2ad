//! The connectors against the stand-ins, and the receiver of webhooks, all over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod counts;
mod github;
mod jira;
mod servicenow;
mod settings;
mod support;
mod webhook;
