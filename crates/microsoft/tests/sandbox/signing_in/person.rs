//! A person signs in with a device code.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tripod_microsoft::{AppCredentials, ClientProof, DeviceSignIn, MicrosoftReader, MicrosoftWriter, SignedIn};
use tripod_model::Kind;
use tripod_sandbox::Access;
use tripod_tenant::{
    CauseId, Clock, Endpoints, ErrorKind, NewMailbox, Observed, RefreshTokens, SignInFor, TenantError, TenantReader,
    TenantWriter,
};

use crate::odd_server::{self, ok};
use crate::{TENANT, Tenant, at, new, tenant_without_log, told};

/// Where a refresh token is kept in these tests.
#[derive(Default)]
pub(super) struct Kept {
    token: Mutex<Option<String>>,
    loads: AtomicUsize,
    /// Whether storing fails.
    full: bool,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

impl Kept {
    pub(super) fn with(token: &str) -> Self {
        Self { token: Mutex::new(Some(token.to_owned())), ..Self::default() }
    }

    pub(super) fn now(&self) -> Option<String> {
        self.token.lock().unwrap().clone()
    }
}

impl RefreshTokens for Kept {
    fn load(&self) -> Result<Option<SecretString>, TenantError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        Ok(self.now().map(SecretString::from))
    }

    fn store(&self, token: &SecretString) -> Result<(), TenantError> {
        if self.full {
            return Err(TenantError::new(ErrorKind::SetUp, "keep the sign-in", "the disk is full"));
        }
        *self.token.lock().unwrap() = Some(token.expose_secret().to_owned());
        Ok(())
    }
}

impl Tenant {
    pub(super) async fn start(&self, access: Access, purpose: SignInFor) -> Result<DeviceSignIn, TenantError> {
        let client_id = self.credentials(access).client_id.unwrap();
        DeviceSignIn::start(TENANT, &client_id, purpose, &self.endpoints(), self.sandbox.clock()).await
    }

    /// Somebody signs in; what they leave behind is kept.
    pub(super) async fn signed_in(&self, access: Access, purpose: SignInFor) -> AppCredentials {
        let signed_in = self.start(access, purpose).await.unwrap().wait().await.unwrap();
        self.on_behalf(access, Arc::new(Kept::with(signed_in.refresh_token.expose_secret())))
    }

    pub(super) fn on_behalf(&self, access: Access, kept: Arc<Kept>) -> AppCredentials {
        AppCredentials { proof: ClientProof::DeviceCode(kept), ..self.credentials(access) }
    }
}

fn by(outcome: &str) -> Value {
    json!({"sign-in": {"device-code": {"by": "alice@northwind.example", "after-polls": 2, "outcome": outcome}}})
}

#[tokio::test]
async fn a_code_that_is_typed_in_opens_graph_and_exchange_to_read() {
    let tenant = tenant_without_log(by("approved")).await;
    let begun = tenant.sandbox.clock().now();
    let start = tenant.start(Access::Read, SignInFor::Reading).await.unwrap();
    assert!(start.verification_uri().starts_with("https://") && !start.user_code().is_empty());
    assert!(start.message().contains(start.user_code()) && start.ends() > begun);
    let SignedIn { refresh_token, who } = start.wait().await.unwrap();
    assert_eq!(who.as_deref(), Some("alice@northwind.example"));
    // Two polls found it pending, and nobody asked more often than every five seconds.
    assert!(tenant.sandbox.clock().now().duration_since(begun).as_secs() >= 15);

    let kept = Arc::new(Kept::with(refresh_token.expose_secret()));
    let reader = tenant.reader_with(tenant.on_behalf(Access::Read, kept));
    assert!(reader.people(&[at("alice")]).await[0].present().is_some());
    assert!(reader.service_mailboxes().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_signed_in_for_both_writes_and_reads() {
    let tenant = tenant_without_log(by("approved")).await;
    let credentials = tenant.signed_in(Access::Write, SignInFor::Both).await;
    let writer =
        MicrosoftWriter::new(Tenant::tenant(), credentials.clone(), tenant.endpoints(), tenant.sandbox.clock())
            .unwrap();
    let wanted = [new(at("backups"), Kind::SharedMailbox)];
    told(|done| async move { writer.create(&wanted, &*done).await }).await.remove(0).unwrap();
    // Nobody sees it at once.
    tenant.sandbox.clock().sleep(std::time::Duration::from_mins(1)).await;
    let reader = tenant.reader_with(credentials);
    let addresses: Vec<_> = reader.service_mailboxes().await.unwrap().into_iter().map(|one| one.address).collect();
    assert_eq!(addresses, [at("backups")], "who signed in for both reads, too");
}

#[tokio::test]
async fn a_group_belongs_to_whom_it_was_made_for_and_not_to_whoever_signed_in() {
    let tenant = tenant_without_log(by("approved")).await;
    let credentials = tenant.signed_in(Access::Write, SignInFor::Both).await;
    let writer =
        MicrosoftWriter::new(Tenant::tenant(), credentials.clone(), tenant.endpoints(), tenant.sandbox.clock())
            .unwrap();
    let bob = tenant.person_ref("bob").await;
    let wanted = [
        NewMailbox { first_owner: Some(bob), ..new(at("backups"), Kind::GroupInbox) },
        // With nobody named, Microsoft takes whoever signed in.
        new(at("nobodys"), Kind::GroupInbox),
    ];
    told(|done| async move { writer.create(&wanted, &*done).await })
        .await
        .into_iter()
        .for_each(|made| drop(made.unwrap()));
    tenant.sandbox.clock().sleep(std::time::Duration::from_mins(1)).await;
    for (name, owner) in [("backups", "bob"), ("nobodys", "alice")] {
        let seen = tenant.observed(name, Kind::GroupInbox).await;
        let delegates = seen.present().unwrap().delegates.present().unwrap();
        let owners: Vec<_> = delegates.iter().map(|one| (one.who.address().cloned(), one.rights.act)).collect();
        assert_eq!(owners, [(Some(at(owner)), true)], "{name}");
    }
}

#[tokio::test]
async fn a_code_that_is_declined_blocked_or_left_lying_is_told_apart() {
    for (outcome, cause) in [
        ("declined", CauseId::MicrosoftCodeDeclined),
        ("blocked", CauseId::MicrosoftConditionalAccess),
        ("ignored", CauseId::MicrosoftCodeExpired),
    ] {
        let tenant = tenant_without_log(by(outcome)).await;
        let error = tenant.start(Access::Read, SignInFor::Reading).await.unwrap().wait().await.unwrap_err();
        assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(cause)), "{error}");
    }
}

