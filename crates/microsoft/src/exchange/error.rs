//! What Exchange's error answers mean. The HTTP status is a poor guide: cmdlets fail with 400, 404, 409 or 500, so the
//! exception's type and text decide (facts sheet, Microsoft 1a, errors).

use std::time::Duration;

use serde_json::Value;
use tripod_tenant::{CauseId, ErrorKind, TenantError};

use super::Cmdlet;
use crate::graph::error::{member, one_sentence};
use crate::sending::Answer;

/// How long to wait at least where there are too many calls and nothing is said of it (facts sheet, Microsoft 1a, errors).
const LEAST_WAIT: Duration = Duration::from_secs(3);
/// What is said of a cmdlet that none of the app's roles holds.
const NO_ROLE_FOR_IT: &str = "no role of the app allows this cmdlet with these parameters";
/// What is said of an object that another directory decides on.
const SYNCHRONISED: &str =
    "it is synchronised from the organisation's own directory; change it there, or hand it over to the cloud";
/// What is said where Exchange Online is not there at all.
const NOT_KNOWN: &str = "Exchange Online does not know the tenant or the path";

/// What an answer that is not 2xx means.
#[derive(Debug)]
pub(crate) enum Meaning {
    /// What was to be made so is so already.
    AlreadySo,
    /// An error by kind.
    Error(TenantError),
}

/// What a failed cmdlet says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Failure {
    /// The .NET type of the exception, where it is told.
    exception: String,
    /// The human text, or all there is.
    text: String,
    /// Whether the body was an error in the form that cmdlets use.
    structured: bool,
}

impl Failure {
    /// Whether a web page came in place of an answer.
    fn is_page(&self) -> bool {
        !self.structured && self.text.starts_with('<')
    }
}

/// Which roles a cmdlet asks for, beside what opens the `door` (facts sheet, Microsoft 1a, auth).
fn permission(cmdlet: &str, door: &str) -> String {
    let roles = match cmdlet {
        "Get-InboxRule" => "role View-Only Recipients or Mail Recipients",
        "New-Mailbox" | "Remove-Mailbox" => "roles Mail Recipient Creation and Mail Recipients",
        _ if cmdlet.starts_with("Get-") => "role View-Only Recipients",
        _ => "role Mail Recipients",
    };
    format!("{door} and the Exchange {roles}")
}

/// A body as text, without the NULs that some refusals are padded with.
pub(super) fn plain(body: &[u8]) -> String {
    String::from_utf8_lossy(body).replace('\0', "").trim().to_owned()
}

/// Whether a text says that there are too many calls, which comes as plain text under any status (facts sheet,
/// Microsoft 1a, errors).
pub(super) fn says_too_many(text: &str) -> bool {
    text.to_ascii_lowercase().contains("maximum number of concurrent requests")
}

/// The meaning of an answer that is not 2xx, or that says under 2xx that the cmdlet failed. `door` is the permission without which nobody is let in at all.
pub(crate) fn from_answer(answer: &Answer, cmdlet: &Cmdlet, door: &str) -> Meaning {
    let failure = failure(&answer.body, answer.header("x-exceptiontype"));
    let said = if failure.is_page() {
        format!("a web page instead of a reply (HTTP {})", answer.status)
    } else {
        one_sentence(&failure.text, answer.status)
    };
    let Some((kind, hint)) = classify(answer.status, &failure) else {
        return Meaning::AlreadySo;
    };
    let diagnostics = answer.header("x-ms-diagnostics").and_then(reason);
    let message = match (hint, diagnostics) {
        (_, Some(reason)) if failure.text.is_empty() => one_sentence(&reason, answer.status),
        (Some(hint), _) if failure.text.is_empty() => hint.to_owned(),
        (Some(hint), _) => format!("{said}; {hint}"),
        (None, _) => said,
    };
    let wait = answer.retry_after().or_else(|| (kind == ErrorKind::Throttled).then_some(LEAST_WAIT));
    let mut error = TenantError::new(kind, &cmdlet.operation, message)
        .request_id(answer.header("request-id").map(str::to_owned))
        .retry_after(wait);
    if kind == ErrorKind::Denied {
        error = error.lacking(permission(cmdlet.name, door));
    }
    if hint == Some(NO_ROLE_FOR_IT) {
        error = error.caused_by(CauseId::ExchangeRoleGroupTooSmall);
    } else if hint == Some(NOT_KNOWN) {
        error = error.caused_by(CauseId::ExchangeOff);
    }
    Meaning::Error(error)
}

