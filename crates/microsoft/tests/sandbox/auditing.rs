//! What an auditor asks, with the credential that only reads.

use serde_json::{Value, json};
use tripod_model::Kind;
use tripod_sandbox::Condition;
use tripod_tenant::{
    ErrorKind, GrantMeans, MailboxId, MailboxRef, Observed, OwnedKind, PersonId, PersonRef, TenantAuditor, TenantReader,
};

use crate::{Tenant, at, tenant_with_log};

async fn tenant(more: Value) -> Tenant {
    tenant_with_log(more, "microsoft-audit.jsonl").await
}

impl Tenant {
    fn set(&self, name: &str, condition: &Condition) {
        self.sandbox.with_world(|world| world.set(&at(name), condition)).unwrap();
    }
}

fn apps() -> Value {
    json!([
        {"name": "Acme Backup", "publisher": "Acme", "verified": true,
         "owners": ["alice@northwind.example"], "tenant-wide": ["User.Read"],
         "grants": [
            {"person": "alice@northwind.example", "scopes": ["Mail.Read", "offline_access"]},
            {"person": "bob@northwind.example", "since": "2026-02-01T00:00:00Z"},
         ]},
        {"name": "Unsure", "publisher": "Somebody", "grants": [{"person": "carol@northwind.example", "scopes": ["Files.Read"]}]},
    ])
}

#[tokio::test]
async fn facts_of_people_are_those_of_their_accounts() {
    let tenant = tenant(json!({"people": [
        {"address": "erin@northwind.example", "name": "Erin", "manager": "alice@northwind.example",
         "department": "Finance", "last-sign-in": "2026-06-01T08:00:00Z", "second-factor": false},
    ]}))
    .await;
    tenant.set("dave", &Condition::LastSignIn(None));
    let people = [tenant.person_ref("erin").await, tenant.person_ref("dave").await];
    let facts = tenant.reader().person_facts(&people).await;
    assert_eq!(facts[0].last_sign_in, Observed::Present("2026-06-01T08:00:00Z".parse().ok()));
    assert_eq!(facts[0].second_factor, Observed::Present(false));
    assert_eq!(facts[0].manager, Observed::Present(Some(at("alice"))));
    assert_eq!(facts[0].department, Observed::Present(Some("Finance".to_owned())));
    assert_eq!(facts[1].last_sign_in, Observed::Present(None));
    assert_eq!((&facts[1].second_factor, &facts[1].manager), (&Observed::Present(true), &Observed::Present(None)));
}

#[tokio::test]
async fn nobody_has_facts_whose_account_is_not_there() {
    let tenant = tenant(json!({})).await;
    let nobody = PersonRef { id: PersonId("00000000-1111-4222-8333-944444444444".to_owned()), address: at("nobody") };
    let facts = tenant.reader().person_facts(&[nobody, tenant.person_ref("alice").await]).await;
    let Observed::Unknown(unknown) = &facts[0].manager else { panic!("{facts:?}") };
    assert_eq!(unknown.kind, ErrorKind::Missing);
    assert_eq!(facts[1].department, Observed::Present(Some("IT".to_owned())));
}

#[tokio::test]
async fn facts_of_many_people_come_in_the_order_asked() {
    let people: Vec<Value> = (0..130)
        .map(|n| json!({"address": at(&format!("p{n}")), "name": format!("Person {n}"), "department": format!("D{n}")}))
        .collect();
    let tenant = tenant(json!({"people": people})).await;
    let reader = tenant.reader();
    let directory = reader.directory().await.unwrap();
    let references: Vec<_> = directory.iter().map(tripod_tenant::Person::as_ref).collect();
    let facts = reader.person_facts(&references).await;
    assert_eq!(facts.len(), 130 + crate::PEOPLE.len());
    for (person, facts) in directory.iter().zip(&facts) {
        assert_eq!(facts.department.present(), Some(&person.department), "{}", person.address);
        assert!(facts.second_factor.present().is_some() && facts.last_sign_in.present().is_some(), "{facts:?}");
    }
}

