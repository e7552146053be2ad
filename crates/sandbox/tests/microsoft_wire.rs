//! The Microsoft side over a socket, leaving a wire log that is held against the vendor's descriptions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, Method};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tripod_sandbox::{Access, Description, Options, Sandbox, World};
use tripod_tenant::Clock;

const TENANT: &str = "7f0c2a54-1b7e-4f43-9d1a-0c5f6f1f2a01";
const ANCHOR: &str = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@northwind.onmicrosoft.com";

fn description() -> Description {
    serde_json::from_value(json!({
        "version": 1,
        "starts": "2026-03-01T08:00:00Z",
        "tenants": {"northwind": {
            "provider": "microsoft-365",
            "tenant-id": TENANT,
            "domains": ["northwind.example", "nw.example"],
            "people": [
                {"address": "ana@northwind.example", "name": "Ana Bo", "manager": "bob@northwind.example", "leaves": "2026-12-31T00:00:00Z"},
                {"address": "bob@northwind.example", "name": "Bob Cole", "aliases": ["b@nw.example"]},
                {"address": "gone@northwind.example", "name": "Gone Away", "standing": "deleted"},
                {"address": "guest@other.example", "name": "Gus Guest", "standing": "guest"},
            ],
            "apps": [{"name": "Mailer", "publisher": "Mailer Inc", "verified": true, "owners": ["ana@northwind.example"],
                      "tenant-wide": ["openid"],
                      "grants": [{"person": "ana@northwind.example", "scopes": ["openid", "Mail.Read"]}]},
                     {"name": "Own tool", "owners": ["ana@northwind.example"]}],
            "groups": [{"address": "it@northwind.example", "name": "IT", "owners": ["ana@northwind.example"], "members": ["bob@northwind.example"]}],
            "mailboxes": [
                {"address": "old@northwind.example", "name": "Old box", "kind": "shared-mailbox", "delegates": ["ana@northwind.example", "gone@northwind.example"]},
                {"address": "team@northwind.example", "name": "Team", "kind": "group-inbox", "delegates": ["ana@northwind.example"]},
            ],
        }},
    }))
    .unwrap()
}

fn wire_log() -> PathBuf {
    // Beside the other packages' logs, wherever cargo puts what it builds.
    let exe = std::env::current_exe().unwrap();
    exe.ancestors().nth(3).unwrap().join("wire/sandbox-microsoft.jsonl")
}

struct Wire {
    sandbox: Sandbox,
    client: Client,
}

impl Wire {
    async fn token(&self, access: Access, resource: &str) -> String {
        let credentials = self.sandbox.microsoft_credentials(TENANT, access).unwrap();
        let url = format!("{}login.microsoftonline.com/{TENANT}/oauth2/v2.0/token", self.sandbox.url());
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &credentials.client_id)
            .append_pair("client_secret", credentials.client_secret.expose_secret())
            .append_pair("scope", &format!("https://{resource}/.default"))
            .finish();
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        let reply: Value = request.send().await.unwrap().json().await.unwrap();
        reply["access_token"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
    }

    async fn graph(&self, access: Access, method: Method, target: &str, body: Option<Value>) -> (u16, Value) {
        let token = self.token(access, "graph.microsoft.com").await;
        let url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}graph.microsoft.com/v1.0{target}", self.sandbox.url())
        };
        let mut request = self.client.request(method, url).bearer_auth(token);
        if target.contains("$count=true") {
            request = request.header("ConsistencyLevel", "eventual");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }

    async fn exchange(&self, access: Access, cmdlet: &str, parameters: Value) -> (u16, Value) {
        let token = self.token(access, "outlook.office365.com").await;
        let url = format!("{}outlook.office365.com/adminapi/beta/{TENANT}/InvokeCommand", self.sandbox.url());
        let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}});
        answer(self.client.post(url).bearer_auth(token).header("X-AnchorMailbox", ANCHOR).json(&body)).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    let text = reply.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn start() -> Wire {
    let options = Options { wire_log: Some(wire_log()), ..Options::default() };
    let sandbox = Sandbox::start(World::new(&description()).unwrap(), options).await.unwrap();
    Wire { sandbox, client: Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap() }
}

