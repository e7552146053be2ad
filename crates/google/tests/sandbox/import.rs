//! What is there already, and what stands in the way of more.

use tripod_model::Kind;
use tripod_tenant::{ErrorKind, Form, MailboxQuery, Observed, TenantReader};

use crate::support::{CUSTOMER, OLD_MAILBOXES, access, address, at, stage};

fn query(text: &str, kind: Kind) -> MailboxQuery {
    MailboxQuery { address: address(text), kind, id: None }
}

#[tokio::test]
async fn inboxes_marked_accounts_and_accounts_with_delegates_are_found() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    stage.ready("backups", Kind::SharedMailbox).await;
    let mut found = stage.reader.service_mailboxes().await.unwrap();
    found.sort_by(|a, b| a.address.cmp(&b.address));
    let forms: Vec<_> = found.iter().map(|mailbox| (mailbox.address.local_part(), &mailbox.form)).collect();
    let wanted =
        [("backups", &Form::SharedMailbox), ("old-box", &Form::UnmarkedAccount), ("old-inbox", &Form::GroupInbox)];
    assert_eq!(forms, wanted);
    assert_eq!(access(&found[1]), ["ana:full", "ben:full"]);
    assert_eq!(access(&found[2]), ["ana:full", "cara:full"]);
}

#[tokio::test]
async fn a_call_that_fails_ends_the_import() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    stage.fault(&serde_json::json!({ "host": "gmail.googleapis.com", "what": "unavailable", "after": 2 }));
    assert_eq!(stage.reader.service_mailboxes().await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn nothing_stands_in_the_way_of_a_customer_that_is_set_up() {
    let stage = stage(CUSTOMER).await;
    let wanted = [query("a@juniper.example", Kind::SharedMailbox), query("b@juniper.example", Kind::GroupInbox)];
    assert_eq!(stage.reader.readiness(&wanted).await, []);
}

#[tokio::test]
async fn a_foreign_domain_stands_in_the_way_of_its_mailboxes_only() {
    let stage = stage(CUSTOMER).await;
    let wanted = [query("a@elsewhere.example", Kind::GroupInbox), query("b@juniper.example", Kind::GroupInbox)];
    let obstacles = stage.reader.readiness(&wanted).await;
    assert_eq!(obstacles.len(), 1, "{obstacles:?}");
    assert_eq!((obstacles[0].kind, &obstacles[0].mailboxes), (ErrorKind::SetUp, &vec![address("a@elsewhere.example")]));
}

#[tokio::test]
async fn a_unit_that_is_missing_or_has_delegation_off_is_one_obstacle_for_all_accounts() {
    let wanted = [
        query("a@juniper.example", Kind::SharedMailbox),
        query("b@juniper.example", Kind::SharedMailbox),
        query("c@juniper.example", Kind::GroupInbox),
    ];
    let unit = "      /Service mailboxes: {mail-delegation: true}\n";
    let off = unit.replace("true", "false");
    for (description, words) in [
        (CUSTOMER.replace(unit, ""), "there is no organisational unit /Service mailboxes"),
        (CUSTOMER.replace(unit, &off), "mail delegation is off for the organisational unit /Service mailboxes"),
    ] {
        let stage = stage(&description).await;
        let obstacles = stage.reader.readiness(&wanted).await;
        assert_eq!(obstacles.len(), 1, "{obstacles:?}");
        assert_eq!((obstacles[0].kind, obstacles[0].message.as_str()), (ErrorKind::SetUp, words));
        assert_eq!(obstacles[0].mailboxes, [at("a"), at("b")]);
    }
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_only_warns() {
    let stage = stage(&format!("{CUSTOMER}    apis-off: [cloudidentity]\n")).await;
    let obstacles = stage.reader.readiness(&[query("a@juniper.example", Kind::SharedMailbox)]).await;
    assert_eq!(obstacles.len(), 1, "{obstacles:?}");
    assert_ne!(obstacles[0].kind, ErrorKind::SetUp);
    assert_eq!(stage.see("a", Kind::SharedMailbox).await, Observed::Absent);
}
