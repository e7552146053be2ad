//! Exchange Online's admin API: `POST adminapi/beta/{tenant}/InvokeCommand` and its batch.

mod batch;
mod change;
mod cmdlets;
mod create;
mod entry;
mod errors;
mod inbox_rule;
mod listing;
mod mailbox;
mod organization;
mod parameters;
mod permission;
mod recipient;
mod recipient_permission;
mod removal;
mod roles;
mod unified_group;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Strike;
use super::access::{MANAGE, MANAGE_AS_APP, Resource, TokenProblem, read_token};
use super::ids::random_guid;
use super::state::Tenant;
use crate::wire::{Moment, Reply, Request};
use errors::{Failure, binding, envelope, no_such_cmdlet, not_in_role, prompts};
use parameters::Parameters;
use roles::Roles;

/// The most rows on a page (facts sheet, Microsoft 1a).
const PAGE: usize = 1000;
/// How long a link to the next page is good, in seconds of the sandbox's time.
const LINK_SECONDS: i64 = 5 * 60;

/// A cmdlet's run with everything that it needs.
struct Call<'c, 'm> {
    tenant: &'c mut Tenant,
    anchor: &'c str,
    parameters: Parameters,
    page: Page,
    moment: &'c mut Moment<'m>,
}

/// Which page of a long list a call is for.
#[derive(Debug, Default)]
struct Page {
    /// The position of the last row of the page before; empty for the first page.
    after: String,
    /// How many rows came before.
    given: usize,
    /// How many rows there are on a page.
    size: usize,
}

/// Where the next page of a long list begins.
#[derive(Debug)]
struct Next {
    after: String,
    given: usize,
}

/// What a cmdlet gives back.
#[derive(Debug, Default)]
struct Output {
    /// Nothing for a cmdlet that returns nothing.
    rows: Option<Vec<Value>>,
    warnings: Vec<String>,
    /// Set where the rows are one page of more.
    next: Option<Next>,
}

impl Output {
    fn rows(rows: Vec<Value>) -> Self {
        Self { rows: Some(rows), ..Self::default() }
    }

    fn nothing() -> Self {
        Self::default()
    }

    fn warning(text: String) -> Self {
        Self { warnings: vec![text], ..Self::default() }
    }
}

/// A time as Exchange writes it.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string()
}

/// Answers for outlook.office365.com.
pub(super) fn answer(tenants: &mut [Tenant], request: &Request, moment: &mut Moment, strike: &mut Strike) -> Reply {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (version, named, endpoint) = match parts.as_slice() {
        ["adminapi", version @ ("beta" | "v1.0" | "v2.0"), named, endpoint] => (*version, *named, *endpoint),
        _ => return envelope(404, "NotFound", "The requested resource was not found."),
    };
    let claims = match read_token(request.bearer(), Resource::Exchange, moment.wall) {
        Ok(claims) => claims,
        Err(TokenProblem::Expired) => {
            return errors::refused(401, Some((2_000_008, "The token has expired.")), moment);
        }
        Err(TokenProblem::WrongAudience) => {
            return errors::refused(401, Some((2_000_010, "The audience claim value is invalid.")), moment);
        }
        Err(_) => return errors::refused(401, None, moment),
    };
    let Some(tenant) = tenants.iter_mut().find(|tenant| tenant.id == claims.tid) else {
        return errors::refused(401, None, moment);
    };
    if !tenant.is_named(named) {
        return errors::refused(
            403,
            Some((2_000_003, "The tenant of the token is not the tenant of the request.")),
            moment,
        );
    }
    if version == "v2.0" {
        // Another app role guards this back-end (facts sheet, Microsoft 1b); neither identity has it.
        return envelope(403, "ErrorAccessDenied", "Access is denied.");
    }
    let is_let_in = (claims.has(MANAGE_AS_APP) || claims.has(MANAGE)) && !tenant.exchange_off();
    let Some(roles) = Roles::of(tenant, &claims).filter(|_| is_let_in) else {
        return errors::refused(
            403,
            Some((2_000_003, "The role claim of the token does not grant access to this service.")),
            moment,
        );
    };
    if version == "v1.0" {
        return match (request.method.as_str(), endpoint) {
            ("GET", "EXOModuleFile") => module(&roles, request, moment),
            _ => envelope(404, "NotFound", "The requested resource was not found."),
        };
    }
    if request.method != http::Method::POST {
        return envelope(405, "MethodNotAllowed", "The requested resource does not support this HTTP method.");
    }
    match endpoint {
        "InvokeCommand" => invoke(tenant, &roles, request, moment),
        "$batch" => batch::answer(tenants, request, moment, strike),
        _ => envelope(404, "NotFound", "The requested resource was not found."),
    }
}

