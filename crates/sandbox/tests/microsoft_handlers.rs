//! The Microsoft side as functions: a request in, a reply out, no socket.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tripod_sandbox::microsoft::Microsoft;
use tripod_sandbox::wire::{Body, Moment, Reply, Request};
use tripod_sandbox::{Access, Standing, TenantDescription, What};

const TENANT: &str = "7f0c2a54-1b7e-4f43-9d1a-0c5f6f1f2a01";
const GRAPH: &str = "graph.microsoft.com";
const EXCHANGE: &str = "outlook.office365.com";
const LOGIN: &str = "login.microsoftonline.com";

struct Stage {
    microsoft: Microsoft,
    now: Timestamp,
    wall: Timestamp,
    random: fastrand::Rng,
    anchor: String,
}

fn description() -> Value {
    json!({
        "provider": "microsoft-365",
        "tenant-id": TENANT,
        "domains": ["northwind.example", "nw.example"],
        "people": [
            {"address": "ana@northwind.example", "name": "Ana Bo", "aliases": ["a.bo@nw.example"], "manager": "cy@northwind.example"},
            {"address": "bob@northwind.example", "name": "Bob Cole"},
            {"address": "cy@northwind.example", "name": "Cy Dahl"},
            {"address": "dis@northwind.example", "name": "Dis Able", "standing": "disabled"},
            {"address": "gone@northwind.example", "name": "Gone Away", "standing": "deleted"},
            {"address": "plain@northwind.example", "name": "Plain User", "standing": "no-mailbox"},
            {"address": "guest@other.example", "name": "Gus Guest", "standing": "guest"},
        ],
        "groups": [
            {"address": "it@northwind.example", "name": "IT", "owners": ["ana@northwind.example"], "members": ["ana@northwind.example", "all@northwind.example"]},
            {"address": "all@northwind.example", "name": "Everybody", "members": ["bob@northwind.example"]},
        ],
        "mailboxes": [
            {"address": "old@northwind.example", "name": "Old box", "kind": "shared-mailbox", "delegates": ["ana@northwind.example", "gone@northwind.example"]},
            {"address": "team@northwind.example", "name": "Team", "kind": "group-inbox", "delegates": ["ana@northwind.example"]},
        ],
    })
}

fn stage_of(description: Value, lag: u32) -> Stage {
    let description: TenantDescription = serde_json::from_value(description).unwrap();
    Stage {
        microsoft: Microsoft::new(&[("northwind".to_owned(), description)], lag),
        now: "2026-03-01T08:00:00Z".parse().unwrap(),
        wall: "2026-11-23T12:00:00Z".parse().unwrap(),
        random: fastrand::Rng::with_seed(7),
        anchor: "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@northwind.onmicrosoft.com".to_owned(),
    }
}

fn stage() -> Stage {
    stage_of(description(), 5)
}

fn body(reply: &Reply) -> &Value {
    match &reply.body {
        Body::Json(body) => body,
        other => panic!("not JSON: {other:?}"),
    }
}

fn ids(reply: &Reply) -> Vec<String> {
    body(reply)["value"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

impl Stage {
    fn wait(&mut self, seconds: i64) {
        self.now = self.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    fn send(&mut self, request: &Request) -> Reply {
        self.send_with(request, &mut |_, _| None)
    }

    fn send_with(&mut self, request: &Request, strike: &mut dyn FnMut(&Request, &mut Moment) -> Option<What>) -> Reply {
        let root = format!("http://127.0.0.1:4000/{}", request.host);
        let mut moment = Moment { now: self.now, wall: self.wall, random: &mut self.random, root };
        self.microsoft.answer_with(request, &mut moment, strike)
    }

    fn sign_in(&mut self, form: &[(&str, &str)]) -> Reply {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let target = format!("/{TENANT}/oauth2/v2.0/token");
        let mut request = request("POST", LOGIN, &target, None);
        request.body = form.into_bytes();
        self.send(&request)
    }

    fn token(&mut self, access: Access, resource: &str) -> String {
        let credentials = self.microsoft.credentials(TENANT, access).unwrap();
        let reply = self.sign_in(&[
            ("grant_type", "client_credentials"),
            ("client_id", &credentials.client_id),
            ("client_secret", credentials.client_secret.expose_secret()),
            ("scope", &format!("https://{resource}/.default")),
            ("claims", "{\"access_token\":{\"xms_cc\":{\"values\":[\"cp1\"]}}}"),
        ]);
        assert_eq!(reply.status, 200, "{reply:?}");
        body(&reply)["access_token"].as_str().unwrap().to_owned()
    }

    fn graph_as(&mut self, access: Access, method: &str, target: &str, content: Option<Value>) -> Reply {
        let token = self.token(access, GRAPH);
        let mut request = request(method, GRAPH, &format!("/v1.0{target}"), content);
        request.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        self.send(&request)
    }

    fn graph(&mut self, method: &str, target: &str, content: Option<Value>) -> Reply {
        self.graph_as(Access::Write, method, target, content)
    }

    fn invocation(&mut self, access: Access, cmdlet: &str, parameters: Value) -> Request {
        let token = self.token(access, EXCHANGE);
        let content = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}});
        let mut request = request("POST", EXCHANGE, &format!("/adminapi/beta/{TENANT}/InvokeCommand"), Some(content));
        request.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        request.headers.insert("x-anchormailbox", self.anchor.parse().unwrap());
        request
    }

    fn exchange_as(&mut self, access: Access, cmdlet: &str, parameters: Value) -> Reply {
        let request = self.invocation(access, cmdlet, parameters);
        self.send(&request)
    }

    fn exchange(&mut self, cmdlet: &str, parameters: Value) -> Reply {
        self.exchange_as(Access::Write, cmdlet, parameters)
    }

    fn rows(&mut self, cmdlet: &str, parameters: Value) -> Vec<Value> {
        let reply = self.exchange(cmdlet, parameters);
        assert_eq!(reply.status, 200, "{reply:?}");
        body(&reply)["value"].as_array().unwrap().clone()
    }

    /// Makes a shared mailbox and waits until it is to be seen.
    fn shared(&mut self, alias: &str) -> Value {
        let parameters = json!({"Shared": true, "Name": alias, "Alias": alias, "DisplayName": alias,
            "PrimarySmtpAddress": format!("{alias}@northwind.example")});
        let made = self.rows("New-Mailbox", parameters).remove(0);
        self.wait(10);
        made
    }

    fn id_of(&mut self, principal: &str) -> String {
        let reply = self.graph("GET", &format!("/users/{principal}?$select=id"), None);
        body(&reply)["id"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned()
    }
}

fn request(method: &str, host: &str, target: &str, content: Option<Value>) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: method.parse().unwrap(),
        host: host.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: content.map(|content| content.to_string().into_bytes()).unwrap_or_default(),
    }
}

