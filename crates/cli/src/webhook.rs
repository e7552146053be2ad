//! Tells a webhook, with retries.

use std::num::NonZeroU32;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tripod_http::limits::WEBHOOK;
use tripod_http::{Client, Network, is_loopback};
use tripod_tenant::{CallPolicy, Clock, ErrorKind, Limits, Repeat, TenantError};
use url::Url;

use crate::exit::{CommandError, Exit};

/// A webhook. Its URL lets everybody write who knows it, so it is a secret: no error and no log names it.
pub(crate) struct Webhook {
    url: SecretString,
    client: Client,
    policy: CallPolicy,
}

impl Webhook {
    /// A webhook at this URL: https, or http on this machine.
    pub(crate) fn new(url: &SecretString, clock: Arc<dyn Clock>) -> Result<Self, CommandError> {
        let wrong = |what: &str| CommandError::message(Exit::Usage, format!("the webhook's URL {what}"));
        let parsed = Url::parse(url.expose_secret()).map_err(|_| wrong("is no URL"))?;
        let is_near = parsed.scheme() == "http" && parsed.host_str().is_some_and(is_loopback);
        if parsed.scheme() != "https" && !is_near {
            return Err(wrong("does not begin with https://"));
        }
        let client = Client::at(Network::of_this_machine(), is_near, WEBHOOK);
        let limits = Limits { per_minute: NonZeroU32::new(30).unwrap_or(NonZeroU32::MIN), at_once: 1 };
        Ok(Self { url: url.clone(), client, policy: CallPolicy::new(limits, clock) })
    }

    /// Sends a message, with a key by which the receiver can tell that it has it already.
    pub(crate) async fn send(&self, payload: &str, id: i64) -> Result<(), TenantError> {
        self.policy.run(Repeat::Safe, || self.once(payload, id)).await
    }

    async fn once(&self, payload: &str, id: i64) -> Result<(), TenantError> {
        let failed = |kind, message: String| TenantError::new(kind, "tell the webhook", message);
        let request = http::Request::post(self.url.expose_secret())
            .header("content-type", "application/json")
            .header("idempotency-key", format!("tripod-{id}"))
            .body(payload.as_bytes().to_vec())
            .map_err(|_| failed(ErrorKind::Invalid, "the message could not be written".to_owned()))?;
        // Its host is a part of what is secret.
        let reply = self
            .client
            .send(request)
            .await
            .map_err(|problem| TenantError { message: problem.why.to_string(), ..problem.at("tell the webhook") })?;
        let status = reply.status;
        if status.is_success() {
            return Ok(());
        }
        let wait = reply.retry_after(self.policy.clock().now());
        let kind = match status.as_u16() {
            429 => ErrorKind::Throttled,
            500.. => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        };
        Err(failed(kind, format!("it answered {}", status.as_u16())).retry_after(wait))
    }
}
