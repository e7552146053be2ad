//! Creating: what is taken over, what is not, and never twice.

use serde_json::json;
use tripod_model::{Kind, SignIn};
use tripod_tenant::{
    CauseId, Change, Clock, Configure, ErrorKind, MailboxRef, NewMailbox, Observed, Setting, TenantReader, TenantWriter,
};

use crate::support::{CUSTOMER, OLD_MAILBOXES, Told, new, stage, stage_that_counts};

#[tokio::test]
async fn an_account_that_carries_our_marker_is_taken_over() {
    let stage = stage(CUSTOMER).await;
    let first = stage.ready("backups", Kind::SharedMailbox).await;
    assert_eq!(stage.create(new("backups", Kind::SharedMailbox)).await.unwrap(), first.id);
}

#[tokio::test]
async fn an_account_that_tripod_did_not_make_is_not_taken_over_until_it_is_marked() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    for name in ["ana", "old-box"] {
        let error = stage.create(new(name, Kind::SharedMailbox)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    }
    // Not even after an earlier attempt: it has another name than ours would have.
    let again = NewMailbox { attempted_before: true, ..new("ana", Kind::SharedMailbox) };
    assert_eq!(stage.create(again).await.unwrap_err().kind, ErrorKind::Conflict);

    let old = stage.present("old-box", Kind::SharedMailbox).await;
    let mailbox = MailboxRef { id: old.id.clone(), address: old.address, kind: Kind::SharedMailbox };
    stage.configure(Configure { mailbox, changes: vec![Change::Mark] }).await.unwrap();
    assert_eq!(stage.create(new("old-box", Kind::SharedMailbox)).await.unwrap(), old.id);
}

#[tokio::test]
async fn a_group_is_taken_over_only_after_an_attempt_of_our_own() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let fresh = new("staff", Kind::GroupInbox);
    assert_eq!(stage.create(fresh.clone()).await.unwrap_err().kind, ErrorKind::Conflict);
    stage.create(NewMailbox { attempted_before: true, ..fresh }).await.unwrap();
}

#[tokio::test]
async fn an_address_of_the_other_kind_or_an_alias_is_a_conflict() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    for (name, kind) in [("staff", Kind::SharedMailbox), ("ana", Kind::GroupInbox), ("ana.lopes", Kind::SharedMailbox)]
    {
        let attempted = NewMailbox { attempted_before: true, ..new(name, kind) };
        let error = stage.create(attempted).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict, "{name}: {error}");
    }
}

#[tokio::test]
async fn an_account_without_a_free_licence_is_refused_at_once_with_what_to_do() {
    // Everybody who lives has one, but for Eve, who is archived, and Guy.
    let stage = stage(&CUSTOMER.replace("    people:\n", "    seats: 6\n    people:\n")).await;
    stage.create(new("one", Kind::SharedMailbox)).await.unwrap();
    let start = stage.sandbox.clock().now();
    let error = stage.create(new("two", Kind::SharedMailbox)).await.unwrap_err();
    assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::GoogleNoFreeLicence)), "{error}");
    // It is no address that somebody else has, which would be looked for.
    assert_eq!(stage.sandbox.clock().now(), start);
    stage.create(new("billing", Kind::GroupInbox)).await.unwrap();
}

#[tokio::test]
async fn a_create_whose_reply_was_lost_is_read_back_and_not_sent_again() {
    let stage = stage_that_counts(CUSTOMER, "reply-lost").await;
    stage.fault(&json!({ "host": "admin.googleapis.com", "method": "POST", "what": "reply-lost", "times": 2 }));
    let account = stage.create(new("backups", Kind::SharedMailbox)).await.unwrap();
    let group = stage.create(new("billing", Kind::GroupInbox)).await.unwrap();
    stage.pass(60).await;
    assert_eq!(stage.present("backups", Kind::SharedMailbox).await.id, account);
    assert_eq!(stage.present("billing", Kind::GroupInbox).await.id, group);
    assert_eq!(stage.exchanges("POST", "/directory/v1/users"), 1);
    assert_eq!(stage.exchanges("POST", "/directory/v1/groups"), 1);
}

