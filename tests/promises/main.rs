//! The invariants of ARCHITECTURE.md: what is promised, and the situations in which it must hold, faulty replies of the
//! providers among them.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod approvals;
mod compared;
#[path = "../example.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod example;
mod faulty_apply;
mod faulty_reads;
mod field_walk;
mod in_part;
mod look;
mod moving_world;
mod network;
mod office;
mod plans;
mod seeds;
mod small;
#[path = "../desks/support.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod support;
mod worlds;
