//! The usage report of a day. The wire contract does not describe it, so that nothing here is logged for it.

use reqwest::Method;
use serde_json::{Value, json};
use tripod_sandbox::Access;

use crate::support::{Answer, Client, rude_client};

async fn report(client: &Client, day: &str, query: &str) -> Answer {
    let token = client.token(Access::Write, "admin@juniper.example", &["admin.reports.usage.readonly"]).await;
    let path = format!("admin/reports/v1/usage/dates/{day}?{query}");
    client.call(Method::GET, "admin.googleapis.com", &path, &token, None).await
}

fn number(answer: &Answer, name: &str) -> Option<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let parameters = answer.body["usageReports"][0]["parameters"].as_array().unwrap();
    let found = parameters.iter().find(|parameter| parameter["name"] == format!("accounts:{name}"));
    found.map(|parameter| parameter["intValue"].as_str().unwrap().to_owned())
}

const USED: &str = "gsuite_unlimited_used_licenses";
const BOUGHT: &str = "gsuite_unlimited_total_licenses";

#[tokio::test]
async fn a_report_is_there_two_days_later_and_complete_at_noon() {
    let client = rude_client().await;
    // It is one in the morning of the 23rd at Google.
    for (day, message) in [
        ("2026-11-24", "Start date can not be later than 2026-11-23"),
        ("2026-11-22", "Data for dates later than 2026-11-21 is not yet available. Please check back later"),
    ] {
        let answer = report(&client, day, "").await;
        assert_eq!((answer.status, answer.reason(), answer.message()), (400, "invalid", message));
    }
    let early = report(&client, "2026-11-21", "").await;
    assert_eq!(early.body["warnings"][0]["code"], "PARTIAL_DATA_AVAILABLE");
    assert_eq!(early.body["warnings"][0]["data"][1], json!({"key": "application", "value": "accounts"}));
    assert_eq!(number(&early, BOUGHT), None);
    client.pass(11 * 3600).await;
    let whole = report(&client, "2026-11-21", "").await;
    assert_eq!((&whole.body["warnings"], number(&whole, BOUGHT)), (&Value::Null, Some("12".to_owned())));
}

#[tokio::test]
async fn a_report_counts_who_was_there_at_the_end_of_its_day() {
    let client = rude_client().await;
    let admin = client.admin().await;
    let new = json!({"primaryEmail": "new@juniper.example", "password": "correct horse battery staple",
                     "name": {"givenName": "New", "familyName": "One"}});
    assert_eq!(client.post("users", &admin, new).await.status, 200);
    client.pass(2 * 24 * 3600).await;
    assert_eq!(client.directory(Method::DELETE, "users/new@juniper.example", &admin, None).await.status, 204);
    client.pass(3 * 24 * 3600).await;
    // One got a licence three weeks before the start, one was made on the 23rd and deleted on the 25th.
    for (day, used) in [("2026-10-21", "6"), ("2026-11-22", "7"), ("2026-11-23", "8"), ("2026-11-25", "7")] {
        let wanted = format!("parameters=accounts:{USED},accounts:{BOUGHT},accounts:no_such_thing");
        let answer = report(&client, day, &wanted).await;
        assert_eq!((number(&answer, USED).as_deref(), number(&answer, BOUGHT).as_deref()), (Some(used), Some("12")));
        assert_eq!(answer.body["usageReports"][0]["parameters"].as_array().unwrap().len(), 2, "{}", answer.text);
    }
}

#[tokio::test]
async fn what_the_report_does_not_have_is_refused_and_not_left_out() {
    let client = rude_client().await;
    for (day, query, status) in [
        ("yesterday", "", 400),
        ("2026-11-20", "parameters=num_users", 400),
        ("2026-11-20", "parameters=gmail:num_emails_sent", 400),
        ("2026-11-20", "customerId=C0other", 403),
    ] {
        assert_eq!(report(&client, day, query).await.status, status, "{day} {query}");
    }
    let audit = client.token(Access::Write, "admin@juniper.example", &["admin.reports.audit.readonly"]).await;
    let path = "admin/reports/v1/usage/dates/2026-11-20";
    let answer = client.call(Method::GET, "admin.googleapis.com", path, &audit, None).await;
    assert_eq!((answer.status, answer.reason()), (403, "insufficientPermissions"));
}
