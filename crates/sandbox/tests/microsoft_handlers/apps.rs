//! Apps that people have connected, and who owns them.

use serde_json::{Value, json};
use tripod_sandbox::{Access, Condition};

use crate::stage::*;

fn with_apps() -> Stage {
    let mut told = description();
    told["apps"] = json!([
        {"name": "Mailer", "publisher": "Mailer Inc", "verified": true,
         "owners": ["ana@northwind.example"],
         "grants": [{"person": "ana@northwind.example", "scopes": ["openid", "Mail.Read", "offline_access"], "since": "2026-01-15T10:00:00Z"},
                    {"person": "dis@northwind.example", "scopes": ["User.Read"]},
                    {"person": "gone@northwind.example", "scopes": ["User.Read"]}]},
        {"name": "Board", "publisher": "Somebody", "tenant-wide": ["User.Read", "openid"],
         "grants": [{"person": "bob@northwind.example"}]},
        {"name": "Own tool", "owners": ["ana@northwind.example"]},
    ]);
    stage_of(told, 0)
}

fn values(stage: &mut Stage, target: &str) -> Vec<Value> {
    let reply = stage.graph_as(Access::Read, "GET", target, None);
    assert_eq!(reply.status, 200, "{target}: {reply:?}");
    body(&reply)["value"].as_array().unwrap().clone()
}

fn grants_of(stage: &mut Stage, id: &str) -> Vec<Value> {
    let filter = format!("consentType eq 'Principal' and principalId eq '{id}'");
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    values(stage, &format!("/oauth2PermissionGrants?$filter={filter}"))
}

#[test]
fn a_persons_grants_name_the_app_the_api_and_the_scopes() {
    let mut stage = with_apps();
    let ana = stage.id_of("ana@northwind.example");
    let grants = grants_of(&mut stage, &ana);
    let [grant] = grants.as_slice() else { panic!("{grants:?}") };
    assert_eq!(grant["scope"], " openid Mail.Read offline_access");
    let select = "$select=id,appId,displayName,publisherName,verifiedPublisher,appOwnerOrganizationId,accountEnabled,homepage,tags,servicePrincipalType";
    let client = grant["clientId"].as_str().unwrap();
    let reply = stage.graph_as(Access::Read, "GET", &format!("/servicePrincipals/{client}?{select}"), None);
    let app = body(&reply);
    assert_eq!(
        (&app["displayName"], &app["verifiedPublisher"]["displayName"]),
        (&json!("Mailer"), &json!("Mailer Inc"))
    );
    assert_ne!(app["appOwnerOrganizationId"], TENANT);
    let by_app = format!("/servicePrincipals(appId='{}')?$select=id", app["appId"].as_str().unwrap());
    let reply = stage.graph_as(Access::Read, "GET", &by_app, None);
    assert_eq!(body(&reply)["id"], client);
    let resource = grant["resourceId"].as_str().unwrap();
    let reply = stage.graph_as(Access::Read, "GET", &format!("/servicePrincipals/{resource}"), None);
    assert_eq!(body(&reply)["appId"], "00000003-0000-0000-c000-000000000000");
    let assigned = values(&mut stage, &format!("/users/{ana}/appRoleAssignments"));
    assert_eq!(assigned[0]["createdDateTime"], "2026-01-15T10:00:00Z");
    assert_eq!(values(&mut stage, &format!("/servicePrincipals/{client}/appRoleAssignedTo")).len(), 2);
}

#[test]
fn grants_come_by_pages_with_those_for_everybody_among_them() {
    let mut stage = with_apps();
    let (mut target, mut rows, mut pages) = ("/oauth2PermissionGrants?$top=2".to_owned(), Vec::new(), 0);
    loop {
        let reply = stage.graph_as(Access::Read, "GET", &target, None);
        rows.extend(body(&reply)["value"].as_array().unwrap().clone());
        pages += 1;
        let Some(link) = body(&reply)["@odata.nextLink"].as_str() else { break };
        target = link.strip_prefix("http://127.0.0.1:4000/graph.microsoft.com/v1.0").unwrap().to_owned();
    }
    assert_eq!(
        (pages, rows.len()),
        (2, 3),
        "Ana's, the disabled one's, and one for everybody; the deleted one's is gone"
    );
    let everybody: Vec<&Value> = rows.iter().filter(|row| row["consentType"] == "AllPrincipals").collect();
    assert_eq!((everybody.len(), &everybody[0]["principalId"]), (1, &Value::Null));
    let client = everybody[0]["clientId"].as_str().unwrap().to_owned();
    let filter: String = url::form_urlencoded::byte_serialize(format!("clientId eq '{client}'").as_bytes()).collect();
    assert_eq!(values(&mut stage, &format!("/oauth2PermissionGrants?$filter={filter}")).len(), 1);
    assert_eq!(values(&mut stage, &format!("/servicePrincipals/{client}/oauth2PermissionGrants")).len(), 1);
}