#[tokio::test]
async fn every_read_of_graph_conforms() {
    let wire = start().await;
    let (_, users) = wire.graph(Access::Read, Method::GET, "/users?$top=2", None).await;
    let link = users["@odata.nextLink"].as_str().unwrap().to_owned();
    assert_eq!(wire.graph(Access::Read, Method::GET, &link, None).await.0, 200);
    let select = "id,displayName,userPrincipalName,mail,userType,accountEnabled,employeeLeaveDateTime,employeeId,assignedLicenses,assignedPlans,deletedDateTime,onPremisesSyncEnabled,proxyAddresses,showInAddressList,manager";
    let (_, all) =
        wire.graph(Access::Read, Method::GET, &format!("/users?$select={select}&$expand=manager"), None).await;
    let ana = all["value"].as_array().unwrap().iter().find(|row| row["displayName"] == json!("Ana Bo")).unwrap();
    assert_eq!(ana["employeeLeaveDateTime"], json!("2026-12-31T00:00:00Z"));
    let id = ana["id"].as_str().unwrap();
    let (_, groups) = wire.graph(Access::Read, Method::GET, "/groups", None).await;
    let group = groups["value"][0]["id"].as_str().unwrap();
    let (_, deleted) =
        wire.graph(Access::Read, Method::GET, "/directory/deletedItems/microsoft.graph.user", None).await;
    let gone = deleted["value"][0]["id"].as_str().unwrap();
    let (_, apps) =
        wire.graph(Access::Read, Method::GET, "/servicePrincipals?$filter=displayName eq 'Mailer'", None).await;
    let app = apps["value"][0]["id"].as_str().unwrap();
    let app_id = apps["value"][0]["appId"].as_str().unwrap();
    let (_, registered) = wire.graph(Access::Read, Method::GET, "/applications", None).await;
    let registration = registered["value"][0]["id"].as_str().unwrap();
    let (_, grants) = wire.graph(Access::Read, Method::GET, "/oauth2PermissionGrants?$top=1", None).await;
    let grant = grants["value"][0]["id"].as_str().unwrap();
    let more = grants["@odata.nextLink"].as_str().unwrap();
    assert_eq!(wire.graph(Access::Read, Method::GET, more, None).await.0, 200);
    for target in [
        format!("/oauth2PermissionGrants/{grant}"),
        format!("/oauth2PermissionGrants?$filter=consentType eq 'Principal' and principalId eq '{id}'"),
        format!(
            "/servicePrincipals/{app}?$select=id,appId,displayName,publisherName,verifiedPublisher,appOwnerOrganizationId,accountEnabled,homepage,tags,servicePrincipalType"
        ),
        format!("/servicePrincipals(appId='{app_id}')"),
        format!("/servicePrincipals/{app}/owners"),
        format!("/servicePrincipals/{app}/appRoleAssignedTo"),
        format!("/servicePrincipals/{app}/oauth2PermissionGrants"),
        format!("/applications/{registration}"),
        format!("/applications/{registration}/owners"),
        "/reports/authenticationMethods/userRegistrationDetails?$top=2".to_owned(),
        "/users?$select=id,signInActivity&$top=500".to_owned(),
        format!("/users/{id}?$select=id,signInActivity"),
        format!("/users/{id}?$select={select}"),
        format!("/users('{id}')"),
        format!("/users/{id}/manager"),
        format!("/users/{id}/memberOf"),
        format!("/users/{id}/transitiveMemberOf"),
        format!("/users/{id}/ownedObjects"),
        format!("/users/{id}/appRoleAssignments"),
        "/users?$filter=userType ne 'Guest'&$count=true&$orderby=displayName".to_owned(),
        "/users?$search=\"displayName:ana\"&$count=true".to_owned(),
        "/users/delta?$select=accountEnabled,displayName".to_owned(),
        "/groups/delta".to_owned(),
        format!("/groups/{group}"),
        format!("/groups/{group}?$select=id,allowExternalSenders,hideFromAddressLists&$expand=owners"),
        format!("/groups/{group}/members"),
        format!("/groups/{group}/members/microsoft.graph.user"),
        format!("/groups/{group}/owners"),
        format!("/groups/{group}/transitiveMembers"),
        format!("/groups/{group}/transitiveMembers/microsoft.graph.user?$select=id,mail"),
        "/domains".to_owned(),
        "/domains/northwind.example".to_owned(),
        "/organization".to_owned(),
        format!("/organization/{TENANT}"),
        "/subscribedSkus".to_owned(),
        "/oauth2PermissionGrants?$filter=consentType eq 'Principal'".to_owned(),
        "/servicePrincipals".to_owned(),
        format!("/directory/deletedItems/microsoft.graph.user/{gone}"),
    ] {
        let (status, body) = wire.graph(Access::Read, Method::GET, &target, None).await;
        assert_eq!(status, 200, "{target}: {body}");
    }
    for (target, expected) in [
        ("/users/nobody@northwind.example", 404),
        ("/users?$filter=aboutMe eq 'x'", 400),
        ("/users?$filter=userType ne 'Guest'", 400),
        ("/groups/6f3f7c0e-0000-4000-8000-000000000000/members", 404),
        ("/users/ana@northwind.example/mailboxSettings", 403),
        ("/users/ana@northwind.example/oauth2PermissionGrants", 403),
        ("/users/ana@northwind.example?$select=signInActivity", 400),
    ] {
        assert_eq!(wire.graph(Access::Read, Method::GET, target, None).await.0, expected, "{target}");
    }
    let refused = wire.graph(Access::Read, Method::DELETE, &format!("/oauth2PermissionGrants/{grant}"), None).await;
    assert_eq!(refused.0, 403);
    let ids = json!({"ids": [id, group], "types": ["user", "group"]});
    let (_, found) = wire.graph(Access::Read, Method::POST, "/directoryObjects/getByIds", Some(ids)).await;
    assert_eq!(found["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_write_of_graph_conforms() {
    let wire = start().await;
    let write = Access::Write;
    let (_, ana) = wire.graph(write, Method::GET, "/users/ana@northwind.example", None).await;
    let (_, bob) = wire.graph(write, Method::GET, "/users/bob@northwind.example", None).await;
    let (ana, bob) = (ana["id"].as_str().unwrap(), bob["id"].as_str().unwrap());
    let link = |id: &str| format!("https://graph.microsoft.com/v1.0/users/{id}");
    let disable = json!({"accountEnabled": false});
    assert_eq!(wire.graph(write, Method::PATCH, &format!("/users/{bob}"), Some(disable.clone())).await.0, 204);
    assert_eq!(wire.graph(Access::Read, Method::PATCH, &format!("/users/{bob}"), Some(disable)).await.0, 403);
    let group = json!({"displayName": "Backups", "mailEnabled": true, "mailNickname": "backups", "securityEnabled": false,
        "groupTypes": ["Unified"], "visibility": "Private", "owners@odata.bind": [link(ana)], "members@odata.bind": [link(ana)]});
    let (status, made) = wire.graph(write, Method::POST, "/groups", Some(group.clone())).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(wire.graph(write, Method::POST, "/groups", Some(group)).await.0, 400);
    let id = made["id"].as_str().unwrap();
    wire.sandbox.clock().sleep(Duration::from_secs(6)).await;
    let change = json!({"description": "Owns our account at the backup provider"});
    assert_eq!(wire.graph(write, Method::PATCH, &format!("/groups/{id}"), Some(change)).await.0, 204);
    for list in ["owners", "members"] {
        let target = format!("/groups/{id}/{list}");
        let add = json!({"@odata.id": link(bob)});
        assert_eq!(wire.graph(write, Method::POST, &format!("{target}/$ref"), Some(add.clone())).await.0, 204);
        assert_eq!(wire.graph(write, Method::POST, &format!("{target}/$ref"), Some(add)).await.0, 400);
        assert_eq!(wire.graph(write, Method::DELETE, &format!("{target}/{ana}/$ref"), None).await.0, 204);
    }
    assert_eq!(wire.graph(write, Method::DELETE, &format!("/groups/{id}/owners/{bob}/$ref"), None).await.0, 400);
    assert_eq!(wire.graph(write, Method::DELETE, &format!("/groups/{id}"), None).await.0, 204);
    let restore = format!("/directory/deletedItems/{id}/restore");
    assert_eq!(wire.graph(write, Method::POST, &restore, None).await.0, 200);
    wire.sandbox.with_world(|world| {
        let fault = json!({"matching": "bob@northwind.example", "what": "throttled", "times": 1});
        world.add_fault(serde_json::from_value(fault).unwrap()).unwrap();
    });
    let batch = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/users/ana@northwind.example?$select=id"},
        {"id": "2", "method": "GET", "url": "/users/bob@northwind.example?$select=id"},
        {"id": "3", "method": "PATCH", "url": format!("/users/{bob}"), "headers": {"Content-Type": "application/json"}, "body": {"accountEnabled": true}},
    ]});
    let (status, reply) = wire.graph(write, Method::POST, "/$batch", Some(batch)).await;
    assert_eq!(status, 200);
    let mut statuses: Vec<u64> =
        reply["responses"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 204, 429]);
}

