//! Sockets, the state's file, faults and TLS.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tripod_sandbox::{Fault, Options, Sandbox, SandboxError, Standing, TlsFiles, World};

use crate::support::{Client, client, client_of, description, new_user, rude_client};

fn fault(value: Value) -> Fault {
    serde_json::from_value(value).unwrap()
}

async fn opened(state: &Path) -> Client {
    client_of(World::open(state, None).unwrap(), None).await
}

#[tokio::test]
async fn a_later_run_goes_on_where_the_file_stands() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let client = client_of(World::open(&state, Some(&description())).unwrap(), None).await;
    let admin = client.admin().await;
    assert_eq!(client.post("users", &admin, new_user("kept")).await.status, 200);
    let throttled = fault(json!({"matching": "users/ben", "what": "unavailable", "times": 2}));
    client.sandbox.with_world(|world| world.add_fault(throttled)).unwrap();
    assert_eq!(client.get("users/ben@juniper.example", &admin).await.status, 503);
    let ana = "ana@juniper.example".parse().unwrap();
    client.sandbox.with_world(|world| world.leave(&ana)).unwrap();
    client.pass(10).await;
    client.sandbox.stop().await.unwrap();

    let client = opened(&state).await;
    // The token of the run before still works, the new user is visible by now, and one of the two faults is left.
    assert_eq!(client.get("users/kept@juniper.example", &admin).await.status, 200);
    assert_eq!(client.get("users/ana@juniper.example", &admin).await.body["suspended"], true);
    assert_eq!(client.get("users/ben@juniper.example", &admin).await.status, 503);
    assert_eq!(client.get("users/ben@juniper.example", &admin).await.status, 200);
    assert_eq!(client.get("customer/my_customer/orgunits?type=all", &admin).await.status, 200);
    let token = client.mailbox("box@juniper.example").await;
    let list = client.delegates(reqwest::Method::GET, "", &token, None).await;
    assert_eq!(list.body["delegates"][0]["delegateEmail"], "ana@juniper.example");
    client.sandbox.stop().await.unwrap();
    World::open(&state, None).unwrap();
}

#[tokio::test]
async fn what_was_answered_is_in_the_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let client = client_of(World::open(&state, Some(&description())).unwrap(), None).await;
    let admin = client.admin().await;
    client.post("users", &admin, new_user("sudden")).await;
    // The files as a sudden end would leave them, without anything that an orderly one still writes.
    let copy = folder.path().join("copy.db");
    std::fs::copy(&state, &copy).unwrap();
    std::fs::copy(folder.path().join("sandbox.db-wal"), folder.path().join("copy.db-wal")).unwrap();
    let client = opened(&copy).await;
    assert_eq!(client.post("users", &admin, new_user("sudden")).await.status, 409);
}

#[tokio::test]
async fn a_file_is_held_by_one_and_needs_a_description_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    assert!(matches!(World::open(&state, None), Err(SandboxError::NoState(_))));
    let first = World::open(&state, Some(&description())).unwrap();
    assert!(matches!(World::open(&state, None), Err(SandboxError::Held(_))));
    drop(first);
    World::open(&state, None).unwrap();
    let rubbish = folder.path().join("rubbish.db");
    std::fs::write(&rubbish, "this is not a database, though it is long enough to be looked at as one".repeat(99))
        .unwrap();
    assert!(matches!(World::open(&rubbish, None), Err(SandboxError::Content { .. })));
}

#[tokio::test]
async fn faults_hit_as_they_say() {
    let client = client().await;
    let admin = client.admin().await;
    let add = |value: Value| client.sandbox.with_world(|world| world.add_fault(fault(value))).unwrap();
    add(json!({"host": "gmail.googleapis.com", "what": "throttled", "times": 1}));
    let token = client.mailbox("box@juniper.example").await;
    let throttled = client.delegates(reqwest::Method::GET, "", &token, None).await;
    assert_eq!(throttled.status, 429);
    assert!(throttled.message().starts_with("User-rate limit exceeded.  Retry after 2026-11-23T09:00:"));
    assert_eq!(client.delegates(reqwest::Method::GET, "", &token, None).await.status, 200);

    add(json!({"method": "POST", "matching": "v1/users", "what": "reply-lost", "times": 1}));
    let url = client.url("admin.googleapis.com", "admin/directory/v1/users");
    let lost = client.http.post(&url).bearer_auth(&admin).json(&new_user("lost")).send().await;
    assert!(lost.is_err(), "a lost reply is no reply");
    assert_eq!(client.post("users", &admin, new_user("lost")).await.status, 409);

    add(json!({"method": "POST", "matching": "v1/users", "what": "cut", "times": 1}));
    assert!(client.http.post(&url).bearer_auth(&admin).json(&new_user("cut")).send().await.is_err());
    assert_eq!(client.post("users", &admin, new_user("cut")).await.status, 200);

    add(json!({"what": "unavailable"}));
    assert_eq!(client.get("users/ana@juniper.example", &admin).await.status, 503);
    client.sandbox.with_world(World::clear_faults).unwrap();
    assert_eq!(client.get("users/ana@juniper.example", &admin).await.status, 200);
}

#[tokio::test]
async fn people_leave_and_come_back_and_a_slip_of_the_pen_is_helped() {
    let mut world = World::new(&description()).unwrap();
    let ana = "ana@juniper.example".parse().unwrap();
    assert_eq!(world.leave(&ana).unwrap().standing, Standing::Disabled);
    assert_eq!(world.return_to_work(&ana).unwrap().standing, Standing::Active);
    assert_eq!(world.people().len(), 8);
    let error = world.leave(&"anna@juniper.example".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("did you mean ana@juniper.example?"), "{error}");
    assert!(world.leave(&"box@juniper.example".parse().unwrap()).is_err(), "a mailbox is nobody who could leave");
}

#[tokio::test]
async fn the_vendors_own_host_names_work_over_tls() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    let tls = TlsFiles { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
    let world = World::new(&description()).unwrap();
    let sandbox = Sandbox::start(world, Options { tls: Some(tls), ..Options::default() }).await.unwrap();
    let root = std::fs::read(folder.join("certificate.pem")).unwrap();
    let port = sandbox.url().port().unwrap();
    let http = reqwest::Client::builder()
        .add_root_certificate(reqwest::Certificate::from_pem(&root).unwrap())
        .resolve("admin.googleapis.com", ([127, 0, 0, 1], port).into())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let reply =
        http.get(format!("https://admin.googleapis.com:{port}/admin/directory/v1/users/x")).send().await.unwrap();
    assert_eq!(reply.status(), 401);
    let reply = http.get(format!("https://127.0.0.1:{port}/example.com/x")).send().await.unwrap();
    assert_eq!(reply.status(), 404);
    sandbox.stop().await.unwrap();
}

#[tokio::test]
async fn a_body_of_any_size_is_not_taken() {
    let client = rude_client().await;
    let url = client.url("admin.googleapis.com", "admin/directory/v1/users");
    // The server may close before it has read it all; what must not happen is that it takes it.
    if let Ok(reply) = client.http.post(url).body(vec![b' '; 17 * 1024 * 1024]).send().await {
        assert_eq!(reply.status(), 413);
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let client = rude_client().await;
    let listen = client.sandbox.url().socket_addrs(|| None).unwrap()[0];
    let world = World::new(&description()).unwrap();
    let error = Sandbox::start(world, Options { listen, ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, SandboxError::Listen { .. }));
}