#[tokio::test]
async fn what_is_new_and_refused_for_a_while_is_not_taken_for_somebody_elses() {
    let stage = stage(CUSTOMER).await;
    for (path, name, kind) in [("/users", "backups", Kind::SharedMailbox), ("/groups", "billing", Kind::GroupInbox)] {
        stage.fault(&json!({ "method": "POST", "matching": path, "what": "reply-lost", "times": 1 }));
        stage.fault(&json!({ "method": "GET", "matching": format!("{path}/{name}"), "what": "refused", "times": 3 }));
        let id = stage.create(new(name, kind)).await.unwrap();
        stage.no_faults();
        stage.pass(60).await;
        assert_eq!(stage.present(name, kind).await.id, id);
    }
}

#[tokio::test]
async fn the_settings_of_a_new_group_are_tried_again_when_they_are_refused_as_invalid() {
    let stage = stage(CUSTOMER).await;
    let mailbox = stage.ready("billing", Kind::GroupInbox).await;
    stage.fault(&json!({ "host": "www.googleapis.com", "method": "PATCH", "what": "refused", "times": 3 }));
    let change = Change::TurnOn(Setting::CollaborativeInbox);
    stage.configure(Configure { mailbox, changes: vec![change] }).await.unwrap();
    let seen = stage.present("billing", Kind::GroupInbox).await;
    assert_eq!(seen.settings.get(&Setting::CollaborativeInbox), Some(&Observed::Present(true)));
}

#[tokio::test]
async fn a_create_that_was_cut_off_is_sent_again_once_nothing_is_found() {
    let stage = stage(CUSTOMER).await;
    stage.fault(&json!({ "host": "admin.googleapis.com", "method": "POST", "what": "cut", "times": 1 }));
    stage.create(new("backups", Kind::SharedMailbox)).await.unwrap();
    stage.pass(60).await;
    stage.present("backups", Kind::SharedMailbox).await;
}

#[tokio::test]
async fn many_are_made_side_by_side_and_each_is_told_once() {
    let stage = stage(CUSTOMER).await;
    let wanted: Vec<NewMailbox> = (0..20)
        .map(|n| new(&format!("box-{n}"), if n % 2 == 0 { Kind::SharedMailbox } else { Kind::GroupInbox }))
        .collect();
    let told = Told::new(wanted.len());
    stage.writer.create(&wanted, &|index, outcome| told.done(index, outcome)).await;
    let made: Vec<MailboxRef> = told
        .all()
        .into_iter()
        .zip(&wanted)
        .map(|(id, new)| MailboxRef { id: id.unwrap(), address: new.address.clone(), kind: new.kind })
        .collect();
    let told = Told::new(made.len());
    stage.writer.wait_until_ready(&made, &|index, outcome| told.done(index, outcome)).await;
    assert!(told.all().iter().all(Result::is_ok));
    let queries: Vec<_> = wanted
        .iter()
        .map(|new| tripod_tenant::MailboxQuery { address: new.address.clone(), kind: new.kind, id: None })
        .collect();
    let seen = stage.reader.mailboxes(&queries).await;
    for (made, seen) in made.iter().zip(&seen) {
        assert_eq!(seen.present().map(|seen| &seen.id), Some(&made.id), "{}", made.address);
    }
}

#[tokio::test]
async fn an_account_that_could_sign_in_is_refused_rather_than_made_without_its_password() {
    let stage = stage(CUSTOMER).await;
    let wanted = NewMailbox { sign_in: SignIn::Allowed, ..new("backups", Kind::SharedMailbox) };
    assert_eq!(stage.create(wanted).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(stage.see("backups", Kind::SharedMailbox).await, Observed::Absent);
}

#[tokio::test]
async fn an_account_is_made_with_the_password_that_it_is_given_even_when_the_reply_is_lost() {
    let stage = stage_that_counts(CUSTOMER, "first-password").await;
    let wanted = NewMailbox {
        sign_in: SignIn::Allowed,
        first_password: Some("correct horse battery staple".into()),
        ..new("backups", Kind::SharedMailbox)
    };
    stage.fault(&json!({ "method": "POST", "matching": "/users", "what": "reply-lost", "times": 1 }));
    stage.create(wanted).await.unwrap();
    let bodies: Vec<_> = stage
        .log_lines()
        .into_iter()
        .filter(|line| line["url"].as_str().unwrap().contains("/directory/v1/users"))
        .map(|line| (line["method"].clone(), line["request"]["body"]["password"].clone()))
        .filter(|(_, password)| !password.is_null())
        .collect();
    // The account that was found after the lost reply might have been an older one with another password.
    let methods: Vec<_> = bodies.iter().map(|(method, _)| method.as_str().unwrap()).collect();
    assert_eq!(methods, ["POST", "PUT"]);
}
