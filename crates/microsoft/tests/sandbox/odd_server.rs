//! What the stand-in tenant does not do: tokens refused in mid-life, links to other hosts, redirects.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tripod_microsoft::{AppCredentials, ClientProof, MicrosoftReader, MicrosoftTenant};
use tripod_model::Kind;
use tripod_tenant::{Endpoints, ErrorKind, MailboxQuery, Observed, TenantReader, VirtualClock};

/// A request as far as these tests look at it.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) host: String,
    pub(crate) bearer: String,
    /// All headers as they came, in lower case.
    pub(crate) head: String,
    pub(crate) body: Value,
    /// The fields of a form.
    pub(crate) form: BTreeMap<String, String>,
}

pub(crate) type Answer = (u16, Vec<(&'static str, String)>, Value);

/// Serves answers on loopback, and gives the address that they are at.
pub(crate) async fn serving(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}/", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&answer)));
        }
    });
    root
}

/// A clock that moves only when somebody waits or moves it.
pub(crate) fn clock() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::starting_at("2026-11-23T09:00:00Z".parse().unwrap()))
}

/// Serves answers on loopback and gives the reader that asks for them.
pub(crate) async fn reader(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> MicrosoftReader {
    reader_at(&serving(answer).await, ClientProof::Secret("secret".to_owned().into()), clock())
}

/// A reader that signs in in this way and asks at this address.
pub(crate) fn reader_at(root: &str, proof: ClientProof, clock: Arc<VirtualClock>) -> MicrosoftReader {
    let tenant = MicrosoftTenant { tenant_id: crate::TENANT.to_owned(), domains: vec!["a.test".to_owned()] };
    let credentials = AppCredentials { client_id: Some(crate::TENANT.to_owned()), proof };
    MicrosoftReader::new(tenant, credentials, Endpoints::stand_in(root.parse().unwrap()).unwrap(), clock).unwrap()
}

async fn serve(mut stream: TcpStream, answer: Arc<impl Fn(&Asked) -> Answer>) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
                line.split_once(':').map(|(_, value)| value.trim().to_owned())
            };
            let length = header("content-length").map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                let mut words = head.split_whitespace().map(str::to_owned);
                let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let bearer = header("authorization").unwrap_or_default().replace("Bearer ", "");
                let host = header("host").unwrap_or_default();
                let form = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
                let (head, body) = (head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or_default());
                let asked = Asked { method, path, host, bearer, head, body, form };
                let (status, headers, body) = answer(&asked);
                let body = body.to_string();
                let headers =
                    headers.iter().fold(String::new(), |head, (name, value)| format!("{head}{name}: {value}\r\n"));
                let reply = format!(
                    "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(reply.as_bytes()).await;
                return;
            }
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
        }
    }
}

pub(crate) fn ok(body: Value) -> Answer {
    (200, Vec::new(), body)
}

pub(crate) fn user() -> Value {
    json!({"id": "a45741bc-2d4e-57a6-9885-27eb5b11d296", "displayName": "Ana", "mail": "ana@a.test",
        "userPrincipalName": "ana@a.test", "accountEnabled": true,
        "assignedPlans": [{"service": "exchange", "capabilityStatus": "Enabled"}]})
}