fn code(reply: &Reply) -> String {
    body(reply)["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// What stands between and after the bars of an Exchange error.
fn exception(reply: &Reply) -> (String, String) {
    let details = body(reply)["error"]["details"][0]["message"].as_str().unwrap_or_else(|| panic!("{reply:?}"));
    let parts: Vec<&str> = details.splitn(3, '|').collect();
    (parts[1].rsplit('.').next().unwrap().to_owned(), parts[2].to_owned())
}

// ---- Signing in ----

#[test]
fn the_sign_in_service_says_what_is_wrong_by_its_numbers() {
    let mut stage = stage();
    let credentials = stage.microsoft.credentials(TENANT, Access::Write).unwrap();
    let (client, secret) = (credentials.client_id, credentials.client_secret.expose_secret().to_owned());
    let scope = "https://graph.microsoft.com/.default";
    let grant = ("grant_type", "client_credentials");
    let cases: [(u64, u16, Vec<(&str, &str)>); 7] = [
        (700_016, 400, vec![grant, ("client_id", TENANT), ("client_secret", &secret), ("scope", scope)]),
        (7_000_215, 401, vec![grant, ("client_id", &client), ("client_secret", "x"), ("scope", scope)]),
        (7_000_218, 401, vec![grant, ("client_id", &client), ("scope", scope)]),
        (70_011, 400, vec![grant, ("client_id", &client), ("client_secret", &secret), ("scope", "a b")]),
        (1_002_012, 400, vec![grant, ("client_id", &client), ("client_secret", &secret), ("scope", "User.Read.All")]),
        (
            500_011,
            400,
            vec![grant, ("client_id", &client), ("client_secret", &secret), ("scope", "https://x.test/.default")],
        ),
        (70_003, 400, vec![("grant_type", "password"), ("client_id", &client), ("scope", scope)]),
    ];
    for (number, status, form) in cases {
        let reply = stage.sign_in(&form);
        assert_eq!((reply.status, &body(&reply)["error_codes"]), (status, &json!([number])), "{reply:?}");
        let text = body(&reply)["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{number}: ")), "{text}");
        assert!(!text.contains(&secret));
    }
    let reply = stage.send(&request("GET", LOGIN, "/nobody.example/v2.0/.well-known/openid-configuration", None));
    assert_eq!(body(&reply)["error_codes"], json!([90_002]));
}

#[test]
fn a_client_assertion_is_held_against_the_certificate() {
    let mut stage = stage();
    let credentials = stage.microsoft.credentials(TENANT, Access::Read).unwrap();
    let pem = credentials.certificate_pem.expose_secret().to_owned();
    let now = stage.wall.as_second();
    let thumbprint = thumbprint(&pem);
    let vendor = format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
    let own = format!("http://127.0.0.1:4000/login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
    let other_key = include_str!("../keys/google.pem");
    let mut ask = |algorithm, key: &str, thumbprint: &str, audience: &str, exp: i64| {
        let header =
            jsonwebtoken::Header { x5t_s256: Some(thumbprint.to_owned()), ..jsonwebtoken::Header::new(algorithm) };
        let id = &credentials.client_id;
        let claims = json!({"aud": audience, "iss": id, "sub": id, "jti": "1", "nbf": now, "exp": exp});
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(key.as_bytes()).unwrap();
        let assertion = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        let reply = stage.sign_in(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
            ("scope", "https://graph.microsoft.com/.default"),
        ]);
        (reply.status, body(&reply)["error_codes"][0].as_u64().unwrap_or(0))
    };
    let key = private_key(&pem);
    let (ps, rs) = (jsonwebtoken::Algorithm::PS256, jsonwebtoken::Algorithm::RS256);
    assert_eq!(ask(ps, &key, &thumbprint, &vendor, now + 300), (200, 0));
    assert_eq!(ask(rs, &key, &thumbprint, &own, now + 300), (200, 0));
    assert_eq!(ask(ps, other_key, &thumbprint, &vendor, now + 300), (401, 700_027));
    assert_eq!(ask(ps, &key, "AAAA", &vendor, now + 300), (401, 700_027));
    assert_eq!(ask(ps, &key, &thumbprint, "https://graph.microsoft.com", now + 300), (401, 700_023));
    assert_eq!(ask(ps, &key, &thumbprint, &vendor, now - 3600), (401, 700_024));
}

