//! `users.get` and `users.list` (facts sheet, Google 3).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::state::{Owner, Tenant, User};
use super::{Answer, Call, errors, paging, query, reply, resource, schema};
use crate::wire::Reply;

const READ: [&str; 2] = ["admin.directory.user.readonly", "admin.directory.user"];

/// RFC 3339 with milliseconds, as the Directory API writes times.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The etag of a user. It changes when the mailbox appears, too.
pub(super) fn etag(tenant: &Tenant, user: &User, now: Timestamp) -> String {
    resource::etag(&format!("user {} {} {}", user.id, user.revision, tenant.has_mailbox(user, now)))
}

/// `GET users/{key}`.
pub(super) fn get(tenant: &Tenant, call: &Call, key: &str) -> Answer {
    let view = View::of(call)?;
    let user = readable(tenant, call, key)?;
    reply(call, 200, resource(tenant, user, call.now(), view), &schema::USER)
}

fn readable<'a>(tenant: &'a Tenant, call: &Call, key: &str) -> Result<&'a User, Reply> {
    call.caller.needs(&READ)?;
    let public = call.request.query_value("viewType").as_deref() == Some("domain_public");
    if !public && !call.caller.is_admin(tenant) {
        return Err(errors::forbidden());
    }
    find(tenant, key, call.now())
}

/// The user that a key names, once reads can see it.
pub(super) fn find<'a>(tenant: &'a Tenant, key: &str, now: Timestamp) -> Result<&'a User, Reply> {
    if key.contains('@') && !tenant.is_ours(key) && tenant.user(key).is_none() {
        return Err(errors::forbidden());
    }
    let user = tenant.user(key).filter(|user| tenant.is_visible(user.created, now));
    user.ok_or_else(|| errors::missing("userKey"))
}

/// How much of a user is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The administrator's view without custom fields.
    Basic,
    /// With custom fields.
    Full,
    /// What everybody in the domain may see.
    Public,
}

impl View {
    fn of(call: &Call) -> Result<Self, Reply> {
        let projection = call.request.query_value("projection");
        let invalid =
            |value: &str| errors::directory(400, "invalidParameter", &format!("Invalid string value: '{value}'."));
        let full = match projection.as_deref() {
            None | Some("basic") => false,
            Some("full") => true,
            Some("custom") if call.request.query_value("customFieldMask").is_some() => true,
            Some("custom") => {
                return Err(errors::directory(400, "required", "Missing required field: customFieldMask"));
            }
            Some(other) => return Err(invalid(other)),
        };
        match call.request.query_value("viewType").as_deref() {
            None | Some("admin_view") => Ok(if full { Self::Full } else { Self::Basic }),
            Some("domain_public") => Ok(Self::Public),
            Some(other) => Err(invalid(other)),
        }
    }
}

/// A user as the API shows it.
pub(super) fn resource(tenant: &Tenant, user: &User, now: Timestamp, view: View) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("kind", json!("admin#directory#user"));
    put("id", json!(user.id));
    put("etag", json!(etag(tenant, user, now)));
    put("primaryEmail", json!(user.primary));
    let name = json!({"givenName": user.given, "familyName": user.family, "fullName": user.full_name()});
    put("name", name);
    let mut emails = vec![json!({"address": user.primary, "primary": true})];
    emails.extend(user.aliases.iter().map(|alias| json!({"address": alias})));
    put("emails", Value::Array(emails));
    for (name, value) in &user.other {
        let secret = matches!(name.as_str(), "recoveryEmail" | "recoveryPhone");
        let hidden = (name == "customSchemas" && view != View::Full) || (view == View::Public && secret);
        if !hidden && name != "emails" {
            put(name, value.clone());
        }
    }
    if view == View::Public {
        return Value::Object(out);
    }
    put("isAdmin", json!(user.admin));
    put("isDelegatedAdmin", json!(false));
    // The epoch marks an account that nobody ever signed in to (facts sheet, Google 1.2).
    put("lastLoginTime", json!(time(user.last_login.unwrap_or(Timestamp::UNIX_EPOCH))));
    put("creationTime", json!(time(user.created)));
    put("agreedToTerms", json!(user.last_login.is_some()));
    put("suspended", json!(user.suspended));
    if let Some(at) = user.suspended_at.filter(|_| user.suspended) {
        put("suspensionReason", json!("ADMIN"));
        put("suspensionTime", json!(time(at)));
    }
    put("archived", json!(user.archived));
    put("changePasswordAtNextLogin", json!(user.change_password));
    put("ipWhitelisted", json!(false));
    if !user.aliases.is_empty() {
        put("aliases", json!(user.aliases));
    }
    put("customerId", json!(tenant.customer));
    put("orgUnitPath", json!(user.unit));
    put("isMailboxSetup", json!(tenant.has_mailbox(user, now)));
    put("isEnrolledIn2Sv", json!(user.second_factor));
    put("isEnforcedIn2Sv", json!(false));
    put("includeInGlobalAddressList", json!(user.listed));
    put("isGuestUser", json!(user.guest));
    if user.guest {
        put("guestAccountInfo", json!({"primaryGuestEmail": user.primary}));
    }
    if let Some(at) = user.deleted {
        put("deletionTime", json!(time(at)));
    }
    Value::Object(out)
}

