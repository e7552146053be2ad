//! One way to call a provider: rate-limited, bounded in number, and tried again where that is safe.

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable, Sleeper};
use governor::clock::Clock as GovernorsClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::error::{ErrorKind, TenantError};

/// How many tries a call gets in all.
const TRIES: usize = 7;
/// The first wait; each further one doubles, with jitter.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait of our own.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// So long after a call found the provider unavailable at every try, further ones are made once each: hundreds of reads
/// would else wait one after the other for somebody who does not answer.
const DOWN_FOR: Duration = Duration::from_mins(1);
/// The longest wait that a provider may ask for. Beyond it, the person is told instead of kept waiting.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

/// Whether a call may be repeated when its outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Repeating it changes nothing: reads, and writes that set something to a value.
    Safe,
    /// It may only be repeated when the provider certainly did not carry it out, such as a create. The caller reads
    /// back what happened otherwise.
    OnlyIfNotDone,
}

/// How much one API of one tenant is asked at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls per minute.
    pub per_minute: NonZeroU32,
    /// Calls under way at once.
    pub at_once: usize,
}

/// How one API of one tenant is called. Every call of an adapter goes through [`CallPolicy::run`].
#[derive(Debug)]
pub struct CallPolicy {
    clock: Arc<dyn Clock>,
    limiter: RateLimiter<NotKeyed, InMemoryState, LimiterClock, NoOpMiddleware<Nanos>>,
    under_way: Semaphore,
    /// Until when it is taken to be down.
    down_until: Mutex<Option<Timestamp>>,
}

impl CallPolicy {
    /// A policy with these limits, whose waits go by this clock.
    #[must_use]
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self::with_quota(Quota::per_minute(limits.per_minute), limits.at_once, clock)
    }

    /// The same with the calls spread evenly, for an API that counts them over a few seconds: a minute's worth of
    /// calls is never made at once.
    #[must_use]
    pub fn evenly(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self::with_quota(Quota::per_minute(limits.per_minute).allow_burst(NonZeroU32::MIN), limits.at_once, clock)
    }

    fn with_quota(quota: Quota, at_once: usize, clock: Arc<dyn Clock>) -> Self {
        let limiter = RateLimiter::direct_with_clock(quota, LimiterClock(Arc::clone(&clock)));
        Self { clock, limiter, under_way: Semaphore::new(at_once), down_until: Mutex::default() }
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Makes a call, and makes it again after a wait while it is throttled or the provider is unavailable.
    ///
    /// The provider's own Retry-After is honoured up to five minutes; a longer one ends the tries. The error of the
    /// last try is what the caller gets. After one call found the provider unavailable at every try, those of the next
    /// minute are made once each, until one of them gets an answer.
    pub async fn run<T, F, Fut>(&self, repeat: Repeat, call: F) -> Result<T, TenantError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, TenantError>>,
    {
        let waits = ExponentialBuilder::default()
            .with_min_delay(FIRST_WAIT)
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(if self.is_down() { 0 } else { TRIES - 1 })
            .with_jitter();
        let tries = AtomicUsize::new(0);
        let attempt = || async {
            tries.fetch_add(1, Ordering::Relaxed);
            self.wait_for_turn().await;
            let _permit = self.under_way.acquire().await;
            call().await
        };
        let outcome = attempt
            .retry(waits)
            .sleep(ClockSleeper(Arc::clone(&self.clock)))
            .when(|error| error.is_transient() && !error.tried_again && (repeat == Repeat::Safe || error.not_done))
            .adjust(|error, ours| match (ours, error.retry_after) {
                (Some(ours), Some(theirs)) if theirs <= LONGEST_RETRY_AFTER => Some(ours.max(theirs)),
                (_, Some(_)) => None,
                (ours, None) => ours,
            })
            .notify(|error, wait| tracing::debug!(%error, ?wait, "trying again"))
            .await;
        self.note(outcome.as_ref().err(), tries.into_inner() >= TRIES);
        outcome.map_err(|error| TenantError { tried_again: true, ..error })
    }

    fn is_down(&self) -> bool {
        let until = *self.down_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| self.clock.now() < until)
    }

    /// Remembers whether the provider answers, even if with a refusal. What failed below this API says nothing of it.
    fn note(&self, error: Option<&TenantError>, at_every_try: bool) {
        let mut down_until = self.down_until.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            Some(error) if error.tried_again => {}
            Some(error) if error.kind == ErrorKind::Unavailable => {
                if at_every_try {
                    *down_until = Some(self.clock.now().saturating_add(DOWN_FOR).unwrap_or(Timestamp::MAX));
                }
            }
            _ => *down_until = None,
        }
    }

    async fn wait_for_turn(&self) {
        while let Err(not_yet) = self.limiter.check() {
            self.clock.sleep(not_yet.wait_time_from(LimiterClock(Arc::clone(&self.clock)).now())).await;
        }
    }
}

