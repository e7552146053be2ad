//! `tripod ticket serve` with messages as GitHub sends them.

use std::time::Instant;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tripod_tickets::connect::webhook::sign;

use super::program::{LONGEST, Program};
use super::support::{ISSUES, SECRET, Stage, label, request};

/// The program that takes messages, with the desk beside it.
struct Served {
    program: Program,
    webhook: String,
    /// The root of the stand-ins.
    desk: String,
    http: Client,
    runtime: Runtime,
}

impl Served {
    fn start(stage: &Stage) -> Self {
        let words = ["ticket", "serve", "--sandbox", "--listen", "127.0.0.1:0"];
        let mut program = Program::start(&mut stage.command(&words));
        let webhook = program.line("/webhook");
        let desk = program.line("http://");
        let http = Client::builder().user_agent("somebody's browser").build().unwrap();
        Self { program, webhook, desk, http, runtime: Runtime::new().unwrap() }
    }

    fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        self.runtime.block_on(async {
            let reply = request.send().await.unwrap();
            let status = reply.status();
            (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or_default())
        })
    }

    fn at_github(&self, who: &str, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}api.github.com/{path}", self.desk);
        let request = self.http.request(method, url).bearer_auth(format!("sandbox-{who}")).json(body);
        let (status, reply) = self.send(request);
        assert!(status.is_success(), "{status}: {reply}");
        reply
    }

    /// Somebody opens an issue, and IT labels it.
    fn ask(&self, who: &str, name: &str) -> u64 {
        let number = self.at_github(who, Method::POST, ISSUES, &request(name))["number"].as_u64().unwrap();
        self.at_github("it", Method::POST, &format!("{ISSUES}/{number}/labels"), &label());
        number
    }

    /// A message as GitHub sends it.
    fn message(&self, id: &str, event: &str, body: &Value) -> RequestBuilder {
        let body = body.to_string();
        let signature = sign(&SecretString::from(SECRET), body.as_bytes());
        self.unsigned(id, event, &body).header("X-Hub-Signature-256", format!("sha256={signature}"))
    }

    fn unsigned(&self, id: &str, event: &str, body: &str) -> RequestBuilder {
        let request = self.http.post(&self.webhook).header("content-type", "application/json");
        request.header("X-GitHub-Event", event).header("X-GitHub-Delivery", id).body(body.to_owned())
    }

    /// Sends the same message until it says that it was worked on; what came of it.
    fn result(&self, id: &str, event: &str, body: &Value) -> Value {
        let until = Instant::now() + LONGEST;
        while Instant::now() < until {
            match self.send(self.message(id, event, body)) {
                (StatusCode::OK, reply) => return reply,
                (status, reply) => assert_eq!(status, StatusCode::ACCEPTED, "{reply}"),
            }
        }
        panic!("the message {id} is not worked on");
    }

    fn stop(self) -> String {
        self.program.signal("-TERM");
        let (status, said) = self.program.ended();
        assert_eq!(status.code(), Some(0), "{said}");
        said
    }
}

fn about(issue: u64, action: &str) -> Value {
    json!({"action": action, "issue": {"number": issue}, "repository": {"full_name": "it/requests"}})
}

#[test]
fn a_ticket_goes_its_way_by_messages_alone_and_a_second_one_changes_nothing() {
    let stage = Stage::new();
    let mut served = Served::start(&stage);
    let issue = served.ask("jonas", "freight-audit");
    let labelled = about(issue, "labeled");
    assert_eq!(served.send(served.message("d-1", "issues", &labelled)).0, StatusCode::ACCEPTED);
    served.program.line("1 planned");
    let digest = served.program.line("plan ").trim().trim_start_matches("plan ").to_owned();

    let comments = format!("{ISSUES}/{issue}/comments");
    let approval = json!({"body": format!("/approve {digest}")});
    served.at_github("sofia", Method::POST, &comments, &approval);
    let commented = about(issue, "created");
    assert_eq!(served.send(served.message("d-2", "issue_comment", &commented)).0, StatusCode::ACCEPTED);
    served.program.line("1 closed: everything is done and confirmed");

    let first = served.result("d-2", "issue_comment", &commented);
    assert_eq!((&first["state"], &first["ticket"]), (&json!("done"), &json!("1")));
    let all = served.at_github("it", Method::GET, &comments, &Value::Null);
    let said_by = |who: &str| all.as_array().unwrap().iter().filter(|one| one["user"]["login"] == who).count();
    assert_eq!((said_by("tripod"), said_by("sofia")), (2, 1), "{all}");
    // The same message under another id is the same message; so are the first one and one about a closed ticket.
    assert_eq!(served.result("d-3", "issue_comment", &commented), first);
    served.result("d-1", "issues", &labelled);
    let closed = about(issue, "closed");
    assert_eq!(served.send(served.message("d-4", "issues", &closed)).0, StatusCode::ACCEPTED);
    served.program.line("1 closed: it is closed; nothing is left to do");
    assert_eq!(served.at_github("it", Method::GET, &comments, &Value::Null), all);
    let said = served.stop();
    assert!(!said.contains(SECRET), "{said}");
}

