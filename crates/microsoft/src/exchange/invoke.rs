//! The admin REST's `InvokeCommand` (facts sheet, Microsoft 1a).

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tripod_http::Client;
use tripod_tenant::{Endpoints, ErrorKind, TenantError};

use super::{Cmdlet, HOST, Page, Row, Transport, error, not_understood};
use crate::config::Guid;
use crate::graph::error::one_sentence;
use crate::sending::{self, Answer};
use crate::token::{Manner, Resource, TokenSource};
use crate::trail;

/// The most objects that a page may hold.
const PAGE: usize = 1000;

/// `POST adminapi/beta/{tenant}/InvokeCommand`.
#[derive(Debug)]
pub(crate) struct InvokeCommand {
    url: String,
    /// The file of the vendor's module, which is made for the caller.
    module_url: String,
    /// One for the whole run: without it a call may land on a back-end that does not know the object of the call
    /// before (facts sheet, Microsoft 1a).
    anchor: String,
    http: Client,
    tokens: Arc<TokenSource>,
}

impl InvokeCommand {
    /// The admin REST of a tenant.
    pub(crate) fn new(tenant: &Guid, endpoints: &Endpoints, http: Client, tokens: Arc<TokenSource>) -> Self {
        Self {
            url: format!("{}/adminapi/beta/{tenant}/InvokeCommand", endpoints.root(HOST)),
            // Without a version there is none; the vendor's module of today names this one.
            module_url: format!("{}/adminapi/v1.0/{tenant}/EXOModuleFile?Version=3.9.2", endpoints.root(HOST)),
            anchor: format!("APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{tenant}"),
            http,
            tokens,
        }
    }

    /// An app calls by the organisation's own system mailbox, a person by their own (facts sheet, Microsoft 1a).
    fn anchor(&self) -> String {
        self.tokens.person().map_or_else(|| self.anchor.clone(), |person| format!("UPN:{person}"))
    }

    /// The permission that opens Exchange Online at all.
    fn door(&self) -> &'static str {
        match self.tokens.manner() {
            Manner::Person => "the delegated permission Exchange.Manage",
            Manner::App | Manner::Machine => "the app role Exchange.ManageAsApp",
        }
    }

    async fn send(&self, cmdlet: &Cmdlet, url: &str, token: &SecretString) -> Result<Answer, TenantError> {
        let body = json!({"CmdletInput": {"CmdletName": cmdlet.name, "Parameters": cmdlet.parameters}});
        let id = uuid::Uuid::new_v4().to_string();
        let request = http::Request::post(url)
            .header(AUTHORIZATION, bearer(token, &cmdlet.operation)?)
            .header("X-AnchorMailbox", self.anchor())
            .header("X-CmdletName", cmdlet.name)
            .header("Prefer", format!("odata.maxpagesize={PAGE}"))
            .header("client-request-id", &id)
            .header("Content-Type", "application/json; charset=utf-8");
        let request = sending::written(request, body.to_string(), &cmdlet.operation)?;
        tracing::debug!(operation = %cmdlet.operation, cmdlet = cmdlet.name, client_request_id = %id, "asking Exchange Online");
        sending::send(&self.http, request, &cmdlet.operation).await
    }
}

#[async_trait]
impl Transport for InvokeCommand {
    async fn page(&self, cmdlet: &Cmdlet, link: Option<&str>) -> Result<Page, TenantError> {
        let url = link.unwrap_or(&self.url);
        let token = self.tokens.token(Resource::Exchange).await?;
        let mut answer = self.send(cmdlet, url, &token).await?;
        if answer.status == 401 {
            let token = self.tokens.renewed(Resource::Exchange, &token).await?;
            answer = self.send(cmdlet, url, &token).await?;
        }
        if !cmdlet.reads() {
            trail::note(&answer);
        }
        if answer.is_success()
            && let Some(page) = page(cmdlet, &answer.body)?
        {
            return Ok(page);
        }
        match error::from_answer(&answer, cmdlet, self.door()) {
            error::Meaning::AlreadySo => Ok(Page::default()),
            error::Meaning::Error(error) => Err(error),
        }
    }