#[tokio::test]
async fn a_code_that_is_not_known_any_more_and_an_app_that_forbids_codes_are_told() {
    for (word, number, cause) in [
        ("bad_verification_code", 70_018, CauseId::MicrosoftCodeExpired),
        ("expired_token", 70_019, CauseId::MicrosoftCodeExpired),
        ("invalid_client", 7_000_218, CauseId::MicrosoftPublicFlowsOff),
        ("invalid_grant", 530_033, CauseId::MicrosoftConditionalAccess),
    ] {
        let (error, _) = polled(move |_| refused(word, number)).await;
        assert_eq!(error.unwrap_err().cause, Some(cause), "{word}");
    }
    // The words alone are enough.
    let (error, _) = polled(|_| (400, Vec::new(), json!({"error": "expired_token"}))).await;
    assert_eq!(error.unwrap_err().cause, Some(CauseId::MicrosoftCodeExpired));
}

fn refused(word: &str, number: u64) -> odd_server::Answer {
    (
        400,
        Vec::new(),
        json!({"error": word, "error_codes": [number], "error_description": format!("AADSTS{number}: x")}),
    )
}

/// Starts a sign-in whose polls are answered so, by their number from 0; gives the seconds at which they came.
async fn polled(
    answer: impl Fn(usize) -> odd_server::Answer + Send + Sync + 'static,
) -> (Result<SignedIn, TenantError>, Vec<i64>) {
    let clock = odd_server::clock();
    let (begun, seen) = (clock.now(), Arc::new(Mutex::new(Vec::new())));
    let (its_clock, times) = (Arc::clone(&clock), Arc::clone(&seen));
    let root = odd_server::serving(move |asked| {
        if asked.path.ends_with("/devicecode") {
            return ok(json!({"device_code": "d3vice-s3cret", "user_code": "ABCD", "interval": 5, "expires_in": 900,
                "verification_uri": "https://microsoft.com/devicelogin", "message": "x"}));
        }
        assert_eq!(asked.form["device_code"], "d3vice-s3cret");
        let mut times = times.lock().unwrap();
        times.push(its_clock.now().duration_since(begun).as_secs());
        answer(times.len() - 1)
    })
    .await;
    let endpoints = Endpoints::stand_in(root.parse().unwrap()).unwrap();
    let start = DeviceSignIn::start(TENANT, TENANT, SignInFor::Reading, &endpoints, clock).await.unwrap();
    assert!(!format!("{start:?}").contains("d3vice-s3cret") && !format!("{start:?}").contains("ABCD"));
    let outcome = start.wait().await;
    let times = seen.lock().unwrap().clone();
    (outcome, times)
}

#[tokio::test]
async fn who_is_told_to_slow_down_asks_five_seconds_later_each_time_from_then_on() {
    let (outcome, times) = polled(|number| match number {
        0 | 4 => refused("authorization_pending", 70_016),
        1 | 2 => (400, Vec::new(), json!({"error": "slow_down"})),
        3 => (503, Vec::new(), Value::Null),
        _ => ok(json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "a", "refresh_token": "r"})),
    })
    .await;
    assert_eq!(outcome.unwrap().refresh_token.expose_secret(), "r");
    assert_eq!(times, [5, 10, 20, 35, 55, 75]);
}

#[tokio::test]
async fn a_sign_in_that_leaves_nothing_for_later_is_an_error() {
    let (outcome, _) = polled(|_| ok(json!({"expires_in": 3599, "access_token": "a-s3cret"}))).await;
    let error = outcome.unwrap_err();
    assert!(error.message.contains("offline_access") && !error.to_string().contains("s3cret"), "{error}");
}

