//! Google's error bodies.

use serde_json::json;

use crate::wire::Reply;

/// An error in the older form, without `status`: Directory and Groups Settings (facts sheet, Google 3.3).
pub(super) fn directory(code: u16, reason: &str, message: &str) -> Reply {
    let item = json!({"message": message, "domain": "global", "reason": reason});
    Reply::json(code, json!({"error": {"code": code, "message": message, "errors": [item]}}))
}

/// An error with the canonical `status` beside the older form: Gmail and refused tokens (facts sheet, Google 2.1).
pub(super) fn canonical(code: u16, reason: &str, message: &str) -> Reply {
    let status = match code {
        400 if reason == "failedPrecondition" => "FAILED_PRECONDITION",
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    let item = json!({"message": message, "domain": "global", "reason": reason});
    Reply::json(code, json!({"error": {"code": code, "message": message, "errors": [item], "status": status}}))
}

/// `Resource Not Found: userKey` and its like.
pub(super) fn missing(what: &str) -> Reply {
    directory(404, "notFound", &format!("Resource Not Found: {what}"))
}

/// `Invalid Input: …`.
pub(super) fn invalid(what: &str) -> Reply {
    directory(400, "invalid", &format!("Invalid Input: {what}"))
}

/// The caller's role does not reach, or the object is another organisation's.
pub(super) fn forbidden() -> Reply {
    directory(403, "forbidden", "Not Authorized to access this resource/api")
}

/// The taken address of a user or a group.
pub(super) fn taken() -> Reply {
    directory(409, "duplicate", "Entity already exists.")
}

/// The state does not allow it now.
pub(super) fn not_met(message: &str) -> Reply {
    directory(412, "conditionNotMet", message)
}

/// An API that is switched off in the project. The older APIs give the reason in the list of errors, the newer ones
/// have no such list and give another reason in the details (google.rpc.ErrorInfo).
pub(super) fn api_off(api: &str, message: &str) -> Reply {
    if matches!(api, "admin" | "gmail" | "groupssettings" | "licensing") {
        return canonical(403, "accessNotConfigured", message);
    }
    let info = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {"service": format!("{api}.googleapis.com"), "consumer": "projects/100000000001"},
    });
    let error = json!({"code": 403, "message": message, "status": "PERMISSION_DENIED", "details": [info]});
    Reply::json(403, json!({"error": error}))
}

/// There is no such method.
pub(super) fn no_method() -> Reply {
    canonical(404, "notFound", "Method not found.")
}

/// The token endpoint's errors (facts sheet, Google 6.1).
pub(super) fn token(code: u16, error: &str, description: &str) -> Reply {
    Reply::json(code, json!({"error": error, "error_description": description}))
}
