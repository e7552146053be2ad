//! ServiceNow as a desk.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tripod_tickets::connect::webhook::{Sender, sign};
use tripod_tickets::desk::{Answers, DeskError, Says};
use tripod_tickets::request::{Source, read};

use crate::support::{DIGEST, Stage, id};
use crate::webhook;

const SETTINGS: &str = "
people: {lee: lee@contoso.com}
servicenow:
  url: https://juniper.service-now.com
  item: 0123456789abcdef
  user: tripod
  credential: {path: secret}
";

async fn call(stage: &Stage, who: &str, method: Method, target: &str, body: Value) -> (StatusCode, Value) {
    let authorization = format!("Basic {}", STANDARD.encode(format!("{who}:sandbox")));
    let body = (method != Method::GET).then_some(body);
    stage.call(&authorization, method, &format!("juniper.service-now.com/api/{target}"), body).await
}

/// The number and the sys_id.
async fn ask(stage: &Stage, who: &str) -> (String, String) {
    let variables = json!({
        "mailbox": "backups@contoso.com", "purpose": "Owns our account", "app": "Acme", "kind": "shared-mailbox",
        "people": "ana@contoso.com\nbob@contoso.com\ncy@contoso.com", "requester": "ana@contoso.com",
    });
    let order = json!({"sysparm_quantity": "1", "variables": variables});
    let target = "sn_sc/servicecatalog/items/0123456789abcdef/order_now";
    let (status, answer) = call(stage, who, Method::POST, target, order).await;
    assert_eq!(status, StatusCode::OK);
    let text = |name: &str| answer["result"][name].as_str().unwrap().to_owned();
    (text("number"), text("sys_id"))
}

#[tokio::test]
async fn a_ticket_lives_from_its_opening_to_its_closing() {
    let stage = Stage::new().await;
    let desk = stage.desk(SETTINGS, "sandbox");
    let (ticket, item) = ask(&stage, "ana").await;
    assert_eq!(desk.tickets().await.unwrap(), [id(&ticket)]);
    let found = desk.read(&id(&ticket)).await.unwrap();
    assert_eq!((found.source, found.open), (Source::ServiceNow, true));
    assert_eq!(read(found.source, &found.bytes).unwrap().people.len(), 3);
    for text in ["first", &format!("The plan {DIGEST}"), &format!("The plan {DIGEST}")] {
        desk.comment(&id(&ticket), text).await.unwrap();
    }
    let target = format!("now/table/sc_req_item?sysparm_query=sys_id={item}");
    let (_, rows) = call(&stage, "itil", Method::GET, &target, Value::Null).await;
    assert_eq!(rows["result"][0]["u_tripod_plan"], format!("The plan {DIGEST}"));

    let row = json!({"sysapproval": item, "approver": "lee"});
    let (_, row) = call(&stage, "itil", Method::POST, "now/table/sysapproval_approver", row).await;
    let approval = format!("now/table/sysapproval_approver/{}", row["result"]["sys_id"].as_str().unwrap());
    // That it is approved does not say what; that somebody else says what does not count.
    let approved = json!({"state": "approved"});
    assert_eq!(call(&stage, "itil", Method::PATCH, &approval, approved.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(&stage, "lee", Method::PATCH, &approval, approved).await.0, StatusCode::OK);
    let words = json!({"comments": format!("/approve {DIGEST}")});
    assert_eq!(call(&stage, "itil", Method::PATCH, &approval, words.clone()).await.0, StatusCode::OK);
    let named = |answers: Answers| answers.given.iter().any(|given| matches!(given.says, Says::Names(_)));
    assert!(!named(desk.answers(&id(&ticket)).await.unwrap()));
    call(&stage, "lee", Method::PATCH, &approval, words).await;
    let approvals = desk.answers(&id(&ticket)).await.unwrap().given;
    assert_eq!(approvals.len(), 1);
    assert_eq!(
        (approvals[0].by.as_str(), approvals[0].says.clone()),
        ("lee@contoso.com", Says::Names(DIGEST.parse().unwrap()))
    );
    assert_eq!(approvals[0].at.as_second(), stage.now().as_second());

    stage.fault(r#"{"host": "juniper.service-now.com", "method": "PATCH", "what": "reply-lost", "times": 1}"#);
    for _ in 0..2 {
        desk.close(&id(&ticket), "It is there.").await.unwrap();
    }
    let target = format!("now/table/sys_journal_field?sysparm_query=element_id={item}");
    let (_, rows) = call(&stage, "itil", Method::GET, &target, Value::Null).await;
    assert_eq!(rows["result"].as_array().unwrap().len(), 1);
    assert_eq!(desk.tickets().await.unwrap(), []);
    assert!(!desk.read(&id(&ticket)).await.unwrap().open);
}

#[tokio::test]
async fn every_page_is_read_and_what_goes_wrong_is_waited_for_or_told() {
    let stage = Stage::new().await;
    let desk = stage.desk(SETTINGS, "sandbox");
    for _ in 0..230 {
        ask(&stage, "bob").await;
    }
    stage.fault(r#"{"host": "juniper.service-now.com", "what": "throttled", "times": 3}"#);
    assert_eq!(desk.tickets().await.unwrap().len(), 230);
    let found = desk.read(&id("RITM0000002")).await.unwrap();
    assert!(read(found.source, &found.bytes).is_err(), "bob asks in the name of ana");
    assert!(matches!(desk.read(&id("RITM9999999")).await, Err(DeskError::Missing(_))));
    assert!(matches!(stage.desk(SETTINGS, "hunter2").tickets().await, Err(DeskError::Refused { .. })));
    let desk = stage.desk(SETTINGS, "sandbox");
    let other = stage.desk(&format!("{SETTINGS}  plan-field: u_missing\n"), "sandbox");
    let error = other.comment(&id("RITM0000001"), "plan").await.unwrap_err();
    assert!(matches!(&error, DeskError::Refused { reason, .. } if reason.contains("u_missing")), "{error}");
    stage.fault(r#"{"host": "juniper.service-now.com", "matching": "sysparm_offset=100", "what": "unavailable"}"#);
    assert!(matches!(desk.tickets().await, Err(DeskError::Unavailable { .. })));
}

#[tokio::test]
async fn messages_with_the_same_body_are_told_apart_and_a_replayed_one_is_not_worked_on() {
    let stage = webhook::Stage::new(Sender::ServiceNow, "2026-11-23T09:00:00Z").await;
    let body = json!({"number": "RITM0000001"}).to_string();
    let now = 1_795_424_400_i64;
    let send = |delivery: &str, signed_as: &str, at: i64| {
        let secret = SecretString::from("hunter2");
        let signature = sign(&secret, format!("{at}.{signed_as}.{body}").as_bytes());
        let request = stage.post(&body).header("x-tripod-timestamp", at.to_string());
        request.header("x-tripod-delivery", delivery).header("x-tripod-signature", format!("sha256={signature}"))
    };
    for delivery in ["a", "b"] {
        assert_eq!(stage.send(send(delivery, delivery, now)).await.0, StatusCode::ACCEPTED);
        stage.worked().await;
    }
    assert!(stage.send(send("a", "a", now)).await.0.is_success());
    assert_eq!(stage.send(send("c", "a", now)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(stage.send(send("d", "d", now - 400)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(stage.seen().len(), 2);
}
