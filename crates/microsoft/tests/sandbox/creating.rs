//! What can come between a mailbox and its creation.

use serde_json::json;
use tripod_model::{Kind, SignIn};
use tripod_tenant::{
    ErrorKind, Form, MailboxQuery, MailboxRef, NewMailbox, Observed, Rights, TenantReader, TenantWriter,
};

use crate::{address, at, new, tenant, told};

#[tokio::test]
async fn the_same_name_in_two_domains_gets_another_alias() {
    let tenant = tenant(json!({})).await;
    let first = tenant.made("support", Kind::SharedMailbox).await;
    let second = address("support@northwind-labs.example");
    let id = tenant.create(new(second.clone(), Kind::SharedMailbox)).await.unwrap();
    assert_ne!(id, first.id);
    let mailbox = MailboxRef { id: id.clone(), address: second.clone(), kind: Kind::SharedMailbox };
    tenant.ready(&mailbox).await.unwrap();
    let query = MailboxQuery { address: second.clone(), kind: Kind::SharedMailbox, id: None };
    let seen = tenant.reader().mailboxes(&[query]).await.remove(0);
    let seen = seen.present().unwrap();
    assert_eq!((&seen.id, &seen.address), (&id, &second));
}

#[tokio::test]
async fn an_alias_that_is_taken_stands_in_the_way_of_a_group_only() {
    let tenant = tenant(json!({})).await;
    tenant.made("support", Kind::SharedMailbox).await;
    let second = address("support@northwind-labs.example");
    let query = |kind| MailboxQuery { address: second.clone(), kind, id: None };
    let reader = tenant.reader();
    assert_eq!(reader.readiness(&[query(Kind::SharedMailbox)]).await, []);
    let obstacles = reader.readiness(&[query(Kind::GroupInbox)]).await;
    assert!(
        obstacles.iter().any(|obstacle| obstacle.message.contains("the alias support belongs to")),
        "{obstacles:?}"
    );
    assert!(obstacles.iter().all(|obstacle| obstacle.kind == ErrorKind::SetUp), "{obstacles:?}");
}

#[tokio::test]
async fn a_domain_that_is_not_the_tenants_stands_in_the_way() {
    let tenant = tenant(json!({})).await;
    let query = MailboxQuery { address: address("x@elsewhere.example"), kind: Kind::SharedMailbox, id: None };
    let obstacles = tenant.reader().readiness(&[query]).await;
    assert_eq!(obstacles.len(), 1, "{obstacles:?}");
    assert!(obstacles[0].message.contains("elsewhere.example is not a domain of the tenant"), "{obstacles:?}");
}

#[tokio::test]
async fn a_lost_reply_is_read_back_and_not_posted_again() {
    for (kind, matching, method) in
        [(Kind::SharedMailbox, "New-Mailbox", "POST"), (Kind::GroupInbox, "/v1.0/groups", "POST")]
    {
        let tenant = tenant(json!({})).await;
        tenant.fault(json!({"matching": matching, "method": method, "what": "reply-lost", "times": 1}));
        let id = tenant.create(new(at("backups"), kind)).await.unwrap();
        tenant.ready(&MailboxRef { id: id.clone(), address: at("backups"), kind }).await.unwrap();
        let all = tenant.reader().service_mailboxes().await.unwrap();
        assert_eq!(all.iter().map(|one| &one.id).collect::<Vec<_>>(), [&id], "{kind:?}");
    }
}

#[tokio::test]
async fn a_request_that_never_arrived_is_made_after_it_was_read_back() {
    let tenant = tenant(json!({})).await;
    tenant.fault(json!({"matching": "New-Mailbox", "what": "cut", "times": 1}));
    let id = tenant.create(new(at("backups"), Kind::SharedMailbox)).await.unwrap();
    let all_but_one = tenant.reader().service_mailboxes().await.unwrap();
    assert!(all_but_one.len() <= 1);
    tenant.ready(&MailboxRef { id, address: at("backups"), kind: Kind::SharedMailbox }).await.unwrap();
}

#[tokio::test]
async fn only_an_attempt_of_ours_may_take_over_what_is_there() {
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        let tenant = tenant(json!({})).await;
        let made = tenant.made("backups", kind).await;
        let error = tenant.create(new(at("backups"), kind)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
        let again = NewMailbox { attempted_before: true, ..new(at("backups"), kind) };
        assert_eq!(tenant.create(again).await.unwrap(), made.id);
    }
}