    /// What the vendor's own module asks for first, to learn which cmdlets it is to offer (facts sheet, Microsoft 1a,
    /// «Discovery»).
    async fn held(&self) -> Result<BTreeSet<String>, TenantError> {
        let operation = "list the cmdlets of one's own roles";
        let token = self.tokens.token(Resource::Exchange).await?;
        let request = http::Request::get(&self.module_url)
            .header(AUTHORIZATION, bearer(&token, operation)?)
            .header("X-AnchorMailbox", self.anchor())
            .header("CommandName", "*");
        let request = sending::written(request, Vec::new(), operation)?;
        let answer = sending::send(&self.http, request, operation).await?;
        let not_told = |kind| {
            let message = format!("Exchange Online does not list them (HTTP {})", answer.status);
            TenantError::new(kind, operation, message).retry_after(answer.retry_after())
        };
        match answer.status {
            429 => Err(not_told(ErrorKind::Throttled)),
            408 | 500.. => Err(not_told(ErrorKind::Unavailable)),
            200..300 => exported(&answer.body).ok_or_else(|| not_told(ErrorKind::Invalid)),
            _ => Err(not_told(ErrorKind::Invalid)),
        }
    }
}

/// A token as the value of a header, which no log shows.
fn bearer(token: &SecretString, operation: &str) -> Result<HeaderValue, TenantError> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .map_err(|_| TenantError::new(ErrorKind::Invalid, operation, "the request could not be written"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads what the module's file names as exported: a text with commas, or a list.
fn exported(body: &[u8]) -> Option<BTreeSet<String>> {
    let file: Value = serde_json::from_slice(body).ok()?;
    let mut names = BTreeSet::new();
    for one in file.get("value")?.as_array()? {
        match one.get("exportedCmdlets")? {
            Value::String(text) => names.extend(text.split(',').map(|name| name.trim().to_ascii_lowercase())),
            Value::Array(list) => names.extend(list.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase)),
            _ => return None,
        }
    }
    // Whoever is let in can run something, so that nothing at all is a file that was not understood.
    names.remove("");
    (!names.is_empty()).then_some(names)
}

/// Reads a body; nothing if it says that the cmdlet failed, whatever its status.
///
/// An empty one, or one without objects, is what cmdlets answer that give nothing back. One that reads has a list, if
/// only an empty one, so that without it nobody knows what is there (facts sheet, Microsoft 1a).
fn page(cmdlet: &Cmdlet, body: &[u8]) -> Result<Option<Page>, TenantError> {
    let text = error::plain(body);
    let mut members = match serde_json::from_str(&text) {
        _ if text.is_empty() => Map::new(),
        Ok(Value::Object(members)) => members,
        _ if error::says_too_many(&text) => return Ok(None),
        _ => return Err(not_understood(cmdlet, "it is no JSON object")),
    };
    if members.iter().any(|(name, value)| name.eq_ignore_ascii_case("error") && !value.is_null()) {
        return Ok(None);
    }
    let warnings = members.remove("@adminapi.warnings");
    let warnings: Vec<&str> = warnings.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect();
    for warning in &warnings {
        tracing::debug!(operation = %cmdlet.operation, warning, "Exchange Online warns");
    }
    let rows = match members.remove("value") {
        None | Some(Value::Null) if cmdlet.reads() => {
            let why = warnings.first().copied().unwrap_or("the answer of Exchange Online holds no list");
            let message = one_sentence(why, 200);
            return Err(TenantError::new(ErrorKind::Unavailable, &cmdlet.operation, message));
        }
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(rows)) => rows
            .into_iter()
            .map(|row| Row::read(row).ok_or_else(|| not_understood(cmdlet, "an object is none")))
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(not_understood(cmdlet, "its value is no list")),
    };
    let asked_for_a_part = cmdlet.parameters.get("ResultSize").is_some_and(Value::is_number);
    if !asked_for_a_part && warnings.iter().any(|warning| says_there_is_more(warning)) {
        return Err(not_understood(cmdlet, "it says that it holds a part of the list only"));
    }
    let next = match members.remove("@odata.nextLink") {
        None | Some(Value::Null) => None,
        Some(Value::String(link)) => Some(link),
        Some(_) => return Err(not_understood(cmdlet, "its next page has no address")),
    };
    Ok(Some(Page { rows, next }))
}

