//! Microsoft Graph v1.0.

mod applications;
mod batch;
mod delta;
mod directory;
pub(super) mod errors;
mod groups;
mod members;
mod permissions;
mod query;
mod reports;
mod users;

use serde_json::Value;

use super::Strike;
use super::access::{Claims, Resource, TokenProblem, read_token};
use super::ids::random_guid;
use super::state::Tenant;
use crate::wire::{Moment, Reply, Request};
use errors::{Failure, bad, failure, no_such_path};

/// A call with everything that a handler needs.
struct Call<'c, 'm> {
    tenant: &'c mut Tenant,
    claims: &'c Claims,
    request: &'c Request,
    moment: &'c mut Moment<'m>,
}

/// What a handler gives back.
type Answer = Result<Reply, Failure>;

/// Answers for graph.microsoft.com.
pub(super) fn answer(tenants: &mut [Tenant], request: &Request, moment: &mut Moment, strike: &mut Strike) -> Reply {
    let reply = match handle(tenants, request, moment, strike) {
        Ok(reply) => reply,
        Err(failure) => return failure.reply(request, moment),
    };
    let id = random_guid(moment.random);
    let client = request.header("client-request-id").unwrap_or(&id).to_owned();
    reply.header("request-id", id).header("client-request-id", client)
}

fn handle(tenants: &mut [Tenant], request: &Request, moment: &mut Moment, strike: &mut Strike) -> Answer {
    let segments = path(request);
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some((&"v1.0", rest)) = parts.split_first() else {
        return Err(failure(400, "BadRequest", format!("Invalid version: {}.", parts.first().unwrap_or(&""))));
    };
    let claims = read_token(request.bearer(), Resource::Graph, moment.wall).map_err(unauthorised)?;
    let Some(at) = tenants.iter().position(|tenant| tenant.id == claims.tid) else {
        return Err(unauthorised(TokenProblem::Malformed));
    };
    if rest == ["$batch"] {
        return batch::answer(tenants, request, moment, strike);
    }
    let mut call = Call { tenant: &mut tenants[at], claims: &claims, request, moment };
    match rest {
        ["users", rest @ ..] => users::answer(&mut call, rest),
        ["groups", rest @ ..] => groups::answer(&mut call, rest),
        ["servicePrincipals" | "servicePrincipals(appId)" | "applications" | "oauth2PermissionGrants", ..] => {
            applications::answer(&mut call, rest)
        }
        ["reports", rest @ ..] => reports::answer(&mut call, rest),
        _ => directory::answer(&mut call, rest),
    }
}

/// The segments of the path, with a key in brackets made a segment of its own: `users('id')` is `users/id`.
fn path(request: &Request) -> Vec<String> {
    let mut out = Vec::new();
    for segment in request.segments() {
        let keyed = segment.strip_suffix(')').and_then(|text| text.split_once('('));
        match keyed {
            Some((name, "")) => out.push(name.to_owned()),
            Some((name, key)) if key.starts_with('\'') && key.ends_with('\'') && key.len() > 1 => {
                out.push(name.to_owned());
                out.push(key[1..key.len() - 1].replace("''", "'"));
            }
            Some((name, key)) => match key.split_once("='").and_then(|(p, v)| Some((p, v.strip_suffix('\'')?))) {
                Some((property, value)) => {
                    out.push(format!("{name}({property})"));
                    out.push(value.to_owned());
                }
                None => out.push(segment.clone()),
            },
            None => out.push(segment),
        }
    }
    out
}

fn unauthorised(problem: TokenProblem) -> Failure {
    let text = match problem {
        TokenProblem::Missing => "Access token is empty.",
        TokenProblem::Malformed => "IDX14100: JWT is not well formed, or its signature is not valid.",
        TokenProblem::Expired => "Lifetime validation failed, the token is expired.",
        TokenProblem::WrongAudience => "Access token validation failure. Invalid audience.",
    };
    failure(401, "InvalidAuthenticationToken", text)
}

/// The body as a JSON object.
fn body(request: &Request) -> Result<serde_json::Map<String, Value>, Failure> {
    match request.json() {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(failure(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )),
    }
}

/// A path or a method that is not there.
fn not_there(call: &Call, rest: &[&str]) -> Failure {
    match call.request.method.as_str() {
        "GET" | "POST" | "PATCH" | "DELETE" | "PUT" => no_such_path(rest.last().unwrap_or(&"")),
        _ => bad("The HTTP method is not supported."),
    }
}
