//! Users.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::ids::{cloud_sid_of, graph_time, guid_of, is_guid};
use super::super::state::{Account, MailboxType, Tenant};
use super::errors::{bad, denied, failure, missing, unsupported, without_premium};
use super::members::memberships;
use super::permissions::{
    self as need, ENABLE_USERS, READ_LEAVE_DATES, READ_MAILBOX_SETTINGS, READ_MEMBERSHIPS, READ_SIGN_INS, READ_USERS,
    REVOKE_SESSIONS, WRITE_USERS,
};
use super::query::{Kind, Query, reference};
use super::{Answer, Call, applications, body, delta, not_there};
use crate::exchange_description::LicenceDescription;
use crate::wire::Reply;

/// Exchange Online Plan 1 and the product that it comes in here, by the ids that Microsoft publishes.
pub(super) const EXCHANGE_PLAN: &str = "9aaf7827-d63c-4b61-89c3-182f06f82e5c";
pub(super) const PRODUCT: &str = "18181a46-0d4e-45cd-891e-60aabd171b4e";

/// `EXCHANGE_S_FOUNDATION`, by the id that Microsoft publishes.
const FOUNDATION_PLAN: &str = "113feb6c-3fe4-4440-bddc-54d774bf0318";

/// The most users on a page that has their sign-ins on it (facts sheet, Microsoft 3).
const SIGN_IN_PAGE: usize = 500;

/// Users, as far as the metadata of v1.0 names their properties.
pub(super) const USER: Kind = Kind {
    name: "microsoft.graph.user",
    resource: "User",
    set: "users",
    properties: &[
        "id",
        "deletedDateTime",
        "aboutMe",
        "identityParentId",
        "accountEnabled",
        "ageGroup",
        "assignedLicenses",
        "assignedPlans",
        "authorizationInfo",
        "birthday",
        "businessPhones",
        "city",
        "companyName",
        "consentProvidedForMinor",
        "country",
        "createdDateTime",
        "creationType",
        "customSecurityAttributes",
        "department",
        "deviceEnrollmentLimit",
        "displayName",
        "employeeHireDate",
        "employeeId",
        "employeeLeaveDateTime",
        "employeeOrgData",
        "employeeType",
        "externalUserState",
        "externalUserStateChangeDateTime",
        "faxNumber",
        "givenName",
        "hireDate",
        "identities",
        "imAddresses",
        "interests",
        "isManagementRestricted",
        "isResourceAccount",
        "jobTitle",
        "lastPasswordChangeDateTime",
        "legalAgeGroupClassification",
        "licenseAssignmentStates",
        "mail",
        "mailboxSettings",
        "mailNickname",
        "manager",
        "mobilePhone",
        "mySite",
        "officeLocation",
        "onPremisesDistinguishedName",
        "onPremisesDomainName",
        "onPremisesExtensionAttributes",
        "onPremisesImmutableId",
        "onPremisesLastSyncDateTime",
        "onPremisesProvisioningErrors",
        "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier",
        "onPremisesSyncEnabled",
        "onPremisesUserPrincipalName",
        "otherMails",
        "passwordPolicies",
        "passwordProfile",
        "pastProjects",
        "postalCode",
        "preferredDataLocation",
        "preferredLanguage",
        "preferredName",
        "provisionedPlans",
        "proxyAddresses",
        "responsibilities",
        "schools",
        "securityIdentifier",
        "serviceProvisioningErrors",
        "showInAddressList",
        "signInActivity",
        "signInSessionsValidFromDateTime",
        "skills",
        "state",
        "streetAddress",
        "surname",
        "usageLocation",
        "userPrincipalName",
        "userType",
    ],
    default: &[
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    ],
    filterable: &[
        "id",
        "accountEnabled",
        "displayName",
        "givenName",
        "surname",
        "mail",
        "mailNickname",
        "userPrincipalName",
        "userType",
        "proxyAddresses",
        "otherMails",
        "department",
        "jobTitle",
        "employeeId",
        "usageLocation",
        "country",
        "city",
        "signInActivity",
        "assignedLicenses",
    ],
    advanced: &["createdDateTime", "companyName", "officeLocation", "onPremisesSyncEnabled", "employeeHireDate"],
    directory: true,
};

