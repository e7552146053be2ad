//! Users, aliases and the organisation.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{client, new_user, rude_client};

#[tokio::test]
async fn a_new_user_is_invisible_for_a_while_and_gets_its_mailbox_later_still() {
    let client = client().await;
    let admin = client.admin().await;
    let made = client.post("users", &admin, new_user("fresh")).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let id = made.body["id"].as_str().unwrap().to_owned();
    for key in ["fresh@juniper.example", id.as_str()] {
        let answer = client.get(&format!("users/{key}"), &admin).await;
        assert_eq!((answer.status, answer.message()), (404, "Resource Not Found: userKey"));
    }
    let change = Some(json!({"suspended": true}));
    let answer = client.directory(Method::PUT, &format!("users/{id}"), &admin, change).await;
    assert_eq!((answer.status, answer.message()), (412, "User creation is not complete."));
    let again = client.post("users", &admin, new_user("FRESH")).await;
    assert_eq!((again.status, again.reason(), again.message()), (409, "duplicate", "Entity already exists."));
    client.pass(10).await;
    let seen = client.get("users/Fresh@Juniper.example", &admin).await;
    assert_eq!((seen.status, &seen.body["isMailboxSetup"]), (200, &json!(false)));
    let etag = seen.body["etag"].clone();
    client.pass(10).await;
    let seen = client.get("users/fresh@juniper.example", &admin).await;
    assert_eq!(seen.body["isMailboxSetup"], json!(true));
    assert_ne!(seen.body["etag"], etag);
    assert_eq!(seen.body["externalIds"][0]["value"], "tests");
    assert_eq!(seen.body["lastLoginTime"], "1970-01-01T00:00:00.000Z");
    assert!(seen.body.get("password").is_none());
}

