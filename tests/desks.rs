//! Tickets at a desk that is reached over HTTP, by the real program: messages that are signed, runs that are stopped, and
//! runs that die.
//!
//! Nothing here waits for a time to pass: the lines that the program prints are waited for, or the exchanges of its wire
//! log, which is a named pipe.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
#![cfg(unix)]

#[path = "desks/crash.rs"]
mod crash;
#[path = "desks/program.rs"]
mod program;
#[path = "desks/serve.rs"]
mod serve;
#[path = "desks/stop.rs"]
mod stop;
#[path = "desks/support.rs"]
mod support;
