//! The Reports API's usage report: how many licences were bought and how many were in use on a day.
//!
//! From Google's pages on `customerUsageReports.get` and on the parameters of its application `accounts`. Its days are
//! those of Pacific Standard Time, and a report comes some days late.

use http::Method;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Deserialize;
use tripod_tenant::{ErrorKind, TenantError};

use crate::call::{Api, Call, Caller};
use crate::scope::USAGE_READ;

/// The editions that the report counts, by the names that Google gave them before they were called Workspace.
const EDITIONS: [&str; 3] = ["gsuite_basic", "gsuite_unlimited", "gsuite_enterprise"];
const ACCOUNTS: &str = "accounts:num_users";
const ARCHIVED: &str = "accounts:num_archived_users";
const FIELDS: &str = "warnings(data(key,value)),usageReports(parameters(name,intValue)),nextPageToken";

/// How many days old the latest report may be. Google says one to three; after this many it says nothing about today.
const OLDEST: i32 = 10;
/// How many days before a report others are looked at, to see whether the number bought has followed the one in use.
const EARLIER: [i32; 5] = [7, 30, 90, 180, 360];

/// The licences of one edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edition {
    name: &'static str,
    /// How many were bought; 0 where the report does not say.
    pub(crate) bought: u64,
    pub(crate) used: u64,
}

/// What a report says of licences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Licences {
    /// The day that the report is of.
    pub(crate) day: Date,
    /// The editions of which there are any.
    pub(crate) editions: Vec<Edition>,
    /// How many accounts there were. Those that are archived have licences of another kind and are left out.
    pub(crate) accounts: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    warnings: Vec<Warning>,
    #[serde(default)]
    usage_reports: Vec<Report>,
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Warning {
    #[serde(default)]
    data: Vec<Pair>,
}

#[derive(Debug, Deserialize)]
struct Pair {
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
struct Report {
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameter {
    name: String,
    /// A number, which JSON has as a text.
    int_value: Option<String>,
}

impl Edition {
    #[cfg(test)]
    pub(crate) fn new(name: &'static str, bought: u64, used: u64) -> Self {
        Self { name, bought, used }
    }
}

impl Warning {
    /// Whether it may be about the accounts. A warning says that there is nothing yet, or not all.
    fn concerns_accounts(&self) -> bool {
        let mut applications = self.data.iter().filter(|pair| pair.key == "application").peekable();
        applications.peek().is_none() || applications.any(|pair| pair.value == "accounts")
    }
}

impl Licences {
    /// What the pages of a day's report say; nothing while the report is not complete.
    fn read(day: Date, pages: &[Page]) -> Option<Self> {
        if pages.iter().flat_map(|page| &page.warnings).any(Warning::concerns_accounts) {
            return None;
        }
        let parameters = || pages.iter().flat_map(|page| &page.usage_reports).flat_map(|report| &report.parameters);
        let number = |name: &str| {
            let value = parameters().find(|parameter| parameter.name == name)?.int_value.as_ref()?;
            value.parse::<u64>().ok()
        };
        let edition = |name: &'static str| Edition {
            name,
            bought: number(&bought(name)).unwrap_or(0),
            used: number(&used(name)).unwrap_or(0),
        };
        let accounts = number(ACCOUNTS)?.saturating_sub(number(ARCHIVED).unwrap_or(0));
        let editions = EDITIONS.into_iter().map(edition).filter(|edition| edition.bought + edition.used > 0).collect();
        Some(Self { day, editions, accounts })
    }
}

fn bought(edition: &str) -> String {
    format!("accounts:{edition}_total_licenses")
}

fn used(edition: &str) -> String {
    format!("accounts:{edition}_used_licenses")
}

/// The day to ask for after Google has said that it has no report of this one: the one that it names, or the day
/// before. Nothing if the error says something else. The sentences are in no document of Google's; other programs
/// go by the same.
fn earlier(asked: Date, error: &TenantError) -> Option<Date> {
    if error.kind != ErrorKind::Invalid {
        return None;
    }
    let named = error.message.split_once("later than ").and_then(|(_, rest)| rest.get(..10)?.parse::<Date>().ok());
    if named.is_none() && !error.message.contains("LastReportedDate") {
        return None;
    }
    named.filter(|day| *day < asked).or_else(|| asked.yesterday().ok())
}

impl Caller {
    /// The licences by the latest report that is complete. An error of kind [`ErrorKind::Missing`] if there is none of
    /// the last days.
    pub(crate) async fn licences(&self) -> Result<Licences, TenantError> {
        let today = Offset::constant(-8).to_datetime(self.clock.now()).date();
        let mut day = today.saturating_sub(1.day());
        while day >= today.saturating_sub(OLDEST.days()) {
            let before = match self.licences_on(day).await {
                Ok(Some(licences)) => return Ok(licences),
                Ok(None) => day.yesterday().ok(),
                Err(error) => Some(earlier(day, &error).ok_or(error)?),
            };
            let Some(before) = before else { break };
            day = before;
        }
        let message = format!("Google has no complete report of the last {OLDEST} days");
        Err(TenantError::new(ErrorKind::Missing, "read the usage report", message))
    }