fn private_key(pem: &str) -> String {
    let start = pem.find("-----BEGIN PRIVATE KEY-----").unwrap();
    let end = pem.find("-----END PRIVATE KEY-----").unwrap() + "-----END PRIVATE KEY-----".len();
    pem[start..end].to_owned()
}

fn thumbprint(pem: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let start = pem.find("-----BEGIN CERTIFICATE-----").unwrap() + "-----BEGIN CERTIFICATE-----".len();
    let end = pem.find("-----END CERTIFICATE-----").unwrap();
    let text: String = pem[start..end].split_whitespace().collect();
    let der = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(der))
}

#[test]
fn a_token_is_good_for_its_own_resource_and_hour() {
    let mut stage = stage();
    let token = stage.token(Access::Write, EXCHANGE);
    let mut users = request("GET", GRAPH, "/v1.0/users", None);
    users.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let reply = stage.send(&users);
    assert_eq!((reply.status, code(&reply).as_str()), (401, "InvalidAuthenticationToken"));
    let mut invocation = stage.invocation(Access::Write, "Get-Mailbox", json!({}));
    assert_eq!(stage.send(&invocation).status, 200);
    stage.wall = stage.wall.saturating_add(SignedDuration::from_secs(4000)).unwrap();
    let reply = stage.send(&invocation);
    assert_eq!((reply.status, &reply.body), (401, &Body::Empty));
    let forged = format!("{}x", &token[..token.len() - 6]);
    invocation.headers.insert("authorization", format!("Bearer {forged}").parse().unwrap());
    assert_eq!(stage.send(&invocation).status, 401);
}

#[test]
fn the_read_identity_is_refused_every_write() {
    let mut stage = stage();
    let ana = stage.id_of("ana@northwind.example");
    for (method, target, content) in [
        ("PATCH", format!("/users/{ana}"), Some(json!({"accountEnabled": false}))),
        ("POST", "/groups".to_owned(), Some(json!({"displayName": "x"}))),
        ("DELETE", format!("/groups/{ana}"), None),
        ("DELETE", format!("/groups/{ana}/members/{ana}/$ref"), None),
    ] {
        let reply = stage.graph_as(Access::Read, method, &target, content);
        assert_eq!((reply.status, code(&reply).as_str()), (403, "Authorization_RequestDenied"), "{method} {target}");
    }
    for cmdlet in
        ["New-Mailbox", "Set-Mailbox", "Remove-Mailbox", "Add-MailboxPermission", "Remove-RecipientPermission"]
    {
        let reply = stage.exchange_as(Access::Read, cmdlet, json!({"Identity": "old@northwind.example"}));
        assert!(exception(&reply).1.contains("isn't present in the role definition of the current user"), "{cmdlet}");
    }
    assert_eq!(stage.exchange_as(Access::Read, "Get-Mailbox", json!({})).status, 200);
}

#[test]
fn a_permission_that_was_not_given_is_missed() {
    let mut told = description();
    told["missing-permissions"] = json!(["User.EnableDisableAccount.All", "Exchange.ManageAsApp"]);
    let mut stage = stage_of(told, 0);
    let ana = stage.id_of("ana@northwind.example");
    let reply = stage.graph("PATCH", &format!("/users/{ana}"), Some(json!({"accountEnabled": false})));
    assert_eq!(reply.status, 403);
    let reply = stage.exchange("Get-Mailbox", json!({}));
    assert_eq!((reply.status, &reply.body), (403, &Body::Empty));
    assert!(reply.headers.iter().any(|(name, _)| name == "x-ms-diagnostics"));
}

// ---- Graph ----

