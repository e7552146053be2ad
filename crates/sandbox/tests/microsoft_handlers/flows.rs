//! The other ways to sign in: device codes, refresh tokens, federated and managed identities.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tripod_sandbox::Access;
use tripod_sandbox::wire::{Reply, Request};

use crate::stage::*;

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn stage_with(sign_in: Value) -> Stage {
    let mut told = description();
    told["sign-in"] = sign_in;
    stage_of(told, 0)
}

fn form(stage: &mut Stage, endpoint: &str, fields: &[(&str, &str)]) -> Reply {
    let mut asked = request("POST", LOGIN, &format!("/{TENANT}/oauth2/v2.0/{endpoint}"), None);
    asked.body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
    stage.send(&asked)
}

fn client(stage: &Stage, access: Access) -> String {
    stage.microsoft.credentials(TENANT, access).unwrap().client_id
}

fn begin(stage: &mut Stage, scope: &str) -> Value {
    let client = client(stage, Access::Write);
    let reply = form(stage, "devicecode", &[("client_id", &client), ("scope", scope)]);
    assert_eq!(reply.status, 200, "{reply:?}");
    body(&reply).clone()
}

fn poll(stage: &mut Stage, code: &str) -> Reply {
    let client = client(stage, Access::Write);
    form(stage, "token", &[("grant_type", DEVICE), ("client_id", &client), ("device_code", code)])
}

