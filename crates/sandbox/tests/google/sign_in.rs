//! Signing in without a service account's key, and in the browser.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Digest;
use tripod_sandbox::{Access, Description, World};

use crate::support::{AUTH, Answer, Client, WORLD, answer, client_of};

const POOL: &str = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/git";
const BACK: &str = "http://127.0.0.1:4711/back";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";

/// A sandbox whose tenant signs in as these lines say; not held against the contract, which knows neither a browser nor
/// a metadata server.
async fn client_with(lines: &str) -> Client {
    let text = WORLD.replacen("    seats: 12\n", &format!("    seats: 12\n    google-sign-in: {lines}\n"), 1);
    let description = Description::read("sandbox.yaml", text.as_bytes()).unwrap();
    client_of(World::new(&description).unwrap(), None).await
}

fn federated() -> String {
    format!("{{federation: {{audience: '{POOL}', issuer: 'https://ci.example', subjects: ['repo:main']}}}}")
}

/// The application's file.
fn app(client: &Client) -> Value {
    let file: Value = serde_json::from_str(&client.sandbox.google_client("juniper.example").unwrap()).unwrap();
    file["installed"].clone()
}

/// Where the browser is sent, with what stands in the query there.
async fn browse(client: &Client, change: impl Fn(&mut Vec<(&str, String)>)) -> (u16, String, Vec<(String, String)>) {
    let app = app(client);
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(VERIFIER));
    let mut query = vec![
        ("client_id", app["client_id"].as_str().unwrap().to_owned()),
        ("redirect_uri", BACK.to_owned()),
        ("response_type", "code".to_owned()),
        ("scope", format!("{AUTH}admin.directory.user.readonly {AUTH}gmail.settings.basic")),
        ("state", "s-1".to_owned()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
        ("access_type", "offline".to_owned()),
    ];
    change(&mut query);
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let reply = http.get(app["auth_uri"].as_str().unwrap()).query(&query).send().await.unwrap();
    let status = reply.status().as_u16();
    let place = reply.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    let pairs = place
        .as_deref()
        .and_then(|place| url::Url::parse(place).ok())
        .map(|uri| uri.query_pairs().into_owned().collect::<Vec<_>>());
    (status, place.unwrap_or(reply.text().await.unwrap()), pairs.unwrap_or_default())
}

