//! Grants to apps: who holds them, how they end, and what the audit log says.

use reqwest::Method;
use serde_json::{Value, json};
use tripod_sandbox::{Access, Options, World};

use crate::support::{Answer, Client, client, client_of, description, rude_client};

const LOG: &str = "admin/reports/v1/activity/users/all/applications/token";

async fn reader(client: &Client) -> String {
    client.token(Access::Read, "admin@juniper.example", &["admin.reports.audit.readonly"]).await
}

async fn guard(client: &Client) -> String {
    client.token(Access::Write, "admin@juniper.example", &["admin.directory.user.security"]).await
}

async fn log(client: &Client, token: &str, query: &str) -> Answer {
    client.call(Method::GET, "admin.googleapis.com", &format!("{LOG}?{query}"), token, None).await
}

fn parameter<'a>(item: &'a Value, name: &str) -> &'a Value {
    let parameters = item["events"][0]["parameters"].as_array().unwrap();
    parameters.iter().find(|one| one["name"] == name).unwrap()
}

fn items(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_audit_log_says_who_connected_which_app_and_a_reading_identity_may_see_it() {
    let client = client().await;
    let token = reader(&client).await;
    let all = items(&log(&client, &token, "eventName=authorize&maxResults=1000").await);
    assert_eq!(all.len(), 3);
    let latest = &all[0];
    assert_eq!(
        (&latest["actor"]["email"], &latest["events"][0]["name"]),
        (&json!("dan@juniper.example"), &json!("authorize"))
    );
    assert_eq!(parameter(latest, "app_name")["value"], "Slack");
    assert_eq!(parameter(latest, "scope")["multiValue"], json!(["openid", "https://www.googleapis.com/auth/calendar"]));
    assert_eq!(latest["id"]["time"], "2026-11-01T08:00:00.000Z");
    let of_ana = log(&client, &token, "filters=app_name==PDF%20Wizard&startTime=2026-10-01T00:00:00Z").await;
    assert_eq!(items(&of_ana).len(), 1);
    let path = "admin/reports/v1/activity/users/ana@juniper.example/applications/token";
    let of_ana = client.call(Method::GET, "admin.googleapis.com", path, &token, None).await;
    assert_eq!(items(&of_ana).len(), 2);
    assert_eq!(
        items(&log(&client, &token, "startTime=2026-10-25T00:00:00Z&endTime=2026-10-31T00:00:00Z").await).len(),
        0
    );
}

#[tokio::test]
async fn the_pages_of_the_audit_log_together_have_every_event_once() {
    let client = client().await;
    let token = reader(&client).await;
    let mut seen = Vec::new();
    let mut query = "maxResults=1".to_owned();
    loop {
        let page = log(&client, &token, &query).await;
        seen.extend(items(&page).into_iter().map(|item| item["id"]["uniqueQualifier"].as_str().unwrap().to_owned()));
        match page.body["nextPageToken"].as_str() {
            Some(next) => query = format!("maxResults=1&pageToken={next}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["0", "1", "2"]);
}

#[tokio::test]
async fn the_two_hundred_and_fifty_first_filtered_query_in_a_minute_is_a_503_and_the_next_minute_is_fine() {
    let client = rude_client().await;
    let token = reader(&client).await;
    for _ in 0..250 {
        assert_eq!(log(&client, &token, "eventName=authorize").await.status, 200);
    }
    assert_eq!(log(&client, &token, "eventName=authorize").await.status, 503);
    // Without a filter it is another quota.
    assert_eq!(log(&client, &token, "").await.status, 200);
    client.pass(60).await;
    assert_eq!(log(&client, &token, "eventName=authorize").await.status, 200);
}

#[tokio::test]
async fn what_the_log_does_not_know_is_refused_and_not_left_out() {
    let client = rude_client().await;
    let token = reader(&client).await;
    for query in
        ["eventName=celebrate", "startTime=yesterday", "filters=colour==red", "maxResults=1001", "statusFilter=x"]
    {
        assert_eq!(log(&client, &token, query).await.status, 400, "{query}");
    }
    let path = "admin/reports/v1/activity/users/all/applications/drive";
    assert_eq!(client.call(Method::GET, "admin.googleapis.com", path, &token, None).await.status, 400);
    let users = client.token(Access::Read, "admin@juniper.example", &["admin.directory.user.readonly"]).await;
    assert_eq!(log(&client, &users, "").await.reason(), "insufficientPermissions");
    let ana = client.token(Access::Read, "ana@juniper.example", &["admin.reports.audit.readonly"]).await;
    assert_eq!(log(&client, &ana, "").await.reason(), "forbidden");
}

#[tokio::test]
async fn a_grant_that_ends_is_gone_from_the_list_at_once_and_in_the_log_half_an_hour_later() {
    let client = client().await;
    let (token, reader) = (guard(&client).await, reader(&client).await);
    let list = client.get("users/ana@juniper.example/tokens", &token).await;
    let grants = items(&list);
    assert_eq!(grants.len(), 2);
    let wizard = grants.iter().find(|one| one["displayText"] == "PDF Wizard").unwrap();
    let one = format!("users/ana@juniper.example/tokens/{}", wizard["clientId"].as_str().unwrap());
    assert_eq!(client.get(&one, &token).await.body, *wizard);
    assert_eq!(client.directory(Method::DELETE, &one, &token, None).await.status, 204);
    assert_eq!(client.get(&one, &token).await.status, 404);
    assert_eq!(items(&client.get("users/ana@juniper.example/tokens", &token).await).len(), 1);
    assert_eq!(items(&log(&client, &reader, "eventName=revoke").await).len(), 0);
    client.pass(1800).await;
    let revoked = items(&log(&client, &reader, "eventName=revoke").await);
    assert_eq!((revoked.len(), &parameter(&revoked[0], "client_id")["value"]), (1, &wizard["clientId"]));
}

#[tokio::test]
async fn a_disabled_account_keeps_its_grants_and_the_reading_identity_cannot_list_them() {
    let client = client().await;
    let token = guard(&client).await;
    assert_eq!(items(&client.get("users/dan@juniper.example/tokens", &token).await).len(), 1);
    let claims = client.claims(Access::Read, "admin@juniper.example", &["admin.directory.user.security"]);
    let refused = client.exchange(&client.assertion(Access::Read, &claims)).await;
    assert_eq!((refused.status, refused.body["error"].as_str()), (401, Some("unauthorized_client")));
    assert_eq!(client.get("users/nobody@juniper.example/tokens", &token).await.status, 404);
}

#[tokio::test]
async fn grants_and_the_log_live_on_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let client = client_of(World::open(&state, Some(&description())).unwrap(), None).await;
    let token = guard(&client).await;
    let grants = items(&client.get("users/dan@juniper.example/tokens", &token).await);
    let one = format!("users/dan@juniper.example/tokens/{}", grants[0]["clientId"].as_str().unwrap());
    client.directory(Method::DELETE, &one, &token, None).await;
    client.pass(3600).await;
    client.sandbox.stop().await.unwrap();
    let sandbox = tripod_sandbox::Sandbox::start(World::open(&state, None).unwrap(), Options::default()).await.unwrap();
    let client = Client { sandbox, http: reqwest::Client::new() };
    let token = guard(&client).await;
    assert_eq!(items(&client.get("users/dan@juniper.example/tokens", &token).await).len(), 0);
    let reader = reader(&client).await;
    assert_eq!(items(&log(&client, &reader, "").await).len(), 4);
}

#[test]
fn an_app_of_somebody_unknown_or_without_scopes_is_refused() {
    for (old, new, word) in [
        ("person: dan@juniper.example", "person: zoe@juniper.example", "zoe@juniper.example"),
        ("scopes: [openid, https://www.googleapis.com/auth/calendar]", "scopes: []", "no scopes"),
    ] {
        let text = crate::support::WORLD.replacen(old, new, 1);
        let description = tripod_sandbox::Description::read("sandbox.yaml", text.as_bytes()).unwrap();
        let error = World::new(&description).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