#[tokio::test]
async fn every_cmdlet_conforms() {
    let wire = start().await;
    let write = Access::Write;
    let new = json!({"Shared": true, "Name": "backups", "Alias": "backups", "DisplayName": "Backups", "PrimarySmtpAddress": "backups@northwind.example"});
    let (status, made) = wire.exchange(write, "New-Mailbox", new.clone()).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(wire.exchange(write, "New-Mailbox", new.clone()).await.0, 400);
    assert_eq!(wire.exchange(Access::Read, "New-Mailbox", new).await.0, 400);
    let id = made["value"][0]["Guid"].clone();
    assert_eq!(wire.exchange(write, "Get-Mailbox", json!({"Identity": id})).await.0, 404);
    wire.sandbox.clock().sleep(Duration::from_secs(6)).await;
    let user = "ana@northwind.example";
    let full = json!({"Identity": id, "User": user, "AccessRights": ["FullAccess"], "InheritanceType": "All", "AutoMapping": false, "Confirm": false});
    let send = json!({"Identity": id, "Trustee": user, "AccessRights": ["SendAs"], "Confirm": false});
    let nobody = json!({"Identity": id, "User": "nobody@northwind.example", "AccessRights": ["FullAccess"]});
    let table = json!({"@odata.type": "#Exchange.GenericHashTable", "add": ["smtp:bak@nw.example"]});
    let steps = [
        ("Set-Mailbox", json!({"Identity": id, "MessageCopyForSentAsEnabled": true, "EmailAddresses": table})),
        ("Get-Mailbox", json!({"Identity": id, "IncludeGrantSendOnBehalfTowithDisplayNames": true})),
        ("Get-Mailbox", json!({"RecipientTypeDetails": "SharedMailbox", "ResultSize": "Unlimited"})),
        ("Get-Mailbox", json!({"GroupMailbox": true})),
        ("Get-Recipient", json!({"ResultSize": "Unlimited"})),
        ("Get-Recipient", json!({"Filter": "EmailAddresses -eq 'smtp:bak@nw.example'"})),
        ("Add-MailboxPermission", full.clone()),
        ("Add-MailboxPermission", full),
        ("Get-MailboxPermission", json!({"Identity": id})),
        ("Add-RecipientPermission", send.clone()),
        ("Get-RecipientPermission", json!({"Identity": id})),
        ("Get-AcceptedDomain", json!({})),
        ("Get-MailboxStatistics", json!({"Identity": id})),
        ("Remove-RecipientPermission", send),
        (
            "Remove-MailboxPermission",
            json!({"Identity": id, "User": user, "AccessRights": ["FullAccess"], "Confirm": false}),
        ),
        ("Remove-Mailbox", json!({"Identity": id, "Confirm": false})),
        ("Get-Mailbox", json!({"Identity": id, "SoftDeletedMailbox": true})),
        ("Undo-SoftDeletedMailbox", json!({"SoftDeletedObject": id})),
    ];
    for (cmdlet, parameters) in steps {
        let (status, body) = wire.exchange(write, cmdlet, parameters).await;
        assert!(status < 300, "{cmdlet}: {status} {body}");
    }
    assert_eq!(wire.exchange(write, "Add-MailboxPermission", nobody).await.0, 404);
    assert_eq!(wire.exchange(write, "Set-Mailbox", json!({"Identity": "nobody"})).await.0, 400);
}

