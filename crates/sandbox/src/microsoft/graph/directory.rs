//! Everything in the directory beside users and groups: domains, the organisation, licences, deleted items.

use serde_json::{Value, json};

use super::super::ids::{after, guid_of, is_guid};
use super::super::state::RESTORABLE_SECONDS;
use super::errors::{Failure, bad, failure, missing};
use super::members::object;
use super::permissions::{
    self as need, READ_APPLICATIONS, READ_DOMAINS, READ_GROUPS, READ_LICENCES, READ_ORGANIZATION, READ_USERS,
    RESTORE_USERS, WRITE_GROUPS, WRITE_USERS,
};
use super::query::{Kind, Query};
use super::users::{EXCHANGE_PLAN, PRODUCT, USER};
use super::{Answer, Call, applications, body, groups, not_there, users};
use crate::wire::Reply;

const DOMAIN: Kind = Kind::plain(
    "microsoft.graph.domain",
    "domains",
    &[
        "id",
        "authenticationType",
        "availabilityStatus",
        "isAdminManaged",
        "isDefault",
        "isInitial",
        "isRoot",
        "isVerified",
        "manufacturer",
        "model",
        "passwordNotificationWindowInDays",
        "passwordValidityPeriodInDays",
        "state",
        "supportedServices",
    ],
);
const ORGANIZATION: Kind = Kind::plain(
    "microsoft.graph.organization",
    "organization",
    &[
        "id",
        "deletedDateTime",
        "assignedPlans",
        "businessPhones",
        "city",
        "country",
        "countryLetterCode",
        "createdDateTime",
        "defaultUsageLocation",
        "displayName",
        "marketingNotificationEmails",
        "onPremisesLastSyncDateTime",
        "onPremisesSyncEnabled",
        "postalCode",
        "preferredLanguage",
        "provisionedPlans",
        "state",
        "street",
        "technicalNotificationMails",
        "tenantType",
        "verifiedDomains",
    ],
);
const LICENCE: Kind = Kind::plain(
    "microsoft.graph.subscribedSku",
    "subscribedSkus",
    &[
        "id",
        "accountId",
        "accountName",
        "appliesTo",
        "capabilityStatus",
        "consumedUnits",
        "prepaidUnits",
        "servicePlans",
        "skuId",
        "skuPartNumber",
        "subscriptionIds",
    ],
);
/// Answers for whatever is neither a user nor a group.
pub(super) fn answer(call: &mut Call, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("GET", ["domains"]) => list(call, READ_DOMAINS, &DOMAIN, domains),
        ("GET", ["domains", name]) => one(call, READ_DOMAINS, &DOMAIN, domains, name),
        ("GET", ["organization"]) => list(call, READ_ORGANIZATION, &ORGANIZATION, organization),
        ("GET", ["organization", id]) => one(call, READ_ORGANIZATION, &ORGANIZATION, organization, id),
        ("GET", ["subscribedSkus"]) => list(call, READ_LICENCES, &LICENCE, licences),
        ("GET", ["subscribedSkus", id]) => one(call, READ_LICENCES, &LICENCE, licences, id),
        ("POST", ["directoryObjects", "getByIds"]) => get_by_ids(call),
        (_, ["directory", "deletedItems", rest @ ..]) => deleted_items(call, rest),
        _ => Err(not_there(call, rest)),
    }
}

fn list(call: &Call, needed: need::Need, kind: &Kind, rows: impl Fn(&Call) -> Vec<Value>) -> Answer {
    need::require(call.claims, needed)?;
    let query = Query::read(call.request, kind)?;
    Ok(query.page(rows(call), kind, call.request, call.moment))
}

