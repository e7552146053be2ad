//! What an auditor asks, with the credential that only reads.

use serde_json::json;
use tripod_model::{Address, Kind};
use tripod_sandbox::Condition;
use tripod_tenant::{
    ErrorKind, GrantMeans, MailboxFacts, MailboxRef, Observed, OwnedKind, PersonId, PersonRef, TenantAuditor, Unknown,
};

use crate::support::{CUSTOMER, Stage, address, at, audit_stage, people};

const MORE_PEOPLE: &str = "
      - {address: hal@juniper.example, name: Hal Ek, second-factor: false, last-sign-in: 2026-10-01T08:00:00Z}
";

const APPS: &str = "
    apps:
      - name: Acme CRM
        grants:
          - {person: ana@juniper.example, scopes: [openid, 'https://www.googleapis.com/auth/drive']}
          - {person: ben@juniper.example, scopes: [openid], since: 2026-10-05T07:00:00Z}
      - name: Tracker
        grants:
          - {person: ana@juniper.example, scopes: [email]}
";

const GROUPS: &str = "
    groups:
      - address: staff@juniper.example
        name: Staff
        owners: [ana@juniper.example]
        members: [ben@juniper.example, inner@juniper.example, out@elsewhere.example]
      - address: inner@juniper.example
        name: Inner
        members: [ben@juniper.example, cara@juniper.example]
      - {address: pair@juniper.example, name: Pair, owners: [ana@juniper.example, cara@juniper.example]}
";

/// The reason why something is unknown.
fn unknown<T: std::fmt::Debug>(observed: &Observed<T>) -> &Unknown {
    match observed {
        Observed::Unknown(unknown) => unknown,
        other => panic!("it is known: {other:?}"),
    }
}

async fn mailbox_facts(stage: &Stage, mailbox: &MailboxRef) -> MailboxFacts {
    stage.reader.mailbox_facts(std::slice::from_ref(mailbox)).await.remove(0)
}

async fn members(stage: &Stage, group: &str) -> Observed<Vec<Address>> {
    stage.reader.group_members(&[at(group)]).await.remove(0)
}

#[tokio::test]
async fn the_facts_of_people_are_told_in_the_order_asked() {
    let stage = audit_stage(&format!("{CUSTOMER}{MORE_PEOPLE}")).await;
    let asked = [stage.person("hal").await, stage.person("ana").await, stage.person("ben").await];
    let facts = stage.reader.person_facts(&asked).await;
    assert_eq!(facts.len(), 3);
    let last = "2026-10-01T08:00:00Z".parse().unwrap();
    assert_eq!(facts[0].last_sign_in, Observed::Present(Some(last)));
    let factors: Vec<_> = facts.iter().map(|facts| facts.second_factor.clone()).collect();
    assert_eq!(factors, [Observed::Present(false), Observed::Present(true), Observed::Present(true)]);
    assert_eq!(facts[1].department, Observed::Present(Some("IT".to_owned())));
    assert_eq!(facts[1].manager, Observed::Present(None));
    assert_eq!(facts[2].department, Observed::Present(None));
    assert_eq!(facts[2].manager, Observed::Present(Some(at("ana"))));
}