fn error(reply: &Reply) -> (String, u64) {
    let body = body(reply);
    (body["error"].as_str().unwrap_or_default().to_owned(), body["error_codes"][0].as_u64().unwrap_or_default())
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn with_token(method: &str, host: &str, target: &str, content: Option<Value>, token: &str) -> Request {
    let mut asked = request(method, host, target, content);
    asked.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    asked.headers.insert("x-anchormailbox", "UPN:ana@northwind.example".parse().unwrap());
    asked
}

/// Signs Ana in and hands out what the token endpoint says.
fn signed_in(stage: &mut Stage, scope: &str) -> Value {
    let started = begin(stage, scope);
    let code = started["device_code"].as_str().unwrap().to_owned();
    loop {
        let reply = poll(stage, &code);
        if reply.status == 200 {
            return body(&reply).clone();
        }
        assert_eq!(error(&reply).0, "authorization_pending", "{reply:?}");
        stage.wait(5);
    }
}

#[test]
fn a_device_code_is_pending_until_somebody_approves_it() {
    let mut stage = stage_with(json!({"device-code": {"by": "ana@northwind.example", "after-polls": 2}}));
    let started = begin(&mut stage, "https://graph.microsoft.com/User.Read.All offline_access openid");
    assert_eq!((&started["expires_in"], &started["interval"]), (&json!(900), &json!(5)));
    assert!(started["message"].as_str().unwrap().contains(started["user_code"].as_str().unwrap()));
    let code = started["device_code"].as_str().unwrap().to_owned();
    assert_eq!(error(&poll(&mut stage, &code)), ("authorization_pending".to_owned(), 70_016));
    assert_eq!(error(&poll(&mut stage, &code)).0, "slow_down", "at once again");
    stage.wait(5);
    assert_eq!(error(&poll(&mut stage, &code)).0, "slow_down", "five seconds more are wanted now");
    stage.wait(15);
    assert_eq!(error(&poll(&mut stage, &code)).0, "authorization_pending");
    stage.wait(15);
    let reply = poll(&mut stage, &code);
    assert_eq!(reply.status, 200, "{reply:?}");
    let told = body(&reply).clone();
    let said = claims(told["access_token"].as_str().unwrap());
    assert_eq!((&said["scp"], &said["upn"]), (&json!("User.Read.All"), &json!("ana@northwind.example")));
    assert_eq!(said["roles"], json!([]));
    assert!(told["refresh_token"].is_string() && told["id_token"].is_string());
    stage.wait(15);
    assert_eq!(error(&poll(&mut stage, &code)), ("bad_verification_code".to_owned(), 70_018), "it works once");
}

#[test]
fn a_device_code_is_declined_blocked_or_left_to_expire() {
    for (outcome, expected) in
        [("declined", ("authorization_declined", 65_004)), ("blocked", ("invalid_grant", 53_003))]
    {
        let mut stage = stage_with(json!({"device-code": {"after-polls": 0, "outcome": outcome}}));
        let code = begin(&mut stage, "User.Read.All")["device_code"].as_str().unwrap().to_owned();
        assert_eq!(error(&poll(&mut stage, &code)), (expected.0.to_owned(), expected.1));
    }
    let mut stage = stage_with(json!({"device-code": {"after-polls": 0, "outcome": "ignored"}}));
    let code = begin(&mut stage, "User.Read.All")["device_code"].as_str().unwrap().to_owned();
    stage.wait(890);
    assert_eq!(error(&poll(&mut stage, &code)).0, "authorization_pending");
    stage.wait(11);
    assert_eq!(error(&poll(&mut stage, &code)), ("expired_token".to_owned(), 70_019));
    assert_eq!(error(&poll(&mut stage, "nonsense")).0, "bad_verification_code");
}

#[test]
fn what_nobody_consented_to_and_what_is_of_two_resources_is_refused() {
    let mut stage = stage_with(json!({"device-code": {"after-polls": 0}}));
    let code = begin(&mut stage, "Mail.ReadWrite")["device_code"].as_str().unwrap().to_owned();
    assert_eq!(error(&poll(&mut stage, &code)), ("invalid_grant".to_owned(), 65_001));
    let client = client(&stage, Access::Write);
    let both = "https://graph.microsoft.com/User.Read.All https://outlook.office365.com/Exchange.Manage";
    let reply = form(&mut stage, "devicecode", &[("client_id", &client), ("scope", both)]);
    assert_eq!(error(&reply), ("invalid_scope".to_owned(), 28_000));
    let reply = form(&mut stage, "devicecode", &[("client_id", TENANT), ("scope", "openid")]);
    assert_eq!(error(&reply), ("unauthorized_client".to_owned(), 700_016));
}

#[test]
fn a_refresh_token_of_graph_is_redeemed_for_exchange() {
    let mut stage = stage_with(json!({"device-code": {"by": "ana@northwind.example"}}));
    let told = signed_in(&mut stage, "https://graph.microsoft.com/.default offline_access");
    let graph = told["access_token"].as_str().unwrap().to_owned();
    assert_eq!(stage.send(&with_token("GET", GRAPH, "/v1.0/users", None, &graph)).status, 200);
    let (client, refresh) = (client(&stage, Access::Write), told["refresh_token"].as_str().unwrap().to_owned());
    let redeem = |stage: &mut Stage, scope: &str| {
        let fields =
            [("grant_type", "refresh_token"), ("client_id", &client), ("refresh_token", &refresh), ("scope", scope)];
        form(stage, "token", &fields)
    };
    let invoke = |stage: &mut Stage, token: &str| {
        let content = json!({"CmdletInput": {"CmdletName": "Get-AcceptedDomain"}});
        let target = format!("/adminapi/beta/{TENANT}/InvokeCommand");
        stage.send(&with_token("POST", EXCHANGE, &target, Some(content), token)).status
    };
    let reply = redeem(&mut stage, "https://outlook.office365.com/Exchange.Manage");
    assert_eq!(invoke(&mut stage, body(&reply)["access_token"].as_str().unwrap()), 200);
    let reply = redeem(&mut stage, "https://outlook.office365.com/Exchange.ManageV2");
    assert_eq!(invoke(&mut stage, body(&reply)["access_token"].as_str().unwrap()), 403, "another back-end's scope");
    assert!(stage.microsoft.set_enabled(&"ana@northwind.example".parse().unwrap(), false));
    assert_eq!(error(&redeem(&mut stage, "User.Read.All")), ("invalid_grant".to_owned(), 50_057));
    assert!(stage.microsoft.set_enabled(&"ana@northwind.example".parse().unwrap(), true));
    stage.wall = stage.wall.saturating_add(jiff::SignedDuration::from_hours(24 * 91)).unwrap();
    assert_eq!(error(&redeem(&mut stage, "User.Read.All")), ("invalid_grant".to_owned(), 700_082));
}

#[test]
fn a_refresh_token_is_no_access_token_and_can_be_made_to_expire() {
    let mut stage = stage_with(json!({"refresh-expired": true}));
    let told = signed_in(&mut stage, "User.Read.All offline_access");
    let refresh = told["refresh_token"].as_str().unwrap();
    assert_eq!(stage.send(&with_token("GET", GRAPH, "/v1.0/users", None, refresh)).status, 401);
    let client = client(&stage, Access::Write);
    let fields = [("grant_type", "refresh_token"), ("client_id", client.as_str()), ("refresh_token", refresh)];
    assert_eq!(error(&form(&mut stage, "token", &fields)), ("invalid_grant".to_owned(), 700_082));
    let access = told["access_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("client_id", client.as_str()), ("refresh_token", access)];
    assert_eq!(error(&form(&mut stage, "token", &fields)).0, "invalid_grant");
}

#[test]
fn another_issuers_token_stands_in_for_a_secret_if_everything_about_it_fits() {
    let issuer = "https://token.actions.githubusercontent.com";
    let subject = "repo:northwind/it:ref:refs/heads/main";
    let mut stage = stage_with(json!({"federated": [{"issuer": issuer, "subject": subject, "identity": "read"}]}));
    let credentials = stage.microsoft.credentials(TENANT, Access::Read).unwrap();
    let own = credentials.certificate_pem.expose_secret().to_owned();
    let other = include_str!("../../keys/google.pem");
    let now = stage.wall.as_second();
    let mut ask = |key: &str, issuer: &str, subject: &str, audience: Value, exp: i64, client: &str| {
        let told = json!({"iss": issuer, "sub": subject, "aud": audience, "iat": now, "exp": exp});
        let key = EncodingKey::from_rsa_pem(key.as_bytes()).unwrap();
        let jwt = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &told, &key).unwrap();
        let reply = stage.sign_in(&[
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &jwt),
            ("scope", "https://graph.microsoft.com/.default"),
        ]);
        if reply.status == 200 { 0 } else { error(&reply).1 }
    };
    let (client, audience) = (credentials.client_id.as_str(), json!("api://AzureADTokenExchange"));
    let later = now + 600;
    assert_eq!(ask(&own, issuer, subject, audience.clone(), later, client), 0);
    assert_eq!(ask(&own, issuer, subject, json!(["x", "api://AzureADTokenExchange"]), later, client), 0);
    assert_eq!(ask(&own, issuer, "repo:northwind/it:pull_request", audience.clone(), later, client), 700_213);
    assert_eq!(ask(&own, "https://x.test", subject, audience.clone(), later, client), 70_021);
    assert_eq!(ask(&own, issuer, subject, json!("api://other"), later, client), 70_021);
    assert_eq!(ask(other, issuer, subject, audience.clone(), later, client), 700_027);
    assert_eq!(ask(&own, issuer, subject, audience, now - 600, client), 700_024);
}

