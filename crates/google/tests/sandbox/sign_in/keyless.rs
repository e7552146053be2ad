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
    // One signature for each scope: accounts, units, and the policies on mail delegation.
    assert_eq!(once, (1, 3));
    // Not a call is made with a token that has ended: there would be a second request after the refusal.
    let before = customer.exchanges("admin.googleapis.com");
    customer.pass(3599 - 60).await;
    all().await;
    assert_eq!((customer.exchanges("metadata.google"), customer.exchanges(":signJwt")), (2, 6));
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

/// Answers every connection with this, and gives what was asked.
async fn token_server(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}/token?audience=x", listener.local_addr().unwrap().port());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, asked)
}

#[tokio::test]
async fn a_workloads_token_is_asked_for_as_a_github_action_does_and_an_error_page_is_never_taken_for_one() {
    let customer = customer(&federated("repo:main")).await;
    let token = customer.sandbox.google_subject_token("juniper", "repo:main").unwrap();
    let body = json!({ "value": token }).to_string();
    let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let (url, asked) = token_server(reply.leak()).await;
    let mut outside = customer.external("repo:main");
    let source = |url: &str| {
        json!({
            "url": url,
            "headers": { "Authorization": "Bearer r3quest", "Accept": "application/json" },
            "format": { "type": "json", "subject_token_field_name": "value" },
        })
    };
    outside["credential_source"] = source(&url);
    assert_eq!(refusal(&customer.reader(customer.keyless(Access::Read, file(&outside)))).await, None);
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("GET /token?audience=x HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer r3quest\r\n"), "{asked}");

    let (url, _) =
        token_server("HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\nconnection: close\r\n\r\ns3cret 40").await;
    outside["credential_source"] = source(&url);
    let before = customer.exchanges("sts.googleapis.com");
    let said = refusal(&customer.reader(customer.keyless(Access::Read, file(&outside)))).await.unwrap();
    assert!(said.contains("127.0.0.1 gives no token for the workload (HTTP 404)"), "{said}");
    assert!(!said.contains("r3quest") && !said.contains("s3cret"), "{said}");
    assert_eq!(customer.exchanges("sts.googleapis.com"), before);
}

#[tokio::test]
async fn a_workload_may_act_as_another_service_account_first() {
    let customer = customer(&federated("repo:main")).await;
    let mut outside = customer.external("repo:main");
    let email = customer.key_json(Access::Write)["client_email"].as_str().unwrap().to_owned();
    outside["service_account_impersonation_url"] = json!(format!(
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
    ));
    assert_eq!(old_box(&customer, file(&outside)).await, ["ana:full", "ben:full"]);
    assert_eq!(customer.exchanges(":generateAccessToken"), 1);
}

#[tokio::test]
async fn somebody_who_signed_in_with_googles_own_tool_may_have_it_signed_or_is_told_what_lacks() {
    let customer = customer("{}").await;
    let client: serde_json::Value = serde_json::from_str(&customer.sandbox.google_client("juniper").unwrap()).unwrap();
    let refresh = super::browser::signed_in(&customer, tripod_tenant::SignInFor::Reading).await.refresh_token;
    let mut user = json!({
        "type": "authorized_user",
        "client_id": client["installed"]["client_id"],
        "client_secret": client["installed"]["client_secret"],
        "refresh_token": secrecy::ExposeSecret::expose_secret(&refresh),
        "token_uri": client["installed"]["token_uri"],
    });
    // This sign-in is not for the scope that signing needs.
    let said = refusal(&customer.reader(customer.keyless(Access::Read, file(&user)))).await.unwrap();
    assert!(said.contains("the caller's token lacks the scope for signing"), "{said}");
    user["refresh_token"] = json!("1//of-nobody");
    let said = refusal(&customer.reader(customer.keyless(Access::Read, file(&user)))).await.unwrap();
    assert!(said.contains("run `gcloud auth application-default login` again"), "{said}");
    assert!(!shows(&said, &[&refresh]) && !said.contains("of-nobody"), "{said}");
}
