//! Delegates of a mailbox.

use reqwest::Method;
use serde_json::json;

use crate::support::{client, new_user};
use tripod_sandbox::Access;

/// The body that names a delegate, as [`crate::support::Client::call`] takes one.
#[expect(clippy::unnecessary_wraps, reason = "every call takes a body or none")]
fn delegate(address: &str) -> Option<serde_json::Value> {
    Some(json!({"delegateEmail": address}))
}

#[tokio::test]
async fn a_delegate_comes_once_and_goes() {
    let client = client().await;
    let token = client.mailbox("box@juniper.example").await;
    let made = client.delegates(Method::POST, "", &token, delegate("Ben@juniper.example")).await;
    let accepted = json!({"delegateEmail": "ben@juniper.example", "verificationStatus": "accepted"});
    assert_eq!((made.status, &made.body), (200, &accepted));
    let again = client.delegates(Method::POST, "", &token, delegate("ben@juniper.example")).await;
    assert_eq!((again.status, again.reason()), (409, "alreadyExists"));
    let list = client.delegates(Method::GET, "", &token, None).await;
    assert_eq!(list.body["delegates"].as_array().unwrap().len(), 2);
    assert_eq!(client.delegates(Method::GET, "/ben%40juniper.example", &token, None).await.body, accepted);
    assert_eq!(client.delegates(Method::DELETE, "/ben@juniper.example", &token, None).await.status, 204);
    assert_eq!(client.delegates(Method::DELETE, "/ben@juniper.example", &token, None).await.status, 404);
    client.delegates(Method::DELETE, "/ana@juniper.example", &token, None).await;
    // An empty list is an object without the field.
    assert_eq!(client.delegates(Method::GET, "", &token, None).await.body, json!({}));
}

#[tokio::test]
async fn who_cannot_be_a_delegate_is_refused() {
    let client = client().await;
    let token = client.mailbox("box@juniper.example").await;
    for (address, reason) in [
        ("someone@elsewhere.example", "invalidArgument"),
        ("al@juniper.example", "invalidArgument"),
        ("staff@juniper.example", "invalidArgument"),
        ("dan@juniper.example", "invalidArgument"),
        ("guy@juniper.example", "invalidArgument"),
        ("box@juniper.example", "invalidArgument"),
        ("lou@juniper.example", "failedPrecondition"),
        ("no address", "failedPrecondition"),
    ] {
        let answer = client.delegates(Method::POST, "", &token, delegate(address)).await;
        assert_eq!((answer.status, answer.reason()), (400, reason), "{address}");
    }
    let locked = client.mailbox("lou@juniper.example").await;
    let answer = client.delegates(Method::POST, "", &locked, delegate("ana@juniper.example")).await;
    assert_eq!((answer.status, answer.reason()), (400, "failedPrecondition"));
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_yet_says_so() {
    let client = client().await;
    let admin = client.admin().await;
    client.post("users", &admin, new_user("soon")).await;
    let claims = client.claims(Access::Write, "soon@juniper.example", &["gmail.settings.basic"]);
    let assertion = client.assertion(Access::Write, &claims);
    assert_eq!(client.exchange(&assertion).await.body["error_description"], "Invalid email or User ID");
    client.pass(10).await;
    let token = client.mailbox("soon@juniper.example").await;
    let answer = client.delegates(Method::GET, "", &token, None).await;
    assert_eq!((answer.status, answer.message()), (400, "Mail service not enabled"));
    client.pass(10).await;
    assert_eq!(client.delegates(Method::GET, "", &token, None).await.status, 200);
}

#[tokio::test]
async fn a_mailbox_is_opened_for_itself_only_and_changed_with_the_sharing_scope_only() {
    let client = client().await;
    let token = client.mailbox("ana@juniper.example").await;
    let path = "gmail/v1/users/box@juniper.example/settings/delegates";
    let answer = client.call(Method::GET, "gmail.googleapis.com", path, &token, None).await;
    assert_eq!((answer.status, answer.message()), (403, "Delegation denied for ana@juniper.example"));
    let basic = client.token(Access::Read, "box@juniper.example", &["gmail.settings.basic"]).await;
    assert_eq!(client.delegates(Method::GET, "", &basic, None).await.status, 200);
    let answer = client.delegates(Method::POST, "", &basic, delegate("ben@juniper.example")).await;
    assert_eq!((answer.status, answer.reason()), (403, "insufficientPermissions"));
}

#[tokio::test]
async fn a_delegate_who_left_still_stands_in_the_list() {
    let client = client().await;
    let ana = "ana@juniper.example".parse().unwrap();
    client.sandbox.with_world(|world| world.leave(&ana)).unwrap();
    let token = client.mailbox("box@juniper.example").await;
    let list = client.delegates(Method::GET, "", &token, None).await;
    assert_eq!(list.body["delegates"][0]["verificationStatus"], "accepted");
    let admin = client.admin().await;
    let user = client.get("users/ana@juniper.example?fields=suspended,suspensionReason", &admin).await;
    assert_eq!(user.body, json!({"suspended": true, "suspensionReason": "ADMIN"}));
}
