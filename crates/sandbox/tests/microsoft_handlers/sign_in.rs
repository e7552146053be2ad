//! Signing in, and what each of the two identities may do.

use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::json;
use tripod_sandbox::Access;
use tripod_sandbox::wire::Body;

use crate::stage::*;

/// A form's fields with their values.
type Form<'f> = Vec<(&'f str, &'f str)>;

#[test]
fn the_sign_in_service_says_what_is_wrong_by_its_numbers() {
    let mut stage = stage();
    let credentials = stage.microsoft.credentials(TENANT, Access::Write).unwrap();
    let (client, secret) = (credentials.client_id, credentials.client_secret.expose_secret().to_owned());
    let scope = "https://graph.microsoft.com/.default";
    let grant = ("grant_type", "client_credentials");
    let cases: [(u64, u16, Form); 7] = [
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
    let other_key = include_str!("../../keys/google.pem");
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
