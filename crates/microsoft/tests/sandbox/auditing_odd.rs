//! What an auditor asks, where the tenant answers in a way that the stand-in does not.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tripod_microsoft::MicrosoftReader;
use tripod_model::Kind;
use tripod_tenant::{
    AppGrant, ErrorKind, GrantMeans, MailboxId, MailboxRef, Observed, OwnedKind, PersonId, PersonRef, TenantAuditor,
};

use crate::address;
use crate::odd_server::{Answer, Asked, ok, reader, with_tokens};

const ANA: &str = "a45741bc-2d4e-57a6-9885-27eb5b11d296";
const BEN: &str = "b45741bc-2d4e-57a6-9885-27eb5b11d296";
const GONE: &str = "c45741bc-2d4e-57a6-9885-27eb5b11d296";
const ACME: &str = "d45741bc-2d4e-57a6-9885-27eb5b11d296";
const OURS: &str = "e45741bc-2d4e-57a6-9885-27eb5b11d296";
const BOX: &str = "f45741bc-2d4e-57a6-9885-27eb5b11d296";
const OTHER_TENANT: &str = "99999999-2222-4333-8444-555555555555";

/// Where links begin; the server puts its own address there.
const ROOT: &str = "http://ROOT";

/// Everything that a reader asked for: methods and paths below the version, items of batches one by one.
type Log = Arc<Mutex<Vec<(String, String)>>>;

/// A tenant that answers reads by path: what it gets is the path below `v1.0` without `$select` and `$top`, or the
/// name of a cmdlet.
async fn tenant(answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static) -> (MicrosoftReader, Log) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let reader = reader(with_tokens(move |asked| serve(asked, &answer, &seen))).await;
    (reader, log)
}

fn serve(asked: &Asked, answer: &impl Fn(&str) -> (u16, Value), log: &Log) -> Answer {
    if let Some(cmdlet) = asked.body.pointer("/CmdletInput/CmdletName").and_then(Value::as_str) {
        log.lock().unwrap().push(("CMDLET".to_owned(), cmdlet.to_owned()));
        let (status, body) = answer(cmdlet);
        return (status, Vec::new(), body);
    }
    let below = |path: &str| path.split_once("/v1.0").map_or(path, |(_, rest)| rest).to_owned();
    let one = |method: &str, path: &str| {
        log.lock().unwrap().push((method.to_owned(), path.to_owned()));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let is_kept = |pair: &&str| !(pair.is_empty() || pair.starts_with("$select=") || pair.starts_with("$top="));
        let kept: Vec<_> = query.split('&').filter(is_kept).collect();
        let asked_for = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
        let (status, body) = answer(&asked_for);
        let body = body.to_string().replace(ROOT, &format!("http://{}/graph.microsoft.com", asked.host));
        (status, serde_json::from_str(&body).unwrap())
    };
    let Some(items) = asked.body.get("requests").and_then(Value::as_array) else {
        let (status, body) = one(&asked.method, &below(&asked.path));
        return (status, Vec::new(), body);
    };
    let responses = items.iter().map(|item| {
        let (status, body) = one(item["method"].as_str().unwrap(), item["url"].as_str().unwrap());
        json!({"id": item["id"], "status": status, "body": body})
    });
    ok(json!({"responses": responses.collect::<Vec<_>>()}))
}

fn list(rows: &Value) -> (u16, Value) {
    (200, json!({"value": rows}))
}

fn missing() -> (u16, Value) {
    (404, json!({"error": {"code": "Request_ResourceNotFound", "message": "not there"}}))
}

fn denied() -> (u16, Value) {
    (403, json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}))
}