#[test]
fn what_is_not_signed_or_not_for_us_is_refused_with_its_status() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let body = about(1, "opened");
    let good = body.to_string();
    let other = sign(&SecretString::from("another secret"), good.as_bytes());
    let refused = |request: RequestBuilder| served.send(request);

    assert_eq!(refused(served.unsigned("d-1", "issues", &good)), (StatusCode::UNAUTHORIZED, Value::Null));
    let wrong = served.unsigned("d-1", "issues", &good).header("X-Hub-Signature-256", format!("sha256={other}"));
    assert_eq!(refused(wrong), (StatusCode::UNAUTHORIZED, Value::Null));
    let tampered = served.message("d-1", "issues", &body).body(good.replace("opened", "edited"));
    assert_eq!(refused(tampered), (StatusCode::UNAUTHORIZED, Value::Null));
    let elsewhere = served.http.post(served.webhook.replace("/webhook", "/hooks")).body(good);
    assert_eq!(refused(elsewhere).0, StatusCode::NOT_FOUND);
    assert_eq!(refused(served.http.get(&served.webhook)).0, StatusCode::METHOD_NOT_ALLOWED);
    let large = json!({"filling": " ".repeat(2 * 1024 * 1024)});
    assert_eq!(refused(served.message("d-1", "issues", &large)).0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused(served.message("d-1", "issues", &json!({"issue": 1}))).0, StatusCode::BAD_REQUEST);
    // Signed, and about nothing of ours.
    assert_eq!(refused(served.message("d-1", "ping", &json!({"zen": "…"}))).1["state"], "ignored");
    let foreign = json!({"issue": {"number": 1}, "repository": {"full_name": "it/other"}});
    assert_eq!(refused(served.message("d-1", "issues", &foreign)).1["state"], "ignored");
    let said = served.stop();
    assert!(!said.contains("planned") && !said.contains("incomplete"), "{said}");
}

#[test]
fn a_ticket_that_cannot_be_worked_on_is_told_of_and_keeps_no_other_waiting() {
    let stage = Stage::new();
    let mut served = Served::start(&stage);
    // Nobody knows whose account this is; an issue without the label is none of ours; and one is as it should be.
    let stranger = served.ask("stranger", "spam");
    let plain = served.at_github("jonas", Method::POST, ISSUES, &request("no-label"))["number"].as_u64().unwrap();
    let good = served.ask("jonas", "freight-audit");
    for (number, issue) in [stranger, plain, good].into_iter().enumerate() {
        let (status, reply) = served.send(served.message(&format!("d-{number}"), "issues", &about(issue, "opened")));
        assert_eq!(status, StatusCode::ACCEPTED, "{reply}");
    }
    served.program.line("whose address the account @stranger");
    served.program.line("3 planned");
    let nothing = served.result("d-1", "issues", &about(plain, "opened"));
    assert_eq!(nothing["result"], "there is no ticket 2");
    let comments = served.at_github("it", Method::GET, &format!("{ISSUES}/{plain}/comments"), &Value::Null);
    assert_eq!(comments, json!([]));
    // It stays in the queue for when somebody has mended it.
    assert_eq!(served.send(served.message("d-0", "issues", &about(stranger, "opened"))).0, StatusCode::ACCEPTED);
    served.stop();
}

#[test]
fn a_message_that_was_accepted_before_a_crash_is_worked_on_at_the_next_start() {
    let stage = Stage::new();
    let issue = stage.ask();
    stage.succeed(&["sandbox", "fault", "unavailable", "--matching", "repos/it/requests"]);
    let mut served = Served::start(&stage);
    assert_eq!(served.send(served.message("d-1", "issues", &about(issue, "labeled"))).0, StatusCode::ACCEPTED);
    served.program.line("error: the desk could not be asked to read ticket 1");
    served.program.kill();

    stage.succeed(&["sandbox", "fault", "--clear"]);
    let mut served = Served::start(&stage);
    served.program.line("1 planned");
    let reply = served.result("d-1", "issues", &about(issue, "labeled"));
    assert_eq!(reply["state"], "done");
    served.stop();
    assert_eq!(stage.comments(issue).len(), 1);
}