/// Gives tokens `t1`, `t2`, … and hands everything else on.
pub(crate) fn with_tokens(rest: impl Fn(&Asked) -> Answer) -> impl Fn(&Asked) -> Answer {
    let given = AtomicUsize::new(0);
    move |asked| {
        if !asked.path.contains("login.microsoftonline.com") {
            return rest(asked);
        }
        let number = given.fetch_add(1, Ordering::Relaxed) + 1;
        ok(json!({"token_type": "Bearer", "expires_in": 3599, "access_token": format!("t{number}")}))
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once_and_then_it_is_an_error() {
    // The first token of each resource is not accepted any more; the two after them are.
    let reader_of_two = reader(with_tokens(|asked| match asked.bearer.as_str() {
        "t1" | "t2" => (401, Vec::new(), Value::Null),
        _ if asked.path.contains("/users") => ok(json!({"value": [user()]})),
        _ => ok(json!({"value": []})),
    }))
    .await;
    assert_eq!(reader_of_two.directory().await.unwrap().len(), 1);

    let tokens = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&tokens);
    let refused = reader(with_tokens(move |asked| {
        seen.lock().unwrap().push(asked.bearer.clone());
        (401, Vec::new(), Value::Null)
    }))
    .await;
    assert_eq!(refused.directory().await.unwrap_err().kind, ErrorKind::Denied);
    assert!(tokens.lock().unwrap().len() <= 4, "two tries for each API at most");
}

#[tokio::test]
async fn a_next_page_at_another_host_is_refused_and_the_token_stays_here() {
    let reader = reader(with_tokens(|asked| {
        let value = if asked.path.contains("/users") { json!([user()]) } else { json!([]) };
        ok(json!({"value": value, "@odata.nextLink": "https://graph.microsoft.com.evil.example/v1.0/users?$skiptoken=x"}))
    }))
    .await;
    let error = reader.directory().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("another host"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&followed);
    let reader = reader(with_tokens(move |asked| {
        if asked.path.contains("elsewhere") {
            count.fetch_add(1, Ordering::Relaxed);
        }
        (302, vec![("location", "/elsewhere".to_owned())], Value::Null)
    }))
    .await;
    assert!(reader.directory().await.is_err());
    assert_eq!(followed.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn an_answer_that_leaves_an_item_of_a_batch_out_makes_nobody_absent() {
    let reader = reader(with_tokens(|asked| {
        if asked.path.ends_with("$batch") { ok(json!({"responses": []})) } else { ok(json!({"value": []})) }
    }))
    .await;
    let people = reader.people(&["ana@a.test".parse().unwrap()]).await;
    assert!(matches!(&people[0], tripod_tenant::Observed::Unknown(_)), "{people:?}");
}

#[tokio::test]
async fn a_failed_cmdlet_or_an_answer_without_a_list_makes_nothing_absent_under_any_status() {
    let failed = json!({"error": {"code": "InternalServerError", "message": "Error executing cmdlet",
        "details": [{"code": "Client", "target": "", "message": "Ex1|System.TimeoutException|It took too long."}]}});
    for body in [failed, json!({}), json!({"@adminapi.warnings": ["It took too long."]})] {
        let said = body.clone();
        let reader = reader(with_tokens(move |asked| {
            if asked.path.contains("outlook") { ok(said.clone()) } else { ok(json!({"value": []})) }
        }))
        .await;
        let query = MailboxQuery { address: "box@a.test".parse().unwrap(), kind: Kind::SharedMailbox, id: None };
        let seen = reader.mailboxes(&[query]).await;
        assert!(matches!(&seen[0], Observed::Unknown(_)), "{body}: {seen:?}");
    }
}

#[tokio::test]
async fn an_item_that_a_batch_left_out_is_asked_for_again() {
    let rounds = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&rounds);
    let reader = reader(with_tokens(move |asked| {
        if !asked.path.ends_with("$batch") {
            return ok(json!({"value": []}));
        }
        let round = count.fetch_add(1, Ordering::Relaxed);
        let items = asked.body["requests"].as_array().unwrap().iter();
        // The first round leaves out what came first, and the others come in another order.
        let skip = usize::from(round == 0);
        let user_at = |item: &Value| {
            let name = if item["url"].as_str().unwrap().contains("ben%40") { "ben@a.test" } else { "ana@a.test" };
            let mut user = user();
            user["userPrincipalName"] = json!(name);
            user["mail"] = json!(name);
            user
        };
        let answers = items.skip(skip).map(|item| json!({"id": item["id"], "status": 200, "body": user_at(item)}));
        ok(json!({"responses": answers.rev().collect::<Vec<_>>()}))
    }))
    .await;
    let people = reader.people(&["ana@a.test".parse().unwrap(), "ben@a.test".parse().unwrap()]).await;
    assert!(people.iter().all(|person| person.present().is_some()), "{people:?}");
    assert_eq!(rounds.load(Ordering::Relaxed), 2);
}
