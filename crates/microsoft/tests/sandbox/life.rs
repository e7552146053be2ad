//! Both kinds from the first call to the last.

use serde_json::json;
use tripod_model::Kind;
use tripod_tenant::{
    Change, Configure, Form, Grant, MailboxRef, Observed, ObservedMailbox, Principal, Revoke, Setting, TenantReader,
    TenantWriter,
};

use crate::{Tenant, at, new, tenant, told, told_with_ids};

fn names(mailbox: &ObservedMailbox) -> Vec<String> {
    let Observed::Present(delegates) = &mailbox.delegates else { panic!("{:?}", mailbox.delegates) };
    assert!(delegates.iter().all(|delegate| delegate.rights.is_full()), "{delegates:?}");
    let mut names: Vec<_> = delegates.iter().map(|delegate| delegate.who.label().to_owned()).collect();
    names.sort();
    names
}

async fn configured(tenant: &Tenant, mailbox: &MailboxRef, changes: Vec<Change>) {
    let writer = tenant.writer();
    let configure = [Configure { mailbox: mailbox.clone(), changes }];
    told(|done| async move { writer.configure(&configure, &*done).await }).await.remove(0).unwrap();
}

async fn revoked(tenant: &Tenant, mailbox: &MailboxRef, who: Principal) {
    let writer = tenant.writer();
    let revoke = [Revoke { mailbox: mailbox.clone(), who }];
    told(|done| async move { writer.revoke(&revoke, &*done).await }).await.remove(0).unwrap();
}

async fn retired(tenant: &Tenant, mailbox: &MailboxRef) {
    let writer = tenant.writer();
    let mailboxes = [mailbox.clone()];
    told(|done| async move { writer.retire(&mailboxes, &*done).await }).await.remove(0).unwrap();
}

#[tokio::test]
async fn a_shared_mailbox_lives_from_create_to_retire() {
    let tenant = tenant(json!({})).await;
    assert_eq!(tenant.observed("backups", Kind::SharedMailbox).await, Observed::Absent);
    let mailbox = tenant.made("backups", Kind::SharedMailbox).await;

    // Sign-in is open and nothing is kept until it is told so.
    let seen = tenant.observed("backups", Kind::SharedMailbox).await;
    let seen = seen.present().unwrap();
    assert_eq!((&seen.form, &seen.id, seen.name.as_str()), (&Form::SharedMailbox, &mailbox.id, "Backups"));
    assert_eq!(seen.settings[&Setting::SignInBlocked], Observed::Present(false));
    assert_eq!(seen.settings[&Setting::SentCopiesKept], Observed::Present(false));
    assert_eq!(names(seen), Vec::<String>::new());

    let changes = vec![
        Change::TurnOn(Setting::SignInBlocked),
        Change::TurnOn(Setting::SentCopiesKept),
        Change::Rename("Backups (service)".to_owned()),
    ];
    configured(&tenant, &mailbox, changes).await;
    for outcome in tenant.grant(&mailbox, &["alice", "bob", "carol"]).await {
        outcome.unwrap();
    }
    // Granted once more, all of it is so already.
    tenant.grant(&mailbox, &["alice"]).await.remove(0).unwrap();

    let seen = tenant.observed("backups", Kind::SharedMailbox).await;
    let seen = seen.present().unwrap();
    assert_eq!(seen.name, "Backups (service)");
    assert!(seen.settings.values().all(|value| *value == Observed::Present(true)), "{:?}", seen.settings);
    assert_eq!(names(seen), ["alice@northwind.example", "bob@northwind.example", "carol@northwind.example"]);
    let all = tenant.reader().service_mailboxes().await.unwrap();
    assert_eq!(all.iter().map(|one| &one.id).collect::<Vec<_>>(), [&mailbox.id]);

    let bob = tenant.person_ref("bob").await;
    let bob = Principal::Account { id: Some(bob.id), address: bob.address };
    revoked(&tenant, &mailbox, bob.clone()).await;
    revoked(&tenant, &mailbox, bob).await;
    let seen = tenant.observed("backups", Kind::SharedMailbox).await;
    assert_eq!(names(seen.present().unwrap()), ["alice@northwind.example", "carol@northwind.example"]);

    retired(&tenant, &mailbox).await;
    retired(&tenant, &mailbox).await;
    let seen = tenant.observed("backups", Kind::SharedMailbox).await;
    assert!(matches!(seen.present().map(|seen| &seen.form), Some(Form::Deleted(_))), "{seen:?}");
}

