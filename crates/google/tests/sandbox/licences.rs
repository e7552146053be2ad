//! How the doctor finds out whether there is a licence for each new account. The wire contract does not describe the
//! usage report, so that none of these exchanges is logged for it.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tripod_google::{GoogleDoctor, ServiceAccountKey};
use tripod_model::{Kind, WantedMailbox};
use tripod_sandbox::{Access, Fault, Standing, World};
use tripod_tenant::{CauseId, Diagnosing, Diagnosis, Endpoints, ErrorKind, Outcome, Purpose};

use crate::sign_in::diagnosed::wanted;
use crate::sign_in::{Customer, customer_with};
use crate::support::at;

const REPORT: &str = "/usage/dates/";
/// Everybody who lives has a licence but for Eve, who is archived, and so has the mailbox that is there.
const USED: usize = 7;

/// A customer of so many seats.
async fn customer(seats: usize) -> Customer {
    let lines = format!("    seats: {seats}\n");
    let customer = customer_with("{}", &lines).await;
    let licensed = tripod_sandbox::Condition::Standing(Standing::Active);
    customer.sandbox.with_world(|world| world.set(&at("guy"), &licensed)).unwrap();
    customer
}

fn new(names: &[&str]) -> Vec<WantedMailbox> {
    let mailbox = |name: &&str| WantedMailbox { address: at(name), ..wanted(Kind::SharedMailbox) };
    names.iter().map(mailbox).collect()
}

/// What the doctor says of licences, if anything.
async fn looked_at(customer: &Customer, mailboxes: &[WantedMailbox]) -> Option<Diagnosis> {
    said_of_licences(&customer.doctor(customer.key(Access::Read), false), mailboxes).await
}

async fn said_of_licences(doctor: &GoogleDoctor, mailboxes: &[WantedMailbox]) -> Option<Diagnosis> {
    let found = doctor.diagnose(&[Purpose::Plan], mailboxes).await;
    found.into_iter().find(|diagnosis| diagnosis.subject.starts_with("free licences"))
}