#[tokio::test]
async fn a_client_finds_the_token_endpoint_by_itself() {
    let wire = start().await;
    let root = format!("{}login.microsoftonline.com", wire.sandbox.url());
    let target = format!(
        "{root}/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/authorize"
    );
    let (_, instance) = answer(wire.client.get(target)).await;
    let (_, found) = answer(wire.client.get(instance["tenant_discovery_endpoint"].as_str().unwrap())).await;
    assert_eq!(found["token_endpoint"], json!(format!("{root}/{TENANT}/oauth2/v2.0/token")));
    assert_eq!(found["issuer"], json!(format!("https://login.microsoftonline.com/{TENANT}/v2.0")));
    let (_, keys) = answer(wire.client.get(found["jwks_uri"].as_str().unwrap())).await;
    // The published key is the one that signs.
    let token = wire.token(Access::Read, "graph.microsoft.com").await;
    let key = &keys["keys"][0];
    let key =
        jsonwebtoken::DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&["https://graph.microsoft.com"]);
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims["tid"], json!(TENANT));
}

#[tokio::test]
async fn signing_in_as_a_person_conforms() {
    let wire = start().await;
    let client = wire.sandbox.microsoft_credentials(TENANT, Access::Write).unwrap().client_id;
    let ask = async |endpoint: &str, fields: &[(&str, &str)]| {
        let url = format!("{}login.microsoftonline.com/{TENANT}/oauth2/v2.0/{endpoint}", wire.sandbox.url());
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = wire.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        answer(request.body(form)).await
    };
    let scope = "https://graph.microsoft.com/.default offline_access openid profile";
    let (status, started) = ask("devicecode", &[("client_id", &client), ("scope", scope)]).await;
    assert_eq!(status, 200, "{started}");
    let code = started["device_code"].as_str().unwrap();
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let mut polls = 0;
    let told = loop {
        let (status, told) =
            ask("token", &[("grant_type", grant), ("client_id", &client), ("device_code", code)]).await;
        if status == 200 {
            break told;
        }
        assert_eq!((status, told["error"].as_str()), (400, Some("authorization_pending")), "{told}");
        polls += 1;
        wire.sandbox.clock().sleep(Duration::from_secs(5)).await;
    };
    assert_eq!(polls, 2);
    let refresh = told["refresh_token"].as_str().unwrap();
    let scope = "https://outlook.office365.com/Exchange.Manage";
    let fields =
        [("grant_type", "refresh_token"), ("client_id", &client), ("refresh_token", refresh), ("scope", scope)];
    let (status, told) = ask("token", &fields).await;
    assert_eq!(status, 200, "{told}");
    let url = format!("{}outlook.office365.com/adminapi/beta/{TENANT}/InvokeCommand", wire.sandbox.url());
    let body = json!({"CmdletInput": {"CmdletName": "Get-AcceptedDomain"}});
    let request = wire.client.post(url).bearer_auth(told["access_token"].as_str().unwrap()).json(&body);
    assert_eq!(answer(request.header("X-AnchorMailbox", "UPN:ana@northwind.example")).await.0, 200);
}
