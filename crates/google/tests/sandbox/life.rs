//! The whole life of a mailbox of each kind.

use tripod_model::{Kind, Provider, SignIn};
use tripod_tenant::{Change, Configure, Form, Observed, Principal, Setting};

use crate::support::{CUSTOMER, access, at, stage};

#[tokio::test]
async fn a_shared_mailbox_lives_from_its_creation_to_its_end() {
    let stage = stage(CUSTOMER).await;
    assert_eq!(stage.see("backups", Kind::SharedMailbox).await, Observed::Absent);
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    for outcome in stage.grant(&mailbox, &["ana", "ben", "cara"]).await {
        outcome.unwrap();
    }

    let seen = stage.present("backups", Kind::SharedMailbox).await;
    assert_eq!((&seen.form, seen.name.as_str()), (&Form::SharedMailbox, "Mailbox backups"));
    assert_eq!(access(&seen), ["ana:full", "ben:full", "cara:full"]);
    assert_eq!(seen.id, mailbox.id);

    let rename = Configure { mailbox: mailbox.clone(), changes: vec![Change::Rename("Acme Backups".to_owned())] };
    stage.configure(rename).await.unwrap();
    let who = Principal::Account { id: None, address: at("ben") };
    stage.revoke(&mailbox, who.clone()).await.unwrap();
    stage.revoke(&mailbox, who).await.unwrap();
    let seen = stage.present("backups", Kind::SharedMailbox).await;
    assert_eq!(
        (seen.name.as_str(), access(&seen)),
        ("Acme Backups", vec!["ana:full".to_owned(), "cara:full".to_owned()])
    );

    stage.retire(&mailbox).await.unwrap();
    stage.pass(120).await;
    stage.retire(&mailbox).await.unwrap();
    let gone = stage.present("backups", Kind::SharedMailbox).await;
    assert!(matches!(gone.form, Form::Deleted(_)), "{:?}", gone.form);

    stage.writer.restore(&mailbox).await.unwrap();
    stage.pass(120).await;
    assert_eq!(stage.present("backups", Kind::SharedMailbox).await.form, Form::SharedMailbox);
}

#[tokio::test]
async fn a_group_inbox_lives_from_its_creation_to_its_end() {
    let stage = stage(CUSTOMER).await;
    let mailbox = stage.ready("billing", Kind::GroupInbox).await;
    let required = Setting::required(Provider::GoogleWorkspace, Kind::GroupInbox, SignIn::Blocked);
    let before = stage.present("billing", Kind::GroupInbox).await;
    assert!(before.settings.values().any(|setting| *setting == Observed::Present(false)), "{:?}", before.settings);

    let changes = required.iter().map(|setting| Change::TurnOn(*setting)).collect();
    stage.configure(Configure { mailbox: mailbox.clone(), changes }).await.unwrap();
    for outcome in stage.grant(&mailbox, &["ana", "ben", "cara"]).await {
        outcome.unwrap();
    }
    let seen = stage.present("billing", Kind::GroupInbox).await;
    assert_eq!((&seen.form, seen.name.as_str()), (&Form::GroupInbox, "Mailbox billing"));
    assert_eq!(access(&seen), ["ana:full", "ben:full", "cara:full"]);
    assert_eq!(seen.settings.len(), required.len());
    assert!(seen.settings.values().all(|setting| *setting == Observed::Present(true)), "{:?}", seen.settings);

    let rename = Configure { mailbox: mailbox.clone(), changes: vec![Change::Rename("Bills".to_owned())] };
    stage.configure(rename).await.unwrap();
    let who = Principal::Account { id: None, address: at("cara") };
    stage.revoke(&mailbox, who.clone()).await.unwrap();
    stage.revoke(&mailbox, who).await.unwrap();
    let seen = stage.present("billing", Kind::GroupInbox).await;
    assert_eq!((seen.name.as_str(), access(&seen)), ("Bills", vec!["ana:full".to_owned(), "ben:full".to_owned()]));

    stage.retire(&mailbox).await.unwrap();
    stage.pass(120).await;
    stage.retire(&mailbox).await.unwrap();
    assert_eq!(stage.see("billing", Kind::GroupInbox).await, Observed::Absent);
}

#[tokio::test]
async fn an_address_more_can_be_given_and_taken_away() {
    let stage = stage(CUSTOMER).await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    stage.writer.add_alias(&mailbox, &at("restores")).await.unwrap();
    stage.writer.add_alias(&mailbox, &at("restores")).await.unwrap();
    assert!(stage.present("backups", Kind::SharedMailbox).await.aliases.contains(&at("restores")));
    assert!(stage.writer.add_alias(&mailbox, &at("ana")).await.is_err(), "the address belongs to somebody else");
    stage.writer.remove_alias(&mailbox, &at("restores")).await.unwrap();
    stage.writer.remove_alias(&mailbox, &at("restores")).await.unwrap();
    stage.pass(120).await;
    assert!(!stage.present("backups", Kind::SharedMailbox).await.aliases.contains(&at("restores")));
}