fn why(diagnosis: Option<Diagnosis>) -> String {
    match diagnosis.unwrap().outcome {
        Outcome::Unknown { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

fn fault(customer: &Customer, matching: &str, what: &str) {
    let fault: Fault = serde_json::from_value(json!({ "matching": matching, "what": what })).unwrap();
    customer.sandbox.with_world(|world: &mut World| world.add_fault(fault)).unwrap();
}

#[tokio::test]
async fn the_latest_complete_report_is_read_to_its_last_page_and_the_day_is_told() {
    let customer = customer(USED + 2).await;
    let diagnosis = looked_at(&customer, &new(&["one", "two"])).await.unwrap();
    assert_eq!(diagnosis.outcome, Outcome::Fine);
    // The sandbox's clock stands at an hour after midnight of 23 November at Google.
    assert_eq!(diagnosis.subject, "free licences (9 bought, 7 in use, by Google's report of 2026-11-20)");
    // There is none of the 22nd, and the one of the 21st is not complete.
    let asked = ["2026-11-22", "2026-11-21", "2026-11-20"].map(|day| customer.exchanges(&format!("{REPORT}{day}")));
    assert_eq!(asked, [1, 2, 2]);
    assert_eq!(customer.exchanges(REPORT), 5);
}

#[tokio::test]
async fn fewer_free_licences_than_new_accounts_are_told_with_their_number() {
    for (seats, names, sentence) in [
        (
            USED,
            &["one"][..],
            "1 new account needs a licence, and none is free (7 bought, 7 in use, by Google's report of 2026-11-20)",
        ),
        (
            USED + 1,
            &["one", "two"],
            "2 new accounts need a licence each, and 1 is free (8 bought, 7 in use, by Google's report of 2026-11-20)",
        ),
    ] {
        let customer = customer(seats).await;
        let diagnosis = looked_at(&customer, &new(names)).await.unwrap();
        assert_eq!(diagnosis.cause, Some(CauseId::GoogleNoFreeLicence), "{diagnosis:?}");
        let Outcome::Missing { sentence: told, remedy } = diagnosis.outcome else { panic!("{diagnosis:?}") };
        assert_eq!(told, sentence);
        assert!(remedy.contains("Subscriptions") && remedy.contains("group-inbox"), "{remedy}");
    }
}

#[tokio::test]
async fn accounts_that_the_report_counts_no_licence_of_leave_it_open() {
    let customer = customer(USED).await;
    let without = tripod_sandbox::Condition::Standing(Standing::NoMailbox);
    customer.sandbox.with_world(|world| world.set(&at("guy"), &without)).unwrap();
    let diagnosis = looked_at(&customer, &new(&["one"])).await.unwrap();
    assert_eq!(diagnosis.outcome, Outcome::Fine);
    let why = why(looked_at(&customer, &new(&["one", "two"])).await);
    assert!(why.contains("1 account has one that the report does not count, or none"), "{why}");
}

#[tokio::test]
async fn nothing_is_asked_where_no_account_is_to_be_made_or_the_scope_is_not_given() {
    let customer = customer(USED).await;
    assert_eq!(looked_at(&customer, &[wanted(Kind::SharedMailbox), wanted(Kind::GroupInbox)]).await, None);
    assert_eq!(
        looked_at(&customer, &[WantedMailbox { address: at("new-group"), ..wanted(Kind::GroupInbox) }]).await,
        None
    );
    assert_eq!(customer.exchanges(REPORT), 0);
    let customer =
        customer_with("{}", &format!("    seats: {USED}\n    missing-permissions: [admin.reports.usage.readonly]\n"))
            .await;
    let why = why(looked_at(&customer, &new(&["one"])).await);
    assert!(why.contains("add https://www.googleapis.com/auth/admin.reports.usage.readonly to the client id"), "{why}");
    assert_eq!(customer.exchanges(REPORT), 0);
}

#[tokio::test]
async fn a_report_that_does_not_tell_how_many_were_bought_leaves_it_open() {
    let customer = customer_with("{}", "").await;
    let why = why(looked_at(&customer, &new(&["one"])).await);
    assert!(why.contains("report of 2026-11-20 does not tell how many were bought"), "{why}");
}

#[tokio::test]
async fn a_report_that_cannot_be_read_leaves_it_open_and_a_failed_page_is_not_a_short_report() {
    let customer = customer(USED + 1).await;
    fault(&customer, "pageToken", "unavailable");
    let diagnosis = looked_at(&customer, &new(&["one"])).await.unwrap();
    assert!(matches!(diagnosis.outcome, Outcome::Unknown { kind: Some(ErrorKind::Unavailable), .. }), "{diagnosis:?}");
}

/// The days that were asked for.
type Asked = Arc<Mutex<Vec<String>>>;

/// A doctor before a Google that gives tokens, has one unit and no accounts, and answers for each day as it is told to.
async fn odd_google(report: impl Fn(&str) -> (u16, Value) + Send + 'static) -> (GoogleDoctor, Asked) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Asked::default();
    let days = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !is_whole(&request) && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {}
            let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, body) = match path.split_once(REPORT) {
                Some((_, rest)) => {
                    days.lock().unwrap().push(rest[..10].to_owned());
                    report(&rest[..10])
                }
                None if path.ends_with("/token") => {
                    (200, json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 3600 }))
                }
                None if path.contains("/orgunits") => (
                    200,
                    json!({ "organizationUnits": [{ "orgUnitId": "id:1", "orgUnitPath": "/Service mailboxes" }] }),
                ),
                None => (404, json!({ "error": { "code": 404, "errors": [{ "reason": "notFound" }] } })),
            };
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status} Odd\r\ncontent-type: application/json\r\nconnection: close\r\n");
            let reply = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    let customer = customer(USED).await;
    let mut key = customer.key_json(Access::Read);
    key["token_uri"] = json!(format!("{url}oauth2.googleapis.com/token"));
    let key = ServiceAccountKey::from_json(&key.to_string().into()).unwrap();
    let endpoints = Endpoints::stand_in(url.parse().unwrap()).unwrap();
    let doctor = GoogleDoctor::new(Customer::tenant(), key, false, endpoints, customer.sandbox.clock()).unwrap();
    (doctor, asked)
}