#[test]
fn an_expired_secret_is_told_from_a_wrong_one() {
    let mut stage = stage_with(json!({"secret-expired": true}));
    let credentials = stage.microsoft.credentials(TENANT, Access::Read).unwrap();
    let mut ask = |secret: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", credentials.client_id.as_str()),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        error(&stage.sign_in(&fields))
    };
    assert_eq!(ask(credentials.client_secret.expose_secret()), ("invalid_client".to_owned(), 7_000_222));
    assert_eq!(ask("x"), ("invalid_client".to_owned(), 7_000_215));
}

#[test]
fn what_is_taken_away_or_forbidden_is_refused_with_its_code() {
    for (sign_in, said) in [
        (json!({}), ("", 0)),
        (json!({"removed": ["app-registration"]}), ("unauthorized_client", 700_016)),
        (json!({"removed": ["client-secret"]}), ("invalid_client", 7_000_215)),
        (json!({"removed": ["certificate"]}), ("", 0)),
        (json!({"conditional-access": true}), ("invalid_grant", 53_003)),
        (json!({"public-client-flows": false}), ("", 0)),
    ] {
        let mut stage = stage_with(sign_in.clone());
        let credentials = stage.microsoft.credentials(TENANT, Access::Write).unwrap();
        let reply = stage.sign_in(&[
            ("grant_type", "client_credentials"),
            ("client_id", credentials.client_id.as_str()),
            ("client_secret", credentials.client_secret.expose_secret()),
            ("scope", "https://graph.microsoft.com/.default"),
        ]);
        assert_eq!(error(&reply), (said.0.to_owned(), said.1), "{sign_in}");
    }
    let mut stage = stage_with(json!({"public-client-flows": false}));
    let begun = begin(&mut stage, "https://graph.microsoft.com/User.Read.All offline_access");
    let code = begun["device_code"].as_str().unwrap();
    assert_eq!(error(&poll(&mut stage, code)), ("invalid_client".to_owned(), 7_000_218));
}

