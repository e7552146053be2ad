//! People, the directory, and what stands under an address.

use jiff::Timestamp;
use serde_json::{Value, json};
use tripod_model::Kind;
use tripod_tenant::{Activity, Form, Inactive, Observed, Principal, TenantReader};

use crate::{address, at, tenant};

#[tokio::test]
async fn everybody_is_shown_as_they_stand() {
    let tenant = tenant(json!({
        "people": [
            {"address": "erin@northwind.example", "name": "Erin", "standing": "disabled"},
            {"address": "gus@northwind.example", "name": "Gus", "standing": "guest"},
            {"address": "nora@northwind.example", "name": "Nora", "standing": "no-mailbox"},
            {"address": "dora@northwind.example", "name": "Dora", "standing": "deleted"},
            {"address": "liam@northwind.example", "name": "Liam", "leaves": "2026-12-01T00:00:00Z",
             "aliases": ["william@northwind.example"]},
        ],
        "groups": [{"address": "all@northwind.example", "name": "All", "members": ["alice@northwind.example"]}],
        "mailboxes": [{"address": "info@northwind.example", "name": "Info", "kind": "shared-mailbox"}],
    }))
    .await;
    let names = ["alice", "erin", "gus", "nora", "dora", "william", "all", "info", "nobody"];
    let addresses: Vec<_> = names.iter().map(|name| at(name)).collect();
    let people = tenant.reader().people(&addresses).await;
    let inactive = |place: usize| {
        people[place]
            .present()
            .unwrap_or_else(|| panic!("{}: {:?}", names[place], people[place]))
            .inactive_at(Timestamp::UNIX_EPOCH)
    };
    assert_eq!(inactive(0), None);
    assert_eq!(people[0].present().unwrap().department.as_deref(), Some("IT"));
    assert_eq!(inactive(1), Some(Inactive::Disabled));
    assert_eq!(inactive(2), Some(Inactive::Guest));
    assert_eq!(inactive(3), Some(Inactive::NoMailbox));
    assert_eq!(inactive(4), Some(Inactive::Deleted));
    let liam = people[5].present().unwrap();
    assert_eq!(liam.address, at("liam"));
    assert_eq!(liam.inactive_at("2026-11-23T09:00:00Z".parse().unwrap()), None);
    assert!(matches!(liam.inactive_at("2026-12-02T00:00:00Z".parse().unwrap()), Some(Inactive::Left(_))));
    assert!(matches!(inactive(6), Some(Inactive::NotAPerson(_))));
    assert_eq!(inactive(7), Some(Inactive::NotAPerson("a shared mailbox".to_owned())));
    assert_eq!(people[8], Observed::Absent);
}

#[tokio::test]
async fn a_directory_of_several_pages_comes_whole() {
    let people: Vec<Value> =
        (0..1205).map(|n| json!({"address": at(&format!("p{n}")), "name": format!("Person {n}")})).collect();
    let mailboxes = json!([{"address": "info@northwind.example", "name": "Info", "kind": "shared-mailbox"}]);
    let tenant = tenant(json!({"people": people, "mailboxes": mailboxes})).await;
    let directory = tenant.reader().directory().await.unwrap();
    assert_eq!(directory.len(), 1205 + crate::PEOPLE.len());
    assert!(directory.iter().all(|person| person.activity == Activity::Active && person.address != at("info")));
}

#[tokio::test]
async fn shared_mailboxes_of_several_pages_come_whole_or_not_at_all() {
    let mailboxes: Vec<Value> = (0..1105)
        .map(|n| json!({"address": at(&format!("m{n}")), "name": format!("Mailbox {n}"), "kind": "shared-mailbox"}))
        .collect();
    let tenant = tenant(json!({"mailboxes": mailboxes})).await;
    // Reading people asks for the list of shared mailboxes: two pages.
    let person = tenant.person(at("m1104")).await;
    assert_eq!(person.present().unwrap().activity, Inactive::NotAPerson("a shared mailbox".to_owned()).into());

    // With the second page lost for good, nobody is taken for a person or for absent.
    tenant.fault(json!({"matching": "Get-Mailbox", "what": "unavailable", "after": 1}));
    assert!(matches!(tenant.person(at("m1104")).await, Observed::Unknown(_)));
}

#[tokio::test]
async fn what_stands_under_an_address_is_named() {
    let tenant = tenant(json!({
        "people": [{"address": "dora@northwind.example", "name": "Dora", "standing": "deleted"}],
        "groups": [{"address": "all@northwind.example", "name": "All", "members": ["alice@northwind.example"]}],
        "mailboxes": [{"address": "info@northwind.example", "name": "Info", "kind": "shared-mailbox",
            "delegates": ["alice@northwind.example", "bob@northwind.example", "all@northwind.example"]}],
    }))
    .await;
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        let form = async |name: &str| tenant.observed(name, kind).await.present().map(|seen| seen.form.clone());
        assert_eq!(form("alice").await, Some(Form::Other("a user mailbox".to_owned())));
        assert!(matches!(form("all").await, Some(Form::Other(_))));
        assert!(matches!(form("dora").await, Some(Form::Deleted(_))));
        assert_eq!(form("info").await, Some(Form::SharedMailbox));
        assert_eq!(form("nobody").await, None);
    }
    let info = tenant.observed("info", Kind::SharedMailbox).await;
    let delegates = info.present().unwrap().delegates.present().unwrap().clone();
    let groups: Vec<_> = delegates.iter().filter(|delegate| matches!(delegate.who, Principal::Group { .. })).collect();
    assert_eq!((delegates.len(), groups.len()), (3, 1), "{delegates:?}");
}

#[tokio::test]
async fn an_address_in_another_case_is_the_same() {
    let tenant = tenant(json!({})).await;
    let person = tenant.person(address("ALICE@Northwind.example")).await;
    assert_eq!(person.present().unwrap().address, at("alice"));
}
