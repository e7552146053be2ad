//! A token that is asked for once however many callers wait for it, and again before it ends.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tripod_tenant::{Clock, TenantError};

/// How long before its end a token is no longer used: long enough for a call that is just beginning, and less than the
/// five minutes for which Google's metadata server gives the same token again.
const MARGIN: Duration = Duration::from_mins(2);

/// A token as it was given. It has no `Debug`, because it would show the token.
pub(crate) struct Given {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Duration,
    /// The scopes that it is good for, where the reply says so.
    pub(crate) scopes: Option<Vec<String>>,
}

/// A token in use.
pub(crate) struct Held {
    pub(crate) token: SecretString,
    pub(crate) scopes: Option<Vec<String>>,
    ends: Timestamp,
}

/// The place of one token. The lock is held while it is asked for.
#[derive(Default)]
pub(crate) struct Cell {
    asked: tokio::sync::Mutex<Option<Result<Arc<Held>, TenantError>>>,
    /// Counts the answers, so that whoever waited for one takes it, even if it is a refusal.
    answers: AtomicU64,
}

impl Cell {
    /// The token that is there, or else one that is asked for now.
    pub(crate) async fn get<F: Future<Output = Result<Given, TenantError>>>(
        &self,
        clock: &dyn Clock,
        ask: impl FnOnce() -> F,
    ) -> Result<Arc<Held>, TenantError> {
        let seen = self.answers.load(Ordering::Acquire);
        let mut asked = self.asked.lock().await;
        match &*asked {
            Some(Ok(held)) if clock.now() < held.ends => return Ok(Arc::clone(held)),
            Some(Err(error)) if self.answers.load(Ordering::Acquire) != seen => return Err(error.clone()),
            _ => {}
        }
        // Counted from before the question, because Google counts from before its answer.
        let now = clock.now();
        let answer = ask().await.map(|given| {
            let ends = now.saturating_add(given.lifetime.saturating_sub(MARGIN)).unwrap_or(Timestamp::MAX);
            Arc::new(Held { token: given.token, scopes: given.scopes, ends })
        });
        *asked = Some(answer.clone());
        self.answers.fetch_add(1, Ordering::Release);
        answer
    }

    /// Forgets the token, so that the next caller asks for a new one.
    pub(crate) async fn forget(&self) {
        *self.asked.lock().await = None;
    }
}