fn no_licence() -> (u16, Value) {
    (
        403,
        json!({"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "message": "Neither tenant"}}),
    )
}

fn person(id: &str, at: &str) -> PersonRef {
    PersonRef { id: PersonId(id.to_owned()), address: address(at) }
}

fn user(id: &str, name: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.user", "id": id, "mail": format!("{name}@a.test"), "userPrincipalName": format!("{name}@a.test")})
}

#[tokio::test]
async fn facts_of_people_come_each_from_its_own_place() {
    let (reader, _) = tenant(|asked| match asked {
        "/reports/authenticationMethods/userRegistrationDetails" => {
            list(&json!([{"id": ANA, "isMfaRegistered": true}]))
        }
        path if path.ends_with("/manager") && path.contains(ANA) => (200, user(BEN, "ben")),
        // A manager whose address is not shown, and cannot be found by id either.
        path if path.ends_with("/manager") && path.contains(ACME) => (200, json!({"id": GONE})),
        path if path.ends_with("/manager") || path.contains(GONE) => missing(),
        "/directory/deletedItems/microsoft.graph.user" => list(&json!([])),
        path if path.contains(ANA) => (
            200,
            json!({"id": ANA, "department": "IT",
            "signInActivity": {"lastSuccessfulSignInDateTime": "2026-11-01T08:00:00Z"}}),
        ),
        _ => (
            200,
            json!({"id": BEN, "department": null, "signInActivity": {"lastSignInDateTime": "0001-01-01T00:00:00Z"}}),
        ),
    })
    .await;
    let people = [
        person(ANA, "ana@a.test"),
        person(GONE, "gone@a.test"),
        person("no id", "x@a.test"),
        person(BEN, "ben@a.test"),
        person(ACME, "cem@a.test"),
    ];
    let facts = reader.person_facts(&people).await;
    assert_eq!(facts[0].last_sign_in, Observed::Present("2026-11-01T08:00:00Z".parse().ok()));
    assert_eq!(facts[0].second_factor, Observed::Present(true));
    assert_eq!(facts[0].manager, Observed::Present(Some(address("ben@a.test"))));
    assert_eq!(facts[0].department, Observed::Present(Some("IT".to_owned())));
    for place in [1, 2] {
        assert!(matches!(facts[place].manager, Observed::Unknown(_)), "{:?}", facts[place]);
        assert!(matches!(facts[place].last_sign_in, Observed::Unknown(_)), "{:?}", facts[place]);
    }
    assert_eq!(facts[3].last_sign_in, Observed::Present(None));
    assert_eq!((&facts[3].manager, &facts[3].department), (&Observed::Present(None), &Observed::Present(None)));
    let Observed::Unknown(unknown) = &facts[4].manager else { panic!("{facts:?}") };
    assert!(unknown.reason.contains("shows no address of the manager; it needs User.Read.All"), "{}", unknown.reason);
    let Observed::Unknown(unknown) = &facts[3].second_factor else { panic!("{facts:?}") };
    assert!(unknown.reason.contains("leaves the account out"), "{}", unknown.reason);
}

#[tokio::test]
async fn a_tenant_without_the_licence_says_so_and_the_rest_is_known() {
    let (reader, _) = tenant(|asked| match asked {
        "/reports/authenticationMethods/userRegistrationDetails" => no_licence(),
        path if path.ends_with("/manager") => missing(),
        path if path.starts_with("/users/") => (200, json!({"id": ANA, "department": "IT"})),
        _ => missing(),
    })
    .await;
    let facts = reader.person_facts(&[person(ANA, "ana@a.test")]).await.remove(0);
    let Observed::Unknown(unknown) = &facts.second_factor else { panic!("{facts:?}") };
    assert_eq!(unknown.kind, ErrorKind::SetUp);
    assert!(unknown.reason.contains("no Microsoft Entra ID P1 licence"), "{}", unknown.reason);
    assert_eq!(facts.department, Observed::Present(Some("IT".to_owned())));
}

#[tokio::test]
async fn a_report_whose_second_page_fails_leaves_every_factor_unknown() {
    let (reader, _) = tenant(|asked| match asked {
        "/reports/authenticationMethods/userRegistrationDetails" => {
            let next = format!("{ROOT}/v1.0{asked}?$skiptoken=2");
            (200, json!({"value": [{"id": ANA, "isMfaRegistered": true}], "@odata.nextLink": next}))
        }
        path if path.contains("$skiptoken=2") => denied(),
        path if path.ends_with("/manager") => missing(),
        _ => (200, json!({"id": ANA})),
    })
    .await;
    let facts = reader.person_facts(&[person(ANA, "ana@a.test")]).await.remove(0);
    let Observed::Unknown(unknown) = &facts.second_factor else { panic!("{facts:?}") };
    assert_eq!(unknown.kind, ErrorKind::Denied);
    assert!(unknown.reason.contains("it needs AuditLog.Read.All"), "{}", unknown.reason);
}

/// Answers about mailboxes: forwarding to a contact, a size and a quota.
fn exchange(asked: &str) -> (u16, Value) {
    match asked {
        "Get-Mailbox" => list(&json!([{"ExternalDirectoryObjectId": BOX, "PrimarySmtpAddress": "info@a.test",
            "ForwardingSmtpAddress": "smtp:ana@elsewhere.test", "ForwardingAddress": "Old Partner",
            "ProhibitSendReceiveQuota": "50 GB (53,687,091,200 bytes)"}])),
        "Get-Recipient" => list(
            &json!([{"PrimarySmtpAddress": "partner@a.test", "RecipientTypeDetails": "MailContact", "Name": "Old Partner",
            "ExternalEmailAddress": "SMTP:old@partner.test"}]),
        ),
        "Get-MailboxStatistics" => list(&json!([{"TotalItemSize": "2 GB (2,147,483,648 bytes)"}])),
        "/reports/authenticationMethods/userRegistrationDetails" => {
            list(&json!([{"id": BOX, "isMfaRegistered": false}]))
        }
        _ => (200, json!({"id": BOX, "signInActivity": null})),
    }
}

#[tokio::test]
async fn mail_that_goes_to_a_contact_goes_to_the_address_behind_it() {
    let (reader, log) = tenant(exchange).await;
    let mailbox = |kind| MailboxRef { id: MailboxId(BOX.to_uppercase()), address: address("info@a.test"), kind };
    let facts = reader.mailbox_facts(&[mailbox(Kind::GroupInbox), mailbox(Kind::SharedMailbox)]).await;
    let (group, shared) = (&facts[0], &facts[1]);
    let targets = ["ana@elsewhere.test", "old@partner.test"].map(str::to_owned).to_vec();
    assert_eq!(shared.forwarding, Observed::Present(targets));
    assert_eq!(
        (&shared.size, &shared.size_limit),
        (&Observed::Present(2_147_483_648), &Observed::Present(53_687_091_200))
    );
    assert_eq!((&shared.last_sign_in, &shared.second_factor), (&Observed::Present(None), &Observed::Present(false)));
    assert_eq!((&group.last_sign_in, &group.second_factor), (&Observed::Absent, &Observed::Absent));
    assert_eq!((&group.forwarding, &group.size), (&Observed::Absent, &Observed::Absent));
    let writes =
        log.lock().unwrap().iter().filter(|(method, path)| method != "GET" && !path.starts_with("Get-")).count();
    assert_eq!(writes, 0);
}

#[tokio::test]
async fn a_mailbox_without_statistics_is_not_empty() {
    let (reader, _) =
        tenant(|asked| if asked == "Get-MailboxStatistics" { list(&json!([])) } else { exchange(asked) }).await;
    let mailbox =
        MailboxRef { id: MailboxId(BOX.to_owned()), address: address("info@a.test"), kind: Kind::SharedMailbox };
    let facts = reader.mailbox_facts(&[mailbox]).await.remove(0);
    assert!(matches!(facts.size, Observed::Unknown(_)), "{facts:?}");
    assert!(facts.size_limit.present().is_some(), "{facts:?}");
}

/// Grants of a tenant with an app of somebody else's, one of its own, and a person who is deleted.
fn grants(asked: &str) -> (u16, Value) {
    match asked {
        "/oauth2PermissionGrants" => list(&json!([
            {"id": "1", "clientId": ACME, "consentType": "Principal", "principalId": ANA, "resourceId": "r", "scope": " openid Mail.Read"},
            {"id": "2", "clientId": ACME, "consentType": "Principal", "principalId": ANA, "resourceId": "s", "scope": "Files.Read openid"},
            {"id": "3", "clientId": ACME, "consentType": "AllPrincipals", "principalId": null, "resourceId": "r", "scope": "User.Read"},
            {"id": "4", "clientId": ACME, "consentType": "Principal", "principalId": GONE, "resourceId": "r", "scope": "User.Read"},
            {"id": "5", "clientId": OURS, "consentType": "Principal", "principalId": ANA, "resourceId": "r", "scope": "User.Read"},
        ])),
        "/servicePrincipals" => list(&json!([
            {"id": ACME, "appId": OTHER_TENANT, "displayName": "Acme Backup", "appOwnerOrganizationId": OTHER_TENANT,
             "servicePrincipalType": "Application", "verifiedPublisher": {"displayName": "Acme", "verifiedPublisherId": "77"}},
            {"id": OURS, "appId": OURS, "displayName": "Ours", "appOwnerOrganizationId": crate::TENANT},
        ])),
        path if path.starts_with("/servicePrincipals/") && path.ends_with("/appRoleAssignedTo") => list(&json!([
            {"id": "a", "principalId": BEN, "principalType": "User", "createdDateTime": "2025-05-01T00:00:00Z"},
            {"id": "b", "principalId": BEN, "principalType": "User", "createdDateTime": "2025-02-01T00:00:00Z"},
            {"id": "c", "principalId": BOX, "principalType": "Group", "createdDateTime": "2025-01-01T00:00:00Z"},
        ])),
        path if path.contains(ANA) => (200, user(ANA, "ana")),
        path if path.contains(BEN) => (200, user(BEN, "ben")),
        "/directory/deletedItems/microsoft.graph.user" => {
            let name = format!("{}gone@a.test", GONE.replace('-', ""));
            list(&json!([{"id": GONE, "mail": null, "userPrincipalName": name}]))
        }
        _ => missing(),
    }
}

#[tokio::test]
async fn grants_hang_on_people_and_on_apps_of_others_only() {
    let (reader, log) = tenant(grants).await;
    let found = reader.grants().await.unwrap();
    let row = |grant: &AppGrant| {
        (
            grant.person.address.to_string(),
            grant.means,
            grant.scopes.join(" "),
            grant.since.map(|since| since.to_string()),
        )
    };
    let expected = [
        ("ana@a.test".to_owned(), GrantMeans::Consent, "Files.Read Mail.Read openid".to_owned(), None),
        ("ben@a.test".to_owned(), GrantMeans::Assignment, String::new(), Some("2025-02-01T00:00:00Z".to_owned())),
        ("gone@a.test".to_owned(), GrantMeans::Consent, "User.Read".to_owned(), None),
    ];
    assert_eq!(found.iter().map(row).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|grant| grant.app.id == OTHER_TENANT && grant.app.verified), "{found:?}");
    let log = log.lock().unwrap();
    assert!(log.iter().all(|(method, _)| method == "GET"), "{log:?}");
    // This list takes a permission to write.
    assert!(!log.iter().any(|(_, path)| path.starts_with("/users/") && path.contains("oauth2PermissionGrants")));
    assert!(!log.iter().any(|(_, path)| path.contains(OURS) && path.contains("appRoleAssignedTo")), "{log:?}");
}

#[tokio::test]
async fn one_app_whose_assignments_cannot_be_read_makes_the_grants_an_error() {
    let (reader, _) =
        tenant(|asked| if asked.ends_with("/appRoleAssignedTo") { denied() } else { grants(asked) }).await;
    let error = reader.grants().await.unwrap_err();
    assert_eq!((error.kind, error.permission.as_deref()), (ErrorKind::Denied, Some("Directory.Read.All")));
}

#[tokio::test]
async fn what_people_own_comes_with_its_people() {
    let (reader, _) = tenant(|asked| match asked {
        "/applications" => list(&json!([{"id": OURS, "appId": OURS, "displayName": "Ours"}, {"id": GONE, "appId": GONE, "displayName": "Gone"}])),
        "/groups" => list(&json!([
            {"id": BOX, "displayName": "Board", "groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false,
                "resourceProvisioningOptions": []},
            {"id": ANA, "displayName": "List", "groupTypes": [], "mailEnabled": true, "securityEnabled": false,
                "resourceProvisioningOptions": []},
            {"id": BEN, "displayName": "Nobody's", "groupTypes": [], "mailEnabled": false, "securityEnabled": true,
                "resourceProvisioningOptions": []},
        ])),
        path if path.contains(GONE) => missing(),
        path if path.starts_with("/servicePrincipals/") => list(&json!([user(BEN, "ben"), user(ANA, "ana")])),
        path if path.starts_with("/applications/") => list(&json!([
            {"@odata.type": "#microsoft.graph.user", "id": ANA},
            {"@odata.type": "#microsoft.graph.servicePrincipal", "id": ACME},
        ])),
        path if path == format!("/groups/{BOX}/owners") => list(&json!([user(ANA, "ana")])),
        path if path == format!("/groups/{BEN}/owners") => list(&json!([{"@odata.type": "#microsoft.graph.servicePrincipal", "id": ACME}])),
        path => grants(path),
    })
    .await;
    let owned = reader.ownerships().await.unwrap();
    let row = |owned: &tripod_tenant::Ownership| {
        let owners: Vec<_> = owned.owners.iter().map(|owner| owner.address.to_string()).collect();
        (owned.kind, owned.id.clone(), owned.name.clone(), owners.join(" "))
    };
    let text = str::to_owned;
    let expected = [
        (OwnedKind::Application, text(OURS), text("Ours"), text("ana@a.test")),
        (OwnedKind::Application, text(OTHER_TENANT), text("Acme Backup"), text("ana@a.test ben@a.test")),
        (OwnedKind::Group, text(BOX), text("Board"), text("ana@a.test")),
    ];
    assert_eq!(owned.iter().map(row).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_group_is_expanded_by_graph_or_unknown_or_absent() {
    let (reader, log) = tenant(|asked| match asked {
        path if path.starts_with("/groups?") && path.contains("staff%40") => list(
            &json!([{"id": BOX, "mail": "staff@a.test", "groupTypes": [], "mailEnabled": true, "securityEnabled": true,
                "resourceProvisioningOptions": []}]),
        ),
        path if path.starts_with(&format!("/groups/{BOX}/transitiveMembers/microsoft.graph.user")) => {
            list(&json!([user(BEN, "ben"), user(ANA, "ana"), user(BEN, "ben")]))
        }
        path if path.starts_with("/groups?") => list(&json!([])),
        _ => list(&json!([])),
    })
    .await;
    let groups = reader.group_members(&[address("staff@a.test"), address("nothing@a.test")]).await;
    assert_eq!(groups[0], Observed::Present(vec![address("ana@a.test"), address("ben@a.test")]));
    assert_eq!(groups[1], Observed::Absent);
    let log = log.lock().unwrap();
    assert!(log.iter().any(|(_, path)| path.contains("transitiveMembers") && path.contains("$count=true")), "{log:?}");
}

#[tokio::test]
async fn a_list_that_only_exchange_knows_is_unknown() {
    let (reader, _) = tenant(|asked| match asked {
        "Get-Recipient" => {
            list(&json!([{"PrimarySmtpAddress": "all@a.test", "RecipientTypeDetails": "DynamicDistributionGroup"}]))
        }
        _ => list(&json!([])),
    })
    .await;
    let group = reader.group_members(&[address("all@a.test")]).await.remove(0);
    let Observed::Unknown(unknown) = group else { panic!("{group:?}") };
    assert!(unknown.reason.contains("a dynamic distribution list, whose members"), "{}", unknown.reason);
}

#[tokio::test]
async fn a_cursor_is_a_bare_token_and_an_expired_one_starts_anew() {
    let (reader, log) = tenant(|asked| {
        let link = |query: &str| format!("{ROOT}/v1.0/users/delta?{query}");
        match asked {
            "/users/delta" => {
                (200, json!({"value": [{"id": ANA}, {"id": BEN}], "@odata.nextLink": link("$skiptoken=2")}))
            }
            "/users/delta?$skiptoken=2" => {
                (200, json!({"value": [{"id": BEN}, {"id": GONE}], "@odata.deltaLink": link("$deltatoken=one")}))
            }
            "/users/delta?$deltatoken=one" => (
                200,
                json!({"value": [{"id": GONE, "@removed": {"reason": "changed"}}],
                "@odata.deltaLink": link("$deltatoken=two")}),
            ),
            "/users/delta?$deltatoken=evil" => {
                (200, json!({"value": [], "@odata.deltaLink": "https://evil.example/v1.0/users/delta?$deltatoken=x"}))
            }
            "/users/delta?$deltatoken=stale" => (400, json!({"error": {"code": "syncStateNotFound", "message": "x"}})),
            "/users/delta?$deltatoken=bad" => (400, json!({"error": {"code": "Directory_BadRequest", "message": "x"}})),
            _ => (410, json!({"error": {"code": "", "message": "Gone"}})),
        }
    })
    .await;
    let first = reader.changes(None).await.unwrap().unwrap();
    assert_eq!((first.cursor.as_str(), first.changed, first.expired), ("one", 0, false));
    let then = reader.changes(Some(&first.cursor)).await.unwrap().unwrap();
    assert_eq!((then.cursor.as_str(), then.changed, then.expired), ("two", 1, false));
    for stale in ["stale", "two&$deltatoken=one"] {
        let anew = reader.changes(Some(stale)).await.unwrap().unwrap();
        assert_eq!((anew.cursor.as_str(), anew.changed, anew.expired), ("one", 3, true), "{stale}");
    }
    for bad in ["evil", "bad"] {
        assert_eq!(reader.changes(Some(bad)).await.unwrap_err().kind, ErrorKind::Invalid, "{bad}");
    }
    let log = log.lock().unwrap();
    assert!(log.iter().any(|(_, path)| path.contains("$select=accountEnabled,userType")), "{log:?}");
}
