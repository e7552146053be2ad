//! Signing in in every way, and everything that can go wrong with it. These exchanges stand in no contract of Google's
//! (a browser, a metadata server), so none of them is logged for one.

mod browser;
pub(crate) mod diagnosed;

mod itself;
mod keyless;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tripod_google::{
    AmbientPlaces, BrowserClient, CallerCredential, GoogleDoctor, GoogleIdentity, GoogleReader, GoogleTenant,
    GoogleWriter, ServiceAccountKey,
};
use tripod_sandbox::{Access, Description, Options, Sandbox, World};
use tripod_tenant::{Endpoints, Observed, RefreshTokens, TenantError, TenantReader};

use crate::support::{CUSTOMER, OLD_MAILBOXES, address, at};

const POOL: &str = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/git";

/// A customer that can be signed in to in the ways that these lines say.
pub(crate) struct Customer {
    pub(crate) sandbox: Sandbox,
    endpoints: Endpoints,
    log: PathBuf,
}

async fn customer(sign_in: &str) -> Customer {
    customer_with(sign_in, "").await
}

/// The same with more lines in the description of the customer.
pub(crate) async fn customer_with(sign_in: &str, lines: &str) -> Customer {
    static LOGS: AtomicUsize = AtomicUsize::new(0);
    let head = format!("    admin: admin@juniper.example\n    google-sign-in: {sign_in}\n{lines}");
    let description = CUSTOMER.replacen("    admin: admin@juniper.example\n", &head, 1) + OLD_MAILBOXES;
    let description = Description::read("sandbox.yaml", description.as_bytes()).unwrap();
    let name = format!("sign-in-{}-{}.jsonl", std::process::id(), LOGS.fetch_add(1, Ordering::Relaxed));
    let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let options = Options { wire_log: Some(log.clone()), ..Options::default() };
    let sandbox = Sandbox::start(World::new(&description).unwrap(), options).await.unwrap();
    let endpoints = Endpoints::stand_in(sandbox.url().clone()).unwrap();
    Customer { sandbox, endpoints, log }
}

impl Drop for Customer {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.log.with_extension("token"));
        let _ = std::fs::remove_file(&self.log);
    }
}

impl Customer {
    pub(crate) fn tenant() -> GoogleTenant {
        GoogleTenant {
            customer: "C0juniper1".to_owned(),
            admin: address("admin@juniper.example"),
            security_scope: false,
            mailbox_unit: "/Service mailboxes".to_owned(),
            domains: vec!["juniper.example".to_owned()],
        }
    }

    fn reader(&self, identity: impl Into<GoogleIdentity>) -> GoogleReader {
        GoogleReader::new(Self::tenant(), identity, self.endpoints.clone(), self.sandbox.clock()).unwrap()
    }

    fn writer(&self, identity: impl Into<GoogleIdentity>) -> GoogleWriter {
        GoogleWriter::new(Self::tenant(), identity, self.endpoints.clone(), self.sandbox.clock()).unwrap()
    }

    pub(crate) fn doctor(&self, identity: impl Into<GoogleIdentity>, writes: bool) -> GoogleDoctor {
        GoogleDoctor::new(Self::tenant(), identity, writes, self.endpoints.clone(), self.sandbox.clock()).unwrap()
    }

    pub(crate) fn key_json(&self, access: Access) -> Value {
        serde_json::from_str(&self.sandbox.google_key("juniper", access).unwrap()).unwrap()
    }

    pub(crate) fn key(&self, access: Access) -> ServiceAccountKey {
        ServiceAccountKey::from_json(&self.key_json(access).to_string().into()).unwrap()
    }

    /// The service account with this access, which somebody else has Google sign for.
    fn keyless(&self, access: Access, caller: CallerCredential) -> GoogleIdentity {
        GoogleIdentity::keyless(self.key_json(access)["client_email"].as_str().unwrap(), caller).unwrap()
    }

    fn client(&self) -> BrowserClient {
        BrowserClient::from_json(&self.sandbox.google_client("juniper").unwrap().into()).unwrap()
    }

    /// The file of a workload that has a token of the provider outside for this subject.
    fn external(&self, subject: &str) -> Value {
        let token = self.sandbox.google_subject_token("juniper", subject).unwrap();
        let file = self.log.with_extension("token");
        std::fs::write(&file, token).unwrap();
        json!({
            "type": "external_account",
            "audience": POOL,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": format!("{}sts.googleapis.com/v1/token", self.sandbox.url()),
            "credential_source": { "file": file },
        })
    }

    /// How many exchanges had this text in their URL.
    pub(crate) fn exchanges(&self, text: &str) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let urls =
            log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["url"].as_str().unwrap().to_owned());
        urls.filter(|url| url.contains(text)).count()
    }

    pub(crate) async fn pass(&self, seconds: u64) {
        tripod_tenant::Clock::sleep(self.sandbox.clock().as_ref(), std::time::Duration::from_secs(seconds)).await;
    }
}

fn federated(subjects: &str) -> String {
    format!("{{federation: {{audience: '{POOL}', issuer: 'https://ci.example', subjects: ['{subjects}']}}}}")
}

fn file(json: &Value) -> CallerCredential {
    CallerCredential::from_json(&json.to_string().into()).unwrap()
}

/// A machine without any file of credentials on it.
fn machine() -> CallerCredential {
    CallerCredential::ambient(AmbientPlaces::default())
}

/// Why an account cannot be read, or nothing if it can.
async fn refusal(reader: &GoogleReader) -> Option<String> {
    match reader.people(&[at("ana")]).await.remove(0) {
        Observed::Present(_) => None,
        Observed::Unknown(unknown) => Some(unknown.reason),
        Observed::Absent => panic!("Ana is not there"),
    }
}

/// Keeps a refresh token in memory, and counts how often it is asked for.
#[derive(Default)]
struct Kept {
    token: Mutex<Option<SecretString>>,
    loads: AtomicUsize,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept")
    }
}

impl RefreshTokens for Kept {
    fn load(&self) -> Result<Option<SecretString>, TenantError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        Ok(self.token.lock().unwrap().clone())
    }

    fn store(&self, token: &SecretString) -> Result<(), TenantError> {
        *self.token.lock().unwrap() = Some(token.clone());
        Ok(())
    }
}

fn kept(token: &SecretString) -> Arc<Kept> {
    let kept = Arc::new(Kept::default());
    kept.store(token).unwrap();
    kept
}

/// Whether a text has any of these secrets in it.
fn shows(text: &str, secrets: &[&SecretString]) -> bool {
    secrets.iter().any(|secret| text.contains(secret.expose_secret()))
}
