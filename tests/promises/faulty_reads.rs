//! Invariants 1 and 2 while everything is only read: whatever becomes of the replies, no step is planned that the truth
//! would not give, and nothing is taken for fine, gone or active that is not.
#![allow(clippy::print_stderr, reason = "a run by hand says how far it went")]

use std::sync::{Arc, Mutex};

use tripod_sandbox::faulty::{Exchange, Faulty, Recorder};
use tripod_sandbox::wire::{Reply, Request};
use tripod_sandbox::{Between, Delivery, World};
use tripod_tenant::Clock as _;

use crate::compared::{trust, worse};
use crate::look::{Asked, Look, look};
use crate::seeds::{self, Longest, failure};
use crate::worlds::{Purpose, Side, Stage, stage};

/// Whoever stands between at the moment.
#[derive(Debug)]
pub(crate) struct Switch(Mutex<Arc<dyn Between>>);

impl Switch {
    pub(crate) fn new(first: Arc<dyn Between>) -> Self {
        Self(Mutex::new(first))
    }

    pub(crate) fn to(&self, next: Arc<dyn Between>) {
        *self.0.lock().unwrap() = next;
    }
}

impl Between for Switch {
    fn hand_on(&self, world: &World, request: &Request, reply: Reply) -> Delivery {
        let now = Arc::clone(&self.0.lock().unwrap());
        now.hand_on(world, request, reply)
    }
}

/// A whole look at a world, with everything that went over the wire in it.
pub(crate) struct Whole {
    pub(crate) stage: Stage,
    pub(crate) switch: Arc<Switch>,
    pub(crate) truth: Look,
    pub(crate) known: Arc<Vec<Exchange>>,
}

pub(crate) async fn whole(side: Side) -> Whole {
    let recorder = Arc::new(Recorder::default());
    let switch = Arc::new(Switch::new(Arc::clone(&recorder) as _));
    let stage = stage(side, Purpose::Reading, Arc::clone(&switch) as _).await;
    let now = stage.sandbox.with_world(|world| world.now());
    let truth = look(side, &stage.auditors(), &stage.wanted, now, Asked::ALL, None).await;
    let known = Arc::new(recorder.take());
    Whole { stage, switch, truth, known }
}

/// What a seed asks for, as `plan` and tickets, `verify` and `import`, `impact` and `access` do.
fn asked(seed: u64) -> Asked {
    match seed % 8 {
        0..=3 => Asked::OBSERVATION,
        4 | 5 => Asked::AUDIT,
        6 => Asked::HOLDINGS,
        _ => Asked::ALL,
    }
}

async fn run(side: Side, test: &str, usual: u64) {
    let whole = whole(side).await;
    let mut failures = Vec::new();
    let longest = Longest::default();
    let seeds = seeds::seeds(usual);
    let clock = whole.stage.sandbox.clock();
    for seed in seeds.clone() {
        let faulty = Arc::new(Faulty::new(seed, Arc::clone(&whole.known)));
        whole.switch.to(Arc::clone(&faulty) as _);
        let begun = clock.now();
        // The time at which the plan is made stays, so that nobody leaves or becomes idle by the waits of other seeds.
        let now = whole.truth.verification.at;
        let stage = &whole.stage;
        let auditors = stage.auditors();
        let seen = look(side, &auditors, &stage.wanted, now, asked(seed), Some(&whole.truth)).await;
        let seconds = clock.now().duration_since(begun).as_secs();
        let harmed = faulty.harmed();
        longest.note(seconds, faulty.exchanges(), harmed.len());
        let mut worse = worse(&whole.truth, &seen, trust(&harmed));
        if seconds > seeds::LONGEST || faulty.exchanges() > seeds::MOST {
            worse.push(format!("it took {seconds} s and {} exchanges", faulty.exchanges()));
        }
        if !worse.is_empty() {
            failures.push(failure(test, seed, &harmed, &worse));
        }
    }
    eprintln!("{test}: {} seeds; {longest}", seeds.end - seeds.start);
    assert!(failures.is_empty(), "{} seeds failed:\n{}", failures.len(), failures[..failures.len().min(25)].join("\n"));
}

#[tokio::test]
#[ignore = "not before both readers are mended"]
async fn no_faulty_reply_of_google_leads_to_a_step_or_an_all_clear_that_is_not_true() {
    run(Side::Google, "of_google_leads_to_a_step", 600).await;
}

#[tokio::test]
#[ignore = "not before both readers are mended"]
async fn no_faulty_reply_of_microsoft_leads_to_a_step_or_an_all_clear_that_is_not_true() {
    run(Side::Microsoft, "of_microsoft_leads_to_a_step", 600).await;
}