/// A server that gives out refresh tokens `r2`, `r3`, … for the one before, and refuses all others as expired.
fn rotating(
    calls: Arc<Mutex<Vec<String>>>,
    kept: Arc<Kept>,
) -> impl Fn(&odd_server::Asked) -> odd_server::Answer + Send + Sync + 'static {
    let current = Mutex::new(1);
    move |asked| {
        if !asked.path.contains("login.microsoftonline.com") {
            calls.lock().unwrap().push(format!("{} {}", asked.bearer, kept.now().unwrap_or_default()));
            return ok(json!({"value": []}));
        }
        let mut current = current.lock().unwrap();
        assert_eq!(asked.form["grant_type"], "refresh_token");
        if asked.form["refresh_token"] != format!("r{current}") {
            return refused("invalid_grant", 700_082);
        }
        *current += 1;
        calls.lock().unwrap().push(asked.form["scope"].clone());
        ok(json!({"expires_in": 3599, "access_token": format!("a{current}"), "refresh_token": format!("r{current}")}))
    }
}

#[tokio::test]
async fn a_new_refresh_token_is_kept_before_the_access_token_is_used() {
    let (calls, kept) = (Arc::default(), Arc::new(Kept::with("r1")));
    let root = odd_server::serving(rotating(Arc::clone(&calls), Arc::clone(&kept))).await;
    let reader = odd_server::reader_at(&root, ClientProof::DeviceCode(kept.clone()), odd_server::clock());
    reader.service_mailboxes().await.unwrap();
    let calls = calls.lock().unwrap().clone();
    let (scopes, uses): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.contains("offline_access"));
    assert_eq!(scopes.len(), 2, "{calls:?}");
    assert!(scopes.iter().all(|scope| !scope.contains("Write") && !scope.contains(".default")), "{scopes:?}");
    assert!(scopes.iter().any(|scope| scope.contains("https://outlook.office365.com/Exchange.Manage ")), "{scopes:?}");
    for call in uses {
        let (access, kept_then) = call.split_once(' ').unwrap();
        // `a2` came with `r2`, and `a3` with `r3`, which is as good or better.
        assert!(kept_then[1..] >= access[1..], "{calls:?}");
    }
    assert_eq!(kept.now().as_deref(), Some("r3"));
}

#[tokio::test]
async fn an_access_token_whose_refresh_token_cannot_be_kept_is_not_used() {
    let calls = Arc::default();
    let kept = Arc::new(Kept { full: true, ..Kept::with("r1") });
    let root = odd_server::serving(rotating(Arc::clone(&calls), Arc::clone(&kept))).await;
    let reader = odd_server::reader_at(&root, ClientProof::DeviceCode(kept), odd_server::clock());
    let error = reader.directory().await.unwrap_err();
    assert!(error.message.contains("disk is full"), "{error}");
    assert!(calls.lock().unwrap().iter().all(|call| call.contains("offline_access")), "nothing was asked with it");
}

/// Keeps one token until it has been read, and another one from then on, as when another run has replaced it.
#[derive(Debug)]
struct Replaced(Kept);

impl RefreshTokens for Replaced {
    fn load(&self) -> Result<Option<SecretString>, TenantError> {
        let first = self.0.loads.load(Ordering::Relaxed) == 0;
        let kept = self.0.load()?;
        Ok(if first { Some("stale".to_owned().into()) } else { kept })
    }

    fn store(&self, token: &SecretString) -> Result<(), TenantError> {
        self.0.store(token)
    }
}

#[tokio::test]
async fn a_refresh_token_that_another_run_has_replaced_meanwhile_is_taken_from_there() {
    let (calls, kept) = (Arc::default(), Arc::new(Kept::with("r1")));
    let root = odd_server::serving(rotating(calls, kept)).await;
    let proof = ClientProof::DeviceCode(Arc::new(Replaced(Kept::with("r1"))));
    let reader: MicrosoftReader = odd_server::reader_at(&root, proof, odd_server::clock());
    assert!(reader.directory().await.is_ok());
}

#[tokio::test]
async fn nobody_who_signed_in_and_a_sign_in_that_has_ended_are_told_with_what_to_do() {
    let tenant = tenant_without_log(json!({"sign-in": {"refresh-expired": true}})).await;
    let nobody = tenant.on_behalf(Access::Read, Arc::default());
    let expired = tenant.signed_in(Access::Read, SignInFor::Reading).await;
    for (credentials, cause) in [(nobody, CauseId::NotSignedIn), (expired, CauseId::MicrosoftSignInExpired)] {
        let Observed::Unknown(unknown) = tenant.reader_with(credentials.clone()).people(&[at("bob")]).await.remove(0)
        else {
            panic!("nobody is signed in");
        };
        assert_eq!(unknown.kind, ErrorKind::SetUp);
        assert!(unknown.reason.contains("tripod auth login"), "{}", unknown.reason);
        let error = tenant.reader_with(credentials).directory().await.unwrap_err();
        assert_eq!(error.cause, Some(cause), "{error}");
    }
}
