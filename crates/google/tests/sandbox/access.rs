//! Granting and revoking, more than once and out of order.

use serde_json::json;
use tripod_model::Kind;
use tripod_tenant::{Acceptance, ErrorKind, Principal, TenantReader};

use crate::support::{CUSTOMER, OLD_MAILBOXES, access, at, stage, stage_that_counts};

#[tokio::test]
async fn granting_twice_is_granting_once() {
    let stage = stage(CUSTOMER).await;
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        let mailbox = stage.ready(kind.word(), kind).await;
        for _ in 0..2 {
            assert!(stage.grant(&mailbox, &["ana", "ben"]).await.iter().all(Result::is_ok));
        }
        assert_eq!(access(&stage.present(kind.word(), kind).await), ["ana:full", "ben:full"]);
    }
}

#[tokio::test]
async fn a_member_that_is_granted_access_becomes_an_owner() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let group = stage.present("staff", Kind::GroupInbox).await;
    assert_eq!(access(&group), ["ana:full", "ben:read"]);
    let mailbox = tripod_tenant::MailboxRef { id: group.id, address: group.address, kind: Kind::GroupInbox };
    assert!(stage.grant(&mailbox, &["ben"]).await.iter().all(Result::is_ok));
    assert_eq!(access(&stage.present("staff", Kind::GroupInbox).await), ["ana:full", "ben:full"]);
}

#[tokio::test]
async fn a_membership_that_is_taken_and_never_there_is_made_anew() {
    let stage = stage_that_counts(&format!("{CUSTOMER}{OLD_MAILBOXES}"), "pending-member").await;
    let group = stage.present("staff", Kind::GroupInbox).await;
    let mailbox = tripod_tenant::MailboxRef { id: group.id, address: group.address, kind: Kind::GroupInbox };
    // For longer than anything that merely lags.
    stage.fault(&json!({ "method": "GET", "matching": "/members/ben", "what": "not-found", "times": 18 }));
    let outcomes = stage.grant(&mailbox, &["ben"]).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert_eq!(stage.exchanges("DELETE", "/members/ben"), 1);
    assert_eq!(access(&stage.present("staff", Kind::GroupInbox).await), ["ana:full", "ben:full"]);
}

#[tokio::test]
async fn a_group_in_a_group_is_no_person() {
    let groups = "
    groups:
      - {address: inner@juniper.example, name: Inner, members: [ben@juniper.example]}
      - {address: outer@juniper.example, name: Outer, owners: [ana@juniper.example], members: [inner@juniper.example]}
";
    let stage = stage(&format!("{CUSTOMER}{groups}")).await;
    assert_eq!(access(&stage.present("outer", Kind::GroupInbox).await), ["ana:full", "group inner:read"]);
}

#[tokio::test]
async fn somebody_who_does_not_exist_gets_no_access_and_the_others_do() {
    let stage = stage(CUSTOMER).await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    let outcomes = stage.grant(&mailbox, &["ana", "nobody", "ben"]).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
    assert!(outcomes[1].is_err());
    assert_eq!(access(&stage.present("backups", Kind::SharedMailbox).await), ["ana:full", "ben:full"]);
}

#[tokio::test]
async fn access_to_a_mailbox_that_is_gone_has_ended() {
    let stage = stage(CUSTOMER).await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    stage.retire(&mailbox).await.unwrap();
    stage.pass(300).await;
    let who = Principal::Account { id: None, address: at("ana") };
    stage.revoke(&mailbox, who).await.unwrap();
    let outcome = stage.grant(&mailbox, &["ana"]).await.remove(0);
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Missing);
}

#[tokio::test]
async fn a_delegation_in_force_says_so_and_tells_the_persons_id() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let seen = stage.present("old-box", Kind::SharedMailbox).await;
    let ana = stage.reader.people(&[at("ana")]).await.remove(0).present().unwrap().as_ref();
    let delegates = seen.delegates.present().unwrap();
    let first = delegates.iter().find(|delegate| delegate.who.address() == Some(&ana.address)).unwrap();
    assert_eq!(first.acceptance, Acceptance::Accepted);
    assert_eq!(first.who, Principal::Account { id: Some(ana.id), address: ana.address });
}

#[tokio::test]
async fn a_refused_delegate_whose_unit_has_delegation_off_is_told_with_the_unit_and_the_switch() {
    let units = "      /Service mailboxes: {mail-delegation: true}\n";
    let locked = format!("{units}      /Locked: {{mail-delegation: false}}\n");
    let liv = "      - {address: liv@juniper.example, name: Liv Dahl, unit: /Locked}\n";
    let stage = stage(&format!("{}{liv}", CUSTOMER.replace(units, &locked))).await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    let error = stage.grant(&mailbox, &["liv"]).await.remove(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::SetUp, "{error}");
    let text = "mail delegation is off for the organisational unit /Locked of liv@juniper.example";
    assert!(error.message.contains(text), "{error}");
    assert!(stage.grant(&mailbox, &["ana"]).await[0].is_ok());
}