#[test]
fn a_machine_gets_the_tokens_of_its_identity() {
    let mut stage = stage_with(json!({"managed-identity": "read"}));
    let machine = "169.254.169.254";
    let virtual_machine = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com";
    let plain = request("GET", machine, virtual_machine, None);
    assert_eq!(stage.send(&plain).status, 400, "without the header");
    let mut asked = plain.clone();
    asked.headers.insert("metadata", "true".parse().unwrap());
    let reply = stage.send(&asked);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(body(&reply)["expires_on"].is_string());
    let token = body(&reply)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(stage.send(&with_token("GET", GRAPH, "/v1.0/users", None, &token)).status, 200);
    let mut scoped = asked.clone();
    scoped.query = scoped.query.replace("graph.microsoft.com", "graph.microsoft.com/.default");
    assert_eq!(body(&stage.send(&scoped))["error"], "invalid_resource");

    let header = stage.microsoft.identity_header(TENANT).unwrap();
    let target = "/msi/token?api-version=2019-08-01&resource=https://outlook.office365.com";
    let mut asked = request("GET", machine, target, None);
    asked.headers.insert("x-identity-header", "x".parse().unwrap());
    assert_eq!(stage.send(&asked).status, 401);
    asked.headers.insert("x-identity-header", header.parse().unwrap());
    let reply = stage.send(&asked);
    assert_eq!(claims(body(&reply)["access_token"].as_str().unwrap())["aud"], "https://outlook.office365.com");

    let mut without = stage_with(json!({}));
    assert_eq!(without.microsoft.identity_header(TENANT), None);
    let mut asked = plain;
    asked.headers.insert("metadata", "true".parse().unwrap());
    assert_eq!(body(&without.send(&asked))["error_description"], "Identity not found");
}

#[test]
fn the_modules_file_lists_what_the_caller_may_run() {
    let mut stage = stage();
    let mut cmdlets = |access: Access| {
        let token = stage.token(access, EXCHANGE);
        let target = format!("/adminapi/v1.0/{TENANT}/EXOModuleFile?Version=3.9.2");
        let mut asked = with_token("GET", EXCHANGE, &target, None, &token);
        asked.headers.insert("commandname", "*".parse().unwrap());
        let reply = stage.send(&asked);
        assert_eq!(reply.status, 200, "{reply:?}");
        let names = body(&reply)["value"][0]["exportedCmdlets"].as_str().unwrap().to_owned();
        names.split(',').map(str::to_owned).collect::<Vec<_>>()
    };
    let (writes, reads) = (cmdlets(Access::Write), cmdlets(Access::Read));
    assert!(writes.iter().any(|name| name == "New-Mailbox") && reads.iter().any(|name| name == "Get-Mailbox"));
    assert!(reads.iter().all(|name| name.starts_with("Get-")), "{reads:?}");
    let mut told = description();
    told["missing-permissions"] = json!(["Exchange Administrator"]);
    let mut bare = stage_of(told, 0);
    let token = bare.token(Access::Write, EXCHANGE);
    let target = format!("/adminapi/v1.0/{TENANT}/EXOModuleFile?Version=3.9.2");
    assert_eq!(bare.send(&with_token("GET", EXCHANGE, &target, None, &token)).status, 403);
}
