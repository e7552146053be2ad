//! login.microsoftonline.com: the token endpoint, and what clients read before they go there.

use serde_json::{Value, json};

use super::access::{self, Resource};
use super::assertion;
use super::delegated;
use super::federation;
use super::ids::random_guid;
use super::state::Tenant;
use crate::description::RemovedFromMicrosoft;
use crate::identity::Access;
use crate::wire::{Moment, Reply, Request};

/// The vendor's root of the sign-in service.
const AUTHORITY: &str = "https://login.microsoftonline.com";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The public half of the issuer's key, as numbers (`n` and `e` of keys/microsoft-issuer.pub).
const ISSUER_MODULUS: &str = "rmDRcoL3ig1afTbJK4UmWnkbGb6GTmcPyMnGVrg5wFmPu279xtyLvgFICHWA7h55Jg0aFCs4nyN-G0LK90-xLWf9ghTh6Rzo7jfjv4R3lwo44jxKuSvtyF-VPy6LoI7X0beKeYEeWaRgoc_4k5YGDbg8573sQKaE1O44FC2kawoEF0UMFXuiqXw9dD25wtSPM8ySirloraZw9dwxRGkrnFpHQyeGZQizm2MrAQfH5Pw29i8UG79iAPOV2ovbFMsTuq36hk-f-HgkUF8tZnPLZwkmuwjHT4MZO0fjSfVQEkRLSxkw-DWkH2F44ASNaLP-jYi_hIO2e7X4Qa8oQZWHbQ";

/// A refusal of the token endpoint.
pub(super) struct Refusal {
    status: u16,
    error: &'static str,
    code: u32,
    text: String,
}

pub(super) fn refusal(status: u16, error: &'static str, code: u32, text: impl Into<String>) -> Refusal {
    Refusal { status, error, code, text: text.into() }
}

/// Answers for login.microsoftonline.com.
pub(super) fn answer(tenants: &mut [Tenant], request: &Request, moment: &mut Moment) -> Reply {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["common", "discovery", "instance"]) => instances(request, moment),
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => match find(tenants, tenant) {
            Some(tenant) => Reply::json(200, configuration(tenant, moment)),
            None => refuse(&unknown_tenant(tenant), request, moment),
        },
        ("GET", [_, "discovery", "v2.0", "keys"]) => Reply::json(
            200,
            json!({"keys": [{"kty": "RSA", "use": "sig", "kid": access::key_id(), "n": ISSUER_MODULUS, "e": "AQAB"}]}),
        ),
        ("POST", [tenant, "oauth2", "v2.0", "devicecode"]) => match device_code(tenants, tenant, request, moment) {
            Ok(reply) => reply.header("cache-control", "no-store, no-cache"),
            Err(refusal) => refuse(&refusal, request, moment),
        },
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => match token(tenants, tenant, request, moment) {
            Ok(reply) => reply.header("cache-control", "no-store, no-cache").header("pragma", "no-cache"),
            Err(refusal) => refuse(&refusal, request, moment),
        },
        (_, [_, "oauth2", "v2.0", "token"]) => {
            let text = "Endpoint /token only accepts POST requests. Received a request of another method.";
            refuse(&refusal(400, "invalid_request", 900_561, text), request, moment)
        }
        _ => {
            let text = "The requested page was not found on the sign-in service.";
            refuse(&refusal(404, "invalid_request", 900_144, text), request, moment)
        }
    }
}

fn find<'a>(tenants: &'a [Tenant], name: &str) -> Option<&'a Tenant> {
    tenants.iter().find(|tenant| tenant.is_named(name))
}

fn unknown_tenant(name: &str) -> Refusal {
    refusal(
        400,
        "invalid_request",
        90_002,
        format!(
            "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        ),
    )
}

/// What MSAL asks of an authority before it trusts it.
fn instances(request: &Request, moment: &Moment) -> Reply {
    let asked = request.query_value("authorization_endpoint").unwrap_or_default();
    let tenant = asked.split('/').nth(3).filter(|tenant| !tenant.is_empty()).unwrap_or("common").to_owned();
    Reply::json(
        200,
        json!({
            "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", moment.root),
            "api-version": "1.1",
            "metadata": [{
                "preferred_network": "login.microsoftonline.com",
                "preferred_cache": "login.windows.net",
                "aliases": ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
            }],
        }),
    )
}

