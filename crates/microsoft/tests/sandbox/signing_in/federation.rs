//! The token of another issuer in place of a secret.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use tripod_microsoft::{AppCredentials, ClientProof, ForeignToken, GithubToken, TokenFile};
use tripod_sandbox::Access;
use tripod_tenant::{CauseId, ErrorKind, TenantError, TenantReader};

use crate::odd_server::{self, Asked, ok};
use crate::{TENANT, Tenant, at, tenant_without_log};

/// Proof by the file that Kubernetes would name.
pub(super) fn kubernetes(file: &Path) -> ClientProof {
    let path = file.to_str().unwrap().to_owned();
    let named = TokenFile::of_kubernetes(|name| (name == "AZURE_FEDERATED_TOKEN_FILE").then(|| path.clone()));
    ClientProof::Federated(Arc::new(named.unwrap()))
}

/// A token that a test made.
#[derive(Debug)]
pub(super) struct Made(pub(super) String);

#[async_trait]
impl ForeignToken for Made {
    async fn read(&self) -> Result<SecretString, TenantError> {
        Ok(self.0.clone().into())
    }
}

pub(super) fn trusting_github() -> Value {
    json!({"sign-in": {"federated": [{"issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:northwind/it:ref:refs/heads/main", "identity": "read"}]}})
}

impl Tenant {
    pub(super) fn foreign_token(&self) -> String {
        self.sandbox.with_world(|world| world.microsoft_foreign_token(TENANT, Access::Read)).unwrap()
    }

    pub(super) fn federated(&self, token: impl ForeignToken + 'static) -> AppCredentials {
        AppCredentials { proof: ClientProof::Federated(Arc::new(token)), ..self.credentials(Access::Read) }
    }
}

fn github(root: &str, token: &str) -> Result<GithubToken, TenantError> {
    let (url, token) = (format!("{root}idtoken?api-version=2.0"), token.to_owned());
    GithubToken::from_variables(move |name| match name {
        "ACTIONS_ID_TOKEN_REQUEST_URL" => Some(url.clone()),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN" => Some(token.clone()),
        _ => None,
    })
}

#[tokio::test]
async fn the_token_of_a_job_signs_in_and_is_asked_for_each_time() {
    let tenant = tenant_without_log(trusting_github()).await;
    let (asked_for, token) = (Arc::new(Mutex::new(Vec::new())), tenant.foreign_token());
    let seen = Arc::clone(&asked_for);
    let root = odd_server::serving(move |asked: &Asked| {
        let mut seen = seen.lock().unwrap();
        seen.push((asked.path.clone(), asked.head.clone()));
        // The first answer is a busy service's.
        if seen.len() == 1 { (503, Vec::new(), Value::Null) } else { ok(json!({"count": 1, "value": token})) }
    })
    .await;
    let github = github(&root, "j0b-s3cret").unwrap();
    assert!(!format!("{github:?}").contains("s3cret"));
    let reader = tenant.reader_with(tenant.federated(github));
    assert!(reader.people(&[at("alice")]).await[0].present().is_some());
    assert!(reader.service_mailboxes().await.unwrap().is_empty());
    let asked_for = asked_for.lock().unwrap();
    assert_eq!(asked_for.len(), 3, "one for each resource, and one that failed: {asked_for:?}");
    for (path, head) in asked_for.iter() {
        assert_eq!(path, "/idtoken?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange");
        assert!(head.contains("authorization: bearer j0b-s3cret"), "{head}");
    }
}

#[tokio::test]
async fn a_job_without_a_token_says_which_line_it_lacks() {
    let error = GithubToken::from_variables(|_| None).unwrap_err();
    assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::GithubTokenAbsent)));
    assert!(error.message.contains("permissions: id-token: write"), "{error}");
    // What GitHub sets goes to GitHub over TLS only.
    assert_eq!(github("http://evil.example/", "j0b-s3cret").unwrap_err().kind, ErrorKind::SetUp);
    assert!(github("https://pipelines.actions.githubusercontent.com/", "x").is_ok());
    // After the job its token is worth nothing.
    let root = odd_server::serving(|_| (401, Vec::new(), json!({"message": "j0b-s3cret is not valid"}))).await;
    let error = github(&root, "j0b-s3cret").unwrap().read().await.unwrap_err();
    assert_eq!(error.cause, Some(CauseId::GithubTokenAbsent));
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test]
async fn the_file_of_a_pod_is_read_each_time() {
    let tenant = tenant_without_log(trusting_github()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let reader = tenant.reader_with(AppCredentials { proof: kubernetes(&file), ..tenant.credentials(Access::Read) });
    let error = reader.directory().await.unwrap_err();
    assert_eq!(error.cause, Some(CauseId::CredentialAbsent), "{error}");
    std::fs::write(&file, "an.old.t0ken\n").unwrap();
    let error = reader.directory().await.unwrap_err();
    assert!(error.kind == ErrorKind::SetUp && !error.to_string().contains("t0ken"), "{error}");
    std::fs::write(&file, tenant.foreign_token() + "\n").unwrap();
    assert!(reader.people(&[at("alice")]).await[0].present().is_some());
    let error = TokenFile::of_kubernetes(|_| None).unwrap_err();
    assert_eq!(error.cause, Some(CauseId::KubernetesTokenAbsent));
}

#[tokio::test]
async fn a_token_that_the_app_registration_does_not_trust_is_told_as_that() {
    let trusting = tenant_without_log(trusting_github()).await;
    let good = trusting.foreign_token();
    let distrusting = tenant_without_log(json!({})).await;
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    for (tenant, token) in [(&distrusting, distrusting.foreign_token()), (&distrusting, good), (&trusting, forged)] {
        let credentials = tenant.federated(Made(token.clone()));
        let error = tenant.reader_with(credentials).directory().await.unwrap_err();
        assert_eq!(error.cause, Some(CauseId::MicrosoftFederationRefused), "{error}");
        assert!(!error.to_string().contains(&token), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_of_anothers_token_blames_neither_a_certificate_nor_a_clock() {
    for number in [700_024, 700_027, 70_021, 700_211, 700_212, 700_213] {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let root = odd_server::serving(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            (401, Vec::new(), json!({"error": "invalid_client", "error_codes": [number]}))
        })
        .await;
        let proof = ClientProof::Federated(Arc::new(Made("a.b.c".to_owned())));
        let error = odd_server::reader_at(&root, proof, odd_server::clock()).directory().await.unwrap_err();
        assert_eq!(error.cause, Some(CauseId::MicrosoftFederationRefused), "{number}: {error}");
        assert!(!error.message.contains("clock") && !error.message.contains("certificate"), "{error}");
    }
}
