//! What Graph's error answers mean, by status and code, never by message (facts sheet, Microsoft 3).

use serde_json::Value;
use tripod_tenant::{CauseId, ErrorKind, TenantError};

use crate::sending::Answer;

/// The error behind an answer that is not 2xx.
pub(crate) fn from_answer(answer: &Answer, operation: &str, permission: &str) -> TenantError {
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let id = answer.header("request-id").map(str::to_owned);
    from_parts(answer.status, &body, id, operation, permission).retry_after(answer.retry_after())
}

/// The same for an item of a batch, whose answer lies in a body.
pub(super) fn from_parts(
    status: u16,
    body: &Value,
    request_id: Option<String>,
    operation: &str,
    permission: &str,
) -> TenantError {
    let error = member(body, "error").unwrap_or(&Value::Null);
    let inner = member(error, "innerError").unwrap_or(&Value::Null);
    let text = |value: &Value, key: &str| member(value, key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = text(error, "code");
    let detail_codes: Vec<_> = member(error, "details")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|detail| text(detail, "code"))
        .collect();
    let has = |wanted: &str| {
        code.eq_ignore_ascii_case(wanted) || detail_codes.iter().any(|code| code.eq_ignore_ascii_case(wanted))
    };
    let mut said = one_sentence(&text(error, "message"), status);
    // Comes as 403 (microsoft-graph-docs issue 12772), but no permission would help.
    let no_licence = has("Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    if no_licence {
        "the tenant has no Microsoft Entra ID P1 licence, without which this is not told".clone_into(&mut said);
    }

    let kind = match status {
        _ if no_licence => ErrorKind::SetUp,
        // A 404 that is not Graph's own may come from anything in between; only Graph's may be read as «not there».
        404 if !error.is_object() => ErrorKind::Unavailable,
        404 => ErrorKind::Missing,
        _ if has("Request_ResourceNotFound") => ErrorKind::Missing,
        401 | 403 => ErrorKind::Denied,
        // A delta token that has expired is told by status or by code: too much has changed since.
        409 | 410 => ErrorKind::Conflict,
        _ if has("syncStateNotFound") || has("resyncRequired") => ErrorKind::Conflict,
        // A name that is taken and a member that is there already both come as 400 with a detail that says so.
        400 if has("ObjectConflict") || has("MultipleObjectsWithSameKeyValue") => ErrorKind::Conflict,
        429 => ErrorKind::Throttled,
        408 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Invalid,
    };
    let mut result = TenantError::new(kind, operation, said);
    if no_licence {
        result = result.caused_by(CauseId::MicrosoftNoPremium);
    }
    if kind == ErrorKind::Denied {
        result = result.lacking(permission);
    }
    let inner_id = text(inner, "request-id");
    result.request_id(request_id.or_else(|| (!inner_id.is_empty()).then_some(inner_id)))
}

/// A member of an object whatever its case: both `innerError` and `innererror` occur.
pub(crate) fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// What a provider said, as one line without a full stop and without anything that moves a terminal.
pub(crate) fn one_sentence(text: &str, status: u16) -> String {
    let line: String = text.split(char::is_whitespace).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(400).collect();
    let line = line.trim_end_matches('.');
    if line.is_empty() { format!("the provider answered {status} without a reason") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(status: u16, body: &Value) -> ErrorKind {
        from_parts(status, body, None, "read x", "User.Read.All").kind
    }

    #[test]
    fn a_denied_call_names_what_it_needs_and_the_request() {
        let body = json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation.",
            "innerError": {"request-id": "r1"}}});
        let error = from_parts(403, &body, None, "read x", "User.Read.All");
        assert_eq!(error.kind, ErrorKind::Denied);
        assert_eq!(error.permission.as_deref(), Some("User.Read.All"));
        assert_eq!(error.request_id.as_deref(), Some("r1"));
    }

    #[test]
    fn a_licence_that_lacks_is_not_a_permission_that_lacks() {
        let body = json!({"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "message": "x"}});
        let error = from_parts(403, &body, None, "read x", "AuditLog.Read.All");
        assert_eq!((error.kind, error.permission.as_deref()), (ErrorKind::SetUp, None));
        assert!(error.to_string().contains("has no Microsoft Entra ID P1 licence"), "{error}");
    }

    #[test]
    fn status_and_code_decide_and_the_message_does_not() {
        assert_eq!(kind(404, &json!({"error": {"code": "Request_ResourceNotFound"}})), ErrorKind::Missing);
        assert_eq!(kind(404, &json!({"error": {"code": ""}})), ErrorKind::Missing);
        assert_eq!(kind(400, &json!({"error": {"code": "", "message": "not found"}})), ErrorKind::Invalid);
        assert_eq!(
            kind(400, &json!({"error": {"code": "Request_BadRequest", "details": [{"code": "ObjectConflict"}]}})),
            ErrorKind::Conflict
        );
        assert_eq!(kind(429, &Value::Null), ErrorKind::Throttled);
        assert_eq!(kind(503, &Value::Null), ErrorKind::Unavailable);
    }

    #[test]
    fn a_404_that_is_not_graphs_own_says_nothing_about_what_is_there() {
        for body in [json!(null), json!("<html>404</html>"), json!({}), json!({"error": "gone"})] {
            assert_eq!(kind(404, &body), ErrorKind::Unavailable, "{body}");
        }
    }

    #[test]
    fn what_a_provider_says_becomes_one_line() {
        assert_eq!(one_sentence("Two\r\nlines.\u{1b}[31m", 400), "Two lines.[31m");
        assert_eq!(one_sentence("", 400), "the provider answered 400 without a reason");
    }
}
