//! Changes by hand, and what a client sees of them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tripod_sandbox::{Access, Condition, SandboxError, Standing, World};

use crate::support::{Client, client, description};

fn set(client: &Client, address: &str, condition: impl std::borrow::Borrow<Condition>) {
    let address = address.parse().unwrap();
    client.sandbox.with_world(|world| world.set(&address, condition.borrow())).unwrap();
}

#[tokio::test]
async fn what_is_changed_on_an_account_is_what_the_directory_says() {
    let client = client().await;
    let token = client.admin().await;
    let ana = "ana@juniper.example";
    set(&client, ana, Condition::SecondFactor(false));
    set(&client, ana, Condition::LastSignIn(None));
    set(&client, ana, Condition::Manager(Some("ben@juniper.example".parse().unwrap())));
    set(&client, ana, Condition::Department(Some("Finance".into())));
    set(&client, ana, Condition::Recovery(Some("ana@home.example".into())));
    set(&client, ana, Condition::AppPasswords(2));
    let seen = client.get("users/ana@juniper.example", &token).await.body;
    assert_eq!(seen["isEnrolledIn2Sv"], json!(false));
    assert_eq!(seen["lastLoginTime"], "1970-01-01T00:00:00.000Z");
    assert_eq!(seen["relations"], json!([{"type": "manager", "value": "ben@juniper.example"}]));
    assert_eq!(seen["organizations"][0]["department"], "Finance");
    assert_eq!(seen["recoveryEmail"], "ana@home.example");
    let guard = client.token(Access::Write, "admin@juniper.example", &["admin.directory.user.security"]).await;
    let passwords = client.get("users/ana@juniper.example/asps", &guard).await.body;
    assert_eq!(passwords["items"].as_array().unwrap().len(), 2);
    set(&client, ana, Condition::Manager(None));
    let seen = client.get("users/ana@juniper.example", &token).await.body;
    assert!(seen.get("relations").is_none());
    let ben = client.get("users/ben@juniper.example", &token).await.body;
    assert_eq!((&ben["isEnrolledIn2Sv"], &ben["lastLoginTime"]), (&json!(true), &json!("2026-11-22T09:00:00.000Z")));
}

#[tokio::test]
async fn a_standing_goes_and_comes_back_with_the_addresses() {
    let client = client().await;
    let token = client.admin().await;
    let ana = "ana@juniper.example";
    for (standing, status, field) in [
        (Standing::Disabled, 200, "suspended"),
        (Standing::Archived, 200, "archived"),
        (Standing::Guest, 200, "isGuestUser"),
        (Standing::Deleted, 404, ""),
    ] {
        set(&client, ana, Condition::Standing(standing));
        let seen = client.get("users/al@juniper.example", &token).await;
        assert_eq!(seen.status, status, "{standing:?}");
        assert!(field.is_empty() || seen.body[field] == json!(true), "{}", seen.text);
        let people = client.sandbox.with_world(|world| world.people());
        let known = people.iter().find(|person| person.address.as_str() == ana).unwrap();
        assert_eq!(known.standing, standing);
    }
    set(&client, ana, Condition::Standing(Standing::Active));
    let seen = client.get("users/al@juniper.example", &token).await;
    assert_eq!((seen.status, &seen.body["suspended"], &seen.body["archived"]), (200, &json!(false), &json!(false)));
}

#[tokio::test]
async fn delegations_come_go_and_wait_and_mail_is_forwarded() {
    let client = client().await;
    let (address, who) = ("box@juniper.example", "ben@juniper.example".parse::<tripod_model::Address>().unwrap());
    let token = client.mailbox(address).await;
    set(&client, address, Condition::Access { who: who.clone(), read: true, act: true });
    let list = client.delegates(Method::GET, "", &token, None).await.body;
    assert_eq!(list["delegates"].as_array().unwrap().len(), 2);
    set(&client, address, Condition::Delegation { who: who.clone(), status: "pending".into() });
    let one = client.delegates(Method::GET, "/ben@juniper.example", &token, None).await.body;
    assert_eq!(one["verificationStatus"], "pending");
    set(&client, address, Condition::Access { who, read: false, act: false });
    assert_eq!(client.delegates(Method::GET, "/ben@juniper.example", &token, None).await.status, 404);
    let settings = async |name: &str| {
        let path = format!("gmail/v1/users/me/settings/{name}");
        client.call(Method::GET, "gmail.googleapis.com", &path, &token, None).await.body
    };
    assert_eq!(settings("autoForwarding").await, json!({"enabled": false}));
    assert_eq!(settings("forwardingAddresses").await, json!({}));
    set(&client, address, Condition::Forwarding(Some("out@else.example".into())));
    assert_eq!(settings("autoForwarding").await["emailAddress"], "out@else.example");
    assert_eq!(settings("forwardingAddresses").await["forwardingAddresses"][0]["verificationStatus"], "accepted");
}

