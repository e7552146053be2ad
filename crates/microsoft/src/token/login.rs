//! The sign-in service of one tenant, and what it answers.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tripod_http::Client;
use tripod_http::limits::TOKEN;
use tripod_tenant::{Endpoints, ErrorKind, TenantError};

use url::form_urlencoded;

use super::refusal;
use crate::config::Guid;
use crate::sending::{self, Answer};

/// The host that gives out tokens.
pub(super) const HOST: &str = "login.microsoftonline.com";

/// The endpoints of one tenant at the sign-in service.
pub(super) struct Login {
    root: String,
    http: Client,
    /// How many seconds the service's clock was ahead of this machine's at its last answer, once it told the time.
    ahead: AtomicI64,
    has_told_time: AtomicBool,
}

/// A token as it was given out.
pub(super) struct Given {
    pub(super) access_token: SecretString,
    pub(super) lifetime: Duration,
    /// The token that the next one is asked for with; only for people.
    pub(super) refresh_token: Option<SecretString>,
    /// Who signed in; only for people.
    pub(super) who: Option<String>,
}

impl Login {
    pub(super) fn new(tenant: &Guid, endpoints: &Endpoints) -> Self {
        Self {
            root: format!("{}/{tenant}/oauth2/v2.0", endpoints.root(HOST)),
            http: Client::new(endpoints, TOKEN),
            ahead: AtomicI64::new(0),
            has_told_time: AtomicBool::new(false),
        }
    }

    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// How many seconds the service's clock was ahead of this machine's; nothing if it has not been asked.
    pub(super) fn seconds_ahead(&self) -> Option<i64> {
        self.has_told_time.load(Ordering::Acquire).then(|| self.ahead.load(Ordering::Relaxed))
    }

    /// Sends a form to one of the tenant's endpoints.
    pub(super) async fn post(
        &self,
        endpoint: &str,
        form: &[(&str, &str)],
        operation: &str,
    ) -> Result<Answer, TenantError> {
        let url = format!("{}/{endpoint}", self.root);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = http::Request::post(url).header("content-type", "application/x-www-form-urlencoded");
        let request = sending::written(request, body, operation)?;
        let answer = sending::send(&self.http, request, operation).await?;
        if let Some(theirs) = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            self.ahead.store(theirs.timestamp().as_second() - Timestamp::now().as_second(), Ordering::Relaxed);
            self.has_told_time.store(true, Ordering::Release);
        }
        Ok(answer)
    }

    /// Asks for a token.
    pub(super) async fn token(&self, form: &[(&str, &str)], operation: &str) -> Result<Given, TenantError> {
        let answer = self.post("token", form, operation).await?;
        if answer.is_success() { given(&answer, operation) } else { Err(refusal::error(&answer, operation)) }
    }
}

/// Reads a token out of an answer.
pub(super) fn given(answer: &Answer, operation: &str) -> Result<Given, TenantError> {
    #[derive(Deserialize)]
    struct Reply {
        access_token: String,
        expires_in: Value,
        refresh_token: Option<String>,
        id_token: Option<String>,
    }

    let unreadable = || {
        // The body may hold a token, so nothing of it is shown.
        TenantError::new(ErrorKind::Invalid, operation, "the answer holds no token")
    };
    let reply: Reply = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let access_token = SecretString::from(reply.access_token);
    let who = reply.id_token.map(SecretString::from).as_ref().or(Some(&access_token)).and_then(super::claims::person);
    Ok(Given {
        lifetime: Duration::from_secs(seconds(&reply.expires_in).ok_or_else(unreadable)?),
        access_token,
        refresh_token: reply.refresh_token.map(SecretString::from),
        who,
    })
}

/// A number of seconds, which some services write as a text.
pub(super) fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}
