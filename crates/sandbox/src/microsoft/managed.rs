//! Managed identities: the token endpoint that a machine of the vendor's has, in the forms of virtual machines
//! (`GET /metadata/identity/oauth2/token`) and of App Service (`GET /msi/token`); facts sheet, Microsoft 4.

use serde_json::json;

use super::access::{self, Resource, TOKEN_SECONDS};
use super::federation;
use super::ids::{guid_of, random_guid};
use super::state::Tenant;
use crate::wire::{Moment, Reply, Request};

/// What App Service's environment has as `IDENTITY_HEADER` for a tenant's machine.
pub(super) fn identity_header(tenant_id: &str) -> String {
    guid_of(tenant_id, "identity header")
}

/// Answers for the machine's own endpoint.
pub(super) fn answer(tenants: &[Tenant], request: &Request, moment: &mut Moment) -> Reply {
    let form = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/metadata/identity/oauth2/token") => {
            if !request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
                return refused(400, "invalid_request", "Required metadata header not specified or not correct");
            }
            // Nothing that passed a proxy is answered.
            if request.header("x-forwarded-for").is_some() {
                return refused(400, "invalid_request", "The request has been forwarded");
            }
            "2018-02-01"
        }
        ("GET", "/msi/token") => "2019-08-01",
        _ => return refused(404, "not_found", "The requested resource is not found"),
    };
    let machine = |tenant: &&Tenant| tenant.sign_in().managed_identity.is_some();
    let mut machines = tenants.iter().filter(machine);
    let tenant = if form == "2019-08-01" {
        let Some(secret) = request.header("x-identity-header") else {
            return refused(400, "invalid_request", "The X-IDENTITY-HEADER header is missing");
        };
        match machines.find(|tenant| identity_header(&tenant.id) == secret) {
            Some(tenant) => Some(tenant),
            None => return refused(401, "unauthorized_client", "The X-IDENTITY-HEADER header is not correct"),
        }
    } else {
        machines.next()
    };
    let identity = tenant.and_then(|tenant| Some((tenant, federation::access(tenant.sign_in().managed_identity?))));
    let Some((tenant, app)) = identity else { return refused(400, "invalid_request", "Identity not found") };
    if request.query_value("api-version").is_none_or(|version| version != form) {
        return refused(400, "bad_request_102", "Required query variable 'api-version' is missing or not supported");
    }
    let client = access::client_id(&tenant.id, app);
    if request.query_value("client_id").is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&client)) {
        return refused(400, "invalid_request", "Identity not found");
    }
    let Some(wanted) = request.query_value("resource") else {
        return refused(400, "bad_request_102", "Required query variable 'resource' is missing");
    };
    let known = [Resource::Graph, Resource::Exchange];
    let Some(resource) = known.into_iter().find(|resource| resource.audience() == wanted.trim_end_matches('/')) else {
        let text = format!(
            "AADSTS500011: The resource principal named {wanted} was not found in the tenant named {}.",
            tenant.name()
        );
        return refused(400, "invalid_resource", &text);
    };
    let claims = access::claims(tenant, app, resource, moment.wall, random_guid(moment.random));
    let Ok(signed) = access::sign(&claims) else {
        return refused(500, "unknown", "Failed to retrieve a token from the backend");
    };
    Reply::json(
        200,
        json!({
            "access_token": signed,
            "client_id": client,
            "expires_in": TOKEN_SECONDS.to_string(),
            "expires_on": (moment.wall.as_second() + TOKEN_SECONDS).to_string(),
            "not_before": moment.wall.as_second().to_string(),
            "resource": wanted,
            "token_type": "Bearer",
        }),
    )
}

fn refused(status: u16, error: &str, text: &str) -> Reply {
    Reply::json(status, json!({"error": error, "error_description": text}))
}
