//! Whatever the bytes are: a sound request, or problems that are safe to show.
#![no_main]

mod invariant;

use libfuzzer_sys::fuzz_target;
use tripod_tickets::request::Source;

fuzz_target!(|bytes: &[u8]| invariant::holds(Source::Jira, bytes));