#[test]
fn a_list_of_users_has_the_default_properties_and_pages() {
    let mut stage = stage();
    let mut target = "/users?$top=3".to_owned();
    let (mut pages, mut seen) = (0, Vec::new());
    loop {
        let reply = stage.graph("GET", &target, None);
        assert_eq!(reply.status, 200, "{reply:?}");
        seen.extend(ids(&reply));
        pages += 1;
        let row = body(&reply)["value"][0].as_object().unwrap();
        assert_eq!(row.len(), 11);
        assert!(!row.contains_key("accountEnabled"));
        match body(&reply)["@odata.nextLink"].as_str() {
            Some(link) => {
                target = link.strip_prefix("http://127.0.0.1:4000/graph.microsoft.com/v1.0").unwrap().to_owned();
            }
            None => break,
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    // Six people who are not deleted, and the shared mailbox's account.
    assert_eq!((pages, count, seen.len()), (3, 7, 7));
}

#[test]
fn filters_are_answered_or_refused_as_the_vendor_does() {
    let mut stage = stage();
    let mut names = |filter: &str| {
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let reply = stage.graph("GET", &format!("/users?$select=displayName&$filter={filter}"), None);
        if reply.status != 200 {
            return Err((reply.status, code(&reply)));
        }
        Ok(body(&reply)["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["displayName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>())
    };
    assert_eq!(names("proxyAddresses/any(p:p eq 'smtp:A.BO@nw.example')"), Ok(vec!["Ana Bo".to_owned()]));
    assert_eq!(names("accountEnabled eq false and userType eq 'Member'"), Ok(vec!["Dis Able".to_owned()]));
    assert_eq!(names("mail eq 'bob@northwind.example' or userType eq 'Guest'").map(|n| n.len()), Ok(2));
    let unsupported = Err((400, "Request_UnsupportedQuery".to_owned()));
    assert_eq!(names("userType ne 'Guest'"), unsupported);
    assert_eq!(names("endsWith(mail,'northwind.example')"), unsupported);
    assert_eq!(names("aboutMe eq 'x'"), unsupported);
    assert_eq!(names("nickname eq 'x'"), Err((400, "BadRequest".to_owned())));
    let token = stage.token(Access::Read, GRAPH);
    let mut advanced = request("GET", GRAPH, "/v1.0/users?$filter=userType%20ne%20'Guest'&$count=true&$top=2", None);
    advanced.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(stage.send(&advanced).status, 400);
    advanced.headers.insert("consistencylevel", "eventual".parse().unwrap());
    let reply = stage.send(&advanced);
    assert_eq!(body(&reply)["@odata.count"], json!(6));
    assert_eq!(stage.graph("GET", "/users?$top=1000", None).status, 400);
}

#[test]
fn a_user_is_found_by_id_and_principal_in_both_spellings() {
    let mut stage = stage();
    let ana = stage.id_of("ana@northwind.example");
    for key in [format!("/users('{ana}')"), format!("/users/{ana}"), "/users/ana%40northwind.example".to_owned()] {
        let reply = stage.graph("GET", &format!("{key}?$select=id,proxyAddresses"), None);
        assert_eq!(body(&reply)["id"], json!(ana), "{key}");
        assert_eq!(body(&reply)["proxyAddresses"][0], json!("SMTP:ana@northwind.example"));
    }
    let reply = stage.graph("GET", "/users/nobody@northwind.example", None);
    assert_eq!((reply.status, code(&reply).as_str()), (404, "Request_ResourceNotFound"));
    assert!(body(&reply)["error"]["innerError"]["request-id"].is_string());
    // A slash inside a key stays inside it.
    assert_eq!(stage.graph("GET", "/users/x%2F..%2F..%2Fgroups", None).status, 404);
    let reply = stage.graph("GET", &format!("/users/{ana}/manager"), None);
    assert_eq!(body(&reply)["id"], json!(stage.id_of("cy@northwind.example")));
}

#[test]
fn deleted_people_are_in_deleted_items_and_can_be_restored() {
    let mut stage = stage();
    let target = "/directory/deletedItems/microsoft.graph.user";
    let reply = stage.graph("GET", target, None);
    let gone = ids(&reply).remove(0);
    assert_eq!(stage.graph("GET", &format!("/users/{gone}"), None).status, 404);
    assert_eq!(stage.graph("POST", &format!("/directory/deletedItems/{gone}/restore"), None).status, 200);
    assert_eq!(stage.graph("GET", &format!("/users/{gone}"), None).status, 200);
    assert_eq!(ids(&stage.graph("GET", target, None)).len(), 0);
}

#[test]
fn a_group_keeps_its_last_owner_and_takes_nobody_twice() {
    let mut stage = stage();
    let (ana, bob) = (stage.id_of("ana@northwind.example"), stage.id_of("bob@northwind.example"));
    let link = |id: &str| format!("https://graph.microsoft.com/v1.0/users/{id}");
    let content = json!({"displayName": "Backups", "mailEnabled": true, "mailNickname": "backups", "securityEnabled": false,
        "groupTypes": ["Unified"], "owners@odata.bind": [link(&ana)], "members@odata.bind": [link(&ana)]});
    let reply = stage.graph("POST", "/groups", Some(content.clone()));
    assert_eq!((reply.status, &body(&reply)["mail"]), (201, &json!("backups@northwind.example")));
    let group = body(&reply)["id"].as_str().unwrap().to_owned();
    assert_eq!(stage.graph("GET", &format!("/groups/{group}"), None).status, 404);
    let reply = stage.graph("POST", "/groups", Some(content));
    assert!(body(&reply)["error"]["message"].as_str().unwrap().contains("mailNickname already exists"));
    stage.wait(5);
    let owners = format!("/groups/{group}/owners");
    let add = json!({"@odata.id": link(&bob)});
    assert_eq!(stage.graph("DELETE", &format!("{owners}/{ana}/$ref"), None).status, 400);
    assert_eq!(stage.graph("POST", &format!("{owners}/$ref"), Some(add.clone())).status, 204);
    let reply = stage.graph("POST", &format!("{owners}/$ref"), Some(add));
    assert_eq!(reply.status, 400);
    assert!(body(&reply)["error"]["message"].as_str().unwrap().contains("already exist"));
    assert_eq!(stage.graph("DELETE", &format!("{owners}/{ana}/$ref"), None).status, 204);
    assert_eq!(ids(&stage.graph("GET", &owners, None)), [bob.as_str()]);
    let reply = stage.graph("GET", &format!("/groups/{group}/members/microsoft.graph.user?$select=id,mail"), None);
    assert_eq!(body(&reply)["value"], json!([{"id": ana, "mail": "ana@northwind.example"}]));
    assert_eq!(stage.graph("DELETE", &format!("/groups/{group}"), None).status, 204);
    assert_eq!(stage.graph("GET", &format!("/groups/{group}"), None).status, 404);
    assert_eq!(stage.graph("POST", &format!("/directory/deletedItems/{group}/restore"), None).status, 200);
    assert_eq!(stage.graph("GET", &format!("/groups/{group}"), None).status, 200);
}

#[test]
fn nested_groups_are_opened_by_transitive_members() {
    let mut stage = stage();
    let reply = stage.graph("GET", "/groups?$filter=mail%20eq%20'it@northwind.example'", None);
    let group = ids(&reply).remove(0);
    let bob = stage.id_of("bob@northwind.example");
    assert!(!ids(&stage.graph("GET", &format!("/groups/{group}/members"), None)).contains(&bob));
    let reply = stage.graph("GET", &format!("/groups/{group}/transitiveMembers/microsoft.graph.user?$select=id"), None);
    assert!(ids(&reply).contains(&bob));
    assert_eq!(ids(&reply).len(), 2);
    assert_eq!(ids(&stage.graph("GET", &format!("/users/{bob}/transitiveMemberOf"), None)).len(), 2);
}

#[test]
fn a_batch_answers_for_each_request_by_itself() {
    let mut stage = stage();
    let token = stage.token(Access::Write, GRAPH);
    let mut batch = |requests: Value, strike: &mut dyn FnMut(&Request, &mut Moment) -> Option<What>| {
        let mut request = request("POST", GRAPH, "/v1.0/$batch", Some(json!({"requests": requests})));
        request.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let reply = stage.send_with(&request, strike);
        let responses = body(&reply)["responses"].as_array().cloned().unwrap_or_default();
        let status = |id: &str| {
            responses
                .iter()
                .find(|r| r["id"] == json!(id))
                .map(|r| (r["status"].as_u64().unwrap(), r["headers"].clone()))
        };
        (reply.status, ["1", "2", "3"].map(status))
    };
    let mut throttle = |request: &Request, _: &mut Moment| request.path.contains("bob").then_some(What::Throttled);
    let (status, [first, second, third]) = batch(
        json!([
            {"id": "1", "method": "GET", "url": "/users/ana@northwind.example"},
            {"id": "2", "method": "GET", "url": "/users/bob@northwind.example"},
            {"id": "3", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
        ]),
        &mut throttle,
    );
    assert_eq!((status, first.unwrap().0, third.unwrap().0), (200, 200, 424));
    let (status, headers) = second.unwrap();
    assert_eq!(status, 429);
    // A wait with a fraction, as Microsoft has shown one.
    assert!(headers["Retry-After"].as_str().unwrap().contains('.'));
    let twice = json!([{"id": "a", "method": "GET", "url": "/users"}, {"id": "A", "method": "GET", "url": "/users"}]);
    assert_eq!(batch(twice, &mut |_, _| None).0, 400);
    let many: Vec<Value> = (0..21).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/users"})).collect();
    assert_eq!(batch(many.into(), &mut |_, _| None).0, 400);
}

#[test]
fn a_delta_has_what_changed_since() {
    let mut stage = stage();
    let strip = |link: &Value| link.as_str().unwrap().replace("http://127.0.0.1:4000/graph.microsoft.com/v1.0", "");
    let reply = stage.graph("GET", "/users/delta?$select=accountEnabled", None);
    assert_eq!(ids(&reply).len(), 7);
    let link = strip(&body(&reply)["@odata.deltaLink"]);
    assert!(ids(&stage.graph("GET", &link, None)).is_empty());
    assert!(stage.microsoft.set_enabled(&"bob@northwind.example".parse().unwrap(), false));
    stage.exchange("Remove-Mailbox", json!({"Identity": "ana@northwind.example", "Confirm": false}));
    let reply = stage.graph("GET", &link, None);
    let rows = body(&reply)["value"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().any(|row| row["accountEnabled"] == json!(false)));
    assert!(rows.iter().any(|row| row["@removed"]["reason"] == json!("changed")));
    stage.wait(8 * 24 * 3600);
    assert_eq!(stage.graph("GET", &link, None).status, 410);
}

// ---- Exchange ----

#[test]
fn a_new_mailbox_appears_after_the_lag_with_sign_in_open() {
    let mut stage = stage();
    let parameters =
        json!({"shared": true, "name": "backups", "ALIAS": "backups", "PrimarySmtpAddress": "backups@nw.example"});
    let made = stage.rows("New-Mailbox", parameters).remove(0);
    assert_eq!(made["ExternalDirectoryObjectId"], json!(""));
    assert_eq!(made["UserPrincipalName"], json!("backups@northwind.example"));
    assert_eq!(made["PrimarySmtpAddress"], json!("backups@nw.example"));
    let by_guid = json!({"Identity": made["Guid"]});
    assert_eq!(exception(&stage.exchange("Get-Mailbox", by_guid.clone())).0, "ManagementObjectNotFoundException");
    assert_eq!(stage.graph("GET", "/users/backups@northwind.example", None).status, 404);
    stage.wait(5);
    let row = stage.rows("Get-Mailbox", by_guid.clone()).remove(0);
    assert_eq!(row["RecipientTypeDetails"], json!("SharedMailbox"));
    let id = row["ExternalDirectoryObjectId"].as_str().unwrap().to_owned();
    let target = format!("/users/{id}?$select=accountEnabled");
    assert_eq!(body(&stage.graph("GET", &target, None))["accountEnabled"], json!(true));
    assert_eq!(stage.graph("PATCH", &format!("/users/{id}"), Some(json!({"accountEnabled": false}))).status, 204);
    assert_eq!(body(&stage.graph("GET", &target, None))["accountEnabled"], json!(false));
    // Another back-end learns of it later.
    stage.anchor = "old@northwind.example".to_owned();
    assert_ne!(stage.exchange("Set-Mailbox", by_guid.clone()).status, 200);
    stage.wait(5);
    assert!(stage.exchange("Set-Mailbox", by_guid).status < 300);
}

#[test]
fn addresses_aliases_and_names_are_there_once() {
    let mut stage = stage();
    let mut refused = |name: &str, alias: &str, address: &str| {
        let parameters = json!({"Shared": true, "Name": name, "Alias": alias, "PrimarySmtpAddress": address});
        exception(&stage.exchange("New-Mailbox", parameters))
    };
    let (kind, text) = refused("x", "x", "a.bo@nw.example");
    assert_eq!(kind, "ProxyAddressExistsException");
    assert!(text.contains("\"SMTP:a.bo@nw.example\""));
    // The same alias in another domain: the text names the other one's address.
    let (kind, text) = refused("y", "ana", "ana@nw.example");
    assert_eq!(kind, "ProxyAddressExistsException");
    assert!(text.contains("\"SMTP:ana@northwind.example\""), "{text}");
    assert_eq!(refused("bob", "z", "z@nw.example").0, "ADObjectAlreadyExistsException");
    assert_eq!(refused("w", "w", "w@elsewhere.example").0, "NotAcceptedDomainException");
    assert!(refused("g", "g", "gone@northwind.example").1.contains("ExternalDirectoryObjectId was not returned"));
    assert_eq!(refused("Zoë", "zoe", "zoe@nw.example").0, "DataValidationException");
}

#[test]
fn rights_are_listed_added_once_and_taken_away() {
    let mut stage = stage();
    let made = stage.shared("backups");
    let on = |more: Value| {
        let mut parameters = json!({"Identity": made["Guid"]});
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parameters
    };
    let full = on(json!({"User": "ana@northwind.example", "AccessRights": ["FullAccess"], "AutoMapping": false}));
    assert_eq!(stage.rows("Add-MailboxPermission", full.clone())[0]["User"], json!("ana@northwind.example"));
    let reply = stage.exchange("Add-MailboxPermission", full.clone());
    assert!(body(&reply)["@adminapi.warnings"][0].as_str().unwrap().contains("already present"));
    let rows = stage.rows("Get-MailboxPermission", on(json!({})));
    assert_eq!((rows.len(), &rows[0]["User"]), (2, &json!("NT AUTHORITY\\SELF")));
    let send = on(json!({"Trustee": "ana@northwind.example", "AccessRights": ["SendAs"]}));
    let reply = stage.exchange("Add-RecipientPermission", send.clone());
    assert!(exception(&reply).1.contains("prompts"));
    let mut send = send;
    send["Confirm"] = json!(false);
    assert_eq!(stage.rows("Add-RecipientPermission", send.clone()).len(), 1);
    assert_eq!(stage.rows("Get-RecipientPermission", json!({"Trustee": "ana@northwind.example"})).len(), 2);
    assert!(stage.exchange("Remove-RecipientPermission", send).status < 300);
    assert_eq!(stage.rows("Get-RecipientPermission", on(json!({}))).len(), 1);
    let take = on(json!({"User": "ana@northwind.example", "AccessRights": "FullAccess", "Confirm": false}));
    assert!(stage.exchange("Remove-MailboxPermission", take.clone()).status < 300);
    let reply = stage.exchange("Remove-MailboxPermission", take);
    assert!(body(&reply)["@adminapi.warnings"][0].as_str().unwrap().contains("isn't present"));
    for nobody in ["guest@other.example", "plain@northwind.example", "team@northwind.example", "nobody"] {
        let parameters = on(json!({"User": nobody, "AccessRights": ["FullAccess"]}));
        assert!(stage.exchange("Add-MailboxPermission", parameters).status >= 400, "{nobody}");
    }
}

#[test]
fn a_delegate_whose_account_is_gone_is_a_bare_identifier() {
    let mut stage = stage();
    let rows = stage.rows("Get-MailboxPermission", json!({"Identity": "old@northwind.example"}));
    let users: Vec<&str> = rows.iter().map(|row| row["User"].as_str().unwrap()).collect();
    let sid = users.iter().find(|user| user.starts_with("S-1-5-21-")).unwrap();
    assert!(users.contains(&"ana@northwind.example"));
    let take =
        json!({"Identity": "old@northwind.example", "User": sid, "AccessRights": ["FullAccess"], "Confirm": false});
    assert!(stage.exchange("Remove-MailboxPermission", take).status < 300);
    assert_eq!(stage.rows("Get-MailboxPermission", json!({"Identity": "old@northwind.example"})).len(), 2);
}

#[test]
fn a_mailbox_is_changed_removed_brought_back_and_purged() {
    let mut stage = stage();
    let made = stage.shared("backups");
    let guid = made["Guid"].clone();
    let hashtable = "#Exchange.GenericHashTable";
    let changes = json!({"Identity": guid, "MessageCopyForSentAsEnabled": true, "HiddenFromAddressListsEnabled": true,
        "EmailAddresses": {"@odata.type": hashtable, "Add": ["smtp:bak@nw.example"]},
        "GrantSendOnBehalfTo": {"@odata.type": hashtable, "add": "bob@northwind.example"}});
    assert!(stage.exchange("Set-Mailbox", changes).status < 300);
    let row = stage.rows("Get-Mailbox", json!({"Identity": "bak@nw.example"})).remove(0);
    assert_eq!(row["MessageCopyForSentAsEnabled"], json!(true));
    assert_eq!(row["GrantSendOnBehalfTo"], json!(["bob@northwind.example"]));
    let no_table = json!({"Identity": guid, "EmailAddresses": {"Add": ["smtp:c@nw.example"]}});
    assert_eq!(exception(&stage.exchange("Set-Mailbox", no_table)).0, "ParameterBindingException");
    let remove = json!({"Identity": guid, "Confirm": false});
    assert_eq!(exception(&stage.exchange("Remove-Mailbox", json!({"Identity": guid}))).0, "HostException");
    assert!(stage.exchange("Remove-Mailbox", remove.clone()).status < 300);
    assert!(stage.rows("Get-Mailbox", json!({"RecipientTypeDetails": "SharedMailbox"})).len() == 1);
    assert_eq!(stage.rows("Get-Mailbox", json!({"Identity": guid, "SoftDeletedMailbox": true})).len(), 1);
    assert_eq!(stage.rows("Undo-SoftDeletedMailbox", json!({"SoftDeletedObject": guid})).len(), 1);
    stage.exchange("Remove-Mailbox", remove);
    let purge = json!({"Identity": guid, "PermanentlyDelete": true, "Confirm": false});
    assert!(stage.exchange("Remove-Mailbox", purge).status < 300);
    assert!(stage.exchange("Get-Mailbox", json!({"Identity": guid, "SoftDeletedMailbox": true})).status >= 400);
    // The freed address is not free at once.
    let again = json!({"Shared": true, "Name": "backups", "Alias": "backups2", "PrimarySmtpAddress": "backups@northwind.example"});
    assert_eq!(exception(&stage.exchange("New-Mailbox", again.clone())).0, "ProxyAddressExistsException");
    stage.wait(3700);
    assert_eq!(stage.rows("New-Mailbox", again).len(), 1);
}

#[test]
fn pages_are_fetched_by_post_while_the_link_is_fresh() {
    let mut stage = stage();
    let mut list = stage.invocation(Access::Read, "Get-Recipient", json!({"ResultSize": "Unlimited"}));
    list.query = "$select=Guid".to_owned();
    list.headers.insert("prefer", "odata.maxpagesize=4".parse().unwrap());
    let reply = stage.send(&list);
    assert_eq!(body(&reply)["value"].as_array().unwrap().len(), 4);
    assert_eq!(body(&reply)["value"][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["Guid"]);
    let link = body(&reply)["@odata.nextLink"].as_str().unwrap().to_owned();
    let target = link.strip_prefix("http://127.0.0.1:4000/outlook.office365.com").unwrap();
    let (path, query) = target.split_once('?').unwrap();
    (list.path, list.query) = (path.to_owned(), query.to_owned());
    assert_eq!(body(&stage.send(&list))["value"].as_array().unwrap().len(), 4);
    let by_get = Request { method: http::Method::GET, ..list.clone() };
    assert_eq!(stage.send(&by_get).status, 405);
    stage.wait(400);
    assert_eq!(stage.send(&list).status, 400);
}

#[test]
fn the_envelope_is_demanded() {
    let mut stage = stage();
    let mut bare = stage.invocation(Access::Write, "Get-Mailbox", json!({}));
    bare.headers.remove("x-anchormailbox");
    assert_eq!(stage.send(&bare).status, 400);
    let mut naked = stage.invocation(Access::Write, "Get-Mailbox", json!({}));
    naked.body = b"{\"CmdletName\":\"Get-Mailbox\"}".to_vec();
    assert_eq!(stage.send(&naked).status, 400);
    assert_eq!(exception(&stage.exchange("Get-Nothing", json!({}))).0, "CommandNotFoundException");
    let (kind, text) = exception(&stage.exchange("Get-Mailbox", json!({"Identiy": "x"})));
    assert!(kind == "ParameterBindingException" && text.contains("'Identiy'"));
    assert!(
        exception(&stage.exchange("Add-MailboxPermission", json!({"Identity": "x"}))).1.contains("User AccessRights")
    );
}

#[test]
fn what_fits_more_than_one_recipient_is_refused() {
    let mut stage = stage();
    for (alias, address) in [("one", "one@nw.example"), ("two", "two@nw.example")] {
        let parameters = json!({"Shared": true, "Name": alias, "DisplayName": "Twins", "Alias": alias, "PrimarySmtpAddress": address});
        stage.rows("New-Mailbox", parameters);
    }
    stage.wait(5);
    let reply = stage.exchange("Get-Recipient", json!({"Identity": "Twins"}));
    assert!(exception(&reply).1.contains("multiple recipients matching identity"));
    assert_eq!(stage.rows("Get-Recipient", json!({"Identity": "one"})).len(), 1);
}

#[test]
fn a_batch_of_cmdlets_is_answered_by_id() {
    let mut stage = stage();
    let single = stage.invocation(Access::Write, "Get-Mailbox", json!({"Identity": "old@northwind.example"}));
    let item = |id: &str, identity: &str| {
        json!({"id": id, "method": "POST", "url": format!("https://outlook.office365.com/adminapi/beta/{TENANT}/InvokeCommand"),
            "headers": {"X-CmdletName": "Get-Mailbox"},
            "body": {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Identity": identity}}}})
    };
    let requests = json!({"requests": [item("a", "old@northwind.example"), item("b", "nobody")]});
    let batch =
        Request { path: format!("/adminapi/beta/{TENANT}/$batch"), body: requests.to_string().into_bytes(), ..single };
    let reply = stage.send(&batch);
    let responses = body(&reply)["responses"].as_array().unwrap();
    assert_eq!((&responses[0]["status"], &responses[1]["status"]), (&json!(200), &json!(404)));
}

#[test]
fn a_tenant_without_exchange_has_no_tokens_for_it() {
    let mut told = description();
    told["apis-off"] = json!(["exchange"]);
    let mut stage = stage_of(told, 0);
    let credentials = stage.microsoft.credentials(TENANT, Access::Write).unwrap();
    let reply = stage.sign_in(&[
        ("grant_type", "client_credentials"),
        ("client_id", &credentials.client_id),
        ("client_secret", credentials.client_secret.expose_secret()),
        ("scope", "https://outlook.office365.com/.default"),
    ]);
    assert_eq!(body(&reply)["error_codes"], json!([650_052]));
}

// ---- State ----

#[test]
fn everything_is_in_the_tables() {
    let mut stage = stage();
    stage.shared("backups");
    let saved: Vec<(String, Vec<(String, Option<Value>)>)> =
        stage.microsoft.tables().into_iter().map(|(name, table)| (name, table.take_changes())).collect();
    assert!(saved.iter().all(|(name, _)| name.starts_with(&format!("microsoft/{TENANT}/"))));
    let mut empty = description();
    for list in ["people", "groups", "mailboxes"] {
        empty[list] = json!([]);
    }
    let mut other = stage_of(empty, 5);
    other.now = stage.now;
    for ((name, table), (saved_name, rows)) in other.microsoft.tables().into_iter().zip(saved) {
        assert_eq!(name, saved_name);
        table.clear();
        for (key, row) in rows {
            table.restore(key, row.unwrap()).unwrap();
        }
    }
    assert_eq!(other.microsoft.people(), stage.microsoft.people());
    let list = json!({"ResultSize": "Unlimited"});
    assert_eq!(other.rows("Get-Mailbox", list.clone()), stage.rows("Get-Mailbox", list));
    let target = "/users?$select=id,accountEnabled,createdDateTime";
    assert_eq!(body(&other.graph("GET", target, None))["value"], body(&stage.graph("GET", target, None))["value"]);
}

#[test]
fn people_come_with_their_standing() {
    let mut stage = stage();
    let standing = |stage: &Stage, name: &str| {
        stage
            .microsoft
            .people()
            .into_iter()
            .find(|person| person.address.local_part() == name)
            .map(|person| person.standing)
    };
    assert_eq!(standing(&stage, "ana"), Some(Standing::Active));
    assert_eq!(standing(&stage, "plain"), Some(Standing::NoMailbox));
    assert_eq!(standing(&stage, "guest"), Some(Standing::Guest));
    assert_eq!(standing(&stage, "gone"), Some(Standing::Deleted));
    assert_eq!(standing(&stage, "old"), None);
    assert!(stage.microsoft.set_enabled(&"ana@northwind.example".parse().unwrap(), false));
    assert_eq!(standing(&stage, "ana"), Some(Standing::Disabled));
    assert!(!stage.microsoft.set_enabled(&"nobody@northwind.example".parse().unwrap(), false));
}

#[test]
fn seats_run_out() {
    let mut told = description();
    told["seats"] = json!(2);
    let mut stage = stage_of(told, 0);
    assert_eq!(stage.rows("Get-Mailbox", json!({"RecipientTypeDetails": "UserMailbox"})).len(), 2);
    let reply = stage.graph("GET", "/subscribedSkus", None);
    let row = &body(&reply)["value"][0];
    assert_eq!((&row["consumedUnits"], &row["prepaidUnits"]["enabled"]), (&json!(2), &json!(2)));
}
