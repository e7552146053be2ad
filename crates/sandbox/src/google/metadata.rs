//! The metadata server of a machine in Google's cloud, which hands out tokens of the service account that the machine
//! runs as (facts sheet, Google 6.2 and 6.4).

use serde_json::{Value, json};

use super::access::{self, Kind, Token};
use super::account::{self, PREFIX};
use super::state::Tenant;
use crate::wire::{Body, Moment, Reply, Request};

const PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Answers a request to `metadata.google.internal`.
pub(super) fn answer(tenants: &[Tenant], request: &Request, moment: &Moment) -> Reply {
    let attached = tenants.iter().find_map(|tenant| tenant.sign_in.metadata_server.map(|access| (tenant, access)));
    let Some((tenant, access)) = attached else {
        // Off the cloud the name does not resolve; the nearest to it that a sandbox can do.
        return Reply::empty(404);
    };
    if request.method != http::Method::GET {
        return text(405, "Method Not Allowed");
    }
    if request.path == "/" {
        return text(200, "computeMetadata/\n");
    }
    if request.header("metadata-flavor") != Some("Google") || request.header("x-forwarded-for").is_some() {
        return text(403, "Missing Metadata-Flavor:Google header.");
    }
    let email = account::email(tenant, access);
    let own = access_scopes(tenant);
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let of_machine = ["computeMetadata", "v1"];
    let Some(path) = path.strip_prefix(&of_machine) else { return text(404, "Not Found") };
    let whole = request.query_value("recursive").as_deref() == Some("true");
    match path {
        ["project", "project-id"] => text(200, &account::project(tenant)),
        ["instance", "service-accounts"] => text(200, &format!("{email}/\ndefault/\n")),
        ["instance", "service-accounts", who, rest @ ..] if *who == "default" || *who == email => match rest {
            [] if whole => json_reply(json!({"aliases": ["default"], "email": email, "scopes": own})),
            [] => text(200, "aliases\nemail\nidentity\nscopes\ntoken\n"),
            ["aliases"] => text(200, "default\n"),
            ["email"] => text(200, &email),
            ["scopes"] => text(200, &own.iter().fold(String::new(), |text, scope| format!("{text}{scope}\n"))),
            ["token"] => {
                let asked = request.query_value("scopes").unwrap_or_default();
                let mut scopes: Vec<&str> = asked.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
                // Nothing but the scope that has all in it leaves a choice.
                if scopes.is_empty() || !own.iter().any(|scope| scope == PLATFORM) {
                    scopes = own.iter().map(String::as_str).collect();
                }
                let lifetime = access::LIFETIME;
                let token = Token { access, kind: Kind::Service, subject: None, scopes: &scopes, lifetime };
                let issued = access::issue(tenant, &token, moment.wall);
                json_reply(json!({"access_token": issued, "expires_in": lifetime, "token_type": "Bearer"}))
            }
            _ => text(404, "Not Found"),
        },
        _ => text(404, "Not Found"),
    }
}

/// The access scopes of the machine, in full.
fn access_scopes(tenant: &Tenant) -> Vec<String> {
    let full = |scope: &String| if scope.contains("://") { scope.clone() } else { format!("{PREFIX}{scope}") };
    let described = tenant.sign_in.access_scopes.as_ref();
    described.map_or_else(|| vec![PLATFORM.to_owned()], |scopes| scopes.iter().map(full).collect())
}

fn json_reply(body: Value) -> Reply {
    flavoured(Reply::json(200, body))
}

fn text(status: u16, text: &str) -> Reply {
    let body = Body::Text { content_type: "application/text".to_owned(), text: text.to_owned() };
    flavoured(Reply { status, headers: Vec::new(), body })
}

/// The header by which clients know that it is the metadata server and not somebody's proxy.
fn flavoured(reply: Reply) -> Reply {
    reply.header("metadata-flavor", "Google")
}
