//! The promises of ARCHITECTURE.md (invariants), kept while the providers' replies are faulty, and after.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod compared;

mod faulty_reads;
mod field_walk;
mod look;
mod seeds;
mod worlds;
