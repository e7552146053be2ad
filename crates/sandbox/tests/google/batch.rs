//! Many calls in one request.

use serde_json::json;
use tripod_sandbox::Fault;

use crate::support::{Answer, Client, answer, client, rude_client};

async fn send(client: &Client, host: &str, path: &str, token: &str, parts: &[String]) -> Answer {
    let body = parts.iter().fold(String::new(), |body, part| body + "--===1==\r\n" + part + "\r\n");
    let request = client.http.post(client.url(host, path)).bearer_auth(token);
    let request = request.header("content-type", "multipart/mixed; boundary=\"===1==\"");
    answer(request.body(body + "--===1==--").send().await.unwrap()).await
}

fn part(id: &str, head: &str, request: &str) -> String {
    format!(
        "Content-Type: application/http\r\nMIME-Version: 1.0\r\nContent-ID: <{id}>\r\n\r\n{request} HTTP/1.1\r\n{head}"
    )
}

#[tokio::test]
async fn a_batch_answers_every_part_by_its_id_and_in_its_own_words() {
    let client = client().await;
    let admin = client.admin().await;
    let body = r#"{"role": "MEMBER", "email": "cara@juniper.example"}"#;
    let head = format!(
        "Content-Type: application/json\r\nHost: admin.googleapis.com\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let parts = [
        part(
            "a +\r\n team%40x",
            &head,
            "POST /admin/directory/v1/groups/staff%40juniper.example/members?fields=&alt=json",
        ),
        part("b", "\r\n", "GET /admin/directory/v1/users/nobody@juniper.example"),
    ];
    let reply = send(&client, "admin.googleapis.com", "batch", &admin, &parts).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let first = reply.text.find("Content-ID: <response-a + team%40x>").unwrap();
    let second = reply.text.find("Content-ID: <response-b>").unwrap();
    assert!(
        reply.text[first..second].contains("HTTP/1.1 200 OK")
            && reply.text[second..].contains("HTTP/1.1 404 Not Found")
    );
    let member = client.get("groups/staff@juniper.example/members/cara@juniper.example", &admin).await;
    assert_eq!(member.status, 200);
}

#[tokio::test]
async fn a_part_may_bring_its_own_token() {
    let client = client().await;
    let (first, second) = (client.mailbox("box@juniper.example").await, client.mailbox("ana@juniper.example").await);
    let list = "GET /gmail/v1/users/me/settings/delegates";
    let own = |token: &str| format!("Authorization: Bearer {token}\r\n\r\n");
    let parts = [part("1", &own(&first), list), part("2", &own(&second), list)];
    let reply = send(&client, "gmail.googleapis.com", "batch", "nothing", &parts).await;
    assert_eq!(reply.text.matches("HTTP/1.1 200 OK").count(), 2, "{}", reply.text);
    assert_eq!(reply.text.matches("ana@juniper.example").count(), 1);
}

#[tokio::test]
async fn one_call_of_a_batch_may_be_throttled_alone() {
    let client = client().await;
    let admin = client.admin().await;
    let fault: Fault = serde_json::from_value(json!({"matching": "users/ben", "what": "unavailable"})).unwrap();
    client.sandbox.with_world(|world| world.add_fault(fault)).unwrap();
    let get = |name: &str| part(name, "\r\n", &format!("GET /admin/directory/v1/users/{name}@juniper.example"));
    let reply = send(&client, "admin.googleapis.com", "batch", &admin, &[get("ana"), get("ben")]).await;
    assert!(reply.text.contains("HTTP/1.1 200 OK") && reply.text.contains("HTTP/1.1 503"), "{}", reply.text);
}

#[tokio::test]
async fn a_batch_that_is_none_is_refused_whole() {
    let client = rude_client().await;
    let admin = client.admin().await;
    assert_eq!(send(&client, "admin.googleapis.com", "batch", &admin, &[]).await.status, 400);
    let many: Vec<String> =
        (0..101).map(|n| part(&n.to_string(), "\r\n", "GET /gmail/v1/users/me/settings/delegates")).collect();
    assert_eq!(send(&client, "gmail.googleapis.com", "batch", &admin, &many).await.status, 400);
    let absolute = part("x", "\r\n", "GET https://admin.googleapis.com/admin/directory/v1/users/x");
    let reply = send(&client, "admin.googleapis.com", "batch", &admin, &[absolute]).await;
    assert!(reply.text.contains("HTTP/1.1 400"), "{}", reply.text);
}
