//! Which fields Google's resources have: an unknown one in a body or in `fields=` is refused.

use serde_json::Value;

use super::errors;
use crate::wire::{Reply, Request};

/// What a field may hold.
#[derive(Debug)]
pub(super) enum Shape {
    Text,
    Flag,
    Number,
    Any,
    List(&'static Shape),
    Object(&'static [(&'static str, Shape)]),
}

use Shape::{Any, Flag, List, Number, Object, Text};

/// `UserName`.
const NAME: Shape = Object(&[("givenName", Text), ("familyName", Text), ("fullName", Text), ("displayName", Text)]);

/// `User`.
pub(super) static USER: Shape = Object(&[
    ("addresses", Any),
    ("agreedToTerms", Flag),
    ("aliases", List(&Text)),
    ("archivalTime", Text),
    ("archived", Flag),
    ("changePasswordAtNextLogin", Flag),
    ("creationTime", Text),
    ("customSchemas", Any),
    ("customerId", Text),
    ("deletionTime", Text),
    ("emails", Any),
    ("etag", Text),
    ("externalIds", Any),
    ("gender", Any),
    ("guestAccountInfo", Object(&[("primaryGuestEmail", Text)])),
    ("hashFunction", Text),
    ("id", Text),
    ("ims", Any),
    ("includeInGlobalAddressList", Flag),
    ("ipWhitelisted", Flag),
    ("isAdmin", Flag),
    ("isDelegatedAdmin", Flag),
    ("isEnforcedIn2Sv", Flag),
    ("isEnrolledIn2Sv", Flag),
    ("isGuestUser", Flag),
    ("isMailboxSetup", Flag),
    ("keywords", Any),
    ("kind", Text),
    ("languages", Any),
    ("lastLoginTime", Text),
    ("locations", Any),
    ("name", NAME),
    ("nonEditableAliases", List(&Text)),
    ("notes", Any),
    ("orgUnitPath", Text),
    ("organizations", Any),
    ("password", Text),
    ("phones", Any),
    ("posixAccounts", Any),
    ("primaryEmail", Text),
    ("recoveryEmail", Text),
    ("recoveryPhone", Text),
    ("relations", Any),
    ("sshPublicKeys", Any),
    ("suspended", Flag),
    ("suspensionReason", Text),
    ("suspensionTime", Text),
    ("thumbnailPhotoEtag", Text),
    ("thumbnailPhotoUrl", Text),
    ("websites", Any),
]);

/// `Users`.
pub(super) static USERS: Shape =
    Object(&[("etag", Text), ("kind", Text), ("nextPageToken", Text), ("trigger_event", Text), ("users", List(&USER))]);

/// `UserUndelete`.
pub(super) static UNDELETE: Shape = Object(&[("orgUnitPath", Text)]);

/// `Alias`.
pub(super) static ALIAS: Shape =
    Object(&[("alias", Text), ("etag", Text), ("id", Text), ("kind", Text), ("primaryEmail", Text)]);

/// `Aliases`.
pub(super) static ALIASES: Shape = Object(&[("aliases", List(&ALIAS)), ("etag", Text), ("kind", Text)]);

/// `Group`.
pub(super) static GROUP: Shape = Object(&[
    ("adminCreated", Flag),
    ("aliases", List(&Text)),
    ("description", Text),
    ("directMembersCount", Text),
    ("email", Text),
    ("etag", Text),
    ("externalIds", List(&Object(&[("id", Text), ("namespace", Text)]))),
    ("id", Text),
    ("kind", Text),
    ("name", Text),
    ("nonEditableAliases", List(&Text)),
]);

/// `Groups` of the Directory API.
pub(super) static GROUPS: Shape =
    Object(&[("etag", Text), ("groups", List(&GROUP)), ("kind", Text), ("nextPageToken", Text)]);

/// `Member`.
pub(super) static MEMBER: Shape = Object(&[
    ("delivery_settings", Text),
    ("email", Text),
    ("etag", Text),
    ("id", Text),
    ("kind", Text),
    ("role", Text),
    ("status", Text),
    ("type", Text),
]);

/// `Members`.
pub(super) static MEMBERS: Shape =
    Object(&[("etag", Text), ("kind", Text), ("members", List(&MEMBER)), ("nextPageToken", Text)]);

/// `MembersHasMember`.
pub(super) static HAS_MEMBER: Shape = Object(&[("isMember", Flag)]);

