//! Faulty replies by seed, for tests: what any network, gateway or half-broken service may hand on in place of what the
//! stand-ins have answered.
//!
//! Which replies are harmed, and how, follows from the seed and from what was asked, not from the order in which
//! requests arrive, so that a seed gives the same run again.

pub mod field;
mod harm;
mod pages;
mod record;
mod route;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use crate::between::{Between, Delivery};
use crate::wire::{Reply, Request};
use crate::world::World;

pub use harm::Harm;
pub use pages::Later;
pub use record::{Exchange, Recorder};
pub use route::{Part, identity, parts, route};

/// How many harmed replies a seed may give at most. A provider that never answers well is no longer one.
const MOST: usize = 400;

/// Harms replies by a seed.
#[derive(Debug)]
pub struct Faulty {
    seed: u64,
    manner: Manner,
    /// Replies of a whole run, of which one may come in place of another.
    known: Arc<Vec<Exchange>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How often each request has come.
    times: HashMap<u64, u32>,
    done: Vec<Harmed>,
    /// How many exchanges there were in all.
    exchanges: usize,
    is_off: bool,
}

/// How the harmed replies are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// One reply in so many thousand, the first time that it is asked for.
    Now(u64),
    /// The same, every time that it is asked for.
    Always(u64),
    /// Every reply of a route in so many thousand, in the same way.
    Route(u64),
    /// One reply, and no more.
    Once(u64),
}

/// A reply that was harmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harmed {
    /// The route, see [`route()`].
    pub route: String,
    /// What was asked.
    pub target: String,
    /// What was done to the reply.
    pub harm: Harm,
}

impl Faulty {
    /// Harms replies by this seed. `known` are the replies of a whole run.
    #[must_use]
    pub fn new(seed: u64, known: Arc<Vec<Exchange>>) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed ^ 0x0712_190d);
        let rate = [15, 60, 200][chance.usize(0..3)];
        let manner = match chance.u8(0..8) {
            0 | 1 => Manner::Now(rate),
            2 | 3 => Manner::Always(rate),
            4 | 5 => Manner::Route(rate),
            _ => Manner::Once(rate),
        };
        Self { seed, manner, known, state: Mutex::default() }
    }

    /// From now on every reply is handed on as it is.
    pub fn stop(&self) {
        self.state().is_off = true;
    }

    /// The replies that were harmed so far.
    #[must_use]
    pub fn harmed(&self) -> Vec<Harmed> {
        self.state().done.clone()
    }

    /// How many exchanges there were so far.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.state().exchanges
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chance for this reply, if it is one that is harmed.
    fn struck(&self, state: &mut State, request: &Request, route: &str) -> Option<fastrand::Rng> {
        let request_hash = hash(&(self.seed, route::identity(request)));
        let times = state.times.entry(request_hash).or_default();
        let time = *times;
        *times = times.saturating_add(1);
        if state.is_off || state.done.len() >= MOST {
            return None;
        }
        let (key, rate) = match self.manner {
            Manner::Now(rate) => (hash(&(request_hash, time)), rate),
            Manner::Always(rate) => (request_hash, rate),
            Manner::Route(rate) => (hash(&(self.seed, route)), rate * 2),
            Manner::Once(rate) if state.done.is_empty() => (hash(&(request_hash, time)), rate),
            Manner::Once(_) => return None,
        };
        let mut chance = fastrand::Rng::with_seed(key);
        (chance.u64(0..1000) < rate).then_some(chance)
    }
}

impl Between for Faulty {
    fn hand_on(&self, _: &World, request: &Request, reply: Reply) -> Delivery {
        let route = route(request);
        let mut state = self.state();
        state.exchanges += 1;
        if let Some(page) = pages::later(request) {
            return page.into();
        }
        let Some(mut chance) = self.struck(&mut state, request, &route) else { return reply.into() };
        let Some((harm, delivery)) = harm::harm(&mut chance, request, &route, &reply, &self.known) else {
            return reply.into();
        };
        let target = format!("{} {}{}?{}", request.method, request.host, request.path, request.query);
        state.done.push(Harmed { route, target, harm });
        delivery
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