#[tokio::test]
async fn a_persons_address_is_never_taken_over() {
    let tenant = tenant(json!({})).await;
    let new = NewMailbox { attempted_before: true, ..new(at("alice"), Kind::SharedMailbox) };
    let error = tenant.create(new).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("a user mailbox"), "{error}");
    let seen = tenant.observed("alice", Kind::SharedMailbox).await;
    assert!(matches!(seen, Observed::Present(seen) if seen.form == Form::Other("a user mailbox".to_owned())));
}

#[tokio::test]
async fn two_domains_at_once_clash_only_when_posted_and_both_are_made() {
    let tenant = tenant(json!({})).await;
    let writer = tenant.writer();
    let wanted = [at("support"), address("support@northwind-labs.example")].map(|at| new(at, Kind::SharedMailbox));
    let addresses = wanted.clone().map(|new| new.address);
    let ids = told(|done| async move { writer.create(&wanted, &*done).await }).await;
    for (id, address) in ids.into_iter().zip(addresses) {
        let mailbox = MailboxRef { id: id.unwrap(), address: address.clone(), kind: Kind::SharedMailbox };
        tenant.ready(&mailbox).await.unwrap();
        let query = MailboxQuery { address, kind: Kind::SharedMailbox, id: None };
        assert_eq!(tenant.reader().mailboxes(&[query]).await[0].present().unwrap().id, mailbox.id);
    }
    assert_eq!(tenant.reader().service_mailboxes().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_run_that_died_is_picked_up_while_its_mailbox_does_not_show_yet() {
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        let tenant = tenant(json!({})).await;
        let id = tenant.create(new(at("backups"), kind)).await.unwrap();
        // Nobody has waited, so reads do not show it: the conflict does.
        let again = NewMailbox { attempted_before: true, ..new(at("backups"), kind) };
        assert_eq!(tenant.create(again).await.unwrap(), id, "{kind:?}");
        tenant.ready(&MailboxRef { id, address: at("backups"), kind }).await.unwrap();
        assert_eq!(tenant.reader().service_mailboxes().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_run_that_died_is_picked_up_while_only_one_of_the_services_shows_its_mailbox() {
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        let tenant = tenant(json!({})).await;
        let id = tenant.create(new(at("backups"), kind)).await.unwrap();
        // Between the first look and the next one it begins to show.
        tenant.fault(json!({"matching": "Get-Recipient", "what": "unavailable", "times": 6}));
        let again = NewMailbox { attempted_before: true, ..new(at("backups"), kind) };
        assert_eq!(tenant.create(again).await.unwrap(), id, "{kind:?}");
    }
}

#[tokio::test]
async fn a_first_password_is_refused_before_anything_is_made_and_never_shown() {
    let tenant = tenant(json!({})).await;
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        let new = NewMailbox {
            sign_in: SignIn::Allowed,
            first_password: Some("hunter2".to_owned().into()),
            ..new(at("backups"), kind)
        };
        let error = tenant.create(new).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains("password") && !format!("{error:?}").contains("hunter2"), "{error}");
        assert_eq!(tenant.observed("backups", kind).await, Observed::Absent);
    }
}

#[tokio::test]
async fn a_group_has_the_owner_that_it_was_made_with_who_becomes_a_member_by_the_grant() {
    let tenant = tenant(json!({})).await;
    let first_owner = Some(tenant.person_ref("alice").await);
    let id = tenant.create(NewMailbox { first_owner, ..new(at("backups"), Kind::GroupInbox) }).await.unwrap();
    let group = MailboxRef { id, address: at("backups"), kind: Kind::GroupInbox };
    tenant.ready(&group).await.unwrap();
    for (rights, names) in [(Rights { read: false, act: true }, &[][..]), (Rights::FULL, &["alice", "bob"][..])] {
        assert!(tenant.grant(&group, names).await.into_iter().all(|granted| granted.is_ok()));
        let seen = tenant.observed("backups", Kind::GroupInbox).await;
        let held = seen.present().unwrap().delegates.present().unwrap();
        let alice = held.iter().find(|one| one.who.address() == Some(&at("alice"))).unwrap();
        assert_eq!((alice.rights, held.len()), (rights, names.len().max(1)));
    }
}
