//! The identity of the machine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};
use tripod_microsoft::{AppCredentials, ClientProof, ManagedIdentity, MicrosoftReader};
use tripod_tenant::{CauseId, Clock, Endpoints, ErrorKind, TenantError, TenantReader};

use crate::odd_server::{self, Asked, ok};
use crate::{TENANT, Tenant, at, tenant_without_log};

fn credentials(identity: ManagedIdentity) -> AppCredentials {
    AppCredentials { client_id: None, proof: ClientProof::ManagedIdentity(identity) }
}

fn environment(endpoint: &str, header: &str) -> Result<ManagedIdentity, TenantError> {
    ManagedIdentity::from_variables(|name| match name {
        "IDENTITY_ENDPOINT" => Some(endpoint.to_owned()),
        "IDENTITY_HEADER" => Some(header.to_owned()),
        _ => None,
    })
}

fn app_service(tenant: &Tenant, header: &str) -> ManagedIdentity {
    environment(&format!("{}169.254.169.254/msi/token", tenant.sandbox.url()), header).unwrap()
}

#[tokio::test]
async fn a_virtual_machine_and_an_app_read_with_their_identity() {
    let tenant = tenant_without_log(json!({"sign-in": {"managed-identity": "read"}})).await;
    let header = tenant.sandbox.with_world(|world| world.microsoft_identity_header(TENANT)).unwrap();
    for identity in [ManagedIdentity::from_variables(|_| None).unwrap(), app_service(&tenant, &header)] {
        let reader = tenant.reader_with(credentials(identity));
        assert!(reader.people(&[at("alice")]).await[0].present().is_some());
        assert!(reader.service_mailboxes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_machine_without_an_identity_says_so_in_one_sentence() {
    let tenant = tenant_without_log(json!({})).await;
    let virtual_machine = credentials(ManagedIdentity::of_virtual_machine());
    let error = tenant.reader_with(virtual_machine).directory().await.unwrap_err();
    assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::MicrosoftNoManagedIdentity)), "{error}");
    let another = credentials(app_service(&tenant, "not-the-header-hunter2"));
    let error = tenant.reader_with(another).directory().await.unwrap_err();
    assert_eq!(error.cause, Some(CauseId::MicrosoftNoManagedIdentity), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn where_nobody_answers_it_is_said_at_once() {
    // No test is given this port, so that nobody answers there.
    let identity = environment("http://127.0.0.1:1/msi/token", "x").unwrap();
    let clock = odd_server::clock();
    let begun = clock.now();
    let reader =
        MicrosoftReader::new(Tenant::tenant(), credentials(identity), Endpoints::providers(), clock.clone()).unwrap();
    let error = reader.directory().await.unwrap_err();
    assert_eq!(error.cause, Some(CauseId::MicrosoftNoManagedIdentity), "{error}");
    assert_eq!(clock.now(), begun, "nothing was waited for");
}

#[tokio::test]
async fn the_questions_are_those_that_the_services_want() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let asked_for = Arc::clone(&seen);
    let root = odd_server::serving(move |asked: &Asked| {
        if !asked.bearer.is_empty() {
            return ok(json!({"value": []}));
        }
        asked_for.lock().unwrap().push((asked.method.clone(), asked.path.clone(), asked.head.clone()));
        ok(json!({"access_token": "t", "expires_on": (Timestamp::now().as_second() + 3600).to_string()}))
    })
    .await;
    let at_service = environment(&format!("{root}169.254.169.254/msi/token"), "h3ader").unwrap();
    for identity in [ManagedIdentity::of_virtual_machine(), at_service] {
        let reader = odd_server::reader_at(&root, ClientProof::ManagedIdentity(identity), odd_server::clock());
        reader.service_mailboxes().await.unwrap();
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4, "{seen:?}");
    for (method, path, head) in seen.iter() {
        assert_eq!(method, "GET");
        assert!(path.contains("resource=https%3A%2F%2F") && !path.contains("default"), "{path}");
        assert!(path.contains(&format!("client_id={TENANT}")), "the identity that was named: {path}");
        if path.contains("/metadata/identity/oauth2/token") {
            assert!(path.contains("api-version=2018-02-01") && head.contains("metadata: true"), "{path} {head}");
        } else {
            assert!(path.contains("api-version=2019-08-01") && head.contains("x-identity-header: h3ader"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_service_that_is_being_updated_or_busy_is_asked_again() {
    let number = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&number);
    let root = odd_server::serving(move |asked: &Asked| {
        if !asked.bearer.is_empty() {
            return ok(json!({"value": []}));
        }
        match count.fetch_add(1, Ordering::Relaxed) {
            0 => (404, Vec::new(), Value::Null),
            1 => (410, Vec::new(), Value::Null),
            2 => (429, Vec::new(), Value::Null),
            3 => (500, Vec::new(), Value::Null),
            _ => ok(json!({"access_token": "t", "expires_in": "3600"})),
        }
    })
    .await;
    let clock = odd_server::clock();
    let begun = clock.now();
    let identity = ClientProof::ManagedIdentity(ManagedIdentity::of_virtual_machine());
    odd_server::reader_at(&root, identity, clock.clone()).service_mailboxes().await.unwrap();
    assert!(clock.now().duration_since(begun).as_secs() >= 12, "the update was given time");
}

#[tokio::test]
async fn nothing_is_sent_to_a_place_that_is_not_on_this_link() {
    for endpoint in ["http://10.1.2.3/msi/token", "http://localhost.evil.example/", "ftp://127.0.0.1/", "hunter2"] {
        let error = environment(endpoint, "s3cret").unwrap_err();
        assert_eq!(error.kind, ErrorKind::SetUp, "{endpoint}");
        assert!(!error.to_string().contains("s3cret") && !error.to_string().contains("hunter2"), "{error}");
    }
    // Whoever works with a stand-in does not get the tokens of the machine that they work on.
    let tenant = tenant_without_log(json!({})).await;
    let real = credentials(environment("http://169.254.129.4:8081/msi/token", "s3cret").unwrap());
    let refused = MicrosoftReader::new(Tenant::tenant(), real.clone(), tenant.endpoints(), tenant.sandbox.clock());
    assert!(refused.unwrap_err().message.contains("stand-in"));
    assert!(!format!("{real:?}").contains("s3cret"));
    let arc =
        ManagedIdentity::from_variables(|name| (name == "IDENTITY_ENDPOINT").then(|| "http://localhost/".to_owned()));
    assert!(arc.unwrap_err().message.contains("Azure Arc"));
}

#[tokio::test]
async fn an_answer_without_a_token_shows_nothing_of_itself() {
    let root = odd_server::serving(|_| ok(json!({"access_token": "s3cret-token"}))).await;
    let identity = ClientProof::ManagedIdentity(ManagedIdentity::of_virtual_machine());
    let error = odd_server::reader_at(&root, identity, odd_server::clock()).directory().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(!error.to_string().contains("s3cret"), "{error}");
}
