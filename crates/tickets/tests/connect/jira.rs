//! Jira Service Management as a desk.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tripod_tickets::connect::webhook::Sender;
use tripod_tickets::desk::{DeskError, Says};
use tripod_tickets::request::{Source, read};

use crate::support::{DIGEST, Stage, id};
use crate::webhook;

const SETTINGS: &str = "
jira:
  url: https://juniper.atlassian.net
  project: IT
  queue: 1
  public: false
  user: tripod@contoso.com
  fields: {customfield_10060: mailbox}
  credential: {path: secret}
";

async fn call(stage: &Stage, who: &str, method: Method, target: &str, body: Value) -> (StatusCode, Value) {
    let authorization = format!("Basic {}", STANDARD.encode(format!("{who}:sandbox")));
    let body = (method != Method::GET).then_some(body);
    stage.call(&authorization, method, &format!("juniper.atlassian.net/rest/{target}"), body).await
}

async fn ask(stage: &Stage, who: &str) -> String {
    let fields = json!({
        "customfield_10060": "backups@contoso.com",
        "customfield_10051": "Owns our account",
        "customfield_10052": "Acme",
        "customfield_10053": {"value": "shared-mailbox"},
        "customfield_10054": "ana@contoso.com\nbob@contoso.com\ncy@contoso.com",
        "customfield_10055": "ana@contoso.com",
    });
    let request = json!({"serviceDeskId": "IT", "requestTypeId": "1", "requestFieldValues": fields});
    let (status, request) = call(stage, who, Method::POST, "servicedeskapi/request", request).await;
    assert_eq!(status, StatusCode::CREATED);
    request["issueKey"].as_str().unwrap().to_owned()
}

async fn say(stage: &Stage, who: &str, ticket: &str, text: &str) -> String {
    let target = format!("servicedeskapi/request/{ticket}/comment");
    let (status, comment) = call(stage, who, Method::POST, &target, json!({"body": text})).await;
    assert_eq!(status, StatusCode::CREATED);
    comment["id"].as_str().unwrap().to_owned()
}

async fn comments(stage: &Stage, ticket: &str) -> Vec<Value> {
    let target = format!("api/3/issue/{ticket}/comment");
    let (_, page) = call(stage, "agent@contoso.com", Method::GET, &target, Value::Null).await;
    page["comments"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_ticket_lives_from_its_opening_to_its_closing() {
    let stage = Stage::new().await;
    let desk = stage.desk(SETTINGS, "sandbox");
    let ticket = ask(&stage, "ana@contoso.com").await;
    assert_eq!(desk.tickets().await.unwrap(), [id(&ticket)]);
    let found = desk.read(&id(&ticket)).await.unwrap();
    assert_eq!((found.source, found.open), (Source::Jira, true));
    let request = read(found.source, &found.bytes).unwrap();
    assert_eq!((request.mailbox.as_str(), request.people.len()), ("backups@contoso.com", 3));

    for text in ["first", &format!("## Plan\n\n`{DIGEST}`"), &format!("## Plan\n\n`{DIGEST}`")] {
        desk.comment(&id(&ticket), text).await.unwrap();
        stage.wait();
    }
    let written = comments(&stage, &ticket).await;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0]["jsdPublic"], false);
    assert!(written[0]["body"].to_string().contains(DIGEST), "{written:?}");

    say(&stage, "agent.lee@contoso.com", &ticket, &format!("/approve {DIGEST}")).await;
    let approvals = desk.answers(&id(&ticket)).await.unwrap().given;
    assert_eq!(approvals.len(), 1);
    assert_eq!(
        (approvals[0].by.as_str(), approvals[0].says.clone()),
        ("agent.lee@contoso.com", Says::Names(DIGEST.parse().unwrap()))
    );

    for _ in 0..2 {
        desk.close(&id(&ticket), "It is there.").await.unwrap();
    }
    assert_eq!(comments(&stage, &ticket).await.len(), 3);
    assert_eq!(desk.tickets().await.unwrap(), []);
    assert!(!desk.read(&id(&ticket)).await.unwrap().open);
}