/// Lists, reads and changes users.
pub(super) fn answer(call: &mut Call, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("GET", []) => list(call),
        ("GET", ["delta"]) => delta::users(call),
        ("GET", ["$count"]) => count(call),
        ("GET", [id]) => get(call, id),
        ("PATCH", [id]) => update(call, id),
        ("POST", []) | ("DELETE", [_]) => Err(refuse_without(call, WRITE_USERS)),
        ("GET", [id, "manager"]) => manager(call, id, false),
        ("GET", [id, "manager", "microsoft.graph.user"]) => manager(call, id, true),
        ("GET", [id, "memberOf"]) => member_of(call, id, false),
        ("GET", [id, "transitiveMemberOf"]) => member_of(call, id, true),
        ("GET", [id, "ownedObjects"]) => owned(call, id),
        ("GET", [id, "appRoleAssignments"]) => applications::assigned_to_person(call, id),
        ("GET", [id, "oauth2PermissionGrants"]) => applications::of_person(call, id),
        ("GET" | "PATCH", [_, "mailboxSettings"]) => Err(refuse_without(call, READ_MAILBOX_SETTINGS)),
        ("POST", [_, "revokeSignInSessions"]) => Err(refuse_without(call, REVOKE_SESSIONS)),
        _ => Err(not_there(call, rest)),
    }
}

/// No identity of the sandbox has the permission for these calls; a token that had it would go no further either.
pub(super) fn refuse_without(call: &Call, needed: need::Need) -> super::Failure {
    match need::require(call.claims, needed) {
        Err(failure) => failure,
        Ok(()) => failure(501, "notImplemented", "The stand-in does not carry out this call."),
    }
}

/// A user as all of its properties.
pub(super) fn row(account: &Account, call: &Call) -> Value {
    let leaves = account.leaves.filter(|_| need::allowed(call.claims, READ_LEAVE_DATES));
    let (given, surname) = account.display_name.split_once(' ').unwrap_or((account.display_name.as_str(), ""));
    let licences: Vec<Value> =
        if account.licensed { vec![json!({"disabledPlans": [], "skuId": PRODUCT})] } else { Vec::new() };
    let plans: Vec<Value> = if account.licensed {
        vec![json!({"assignedDateTime": graph_time(account.created), "capabilityStatus": "Enabled",
                    "service": "exchange", "servicePlanId": EXCHANGE_PLAN})]
    } else {
        foundation(account)
    };
    let mut row = json!({
        "id": account.id,
        "identityParentId": account.agent.then(|| guid_of(&account.id, "agent identity")),
        "deletedDateTime": account.deleted.map(graph_time),
        "accountEnabled": account.enabled,
        "assignedLicenses": licences,
        "assignedPlans": plans,
        "businessPhones": [],
        "createdDateTime": graph_time(account.created),
        "creationType": if account.guest { json!("Invitation") } else { Value::Null },
        "department": account.department,
        "displayName": account.display_name,
        "employeeId": Value::Null,
        "employeeLeaveDateTime": leaves.map(graph_time),
        "externalUserState": if account.guest { json!("Accepted") } else { Value::Null },
        "givenName": if account.person { json!(given) } else { Value::Null },
        "surname": if account.person { json!(surname) } else { Value::Null },
        "jobTitle": Value::Null,
        "mail": account.mail,
        "mailNickname": account.alias,
        "mobilePhone": Value::Null,
        "officeLocation": Value::Null,
        "onPremisesSyncEnabled": account.exchange.synchronisation().0.then_some(true),
        "otherMails": if account.guest { json!([account.mail]) } else { json!([]) },
        "preferredLanguage": Value::Null,
        "proxyAddresses": account.proxy_addresses(),
        "securityIdentifier": cloud_sid_of(&account.id),
        "showInAddressList": account.mailbox.as_ref().map(|mailbox| !mailbox.hidden),
        "userPrincipalName": account.user_principal_name,
        "userType": if account.guest { "Guest" } else { "Member" },
    });
    if account
        .mailbox
        .as_ref()
        .is_some_and(|mailbox| matches!(mailbox.kind, MailboxType::Room | MailboxType::Equipment))
    {
        row["isResourceAccount"] = Value::Bool(true);
    }
    if let Some(manager) = &account.manager {
        row["manager"] = reference(manager, "user");
    }
    row
}