fn one(call: &Call, needed: need::Need, kind: &Kind, rows: impl Fn(&Call) -> Vec<Value>, id: &str) -> Answer {
    need::require(call.claims, needed)?;
    let query = Query::read(call.request, kind)?;
    let mut rows = rows(call).into_iter();
    let row = rows.find(|row| row["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id)));
    Ok(query.single(row.ok_or_else(|| missing(id))?, kind))
}

fn domains(call: &Call) -> Vec<Value> {
    let (names, unverified) = (call.tenant.domains(), call.tenant.unverified_domains());
    let row = |name: &String, number: Option<usize>| {
        let services: &[&str] = match number {
            None => &[],
            Some(_) if call.tenant.exchange_off() || !call.tenant.has_mail(name) => &["OfficeCommunicationsOnline"],
            Some(_) => &["Email", "OfficeCommunicationsOnline"],
        };
        json!({
            "id": name,
            "authenticationType": "Managed",
            "availabilityStatus": Value::Null,
            "isAdminManaged": true,
            "isDefault": number == Some(0),
            "isInitial": number.is_some_and(|number| number + 1 == names.len()),
            "isRoot": true,
            "isVerified": number.is_some(),
            "passwordNotificationWindowInDays": Value::Null,
            "passwordValidityPeriodInDays": Value::Null,
            "supportedServices": services,
        })
    };
    let verified = names.iter().enumerate().map(|(number, name)| row(name, Some(number)));
    verified.chain(unverified.iter().map(|name| row(name, None))).collect()
}

fn organization(call: &Call) -> Vec<Value> {
    let names = call.tenant.domains();
    let domain = |(number, name): (usize, &String)| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": number == 0,
            "isInitial": number + 1 == names.len(),
            "name": name,
            "type": "Managed",
        })
    };
    vec![json!({
        "id": call.tenant.id,
        "deletedDateTime": Value::Null,
        "businessPhones": [],
        "displayName": call.tenant.name(),
        "onPremisesSyncEnabled": Value::Null,
        "technicalNotificationMails": [],
        "tenantType": "AAD",
        "verifiedDomains": names.iter().enumerate().map(domain).collect::<Vec<_>>(),
    })]
}

fn licences(call: &Call) -> Vec<Value> {
    let used = call.tenant.accounts.values().filter(|account| account.licensed && account.deleted.is_none()).count();
    vec![json!({
        "id": format!("{}_{PRODUCT}", call.tenant.id),
        "accountId": call.tenant.id,
        "accountName": call.tenant.name(),
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": used,
        "prepaidUnits": {"enabled": call.tenant.seats(), "lockedOut": 0, "suspended": 0, "warning": 0},
        "servicePlans": [{
            "appliesTo": "User", "provisioningStatus": "Success", "servicePlanId": EXCHANGE_PLAN,
            "servicePlanName": "EXCHANGE_S_STANDARD",
        }],
        "skuId": PRODUCT,
        "skuPartNumber": "STANDARDPACK",
        "subscriptionIds": [guid_of(&call.tenant.id, "subscription")],
    })]
}

fn get_by_ids(call: &Call) -> Answer {
    let asked = body(call.request)?;
    let ids = asked.get("ids").and_then(Value::as_array).filter(|ids| !ids.is_empty());
    let ids = ids.ok_or_else(|| bad("A list of ids is required."))?;
    if ids.len() > 1000 {
        return Err(bad("Too many ids in the request: the limit is 1000."));
    }
    let types = asked.get("types").and_then(Value::as_array).cloned().unwrap_or_default();
    let wants =
        |kind: &str| types.is_empty() || types.iter().any(|t| t.as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind)));
    if wants("user") {
        need::require(call.claims, READ_USERS)?;
    }
    if wants("group") {
        need::require(call.claims, READ_GROUPS)?;
    }
    // Apps are left out where nobody asks for them by name and the permission lacks.
    let apps = wants("servicePrincipal") || wants("application");
    if apps && !types.is_empty() {
        need::require(call.claims, READ_APPLICATIONS)?;
    }
    let apps = apps && need::allowed(call.claims, READ_APPLICATIONS);
    let mut rows = Vec::new();
    for id in ids {
        let id = id.as_str().filter(|id| is_guid(id)).ok_or_else(|| bad("Invalid GUID in the list of ids."))?;
        let id = id.to_ascii_lowercase();
        let app = || apps.then(|| applications::object(call.tenant, &id)).flatten();
        let found = object(call.tenant, &id).or_else(app);
        rows.extend(
            found.filter(|row| row["@odata.type"].as_str().and_then(|kind| kind.rsplit('.').next()).is_some_and(wants)),
        );
    }
    let context = "https://graph.microsoft.com/v1.0/$metadata#directoryObjects";
    Ok(Reply::json(200, json!({"@odata.context": context, "value": rows})))
}

