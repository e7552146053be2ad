//! The audit log of grants to apps: the Reports API's application `token` (facts sheet, Google 5).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::state::{Tenant, TokenEvent};
use super::{Answer, Call, build, errors, is_customer, paging, reply, resource, schema, users};
use crate::wire::{Reply, Request};

/// How late an event can be seen: «minutes to hours».
const DELAY: SignedDuration = SignedDuration::from_mins(30);
/// How long it is kept: about six months.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 180);
/// How many filtered queries there may be in a minute.
const FILTERED: u32 = 250;
/// The events that the log of this application knows.
const EVENTS: [&str; 5] = ["authorize", "revoke", "activity", "request", "deny"];

/// What a query asks for.
struct Wanted {
    user: Option<String>,
    event: Option<String>,
    unit: Option<String>,
    from: Timestamp,
    until: Timestamp,
    /// Parameter, whether it has to be equal or not, value.
    parameters: Vec<(String, bool, String)>,
}

/// `GET admin/reports/v1/activity/users/{user}/applications/{application}`, the latest first.
pub(super) fn activities(tenant: &mut Tenant, call: &Call, user: &str, application: &str) -> Answer {
    if call.request.method != http::Method::GET {
        return Err(errors::no_method());
    }
    call.admin(tenant, &["admin.reports.audit.readonly"])?;
    if application != "token" {
        // The sandbox keeps no other log, and an empty one would say that nothing had happened.
        let text = format!("The sandbox has no log of the application {application}.");
        return Err(errors::directory(400, "invalidParameter", &text));
    }
    let now = call.now();
    let page = paging::page(call.request, "maxResults", 1000, 1000, now)?;
    let wanted = Wanted::read(tenant, call.request, user, now)?;
    if wanted.is_filtered() && too_many(tenant, now) {
        // Google says 503 here, not 429.
        return Err(errors::directory(503, "backendError", "Service unavailable. Please try again"));
    }
    let mut found: Vec<(&str, &TokenEvent)> = tenant.events.iter().filter(|(_, event)| wanted.finds(event)).collect();
    found.reverse();
    found.retain(|(key, _)| page.after.is_empty() || *key < page.after.as_str());
    let more = found.len() > page.most;
    found.truncate(page.most);
    let items: Vec<Value> = found.iter().map(|(key, event)| activity(tenant, key, event)).collect();
    let tags: String = items.iter().filter_map(|item| item["etag"].as_str()).collect();
    let mut body = json!({"kind": "admin#reports#activities", "etag": resource::etag(&tags)});
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    if more && let Some((key, _)) = found.last() {
        body["nextPageToken"] = json!(page.next(key));
    }
    reply(call, 200, body, &schema::ACTIVITIES)
}

/// Counts a filtered query, and says whether it is one too many in this minute.
fn too_many(tenant: &mut Tenant, now: Timestamp) -> bool {
    let (since, count) = &mut tenant.filtered;
    if now.duration_since(*since) >= SignedDuration::from_mins(1) {
        (*since, *count) = (now, 0);
    }
    *count = count.saturating_add(1);
    *count > FILTERED
}

impl Wanted {
    fn read(tenant: &Tenant, request: &Request, user: &str, now: Timestamp) -> Result<Self, Reply> {
        let value = |name: &str| request.query_value(name).filter(|value| !value.is_empty());
        let invalid =
            |name: &str| errors::directory(400, "invalidParameter", &format!("Invalid value for parameter {name}"));
        // What the sandbox does not go by, it must not seem to.
        for name in [
            "actorIpAddress",
            "groupIdFilter",
            "agentInfoFilter",
            "applicationInfoFilter",
            "deviceFilter",
            "networkInfoFilter",
            "resourceDetailsFilter",
            "statusFilter",
        ] {
            if value(name).is_some() {
                return Err(invalid(name));
            }
        }
        if value("customerId").is_some_and(|customer| !is_customer(tenant, &customer)) {
            return Err(errors::forbidden());
        }
        let time = |name: &str| match value(name) {
            None => Ok(None),
            Some(text) => text.parse::<Timestamp>().map(Some).map_err(|_| invalid(name)),
        };
        let oldest = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        let newest = now.saturating_sub(DELAY).unwrap_or(Timestamp::MIN);
        let (from, until) = (time("startTime")?, time("endTime")?);
        if from.zip(until).is_some_and(|(from, until)| from > until) || from.is_some_and(|from| from > now) {
            return Err(invalid("startTime"));
        }
        let user = match user {
            "all" => None,
            // Which status Google gives for a user that it does not know is in no source that the sheet found.
            key => Some(tenant.user(key).ok_or_else(|| errors::invalid("userKey"))?.id.clone()),
        };
        Ok(Self {
            user,
            event: match value("eventName") {
                Some(name) if !EVENTS.contains(&name.as_str()) => return Err(invalid("eventName")),
                name => name,
            },
            unit: match value("orgUnitID") {
                Some(id) => {
                    let same = |path: &str| format!("id:{}", build::unit_id(&tenant.customer, path)) == id;
                    let mut paths = tenant.units.iter().map(|(path, _)| path);
                    Some(paths.find(|path| same(path)).ok_or_else(|| invalid("orgUnitID"))?.to_owned())
                }
                None => None,
            },
            from: from.map_or(oldest, |from| from.max(oldest)),
            until: until.map_or(newest, |until| until.min(newest)),
            parameters: match value("filters") {
                Some(text) => text.split(',').map(filter).collect::<Option<_>>().ok_or_else(|| invalid("filters"))?,
                None => Vec::new(),
            },
        })
    }

