//! The customer, its domains and its organisational units (facts sheet, Google 3).

use serde_json::{Value, json};

use super::state::Tenant;
use super::{Answer, Call, build, errors, is_customer, reply, resource, schema, users};
use crate::wire::Reply;

fn own(tenant: &Tenant, call: &Call, customer: &str, scopes: &[&str]) -> Result<(), Reply> {
    call.admin(tenant, scopes)?;
    if is_customer(tenant, customer) { Ok(()) } else { Err(errors::forbidden()) }
}

/// `GET customers/{customer}`.
pub(super) fn customer(tenant: &Tenant, call: &Call, customer: &str) -> Answer {
    own(tenant, call, customer, &["admin.directory.customer.readonly", "admin.directory.customer"])?;
    let body = json!({
        "kind": "admin#directory#customer",
        "etag": resource::etag(&format!("customer {}", tenant.customer)),
        "id": tenant.customer,
        "customerDomain": tenant.domains[0],
        "customerCreationTime": users::time(tenant.starts),
        "language": "en",
    });
    reply(call, 200, body, &schema::CUSTOMER)
}

/// `GET customer/{customer}/domains`.
pub(super) fn domains(tenant: &Tenant, call: &Call, customer: &str) -> Answer {
    own(tenant, call, customer, &["admin.directory.domain.readonly", "admin.directory.domain"])?;
    let domain = |(name, place): (&String, Option<usize>)| {
        json!({
            "kind": "admin#directory#domain",
            "etag": resource::etag(&format!("domain {name}")),
            "domainName": name,
            "isPrimary": place == Some(0),
            "verified": place.is_some(),
            "creationTime": tenant.starts.as_millisecond().to_string(),
        })
    };
    let verified = tenant.domains.iter().enumerate().map(|(place, name)| (name, Some(place)));
    let unverified = tenant.unverified_domains.iter().map(|name| (name, None));
    let domains: Vec<Value> = verified.chain(unverified).map(domain).collect();
    let etag = resource::etag(&format!("domains {:?}", tenant.domains));
    let body = json!({"kind": "admin#directory#domains", "etag": etag, "domains": domains});
    reply(call, 200, body, &schema::DOMAINS)
}

const UNITS: [&str; 2] = ["admin.directory.orgunit.readonly", "admin.directory.orgunit"];

/// All units but the root: those of the description and those that somebody is in.
fn paths(tenant: &Tenant) -> Vec<String> {
    let mut paths: Vec<String> = tenant.units.iter().map(|(path, _)| path.to_owned()).collect();
    paths.extend(tenant.users.values().map(|user| user.unit.clone()));
    paths.sort();
    paths.dedup();
    paths.retain(|path| path != "/");
    paths
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent })
}

fn resource(tenant: &Tenant, path: &str) -> Value {
    let id = build::unit_id(&tenant.customer, path);
    let mut out = json!({
        "kind": "admin#directory#orgUnit",
        "etag": resource::etag(&format!("unit {id}")),
        "name": path.rsplit('/').next().unwrap_or_default(),
        "description": "",
        "orgUnitPath": path,
        "orgUnitId": format!("id:{id}"),
    });
    if path != "/" {
        out["parentOrgUnitPath"] = json!(parent(path));
        out["parentOrgUnitId"] = json!(format!("id:{}", build::unit_id(&tenant.customer, parent(path))));
    }
    out
}

/// `GET customer/{customer}/orgunits`: the children of a unit, or with `type=all` everything below it.
pub(super) fn units(tenant: &Tenant, call: &Call, customer: &str) -> Answer {
    own(tenant, call, customer, &UNITS)?;
    let value = |name: &str| call.request.query_value(name).filter(|value| !value.is_empty());
    let all = paths(tenant);
    let from = match value("orgUnitPath") {
        None => "/".to_owned(),
        Some(path) => known(tenant, &all, &path)?,
    };
    let kind = value("type").unwrap_or_else(|| "children".to_owned());
    if !matches!(kind.as_str(), "all" | "children" | "allIncludingParent") {
        return Err(errors::directory(400, "invalidParameter", &format!("Invalid string value: '{kind}'.")));
    }
    let below = |path: &str| from == "/" || path.starts_with(&format!("{from}/"));
    let wanted = |path: &&String| if kind == "children" { parent(path) == from } else { below(path) };
    let mut shown: Vec<Value> = all.iter().filter(wanted).map(|path| resource(tenant, path)).collect();
    if kind == "allIncludingParent" {
        shown.insert(0, resource(tenant, &from));
    }
    let mut body = json!({"kind": "admin#directory#orgUnits", "etag": resource::etag(&format!("units {shown:?}"))});
    if !shown.is_empty() {
        body["organizationUnits"] = Value::Array(shown);
    }
    reply(call, 200, body, &schema::UNITS)
}

/// A unit by its path, with or without the slash at the start, or by `id:…`.
fn known(tenant: &Tenant, all: &[String], named: &str) -> Result<String, Reply> {
    let path = format!("/{}", named.trim_matches('/'));
    let same = |one: &&str| {
        one.eq_ignore_ascii_case(&path) || format!("id:{}", build::unit_id(&tenant.customer, one)) == named
    };
    let mut candidates = all.iter().map(String::as_str).chain(["/"]);
    candidates.find(same).map(str::to_owned).ok_or_else(|| errors::directory(404, "notFound", "Org unit not found"))
}

/// `GET customer/{customer}/orgunits/{path}`; the path's slashes may be encoded or not.
pub(super) fn unit(tenant: &Tenant, call: &Call, customer: &str, path: &[&str]) -> Answer {
    own(tenant, call, customer, &UNITS)?;
    let path = known(tenant, &paths(tenant), &path.join("/"))?;
    reply(call, 200, resource(tenant, &path), &schema::UNIT)
}
