//! Groups, members and their settings.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{answer, client, rude_client};

#[tokio::test]
async fn a_new_group_takes_no_members_and_no_settings_at_first() {
    let client = client().await;
    let admin = client.admin().await;
    let made = client.post("groups", &admin, json!({"email": "new@juniper.example", "name": "New"})).await;
    assert_eq!(made.body["directMembersCount"], "0");
    let member = json!({"email": "ana@juniper.example", "role": "OWNER"});
    let early = client.post("groups/new@juniper.example/members", &admin, member.clone()).await;
    assert_eq!((early.status, early.message()), (404, "Resource Not Found: groupKey"));
    assert_eq!(client.settings(Method::GET, "new@juniper.example", &admin, None).await.status, 404);
    let again = client.post("groups", &admin, json!({"email": "new@juniper.example"})).await;
    assert_eq!((again.status, again.message()), (409, "Entity already exists."));
    client.pass(10).await;
    assert_eq!(client.post("groups/new@juniper.example/members", &admin, member.clone()).await.status, 200);
    let twice = client.post("groups/new@juniper.example/members", &admin, member).await;
    assert_eq!((twice.status, twice.message()), (409, "Member already exists."));
    assert_eq!(client.get("groups/new@juniper.example", &admin).await.body["directMembersCount"], "1");
    assert_eq!(client.directory(Method::DELETE, "groups/new@juniper.example", &admin, None).await.status, 204);
    assert_eq!(client.get("groups/new@juniper.example", &admin).await.status, 404);
}

#[tokio::test]
async fn members_have_roles_and_the_standing_of_their_accounts() {
    let client = client().await;
    let admin = client.admin().await;
    let path = "groups/staff@juniper.example/members";
    let list = client.get(path, &admin).await;
    let standing = |name: &str| {
        let all = list.body["members"].as_array().unwrap();
        let one = all.iter().find(|one| one["email"] == format!("{name}@juniper.example")).unwrap();
        (one["role"].clone(), one["status"].clone(), one.get("delivery_settings").is_some())
    };
    assert_eq!(standing("ana"), (json!("OWNER"), json!("ACTIVE"), false));
    assert_eq!(standing("dan"), (json!("MEMBER"), json!("SUSPENDED"), false));
    let owners = client.get(&format!("{path}?roles=OWNER,MANAGER"), &admin).await;
    assert_eq!(owners.body["members"].as_array().unwrap().len(), 1);
    let page = client.get(&format!("{path}?maxResults=2"), &admin).await;
    let next = page.body["nextPageToken"].as_str().unwrap();
    let rest = client.get(&format!("{path}?maxResults=2&pageToken={next}"), &admin).await;
    assert_eq!(rest.body["members"].as_array().unwrap().len(), 1);
    let promoted = Some(json!({"role": "MANAGER"}));
    let answer = client.directory(Method::PATCH, &format!("{path}/ben@juniper.example"), &admin, promoted).await;
    assert_eq!((&answer.body["role"], &answer.body["delivery_settings"]), (&json!("MANAGER"), &json!("ALL_MAIL")));
    for (body, message) in [
        (json!({"email": "nobody@juniper.example"}), "Resource Not Found: memberKey"),
        (json!({"role": "OWNER"}), "Missing required field: memberKey"),
        (json!({"email": "cara@juniper.example", "role": "BOSS"}), "Invalid Input: role"),
        (json!({"email": "x@elsewhere.example"}), "Not Authorized to access this resource/api"),
        (json!({"email": "staff@juniper.example"}), "Cyclic memberships not allowed"),
    ] {
        assert_eq!(client.post(path, &admin, body).await.message(), message);
    }
    assert_eq!(
        client.directory(Method::DELETE, &format!("{path}/ben@juniper.example"), &admin, None).await.status,
        204
    );
    assert_eq!(
        client.get(&format!("{path}/ben@juniper.example"), &admin).await.message(),
        "Resource Not Found: memberKey"
    );
}

