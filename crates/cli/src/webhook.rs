//! Tells a webhook, with retries.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tripod_tenant::{CallPolicy, Clock, ErrorKind, Limits, Repeat, TenantError, retry_after};

use crate::exit::{CommandError, Exit};

/// A webhook. Its URL lets everybody write who knows it, so it is a secret: no error and no log names it.
pub(crate) struct Webhook {
    url: SecretString,
    client: reqwest::Client,
    policy: CallPolicy,
}

impl Webhook {
    /// A webhook at this URL: https, or http on this machine.
    pub(crate) fn new(url: &SecretString, clock: Arc<dyn Clock>) -> Result<Self, CommandError> {
        let wrong = |what: &str| CommandError::message(Exit::Usage, format!("the webhook's URL {what}"));
        let parsed = reqwest::Url::parse(url.expose_secret()).map_err(|_| wrong("is no URL"))?;
        let loopback = matches!(parsed.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        if parsed.scheme() != "https" && !(parsed.scheme() == "http" && loopback) {
            return Err(wrong("does not begin with https://"));
        }
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("tripod/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| CommandError::new(Exit::Unexpected, error.without_url()))?;
        let limits = Limits { per_minute: NonZeroU32::new(30).unwrap_or(NonZeroU32::MIN), at_once: 1 };
        Ok(Self { url: url.clone(), client, policy: CallPolicy::new(limits, clock) })
    }

    /// Sends a message, with a key by which the receiver can tell that it has it already.
    pub(crate) async fn send(&self, payload: &str, id: i64) -> Result<(), TenantError> {
        self.policy.run(Repeat::Safe, || self.once(payload, id)).await
    }

    async fn once(&self, payload: &str, id: i64) -> Result<(), TenantError> {
        let failed = |kind, message: String| TenantError::new(kind, "tell the webhook", message);
        let request = self
            .client
            .post(self.url.expose_secret())
            .header("content-type", "application/json")
            .header("idempotency-key", format!("tripod-{id}"))
            .body(payload.to_owned());
        let reply = request.send().await.map_err(|error| {
            let what = if error.is_timeout() { "it did not answer in time" } else { "it cannot be reached" };
            failed(ErrorKind::Unavailable, what.to_owned())
        })?;
        let status = reply.status();
        if status.is_success() {
            return Ok(());
        }
        let wait = reply.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let wait = wait.and_then(|value| retry_after::from_header(value, self.policy.clock().now()));
        let kind = match status.as_u16() {
            429 => ErrorKind::Throttled,
            500.. => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        };
        Err(failed(kind, format!("it answered {}", status.as_u16())).retry_after(wait))
    }
}