/// The plan of the service «exchange» that comes with licences without a mailbox (`EXCHANGE_S_FOUNDATION`).
fn foundation(account: &Account) -> Vec<Value> {
    let has_it = account.exchange.licence == Some(LicenceDescription::Foundation);
    let plan = json!({"assignedDateTime": graph_time(account.created), "capabilityStatus": "Enabled",
                      "service": "exchange", "servicePlanId": FOUNDATION_PLAN});
    has_it.then_some(plan).into_iter().collect()
}

/// Refuses what needs another permission than reading users does.
fn check(call: &Call, query: &Query) -> Result<(), super::Failure> {
    need::require(call.claims, READ_USERS)?;
    if query.selects("signInActivity") || query.filters_by("signInActivity") {
        need::require(call.claims, READ_SIGN_INS)?;
        if !call.tenant.is_premium() {
            return Err(without_premium());
        }
    }
    Ok(())
}

fn list(call: &Call) -> Answer {
    let mut query = Query::read(call.request, &USER)?;
    check(call, &query)?;
    if query.selects("signInActivity") {
        query.at_most(SIGN_IN_PAGE);
    }
    Ok(query.page_by_id(|after| rows(call, &query, after), &USER, call.request, call.moment))
}

/// The rows after an id that a query may be for.
fn rows<'c>(call: &'c Call, query: &Query, after: &str) -> Box<dyn Iterator<Item = Value> + 'c> {
    let now = call.moment.now;
    let live = move |account: &&Account| account.deleted.is_none() && account.visible_from <= now;
    let after = after.to_owned();
    let with_sign_ins = query.selects("signInActivity") || query.filters_by("signInActivity");
    let row = move |account: &Account| {
        let mut row = row(account, call);
        if with_sign_ins {
            row["signInActivity"] = sign_in_activity(account);
        }
        row
    };
    let Some(pinned) = query.pinned() else {
        // Making a row costs more than looking at a name, and there may be many whose names do not fit.
        let query = query.clone();
        let may_fit = move |account: &&Account| !query.excludes(&|property| at_hand(account, property));
        return Box::new(call.tenant.accounts.after(&after).filter(live).filter(may_fit).map(row));
    };
    let named = pinned.iter().flat_map(|name| call.tenant.accounts.named(name));
    let found: BTreeMap<&str, &Account> = named.map(|account| (account.id.as_str(), account)).collect();
    let found = found.into_values().filter(live).filter(move |account| account.id > after);
    Box::new(found.map(row))
}

fn count(call: &Call) -> Answer {
    let query = Query::read(call.request, &USER)?;
    check(call, &query)?;
    if !call.request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual")) {
        return Err(unsupported("$count is not currently supported."));
    }
    let text = rows(call, &query, "").filter(|row| query.fits(row)).count().to_string();
    let body = crate::wire::Body::Text { content_type: "text/plain".to_owned(), text };
    Ok(Reply { status: 200, headers: Vec::new(), body })
}

fn get(call: &Call, id: &str) -> Answer {
    let query = Query::read(call.request, &USER)?;
    check(call, &query)?;
    let account = call.tenant.account(id, call.moment.now).ok_or_else(|| missing(id))?;
    if query.selects("signInActivity") && !is_guid(id) {
        return Err(bad("Get By Key only supports UserId and the key has to be a valid Guid."));
    }
    let mut row = row(account, call);
    if query.selects("signInActivity") {
        row["signInActivity"] = sign_in_activity(account);
    }
    Ok(query.single(row, &USER))
}

/// A property of a user that is a text in the account itself.
fn at_hand<'a>(account: &'a Account, property: &str) -> Option<&'a str> {
    match property {
        "displayName" => Some(&account.display_name),
        "mail" => account.mail.as_deref(),
        "mailNickname" => Some(&account.alias),
        "userPrincipalName" => Some(&account.user_principal_name),
        "department" => account.department.as_deref(),
        _ => None,
    }
}

