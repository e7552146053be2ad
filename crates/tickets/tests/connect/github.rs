//! GitHub issues as a desk.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tripod_tickets::desk::{Desk, DeskError, Says};
use tripod_tickets::request::{Source, read};

use crate::support::{DIGEST, Stage, id};

const SETTINGS: &str = "
github: {repository: it/requests, credential: {path: secret}}
people: {Ana: ana@contoso.com, lee: lee@contoso.com}
";

async fn call(stage: &Stage, who: &str, method: Method, target: &str, body: Value) -> (StatusCode, Value) {
    let target = format!("api.github.com{target}");
    let body = (method != Method::GET).then_some(body);
    stage.call(&format!("Bearer sandbox-{who}"), method, &target, body).await
}

async fn stage() -> (Stage, Box<dyn Desk>) {
    let stage = Stage::new().await;
    let made = call(&stage, "it", Method::POST, "/user/repos", json!({"name": "requests"})).await;
    assert_eq!(made.0, StatusCode::CREATED);
    let joined = call(&stage, "it", Method::PUT, "/repos/it/requests/collaborators/tripod", json!({})).await;
    assert_eq!(joined.0, StatusCode::NO_CONTENT);
    let desk = stage.desk(SETTINGS, "sandbox-tripod");
    (stage, desk)
}

fn body(requester: &str) -> String {
    format!(
        "### Mailbox address\n\nbackups@contoso.com\n\n### Purpose\n\nOwns our account\n\n### App\n\nAcme\n\n### Kind\n\n\
         shared-mailbox\n\n### People with access\n\nana@contoso.com\nbob@contoso.com\ncy@contoso.com\n\n\
         ### Requester\n\n{requester}\n\n### Needed by\n\n_No response_\n"
    )
}

async fn ask(stage: &Stage, who: &str, text: &str) -> String {
    let issue = json!({"title": "Service mailbox", "body": text});
    let (status, issue) = call(stage, who, Method::POST, "/repos/it/requests/issues", issue).await;
    assert_eq!(status, StatusCode::CREATED);
    let number = issue["number"].as_u64().unwrap();
    let target = format!("/repos/it/requests/issues/{number}/labels");
    call(stage, "it", Method::POST, &target, json!({"labels": ["service-mailbox"]})).await;
    number.to_string()
}

async fn say(stage: &Stage, who: &str, ticket: &str, text: &str) -> u64 {
    let target = format!("/repos/it/requests/issues/{ticket}/comments");
    let (status, comment) = call(stage, who, Method::POST, &target, json!({"body": text})).await;
    assert_eq!(status, StatusCode::CREATED);
    comment["id"].as_u64().unwrap()
}

async fn comments(stage: &Stage, ticket: &str) -> Vec<(String, String)> {
    let target = format!("/repos/it/requests/issues/{ticket}/comments?per_page=100");
    let (_, list) = call(stage, "it", Method::GET, &target, Value::Null).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(|one| (text(&one["user"]["login"]), text(&one["body"]))).collect()
}

#[tokio::test]
async fn a_ticket_lives_from_its_opening_to_its_closing() {
    let (stage, desk) = stage().await;
    let ticket = ask(&stage, "Ana", &body("ana@contoso.com")).await;
    assert_eq!(desk.tickets().await.unwrap(), [id(&ticket)]);
    let found = desk.read(&id(&ticket)).await.unwrap();
    assert_eq!((found.source, found.open), (Source::GitHub, true));
    assert_eq!(read(found.source, &found.bytes).unwrap().requester.as_str(), "ana@contoso.com");

    for text in ["first", &format!("The plan `{DIGEST}`"), &format!("The plan `{DIGEST}`")] {
        desk.comment(&id(&ticket), text).await.unwrap();
        stage.wait();
    }
    let written = comments(&stage, &ticket).await;
    assert_eq!(written, [("tripod".to_owned(), format!("<!-- tripod:plan -->\nThe plan `{DIGEST}`"))]);

    say(&stage, "lee", &ticket, &format!("/approve {DIGEST}")).await;
    let approvals = desk.answers(&id(&ticket)).await.unwrap().given;
    assert_eq!(approvals.len(), 1);
    assert_eq!(
        (approvals[0].by.as_str(), approvals[0].says.clone()),
        ("lee@contoso.com", Says::Names(DIGEST.parse().unwrap()))
    );
    assert_eq!(approvals[0].at, stage.now().round(jiff::Unit::Second).unwrap());

    for _ in 0..2 {
        desk.close(&id(&ticket), "It is there.").await.unwrap();
    }
    let (_, issue) = call(&stage, "it", Method::GET, &format!("/repos/it/requests/issues/{ticket}"), Value::Null).await;
    assert_eq!((&issue["state"], &issue["state_reason"]), (&json!("closed"), &json!("completed")));
    assert_eq!(comments(&stage, &ticket).await.len(), 3);
    assert_eq!(desk.tickets().await.unwrap(), []);
    assert!(!desk.read(&id(&ticket)).await.unwrap().open);
}

