//! Graph's errors (facts sheet, Microsoft 3).

use serde_json::json;

use super::super::ids::random_guid;
use crate::wire::{Moment, Reply, Request};

/// A refusal.
#[derive(Clone, Debug)]
pub(in super::super) struct Failure {
    status: u16,
    code: &'static str,
    message: String,
    inner_code: Option<&'static str>,
    location: Option<String>,
    wait: Option<i64>,
}

/// A refusal with a status, a code and a message.
pub(in super::super) fn failure(status: u16, code: &'static str, message: impl Into<String>) -> Failure {
    Failure { status, code, message: message.into(), inner_code: None, location: None, wait: None }
}

/// A directory object that is not there, or not yet.
pub(in super::super) fn missing(id: &str) -> Failure {
    failure(
        404,
        "Request_ResourceNotFound",
        format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present."),
    )
}

/// A path that the API does not have.
pub(super) fn no_such_path(segment: &str) -> Failure {
    failure(400, "BadRequest", format!("Resource not found for the segment '{segment}'."))
}

/// A permission that the token lacks.
pub(in super::super) fn denied() -> Failure {
    failure(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

/// What takes Microsoft Entra ID P1, in a tenant that has none.
pub(super) fn without_premium() -> Failure {
    let text = "Neither tenant is B2C or tenant doesn't have premium license";
    failure(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", text)
}

/// A query that needs `ConsistencyLevel: eventual` and `$count=true`, or that is not supported at all.
pub(super) fn unsupported(message: impl Into<String>) -> Failure {
    failure(400, "Request_UnsupportedQuery", message)
}

/// A request that says something impossible.
pub(super) fn bad(message: impl Into<String>) -> Failure {
    failure(400, "Request_BadRequest", message)
}

impl Failure {
    /// The same refusal with a code in its inner error.
    pub(in super::super) fn with_inner_code(mut self, code: &'static str) -> Self {
        self.inner_code = Some(code);
        self
    }

    /// The same refusal with the place to go on at.
    pub(super) fn with_location(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// The same refusal with the seconds to wait.
    pub(super) fn with_wait(mut self, seconds: i64) -> Self {
        self.wait = Some(seconds);
        self
    }

    /// The reply that says so.
    pub(in super::super) fn reply(&self, request: &Request, moment: &mut Moment) -> Reply {
        let id = random_guid(moment.random);
        let client = request.header("client-request-id").unwrap_or(&id).to_owned();
        let mut inner = json!({
            "date": moment.now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": id,
            "client-request-id": client,
        });
        if let Some(code) = self.inner_code {
            inner["code"] = code.into();
        }
        let body = json!({"error": {"code": self.code, "message": self.message, "innerError": inner}});
        let reply = Reply::json(self.status, body).header("request-id", id).header("client-request-id", client);
        let reply = match self.wait {
            Some(seconds) => reply.header("retry-after", seconds.to_string()),
            None => reply,
        };
        match &self.location {
            Some(location) => reply.header("location", location.clone()),
            None => reply,
        }
    }
}
