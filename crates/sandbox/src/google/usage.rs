//! The usage report of a day: the Reports API's `customerUsageReports.get`, of which the sandbox keeps the accounts.
//!
//! From Google's pages on the method and on the parameters of the application `accounts`. What it answers where there
//! is no report yet is in none of them; other programs go by these words.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::state::{Tenant, User};
use super::{Answer, Call, errors, is_customer, paging, reply, resource, schema};
use crate::wire::Reply;

/// Google's days are those of Pacific Standard Time.
const ZONE: Offset = Offset::constant(-8);
/// How many days after its own a report is there at the earliest: «one to three».
const DELAY: i32 = 2;
/// Until this hour of that day it is not complete.
const COMPLETE_AT: i8 = 12;
/// How many parameters a page has. Google does not say how many; so few, because a client has to read all pages.
const PER_PAGE: usize = 4;
/// The applications that a parameter can be of.
const APPLICATIONS: [&str; 14] = [
    "accounts",
    "app_maker",
    "apps_scripts",
    "calendar",
    "chat",
    "classroom",
    "cros",
    "device_management",
    "docs",
    "drive",
    "gmail",
    "gplus",
    "meet",
    "sites",
];

/// `GET admin/reports/v1/usage/dates/{date}`
pub(super) fn report(tenant: &Tenant, call: &Call, date: &str) -> Answer {
    if call.request.method != http::Method::GET {
        return Err(errors::no_method());
    }
    call.admin(tenant, &["admin.reports.usage.readonly"])?;
    if call.request.query_value("customerId").is_some_and(|customer| !is_customer(tenant, &customer)) {
        return Err(errors::forbidden());
    }
    let date = date.parse::<Date>().map_err(|_| errors::invalid("date"))?;
    let wanted = wanted(call.request.query_value("parameters").as_deref())?;
    let page = paging::page(call.request, "maxResults", PER_PAGE, 1000, call.now())?;
    let now = ZONE.to_datetime(call.now());
    let latest = now.date().saturating_sub(DELAY.days());
    let refuse = |text: String| Err(errors::directory(400, "invalid", &text));
    if date > now.date() {
        return refuse(format!("Start date can not be later than {}", now.date()));
    }
    if date > latest {
        return refuse(format!("Data for dates later than {latest} is not yet available. Please check back later"));
    }
    let is_complete = date < latest || now.hour() >= COMPLETE_AT;
    let mut found = numbers(tenant, date, is_complete);
    found.sort();
    found.retain(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted.contains(name)) && *name > page.after);
    let more = found.len() > page.most;
    found.truncate(page.most);
    let tag = |what: &str| resource::etag(&format!("{what} {date} {found:?}"));
    let parameter = |(name, number): &(String, usize)| json!({"name": name, "intValue": number.to_string()});
    let mut body = json!({
        "kind": "admin#reports#usageReports",
        "etag": tag("reports"),
        "usageReports": [{
            "kind": "admin#reports#usageReport",
            "date": date.to_string(),
            "etag": tag("report"),
            "entity": {"type": "CUSTOMER", "customerId": tenant.customer},
            "parameters": found.iter().map(parameter).collect::<Vec<Value>>(),
        }],
    });
    if !is_complete {
        let text = format!(
            "Data for date {date} for application \"accounts\" is not available right now, please try again after a few \
             hours."
        );
        let pairs = [("date", date.to_string()), ("application", "accounts".to_owned())];
        let pairs = pairs.map(|(key, value)| json!({"key": key, "value": value}));
        body["warnings"] = json!([{"code": "PARTIAL_DATA_AVAILABLE", "message": text, "data": pairs}]);
    }
    if more && let Some((name, _)) = found.last() {
        body["nextPageToken"] = json!(page.next(name));
    }
    reply(call, 200, body, &schema::USAGES)
}

/// The parameters that are asked for; all where nothing is said. One that an application does not have is ignored.
fn wanted(parameters: Option<&str>) -> Result<Option<Vec<String>>, Reply> {
    let Some(text) = parameters.filter(|text| !text.is_empty()) else { return Ok(None) };
    let names: Vec<String> = text.split(',').map(str::to_owned).collect();
    let invalid = |name: &String| {
        !name.split_once(':').is_some_and(|(application, rest)| APPLICATIONS.contains(&application) && !rest.is_empty())
    };
    if names.iter().any(invalid) {
        return Err(errors::directory(400, "invalidParameter", "Invalid value for parameter parameters"));
    }
    if let Some(other) = names.iter().find(|name| !name.starts_with("accounts:")) {
        // An empty answer would say that there was nothing to count.
        return Err(errors::directory(400, "invalidParameter", &format!("The sandbox does not count {other}.")));
    }
    Ok(Some(names))
}

/// What there was at the end of a day. While it is not complete, how many licences were bought is not known yet.
fn numbers(tenant: &Tenant, date: Date, is_complete: bool) -> Vec<(String, usize)> {
    let midnight =
        date.tomorrow().ok().and_then(|next| ZONE.to_timestamp(next.to_datetime(jiff::civil::Time::midnight())).ok());
    let end = midnight.unwrap_or(Timestamp::MAX);
    let count = |is: fn(&User, Timestamp) -> bool| {
        // Whoever was gone when the sandbox began is in no report: there need not have been a seat for them.
        let there = |user: &&User| user.deleted.is_none_or(|at| at >= end && at >= tenant.starts);
        tenant.users.values().filter(there).filter(|user| is(user, end)).count()
    };
    let mut numbers = vec![
        ("num_users", count(|user, end| user.created < end && !user.guest)),
        ("num_archived_users", count(|user, end| user.created < end && user.archived)),
        // The one edition of which the sandbox has licences, Business Standard.
        (
            "gsuite_unlimited_used_licenses",
            count(|user, end| user.has_seat() && user.licensed.is_some_and(|since| since < end)),
        ),
        ("gsuite_basic_total_licenses", 0),
        ("gsuite_basic_used_licenses", 0),
    ];
    numbers.extend(tenant.seats.filter(|_| is_complete).map(|seats| ("gsuite_unlimited_total_licenses", seats)));
    numbers.into_iter().map(|(name, number)| (format!("accounts:{name}"), number)).collect()
}
