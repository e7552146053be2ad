//! The receiver of webhooks.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tripod_tenant::VirtualClock;
use tripod_tickets::connect::webhook::{Receiver, Sender, Work, serve, sign};
use tripod_tickets::desk::TicketId;
use tripod_tickets::ticket::{StoreError, TicketStore};

use crate::support::answer;

struct Worker {
    seen: Mutex<Vec<String>>,
    failures: Mutex<usize>,
    done: Notify,
}

#[async_trait]
impl Work for Worker {
    async fn work(&self, ticket: &TicketId) -> Result<String, String> {
        self.seen.lock().unwrap().push(ticket.to_string());
        {
            let mut failures = self.failures.lock().unwrap();
            if *failures > 0 {
                *failures -= 1;
                return Err("the desk is away".to_owned());
            }
        }
        self.done.notify_one();
        Ok(format!("planned {ticket}"))
    }
}

pub(crate) struct Stage {
    folder: TempDir,
    pub(crate) http: Client,
    url: String,
    worker: Arc<Worker>,
    stop: watch::Sender<bool>,
    served: JoinHandle<Result<(), StoreError>>,
}

impl Stage {
    pub(crate) async fn new(sender: Sender, now: &str) -> Self {
        Self::again(TempDir::new().unwrap(), sender, now, 0).await
    }

    async fn again(folder: TempDir, sender: Sender, now: &str, failures: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let store = Arc::new(TicketStore::open(&folder.path().join("tickets.db")).unwrap());
        let clock = Arc::new(VirtualClock::starting_at(now.parse().unwrap()));
        let secret = SecretString::from("hunter2");
        let receiver = Receiver { sender, secret, store, clock: clock.clone(), pace: clock };
        let worker = Arc::new(Worker { seen: Mutex::default(), failures: Mutex::new(failures), done: Notify::new() });
        let (stop, stopped) = watch::channel(false);
        let served = tokio::spawn(serve(listener, receiver, Arc::clone(&worker) as Arc<dyn Work>, stopped));
        Self { folder, http: Client::new(), url, worker, stop, served }
    }

    pub(crate) fn post(&self, body: &str) -> RequestBuilder {
        self.http.post(&self.url).body(body.to_owned())
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        answer(request.send().await.unwrap()).await
    }

    /// Waits until the work on one message has succeeded.
    pub(crate) async fn worked(&self) {
        self.worker.done.notified().await;
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.worker.seen.lock().unwrap().clone()
    }

    async fn stop(self) -> TempDir {
        self.stop.send(true).unwrap();
        self.served.await.unwrap().unwrap();
        self.folder
    }
}

pub(crate) fn signed(body: &str) -> String {
    format!("sha256={}", sign(&SecretString::from("hunter2"), body.as_bytes()))
}

const NOW: &str = "2026-11-23T09:00:00Z";

fn github() -> Sender {
    Sender::GitHub { repository: "it/requests".to_owned().try_into().unwrap() }
}

fn message(number: u64) -> String {
    json!({"action": "opened", "issue": {"number": number}, "repository": {"full_name": "it/requests"}}).to_string()
}

fn delivery(stage: &Stage, id: &str, body: &str) -> RequestBuilder {
    let request = stage.post(body).header("x-github-event", "issues").header("x-github-delivery", id);
    request.header("x-hub-signature-256", signed(body))
}