#[tokio::test]
async fn customers_and_edited_comments_do_not_approve() {
    let stage = Stage::new().await;
    let desk = stage.desk(SETTINGS, "sandbox");
    let ticket = ask(&stage, "customer@elsewhere.example").await;
    let error = desk.read(&id(&ticket)).await.unwrap_err();
    assert!(matches!(error, DeskError::Refused { .. }), "{error}");
    say(&stage, "customer@elsewhere.example", &ticket, &format!("/approve {DIGEST}")).await;
    let words = say(&stage, "agent.lee@contoso.com", &ticket, "I am not sure.").await;
    stage.wait();
    let text = json!({"type": "text", "text": format!("/approve {DIGEST}")});
    let body = json!({"body": {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]}});
    let target = format!("api/3/issue/{ticket}/comment/{words}");
    assert_eq!(call(&stage, "agent@contoso.com", Method::PUT, &target, body).await.0, StatusCode::OK);
    assert_eq!(desk.answers(&id(&ticket)).await.unwrap().given, []);
    // The requester names somebody else.
    let ticket = ask(&stage, "bob@contoso.com").await;
    let found = desk.read(&id(&ticket)).await.unwrap();
    assert!(read(found.source, &found.bytes).is_err());
}

#[tokio::test]
async fn every_page_is_read_and_what_goes_wrong_is_waited_for_or_told() {
    let stage = Stage::new().await;
    let desk = stage.desk(SETTINGS, "sandbox");
    for _ in 0..120 {
        ask(&stage, "ana@contoso.com").await;
    }
    stage.fault(r#"{"host": "juniper.atlassian.net", "what": "throttled", "times": 3}"#);
    assert_eq!(desk.tickets().await.unwrap().len(), 120);
    for _ in 0..120 {
        say(&stage, "ana@contoso.com", "IT-1", "hello").await;
    }
    stage.fault(r#"{"host": "juniper.atlassian.net", "method": "POST", "what": "reply-lost", "times": 1}"#);
    desk.comment(&id("IT-1"), "one").await.unwrap();
    desk.comment(&id("IT-1"), "two").await.unwrap();
    say(&stage, "agent.lee@contoso.com", "IT-1", &format!("/approve {DIGEST}")).await;
    assert_eq!(desk.answers(&id("IT-1")).await.unwrap().given.len(), 1);
    let target = "api/3/issue/IT-1/comment?startAt=100";
    let (_, page) = call(&stage, "agent@contoso.com", Method::GET, target, Value::Null).await;
    assert_eq!(page["total"], 122);
    for ticket in ["IT-999", "HR-1", "IT-x"] {
        assert!(matches!(desk.read(&id(ticket)).await, Err(DeskError::Missing(_))), "{ticket}");
    }
    let stranger = stage.desk(SETTINGS, "hunter2");
    assert!(matches!(stranger.tickets().await, Err(DeskError::Refused { .. })));
    let customer = stage.desk(&SETTINGS.replace("tripod@", "ana@"), "sandbox");
    assert!(matches!(customer.tickets().await, Err(DeskError::Refused { .. })));
    stage.fault(r#"{"host": "juniper.atlassian.net", "matching": "start=50", "what": "unavailable"}"#);
    let desk = stage.desk(SETTINGS, "sandbox");
    assert!(matches!(desk.tickets().await, Err(DeskError::Unavailable { .. })));
}

#[tokio::test]
async fn an_old_message_is_refused() {
    let project = "IT".to_owned().try_into().unwrap();
    let stage = webhook::Stage::new(Sender::Jira { project }, "2026-11-23T09:00:00Z").await;
    let now = 1_795_424_400_000_i64;
    for (age_in_minutes, expected) in [(0, StatusCode::ACCEPTED), (300, StatusCode::UNAUTHORIZED)] {
        let body = json!({"timestamp": now - age_in_minutes * 60_000, "issue": {"key": "IT-7"}}).to_string();
        let request = stage.post(&body).header("x-atlassian-webhook-identifier", age_in_minutes.to_string());
        let (status, _) = stage.send(request.header("x-hub-signature", webhook::signed(&body))).await;
        assert_eq!(status, expected, "{age_in_minutes}");
    }
    stage.worked().await;
    assert_eq!(stage.seen(), ["IT-7"]);
}
