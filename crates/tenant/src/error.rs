//! What can go wrong at a provider, by kind.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::diagnosis::CauseId;

/// The kind of an error; what to do next follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The thing asked for is not there. The only kind that may be read as *absent*.
    Missing,
    /// Something else holds the address or the name, or the object changed meanwhile.
    Conflict,
    /// The credential lacks a permission.
    Denied,
    /// Too many calls; wait and try again.
    Throttled,
    /// The provider cannot be reached, answered 5xx, or did not answer in time.
    Unavailable,
    /// A switch, licence, credential or domain at the provider is not as it has to be.
    SetUp,
    /// The provider refused the request as it was made, or its answer could not be understood.
    Invalid,
}

/// An error from a provider. Its text never contains a secret: adapters build it from the provider's error fields,
/// never from request headers or bodies.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct TenantError {
    /// The kind.
    pub kind: ErrorKind,
    /// What was being done, e.g. `read backups@contoso.com`.
    pub operation: String,
    /// What the provider said, or what was wrong with what it said; one sentence without a full stop.
    pub message: String,
    /// The permission, scope or role that lacks, where the provider or the facts tell.
    pub permission: Option<String>,
    /// How long the provider asked to wait.
    pub retry_after: Option<Duration>,
    /// The provider's id of the request, for its support.
    pub request_id: Option<String>,
    /// Whether the request was certainly not carried out (refused, throttled, never sent). A write whose reply was
    /// lost is not certain: it must be read back before it may be repeated.
    pub not_done: bool,
    /// What is behind it, where the adapter can tell for certain.
    pub cause: Option<CauseId>,
    /// Whether it was tried again already, as often as makes sense: whoever gets it from below does not do so once more.
    pub tried_again: bool,
}

impl TenantError {
    /// An error of a kind, with the operation and the message.
    pub fn new(kind: ErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: operation.into(),
            message: message.into(),
            permission: None,
            retry_after: None,
            request_id: None,
            not_done: !matches!(kind, ErrorKind::Unavailable),
            cause: None,
            tried_again: false,
        }
    }

    /// The same error with the permission that lacks.
    #[must_use]
    pub fn lacking(mut self, permission: impl Into<String>) -> Self {
        self.permission = Some(permission.into());
        self
    }

    /// The same error with the wait that the provider asked for.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The same error with the provider's request id.
    #[must_use]
    pub fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// The same error with what is behind it.
    #[must_use]
    pub fn caused_by(mut self, cause: CauseId) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Whether trying again later may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Throttled | ErrorKind::Unavailable)
    }

    fn sentence(&self) -> String {
        let permission = self.permission.as_ref().map(|permission| format!("; it needs {permission}"));
        let request = self.request_id.as_ref().map(|id| format!(" (request {id})"));
        let (permission, request) = (permission.unwrap_or_default(), request.unwrap_or_default());
        format!("cannot {}: {}{permission}{request}", self.operation, self.message)
    }
}