/// Asks again and again until there is an answer, for what a provider makes visible only after a while.
///
/// `ask` gives `Ok(None)` for «not yet». The waits are 1, 2, 4, 8 and then 15 seconds, each with up to a tenth more
/// (the schedule that the facts sheets recommend for both providers). After `budget` the error says so.
pub async fn poll<T, F, Fut>(clock: &dyn Clock, budget: Duration, operation: &str, mut ask: F) -> Result<T, TenantError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>, TenantError>>,
{
    let end = clock.now().saturating_add(budget).unwrap_or(Timestamp::MAX);
    let mut waits = ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_secs(15))
        .without_max_times()
        .build();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if clock.now() >= end {
            let minutes = budget.as_secs().div_ceil(60);
            let message = format!("the provider did not show it within {minutes} minutes; run the command again later");
            return Err(TenantError::new(ErrorKind::Unavailable, operation, message));
        }
        let wait = waits.next().unwrap_or(Duration::from_secs(15));
        clock.sleep(wait.mul_f64(1.0 + fastrand::f64() / 10.0)).await;
    }
}

/// Our clock as the limiter wants it.
#[derive(Clone, Debug)]
struct LimiterClock(Arc<dyn Clock>);

impl GovernorsClock for LimiterClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(u64::try_from(self.0.now().as_nanosecond()).unwrap_or_default())
    }
}

/// Our clock as the retries want it.
struct ClockSleeper(Arc<dyn Clock>);

impl Sleeper for ClockSleeper {
    type Sleep = futures::future::BoxFuture<'static, ()>;

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        let clock = Arc::clone(&self.0);
        Box::pin(async move { clock.sleep(duration).await })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::clock::VirtualClock;

    fn policy(per_minute: u32) -> (Arc<VirtualClock>, CallPolicy) {
        let clock = Arc::new(VirtualClock::starting_at(Timestamp::from_second(1_800_000_000).unwrap()));
        let limits = Limits { per_minute: NonZeroU32::new(per_minute).unwrap(), at_once: 3 };
        (Arc::clone(&clock), CallPolicy::new(limits, clock))
    }

    fn seconds_since(clock: &VirtualClock, start: Timestamp) -> f64 {
        clock.now().duration_since(start).as_secs_f64()
    }

    #[tokio::test]
    async fn a_throttled_call_waits_as_long_as_it_was_told() {
        let (clock, policy) = policy(6000);
        let start = clock.now();
        let tries = AtomicUsize::new(0);
        let result = policy
            .run(Repeat::OnlyIfNotDone, || async {
                match tries.fetch_add(1, Ordering::Relaxed) {
                    0 => Err(TenantError::new(ErrorKind::Throttled, "x", "slow down")
                        .retry_after(Some(Duration::from_secs(30)))),
                    _ => Ok(7),
                }
            })
            .await;
        assert_eq!(result.unwrap(), 7);
        assert!(seconds_since(&clock, start) >= 30.0);
    }

    #[tokio::test]
    async fn a_wait_of_hours_is_not_waited_for() {
        let (_, policy) = policy(6000);
        let error =
            TenantError::new(ErrorKind::Throttled, "x", "daily limit").retry_after(Some(Duration::from_hours(2)));
        let tries = AtomicUsize::new(0);
        let result: Result<(), _> = policy
            .run(Repeat::Safe, || async {
                tries.fetch_add(1, Ordering::Relaxed);
                Err(error.clone())
            })
            .await;
        assert_eq!(result.unwrap_err().kind, ErrorKind::Throttled);
        assert_eq!(tries.into_inner(), 1);
    }

    #[tokio::test]
    async fn a_create_whose_reply_was_lost_is_not_sent_again() {
        let (_, policy) = policy(6000);
        let tries = AtomicUsize::new(0);
        let result: Result<(), _> = policy
            .run(Repeat::OnlyIfNotDone, || async {
                tries.fetch_add(1, Ordering::Relaxed);
                Err(TenantError::new(ErrorKind::Unavailable, "x", "connection cut"))
            })
            .await;
        assert_eq!(result.unwrap_err().kind, ErrorKind::Unavailable);
        assert_eq!(tries.into_inner(), 1);
    }

