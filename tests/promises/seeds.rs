//! Which seeds are run, and what is said of one that fails.

use std::sync::atomic::{AtomicU64, Ordering};

use tripod_sandbox::faulty::Harmed;

/// The seeds that are run for a test which runs so many of them unless told otherwise: with `TRIPOD_SEEDS=100000` so
/// many, with `TRIPOD_SEED=17` that one.
pub(crate) fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match (number("TRIPOD_SEED"), number("TRIPOD_SEEDS"), number("TRIPOD_SEEDS_FROM")) {
        (Some(one), _, _) => one..one + 1,
        (None, all, from) => from.unwrap_or(0)..from.unwrap_or(0) + all.unwrap_or(usual),
    }
}

/// The longest run so far.
#[derive(Debug, Default)]
pub(crate) struct Longest {
    seconds: AtomicU64,
    exchanges: AtomicU64,
    harmed: AtomicU64,
}

impl Longest {
    pub(crate) fn note(&self, seconds: i64, exchanges: usize, harmed: usize) {
        self.seconds.fetch_max(u64::try_from(seconds).unwrap_or(0), Ordering::Relaxed);
        self.exchanges.fetch_max(exchanges as u64, Ordering::Relaxed);
        self.harmed.fetch_add(harmed as u64, Ordering::Relaxed);
    }
}

impl std::fmt::Display for Longest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let (seconds, exchanges, harmed) = (read(&self.seconds), read(&self.exchanges), read(&self.harmed));
        write!(f, "at most {seconds} s of the stand-ins' time and {exchanges} exchanges; {harmed} replies were harmed")
    }
}

/// What a seed that fails says.
pub(crate) fn failure(test: &str, seed: u64, harmed: &[Harmed], worse: &[String]) -> String {
    let harmed: Vec<String> = harmed.iter().take(12).map(|one| format!("  {:?}: {}", one.harm, one.target)).collect();
    format!(
        "seed {seed}:\n  {}\nharmed:\n{}\nalone: TRIPOD_SEED={seed} cargo test --test promises {test}\n",
        worse.join("\n  "),
        harmed.join("\n")
    )
}

/// No run of these worlds may take longer than this, in seconds of the stand-ins' time.
pub(crate) const LONGEST: i64 = 8 * 3600;
/// Nor have more exchanges.
pub(crate) const MOST: usize = 6_000;