async fn redeem(client: &Client, change: &[(&str, &str)]) -> Answer {
    let app = app(client);
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", app["client_id"].as_str().unwrap()),
        ("client_secret", app["client_secret"].as_str().unwrap()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in change {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    answer(client.http.post(app["token_uri"].as_str().unwrap()).form(&form).send().await.unwrap()).await
}

async fn code(client: &Client) -> String {
    let (status, place, pairs) = browse(client, |_| {}).await;
    assert_eq!(status, 302, "{place}");
    assert!(place.starts_with(BACK), "{place}");
    assert!(pairs.contains(&("state".to_owned(), "s-1".to_owned())));
    pairs.into_iter().find(|(name, _)| name == "code").unwrap().1
}

fn problem(answer: &Answer) -> (u16, &str, &str) {
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default();
    (answer.status, text("error"), text("error_description"))
}

#[tokio::test]
async fn an_administrator_signs_in_in_the_browser_and_the_refresh_token_goes_on_until_it_is_revoked() {
    let client = client_with("{}").await;
    let got = redeem(&client, &[("code", &code(&client).await)]).await;
    assert_eq!(got.status, 200, "{}", got.text);
    let token = got.body["access_token"].as_str().unwrap();
    assert_eq!(client.get("users/ana@juniper.example", token).await.status, 200);
    assert_eq!(client.directory(Method::PUT, "users/ana@juniper.example", token, Some(json!({}))).await.status, 403);
    // Delegates are for service accounts only.
    assert_eq!(client.delegates(Method::GET, "", token, None).await.status, 403);
    let refresh = got.body["refresh_token"].as_str().unwrap();
    let again = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let next = redeem(&client, &again).await;
    assert_eq!(next.status, 200, "{}", next.text);
    assert!(next.body.get("refresh_token").is_none());
    let url = client.url("oauth2.googleapis.com", "revoke");
    assert_eq!(client.http.post(&url).form(&[("token", refresh)]).send().await.unwrap().status(), 200);
    assert_eq!(problem(&redeem(&client, &again).await), (400, "invalid_grant", "Token has been expired or revoked."));
}

#[tokio::test]
async fn a_code_is_good_once_for_the_client_that_asked_and_not_for_long() {
    let client = client_with("{}").await;
    for (change, error) in [
        (("code_verifier", "another-one"), (400, "invalid_grant", "Invalid code verifier.")),
        (("redirect_uri", "http://127.0.0.1:1/"), (400, "redirect_uri_mismatch", "Bad Request")),
    ] {
        let code = code(&client).await;
        assert_eq!(problem(&redeem(&client, &[("code", &code), change]).await), error);
        let used = redeem(&client, &[("code", &code)]).await;
        assert_eq!(problem(&used), (400, "invalid_grant", "Malformed auth code."));
    }
    let wrong = redeem(&client, &[("code", &code(&client).await), ("client_secret", "x")]).await;
    assert_eq!(problem(&wrong), (401, "invalid_client", "Unauthorized"));
    let late = code(&client).await;
    client.pass(601).await;
    assert_eq!(redeem(&client, &[("code", &late)]).await.status, 400);
}

#[tokio::test]
async fn the_browser_is_sent_nowhere_but_to_the_apps_own_machine() {
    let client = client_with("{}").await;
    for (name, value, status, word) in [
        ("redirect_uri", "https://elsewhere.example/", 400, "redirect_uri_mismatch"),
        ("redirect_uri", "http://127.0.0.1.elsewhere.example/", 400, "redirect_uri_mismatch"),
        ("client_id", "nobody", 401, "invalid_client"),
        ("response_type", "token", 400, "unsupported_response_type"),
        ("scope", "https://www.googleapis.com/auth/fly", 400, "invalid_scope"),
    ] {
        let (got, text, pairs) = browse(&client, |query| {
            query.retain(|(known, _)| *known != name);
            query.push((name, value.to_owned()));
        })
        .await;
        assert_eq!((got, pairs.len()), (status, 0), "{text}");
        assert!(text.contains(word), "{text}");
    }
    let client = client_with("{consents: false}").await;
    let (status, _, pairs) = browse(&client, |_| {}).await;
    assert_eq!((status, pairs[1].clone()), (302, ("error".to_owned(), "access_denied".to_owned())));
}

#[tokio::test]
async fn a_refresh_token_ends_with_its_time_with_a_revocation_of_all_and_with_the_account() {
    let refresh = async |client: &Client| {
        let got = redeem(client, &[("code", &code(client).await)]).await;
        got.body["refresh_token"].as_str().unwrap_or_else(|| panic!("{}", got.text)).to_owned()
    };
    let ended = (400, "invalid_grant", "Token has been expired or revoked.");
    let client = client_with("{refresh-token-seconds: 604800}").await;
    let token = refresh(&client).await;
    let again = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    assert_eq!(redeem(&client, &again).await.status, 200);
    client.pass(604_800).await;
    assert_eq!(problem(&redeem(&client, &again).await), ended);
    let client = client_with("{refresh-tokens-revoked: true}").await;
    let token = refresh(&client).await;
    assert_eq!(problem(&redeem(&client, &[("grant_type", "refresh_token"), ("refresh_token", &token)]).await), ended);
    let client = client_with("{person: ana@juniper.example}").await;
    let token = refresh(&client).await;
    client.sandbox.with_world(|world| world.leave(&"ana@juniper.example".parse().unwrap())).unwrap();
    assert_eq!(problem(&redeem(&client, &[("grant_type", "refresh_token"), ("refresh_token", &token)]).await), ended);
}

async fn machine(client: &Client, path: &str, flavour: bool) -> Answer {
    let url = client.url("metadata.google.internal", &format!("computeMetadata/v1/{path}"));
    let request = client.http.get(url);
    let request = if flavour { request.header("metadata-flavor", "Google") } else { request };
    answer(request.send().await.unwrap()).await
}

async fn sign(client: &Client, token: &str, access: Access, claims: &Value) -> Answer {
    let key: Value = serde_json::from_str(&client.sandbox.google_key("juniper.example", access).unwrap()).unwrap();
    let email = key["client_email"].as_str().unwrap();
    let path = format!("v1/projects/-/serviceAccounts/{email}:signJwt");
    let body = Some(json!({"payload": claims.to_string(), "delegates": []}));
    client.call(Method::POST, "iamcredentials.googleapis.com", &path, token, body).await
}

#[tokio::test]
async fn a_machine_signs_without_a_key_and_acts_for_the_administrator() {
    let client = client_with("{metadata-server: write}").await;
    assert_eq!(machine(&client, "instance/service-accounts/default/token", false).await.status, 403);
    let email = machine(&client, "instance/service-accounts/default/email", true).await;
    assert_eq!(email.headers["metadata-flavor"], "Google");
    assert!(email.text.starts_with("tripod-write@"), "{}", email.text);
    let token = machine(&client, "instance/service-accounts/default/token", true).await;
    let token = token.body["access_token"].as_str().unwrap().to_owned();
    let mut claims = client.claims(Access::Read, "admin@juniper.example", &["admin.directory.user.readonly"]);
    let signed = sign(&client, &token, Access::Read, &claims).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    let got = client.exchange(signed.body["signedJwt"].as_str().unwrap()).await;
    assert_eq!(got.status, 200, "{}", got.text);
    // By itself the machine's account administers nothing.
    assert_eq!(client.get("users/ana@juniper.example", &token).await.status, 403);
    claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 13 * 3600);
    assert_eq!(sign(&client, &token, Access::Read, &claims).await.status, 400);
    claims["exp"] = json!("soon");
    assert_eq!(sign(&client, &token, Access::Read, &claims).await.status, 400);
    let narrow = format!("instance/service-accounts/default/token?scopes={AUTH}apps.licensing");
    let narrow = machine(&client, &narrow, true).await.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(sign(&client, &narrow, Access::Read, &claims).await.reason(), "insufficientPermissions");
}

#[tokio::test]
async fn without_the_right_to_sign_or_with_the_service_off_nothing_is_signed() {
    let client = client_with("{metadata-server: read, token-creator: false}").await;
    let token = machine(&client, "instance/service-accounts/default/token", true).await;
    let token = token.body["access_token"].as_str().unwrap().to_owned();
    let claims = client.claims(Access::Read, "admin@juniper.example", &["admin.directory.user.readonly"]);
    let refused = sign(&client, &token, Access::Read, &claims).await;
    assert_eq!(refused.status, 403);
    assert!(refused.message().contains("iam.serviceAccounts.signJwt"), "{}", refused.text);
    let client = client_with("{metadata-server: read}\n    apis-off: [iamcredentials]").await;
    let token = machine(&client, "instance/service-accounts/default/token", true).await;
    let token = token.body["access_token"].as_str().unwrap().to_owned();
    let off = sign(&client, &token, Access::Read, &claims).await;
    assert_eq!(off.body["error"]["details"][0]["reason"], "SERVICE_DISABLED", "{}", off.text);
    assert_eq!(machine(&client_with("{}").await, "project/project-id", true).await.status, 404);
}

async fn swap(client: &Client, subject: &str, audience: &str) -> Answer {
    let body = json!({
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": audience,
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
        "subjectToken": subject,
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
    });
    let url = client.url("sts.googleapis.com", "v1/token");
    answer(client.http.post(url).json(&body).send().await.unwrap()).await
}

#[tokio::test]
async fn a_workload_from_outside_signs_too_and_can_do_nothing_else() {
    let client = client_with(&federated()).await;
    let outside = client.sandbox.google_subject_token("juniper.example", "repo:main").unwrap();
    let got = swap(&client, &outside, POOL).await;
    assert_eq!(got.status, 200, "{}", got.text);
    let token = got.body["access_token"].as_str().unwrap();
    let claims = client.claims(Access::Write, "admin@juniper.example", &["admin.directory.user"]);
    let signed = sign(&client, token, Access::Write, &claims).await;
    assert_eq!(client.exchange(signed.body["signedJwt"].as_str().unwrap()).await.status, 200);
    assert_eq!(client.get("users/ana@juniper.example", token).await.status, 403);
    let (head, signature) = outside.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for (subject, audience, error) in [
        (outside.clone(), "//iam.googleapis.com/projects/2", "invalid_target"),
        (format!("{head}.{turned}"), POOL, "invalid_grant"),
        ("rubbish".to_owned(), POOL, "invalid_grant"),
        (client.sandbox.google_subject_token("juniper.example", "repo:fork").unwrap(), POOL, "unauthorized_client"),
        (client.assertion(Access::Read, &claims), POOL, "invalid_grant"),
    ] {
        let refused = swap(&client, &subject, audience).await;
        assert_eq!(problem(&refused).1, error, "{}", refused.text);
    }
    client.sandbox.with_world(|world| world.set_clock_skew(SignedDuration::from_mins(20))).unwrap();
    assert_eq!(problem(&swap(&client, &outside, POOL).await).2, "ID Token is stale to sign-in.");
}

#[tokio::test]
async fn a_service_account_with_a_role_of_its_own_shows_its_signature_and_needs_nobody() {
    let client = client_with("{service-account-role: true, delegation: false}").await;
    let own = |access: Access, audience: &str| {
        let mut claims = client.claims(access, "", &[]);
        claims["sub"] = claims["iss"].clone();
        claims["aud"] = json!(audience);
        claims.as_object_mut().unwrap().remove("scope");
        client.assertion(access, &claims)
    };
    let token = own(Access::Read, "https://admin.googleapis.com/");
    assert_eq!(client.get("users?customer=C0juniper", &token).await.status, 200);
    assert_eq!(client.get("users?customer=my_customer", &token).await.status, 400);
    let change = Some(json!({"suspended": true}));
    assert_eq!(client.directory(Method::PUT, "users/ben@juniper.example", &token, change.clone()).await.status, 403);
    let writer = own(Access::Write, "https://admin.googleapis.com/");
    assert_eq!(client.directory(Method::PUT, "users/ben@juniper.example", &writer, change).await.status, 200);
    // Good for that API only, and not for what super administrators do.
    let path = "v1/policies";
    assert_eq!(client.call(Method::GET, "cloudidentity.googleapis.com", path, &token, None).await.status, 401);
    let policies = own(Access::Read, "https://cloudidentity.googleapis.com/");
    assert_eq!(client.call(Method::GET, "cloudidentity.googleapis.com", path, &policies, None).await.status, 403);
    let gmail = own(Access::Read, "https://gmail.googleapis.com/");
    assert_eq!(client.delegates(Method::GET, "", &gmail, None).await.status, 403);
    let delegated = client.claims(Access::Read, "admin@juniper.example", &["admin.directory.user.readonly"]);
    assert_eq!(client.exchange(&client.assertion(Access::Read, &delegated)).await.status, 401);
    let none = client_with("{}").await;
    assert_eq!(none.get("users?customer=C0juniper", &token).await.status, 403);
}

#[tokio::test]
async fn clocks_that_are_ten_minutes_apart_refuse_the_assertion_and_say_what_time_it_is() {
    let text = WORLD.replacen("seed: 3\n", "seed: 3\nclock-skew-seconds: -600\n", 1);
    let description = Description::read("sandbox.yaml", text.as_bytes()).unwrap();
    let client = client_of(World::new(&description).unwrap(), None).await;
    let claims = client.claims(Access::Read, "admin@juniper.example", &["admin.directory.user.readonly"]);
    let refused = client.exchange(&client.assertion(Access::Read, &claims)).await;
    assert_eq!((refused.status, refused.body["error"].as_str()), (400, Some("invalid_grant")));
    let date = refused.headers["date"].to_str().unwrap();
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap();
    let behind = claims["iat"].as_i64().unwrap() - date.as_second();
    assert!((570..=630).contains(&behind), "{behind}");
    client.sandbox.with_world(|world| world.set_clock_skew(SignedDuration::ZERO)).unwrap();
    assert_eq!(client.exchange(&client.assertion(Access::Read, &claims)).await.status, 200);
}
