//! When Google or the way to it is in trouble.

use serde_json::json;
use tripod_model::Kind;
use tripod_tenant::{Clock, ErrorKind, Observed, TenantReader};

use crate::support::{CUSTOMER, OLD_MAILBOXES, access, at, new, people, stage, stage_that_counts};

#[tokio::test]
async fn throttling_is_waited_out() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    stage.fault(&json!({ "what": "throttled", "times": 6 }));
    let start = stage.sandbox.clock().now();
    assert_eq!(access(&stage.present("old-box", Kind::SharedMailbox).await), ["ana:full", "ben:full"]);
    assert!(stage.sandbox.clock().now() > start);
}

#[tokio::test]
async fn throttling_without_an_end_is_told_as_throttling() {
    let stage = stage(CUSTOMER).await;
    stage.fault(&json!({ "host": "admin.googleapis.com", "what": "throttled" }));
    let Observed::Unknown(unknown) = stage.see("backups", Kind::SharedMailbox).await else { panic!("known") };
    assert_eq!(unknown.kind, ErrorKind::Throttled);
}

#[tokio::test]
async fn what_cannot_be_asked_is_unknown_and_not_absent() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    for what in ["unavailable", "cut"] {
        stage.fault(&json!({ "host": "admin.googleapis.com", "what": what }));
        for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
            let Observed::Unknown(unknown) = stage.see("nothing", kind).await else { panic!("known") };
            assert_eq!(unknown.kind, ErrorKind::Unavailable);
        }
        let people = stage.reader.people(&[at("nobody")]).await;
        assert!(matches!(&people[0], Observed::Unknown(_)), "{people:?}");
        stage.no_faults();
    }
}

#[tokio::test]
async fn a_mailbox_whose_delegates_cannot_be_read_is_there_with_unknown_delegates() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    stage.fault(&json!({ "host": "gmail.googleapis.com", "what": "unavailable" }));
    assert!(matches!(stage.present("old-box", Kind::SharedMailbox).await.delegates, Observed::Unknown(_)));
}

#[tokio::test]
async fn a_list_that_fails_on_its_second_page_is_an_error_and_not_a_short_list() {
    let description = CUSTOMER.to_owned() + &people(600);
    let stage = stage(&description).await;
    stage.fault(&json!({ "host": "admin.googleapis.com", "matching": "pageToken", "what": "unavailable" }));
    assert_eq!(stage.reader.directory().await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn members_on_a_page_that_fails_are_unknown() {
    let line = |n| format!("          - p{n}@juniper.example\n");
    let members = (0..250).map(line).collect::<Vec<_>>().concat();
    let group = "    groups:\n      - address: all@juniper.example\n        name: All\n        members:\n";
    let description = [CUSTOMER, &people(250), group, &members].concat();
    let stage = stage(&description).await;
    assert_eq!(access(&stage.present("all", Kind::GroupInbox).await).len(), 250);
    stage.fault(&json!({ "host": "admin.googleapis.com", "matching": "pageToken", "what": "unavailable" }));
    assert!(matches!(stage.present("all", Kind::GroupInbox).await.delegates, Observed::Unknown(_)));
}

#[tokio::test]
async fn a_scope_that_was_not_given_is_named() {
    let scope = "https://www.googleapis.com/auth/admin.directory.user";
    let stage = stage(&format!("{CUSTOMER}    missing-permissions: ['{scope}']\n")).await;
    let error = stage.create(new("backups", Kind::SharedMailbox)).await.unwrap_err();
    assert_eq!((error.kind, error.permission.as_deref()), (ErrorKind::SetUp, Some(scope)));
    // Groups are under another scope, in another token.
    stage.create(new("billing", Kind::GroupInbox)).await.unwrap();
}

#[tokio::test]
async fn an_api_that_is_switched_off_is_a_matter_of_set_up() {
    let stage = stage(&format!("{CUSTOMER}    apis-off: [gmail]\n{OLD_MAILBOXES}")).await;
    let Observed::Unknown(unknown) = stage.present("old-box", Kind::SharedMailbox).await.delegates else {
        panic!("known")
    };
    assert_eq!(unknown.kind, ErrorKind::SetUp, "{}", unknown.reason);
}

#[tokio::test]
async fn a_token_is_asked_for_once_however_many_wait_for_it() {
    let stage = stage_that_counts(CUSTOMER, "single-flight").await;
    let addresses: Vec<_> = (0..40).map(|n| at(&format!("nobody-{n}"))).collect();
    let (first, second) = futures::join!(stage.reader.people(&addresses), stage.reader.people(&addresses));
    assert!(first.iter().chain(&second).all(|person| *person == Observed::Absent));
    // One for accounts and one for groups.
    assert_eq!(stage.exchanges("POST", "/token"), 2);
}

#[tokio::test]
async fn a_refused_token_is_refused_to_all_who_waited_for_it() {
    let scope = "https://www.googleapis.com/auth/gmail.settings.sharing";
    let stage = stage_that_counts(&format!("{CUSTOMER}    missing-permissions: ['{scope}']\n"), "refused-token").await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    let before = stage.exchanges("POST", "/token");
    let outcomes = stage.grant(&mailbox, &["ana"]).await;
    assert_eq!(outcomes[0].as_ref().unwrap_err().kind, ErrorKind::SetUp);
    // The reader asks for three to look Ana up, one a scope; the refusal of the writer's is final.
    assert!(stage.exchanges("POST", "/token") - before <= 4);
}