/// The kind, with a hint where the provider's own words do not help; nothing if all is as it should be.
fn classify(status: u16, failure: &Failure) -> Option<(ErrorKind, Option<&'static str>)> {
    let text = failure.text.to_ascii_lowercase();
    let exception = failure.exception.to_ascii_lowercase();
    let says = |part: &str| text.contains(part);
    let is = |part: &str| exception.contains(part);

    // The order counts: a text may hold several of these, and the surer sign comes first.
    Some(if says("already present") {
        return None;
    } else if status == 429 || says_too_many(&failure.text) {
        (ErrorKind::Throttled, None)
    } else if says("externaldirectoryobjectid was not returned") {
        (ErrorKind::Conflict, Some("a deleted mailbox still holds the address; restore it, or wait until it is purged"))
    } else if is("proxyaddressexists")
        || says("is already being used by the proxy addresses")
        || is("objectalreadyexists")
        || is("memberexistsexception")
        || says("already exists")
    {
        (ErrorKind::Conflict, None)
    } else if says("multiple recipients matching identity") {
        (ErrorKind::Conflict, Some("use an id or the primary address"))
    } else if is("managementobjectnotfound") || says("couldn't be found") || says("mailbox doesn't exist") {
        (ErrorKind::Missing, None)
    } else if is("invalidadobjectoperation") || says("being synchronized from your on-premises") {
        (ErrorKind::SetUp, Some(SYNCHRONISED))
    } else if is("notaccepteddomain") {
        (ErrorKind::SetUp, Some("add and verify the domain in the Microsoft 365 admin centre"))
    } else if says("isn't present in the role definition") || is("commandnotfound") || says("is not recognized") {
        (ErrorKind::Denied, Some(NO_ROLE_FOR_IT))
    } else if is("unabletowritetoaad") || says("issue may be transient") {
        (ErrorKind::Unavailable, None)
    } else {
        return Some(by_status(status, failure));
    })
}

fn by_status(status: u16, failure: &Failure) -> (ErrorKind, Option<&'static str>) {
    match status {
        401 => (ErrorKind::Denied, Some("Exchange Online did not accept the token")),
        403 => (
            ErrorKind::Denied,
            Some("Exchange Online refused without a reason; a role given lately takes up to two hours to be honoured"),
        ),
        // A page may come from anything in between, and tells nothing of what the service knows.
        404 if failure.is_page() => (ErrorKind::Unavailable, None),
        404 if !failure.structured => (ErrorKind::SetUp, Some(NOT_KNOWN)),
        408 | 502..=504 => (ErrorKind::Unavailable, None),
        // A cmdlet that failed says so in its own form; a bare 5xx is the service.
        500.. if !failure.structured => (ErrorKind::Unavailable, None),
        _ => (ErrorKind::Invalid, None),
    }
}

fn failure(body: &[u8], header: Option<&str>) -> Failure {
    let text = plain(body);
    let header = header.unwrap_or_default();
    let Ok(value) = serde_json::from_str::<Value>(&text) else {
        return Failure { exception: header.to_owned(), text, structured: false };
    };
    let error = member(&value, "error").unwrap_or(&Value::Null);
    let structured = !error.is_null();
    let string = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let detail = member(error, "details").and_then(Value::as_array).and_then(|details| details.first());
    let internal = member(error, "innererror").and_then(|inner| member(inner, "internalexception"));
    let from_internal = string(internal.and_then(|internal| member(internal, "message")));
    let from_detail = string(detail.and_then(|detail| member(detail, "message")));
    let mut exception = string(internal.and_then(|internal| member(internal, "type")));
    if !header.is_empty() {
        header.clone_into(&mut exception);
    }
    let own = string(member(error, "message"));
    let said = [from_detail, from_internal, own].into_iter().find(|text| !text.is_empty());
    let said = said.unwrap_or(if structured { String::new() } else { text });
    // Exactly three parts are hash, type and text; anything else is kept whole.
    let parts: Vec<&str> = said.split('|').collect();
    match parts.as_slice() {
        [_, kind, human] => Failure { exception: (*kind).to_owned(), text: human.trim().to_owned(), structured },
        _ => Failure { exception, text: said, structured },
    }
}

