//! How the adapter gets its tokens.

mod diagnosed;
mod federation;
mod machine;
mod person;
mod refreshing;

use serde_json::json;
use tripod_microsoft::{AppCredentials, ClientProof};
use tripod_sandbox::Access;
use tripod_tenant::{ErrorKind, Observed, TenantReader};

use crate::{at, tenant};

#[tokio::test]
async fn a_certificate_signs_in() {
    let tenant = tenant(json!({})).await;
    let credentials = tenant.sandbox.microsoft_credentials(crate::TENANT, Access::Read).unwrap();
    let proof = ClientProof::Certificate(credentials.certificate_pem);
    let reader = tenant.reader_with(AppCredentials { client_id: Some(credentials.client_id), proof });
    assert!(reader.people(&[at("alice")]).await[0].present().is_some());
}

#[tokio::test]
async fn a_wrong_secret_is_a_matter_of_set_up_and_never_shown() {
    let tenant = tenant(json!({})).await;
    let credentials = AppCredentials {
        proof: ClientProof::Secret("not-the-secret-hunter2".to_owned().into()),
        ..tenant.credentials(Access::Read)
    };
    let person = tenant.reader_with(credentials).people(&[at("alice")]).await.remove(0);
    let Observed::Unknown(unknown) = person else { panic!("{person:?}") };
    assert_eq!(unknown.kind, ErrorKind::SetUp);
    assert!(unknown.reason.contains("AADSTS7000215") && !unknown.reason.contains("hunter2"), "{}", unknown.reason);
}

#[tokio::test]
async fn an_unknown_app_is_a_matter_of_set_up() {
    let tenant = tenant(json!({})).await;
    let client_id = Some("00000000-1111-4222-8333-944444444444".to_owned());
    let credentials = AppCredentials { client_id, ..tenant.credentials(Access::Read) };
    let error = tenant.reader_with(credentials).directory().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::SetUp, "{error}");
    assert!(error.message.contains("AADSTS700016"), "{error}");
}

#[tokio::test]
async fn many_callers_share_one_token() {
    let tenant = tenant(json!({})).await;
    // Two token requests are let through, one for Graph and one for Exchange; a third one would fail for good.
    tenant.fault(json!({"host": "login.microsoftonline.com", "what": "unavailable", "after": 2}));
    let reader = tenant.reader();
    let addresses: Vec<_> = crate::PEOPLE.iter().map(|name| at(name)).collect();
    let looks = (0..20).map(|_| reader.people(&addresses));
    for people in futures::future::join_all(looks).await {
        assert!(people.iter().all(|person| person.present().is_some()), "{people:?}");
    }
}

#[tokio::test]
async fn an_id_that_is_no_guid_is_refused_before_anything_is_sent() {
    let tenant = tenant(json!({})).await;
    let endpoints = tenant.endpoints();
    let bad = tripod_microsoft::MicrosoftTenant { tenant_id: "x/../y".to_owned(), domains: Vec::new() };
    let refused = tripod_microsoft::MicrosoftReader::new(
        bad,
        tenant.credentials(Access::Read),
        endpoints,
        tenant.sandbox.clock(),
    );
    assert_eq!(refused.unwrap_err().kind, ErrorKind::SetUp);
}