/// Whether head and body of a request are there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn counted(day: &str, bought: u32, used: u32) -> (u16, Value) {
    let numbers = [("num_users", used), ("gsuite_basic_total_licenses", bought), ("gsuite_basic_used_licenses", used)];
    let number =
        |(name, number): (&str, u32)| json!({ "name": format!("accounts:{name}"), "intValue": number.to_string() });
    (200, json!({ "usageReports": [{ "date": day, "parameters": numbers.map(number) }] }))
}

#[tokio::test]
async fn the_search_for_a_report_goes_back_by_days_and_ends() {
    let (doctor, asked) = odd_google(|_| (200, json!({ "kind": "admin#reports#usageReports" }))).await;
    let why = why(said_of_licences(&doctor, &new(&["one"])).await);
    assert!(why.contains("no complete report of the last 10 days"), "{why}");
    let days = asked.lock().unwrap().clone();
    let expected: Vec<_> = (13..=22).rev().map(|day| format!("2026-11-{day}")).collect();
    assert_eq!(days, expected);
}

#[tokio::test]
async fn the_day_that_google_names_is_asked_for_next_and_another_refusal_ends_it() {
    let late = |day: &str| match day {
        "2026-11-22" => {
            let message = "Data for dates later than 2026-11-18 is not yet available. Please check back later";
            (400, json!({ "error": { "code": 400, "message": message, "errors": [{ "reason": "invalid" }] } }))
        }
        day => counted(day, 12, 10),
    };
    let (doctor, asked) = odd_google(late).await;
    assert_eq!(said_of_licences(&doctor, &new(&["one"])).await.unwrap().outcome, Outcome::Fine);
    assert_eq!(*asked.lock().unwrap(), ["2026-11-22", "2026-11-18"]);

    let refused =
        |_: &str| (400, json!({ "error": { "code": 400, "message": "Bad", "errors": [{ "reason": "invalid" }] } }));
    let (doctor, asked) = odd_google(refused).await;
    let why = why(said_of_licences(&doctor, &new(&["one"])).await);
    assert!(why.contains("Bad (HTTP 400, invalid)") && asked.lock().unwrap().len() == 1, "{why}");
}

#[tokio::test]
async fn as_many_bought_as_in_use_is_too_few_only_where_the_number_bought_does_not_follow() {
    // One account more each month; on the Flexible Plan one licence more, too.
    let used = |day: &str| {
        if day > "2026-11" {
            12
        } else if day > "2026-10" {
            11
        } else {
            10
        }
    };
    let (flexible, _) = odd_google(move |day| counted(day, used(day), used(day))).await;
    let why = why(said_of_licences(&flexible, &new(&["one"])).await);
    assert!(why.contains("12 bought, 12 in use") && why.contains("Flexible Plan"), "{why}");
    let (annual, _) = odd_google(move |day| counted(day, 12, used(day))).await;
    let diagnosis = said_of_licences(&annual, &new(&["one"])).await.unwrap();
    assert_eq!(diagnosis.cause, Some(CauseId::GoogleNoFreeLicence), "{diagnosis:?}");
}

#[tokio::test]
async fn an_administrator_who_may_not_read_reports_leaves_it_open() {
    let forbidden = json!({ "error": { "code": 403, "message": "Insufficient Permission", "errors": [{ "reason": "insufficientPermissions" }] } });
    let (doctor, _) = odd_google(move |_| (403, forbidden.clone())).await;
    let why = why(said_of_licences(&doctor, &new(&["one"])).await);
    assert!(why.contains("optional scope admin.reports.usage.readonly"), "{why}");
}