#[tokio::test]
async fn a_group_inbox_lives_from_create_to_retire() {
    let tenant = tenant(json!({})).await;
    assert_eq!(tenant.observed("support", Kind::GroupInbox).await, Observed::Absent);
    let group = tenant.made("support", Kind::GroupInbox).await;
    for outcome in tenant.grant(&group, &["alice", "bob", "carol"]).await {
        outcome.unwrap();
    }
    tenant.grant(&group, &["carol"]).await.remove(0).unwrap();
    configured(&tenant, &group, vec![Change::Rename("Support desk".to_owned())]).await;

    let seen = tenant.observed("support", Kind::GroupInbox).await;
    let seen = seen.present().unwrap();
    assert_eq!((&seen.form, &seen.id, seen.name.as_str()), (&Form::GroupInbox, &group.id, "Support desk"));
    assert_eq!(seen.address, at("support"));
    assert_eq!(seen.settings[&Setting::JoiningByInvitation], Observed::Present(true));
    assert_eq!(names(seen), ["alice@northwind.example", "bob@northwind.example", "carol@northwind.example"]);
    let all = tenant.reader().service_mailboxes().await.unwrap();
    assert_eq!(all.iter().map(|one| &one.id).collect::<Vec<_>>(), [&group.id]);

    let bob = tenant.person_ref("bob").await;
    revoked(&tenant, &group, Principal::Account { id: Some(bob.id), address: bob.address }).await;
    let seen = tenant.observed("support", Kind::GroupInbox).await;
    assert_eq!(names(seen.present().unwrap()), ["alice@northwind.example", "carol@northwind.example"]);

    retired(&tenant, &group).await;
    retired(&tenant, &group).await;
    let seen = tenant.observed("support", Kind::GroupInbox).await;
    assert!(!matches!(seen.present().map(|seen| &seen.form), Some(Form::GroupInbox)), "{seen:?}");
}

#[tokio::test]
async fn whoever_is_gone_is_shown_as_gone_and_can_be_taken_off() {
    let tenant = tenant(json!({
        "people": [{"address": "dora@northwind.example", "name": "Dora", "standing": "deleted"}],
        "mailboxes": [{"address": "info@northwind.example", "name": "Info", "kind": "shared-mailbox",
            "delegates": ["alice@northwind.example", "dora@northwind.example"]}],
    }))
    .await;
    let seen = tenant.observed("info", Kind::SharedMailbox).await;
    let seen = seen.present().unwrap();
    let delegates = seen.delegates.present().unwrap();
    let gone: Vec<_> = delegates.iter().filter(|one| matches!(one.who, Principal::Departed { .. })).collect();
    assert_eq!((delegates.len(), gone.len()), (2, 1), "{delegates:?}");
    let mailbox = MailboxRef { id: seen.id.clone(), address: at("info"), kind: Kind::SharedMailbox };
    revoked(&tenant, &mailbox, gone[0].who.clone()).await;
    let seen = tenant.observed("info", Kind::SharedMailbox).await;
    assert_eq!(names(seen.present().unwrap()), ["alice@northwind.example"]);
}

#[tokio::test]
async fn what_was_changed_is_told_with_microsofts_id_of_the_request() {
    let tenant = tenant(json!({})).await;
    let writer = tenant.writer();
    let (writer, mut ids) = (&writer, Vec::new());
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        let name = if kind == Kind::SharedMailbox { "numbered" } else { "numbered-group" };
        let wanted = &[new(at(name), kind)];
        let made = told_with_ids(|done| async move { writer.create(wanted, &*done).await }).await.remove(0).unwrap();
        let mailbox = MailboxRef { id: made.value, address: at(name), kind };
        ids.push(made.request_id);
        tenant.ready(&mailbox).await.unwrap();

        let change = &[Configure { mailbox: mailbox.clone(), changes: vec![Change::Rename("Numbered".to_owned())] }];
        let mut told = told_with_ids(|done| async move { writer.configure(change, &*done).await }).await;
        let mut grants = Vec::new();
        for person in ["alice", "bob"] {
            grants.push(Grant { mailbox: mailbox.clone(), person: tenant.person_ref(person).await });
        }
        let grants = &grants;
        told.extend(told_with_ids(|done| async move { writer.grant(grants, &*done).await }).await);
        let person = tenant.person_ref("bob").await;
        let who = Principal::Account { id: Some(person.id), address: person.address };
        let revoke = &[Revoke { mailbox: mailbox.clone(), who }];
        told.extend(told_with_ids(|done| async move { writer.revoke(revoke, &*done).await }).await);
        // Who has no access any more costs no request, so there is none to name.
        let again = told_with_ids(|done| async move { writer.revoke(revoke, &*done).await }).await.remove(0).unwrap();
        assert_eq!(again.request_id, None);
        let mailboxes = &[mailbox];
        told.extend(told_with_ids(|done| async move { writer.retire(mailboxes, &*done).await }).await);
        ids.extend(told.into_iter().map(|outcome| outcome.unwrap().request_id));
    }
    let different: std::collections::BTreeSet<String> = ids.iter().flatten().cloned().collect();
    assert_eq!(different.len(), 12, "{ids:?}");
}