/// How long a deleted user can be brought back.
pub(super) const RESTORABLE: SignedDuration = SignedDuration::from_hours(24 * 20);

/// `GET users`.
pub(super) fn list(tenant: &Tenant, call: &Call) -> Answer {
    call.admin(tenant, &READ)?;
    let view = View::of(call)?;
    let now = call.now();
    let page = paging::page(call.request, "maxResults", 100, 500, now)?;
    let value = |name: &str| call.request.query_value(name).filter(|value| !value.is_empty());
    let domain = within(tenant, value("customer"), value("domain"))?;
    let query = value("query").map(|text| query::Query::parse(&text)).transpose()?;
    let order = match value("orderBy").as_deref() {
        None | Some("email") => Order::Email,
        Some("familyName") => Order::Family,
        Some("givenName") => Order::Given,
        Some(other) => {
            return Err(errors::directory(400, "invalidParameter", &format!("Invalid string value: '{other}'.")));
        }
    };
    let descending = value("sortOrder").as_deref() == Some("DESCENDING");
    // A text in the interface, and taken in any case: GAM writes `True`.
    let deleted = value("showDeleted").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let manager_of = |address: &str| tenant.user(address)?.seen_by_search(now)?.manager;
    let wanted = |user: &User| {
        let alive = match user.deleted {
            None => !deleted && tenant.is_visible(user.created, now),
            Some(at) => deleted && now.duration_since(at) < RESTORABLE,
        };
        let domain =
            domain.as_ref().is_none_or(|domain| user.primary.rsplit_once('@').is_some_and(|(_, of)| of == domain));
        // A search sees the directory as it was an hour ago; a plain list sees it as it is.
        let found = || {
            let finds =
                |query: &query::Query| user.seen_by_search(now).is_some_and(|seen| query.finds(&seen, &manager_of));
            query.as_ref().is_none_or(finds)
        };
        alive && domain && found()
    };
    // The common listing goes along the index of addresses, so that a page of many does not sort them all.
    let users: Vec<(String, &User)> = if order == Order::Email && !descending && !deleted {
        let owners = tenant.addresses.after(&page.after);
        let users = owners.filter_map(|(address, owner)| match owner {
            Owner::User(id) => tenant.users.get(id).filter(|user| user.primary == address && wanted(user)),
            Owner::Group(_) => None,
        });
        users.map(|user| (user.primary.clone(), user)).take(page.most + 1).collect()
    } else {
        let mut users: Vec<(String, &User)> =
            tenant.users.values().filter(|user| wanted(user)).map(|user| (order.key(user), user)).collect();
        users.sort_by(|a, b| a.0.cmp(&b.0));
        if descending {
            users.reverse();
        }
        let start = users.iter().position(|(key, _)| *key == page.after).map_or(0, |place| place + 1);
        users.into_iter().skip(start).take(page.most + 1).collect()
    };
    let more = users.len() > page.most;
    let shown = &users[..users.len().min(page.most)];
    let items: Vec<Value> = shown.iter().map(|(_, user)| resource(tenant, user, now, view)).collect();
    let tags: String = items.iter().filter_map(|item| item["etag"].as_str()).collect();
    let mut body = json!({"kind": "admin#directory#users", "etag": resource::etag(&tags)});
    if !items.is_empty() {
        body["users"] = Value::Array(items);
    }
    if more && let Some((key, _)) = shown.last() {
        body["nextPageToken"] = json!(page.next(key));
    }
    reply(call, 200, body, &schema::USERS)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Email,
    Family,
    Given,
}

impl Order {
    /// What to sort by; the id at the end makes it one order.
    fn key(self, user: &User) -> String {
        match self {
            Self::Email => user.primary.clone() + "\t" + &user.id,
            Self::Family => format!("{}\t{}\t{}", user.family.to_lowercase(), user.given.to_lowercase(), user.id),
            Self::Given => format!("{}\t{}\t{}", user.given.to_lowercase(), user.family.to_lowercase(), user.id),
        }
    }
}

/// Checks `customer` and `domain`, one of which a list needs, and gives the domain to keep to.
pub(super) fn within(
    tenant: &Tenant,
    customer: Option<String>,
    domain: Option<String>,
) -> Result<Option<String>, Reply> {
    match (customer, domain) {
        (None, None) => Err(errors::directory(400, "badRequest", "Bad Request")),
        (Some(customer), _) if !super::is_customer(tenant, &customer) => {
            // A domain passed as customer is a bad request; another customer is somebody else's.
            Err(if customer.contains('.') {
                errors::directory(400, "badRequest", "Bad Request")
            } else {
                errors::forbidden()
            })
        }
        (_, Some(domain)) => {
            let domain = domain.to_ascii_lowercase();
            if tenant.domains.contains(&domain) {
                Ok(Some(domain))
            } else {
                Err(errors::directory(404, "notFound", "Domain not found."))
            }
        }
        (Some(_), None) => Ok(None),
    }
}