#[tokio::test]
async fn facts_of_a_mailbox_are_where_its_mail_goes_and_how_full_it_is() {
    let mailboxes = json!([{"address": "info@northwind.example", "name": "Info", "kind": "shared-mailbox"}]);
    let tenant = tenant(json!({"mailboxes": mailboxes})).await;
    tenant.set("info", &Condition::Forwarding(Some("somebody@elsewhere.example".to_owned())));
    tenant.set("info", &Condition::Size(2_147_483_648));
    let id = tenant.observed("info", Kind::SharedMailbox).await.present().unwrap().id.clone();
    let mailbox = MailboxRef { id, address: at("info"), kind: Kind::SharedMailbox };
    let facts = tenant.reader().mailbox_facts(&[mailbox]).await.remove(0);
    assert_eq!(facts.forwarding, Observed::Present(vec!["somebody@elsewhere.example".to_owned()]));
    assert_eq!(facts.size, Observed::Present(2_147_483_648));
    assert_eq!(facts.size_limit, Observed::Present(50 * 1024 * 1024 * 1024));
    assert!(facts.last_sign_in.present().is_some(), "{facts:?}");
    assert_eq!((&facts.recovery, &facts.delegation_allowed), (&Observed::Absent, &Observed::Absent));
}

#[tokio::test]
async fn a_group_inbox_has_no_account() {
    let tenant = tenant(json!({})).await;
    let mailbox = tenant.made("team", Kind::GroupInbox).await;
    let facts = tenant.reader().mailbox_facts(&[mailbox]).await.remove(0);
    assert_eq!((&facts.last_sign_in, &facts.second_factor), (&Observed::Absent, &Observed::Absent));
    assert_eq!((&facts.forwarding, &facts.size), (&Observed::Absent, &Observed::Absent));
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_unknown_in_everything_that_it_could_have() {
    let tenant = tenant(json!({})).await;
    let id = MailboxId("00000000-1111-4222-8333-944444444444".to_owned());
    let mailbox = MailboxRef { id, address: at("nobody"), kind: Kind::SharedMailbox };
    let facts = tenant.reader().mailbox_facts(&[mailbox]).await.remove(0);
    assert!(matches!(facts.forwarding, Observed::Unknown(_)), "{facts:?}");
    assert!(matches!(facts.size, Observed::Unknown(_)), "{facts:?}");
    assert!(matches!(facts.last_sign_in, Observed::Unknown(_)), "{facts:?}");
}

#[tokio::test]
async fn nested_groups_are_expanded_to_people_each_once() {
    let tenant = tenant(json!({"groups": [
        {"address": "staff@northwind.example", "name": "Staff", "owners": ["dave@northwind.example"],
         "members": ["alice@northwind.example", "it@northwind.example"]},
        {"address": "it@northwind.example", "name": "IT", "members": ["alice@northwind.example", "bob@northwind.example"]},
    ]}))
    .await;
    let groups = tenant.reader().group_members(&[at("staff"), at("nothing"), at("it")]).await;
    let staff = groups[0].present().unwrap_or_else(|| panic!("{groups:?}"));
    assert!(staff.contains(&at("alice")) && staff.contains(&at("bob")) && !staff.contains(&at("it")), "{staff:?}");
    assert_eq!(staff.iter().filter(|member| **member == at("alice")).count(), 1);
    assert_eq!(groups[1], Observed::Absent);
    assert_eq!(groups[2], Observed::Present(vec![at("alice"), at("bob")]));
}

#[tokio::test]
async fn grants_and_assignments_of_people_come_with_their_apps() {
    let tenant = tenant(json!({"apps": apps()})).await;
    let grants = tenant.reader().grants().await.unwrap();
    let consents: Vec<_> = grants.iter().filter(|grant| grant.means == GrantMeans::Consent).collect();
    let of = |name: &str| *consents.iter().find(|grant| grant.person.address == at(name)).unwrap();
    assert_eq!(consents.len(), 2, "{grants:?}");
    assert_eq!(of("alice").scopes, ["Mail.Read", "offline_access"]);
    assert_eq!((of("alice").app.name.as_str(), of("alice").app.verified), ("Acme Backup", true));
    assert_eq!((of("carol").app.name.as_str(), of("carol").app.verified), ("Unsure", false));
    let assigned = |name: &str| {
        let mut assigned = grants.iter().filter(|grant| grant.means == GrantMeans::Assignment);
        assigned.find(|grant| grant.person.address == at(name))
    };
    assert_eq!(assigned("bob").unwrap().since, "2026-02-01T00:00:00Z".parse().ok());
    assert!(assigned("dave").is_none());
}

#[tokio::test]
async fn what_people_own_comes_with_its_owners() {
    let tenant = tenant(json!({"apps": apps()})).await;
    let team = tenant.made("team", Kind::GroupInbox).await;
    for outcome in tenant.grant(&team, &["alice", "bob"]).await {
        outcome.unwrap();
    }
    let owned = tenant.reader().ownerships().await.unwrap();
    let owners = |kind: OwnedKind, name: &str| {
        let owned = owned.iter().find(|owned| owned.kind == kind && owned.name == name)?;
        Some(owned.owners.iter().map(|owner| owner.address.clone()).collect::<Vec<_>>())
    };
    assert_eq!(owners(OwnedKind::Application, "Acme Backup"), Some(vec![at("alice")]));
    assert_eq!(owners(OwnedKind::Application, "Unsure"), None);
    assert_eq!(owners(OwnedKind::Group, "Backups"), Some(vec![at("alice"), at("bob")]));
}

#[tokio::test]
async fn only_what_changed_since_the_cursor_is_counted() {
    let people: Vec<Value> =
        (0..300).map(|n| json!({"address": at(&format!("p{n}")), "name": format!("Person {n}")})).collect();
    let tenant = tenant(json!({"people": people})).await;
    let reader = tenant.reader();
    let first = reader.changes(None).await.unwrap().unwrap();
    assert_eq!((first.changed, first.expired), (0, false));
    let still = reader.changes(Some(&first.cursor)).await.unwrap().unwrap();
    assert_eq!((still.changed, still.expired), (0, false));
    tenant.sandbox.with_world(|world| world.leave(&at("bob"))).unwrap();
    tenant.sandbox.with_world(|world| world.advance(std::time::Duration::from_mins(1))).unwrap();
    let then = reader.changes(Some(&still.cursor)).await.unwrap().unwrap();
    assert_eq!((then.changed, then.expired), (1, false));
    // A token lives for seven days.
    tenant.sandbox.with_world(|world| world.advance(std::time::Duration::from_hours(24 * 8))).unwrap();
    let late = reader.changes(Some(&then.cursor)).await.unwrap().unwrap();
    assert!(late.expired && late.changed > 300, "{late:?}");
}

#[tokio::test]
async fn one_page_that_fails_for_good_makes_the_answer_unknown_or_an_error() {
    let tenant = tenant(json!({"apps": apps()})).await;
    for path in ["oauth2PermissionGrants", "appRoleAssignedTo", "userRegistrationDetails"] {
        tenant.fault(json!({"host": "graph.microsoft.com", "matching": path, "what": "unavailable"}));
    }
    let reader = tenant.reader();
    assert_eq!(reader.grants().await.unwrap_err().kind, ErrorKind::Unavailable);
    let facts = reader.person_facts(&[tenant.person_ref("alice").await]).await.remove(0);
    assert!(matches!(facts.second_factor, Observed::Unknown(_)), "{facts:?}");
    assert!(facts.department.present().is_some(), "{facts:?}");
}