#[tokio::test]
async fn members_of_a_group_in_a_group_are_found_where_asked_for() {
    let client = client().await;
    let admin = client.admin().await;
    client.post("groups", &admin, json!({"email": "outer@juniper.example"})).await;
    client.pass(10).await;
    let inner = json!({"email": "staff@juniper.example"});
    assert_eq!(client.post("groups/outer@juniper.example/members", &admin, inner).await.body["type"], "GROUP");
    let cycle =
        client.post("groups/staff@juniper.example/members", &admin, json!({"email": "outer@juniper.example"})).await;
    assert_eq!((cycle.status, cycle.reason()), (412, "conditionNotMet"));
    let direct = client.get("groups/outer@juniper.example/members", &admin).await;
    assert_eq!(direct.body["members"].as_array().unwrap().len(), 1);
    let all = client.get("groups/outer@juniper.example/members?includeDerivedMembership=true", &admin).await;
    assert_eq!(all.body["members"].as_array().unwrap().len(), 4);
    let has = client.get("groups/outer@juniper.example/hasMember/ana@juniper.example", &admin).await;
    assert_eq!(has.body, json!({"isMember": true}));
    let outside = client.get("groups/outer@juniper.example/hasMember/x@elsewhere.example", &admin).await;
    assert_eq!((outside.status, outside.message()), (400, "Invalid Input: memberKey"));
    let of_ana = client.get("groups?userKey=ana@juniper.example", &admin).await;
    assert_eq!(of_ana.body["groups"][0]["email"], "staff@juniper.example");
    let listed = client.get("groups?customer=my_customer&maxResults=1", &admin).await;
    assert_eq!(listed.body["groups"][0]["email"], "outer@juniper.example");
    assert!(listed.body["nextPageToken"].is_string());
    let searched = client.get("groups?customer=my_customer&query=email%3Aouter*", &admin).await;
    assert!(searched.body.get("groups").is_none(), "a search cannot see a group this young");
}

#[tokio::test]
async fn settings_are_text_and_hang_together() {
    let client = client().await;
    let admin = client.admin().await;
    let group = "staff@juniper.example";
    let set = |body: Value| client.settings(Method::PATCH, group, &admin, Some(body));
    let changed = set(json!({"enableCollaborativeInbox": "true", "whoCanJoin": "INVITED_CAN_JOIN"})).await;
    assert_eq!((changed.status, &changed.body["enableCollaborativeInbox"]), (200, &json!("true")));
    assert_eq!(client.settings(Method::GET, group, &admin, None).await.body["whoCanJoin"], "INVITED_CAN_JOIN");
    for body in [
        json!({"enableCollaborativeInbox": true}),
        json!({"whoCanJoin": "EVERYBODY"}),
        json!({"whoCanJump": "true"}),
        json!({"whoCanPostMessage": "NONE_CAN_POST"}),
    ] {
        assert_eq!(set(body).await.status, 400);
    }
    let archive = set(json!({"archiveOnly": "true"})).await;
    assert_eq!(archive.body["whoCanPostMessage"], "NONE_CAN_POST");
    let back = set(json!({"archiveOnly": "false"})).await;
    assert_eq!(back.body["whoCanPostMessage"], "ALL_MANAGERS_CAN_POST");
    set(json!({"allowExternalMembers": "true"})).await;
    let outsider = json!({"email": "x@elsewhere.example"});
    assert_eq!(client.post("groups/staff@juniper.example/members", &admin, outsider).await.status, 200);
}

#[tokio::test]
async fn settings_come_as_atom_unless_json_is_asked_for() {
    let client = rude_client().await;
    let admin = client.admin().await;
    let url = client.url("www.googleapis.com", "groups/v1/groups/staff@juniper.example");
    let reply = answer(client.http.get(url).bearer_auth(admin).send().await.unwrap()).await;
    assert!(reply.headers["content-type"].to_str().unwrap().starts_with("application/atom+xml"));
    assert!(reply.text.contains("<apps:whoCanJoin>CAN_REQUEST_TO_JOIN</apps:whoCanJoin>"));
}