fn configuration(tenant: &Tenant, moment: &Moment) -> Value {
    let root = &moment.root;
    let id = &tenant.id;
    json!({
        "token_endpoint": format!("{root}/{id}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{root}/{id}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{AUTHORITY}/{id}/v2.0"),
        "authorization_endpoint": format!("{root}/{id}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{root}/{id}/oauth2/v2.0/devicecode"),
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    })
}

/// A field of a form that has to be there.
fn required<'f>(form: &'f [(String, String)], name: &str) -> Result<&'f str, Refusal> {
    field(form, name).filter(|value| !value.is_empty()).ok_or_else(|| {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        refusal(400, "invalid_request", 900_144, text)
    })
}

fn field<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The tenant and the app registration that a request is for.
fn registration<'t>(tenants: &'t mut [Tenant], named: &str, client: &str) -> Result<(&'t mut Tenant, Access), Refusal> {
    let tenant = tenants.iter_mut().find(|tenant| tenant.is_named(named)).ok_or_else(|| unknown_tenant(named))?;
    let is_removed = has_removed(tenant, RemovedFromMicrosoft::AppRegistration);
    match access::app_of(tenant, client).filter(|_| !is_removed) {
        Some(app) => Ok((tenant, app)),
        None => Err(refusal(
            400,
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client}' was not found in the directory '{}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
                tenant.name()
            ),
        )),
    }
}

fn device_code(tenants: &mut [Tenant], named: &str, request: &Request, moment: &mut Moment) -> Result<Reply, Refusal> {
    let form = request.form();
    let client = required(&form, "client_id")?;
    let (tenant, _) = registration(tenants, named, client)?;
    delegated::begin(tenant, client, required(&form, "scope")?, moment)
}

fn has_removed(tenant: &Tenant, what: RemovedFromMicrosoft) -> bool {
    tenant.sign_in().removed.contains(&what)
}

/// Refuses what a policy of the organisation's forbids, once it is known who asks.
pub(super) fn conditional_access(tenant: &Tenant) -> Result<(), Refusal> {
    if tenant.sign_in().conditional_access { Err(blocked_by_policy()) } else { Ok(()) }
}

pub(super) fn blocked_by_policy() -> Refusal {
    let text =
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
    refusal(400, "invalid_grant", 53_003, text)
}

/// The token request, field by field in the order in which the vendor objects.
fn token(tenants: &mut [Tenant], named: &str, request: &Request, moment: &mut Moment) -> Result<Reply, Refusal> {
    let form = request.form();
    let grant = required(&form, "grant_type")?;
    if !["client_credentials", "refresh_token", DEVICE_CODE].contains(&grant) {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        return Err(refusal(400, "unsupported_grant_type", 70_003, text));
    }
    let client = required(&form, "client_id")?;
    let (tenant, app) = registration(tenants, named, client)?;
    if grant != "client_credentials" && !tenant.sign_in().public_client_flows {
        return Err(without_proof());
    }
    match grant {
        DEVICE_CODE => delegated::poll(tenant, app, client, required(&form, "device_code")?, moment),
        "refresh_token" => {
            let token = required(&form, "refresh_token")?;
            delegated::refresh(tenant, app, client, token, field(&form, "scope"), moment)
        }
        _ => app_only(tenant, app, client, named, &form, moment),
    }
}

/// A token of the app's own.
fn app_only(
    tenant: &Tenant,
    app: Access,
    client: &str,
    named: &str,
    form: &[(String, String)],
    moment: &mut Moment,
) -> Result<Reply, Refusal> {
    let scope = required(form, "scope")?;
    let resource = resource(scope)?;
    prove(tenant, app, client, named, &|name| field(form, name), moment)?;
    conditional_access(tenant)?;
    if resource == Resource::Exchange && tenant.exchange_off() {
        let text = format!(
            "The app needs access to a service ('{}') that your organization '{}' has not subscribed to or enabled. Contact your IT Admin to review the configuration of your service subscriptions.",
            resource.audience(),
            tenant.id
        );
        return Err(refusal(400, "invalid_client", 650_052, text));
    }
    let unique = random_guid(moment.random);
    let claims = access::claims(tenant, app, resource, moment.wall, unique);
    let signed = access::sign(&claims)
        .map_err(|_| refusal(500, "server_error", 90_033, "A transient error has occurred. Please try again."))?;
    let seconds = access::TOKEN_SECONDS;
    Ok(Reply::json(
        200,
        json!({"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": signed}),
    ))
}