/// What a back-end answers that has not heard yet of the object that a cmdlet names.
pub(super) fn not_found(request: &Request) -> Reply {
    let body = request.json().unwrap_or_default();
    let identity = body.pointer("/CmdletInput/Parameters/Identity").and_then(Value::as_str).unwrap_or_default();
    errors::missing(identity, false).reply()
}

/// What is answered while a role that was given lately is not honoured yet (facts sheet, Microsoft 1a, «Errors»).
pub(super) fn refused(moment: &mut Moment) -> Reply {
    errors::refused(403, None, moment)
}

/// The cmdlets that the caller's roles have (facts sheet, Microsoft 1a, «Discovery»).
fn module(roles: &Roles, request: &Request, moment: &mut Moment) -> Reply {
    let asked = request.header("commandname").unwrap_or("*");
    let wanted =
        |name: &str| asked.split(',').map(str::trim).any(|word| word == "*" || word.eq_ignore_ascii_case(name));
    let names = cmdlets::all().iter().filter(|cmdlet| roles.have(cmdlet)).map(|cmdlet| cmdlet.name);
    let names: Vec<&str> = names.filter(|name| wanted(name)).collect();
    let file = json!({
        "moduleName": "ExchangeOnlineManagement",
        "version": request.query_value("Version"),
        // One text with commas, as those who read it split it.
        "exportedCmdlets": names.join(","),
    });
    Reply::json(200, success(&moment.root, &[file], &[])).header("request-id", random_guid(moment.random))
}

/// Runs one cmdlet.
fn invoke(tenant: &mut Tenant, roles: &Roles, request: &Request, moment: &mut Moment) -> Reply {
    let Some(anchor) = request.header("x-anchormailbox").filter(|anchor| !anchor.trim().is_empty()) else {
        return envelope(400, "BadRequest", "The request has no X-AnchorMailbox header; it cannot be routed.");
    };
    let input = match request.json() {
        Ok(Value::Object(mut body)) => body.remove("CmdletInput"),
        _ => None,
    };
    let Some((name, given)) = input.as_ref().and_then(cmdlet_input) else {
        return envelope(400, "BadRequest", "The request's body must have a CmdletInput with a CmdletName.");
    };
    let anchor = anchor.trim().to_owned();
    match run(tenant, roles, request, moment, (&anchor, name, &given)) {
        Ok(reply) => reply.header("request-id", random_guid(moment.random)),
        Err(failure) => failure.reply().header("request-id", random_guid(moment.random)),
    }
}

fn cmdlet_input(input: &Value) -> Option<(&str, Map<String, Value>)> {
    let input = input.as_object()?;
    let name = input.get("CmdletName")?.as_str()?;
    let parameters = match input.get("Parameters") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(parameters)) => parameters.clone(),
        Some(_) => return None,
    };
    Some((name, parameters))
}