#[tokio::test]
async fn a_group_opens_closes_and_changes_its_members() {
    let client = client().await;
    let token = client.admin().await;
    let staff = "staff@juniper.example";
    set(&client, staff, Condition::OutsideMail(false));
    set(&client, staff, Condition::OpenToJoin(true));
    let settings = client.settings(Method::GET, staff, &token, None).await.body;
    assert_eq!(settings["whoCanPostMessage"], "ALL_IN_DOMAIN_CAN_POST");
    assert_eq!(settings["whoCanJoin"], "ANYONE_CAN_JOIN");
    let ben: tripod_model::Address = "ben@juniper.example".parse().unwrap();
    set(&client, staff, Condition::Access { who: ben.clone(), read: true, act: true });
    let role = async || client.get("groups/staff@juniper.example/members/ben@juniper.example", &token).await;
    assert_eq!(role().await.body["role"], "OWNER");
    set(&client, staff, Condition::Access { who: ben, read: false, act: false });
    assert_eq!(role().await.status, 404);
    let outsider: tripod_model::Address = "eve@else.example".parse().unwrap();
    for _ in 0..2 {
        set(&client, staff, Condition::Access { who: outsider.clone(), read: true, act: false });
    }
    let members = client.get("groups/staff@juniper.example/members", &token).await.body;
    let outside: Vec<_> =
        members["members"].as_array().unwrap().iter().filter(|one| one["email"] == "eve@else.example").collect();
    assert_eq!(outside.len(), 1);
    set(&client, staff, Condition::Deleted);
    assert_eq!(client.get("groups/staff@juniper.example", &token).await.status, 404);
}

#[tokio::test]
async fn a_unit_without_delegation_lets_nobody_in_and_stays_so_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let mut world = World::open(&state, Some(&description())).unwrap();
    world.set(&"ben@juniper.example".parse().unwrap(), &Condition::UnitDelegation(false)).unwrap();
    world
        .set(&"box@juniper.example".parse().unwrap(), &Condition::Address("post@juniper.example".parse().unwrap()))
        .unwrap();
    drop(world);
    let client = crate::support::client_of(World::open(&state, None).unwrap(), None).await;
    let token = client.mailbox("post@juniper.example").await;
    let body = Some(json!({"delegateEmail": "ben@juniper.example"}));
    let answer = client.delegates(Method::POST, "", &token, body).await;
    assert_eq!((answer.status, answer.message()), (400, "Precondition check failed."));
    let admin = client.admin().await;
    assert_eq!(client.get("users/box@juniper.example", &admin).await.body["primaryEmail"], "post@juniper.example");
}

#[tokio::test]
async fn time_that_is_advanced_is_the_clocks_time_too() {
    let client = client().await;
    let before = client.sandbox.with_world(|world| world.now());
    client.sandbox.with_world(|world| world.advance(Duration::from_hours(24))).unwrap();
    let now = tripod_tenant::Clock::now(client.sandbox.clock().as_ref());
    assert_eq!(now.duration_since(before).as_secs(), 86_400);
}

#[test]
fn a_change_that_does_not_apply_or_has_nobody_is_refused() {
    let mut world = World::new(&description()).unwrap();
    let mut refused =
        |address: &str, condition: Condition| world.set(&address.parse().unwrap(), &condition).unwrap_err();
    let ana = || "ana@juniper.example".parse::<tripod_model::Address>().unwrap();
    for (address, condition) in [
        ("ana@juniper.example", Condition::Leaves(None)),
        ("ana@juniper.example", Condition::OpenToJoin(true)),
        ("box@juniper.example", Condition::Size(1)),
        ("box@juniper.example", Condition::Access { who: ana(), read: true, act: false }),
        ("box@juniper.example", Condition::Delegation { who: ana(), status: "maybe".into() }),
        ("box@juniper.example", Condition::Address(ana())),
        ("box@juniper.example", Condition::Address("box@else.example".parse().unwrap())),
        ("staff@juniper.example", Condition::SecondFactor(true)),
    ] {
        let error = refused(address, condition);
        assert!(matches!(error, SandboxError::NotApplicable { .. }), "{error}");
    }
    let error = refused("anna@juniper.example", Condition::SecondFactor(true));
    assert!(matches!(error, SandboxError::Nobody { suggestion: Some(_), .. }), "{error}");
}
