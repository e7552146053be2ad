//! Tickets at a desk that is reached over HTTP, by the real program: messages that are signed, runs that are stopped, and
//! runs that die.
//!
//! Nothing here waits for a time to pass: the lines that the program prints are waited for, or the exchanges of its wire
//! log, which is a named pipe.

mod crash;
mod program;
mod serve;
mod stop;
mod support;