fn run(
    tenant: &mut Tenant,
    roles: &Roles,
    request: &Request,
    moment: &mut Moment,
    (anchor, name, given): (&str, &str, &Map<String, Value>),
) -> Result<Reply, Failure> {
    let cmdlet = cmdlets::find(name).ok_or_else(|| no_such_cmdlet(name))?;
    if !roles.have(cmdlet) {
        return Err(not_in_role(cmdlet.name));
    }
    let parameters = Parameters::new(given);
    if let Some(unknown) =
        given.keys().find(|name| !cmdlet.parameters.iter().any(|known| known.eq_ignore_ascii_case(name)))
    {
        return Err(binding(format!("A parameter cannot be found that matches parameter name '{unknown}'.")));
    }
    let lacking: Vec<&str> = cmdlet.required.iter().copied().filter(|name| !parameters.has(name)).collect();
    if !lacking.is_empty() {
        return Err(binding(format!(
            "Cannot process command because of one or more missing mandatory parameters: {}.",
            lacking.join(" ")
        )));
    }
    let (after, given) = position(request, moment)?;
    let size = page_size(request);
    // A list that knows its positions goes on by them, the others by how many rows came before.
    let skip = if after.is_empty() { given } else { 0 };
    let page = Page { after, given, size };
    if cmdlet.prompts && parameters.flag("Confirm")? != Some(false) && !parameters.on("WhatIf")? {
        return Err(prompts(cmdlet.name));
    }
    if cmdlet.writes && parameters.on("WhatIf")? {
        return Ok(reply(Output::nothing(), request, moment, 0, size));
    }
    let wanted = if cmdlet.parameters.contains(&"ResultSize") { parameters.result_size()? } else { (usize::MAX, true) };
    let mut call = Call { tenant, anchor, parameters, page, moment };
    let mut output = (cmdlet.run)(&mut call)?;
    if let Some(rows) = &mut output.rows
        && rows.len() > wanted.0
    {
        rows.truncate(wanted.0);
        let text = if wanted.1 {
            "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter."
        } else {
            "By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the number of items returned. To return all items, specify \"-ResultSize Unlimited\"."
        };
        output.warnings.push(text.to_owned());
    }
    Ok(reply(output, request, moment, skip, size))
}

/// How many rows the client wants on a page.
fn page_size(request: &Request) -> usize {
    let prefer = request.header("prefer").unwrap_or_default();
    let wanted = prefer.split([';', ',']).find_map(|part| part.trim().strip_prefix("odata.maxpagesize="));
    wanted.and_then(|size| size.parse().ok()).filter(|size| *size > 0).map_or(PAGE, |size: usize| size.min(PAGE))
}

/// Where a page begins: behind a position and so many rows, by a link that goes stale.
fn position(request: &Request, moment: &Moment) -> Result<(String, usize), Failure> {
    let Some(token) = request.query_value("$skiptoken") else { return Ok((String::new(), 0)) };
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let parts: Vec<&str> = text.split(' ').collect();
    if let [made, given, after] = parts.as_slice()
        && let (Ok(made), Ok(given)) = (made.parse::<i64>(), given.parse())
        && made + LINK_SECONDS >= moment.now.as_second()
    {
        return Ok(((*after).to_owned(), given));
    }
    Err(errors::invalid("The skip token of the next link is not valid any more. Start the query again."))
}

fn reply(output: Output, request: &Request, moment: &mut Moment, skip: usize, size: usize) -> Reply {
    let Some(rows) = output.rows else {
        // A cmdlet that returns nothing answers with an empty list or with no body at all; both occur.
        if output.warnings.is_empty() && moment.random.bool() {
            return Reply::empty(204);
        }
        return Reply::json(200, success(&moment.root, &[], &output.warnings));
    };
    let select: Option<Vec<String>> =
        request.query_value("$select").map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
    let total = rows.len();
    let page: Vec<Value> = rows.into_iter().skip(skip).take(size).map(|row| project(row, select.as_deref())).collect();
    let mut body = success(&moment.root, &page, &output.warnings);
    let next = output.next.or_else(|| (skip + size < total).then(|| Next { after: String::new(), given: skip + size }));
    if let Some(Next { after, given }) = next {
        let token = URL_SAFE_NO_PAD.encode(format!("{} {given} {after}", moment.now.as_second()));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in request.query_pairs() {
            if name != "$skiptoken" {
                query.append_pair(&name, &value);
            }
        }
        query.append_pair("$skiptoken", &token);
        let query = query.finish().replace("%24", "$");
        body["@odata.nextLink"] = format!("{}{}?{query}", moment.root, request.path).into();
    }
    Reply::json(200, body)
}

fn success(root: &str, rows: &[Value], warnings: &[String]) -> Value {
    let mut body = json!({"@odata.context": format!("{root}/adminapi/beta/$metadata#Collection(Exchange.AdminApi.CmdletOutput)"), "value": rows});
    if !warnings.is_empty() {
        body["@adminapi.warnings"] = warnings.into();
    }
    body
}

fn project(row: Value, select: Option<&[String]>) -> Value {
    match (row, select) {
        (Value::Object(row), Some(names)) => {
            let wanted = |key: &str| {
                let name = key.split('@').next().unwrap_or(key);
                names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
            };
            Value::Object(row.into_iter().filter(|(key, _)| wanted(key)).collect())
        }
        (row, _) => row,
    }
}