#[tokio::test]
async fn only_people_whom_the_settings_know_approve_and_only_unedited() {
    let (stage, desk) = stage().await;
    let ticket = ask(&stage, "ana", &body("ana@contoso.com")).await;
    desk.comment(&id(&ticket), &format!("The plan {DIGEST}")).await.unwrap();
    // Somebody forges our comment, somebody is a stranger, and somebody's words are changed by another.
    say(&stage, "mallory", &ticket, "<!-- tripod:plan -->\nThe plan ffffffffffff").await;
    say(&stage, "mallory", &ticket, &format!("/approve {DIGEST}")).await;
    let words = say(&stage, "lee", &ticket, "I am not sure.").await;
    stage.wait();
    let target = format!("/repos/it/requests/issues/comments/{words}");
    let edit = json!({"body": format!("/approve {DIGEST}")});
    assert_eq!(call(&stage, "it", Method::PATCH, &target, edit).await.0, StatusCode::OK);
    assert_eq!(desk.answers(&id(&ticket)).await.unwrap().given, []);
    desk.comment(&id(&ticket), "Another plan").await.unwrap();
    let forged = comments(&stage, &ticket).await;
    assert_eq!(forged.iter().filter(|(who, _)| who == "tripod").count(), 1);
    assert_eq!(forged[1], ("mallory".to_owned(), "<!-- tripod:plan -->\nThe plan ffffffffffff".to_owned()));
}

#[tokio::test]
async fn whoever_opens_a_ticket_is_the_requester() {
    let (stage, desk) = stage().await;
    let ticket = ask(&stage, "lee", &body("ana@contoso.com")).await;
    let found = desk.read(&id(&ticket)).await.unwrap();
    let problems = read(found.source, &found.bytes).unwrap_err();
    assert!(
        problems.iter().any(|problem| format!("{problem:?}").contains("opened by lee@contoso.com")),
        "{problems:?}"
    );
    let ticket = ask(&stage, "mallory", &body("ana@contoso.com")).await;
    let error = desk.read(&id(&ticket)).await.unwrap_err();
    assert!(matches!(&error, DeskError::Refused { reason, .. } if reason.contains("@mallory")), "{error}");
}

#[tokio::test]
async fn every_page_of_a_long_list_is_read_and_a_failure_on_the_second_is_an_error() {
    let (stage, desk) = stage().await;
    for number in 1..=230 {
        let issue = json!({"title": format!("Mailbox {number}"), "labels": ["service-mailbox"]});
        call(&stage, "it", Method::POST, "/repos/it/requests/issues", issue).await;
    }
    let tickets = desk.tickets().await.unwrap();
    assert_eq!(tickets.len(), 230);
    assert_eq!((tickets[0].as_str(), tickets[229].as_str()), ("1", "230"));
    for _ in 0..120 {
        say(&stage, "ana", "1", "hello").await;
    }
    desk.comment(&id("1"), "one").await.unwrap();
    desk.comment(&id("1"), "two").await.unwrap();
    assert_eq!(comments(&stage, "1").await.len(), 100);
    stage.fault(r#"{"host": "api.github.com", "matching": "page=2", "what": "unavailable"}"#);
    assert!(matches!(desk.tickets().await, Err(DeskError::Unavailable { .. })));
    assert!(matches!(desk.answers(&id("1")).await, Err(DeskError::Unavailable { .. })));
}

#[tokio::test]
async fn limits_are_waited_for_and_a_lost_reply_makes_no_second_comment() {
    let (stage, desk) = stage().await;
    let ticket = ask(&stage, "ana", &body("ana@contoso.com")).await;
    let begun = stage.now();
    stage.fault(r#"{"host": "api.github.com", "what": "throttled", "times": 4}"#);
    assert_eq!(desk.tickets().await.unwrap().len(), 1);
    assert!(stage.now() > begun);
    stage.fault(r#"{"host": "api.github.com", "method": "POST", "what": "reply-lost", "times": 1}"#);
    desk.comment(&id(&ticket), "the plan").await.unwrap();
    assert_eq!(comments(&stage, &ticket).await.len(), 1);
}

#[tokio::test]
async fn a_refusal_is_told_without_the_token() {
    let (stage, desk) = stage().await;
    for ticket in ["99", "abc", "0"] {
        assert!(matches!(desk.read(&id(ticket)).await, Err(DeskError::Missing(_))), "{ticket}");
    }
    let other = stage.desk(SETTINGS, "stolen-hunter2");
    let error = other.tickets().await.unwrap_err();
    assert!(matches!(&error, DeskError::Refused { reason, .. } if reason.contains("401")), "{error}");
    assert!(!format!("{error:?}{error}").contains("hunter2"));
    // Whoever may only read cannot close.
    let ticket = ask(&stage, "ana", &body("ana@contoso.com")).await;
    let reader = stage.desk(SETTINGS, "sandbox-reader");
    assert!(matches!(reader.close(&id(&ticket), "done").await, Err(DeskError::Refused { .. })));
    let long = "x".repeat(70_000);
    assert!(matches!(desk.comment(&id(&ticket), &long).await, Err(DeskError::Refused { .. })));
}