    /// Whether the number of licences is fixed, so that there is none for a new account when all are in use. On the
    /// Flexible Plan the report has as many bought as are in use, every day, and each new account brings its own.
    pub(crate) async fn is_fixed(&self, licences: &Licences) -> bool {
        let mut open: Vec<Edition> = licences.editions.iter().filter(|one| one.bought == one.used).copied().collect();
        for days in EARLIER {
            if open.is_empty() {
                return true;
            }
            // An earlier report that cannot be had shows nothing.
            if let Ok(Some(before)) = self.licences_on(licences.day.saturating_sub(days.days())).await {
                open.retain(|now| !before.editions.iter().any(|then| shows_fixed(*then, *now)));
            }
        }
        open.is_empty()
    }

    /// The licences by the report of one day; nothing while it is not complete.
    async fn licences_on(&self, day: Date) -> Result<Option<Licences>, TenantError> {
        let parameters = EDITIONS.into_iter().flat_map(|edition| [bought(edition), used(edition)]);
        let parameters: Vec<_> = parameters.chain([ACCOUNTS.to_owned(), ARCHIVED.to_owned()]).collect();
        let path = format!("/admin/reports/v1/usage/dates/{day}");
        let what = format!("read the usage report of {day}");
        let call = Call::new(Api::Reports, self.admin(), USAGE_READ, Method::GET, path, what)
            .query("customerId", &self.tenant.customer)
            .query("parameters", parameters.join(","))
            .query("fields", FIELDS);
        let pages = self
            .pages(call, |mut page: Page| {
                let next = page.next_page_token.take();
                (vec![page], next)
            })
            .await?;
        Ok(Licences::read(day, &pages))
    }
}

/// Whether the number bought stayed the same while fewer were in use.
fn shows_fixed(then: Edition, now: Edition) -> bool {
    then.name == now.name && then.bought == now.bought && then.used < now.used
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn page(warnings: &Value, numbers: &[(&str, &str)]) -> Page {
        let parameter = |(name, value): &(&str, &str)| json!({ "name": format!("accounts:{name}"), "intValue": value });
        let parameters: Vec<Value> = numbers.iter().map(parameter).collect();
        let page = json!({ "warnings": warnings, "usageReports": [{ "parameters": parameters }] });
        serde_json::from_value(page).unwrap()
    }

    fn read(pages: &[Page]) -> Option<Licences> {
        Licences::read(day("2026-11-20"), pages)
    }

    #[test]
    fn the_numbers_of_all_pages_count_and_an_edition_without_any_does_not() {
        let pages = [
            page(&json!([]), &[("num_users", "15"), ("gsuite_unlimited_total_licenses", "12")]),
            page(&json!([]), &[("num_archived_users", "2"), ("gsuite_unlimited_used_licenses", "11")]),
            page(&json!([]), &[("gsuite_basic_total_licenses", "0"), ("gsuite_basic_used_licenses", "0")]),
        ];
        let editions = vec![Edition { name: "gsuite_unlimited", bought: 12, used: 11 }];
        assert_eq!(read(&pages), Some(Licences { day: day("2026-11-20"), editions, accounts: 13 }));
    }

    #[test]
    fn a_report_that_is_not_complete_says_nothing() {
        let numbers = [("num_users", "15"), ("gsuite_basic_used_licenses", "11")];
        let about = |application: &str| json!([{ "code": "PARTIAL_DATA_AVAILABLE", "data": [{ "key": "application", "value": application }] }]);
        assert_eq!(read(&[page(&about("accounts"), &numbers)]), None);
        // Whatever it is about: nobody says that it is not the accounts.
        assert_eq!(read(&[page(&json!([{ "code": "200" }]), &numbers)]), None);
        assert!(read(&[page(&about("docs"), &numbers)]).is_some());
        // Nothing in it at all, as while the day is not worked off.
        assert_eq!(read(&[page(&json!([]), &[])]), None);
        let empty = json!({ "kind": "admin#reports#usageReports" });
        assert_eq!(read(&[serde_json::from_value(empty).unwrap()]), None);
    }

    #[test]
    fn the_day_that_an_error_names_is_asked_for_next_and_never_a_later_one() {
        let asked = day("2026-11-22");
        let next = |message: &str| earlier(asked, &TenantError::new(ErrorKind::Invalid, "read", message));
        for (message, expected) in [
            ("Data for dates later than 2026-11-19 is not yet available. Please check back later", "2026-11-19"),
            ("Start date can not be later than 2026-11-20 (HTTP 400, invalid)", "2026-11-20"),
            ("End date greater than LastReportedDate", "2026-11-21"),
            // What would go on for ever.
            ("Data for dates later than 2026-11-22 is not yet available", "2026-11-21"),
            ("Data for dates later than 2026-12-24 is not yet available", "2026-11-21"),
        ] {
            assert_eq!(next(message), Some(day(expected)), "{message}");
        }
        for message in ["Invalid customer ID", "no later than noon", "later than 2026-1é-01"] {
            assert_eq!(next(message), None, "{message}");
        }
        let elsewhere = TenantError::new(ErrorKind::Denied, "read", "Data for dates later than 2026-11-19");
        assert_eq!(earlier(asked, &elsewhere), None);
    }

    #[test]
    fn a_number_that_follows_the_accounts_is_not_fixed() {
        let edition = |bought, used| Edition { name: "gsuite_basic", bought, used };
        assert!(shows_fixed(edition(12, 10), edition(12, 12)));
        assert!(!shows_fixed(edition(10, 10), edition(12, 12)));
        assert!(!shows_fixed(edition(12, 12), edition(12, 12)));
        assert!(!shows_fixed(edition(0, 10), edition(12, 12)));
        assert!(!shows_fixed(Edition { name: "gsuite_enterprise", ..edition(12, 10) }, edition(12, 12)));
    }
}