fn resource(scope: &str) -> Result<Resource, Refusal> {
    if let Some(resource) = Resource::of_scope(scope) {
        return Ok(resource);
    }
    if scope.split_whitespace().count() > 1 {
        let text = format!(
            "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid. .default scope can't be combined with resource-specific scopes."
        );
        return Err(refusal(400, "invalid_scope", 70_011, text));
    }
    if let Some(other) = scope.strip_suffix("/.default") {
        let text = format!(
            "The resource principal named {other} was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
        );
        return Err(refusal(400, "invalid_resource", 500_011, text));
    }
    let text = format!(
        "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
    );
    Err(refusal(400, "invalid_scope", 1_002_012, text))
}

/// Holds the client's secret or assertion against the app registration.
fn prove<'f>(
    tenant: &Tenant,
    app: Access,
    client: &str,
    named: &str,
    field: &impl Fn(&str) -> Option<&'f str>,
    moment: &Moment,
) -> Result<(), Refusal> {
    if let Some(jwt) = field("client_assertion") {
        if field("client_assertion_type") != Some(ASSERTION_TYPE) {
            let text = "The request body must contain the following parameter: 'client_assertion_type'.";
            return Err(refusal(400, "invalid_request", 900_144, text));
        }
        if federation::is_foreign(jwt, client) {
            return federation::check(tenant, app, jwt, moment.wall)
                .map_err(|(code, text)| refusal(401, "invalid_client", code, text));
        }
        let mut audiences = Vec::new();
        for root in [AUTHORITY, moment.root.as_str()] {
            for name in [tenant.id.as_str(), named] {
                audiences.push(format!("{root}/{name}/oauth2/v2.0/token"));
                audiences.push(format!("{root}/{name}/v2.0"));
            }
        }
        let registered = !has_removed(tenant, RemovedFromMicrosoft::Certificate);
        return assertion::check(jwt, client, registered, &audiences, moment.wall)
            .map_err(|(code, text)| refusal(401, "invalid_client", code, text));
    }
    let current = access::client_secret(&tenant.id, app);
    let expired = tenant.sign_in().secret_expired;
    let is_removed = has_removed(tenant, RemovedFromMicrosoft::ClientSecret);
    match field("client_secret") {
        Some(secret) if is_removed && secret == current => Err(wrong_secret(client)),
        Some(secret) if secret == current && !expired => Ok(()),
        Some(secret) if secret == current || secret == access::expired_secret(&tenant.id, app) => Err(refusal(
            401,
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security."
            ),
        )),
        Some(_) => Err(wrong_secret(client)),
        None => Err(without_proof()),
    }
}

fn wrong_secret(client: &str) -> Refusal {
    refusal(
        401,
        "invalid_client",
        7_000_215,
        format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."
        ),
    )
}

/// An app that is no public client has to prove itself, whatever it asks for.
fn without_proof() -> Refusal {
    refusal(
        401,
        "invalid_client",
        7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    )
}

/// A refusal in the vendor's form (facts sheet, Microsoft 4).
fn refuse(refusal: &Refusal, request: &Request, moment: &mut Moment) -> Reply {
    let Refusal { status, error, code, text } = refusal;
    failure(*status, error, *code, text, request, moment)
}

/// An answer in the form of the sign-in service's errors.
pub(super) fn failure(
    status: u16,
    error: &str,
    code: u32,
    text: &str,
    request: &Request,
    moment: &mut Moment,
) -> Reply {
    let trace = random_guid(moment.random);
    let asked = request.form().into_iter().find(|(key, _)| key == "client-request-id").map(|(_, value)| value);
    let correlation = request.header("client-request-id").map(str::to_owned).or(asked);
    let correlation = correlation.unwrap_or_else(|| random_guid(moment.random));
    let time = moment.now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let body = json!({
        "error": error,
        "error_description":
            format!("AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}"),
        "error_codes": [code],
        "timestamp": time,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    Reply::json(status, body).header("x-ms-request-id", trace)
}