#[tokio::test]
async fn every_page_together_is_everybody_once() {
    let client = client().await;
    let admin = client.admin().await;
    let mut addresses = Vec::new();
    let mut token = String::new();
    loop {
        let fields = "users(primaryEmail),nextPageToken";
        let path = format!("users?customer=my_customer&maxResults=3&fields={fields}&pageToken={token}");
        let page = client.get(&path, &admin).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let users = page.body["users"].as_array().unwrap();
        assert!(users.len() <= 3 && users.iter().all(|user| user.as_object().unwrap().len() == 1));
        addresses.extend(users.iter().map(|user| user["primaryEmail"].as_str().unwrap().to_owned()));
        match page.body["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let names: Vec<&str> = addresses.iter().map(|address| address.split('@').next().unwrap()).collect();
    assert_eq!(names, ["admin", "ana", "ben", "box", "cara", "dan", "guy", "lou"]);
    let deleted = client.get("users?customer=C0juniper&showDeleted=true", &admin).await;
    assert_eq!(deleted.body["users"].as_array().unwrap().len(), 1);
    let family =
        client.get("users?customer=C0juniper&orderBy=familyName&sortOrder=DESCENDING&maxResults=2", &admin).await;
    assert_eq!(family.body["users"][0]["name"]["familyName"], "Weber");
    let foreign = format!("users?customer=C0juniper&pageToken={}", family.body["nextPageToken"].as_str().unwrap());
    assert_eq!(client.get(&foreign, &admin).await.message(), "Invalid Input: pageToken");
}

#[tokio::test]
async fn a_listing_that_takes_more_than_an_hour_breaks_off() {
    let client = client().await;
    let admin = client.admin().await;
    let first = client.get("users?domain=juniper.example&maxResults=2", &admin).await;
    client.pass(3700).await;
    let path = format!(
        "users?domain=juniper.example&maxResults=2&pageToken={}",
        first.body["nextPageToken"].as_str().unwrap()
    );
    let answer = client.get(&path, &admin).await;
    assert_eq!((answer.status, answer.reason()), (503, "backendError"));
}

#[tokio::test]
async fn a_search_sees_the_directory_as_it_was_an_hour_ago() {
    let client = client().await;
    let admin = client.admin().await;
    client.post("users", &admin, new_user("hidden")).await;
    let suspend = Some(json!({"suspended": true}));
    client.directory(Method::PATCH, "users/ana@juniper.example", &admin, suspend).await;
    client.pass(60).await;
    let found = |body: &Value| body["users"].as_array().map_or(0, Vec::len);
    let by_name = "users?customer=my_customer&query=email=hidden@juniper.example";
    let suspended = "users?customer=my_customer&query=isSuspended%3Dtrue";
    assert_eq!(found(&client.get(by_name, &admin).await.body), 0);
    assert_eq!(found(&client.get(suspended, &admin).await.body), 1);
    client.pass(3600).await;
    assert_eq!(found(&client.get(by_name, &admin).await.body), 1);
    assert_eq!(found(&client.get(suspended, &admin).await.body), 2);
    let answer = client.get("users?customer=my_customer&query=colour%3Dred", &admin).await;
    assert_eq!(answer.message(), "Invalid Input: query");
}

#[tokio::test]
async fn etags_spare_a_read_and_stop_a_blind_write() {
    let client = client().await;
    let admin = client.admin().await;
    let seen = client.get("users/ana@juniper.example", &admin).await;
    let etag = seen.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(seen.body["etag"], etag.as_str());
    let url = client.url("admin.googleapis.com", "admin/directory/v1/users/ana@juniper.example");
    let again = client.http.get(&url).bearer_auth(&admin).header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let write =
        || client.http.put(&url).bearer_auth(&admin).header("if-match", &etag).json(&json!({"suspended": true}));
    assert_eq!(write().send().await.unwrap().status(), 200);
    assert_eq!(write().send().await.unwrap().status(), 412);
}

#[tokio::test]
async fn what_google_refuses_in_a_body_is_refused() {
    let client = client().await;
    let admin = client.admin().await;
    let with = |field: &str, value: Value| {
        let mut body = new_user("odd");
        body[field] = value;
        body
    };
    for (body, status, word) in [
        (with("primaryMail", json!("x")), 400, "Unknown name \"primaryMail\""),
        (with("suspended", json!("yes")), 400, "Invalid value at 'suspended'"),
        (with("primaryEmail", json!("no address")), 400, "primary_user_email"),
        (with("primaryEmail", json!("odd@elsewhere.example")), 404, "Domain not found."),
        (with("primaryEmail", json!("al@juniper.example")), 409, "Entity already exists."),
        (with("password", json!("short")), 400, "Password"),
        (with("hashFunction", json!("rot13")), 400, "hashFunction"),
        (with("orgUnitPath", json!("/Nowhere")), 400, "INVALID_OU_ID"),
        (with("name", json!({"givenName": "x"})), 400, "familyName"),
    ] {
        let answer = client.post("users", &admin, body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.message().contains(word), "{}", answer.text);
    }
    let archived = Some(json!({"archived": true}));
    let answer = client.directory(Method::PUT, "users/ana@juniper.example", &admin, archived).await;
    assert_eq!((answer.status, answer.message()), (412, "Insufficient archived user licenses"));
}

#[tokio::test]
async fn a_refused_mask_changes_nothing() {
    let client = client().await;
    let admin = client.admin().await;
    let answer = client.post("users?fields=primaryMail", &admin, new_user("mask")).await;
    assert_eq!((answer.status, answer.message()), (400, "Invalid field selection primaryMail"));
    let answer = client.post("users?fields=", &admin, new_user("mask")).await;
    assert_eq!((answer.status, answer.body), (200, json!({})));
}

#[tokio::test]
async fn when_the_seats_are_gone_nobody_is_added_until_one_is_free() {
    let client = client().await;
    let admin = client.admin().await;
    // Seven of the twelve are taken at the start: everybody who lives, but for the one without a mailbox.
    for name in ["one", "two", "three", "four", "five"] {
        assert_eq!(client.post("users", &admin, new_user(name)).await.status, 200);
    }
    let answer = client.post("users", &admin, new_user("six")).await;
    assert_eq!((answer.status, answer.reason()), (412, "limitExceeded"));
    client.pass(10).await;
    assert_eq!(client.directory(Method::DELETE, "users/one@juniper.example", &admin, None).await.status, 204);
    assert_eq!(client.post("users", &admin, new_user("six")).await.status, 200);
}

#[tokio::test]
async fn a_deleted_user_comes_back_by_id_within_twenty_days() {
    let client = client().await;
    let admin = client.admin().await;
    let id = client.get("users/cara@juniper.example", &admin).await.body["id"].as_str().unwrap().to_owned();
    assert_eq!(client.directory(Method::DELETE, "users/cara@juniper.example", &admin, None).await.status, 204);
    assert_eq!(client.get("users/cara@juniper.example", &admin).await.status, 404);
    let back = client.post(&format!("users/{id}/undelete"), &admin, json!({"orgUnitPath": "/Staff"})).await;
    assert_eq!(back.status, 204, "{}", back.text);
    assert_eq!(client.get("users/cara@juniper.example", &admin).await.body["orgUnitPath"], "/Staff");
    client.directory(Method::DELETE, &format!("users/{id}"), &admin, None).await;
    client.pass(21 * 24 * 3600).await;
    let admin = client.admin().await;
    assert_eq!(client.post(&format!("users/{id}/undelete"), &admin, json!({})).await.status, 404);
}

#[tokio::test]
async fn a_renamed_user_keeps_the_old_address_as_an_alias() {
    let client = client().await;
    let admin = client.admin().await;
    let renamed = Some(json!({"primaryEmail": "cara.new@juniper.example"}));
    let answer = client.directory(Method::PUT, "users/cara@juniper.example", &admin, renamed).await;
    assert_eq!(answer.body["aliases"], json!(["cara@juniper.example"]));
    assert_eq!(client.get("users/cara@juniper.example", &admin).await.body["primaryEmail"], "cara.new@juniper.example");
    let aliases = client.get("users/cara.new@juniper.example/aliases", &admin).await;
    assert_eq!(aliases.body["aliases"][0]["alias"], "cara@juniper.example");
    let alias = "users/cara.new@juniper.example/aliases/cara@juniper.example";
    assert_eq!(client.directory(Method::DELETE, alias, &admin, None).await.status, 204);
    assert_eq!(client.get("users/cara@juniper.example", &admin).await.status, 404);
    let taken = client.post("users/ben@juniper.example/aliases", &admin, json!({"alias": "al@juniper.example"})).await;
    assert_eq!(taken.status, 409);
    let made = client.post("users/ben@juniper.example/aliases", &admin, json!({"alias": "bi@second.example"})).await;
    assert_eq!(made.body["kind"], "admin#directory#alias");
}

#[tokio::test]
async fn the_organisation_can_be_looked_at() {
    let client = client().await;
    let admin = client.admin().await;
    let customer = client.get("customers/my_customer", &admin).await;
    assert_eq!(
        (&customer.body["id"], &customer.body["customerDomain"]),
        (&json!("C0juniper"), &json!("juniper.example"))
    );
    let domains = client.get("customer/my_customer/domains", &admin).await;
    assert_eq!(domains.body["domains"][1]["domainName"], "second.example");
    let units = client.get("customer/my_customer/orgunits?type=all", &admin).await;
    let paths: Vec<&str> = units.body["organizationUnits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| unit["orgUnitPath"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["/Locked", "/Staff"]);
    let unit = client.get("customer/my_customer/orgunits/Staff", &admin).await;
    let id = unit.body["orgUnitId"].as_str().unwrap().strip_prefix("id:").unwrap().to_owned();
    assert_eq!(client.get("customer/my_customer/orgunits/Nowhere", &admin).await.status, 404);
    let path = "v1/policies?filter=setting.type.matches('.*gmail.mail_delegation')&pageSize=100";
    let policies = client.call(Method::GET, "cloudidentity.googleapis.com", path, &admin, None).await;
    let policies = policies.body["policies"].as_array().unwrap().clone();
    assert_eq!(policies.len(), 3);
    let off: Vec<&Value> =
        policies.iter().filter(|one| one["setting"]["value"]["enableMailDelegation"] == json!(false)).collect();
    assert_eq!(off.len(), 1);
    assert!(policies.iter().any(|one| one["policyQuery"]["orgUnit"] == format!("orgUnits/{id}")));
}

#[tokio::test]
async fn licences_can_be_listed_taken_and_given() {
    let client = client().await;
    let admin = client.admin().await;
    let host = "licensing.googleapis.com";
    let list = "apps/licensing/v1/product/Google-Apps/users?customerId=juniper.example&maxResults=5";
    let page = client.call(Method::GET, host, list, &admin, None).await;
    assert_eq!(page.body["items"].as_array().unwrap().len(), 5);
    let next = format!("{list}&pageToken={}", page.body["nextPageToken"].as_str().unwrap());
    assert_eq!(client.call(Method::GET, host, &next, &admin, None).await.body["items"].as_array().unwrap().len(), 2);
    let sku = "apps/licensing/v1/product/Google-Apps/sku/1010020028/user";
    let guy = Some(json!({"userId": "guy@juniper.example"}));
    let given = client.call(Method::POST, host, sku, &admin, guy.clone()).await;
    assert_eq!(given.body["userId"], "guy@juniper.example");
    assert_eq!(client.call(Method::POST, host, sku, &admin, guy).await.status, 412);
    let one = format!("{sku}/guy@juniper.example");
    assert_eq!(client.call(Method::DELETE, host, &one, &admin, None).await.status, 200);
    assert_eq!(client.call(Method::GET, host, &one, &admin, None).await.status, 404);
}

#[tokio::test]
async fn what_does_not_exist_at_google_does_not_exist_here() {
    let client = rude_client().await;
    let admin = client.admin().await;
    assert_eq!(client.get("nothing/here", &admin).await.status, 404);
    assert_eq!(client.directory(Method::DELETE, "users", &admin, None).await.status, 404);
    assert_eq!(client.get("users?customer=juniper.example", &admin).await.reason(), "badRequest");
    assert_eq!(client.get("users", &admin).await.reason(), "badRequest");
    assert_eq!(client.get("users?customer=my_customer&maxResults=501", &admin).await.status, 400);
    assert_eq!(client.get("users/x@elsewhere.example", &admin).await.status, 403);
}
