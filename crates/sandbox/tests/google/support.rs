//! A foreign client: plain HTTP, assertions signed by hand.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use tripod_sandbox::{Access, Description, Options, Sandbox, World};
use tripod_tenant::Clock;

pub(crate) const AUTH: &str = "https://www.googleapis.com/auth/";

pub(crate) const WORLD: &str = "
version: 1
starts: 2026-11-23T09:00:00Z
seed: 3
lag-seconds: 10
tenants:
  juniper:
    provider: google-workspace
    customer: C0juniper
    domains: [juniper.example, second.example]
    admin: admin@juniper.example
    seats: 12
    units:
      /: {mail-delegation: true}
      /Staff: {mail-delegation: true}
      /Locked: {mail-delegation: false}
    people:
      - {address: admin@juniper.example, name: Admin Account}
      - {address: ana@juniper.example, name: Ana Lopes, department: IT, aliases: [al@juniper.example]}
      - {address: ben@juniper.example, name: Ben Ito, manager: ana@juniper.example, unit: /Staff}
      - {address: cara@juniper.example, name: Cara Diaz}
      - {address: dan@juniper.example, name: Dan Weber, standing: disabled}
      - {address: lou@juniper.example, name: Lou Low, unit: /Locked}
      - {address: guy@juniper.example, name: Guy Petit, standing: no-mailbox}
      - {address: fay@juniper.example, name: Fay Olsen, standing: deleted}
    groups:
      - {address: staff@juniper.example, name: Staff, owners: [ana@juniper.example], members: [ben@juniper.example, dan@juniper.example]}
    mailboxes:
      - {address: box@juniper.example, name: The Box, kind: shared-mailbox, delegates: [ana@juniper.example]}
    apps:
      - name: Slack
        publisher: Slack Technologies
        verified: true
        grants:
          - {person: ana@juniper.example, scopes: [openid, email, profile]}
          - {person: dan@juniper.example, scopes: [openid, https://www.googleapis.com/auth/calendar], since: 2026-11-01T08:00:00Z}
      - name: PDF Wizard
        grants:
          - {person: ana@juniper.example, scopes: [https://mail.google.com/, https://www.googleapis.com/auth/drive]}
";

pub(crate) fn description() -> Description {
    Description::read("sandbox.yaml", WORLD.as_bytes()).unwrap()
}

pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn message(&self) -> &str {
        self.body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn reason(&self) -> &str {
        self.body.pointer("/error/errors/0/reason").and_then(Value::as_str).unwrap_or_default()
    }
}

fn log() -> PathBuf {
    static FRESH: Once = Once::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/wire/sandbox-google.jsonl");
    // A log that an older program wrote says nothing about this one.
    FRESH.call_once(|| {
        let time =
            |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        if time(&file) < time(&std::env::current_exe().unwrap()) {
            let _ = std::fs::remove_file(&file);
        }
    });
    file
}

/// A sandbox whose exchanges are held against the vendor's contract.
pub(crate) async fn client() -> Client {
    client_of(World::new(&description()).unwrap(), Some(log())).await
}

/// A sandbox for calls that no client would make of Google, and for what has no place in the contract.
pub(crate) async fn rude_client() -> Client {
    client_of(World::new(&description()).unwrap(), None).await
}

pub(crate) async fn client_of(world: World, wire_log: Option<PathBuf>) -> Client {
    let sandbox = Sandbox::start(world, Options { wire_log, ..Options::default() }).await.unwrap();
    Client { sandbox, http: reqwest::Client::new() }
}

impl Client {
    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("{}{host}/{path}", self.sandbox.url())
    }

    /// The claims of an assertion that is good.
    pub(crate) fn claims(&self, access: Access, sub: &str, scopes: &[&str]) -> Value {
        let key: Value = serde_json::from_str(&self.sandbox.google_key("juniper.example", access).unwrap()).unwrap();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let scopes: Vec<String> = scopes.iter().map(|scope| format!("{AUTH}{scope}")).collect();
        json!({
            "iss": key["client_email"], "sub": sub, "scope": scopes.join(" "), "aud": key["token_uri"],
            "iat": now, "exp": now + 3600,
        })
    }

    pub(crate) fn assertion(&self, access: Access, claims: &Value) -> String {
        let key: Value = serde_json::from_str(&self.sandbox.google_key("juniper.example", access).unwrap()).unwrap();
        let mut header = Header::new(Algorithm::RS256);
        header.kid = key["private_key_id"].as_str().map(str::to_owned);
        let private = EncodingKey::from_rsa_pem(key["private_key"].as_str().unwrap().as_bytes()).unwrap();
        jsonwebtoken::encode(&header, claims, &private).unwrap()
    }

    pub(crate) async fn exchange(&self, assertion: &str) -> Answer {
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
        let reply = self.http.post(self.url("oauth2.googleapis.com", "token")).form(&form).send().await.unwrap();
        answer(reply).await
    }

    pub(crate) async fn token(&self, access: Access, sub: &str, scopes: &[&str]) -> String {
        let answer = self.exchange(&self.assertion(access, &self.claims(access, sub, scopes))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// A token of the administrator with everything that the writing account may do in the Directory.
    pub(crate) async fn admin(&self) -> String {
        let scopes = [
            "admin.directory.user",
            "admin.directory.group",
            "admin.directory.group.member",
            "apps.groups.settings",
            "admin.directory.domain.readonly",
            "admin.directory.orgunit.readonly",
            "admin.directory.customer.readonly",
            "apps.licensing",
            "cloud-identity.policies.readonly",
        ];
        self.token(Access::Write, "admin@juniper.example", &scopes).await
    }

    pub(crate) async fn mailbox(&self, sub: &str) -> String {
        self.token(Access::Write, sub, &["gmail.settings.sharing", "gmail.settings.basic"]).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        host: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, self.url(host, path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, "admin.googleapis.com", &format!("admin/directory/v1/{path}"), token, None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::POST, "admin.googleapis.com", &format!("admin/directory/v1/{path}"), token, Some(body)).await
    }

    pub(crate) async fn directory(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        self.call(method, "admin.googleapis.com", &format!("admin/directory/v1/{path}"), token, body).await
    }

    pub(crate) async fn delegates(&self, method: Method, rest: &str, token: &str, body: Option<Value>) -> Answer {
        let path = format!("gmail/v1/users/me/settings/delegates{rest}");
        self.call(method, "gmail.googleapis.com", &path, token, body).await
    }

    pub(crate) async fn settings(&self, method: Method, group: &str, token: &str, body: Option<Value>) -> Answer {
        self.call(method, "www.googleapis.com", &format!("groups/v1/groups/{group}?alt=json"), token, body).await
    }

    /// Lets the sandbox's time pass.
    pub(crate) async fn pass(&self, seconds: u64) {
        self.sandbox.clock().sleep(Duration::from_secs(seconds)).await;
    }
}

pub(crate) async fn answer(reply: reqwest::Response) -> Answer {
    let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
    let text = reply.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, headers, text, body }
}

/// The body of a new service mailbox.
pub(crate) fn new_user(name: &str) -> Value {
    json!({
        "primaryEmail": format!("{name}@juniper.example"),
        "name": {"givenName": name, "familyName": "Service"},
        "password": "a-long-enough-one",
        "externalIds": [{"type": "custom", "customType": "managed-by", "value": "tests"}],
    })
}
