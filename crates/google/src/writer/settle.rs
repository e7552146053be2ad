//! Trying again while something settles at Google.

use std::future::Future;
use std::time::Duration;

use futures::lock::Mutex;
use tripod_tenant::{Clock, ErrorKind, TenantError, poll};

/// How long a change may take to be seen: «a minute or more» (facts sheet, Google 3.4 and 1.2).
pub(super) const CHANGE_BUDGET: Duration = Duration::from_mins(3);

/// Whether an error may come from a copy that lags behind (facts sheet, Google 3.4): 404, 409 and 412.
pub(super) fn may_lag(error: &TenantError) -> bool {
    matches!(error.kind, ErrorKind::Missing | ErrorKind::Conflict)
}

/// Asks again while the error is one that may pass; after the budget, the last of these errors is the outcome.
pub(super) async fn settle<T, F: Future<Output = Result<T, TenantError>>>(
    clock: &dyn Clock,
    budget: Duration,
    operation: &str,
    may_pass: impl Fn(&TenantError) -> bool,
    ask: impl Fn() -> F,
) -> Result<T, TenantError> {
    let last = Mutex::new(None);
    let outcome = poll(clock, budget, operation, || async {
        match ask().await {
            Ok(value) => Ok(Some(value)),
            Err(error) if may_pass(&error) => {
                *last.lock().await = Some(error);
                Ok(None)
            }
            Err(error) => {
                *last.lock().await = None;
                Err(error)
            }
        }
    })
    .await;
    match (outcome, last.into_inner()) {
        (Err(ran_out), Some(error)) if ran_out.kind == ErrorKind::Unavailable => Err(error),
        (outcome, _) => outcome,
    }
}

/// Asks until what was changed is seen.
pub(super) async fn until_seen<F: Future<Output = Result<bool, TenantError>>>(
    clock: &dyn Clock,
    operation: &str,
    may_pass: impl Fn(&TenantError) -> bool,
    seen: impl Fn() -> F,
) -> Result<(), TenantError> {
    poll(clock, CHANGE_BUDGET, operation, || async {
        match seen().await {
            Ok(seen) => Ok(seen.then_some(())),
            Err(error) if may_pass(&error) => Ok(None),
            Err(error) => Err(error),
        }
    })
    .await
}