#[test]
fn grants_end_when_the_account_is_deleted_and_stay_when_it_is_disabled() {
    let mut stage = with_apps();
    let ana = stage.id_of("ana@northwind.example");
    assert!(stage.microsoft.set_enabled(&"ana@northwind.example".parse().unwrap(), false));
    assert_eq!(grants_of(&mut stage, &ana).len(), 1);
    let owned = values(&mut stage, &format!("/users/{ana}/ownedObjects"));
    let kinds =
        |kind: &str| owned.iter().filter(|row| row["@odata.type"] == format!("#microsoft.graph.{kind}")).count();
    assert_eq!((kinds("servicePrincipal"), kinds("application")), (2, 1));
    let app = owned.iter().find(|row| row["@odata.type"] == "#microsoft.graph.application").unwrap();
    let owners = format!("/applications/{}/owners", app["id"].as_str().unwrap());
    assert_eq!(values(&mut stage, &owners)[0]["id"], ana.as_str());
    let now = stage.now;
    assert_eq!(stage.microsoft.set(&"ana@northwind.example".parse().unwrap(), &Condition::Deleted, now), Ok(true));
    assert!(grants_of(&mut stage, &ana).is_empty());
    assert!(values(&mut stage, &owners).is_empty());
}

#[test]
fn reading_does_not_suffice_to_end_a_grant_or_to_ask_for_one_persons() {
    let mut stage = with_apps();
    let ana = stage.id_of("ana@northwind.example");
    let grant = grants_of(&mut stage, &ana)[0]["id"].as_str().unwrap().to_owned();
    for access in [Access::Read, Access::Write] {
        for (method, target) in [
            ("DELETE", format!("/oauth2PermissionGrants/{grant}")),
            ("GET", format!("/users/{ana}/oauth2PermissionGrants")),
        ] {
            let reply = stage.graph_as(access, method, &target, None);
            assert_eq!(
                (reply.status, code(&reply).as_str()),
                (403, "Authorization_RequestDenied"),
                "{method} {target}"
            );
        }
    }
    assert_eq!(grants_of(&mut stage, &ana).len(), 1);
}

#[test]
fn sign_ins_need_their_permission_and_an_object_id() {
    let mut stage = stage();
    let never = "old@northwind.example";
    let rows = values(&mut stage, "/users?$select=id,mail,signInActivity&$top=999");
    let of = |mail: &str| rows.iter().find(|row| row["mail"] == mail).unwrap()["signInActivity"].clone();
    assert_eq!(of("ana@northwind.example")["lastSignInDateTime"], "2026-02-28T08:00:00Z");
    assert_eq!(of(never)["lastSignInDateTime"], "0001-01-01T00:00:00Z");
    let denied = stage.graph_as(Access::Write, "GET", "/users?$select=id,signInActivity", None);
    assert_eq!(denied.status, 403);
    let by_name = stage.graph_as(Access::Read, "GET", "/users/ana@northwind.example?$select=signInActivity", None);
    assert_eq!(by_name.status, 400);
    let ana = stage.id_of("ana@northwind.example");
    let by_id = stage.graph_as(Access::Read, "GET", &format!("/users/{ana}?$select=signInActivity"), None);
    assert_eq!(body(&by_id)["signInActivity"]["lastSignInDateTime"], "2026-02-28T08:00:00Z");
    assert!(body(&stage.graph("GET", &format!("/users/{ana}"), None)).get("signInActivity").is_none());
}

#[test]
fn second_factors_are_reported_five_times_in_ten_seconds_at_most() {
    let mut stage = stage();
    let target = "/reports/authenticationMethods/userRegistrationDetails";
    let refused = stage.graph_as(Access::Write, "GET", target, None);
    assert_eq!(refused.status, 403);
    let now = stage.now;
    let address = "bob@northwind.example".parse().unwrap();
    assert_eq!(stage.microsoft.set(&address, &Condition::SecondFactor(false), now), Ok(true));
    let rows = values(&mut stage, target);
    let without: Vec<&str> = rows
        .iter()
        .filter(|row| row["isMfaRegistered"] == false && row["userType"] == "member")
        .map(|row| row["userPrincipalName"].as_str().unwrap())
        .collect();
    assert!(without.contains(&"bob@northwind.example") && !without.contains(&"ana@northwind.example"), "{without:?}");
    assert!(!rows.iter().any(|row| row["userPrincipalName"] == "dis@northwind.example"), "disabled");
    for _ in 0..4 {
        values(&mut stage, &format!("{target}?$filter=isMfaRegistered eq false&$top=1"));
    }
    let throttled = stage.graph_as(Access::Read, "GET", target, None);
    assert_eq!((throttled.status, code(&throttled).as_str()), (429, "TooManyRequests"));
    assert!(throttled.headers.contains(&("retry-after".to_owned(), "10".to_owned())), "{throttled:?}");
    stage.wait(10);
    values(&mut stage, target);
}

#[test]
fn a_manager_comes_as_a_reference_or_cast_with_properties() {
    let mut stage = stage();
    let ana = stage.id_of("ana@northwind.example");
    let plain = stage.graph("GET", &format!("/users/{ana}/manager"), None);
    assert!(body(&plain).get("displayName").is_none());
    let cast = stage.graph("GET", &format!("/users/{ana}/manager/microsoft.graph.user?$select=id,displayName"), None);
    assert_eq!(body(&cast)["displayName"], "Cy Dahl");
    let expanded =
        stage.graph("GET", &format!("/users/{ana}?$select=id&$expand=manager($select=id,displayName)"), None);
    assert_eq!(body(&expanded)["manager"]["id"], body(&cast)["id"]);
}