    fn is_filtered(&self) -> bool {
        self.user.is_some() || self.event.is_some() || self.unit.is_some() || !self.parameters.is_empty()
    }

    fn finds(&self, event: &TokenEvent) -> bool {
        let parameter = |(name, equal, value): &(String, bool, String)| {
            let is = match name.as_str() {
                "client_id" => event.grant.client == *value,
                "app_name" => event.grant.app == *value,
                "scope" => event.grant.scopes.contains(value),
                // Every client of the sandbox is a web application.
                _ => value == "WEB",
            };
            is == *equal
        };
        self.user.as_ref().is_none_or(|id| *id == event.user)
            && self.event.as_ref().is_none_or(|name| *name == event.name)
            && self.unit.as_ref().is_none_or(|path| *path == event.unit)
            && (self.from..=self.until).contains(&event.at)
            && self.parameters.iter().all(parameter)
    }
}

/// `client_id==…` or `client_id<>…`.
fn filter(text: &str) -> Option<(String, bool, String)> {
    let (name, value, equal) = match (text.split_once("=="), text.split_once("<>")) {
        (Some((name, value)), _) => (name, value, true),
        (None, Some((name, value))) => (name, value, false),
        (None, None) => return None,
    };
    let known = matches!(name, "client_id" | "app_name" | "scope" | "client_type");
    known.then(|| (name.to_owned(), equal, value.to_owned()))
}

fn activity(tenant: &Tenant, key: &str, event: &TokenEvent) -> Value {
    let grant = &event.grant;
    let scopes: Vec<Value> = grant
        .scopes
        .iter()
        .map(|scope| {
            let name = json!({"name": "scope_name", "value": scope});
            json!({"parameter": [name, {"name": "product_bucket", "multiValue": [product(scope)]}]})
        })
        .collect();
    let qualifier = key.rsplit('/').next().unwrap_or_default().trim_start_matches('0');
    json!({
        "kind": "admin#reports#activity",
        "id": {
            "time": users::time(event.at),
            "uniqueQualifier": if qualifier.is_empty() { "0" } else { qualifier },
            "applicationName": "token",
            "customerId": tenant.customer,
        },
        "etag": resource::etag(&format!("activity {key}")),
        "actor": {"callerType": "USER", "email": event.address, "profileId": event.user},
        "ipAddress": "192.0.2.17",
        "events": [{
            "type": "auth",
            "name": event.name,
            "parameters": [
                {"name": "client_id", "value": grant.client},
                {"name": "app_name", "value": grant.app},
                {"name": "client_type", "value": "WEB"},
                {"name": "scope_data", "multiMessageValue": scopes},
                {"name": "scope", "multiValue": grant.scopes},
            ],
        }],
    })
}

/// Which of Google's products a scope opens.
fn product(scope: &str) -> &'static str {
    let short = scope.strip_prefix(super::account::PREFIX).unwrap_or(scope);
    match short.split('.').next().unwrap_or_default() {
        "drive" | "documents" | "spreadsheets" => "DRIVE",
        "calendar" => "CALENDAR",
        "gmail" => "GMAIL",
        "contacts" => "CONTACTS",
        "admin" => "GSUITE_ADMIN",
        _ if scope.starts_with("https://mail.google.com") => "GMAIL",
        "openid" | "email" | "profile" | "userinfo" => "IDENTITY",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_compares_a_parameter_that_the_log_has() {
        assert_eq!(filter("client_id==x"), Some(("client_id".into(), true, "x".into())));
        assert_eq!(filter("app_name<>Slack"), Some(("app_name".into(), false, "Slack".into())));
        assert_eq!(filter("colour==red"), None);
        assert_eq!(filter("client_id"), None);
    }
}
