//! Graph.

use serde_json::{Value, json};
use tripod_sandbox::wire::{Moment, Request};
use tripod_sandbox::{Access, What};

use crate::stage::*;

#[test]
fn a_list_of_users_has_the_default_properties_and_pages() {
    let mut stage = stage();
    let mut target = "/users?$top=3".to_owned();
    let (mut pages, mut seen) = (0, Vec::new());
    loop {
        let reply = stage.graph("GET", &target, None);
        assert_eq!(reply.status, 200, "{reply:?}");
        seen.extend(ids(&reply));
        pages += 1;
        let row = body(&reply)["value"][0].as_object().unwrap();
        assert_eq!(row.len(), 11);
        assert!(!row.contains_key("accountEnabled"));
        match body(&reply)["@odata.nextLink"].as_str() {
            Some(link) => {
                target = link.strip_prefix("http://127.0.0.1:4000/graph.microsoft.com/v1.0").unwrap().to_owned();
            }
            None => break,
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    // Six people who are not deleted, and the shared mailbox's account.
    assert_eq!((pages, count, seen.len()), (3, 7, 7));
}

#[test]
fn filters_are_answered_or_refused_as_the_vendor_does() {
    let mut stage = stage();
    let mut names = |filter: &str| {
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let reply = stage.graph("GET", &format!("/users?$select=displayName&$filter={filter}"), None);
        if reply.status != 200 {
            return Err((reply.status, code(&reply)));
        }
        Ok(body(&reply)["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["displayName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>())
    };
    assert_eq!(names("proxyAddresses/any(p:p eq 'smtp:A.BO@nw.example')"), Ok(vec!["Ana Bo".to_owned()]));
    assert_eq!(names("accountEnabled eq false and userType eq 'Member'"), Ok(vec!["Dis Able".to_owned()]));
    assert_eq!(names("mail eq 'bob@northwind.example' or userType eq 'Guest'").map(|n| n.len()), Ok(2));
    let unsupported = Err((400, "Request_UnsupportedQuery".to_owned()));
    assert_eq!(names("userType ne 'Guest'"), unsupported);
    assert_eq!(names("endsWith(mail,'northwind.example')"), unsupported);
    assert_eq!(names("aboutMe eq 'x'"), unsupported);
    assert_eq!(names("nickname eq 'x'"), Err((400, "BadRequest".to_owned())));
    let token = stage.token(Access::Read, GRAPH);
    let mut advanced = request("GET", GRAPH, "/v1.0/users?$filter=userType%20ne%20'Guest'&$count=true&$top=2", None);
    advanced.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(stage.send(&advanced).status, 400);
    advanced.headers.insert("consistencylevel", "eventual".parse().unwrap());
    let reply = stage.send(&advanced);
    assert_eq!(body(&reply)["@odata.count"], json!(6));
    assert_eq!(stage.graph("GET", "/users?$top=1000", None).status, 400);
}

#[test]
fn a_user_is_found_by_id_and_principal_in_both_spellings() {
    let mut stage = stage();
    let ana = stage.id_of("ana@northwind.example");
    for key in [format!("/users('{ana}')"), format!("/users/{ana}"), "/users/ana%40northwind.example".to_owned()] {
        let reply = stage.graph("GET", &format!("{key}?$select=id,proxyAddresses"), None);
        assert_eq!(body(&reply)["id"], json!(ana), "{key}");
        assert_eq!(body(&reply)["proxyAddresses"][0], json!("SMTP:ana@northwind.example"));
    }
    let reply = stage.graph("GET", "/users/nobody@northwind.example", None);
    assert_eq!((reply.status, code(&reply).as_str()), (404, "Request_ResourceNotFound"));
    assert!(body(&reply)["error"]["innerError"]["request-id"].is_string());
    // A slash inside a key stays inside it.
    assert_eq!(stage.graph("GET", "/users/x%2F..%2F..%2Fgroups", None).status, 404);
    let reply = stage.graph("GET", &format!("/users/{ana}/manager"), None);
    assert_eq!(body(&reply)["id"], json!(stage.id_of("cy@northwind.example")));
}

#[test]
fn deleted_people_are_in_deleted_items_and_can_be_restored() {
    let mut stage = stage();
    let target = "/directory/deletedItems/microsoft.graph.user";
    let reply = stage.graph("GET", target, None);
    let gone = ids(&reply).remove(0);
    assert_eq!(stage.graph("GET", &format!("/users/{gone}"), None).status, 404);
    assert_eq!(stage.graph("POST", &format!("/directory/deletedItems/{gone}/restore"), None).status, 200);
    assert_eq!(stage.graph("GET", &format!("/users/{gone}"), None).status, 200);
    assert_eq!(ids(&stage.graph("GET", target, None)).len(), 0);
}

#[test]
fn a_group_keeps_its_last_owner_and_takes_nobody_twice() {
    let mut stage = stage();
    let (ana, bob) = (stage.id_of("ana@northwind.example"), stage.id_of("bob@northwind.example"));
    let link = |id: &str| format!("https://graph.microsoft.com/v1.0/users/{id}");
    let content = json!({"displayName": "Backups", "mailEnabled": true, "mailNickname": "backups", "securityEnabled": false,
        "groupTypes": ["Unified"], "owners@odata.bind": [link(&ana)], "members@odata.bind": [link(&ana)]});
    let reply = stage.graph("POST", "/groups", Some(content.clone()));
    assert_eq!((reply.status, &body(&reply)["mail"]), (201, &json!("backups@northwind.example")));
    let group = body(&reply)["id"].as_str().unwrap().to_owned();
    assert_eq!(stage.graph("GET", &format!("/groups/{group}"), None).status, 404);
    let reply = stage.graph("POST", "/groups", Some(content));
    assert!(body(&reply)["error"]["message"].as_str().unwrap().contains("mailNickname already exists"));
    stage.wait(5);
    let owners = format!("/groups/{group}/owners");
    let add = json!({"@odata.id": link(&bob)});
    assert_eq!(stage.graph("DELETE", &format!("{owners}/{ana}/$ref"), None).status, 400);
    assert_eq!(stage.graph("POST", &format!("{owners}/$ref"), Some(add.clone())).status, 204);
    let reply = stage.graph("POST", &format!("{owners}/$ref"), Some(add));
    assert_eq!(reply.status, 400);
    assert!(body(&reply)["error"]["message"].as_str().unwrap().contains("already exist"));
    assert_eq!(stage.graph("DELETE", &format!("{owners}/{ana}/$ref"), None).status, 204);
    assert_eq!(ids(&stage.graph("GET", &owners, None)), [bob.as_str()]);
    let reply = stage.graph("GET", &format!("/groups/{group}/members/microsoft.graph.user?$select=id,mail"), None);
    assert_eq!(body(&reply)["value"], json!([{"id": ana, "mail": "ana@northwind.example"}]));
    assert_eq!(stage.graph("DELETE", &format!("/groups/{group}"), None).status, 204);
    assert_eq!(stage.graph("GET", &format!("/groups/{group}"), None).status, 404);
    assert_eq!(stage.graph("POST", &format!("/directory/deletedItems/{group}/restore"), None).status, 200);
    assert_eq!(stage.graph("GET", &format!("/groups/{group}"), None).status, 200);
}

#[test]
fn nested_groups_are_opened_by_transitive_members() {
    let mut stage = stage();
    let reply = stage.graph("GET", "/groups?$filter=mail%20eq%20'it@northwind.example'", None);
    let group = ids(&reply).remove(0);
    let bob = stage.id_of("bob@northwind.example");
    assert!(!ids(&stage.graph("GET", &format!("/groups/{group}/members"), None)).contains(&bob));
    let reply = stage.graph("GET", &format!("/groups/{group}/transitiveMembers/microsoft.graph.user?$select=id"), None);
    assert!(ids(&reply).contains(&bob));
    assert_eq!(ids(&reply).len(), 2);
    assert_eq!(ids(&stage.graph("GET", &format!("/users/{bob}/transitiveMemberOf"), None)).len(), 2);
}

#[test]
fn a_batch_answers_for_each_request_by_itself() {
    let mut stage = stage();
    let token = stage.token(Access::Write, GRAPH);
    let mut batch = |requests: Value, strike: &mut dyn FnMut(&Request, &mut Moment) -> Option<What>| {
        let mut request = request("POST", GRAPH, "/v1.0/$batch", Some(json!({"requests": requests})));
        request.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let reply = stage.send_with(&request, strike);
        let responses = body(&reply)["responses"].as_array().cloned().unwrap_or_default();
        let status = |id: &str| {
            responses
                .iter()
                .find(|r| r["id"] == json!(id))
                .map(|r| (r["status"].as_u64().unwrap(), r["headers"].clone()))
        };
        (reply.status, ["1", "2", "3"].map(status))
    };
    let mut throttle = |request: &Request, _: &mut Moment| request.path.contains("bob").then_some(What::Throttled);
    let (status, [first, second, third]) = batch(
        json!([
            {"id": "1", "method": "GET", "url": "/users/ana@northwind.example"},
            {"id": "2", "method": "GET", "url": "/users/bob@northwind.example"},
            {"id": "3", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
        ]),
        &mut throttle,
    );
    assert_eq!((status, first.unwrap().0, third.unwrap().0), (200, 200, 424));
    let (status, headers) = second.unwrap();
    assert_eq!(status, 429);
    // A wait with a fraction, as Microsoft has shown one.
    assert!(headers["Retry-After"].as_str().unwrap().contains('.'));
    let twice = json!([{"id": "a", "method": "GET", "url": "/users"}, {"id": "A", "method": "GET", "url": "/users"}]);
    assert_eq!(batch(twice, &mut |_, _| None).0, 400);
    let many: Vec<Value> = (0..21).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/users"})).collect();
    assert_eq!(batch(many.into(), &mut |_, _| None).0, 400);
}

#[test]
fn a_delta_has_what_changed_since() {
    let mut stage = stage();
    let strip = |link: &Value| link.as_str().unwrap().replace("http://127.0.0.1:4000/graph.microsoft.com/v1.0", "");
    let reply = stage.graph("GET", "/users/delta?$select=accountEnabled", None);
    assert_eq!(ids(&reply).len(), 7);
    let link = strip(&body(&reply)["@odata.deltaLink"]);
    assert!(ids(&stage.graph("GET", &link, None)).is_empty());
    assert!(stage.microsoft.set_enabled(&"bob@northwind.example".parse().unwrap(), false));
    stage.exchange("Remove-Mailbox", json!({"Identity": "ana@northwind.example", "Confirm": false}));
    let reply = stage.graph("GET", &link, None);
    let rows = body(&reply)["value"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().any(|row| row["accountEnabled"] == json!(false)));
    assert!(rows.iter().any(|row| row["@removed"]["reason"] == json!("changed")));
    stage.wait(8 * 24 * 3600);
    assert_eq!(stage.graph("GET", &link, None).status, 410);
}
