//! A service account without a key: somebody else has Google sign for it.

use std::fs;
use std::path::PathBuf;

use futures::future::join_all;
use secrecy::SecretString;
use serde_json::json;
use tripod_google::{AmbientPlaces, CallerCredential};
use tripod_sandbox::Access;
use tripod_tenant::{ErrorKind, Observed, TenantReader};

use super::{Customer, POOL, customer, customer_with, federated, file, machine, refusal, shows};
use crate::support::{access, at};

async fn old_box(customer: &Customer, caller: CallerCredential) -> Vec<String> {
    let reader = customer.reader(customer.keyless(Access::Read, caller));
    let query =
        tripod_tenant::MailboxQuery { address: at("old-box"), kind: tripod_model::Kind::SharedMailbox, id: None };
    match reader.mailboxes(&[query]).await.remove(0) {
        Observed::Present(mailbox) => access(&mailbox),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_machine_of_googles_cloud_acts_for_the_administrator_and_for_the_mailboxes() {
    let customer = customer("{metadata-server: write}").await;
    assert_eq!(old_box(&customer, machine()).await, ["ana:full", "ben:full"]);
    assert!(customer.exchanges(":signJwt") > 0);
}

#[tokio::test]
async fn a_workload_from_outside_does_too() {
    let customer = customer(&federated("repo:main")).await;
    let caller = file(&customer.external("repo:main"));
    assert_eq!(old_box(&customer, caller).await, ["ana:full", "ben:full"]);
}

#[tokio::test]
async fn so_does_a_file_that_googles_own_tools_would_find() {
    let customer = customer(&federated("repo:main")).await;
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("found.json");
    fs::write(&place, customer.external("repo:main").to_string()).unwrap();
    let named = AmbientPlaces { named: Some(place.clone()), well_known: Some("/nowhere/at-all.json".into()) };
    assert_eq!(old_box(&customer, CallerCredential::ambient(named)).await, ["ana:full", "ben:full"]);
    let well_known = AmbientPlaces { named: None, well_known: Some(place.clone()) };
    assert_eq!(old_box(&customer, CallerCredential::ambient(well_known)).await, ["ana:full", "ben:full"]);
    fs::remove_file(place).unwrap();
}

#[tokio::test]
async fn another_service_accounts_key_may_have_it_signed() {
    let customer = customer("{}").await;
    assert_eq!(old_box(&customer, file(&customer.key_json(Access::Write))).await, ["ana:full", "ben:full"]);
}

#[tokio::test]
async fn the_callers_token_is_asked_for_once_and_again_before_it_ends() {
    let customer = customer("{metadata-server: write}").await;
    let reader = customer.reader(customer.keyless(Access::Read, machine()));
    let people = [at("ana")];
    let all = || join_all((0..20).map(|_| reader.people(&people)));
    all().await;
    let once = (customer.exchanges("metadata.google"), customer.exchanges(":signJwt"));
    assert_eq!(once, (1, 1));
    // Not a call is made with a token that has ended: there would be a second request after the refusal.
    let before = customer.exchanges("admin.googleapis.com");
    customer.pass(3599 - 60).await;
    all().await;
    assert_eq!((customer.exchanges("metadata.google"), customer.exchanges(":signJwt")), (2, 2));
    assert_eq!(customer.exchanges("admin.googleapis.com"), 2 * before);
}

#[tokio::test]
async fn every_refusal_says_what_lacks_and_nothing_of_the_secrets() {
    for (sign_in, lines, text) in [
        ("{metadata-server: read, token-creator: false}", "", "the caller may not sign for tripod-read@"),
        ("{metadata-server: read}", "    apis-off: [iamcredentials]\n", "IAM Service Account Credentials API"),
        ("{}", "", "no application default credentials were found"),
    ] {
        let customer = customer_with(sign_in, lines).await;
        let said = refusal(&customer.reader(customer.keyless(Access::Read, machine()))).await.unwrap();
        assert!(said.contains(text), "{said}");
    }
}

#[tokio::test]
async fn a_workload_that_the_pool_does_not_know_is_refused_without_a_word_of_its_token() {
    let customer = customer(&federated("repo:main")).await;
    let mut outside = customer.external("repo:fork");
    let token = SecretString::from(customer.sandbox.google_subject_token("juniper", "repo:fork").unwrap());
    let reader = customer.reader(customer.keyless(Access::Read, file(&outside)));
    let said = refusal(&reader).await.unwrap();
    assert!(said.contains("the workload identity pool does not accept"), "{said}");
    assert!(!shows(&said, &[&token]), "{said}");
    outside["audience"] = json!(POOL.replace("projects/1", "projects/2"));
    let said = refusal(&customer.reader(customer.keyless(Access::Read, file(&outside)))).await.unwrap();
    assert!(said.contains("the workload identity pool does not accept"), "{said}");
    outside["credential_source"] = json!({ "file": "/nowhere/token" });
    let said = refusal(&customer.reader(customer.keyless(Access::Read, file(&outside)))).await.unwrap();
    assert!(said.contains("/nowhere/token cannot be read"), "{said}");
}

#[tokio::test]
async fn a_file_of_googles_is_never_used_with_a_stand_in() {
    let customer = customer("{}").await;
    let user =
        json!({ "type": "authorized_user", "client_id": "c", "client_secret": "s3cret", "refresh_token": "r3fresh" });
    let identity = customer.keyless(Access::Read, file(&user));
    let error = tripod_google::GoogleReader::new(
        Customer::tenant(),
        identity,
        customer.endpoints.clone(),
        customer.sandbox.clock(),
    )
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::SetUp);
    assert!(error.to_string().contains("`token_uri`"), "{error}");
    assert_eq!(customer.exchanges("/token"), 0);
}