#[tokio::test]
async fn people_who_cannot_be_asked_about_are_unknown_and_those_who_are_not_there_absent() {
    let stage = audit_stage(CUSTOMER).await;
    let nobody = PersonRef { id: PersonId("404404".to_owned()), address: at("nobody") };
    let ana = stage.person("ana").await;
    assert_eq!(stage.reader.person_facts(std::slice::from_ref(&nobody)).await[0].second_factor, Observed::Absent);
    stage.fault(&json!({ "host": "admin.googleapis.com", "what": "unavailable" }));
    for facts in stage.reader.person_facts(&[nobody, ana]).await {
        assert_eq!(unknown(&facts.second_factor).kind, ErrorKind::Unavailable);
        assert_eq!(unknown(&facts.last_sign_in).kind, ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_new_mailbox_has_nothing_to_object_to_and_its_application_passwords_are_not_asked_for() {
    let stage = audit_stage(CUSTOMER).await;
    let facts = mailbox_facts(&stage, &stage.ready("backups", Kind::SharedMailbox).await).await;
    assert_eq!(facts.last_sign_in, Observed::Present(None));
    assert_eq!(facts.second_factor, Observed::Present(false));
    assert_eq!(facts.recovery, Observed::Present(Vec::new()));
    assert_eq!(facts.forwarding, Observed::Present(Vec::new()));
    assert_eq!(facts.delegation_allowed, Observed::Present(true));
    let why = unknown(&facts.app_passwords);
    assert_eq!(why.kind, ErrorKind::Denied);
    assert!(why.reason.contains("admin.directory.user.security"), "{}", why.reason);
    assert_eq!(stage.exchanges("GET", "/asps"), 0);
}

#[tokio::test]
async fn what_gets_around_the_delegates_of_a_mailbox_is_seen() {
    let stage = audit_stage(CUSTOMER).await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    let signed_in = "2026-11-20T08:00:00Z".parse().unwrap();
    stage.set("backups", &Condition::Forwarding(Some("out@elsewhere.example".to_owned())));
    stage.set("backups", &Condition::Recovery(Some("ana@home.example".to_owned())));
    stage.set("backups", &Condition::LastSignIn(Some(signed_in)));
    stage.set("backups", &Condition::SecondFactor(true));
    stage.pass(300).await;
    let facts = mailbox_facts(&stage, &mailbox).await;
    assert_eq!(facts.forwarding, Observed::Present(vec!["out@elsewhere.example".to_owned()]));
    assert_eq!(facts.recovery, Observed::Present(vec!["ana@home.example".to_owned()]));
    assert_eq!(facts.last_sign_in, Observed::Present(Some(signed_in)));
    assert_eq!(facts.second_factor, Observed::Present(true));
    stage.set("backups", &Condition::Forwarding(None));
    stage.pass(300).await;
    assert_eq!(mailbox_facts(&stage, &mailbox).await.forwarding, Observed::Present(Vec::new()));
}

#[tokio::test]
async fn a_group_has_no_account_of_its_own() {
    let stage = audit_stage(CUSTOMER).await;
    let facts = mailbox_facts(&stage, &stage.ready("billing", Kind::GroupInbox).await).await;
    assert_eq!(facts.second_factor, Observed::Absent);
    assert_eq!(facts.forwarding, Observed::Absent);
    assert_eq!(facts.delegation_allowed, Observed::Absent);
}

#[tokio::test]
async fn a_fact_that_cannot_be_read_leaves_the_others_known() {
    let stage = audit_stage(CUSTOMER).await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    stage.fault(&json!({ "host": "gmail.googleapis.com", "what": "unavailable" }));
    stage.fault(&json!({ "host": "cloudidentity.googleapis.com", "what": "unavailable" }));
    let facts = mailbox_facts(&stage, &mailbox).await;
    assert_eq!(unknown(&facts.forwarding).kind, ErrorKind::Unavailable);
    assert_eq!(unknown(&facts.delegation_allowed).kind, ErrorKind::Unavailable);
    assert_eq!(facts.last_sign_in, Observed::Present(None));
}

#[tokio::test]
async fn the_unit_of_the_mailbox_decides_whether_its_mail_can_be_delegated() {
    let on = "/Service mailboxes: {mail-delegation: true}";
    let stage = audit_stage(&CUSTOMER.replace(on, &on.replace("true", "false"))).await;
    let id = stage.create(crate::support::new("backups", Kind::SharedMailbox)).await.unwrap();
    stage.pass(300).await;
    let mailbox = MailboxRef { id, address: at("backups"), kind: Kind::SharedMailbox };
    assert_eq!(mailbox_facts(&stage, &mailbox).await.delegation_allowed, Observed::Present(false));
}

#[tokio::test]
async fn the_unit_of_each_delegate_decides_whether_mail_can_be_delegated_to_them() {
    let stage = audit_stage(CUSTOMER).await;
    let ana = stage.person("ana").await;
    let allowed = || async { stage.reader.person_facts(std::slice::from_ref(&ana)).await.remove(0).delegation_allowed };
    assert_eq!(allowed().await, Observed::Present(true));
    stage.set("ana", &Condition::UnitDelegation(false));
    stage.pass(300).await;
    assert_eq!(allowed().await, Observed::Present(false));
    stage.fault(&json!({ "host": "cloudidentity.googleapis.com", "what": "unavailable" }));
    assert_eq!(unknown(&allowed().await).kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn nested_groups_are_expanded_and_people_from_outside_belong() {
    let stage = audit_stage(&format!("{CUSTOMER}{GROUPS}")).await;
    let wanted = vec![at("ana"), at("ben"), at("cara"), address("out@elsewhere.example")];
    let Observed::Present(mut found) = members(&stage, "staff").await else { panic!("unknown") };
    found.sort_by_key(ToString::to_string);
    assert_eq!(found, wanted);
    assert_eq!(members(&stage, "nothing").await, Observed::Absent);
}

#[tokio::test]
async fn members_on_a_page_that_fails_leave_the_group_unknown() {
    let line = |n| format!("          - p{n}@juniper.example\n");
    let list = (0..250).map(line).collect::<Vec<_>>().concat();
    let group = "    groups:\n      - address: all@juniper.example\n        name: All\n        members:\n";
    let stage = audit_stage(&[CUSTOMER, &people(250), group, &list].concat()).await;
    assert_eq!(members(&stage, "all").await.map(|all| all.len()), Observed::Present(250));
    stage.fault(&json!({ "host": "admin.googleapis.com", "matching": "pageToken", "what": "unavailable" }));
    assert_eq!(unknown(&members(&stage, "all").await).kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn groups_are_told_with_the_people_who_own_them() {
    let stage = audit_stage(&format!("{CUSTOMER}{GROUPS}")).await;
    let mut owned = stage.reader.ownerships().await.unwrap();
    owned.sort_by(|a, b| a.name.cmp(&b.name));
    let seen: Vec<_> = owned
        .iter()
        .map(|one| (one.kind, one.name.as_str(), one.owners.iter().map(|who| who.address.clone()).collect::<Vec<_>>()))
        .collect();
    // «Inner» has members and no owner.
    let wanted =
        [(OwnedKind::Group, "Pair", vec![at("ana"), at("cara")]), (OwnedKind::Group, "Staff", vec![at("ana")])];
    assert_eq!(seen, wanted);
    stage.fault(&json!({ "host": "admin.googleapis.com", "matching": "roles=OWNER", "what": "cut", "after": 1 }));
    assert_eq!(stage.reader.ownerships().await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn every_app_that_people_let_in_is_told_once_a_person() {
    let stage = audit_stage(&format!("{CUSTOMER}{APPS}")).await;
    let mut grants = stage.reader.grants().await.unwrap();
    grants.sort_by_key(|grant| (grant.app.name.clone(), grant.person.address.to_string()));
    let seen: Vec<_> = grants
        .iter()
        .map(|grant| (grant.app.name.as_str(), grant.person.address.local_part(), grant.scopes.len()))
        .collect();
    assert_eq!(seen, [("Acme CRM", "ana", 2), ("Acme CRM", "ben", 1), ("Tracker", "ana", 1)]);
    assert_eq!(grants[0].person, stage.person("ana").await);
    assert_eq!(grants[1].since, Some("2026-10-05T07:00:00Z".parse().unwrap()));
    assert_eq!(grants[0].app.id, grants[1].app.id);
    assert_ne!(grants[0].app.id, grants[2].app.id);
    assert!(grants.iter().all(|grant| grant.means == GrantMeans::Consent && !grant.app.verified));
}

#[tokio::test]
async fn an_audit_log_that_is_out_of_order_for_a_while_is_asked_again() {
    let stage = audit_stage(&format!("{CUSTOMER}{APPS}")).await;
    let activity =
        |times: Option<u32>| json!({ "matching": "/applications/token", "what": "unavailable", "times": times });
    stage.fault(&activity(Some(4)));
    assert_eq!(stage.reader.grants().await.unwrap().len(), 3);
    stage.fault(&activity(None));
    assert_eq!(stage.reader.grants().await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn grants_on_a_page_that_fails_are_an_error_and_not_a_short_list() {
    let line = |n| format!("          - {{person: p{n}@juniper.example, scopes: [openid]}}\n");
    let list = (0..1_100).map(line).collect::<Vec<_>>().concat();
    let app = "    apps:\n      - name: Acme CRM\n        grants:\n";
    let stage = audit_stage(&[CUSTOMER, &people(1_100), app, &list].concat()).await;
    assert_eq!(stage.reader.grants().await.unwrap().len(), 1_100);
    // The first pages of what was let in and of what was shut out pass; what follows is the second page.
    let page = json!({ "matching": "/applications/token", "what": "unavailable", "after": 2 });
    stage.fault(&page);
    assert_eq!(stage.reader.grants().await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn google_cannot_tell_what_changed() {
    let stage = audit_stage(CUSTOMER).await;
    assert_eq!(stage.reader.changes(None).await.unwrap(), None);
}