/// What was deleted and can be restored for thirty days.
fn deleted_items(call: &mut Call, rest: &[&str]) -> Answer {
    let now = call.moment.now;
    match (call.request.method.as_str(), rest) {
        ("GET", ["microsoft.graph.user"]) => {
            need::require(call.claims, READ_USERS)?;
            let query = Query::read(call.request, &USER)?;
            let rows = call.tenant.restorable(now).map(|account| users::row(account, call)).collect();
            Ok(query.page(rows, &USER, call.request, call.moment))
        }
        ("GET", ["microsoft.graph.user", id]) => {
            need::require(call.claims, READ_USERS)?;
            let query = Query::read(call.request, &USER)?;
            let account = call.tenant.restorable_named(id, now).find(|account| account.id.eq_ignore_ascii_case(id));
            Ok(query.single(users::row(account.ok_or_else(|| missing(id))?, call), &USER))
        }
        ("GET", ["microsoft.graph.group"]) => {
            need::require(call.claims, READ_GROUPS)?;
            let query = Query::read(call.request, &groups::GROUP)?;
            let rows = call
                .tenant
                .groups
                .values()
                .filter(|group| group.deleted.is_some_and(|deleted| after(deleted, RESTORABLE_SECONDS) > now));
            Ok(query.page(rows.map(groups::row).collect(), &groups::GROUP, call.request, call.moment))
        }
        ("POST", [id, "restore"]) => restore(call, id),
        ("DELETE", [id]) => purge(call, id),
        _ => Err(not_there(call, rest)),
    }
}

/// Which deleted thing an id is.
enum Deleted {
    User(String),
    Group(String),
}

fn deleted(call: &Call, id: &str) -> Result<Deleted, Failure> {
    let now = call.moment.now;
    let id = id.to_ascii_lowercase();
    if call.tenant.restorable_named(&id, now).any(|account| account.id == id) {
        return Ok(Deleted::User(id));
    }
    let group = call.tenant.groups.get(&id).and_then(|group| group.deleted);
    match group {
        Some(at) if after(at, RESTORABLE_SECONDS) > now => Ok(Deleted::Group(id)),
        _ => Err(missing(&id)),
    }
}

fn restore(call: &mut Call, id: &str) -> Answer {
    let (id, kind) = match deleted(call, id)? {
        Deleted::User(id) => {
            need::require(call.claims, RESTORE_USERS)?;
            let account = call.tenant.accounts.get(&id).ok_or_else(|| missing(&id))?;
            let principal = std::iter::once(account.user_principal_name.as_str());
            let names = principal.chain(account.addresses());
            let clash = names.flat_map(|name| call.tenant.accounts.named(name)).any(|other| {
                let same = other.user_principal_name.eq_ignore_ascii_case(&account.user_principal_name);
                other.deleted.is_none()
                    && other.id != id
                    && (same || other.addresses().any(|a| account.addresses().any(|b| a.eq_ignore_ascii_case(b))))
            });
            if clash {
                return Err(failure(
                    409,
                    "Request_MultipleObjectsWithSameKeyValue",
                    "The object cannot be restored: another object has the same value for a property that has to be unique.",
                ));
            }
            call.tenant.change_account(&id, |account| account.deleted = None);
            (id, "user")
        }
        Deleted::Group(id) => {
            need::require(call.claims, WRITE_GROUPS)?;
            call.tenant.change_group(&id, |group| group.deleted = None);
            (id, "group")
        }
    };
    let mut body = super::query::reference(&id, kind);
    body["@odata.context"] = "https://graph.microsoft.com/v1.0/$metadata#directoryObjects/$entity".into();
    body["deletedDateTime"] = Value::Null;
    Ok(Reply::json(200, body))
}

fn purge(call: &mut Call, id: &str) -> Answer {
    let now = call.moment.now;
    match deleted(call, id)? {
        Deleted::User(id) => {
            need::require(call.claims, WRITE_USERS)?;
            call.tenant.purge(&id, now);
        }
        Deleted::Group(id) => {
            need::require(call.claims, WRITE_GROUPS)?;
            call.tenant.purge_group(&id, now);
        }
    }
    Ok(Reply::empty(204))
}