/// `Domains`.
static DOMAIN: Shape = Object(&[
    ("creationTime", Text),
    ("domainAliases", Any),
    ("domainName", Text),
    ("etag", Text),
    ("isPrimary", Flag),
    ("kind", Text),
    ("verified", Flag),
]);

/// `Domains2`.
pub(super) static DOMAINS: Shape = Object(&[("domains", List(&DOMAIN)), ("etag", Text), ("kind", Text)]);

/// `Customer`.
pub(super) static CUSTOMER: Shape = Object(&[
    ("alternateEmail", Text),
    ("customerCreationTime", Text),
    ("customerDomain", Text),
    ("etag", Text),
    ("id", Text),
    ("kind", Text),
    ("language", Text),
    ("phoneNumber", Text),
    ("postalAddress", Any),
]);

/// `OrgUnit`.
pub(super) static UNIT: Shape = Object(&[
    ("blockInheritance", Flag),
    ("description", Text),
    ("etag", Text),
    ("kind", Text),
    ("name", Text),
    ("orgUnitId", Text),
    ("orgUnitPath", Text),
    ("parentOrgUnitId", Text),
    ("parentOrgUnitPath", Text),
]);

/// `OrgUnits`.
pub(super) static UNITS: Shape = Object(&[("etag", Text), ("kind", Text), ("organizationUnits", List(&UNIT))]);

/// `Delegate` of Gmail.
pub(super) static DELEGATE: Shape = Object(&[("delegateEmail", Text), ("verificationStatus", Text)]);

/// `ListDelegatesResponse`.
pub(super) static DELEGATES: Shape = Object(&[("delegates", List(&DELEGATE))]);

/// `AutoForwarding` of Gmail.
pub(super) static AUTO_FORWARDING: Shape = Object(&[("disposition", Text), ("emailAddress", Text), ("enabled", Flag)]);

/// `ListForwardingAddressesResponse`.
pub(super) static FORWARDING_ADDRESSES: Shape =
    Object(&[("forwardingAddresses", List(&Object(&[("forwardingEmail", Text), ("verificationStatus", Text)])))]);

/// `ListFiltersResponse` of Gmail, whose list is called `filter`.
pub(super) static FILTERS: Shape =
    Object(&[("filter", List(&Object(&[("action", Any), ("criteria", Any), ("id", Text)])))]);

/// `Token`.
pub(super) static TOKEN: Shape = Object(&[
    ("anonymous", Flag),
    ("clientId", Text),
    ("displayText", Text),
    ("etag", Text),
    ("kind", Text),
    ("nativeApp", Flag),
    ("scopes", List(&Text)),
    ("userKey", Text),
]);

/// `Tokens`.
pub(super) static TOKENS: Shape = Object(&[("etag", Text), ("items", List(&TOKEN)), ("kind", Text)]);

/// `Asps`.
pub(super) static ASPS: Shape = Object(&[
    ("etag", Text),
    (
        "items",
        List(&Object(&[
            ("codeId", Number),
            ("creationTime", Text),
            ("etag", Text),
            ("kind", Text),
            ("lastTimeUsed", Text),
            ("name", Text),
            ("userKey", Text),
        ])),
    ),
    ("kind", Text),
]);

/// `Activities` of the Reports API.
pub(super) static ACTIVITIES: Shape = Object(&[
    ("etag", Text),
    (
        "items",
        List(&Object(&[
            ("actor", Object(&[("callerType", Text), ("email", Text), ("profileId", Text)])),
            ("etag", Text),
            ("events", List(&Object(&[("name", Text), ("parameters", Any), ("type", Text)]))),
            (
                "id",
                Object(&[("applicationName", Text), ("customerId", Text), ("time", Text), ("uniqueQualifier", Text)]),
            ),
            ("ipAddress", Text),
            ("kind", Text),
        ])),
    ),
    ("kind", Text),
    ("nextPageToken", Text),
]);

/// `UsageReport`.
static USAGE: Shape = Object(&[
    ("date", Text),
    (
        "entity",
        Object(&[("customerId", Text), ("entityId", Text), ("profileId", Text), ("type", Text), ("userEmail", Text)]),
    ),
    ("etag", Text),
    ("kind", Text),
    (
        "parameters",
        List(&Object(&[
            ("boolValue", Flag),
            ("datetimeValue", Text),
            ("intValue", Text),
            ("msgValue", Any),
            ("name", Text),
            ("stringValue", Text),
        ])),
    ),
]);

