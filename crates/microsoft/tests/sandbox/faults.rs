//! What goes wrong on the wire.

use serde_json::json;
use tripod_model::Kind;
use tripod_tenant::{Change, Configure, ErrorKind, Observed, Setting, TenantReader, TenantWriter};

use crate::{at, new, tenant, tenant_without_log, told};

#[tokio::test]
async fn an_item_of_a_batch_that_is_throttled_is_asked_again_by_itself() {
    let tenant = tenant(json!({})).await;
    tenant.fault(json!({"host": "graph.microsoft.com", "matching": "/users/bob", "what": "throttled", "times": 2}));
    let start = tripod_tenant::Clock::now(&*tenant.sandbox.clock());
    let people = tenant.reader().people(&[at("alice"), at("bob"), at("carol")]).await;
    assert!(
        people
            .iter()
            .all(|person| person.present().is_some_and(|person| person.activity == tripod_tenant::Activity::Active)),
        "{people:?}"
    );
    assert!(tripod_tenant::Clock::now(&*tenant.sandbox.clock()) > start, "the wait that was asked for was waited");
}

#[tokio::test]
async fn throttling_and_outages_that_pass_do_not_show() {
    let tenant = tenant(json!({})).await;
    for what in ["throttled", "unavailable"] {
        tenant.fault(json!({"what": what, "percent": 20, "times": 12}));
    }
    let mailbox = tenant.made("backups", Kind::SharedMailbox).await;
    for outcome in tenant.grant(&mailbox, &["alice", "bob", "carol"]).await {
        outcome.unwrap();
    }
    let seen = tenant.observed("backups", Kind::SharedMailbox).await;
    assert_eq!(seen.present().unwrap().delegates.present().unwrap().len(), 3);
}

#[tokio::test]
async fn a_list_whose_second_page_fails_is_an_error_and_not_a_short_list() {
    let people: Vec<_> =
        (0..1205).map(|n| json!({"address": at(&format!("p{n}")), "name": format!("Person {n}")})).collect();
    let tenant = tenant(json!({"people": people})).await;
    tenant.fault(json!({"host": "graph.microsoft.com", "matching": "/v1.0/users", "what": "unavailable", "after": 1}));
    let error = tenant.reader().directory().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_exchange_that_does_not_answer_makes_nothing_absent() {
    let tenant = tenant(json!({})).await;
    tenant.fault(json!({"host": "outlook.office365.com", "what": "unavailable"}));
    assert!(matches!(tenant.observed("backups", Kind::SharedMailbox).await, Observed::Unknown(_)));
    assert!(matches!(tenant.observed("backups", Kind::GroupInbox).await, Observed::Unknown(_)));
    let people = tenant.reader().people(&[at("alice"), at("nobody")]).await;
    assert!(people.iter().all(|person| matches!(person, Observed::Unknown(_))), "{people:?}");
    assert_eq!(tenant.create(new(at("backups"), Kind::SharedMailbox)).await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_permission_that_lacks_is_named() {
    let tenant = tenant(json!({"missing-permissions": ["Exchange.ManageAsApp", "Group.ReadWrite.All"]})).await;
    for (kind, lacks) in [(Kind::SharedMailbox, "Exchange.ManageAsApp"), (Kind::GroupInbox, "Group.ReadWrite.All")] {
        let error = tenant.create(new(at("backups"), kind)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Denied, "{error}");
        let named = error.permission.clone().unwrap_or_default();
        // A group is made only after Exchange was asked who holds the address.
        assert!(named.contains(lacks) || named.contains("Exchange.ManageAsApp"), "{error}");
        assert!(error.request_id.is_some(), "{error}");
    }
}

#[tokio::test]
async fn a_sign_in_that_may_not_be_blocked_is_an_error_that_names_the_permission() {
    let tenant = tenant(json!({"missing-permissions": ["User.EnableDisableAccount.All", "User.ReadWrite.All"]})).await;
    let mailbox = tenant.made("backups", Kind::SharedMailbox).await;
    let writer = tenant.writer();
    let configure = [Configure { mailbox, changes: vec![Change::TurnOn(Setting::SignInBlocked)] }];
    let outcome = told(|done| async move { writer.configure(&configure, &*done).await }).await.remove(0);
    let error = outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied, "{error}");
    assert!(error.to_string().contains("it needs User.EnableDisableAccount.All"), "{error}");
}

#[tokio::test]
async fn a_write_whose_reply_was_lost_is_repeated_where_that_changes_nothing() {
    let tenant = tenant(json!({})).await;
    let mailbox = tenant.made("backups", Kind::SharedMailbox).await;
    for cmdlet in ["Add-MailboxPermission", "Add-RecipientPermission"] {
        tenant.fault(json!({"matching": cmdlet, "what": "reply-lost", "times": 1}));
    }
    tenant.grant(&mailbox, &["alice"]).await.remove(0).unwrap();
    let seen = tenant.observed("backups", Kind::SharedMailbox).await;
    assert_eq!(seen.present().unwrap().delegates.present().unwrap().len(), 1);
}

#[tokio::test]
async fn a_404_of_something_in_between_makes_nothing_absent() {
    // What is in between is no API of Microsoft's.
    let tenant = tenant_without_log(json!({})).await;
    for host in ["graph.microsoft.com", "outlook.office365.com"] {
        tenant.fault(json!({"host": host, "what": "web-page"}));
        let people = tenant.reader().people(&[at("alice"), at("nobody")]).await;
        assert!(people.iter().all(|person| matches!(person, Observed::Unknown(_))), "{host}: {people:?}");
        assert!(matches!(tenant.observed("backups", Kind::SharedMailbox).await, Observed::Unknown(_)), "{host}");
        tenant.sandbox.with_world(tripod_sandbox::World::clear_faults).unwrap();
    }
}

#[tokio::test]
async fn what_was_accepted_is_looked_for_again_when_a_copy_does_not_find_it() {
    let tenant = tenant(json!({})).await;
    let mailbox = tenant.made("backups", Kind::SharedMailbox).await;
    let path = format!("/users/{}", mailbox.id.0);
    tenant.fault(json!({"method": "GET", "matching": path, "what": "not-found", "times": 3}));
    let writer = tenant.writer();
    let configure = [Configure { mailbox: mailbox.clone(), changes: vec![Change::TurnOn(Setting::SignInBlocked)] }];
    told(|done| async move { writer.configure(&configure, &*done).await }).await.remove(0).unwrap();

    tenant.fault(json!({"matching": "Get-MailboxPermission", "what": "not-found", "times": 3}));
    tenant.grant(&mailbox, &["alice"]).await.remove(0).unwrap();

    let group = tenant.made("billing", Kind::GroupInbox).await;
    let path = format!("/groups/{}/members", group.id.0);
    tenant.fault(json!({"method": "GET", "matching": path, "what": "not-found", "after": 1, "times": 3}));
    tenant.grant(&group, &["alice"]).await.remove(0).unwrap();
}