/// The reason in `2000003;reason="…"`.
fn reason(header: &str) -> Option<String> {
    let (_, rest) = header.split_once("reason=\"")?;
    rest.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str, header: Option<(&'static str, &'static str)>) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Answer { status, headers, body: body.as_bytes().to_vec() }
    }

    fn detail(message: &str) -> String {
        json!({"error": {"code": "InternalServerError", "message": "Error executing cmdlet",
            "details": [{"code": "Client", "target": "", "message": message}]}})
        .to_string()
    }

    fn meaning(status: u16, body: &str) -> Option<TenantError> {
        match from_answer(&answer(status, body, None), &Cmdlet::new("Get-Mailbox", "read x"), "the door") {
            Meaning::AlreadySo => None,
            Meaning::Error(error) => Some(error),
        }
    }

    #[test]
    fn the_exception_decides_whatever_the_status() {
        let missing = "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'x@contoso.com' couldn't be found on 'DC1'.";
        let taken = "Ex1|Microsoft.Exchange.Data.Directory.ProxyAddressExistsException|The proxy address \"SMTP:x@y\" is already being used by the proxy addresses or LegacyExchangeDN of \"Z\". Please choose another proxy address.";
        let table = [
            (missing, ErrorKind::Missing),
            ("The specified mailbox doesn't exist.", ErrorKind::Missing),
            (taken, ErrorKind::Conflict),
            (
                "Ex2|Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException|Active Directory operation failed. The object 'x' already exists.",
                ErrorKind::Conflict,
            ),
            ("Ex3|WLCDManagedMemberExistsException|The member name is taken.", ErrorKind::Conflict),
            ("There are multiple recipients matching identity \"x\".", ErrorKind::Conflict),
            ("ExternalDirectoryObjectId was not returned", ErrorKind::Conflict),
            (
                "Ex4|Microsoft.Exchange.Data.Directory.NotAcceptedDomainException|You can't use the domain.",
                ErrorKind::SetUp,
            ),
            ("The cmdlet isn't present in the role definition of the current user.", ErrorKind::Denied),
            ("The term 'New-Mailbox' is not recognized as the name of a cmdlet.", ErrorKind::Denied),
            ("Ex5|UnableToWriteToAadException|It failed.", ErrorKind::Unavailable),
            (
                "You have reached the maximum number of concurrent requests per tenant. Please wait and try again.",
                ErrorKind::Throttled,
            ),
            ("Ex7|Microsoft.Exchange.Configuration.Tasks.TaskArgumentException|It makes no sense.", ErrorKind::Invalid),
        ];
        for (message, kind) in table {
            for status in [400, 404, 409, 500] {
                assert_eq!(meaning(status, &detail(message)).unwrap().kind, kind, "{status} {message}");
            }
        }
    }

    #[test]
    fn only_the_human_part_is_shown() {
        let error = meaning(404, &detail("Ex6F9304|A.B|Object 'x' couldn't be found.")).unwrap();
        assert_eq!(error.message, "Object 'x' couldn't be found");
        let whole = meaning(400, &detail("one|two")).unwrap();
        assert_eq!(whole.message, "one|two");
    }

    #[test]
    fn the_message_is_looked_for_in_order_and_in_any_case() {
        let body = r#"{"Error":{"Message":"Error executing cmdlet","innerError":{"InternalException":{"Message":"object couldn't be found","type":"X"}}}}"#;
        assert_eq!(meaning(500, body).unwrap().kind, ErrorKind::Missing);
        let body = r#"{"error":{"code":"BadRequest","message":"no"}}"#;
        assert_eq!(meaning(400, body).unwrap().message, "no");
    }

    #[test]
    fn what_is_there_already_is_no_error() {
        assert!(
            meaning(400, &detail("The appropriate access control entry is already present on the object.")).is_none()
        );
    }

    #[test]
    fn throttling_also_comes_as_plain_text_at_another_status() {
        let text = "You have reached the maximum number of concurrent requests per tenant. Please wait and try again in a minute.";
        for error in [meaning(200, text), meaning(500, text), meaning(429, "")] {
            let error = error.unwrap();
            assert_eq!((error.kind, error.retry_after), (ErrorKind::Throttled, Some(LEAST_WAIT)));
        }
        let told = answer(429, "", Some(("retry-after", "1")));
        let Meaning::Error(error) = from_answer(&told, &Cmdlet::new("Get-Mailbox", "read x"), "the door") else {
            panic!("a refusal is an error");
        };
        assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_refusal_gives_the_reason_of_its_header_and_the_role() {
        let padded = "\0\0\0\0";
        let header = Some(("x-ms-diagnostics", r#"2000003;reason="The role claim is missing.";error_category="x""#));
        let Meaning::Error(error) =
            from_answer(&answer(403, padded, header), &Cmdlet::new("New-Mailbox", "create x"), "the door")
        else {
            panic!("a refusal is an error");
        };
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Denied, "The role claim is missing"));
        assert!(error.permission.unwrap().contains("Mail Recipient Creation"));
        let bare = meaning(403, padded).unwrap();
        assert!(bare.message.contains("up to two hours") && bare.permission.unwrap().contains("View-Only Recipients"));
    }

    #[test]
    fn a_web_page_is_not_quoted_and_tells_nothing_of_the_tenant() {
        for status in [404, 503] {
            let error = meaning(status, "\r\n<html><head><title>Service Unavailable</title></head></html>").unwrap();
            assert_eq!((error.kind, error.cause), (ErrorKind::Unavailable, None), "{status}");
            assert_eq!(error.message, format!("a web page instead of a reply (HTTP {status})"));
        }
    }

    #[test]
    fn a_bare_server_error_may_be_tried_again_and_a_failed_cmdlet_not() {
        assert_eq!(meaning(500, "").unwrap().kind, ErrorKind::Unavailable);
        assert_eq!(meaning(503, "<html>").unwrap().kind, ErrorKind::Unavailable);
        assert_eq!(meaning(500, &detail("Ex|X|odd")).unwrap().kind, ErrorKind::Invalid);
        assert_eq!(meaning(404, "").unwrap().kind, ErrorKind::SetUp);
    }
}