/// When an account last signed in; the first moment of all where it never did (facts sheet, Microsoft 3, «Users»).
fn sign_in_activity(account: &Account) -> Value {
    let last = account.last_sign_in.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), graph_time);
    let request = account.last_sign_in.map(|time| guid_of(&account.id, &time.to_string()));
    json!({
        "lastSignInDateTime": last,
        "lastSignInRequestId": request,
        "lastNonInteractiveSignInDateTime": last,
        "lastNonInteractiveSignInRequestId": request,
        "lastSuccessfulSignInDateTime": last,
        "lastSuccessfulSignInRequestId": request,
    })
}

fn update(call: &mut Call, id: &str) -> Answer {
    let changes = body(call.request)?;
    if let Some(unknown) = changes.keys().find(|name| !name.contains('@') && !USER.properties.contains(&name.as_str()))
    {
        return Err(bad(format!("One or more property values specified are invalid. Unknown property '{unknown}'.")));
    }
    // An app that may only enable and disable accounts may change nothing else.
    need::require(
        call.claims,
        if changes.keys().all(|name| name.contains('@') || name == "accountEnabled") {
            ENABLE_USERS
        } else {
            WRITE_USERS
        },
    )?;
    let account = call.tenant.account(id, call.moment.now).ok_or_else(|| missing(id))?;
    let id = account.id.clone();
    match changes.get("accountEnabled") {
        // What the organisation's own directory decides is not changed here, unless it has been handed over.
        Some(Value::Bool(_)) if account.exchange.synchronisation() == (true, false) => Err(bad(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
        )),
        Some(Value::Bool(enabled)) => {
            let enabled = *enabled;
            call.tenant.change_account(&id, |account| account.enabled = enabled);
            Ok(Reply::empty(204))
        }
        Some(_) => Err(failure(
            400,
            "Request_BadRequest",
            "Invalid value specified for property 'accountEnabled' of resource 'User'.",
        )),
        None => Err(denied()),
    }
}

/// The manager: a reference, or with its properties where the link is cast.
fn manager(call: &Call, id: &str, cast: bool) -> Answer {
    need::require(call.claims, READ_USERS)?;
    let now = call.moment.now;
    let account = call.tenant.account(id, now).ok_or_else(|| missing(id))?;
    let manager = account.manager.as_deref().and_then(|manager| call.tenant.account(manager, now));
    let manager = manager.ok_or_else(|| missing("manager"))?;
    if cast {
        let query = Query::read(call.request, &USER)?;
        return Ok(query.single(row(manager, call), &USER));
    }
    let mut body = reference(&manager.id, "user");
    body["@odata.context"] = "https://graph.microsoft.com/v1.0/$metadata#directoryObjects/$entity".into();
    Ok(Reply::json(200, body))
}

fn member_of(call: &Call, id: &str, transitive: bool) -> Answer {
    need::require(call.claims, READ_MEMBERSHIPS)?;
    let now = call.moment.now;
    let account = call.tenant.account(id, now).ok_or_else(|| missing(id))?;
    let groups = memberships(call.tenant, &account.id, transitive, now);
    super::members::objects(call, groups.iter().map(|id| reference(id, "group")).collect())
}

fn owned(call: &Call, id: &str) -> Answer {
    need::require(call.claims, READ_USERS)?;
    let now = call.moment.now;
    let account = call.tenant.account(id, now).ok_or_else(|| missing(id))?;
    let groups = call.tenant.groups.values();
    let owned = groups.filter(|group| group.deleted.is_none() && group.owners.contains(&account.id));
    let mut owned: Vec<Value> = owned.map(|group| reference(&group.id, "group")).collect();
    owned.extend(applications::owned_by(call.tenant, &account.id));
    super::members::objects(call, owned)
}

/// Whether an object id is a user's that is there.
pub(super) fn is_user(tenant: &Tenant, id: &str) -> bool {
    tenant.accounts.get(id).is_some_and(|account| account.deleted.is_none())
}
