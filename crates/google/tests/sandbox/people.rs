//! Who somebody is, and whether they can act.

use jiff::Timestamp;
use serde_json::json;
use tripod_model::Kind;
use tripod_sandbox::Condition;
use tripod_tenant::{ErrorKind, Form, Inactive, MailboxQuery, Observed, Person, TenantReader};

use crate::support::{CUSTOMER, OLD_MAILBOXES, address, at, people, stage, stage_without_log};

#[track_caller]
fn assert_unknown(person: &Observed<Person>, kind: ErrorKind) {
    let Observed::Unknown(unknown) = person else { panic!("{person:?}") };
    assert_eq!(unknown.kind, kind, "{}", unknown.reason);
}

#[tokio::test]
async fn everybody_stands_as_the_directory_says() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let table = [
        ("ana", None),
        ("dan", Some(Inactive::Suspended)),
        ("eve", Some(Inactive::Archived)),
        ("fay", Some(Inactive::Deleted)),
        ("guy", Some(Inactive::NoMailbox)),
        ("staff", Some(Inactive::NotAPerson("a group".to_owned()))),
    ];
    let addresses: Vec<_> = table.iter().map(|(name, _)| at(name)).collect();
    let found = stage.reader.people(&addresses).await;
    for ((name, inactive), person) in table.iter().zip(found) {
        let Observed::Present(person) = person else { panic!("{name}: {person:?}") };
        assert_eq!((&person.address, &person.inactive_at(Timestamp::UNIX_EPOCH)), (&at(name), inactive), "{name}");
    }
}

#[tokio::test]
async fn an_alias_leads_to_the_primary_address_and_nobody_is_absent() {
    let stage = stage(CUSTOMER).await;
    let people = stage.reader.people(&[at("ana.lopes"), at("nobody"), at("ana")]).await;
    let ana = people[0].present().unwrap();
    assert_eq!((&ana.address, ana.name.as_str(), ana.department.as_deref()), (&at("ana"), "Ana Lopes", Some("IT")));
    assert!(ana.aliases.contains(&at("ana.lopes")));
    assert_eq!(people[1], Observed::Absent);
    assert_eq!(people[0], people[2]);
}

#[tokio::test]
async fn a_service_mailbox_is_no_person() {
    let stage = stage(CUSTOMER).await;
    stage.ready("backups", Kind::SharedMailbox).await;
    let people = stage.reader.people(&[at("backups")]).await;
    let expected = Some(Inactive::NotAPerson("a service mailbox".to_owned()));
    assert_eq!(people[0].present().unwrap().inactive_at(Timestamp::UNIX_EPOCH), expected);
}

#[tokio::test]
async fn an_account_in_the_unit_of_the_service_mailboxes_is_no_person_whoever_made_it() {
    let by_hand =
        "      - {address: by-hand@juniper.example, name: By Hand, kind: shared-mailbox, unit: /Service mailboxes}\n";
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}{by_hand}")).await;
    let expected =
        Some(Inactive::NotAPerson("an account in /Service mailboxes, where the service mailboxes are".to_owned()));
    let people = stage.reader.people(&[at("by-hand")]).await;
    assert_eq!(people[0].present().unwrap().inactive_at(Timestamp::UNIX_EPOCH), expected);
    let directory = stage.reader.directory().await.unwrap();
    let theirs: Vec<_> =
        directory.iter().filter(|person| person.inactive_at(Timestamp::UNIX_EPOCH) == expected).collect();
    assert_eq!(theirs.iter().map(|person| &person.address).collect::<Vec<_>>(), [&at("by-hand")]);
}

#[tokio::test]
async fn an_address_of_another_organisation_is_absent_and_not_a_role_that_is_too_small() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let outsider = address("somebody@elsewhere.example");
    stage.set("staff", &Condition::Access { who: outsider.clone(), read: true, act: true });
    assert_eq!(stage.reader.people(std::slice::from_ref(&outsider)).await, [Observed::Absent]);
    let query = |kind| MailboxQuery { address: outsider.clone(), kind, id: None };
    let seen = stage.reader.mailboxes(&[query(Kind::SharedMailbox), query(Kind::GroupInbox)]).await;
    assert_eq!(seen, [Observed::Absent, Observed::Absent]);
    // Unless the domains are known, the refusal may be one of the role.
    stage.fault(&json!({ "matching": "/domains", "what": "unavailable" }));
    let people = stage.reader.people(std::slice::from_ref(&outsider)).await;
    assert_unknown(&people[0], ErrorKind::Denied);
}

#[tokio::test]
async fn a_refusal_of_an_address_of_our_own_makes_nobody_absent() {
    let stage = stage(CUSTOMER).await;
    stage.fault(&json!({ "matching": "/users/ana", "what": "refused" }));
    let people = stage.reader.people(&[at("ana")]).await;
    assert_unknown(&people[0], ErrorKind::Denied);
}

#[tokio::test]
async fn a_404_of_something_in_between_makes_nobody_absent() {
    let stage = stage_without_log(CUSTOMER).await;
    stage.fault(&json!({ "host": "admin.googleapis.com", "what": "web-page" }));
    let people = stage.reader.people(&[at("nobody")]).await;
    assert_unknown(&people[0], ErrorKind::Unavailable);
}

#[tokio::test]
async fn the_directory_has_all_pages_and_no_service_mailbox() {
    let description = CUSTOMER.to_owned() + &people(1_100);
    let stage = stage(&description).await;
    stage.ready("backups", Kind::SharedMailbox).await;
    let directory = stage.reader.directory().await.unwrap();
    // Everybody but the one who is deleted.
    assert_eq!(directory.len(), 7 + 1_100);
    assert!(directory.iter().all(|person| person.address != at("backups")));
}

#[tokio::test]
async fn what_stands_under_an_address_is_named_for_what_it_is() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let form = async |name: &str, kind| stage.present(name, kind).await.form;
    assert_eq!(form("ana", Kind::SharedMailbox).await, Form::UnmarkedAccount);
    assert_eq!(form("old-box", Kind::SharedMailbox).await, Form::UnmarkedAccount);
    assert_eq!(form("staff", Kind::SharedMailbox).await, Form::Other("a group".to_owned()));
    assert_eq!(form("ana", Kind::GroupInbox).await, Form::Other("a user account".to_owned()));
    assert_eq!(form("staff", Kind::GroupInbox).await, Form::GroupInbox);
    assert!(matches!(form("fay", Kind::SharedMailbox).await, Form::Deleted(_)));
    assert_eq!(stage.see("nothing", Kind::SharedMailbox).await, Observed::Absent);
}