#[tokio::test]
async fn a_message_is_accepted_and_worked_on_and_a_second_one_gets_the_first_result() {
    let stage = Stage::new(github(), NOW).await;
    let body = message(7);
    let (status, _) = stage.send(delivery(&stage, "d-1", &body)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    stage.worked().await;
    // The result is noted after the work; until then the answer is that it is under way.
    let result = loop {
        let (status, result) = stage.send(delivery(&stage, "d-1", &body)).await;
        if status == StatusCode::OK {
            break result;
        }
        assert_eq!(status, StatusCode::ACCEPTED);
    };
    assert_eq!(result, json!({"ticket": "7", "state": "done", "result": "planned 7"}));
    // The same bytes under another id are the same message, because only the bytes are signed.
    assert_eq!(stage.send(delivery(&stage, "d-2", &body)).await, (StatusCode::OK, result.clone()));
    // The same id with other signed bytes is another attempt at the same message.
    let retold = body.replace("opened", "edited");
    assert_eq!(stage.send(delivery(&stage, "d-1", &retold)).await, (StatusCode::OK, result));
    assert_eq!(stage.seen(), ["7"]);
}

#[tokio::test]
async fn a_wrong_signature_is_refused_without_detail() {
    let stage = Stage::new(github(), NOW).await;
    let body = message(7);
    let other = format!("sha256={}", sign(&SecretString::from("other"), body.as_bytes()));
    let cut = signed(&body)[..70].to_owned();
    for signature in [String::new(), "sha256=".to_owned(), other, cut, signed(&message(8)), "é".repeat(35)] {
        let request = stage.post(&body).header("x-github-event", "issues").header("x-github-delivery", "d-1");
        let request = request.header("x-hub-signature-256", signature.as_bytes());
        assert_eq!(stage.send(request).await, (StatusCode::UNAUTHORIZED, Value::Null), "{signature}");
    }
    let unsigned = stage.post(&body).header("x-github-event", "issues").header("x-github-delivery", "d-1");
    assert_eq!(stage.send(unsigned).await.0, StatusCode::UNAUTHORIZED);
    assert!(stage.seen().is_empty());
}

#[tokio::test]
async fn hostile_bodies_are_refused_and_nothing_is_worked_on() {
    let stage = Stage::new(github(), NOW).await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = message(7).replacen('{', r#"{"issue":{"number":8},"#, 1);
    let path = message(7).replace('7', "\"../7\"");
    let negative = message(7).replace('7', "-7");
    for body in ["", "x", "[]", "{}", "{\"issue\":", &deep, &twice, &path, &negative] {
        let (status, _) = stage.send(delivery(&stage, "d-1", body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{}", &body[..body.len().min(60)]);
    }
    for (id, expected) in [("", StatusCode::BAD_REQUEST), (&*"d".repeat(500), StatusCode::BAD_REQUEST)] {
        assert_eq!(stage.send(delivery(&stage, id, &message(7))).await.0, expected);
    }
    let foreign = message(7).replace("it/requests", "mallory/requests");
    assert_eq!(stage.send(delivery(&stage, "d-1", &foreign)).await.0, StatusCode::OK);
    assert!(stage.seen().is_empty());
}

#[tokio::test]
async fn ten_megabytes_are_refused_even_if_they_are_signed() {
    let stage = Stage::new(github(), NOW).await;
    let body = " ".repeat(10 * 1024 * 1024);
    assert_eq!(stage.send(delivery(&stage, "d-1", &body)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    // The largest body that is taken is read: it is signed, and no JSON.
    let body = " ".repeat(1024 * 1024);
    assert_eq!(stage.send(delivery(&stage, "d-1", &body)).await.0, StatusCode::BAD_REQUEST);
    assert!(stage.seen().is_empty());
}

#[tokio::test]
async fn work_that_fails_is_tried_again_and_what_a_dead_run_left_is_done_by_the_next() {
    let stage = Stage::again(TempDir::new().unwrap(), github(), NOW, 2).await;
    stage.send(delivery(&stage, "d-1", &message(7))).await;
    stage.worked().await;
    assert_eq!(stage.seen(), ["7", "7", "7"]);
    let folder = stage.stop().await;

    let store = TicketStore::open(&folder.path().join("tickets.db")).unwrap();
    assert_eq!(store.unfinished("github").unwrap(), []);
    let ticket: TicketId = "8".parse().unwrap();
    let left = tripod_tickets::ticket::Delivery { desk: "github", id: "left", ticket: &ticket };
    store.receive(left, NOW.parse().unwrap()).unwrap();
    drop(store);
    let stage = Stage::again(folder, github(), NOW, 0).await;
    stage.worked().await;
    assert_eq!(stage.seen(), ["8"]);
}