    #[tokio::test]
    async fn a_read_is_tried_seven_times_and_then_fails_with_its_last_error() {
        let (_, policy) = policy(6000);
        let tries = AtomicUsize::new(0);
        let result: Result<(), _> = policy
            .run(Repeat::Safe, || async {
                tries.fetch_add(1, Ordering::Relaxed);
                Err(TenantError::new(ErrorKind::Unavailable, "x", "503"))
            })
            .await;
        assert!(result.is_err());
        assert_eq!(tries.into_inner(), TRIES);
    }

    /// A read that fails with this error; how many tries it got.
    async fn tries_of(policy: &CallPolicy, error: Option<TenantError>) -> usize {
        let tries = AtomicUsize::new(0);
        let ask = || async {
            tries.fetch_add(1, Ordering::Relaxed);
            error.clone().map_or(Ok(()), Err)
        };
        let _ = policy.run(Repeat::Safe, ask).await;
        tries.into_inner()
    }

    #[tokio::test]
    async fn a_provider_that_is_down_is_asked_once_by_each_further_call_until_it_answers_or_a_minute_is_over() {
        let (clock, policy) = policy(6000);
        let down = || Some(TenantError::new(ErrorKind::Unavailable, "x", "503"));
        assert_eq!(tries_of(&policy, down()).await, TRIES);
        assert_eq!(tries_of(&policy, down()).await, 1);
        clock.sleep(DOWN_FOR).await;
        assert_eq!(tries_of(&policy, down()).await, TRIES);
        assert_eq!(tries_of(&policy, down()).await, 1);
        // A refusal is an answer as well.
        assert_eq!(tries_of(&policy, Some(TenantError::new(ErrorKind::Denied, "x", "no"))).await, 1);
        assert_eq!(tries_of(&policy, down()).await, TRIES);
        // Whoever only asks to wait is there.
        assert_eq!(tries_of(&policy, None).await, 1);
        assert_eq!(tries_of(&policy, Some(TenantError::new(ErrorKind::Throttled, "x", "429"))).await, TRIES);
        assert_eq!(tries_of(&policy, Some(TenantError::new(ErrorKind::Throttled, "x", "429"))).await, TRIES);
    }

    #[tokio::test]
    async fn what_was_tried_again_below_is_not_tried_again_above() {
        let ((_, below), (_, above)) = (policy(6000), policy(6000));
        let tries = AtomicUsize::new(0);
        let sign_in = || async {
            tries.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(TenantError::new(ErrorKind::Unavailable, "sign in", "no connection"))
        };
        assert!(above.run(Repeat::Safe, || below.run(Repeat::Safe, sign_in)).await.is_err());
        assert_eq!(tries.into_inner(), TRIES);
        assert!(below.is_down() && !above.is_down());
    }

    #[tokio::test]
    async fn a_refusal_is_final() {
        let (_, policy) = policy(6000);
        let tries = AtomicUsize::new(0);
        let result: Result<(), _> = policy
            .run(Repeat::Safe, || async {
                tries.fetch_add(1, Ordering::Relaxed);
                Err(TenantError::new(ErrorKind::Denied, "x", "no"))
            })
            .await;
        assert!(result.is_err());
        assert_eq!(tries.into_inner(), 1);
    }

    #[tokio::test]
    async fn calls_beyond_the_rate_wait_their_turn() {
        let (clock, policy) = policy(60);
        let start = clock.now();
        for _ in 0..180 {
            policy.run(Repeat::Safe, || async { Ok::<_, TenantError>(()) }).await.unwrap();
        }
        assert!(seconds_since(&clock, start) >= 119.0, "{}", seconds_since(&clock, start));
    }

    #[tokio::test]
    async fn calls_that_are_spread_are_never_made_in_one_go() {
        let (clock, _) = policy(60);
        let limits = Limits { per_minute: NonZeroU32::new(30).unwrap(), at_once: 1 };
        let policy = CallPolicy::evenly(limits, Arc::clone(&clock) as Arc<dyn Clock>);
        let start = clock.now();
        for _ in 0..6 {
            policy.run(Repeat::Safe, || async { Ok::<_, TenantError>(()) }).await.unwrap();
        }
        assert!(seconds_since(&clock, start) >= 10.0, "{}", seconds_since(&clock, start));
    }

    #[tokio::test]
    async fn polling_ends_with_its_budget() {
        let (clock, _) = policy(60);
        let start = clock.now();
        let result: Result<(), _> =
            poll(clock.as_ref(), Duration::from_mins(10), "wait for x", || async { Ok(None) }).await;
        assert_eq!(result.unwrap_err().kind, ErrorKind::Unavailable);
        assert!((600.0..640.0).contains(&seconds_since(&clock, start)));
    }
}