/// Whether a warning says that a list was cut off, as one is that is asked for without `ResultSize`.
fn says_there_is_more(warning: &str) -> bool {
    let warning = warning.to_ascii_lowercase();
    warning.contains("there are more results available") || warning.contains("items are returned")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cmdlet: &'static str, body: &str) -> Result<Option<Page>, TenantError> {
        page(&Cmdlet::new(cmdlet, "read x"), body.as_bytes())
    }

    #[test]
    fn a_cmdlet_that_gives_nothing_back_has_succeeded() {
        for body in ["", "\0\0\0", "{}", r#"{"value":[]}"#, r#"{"@adminapi.warnings":["already present"]}"#] {
            assert!(read("Set-Mailbox", body).unwrap().unwrap().rows.is_empty(), "{body:?}");
        }
        assert!(read("Get-Mailbox", r#"{"value":[]}"#).unwrap().unwrap().rows.is_empty());
    }

    #[test]
    fn a_read_without_a_list_does_not_say_that_nothing_is_there() {
        for body in ["", "\0\0\0", "{}", r#"{"value":null}"#] {
            assert_eq!(read("Get-Mailbox", body).unwrap_err().kind, ErrorKind::Unavailable, "{body:?}");
        }
        let warned = read("Get-Mailbox", r#"{"@adminapi.warnings":["The back-end is busy."]}"#).unwrap_err();
        assert_eq!((warned.kind, warned.message.as_str()), (ErrorKind::Unavailable, "The back-end is busy"));
    }

    #[test]
    fn what_the_roles_hold_is_read_in_both_forms_and_nothing_is_not_taken_for_an_answer() {
        for list in [r#""Get-Mailbox, New-Mailbox,""#, r#"["Get-Mailbox","New-Mailbox"]"#] {
            let names = exported(format!(r#"{{"value":[{{"exportedCmdlets":{list}}}]}}"#).as_bytes()).unwrap();
            assert_eq!(names.into_iter().collect::<Vec<_>>(), ["get-mailbox", "new-mailbox"]);
        }
        for body in ["", "{}", r#"{"value":[]}"#, r#"{"value":[{}]}"#, r#"{"value":[{"exportedCmdlets":""}]}"#] {
            assert!(exported(body.as_bytes()).is_none(), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_answer_is_not_an_empty_list() {
        for body in ["<html>", "[]", r#"{"value":{}}"#, r#"{"value":[1]}"#, r#"{"value":[],"@odata.nextLink":1}"#] {
            assert_eq!(read("Get-Mailbox", body).unwrap_err().kind, ErrorKind::Invalid, "{body}");
        }
    }

    #[test]
    fn a_failure_under_a_good_status_is_a_failure() {
        let busy = "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";
        for body in [r#"{"error":{"code":"x","message":"no"}}"#, r#"{"Error":{},"value":[]}"#, busy] {
            assert!(read("Get-Mailbox", body).unwrap().is_none(), "{body}");
        }
        assert!(read("Get-Mailbox", r#"{"error":null,"value":[]}"#).unwrap().is_some());
    }

    #[test]
    fn a_list_that_was_cut_off_is_not_taken_for_the_whole() {
        for warning in [
            "By default, only the first 1000 items are returned. Use the ResultSize parameter to specify more.",
            "There are more results available than are currently displayed.",
        ] {
            let body = json!({"value": [{}], "@adminapi.warnings": [warning]}).to_string();
            assert_eq!(read("Get-Mailbox", &body).unwrap_err().kind, ErrorKind::Invalid, "{warning}");
            let one = Cmdlet::new("Get-Mailbox", "read x").with("ResultSize", 1);
            assert_eq!(page(&one, body.as_bytes()).unwrap().unwrap().rows.len(), 1, "{warning}");
        }
    }
}