/// `UsageReports`.
pub(super) static USAGES: Shape = Object(&[
    ("etag", Text),
    ("kind", Text),
    ("nextPageToken", Text),
    ("usageReports", List(&USAGE)),
    (
        "warnings",
        List(&Object(&[("code", Text), ("data", List(&Object(&[("key", Text), ("value", Text)]))), ("message", Text)])),
    ),
]);

/// `SignJwtRequest`.
pub(super) static SIGN_JWT: Shape = Object(&[("delegates", List(&Text)), ("payload", Text)]);

/// `GenerateAccessTokenRequest`.
pub(super) static GENERATE: Shape = Object(&[("delegates", List(&Text)), ("lifetime", Text), ("scope", List(&Text))]);

/// `LicenseAssignmentInsert`.
pub(super) static LICENCE_INSERT: Shape = Object(&[("userId", Text)]);

/// `LicenseAssignment`.
pub(super) static LICENCE: Shape = Object(&[
    ("etags", Text),
    ("kind", Text),
    ("productId", Text),
    ("productName", Text),
    ("selfLink", Text),
    ("skuId", Text),
    ("skuName", Text),
    ("userId", Text),
]);

/// `LicenseAssignmentList`.
pub(super) static LICENCES: Shape =
    Object(&[("etag", Text), ("items", List(&LICENCE)), ("kind", Text), ("nextPageToken", Text)]);

/// `SearchGroupsResponse` of Cloud Identity.
pub(super) static IDENTITY_GROUPS: Shape = Object(&[
    (
        "groups",
        List(&Object(&[
            ("description", Text),
            ("displayName", Text),
            ("dynamicGroupMetadata", Any),
            ("groupKey", Object(&[("id", Text), ("namespace", Text)])),
            ("labels", Any),
            ("name", Text),
            ("parent", Text),
        ])),
    ),
    ("nextPageToken", Text),
]);

/// `Policy` of Cloud Identity.
static POLICY: Shape = Object(&[
    ("customer", Text),
    ("name", Text),
    ("policyQuery", Object(&[("group", Text), ("orgUnit", Text), ("query", Text), ("sortOrder", Number)])),
    ("setting", Object(&[("type", Text), ("value", Any)])),
    ("type", Text),
]);

/// `ListPoliciesResponse`.
pub(super) static POLICIES: Shape = Object(&[("nextPageToken", Text), ("policies", List(&POLICY))]);

impl Shape {
    /// The field of that name, if this has one.
    pub(super) fn field(&self, name: &str) -> Option<&Shape> {
        match self {
            Object(fields) => fields.iter().find(|(field, _)| *field == name).map(|(_, shape)| shape),
            List(item) => item.field(name),
            Any => Some(&Any),
            Text | Flag | Number => None,
        }
    }

    /// What of a value does not fit, in Google's words.
    fn misfit(&self, value: &Value, place: &str) -> Option<String> {
        let fits = match (self, value) {
            (_, Value::Null)
            | (Any, _)
            | (Text, Value::String(_))
            | (Flag, Value::Bool(_))
            | (Number, Value::Number(_)) => true,
            (List(item), Value::Array(items)) => return items.iter().find_map(|value| item.misfit(value, place)),
            (Object(_), Value::Object(fields)) => {
                return fields.iter().find_map(|(name, value)| {
                    let inner = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                    match self.field(name) {
                        Some(shape) => shape.misfit(value, &inner),
                        None if place.is_empty() => Some(format!("Unknown name \"{name}\": Cannot find field.")),
                        None => Some(format!("Unknown name \"{name}\" at '{place}': Cannot find field.")),
                    }
                });
            }
            _ => false,
        };
        (!fits).then(|| format!("Invalid value at '{place}', {value}"))
    }
}

/// The body as JSON of this shape.
pub(super) fn body(request: &Request, shape: &Shape) -> Result<serde_json::Map<String, Value>, Reply> {
    let refuse =
        |detail: &str| errors::canonical(400, "badRequest", &format!("Invalid JSON payload received. {detail}"));
    if request.body.is_empty() {
        return Ok(serde_json::Map::new());
    }
    if request.header("content-type").is_none_or(|kind| !kind.to_ascii_lowercase().contains("json")) {
        return Err(refuse("The content type has to be application/json."));
    }
    let value = request.json().map_err(|_| refuse("Parser error."))?;
    if let Some(detail) = shape.misfit(&value, "") {
        return Err(refuse(&detail));
    }
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(refuse("Root element must be a message.")),
    }
}
