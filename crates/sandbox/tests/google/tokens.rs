//! Assertions and access tokens.

use reqwest::Method;
use serde_json::json;
use tripod_sandbox::Access;

use crate::support::{AUTH, client, rude_client};

const ADMIN: &str = "admin@juniper.example";
const USERS: &[&str] = &["admin.directory.user.readonly"];

#[tokio::test]
async fn an_assertion_that_anybody_could_have_made_gives_no_token() {
    let client = client().await;
    let good = client.claims(Access::Read, ADMIN, USERS);
    let assertion = client.assertion(Access::Read, &good);
    // Another payload under the same signature.
    let mut other = good.clone();
    other["sub"] = json!("ana@juniper.example");
    let forged = client.assertion(Access::Read, &other);
    let (head, signature) = (forged.rsplit_once('.').unwrap().0, assertion.rsplit_once('.').unwrap().1);
    let answer = client.exchange(&format!("{head}.{signature}")).await;
    assert_eq!((answer.status, answer.body["error_description"].as_str()), (400, Some("Invalid JWT Signature.")));
    // The other account's key id.
    let answer = client.exchange(&client.assertion(Access::Write, &good)).await;
    assert_eq!(answer.body["error_description"], "Invalid JWT Signature.");
    assert_eq!(client.exchange(&assertion).await.status, 200);
}

#[tokio::test]
async fn an_assertion_for_another_audience_issuer_or_time_gives_no_token() {
    let client = client().await;
    let good = client.claims(Access::Read, ADMIN, USERS);
    let now = good["iat"].as_u64().unwrap();
    for (field, value, word) in [
        ("aud", json!("https://accounts.example/token"), "audience"),
        ("iss", json!("someone@x.iam.gserviceaccount.com"), "No valid verifier"),
        ("exp", json!(now + 9000), "iat and exp"),
        ("iat", json!(now + 1000), "iat and exp"),
        ("sub", json!("nobody@juniper.example"), "Invalid email or User ID"),
        ("sub", json!("al@juniper.example"), "Invalid email or User ID"),
        ("sub", json!("fay@juniper.example"), "deleted"),
        ("sub", json!("rubbish"), "impersonation"),
        ("scope", json!(""), "scope"),
    ] {
        let mut claims = good.clone();
        claims[field] = value;
        let answer = client.exchange(&client.assertion(Access::Read, &claims)).await;
        assert_eq!(answer.status, 400, "{field}");
        assert!(answer.body["error_description"].as_str().unwrap().contains(word), "{}", answer.text);
    }
}

#[tokio::test]
async fn one_scope_too_many_refuses_them_all_and_a_group_cannot_be_acted_for() {
    let client = client().await;
    let scopes = ["admin.directory.user.readonly", "gmail.settings.sharing"];
    let claims = client.claims(Access::Read, ADMIN, &scopes);
    let answer = client.exchange(&client.assertion(Access::Read, &claims)).await;
    assert_eq!((answer.status, answer.body["error"].as_str()), (401, Some("unauthorized_client")));
    let claims = client.claims(Access::Read, "staff@juniper.example", USERS);
    let answer = client.exchange(&client.assertion(Access::Read, &claims)).await;
    assert_eq!((answer.status, answer.body["error"].as_str()), (401, Some("unauthorized_client")));
}

#[tokio::test]
async fn a_call_needs_the_scope_and_the_refusal_names_it() {
    let client = client().await;
    let token = client.token(Access::Read, ADMIN, &["admin.directory.domain.readonly"]).await;
    let answer = client.get("users/ana@juniper.example", &token).await;
    assert_eq!((answer.status, answer.reason()), (403, "insufficientPermissions"));
    let header = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(header.contains("insufficient_scope") && header.contains(&format!("{AUTH}admin.directory.user.readonly")));
    let token = client.token(Access::Read, "ana@juniper.example", USERS).await;
    let answer = client.get("users/ben@juniper.example", &token).await;
    assert_eq!((answer.status, answer.reason()), (403, "forbidden"));
}

#[tokio::test]
async fn a_token_that_is_missing_or_changed_is_refused() {
    let client = rude_client().await;
    let answer =
        client.http.get(client.url("admin.googleapis.com", "admin/directory/v1/users/x")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let token = client.token(Access::Read, ADMIN, USERS).await;
    let (head, rest) = token.split_once('.').unwrap();
    let changed = format!("{head}.{}", rest.replacen(|c: char| c.is_ascii_lowercase(), "A", 1));
    let answer = client.get("users/ana@juniper.example", &changed).await;
    assert_eq!((answer.status, answer.message()), (401, "Invalid Credentials"));
}

#[tokio::test]
async fn the_reading_account_cannot_change_group_settings_though_it_has_the_only_scope_there_is() {
    let client = client().await;
    let token = client.token(Access::Read, ADMIN, &["apps.groups.settings"]).await;
    assert_eq!(client.settings(Method::GET, "staff@juniper.example", &token, None).await.status, 200);
    let body = Some(json!({"whoCanJoin": "INVITED_CAN_JOIN"}));
    let answer = client.settings(Method::PATCH, "staff@juniper.example", &token, body).await;
    assert_eq!((answer.status, answer.reason()), (403, "forbidden"));
}
