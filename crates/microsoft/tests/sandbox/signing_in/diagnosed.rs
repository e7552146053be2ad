//! The doctor names the one thing that keeps Tripod from signing in or from working.

use std::sync::Arc;

use serde_json::{Value, json};
use tripod_microsoft::{AppCredentials, ClientProof, ManagedIdentity, MicrosoftDoctor, MicrosoftTenant};
use tripod_sandbox::Access;
use tripod_tenant::{CauseId, Diagnosing, Diagnosis, Endpoints, Outcome, Purpose, SignInFor, TenantReader};

use super::federation::Made;
use crate::odd_server::{self, Asked, ok};
use crate::{TENANT, Tenant, tenant_without_log};

impl Tenant {
    async fn diagnosed(&self, credentials: AppCredentials, access: Access) -> Vec<Diagnosis> {
        self.diagnosed_as(TENANT, credentials, access).await
    }

    async fn diagnosed_as(&self, tenant_id: &str, credentials: AppCredentials, access: Access) -> Vec<Diagnosis> {
        let tenant = MicrosoftTenant { tenant_id: tenant_id.to_owned(), ..Self::tenant() };
        let writes = access == Access::Write;
        let doctor = MicrosoftDoctor::new(tenant, credentials, writes, self.endpoints(), self.sandbox.clock()).unwrap();
        doctor.diagnose(&Purpose::ALL, &[]).await
    }
}

fn causes(found: &[Diagnosis]) -> Vec<CauseId> {
    let is_missing = |one: &&Diagnosis| matches!(one.outcome, Outcome::Missing { .. });
    found.iter().filter(is_missing).filter_map(|one| one.cause).collect()
}

/// Asserts that nothing but this lacks.
fn names_only(found: &[Diagnosis], cause: CauseId) {
    let mut causes = causes(found);
    causes.dedup();
    assert_eq!(causes, [cause], "{found:#?}");
}

#[tokio::test]
async fn every_way_to_sign_in_that_works_lacks_nothing() {
    let tenant = tenant_without_log(json!({"sign-in": {"managed-identity": "read", "federated": [
        {"issuer": "https://issuer.example", "subject": "tripod", "identity": "read"}]}}))
    .await;
    let machine = ManagedIdentity::of_virtual_machine();
    for credentials in [
        tenant.credentials(Access::Read),
        tenant.signed_in(Access::Read, SignInFor::Reading).await,
        tenant.federated(Made(tenant.foreign_token())),
        AppCredentials { client_id: None, proof: ClientProof::ManagedIdentity(machine) },
    ] {
        let found = tenant.diagnosed(credentials.clone(), Access::Read).await;
        assert!(found.iter().all(|one| one.outcome == Outcome::Fine), "{credentials:?}: {found:#?}");
        // Signing in, seven permissions, tenant, domain, sign-in activity, and Exchange's two.
        assert!(found.len() >= 12, "{found:#?}");
        let subjects: Vec<&str> = found.iter().map(|one| one.subject.as_str()).collect();
        let is_person = matches!(credentials.proof, ClientProof::DeviceCode(_));
        let door = if is_person { "Exchange Online: Exchange.Manage" } else { "Exchange Online: Exchange.ManageAsApp" };
        assert!(subjects.contains(&door), "{subjects:?}");
    }
    let writes = tenant.signed_in(Access::Write, SignInFor::Writing).await;
    let found = tenant.diagnosed(writes, Access::Write).await;
    assert_eq!(causes(&found), [], "{found:#?}");
}

#[tokio::test]
async fn a_credential_that_does_not_sign_in_is_named() {
    let tenant = tenant_without_log(json!({})).await;
    let good = tenant.credentials(Access::Read);
    let other_id = || Some("00000000-1111-4222-8333-944444444444".to_owned());
    let with = |proof| AppCredentials { proof, ..tenant.credentials(Access::Read) };
    for (credentials, cause) in [
        (with(ClientProof::Secret("hunter2".to_owned().into())), CauseId::MicrosoftSecretWrong),
        (AppCredentials { client_id: other_id(), ..good.clone() }, CauseId::MicrosoftAppUnknown),
        (with(ClientProof::Certificate(foreign_certificate())), CauseId::MicrosoftCertificateRefused),
        (tenant.federated(Made(tenant.foreign_token())), CauseId::MicrosoftFederationRefused),
        (tenant.on_behalf(Access::Read, Arc::default()), CauseId::NotSignedIn),
        (
            AppCredentials {
                client_id: None,
                proof: ClientProof::ManagedIdentity(ManagedIdentity::of_virtual_machine()),
            },
            CauseId::MicrosoftNoManagedIdentity,
        ),
    ] {
        let found = tenant.diagnosed(credentials, Access::Read).await;
        names_only(&found, cause);
        assert!(!format!("{found:?}").contains("hunter2"));
    }
    let found = tenant.diagnosed_as("7f0c2d1e-1111-4222-8333-955555555555", good, Access::Read).await;
    names_only(&found, CauseId::MicrosoftTenantUnknown);
}

/// A certificate and a key that are nobody's in the tenant.
fn foreign_certificate() -> secrecy::SecretString {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../sandbox/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    (read("tests/tls/certificate.pem") + &read("keys/google.pem")).into()
}

#[tokio::test]
async fn a_credential_that_has_ended_is_named() {
    let tenant = tenant_without_log(json!({"sign-in": {"secret-expired": true, "refresh-expired": true}})).await;
    let secret = tenant.diagnosed(tenant.credentials(Access::Read), Access::Read).await;
    names_only(&secret, CauseId::MicrosoftSecretExpired);
    let person = tenant.signed_in(Access::Read, SignInFor::Reading).await;
    names_only(&tenant.diagnosed(person, Access::Read).await, CauseId::MicrosoftSignInExpired);
}

#[tokio::test]
async fn consent_that_nobody_gave_is_named() {
    let root = odd_server::serving(|_| {
        let text = "AADSTS65001: The user or administrator has not consented to use the application.";
        (400, Vec::new(), json!({"error": "invalid_grant", "error_codes": [65001], "error_description": text}))
    })
    .await;
    names_only(&diagnosed_at(&root).await, CauseId::MicrosoftNoConsent);
}

#[tokio::test]
async fn a_person_who_delegated_no_exchange_is_told_so_and_no_more_than_that() {
    let tenant = tenant_without_log(json!({"missing-permissions": ["Exchange.Manage"]})).await;
    let person = tenant.signed_in(Access::Write, SignInFor::Writing).await;
    names_only(&tenant.diagnosed(person.clone(), Access::Write).await, CauseId::MicrosoftNoConsent);
    let error = tenant.reader_with(person).service_mailboxes().await.unwrap_err();
    assert_eq!(error.cause, Some(CauseId::MicrosoftNoConsent), "{error}");

    let tenant = tenant_without_log(json!({"missing-permissions": ["User.EnableDisableAccount.All"]})).await;
    let error = tenant.start(Access::Write, SignInFor::Writing).await.unwrap().wait().await.unwrap_err();
    assert_eq!(error.cause, Some(CauseId::MicrosoftNoConsent), "{error}");
}

async fn diagnosed_at(root: &str) -> Vec<Diagnosis> {
    let tenant = MicrosoftTenant { tenant_id: TENANT.to_owned(), domains: vec!["a.test".to_owned()] };
    let credentials = AppCredentials {
        client_id: Some(TENANT.to_owned()),
        proof: ClientProof::DeviceCode(Arc::new(super::person::Kept::with("r1"))),
    };
    let endpoints = Endpoints::stand_in(root.parse().unwrap()).unwrap();
    let doctor = MicrosoftDoctor::new(tenant, credentials, false, endpoints, odd_server::clock()).unwrap();
    doctor.diagnose(&Purpose::ALL, &[]).await
}

#[tokio::test]
async fn a_clock_that_goes_wrong_is_named_before_anything_that_it_breaks() {
    let tenant = tenant_without_log(json!({})).await;
    let skew = jiff::SignedDuration::from_mins(10);
    tenant.sandbox.with_world(|world| world.set_clock_skew(skew)).unwrap();
    let pem = tenant.sandbox.microsoft_credentials(TENANT, Access::Read).unwrap().certificate_pem;
    let certificate = AppCredentials { proof: ClientProof::Certificate(pem), ..tenant.credentials(Access::Read) };
    names_only(&tenant.diagnosed(certificate, Access::Read).await, CauseId::ClockSkew);
}

#[tokio::test]
async fn exchanges_grants_are_told_apart() {
    for (missing, cause) in [
        ("Exchange.ManageAsApp", CauseId::ExchangeAppRoleMissing),
        ("Exchange Administrator", CauseId::ExchangeEntraRoleMissing),
    ] {
        let tenant = tenant_without_log(json!({"missing-permissions": [missing]})).await;
        let found = tenant.diagnosed(tenant.credentials(Access::Write), Access::Write).await;
        names_only(&found, cause);
    }
    // An administrator without the role at Exchange Online.
    let tenant = tenant_without_log(json!({"missing-permissions": ["Exchange Administrator"]})).await;
    let person = tenant.signed_in(Access::Write, SignInFor::Writing).await;
    let found = tenant.diagnosed(person, Access::Write).await;
    names_only(&found, CauseId::ExchangeEntraRoleMissing);
    let says_who = |one: &Diagnosis| format!("{:?}", one.outcome).contains("the person who signed in");
    assert!(found.iter().any(says_who), "{found:#?}");
}

#[tokio::test]
async fn a_role_group_is_told_by_the_cmdlets_that_it_holds() {
    for (roles, cause) in [
        (&["Mail Recipients", "Mail Recipient Creation"][..], None),
        (&["Mail Recipients"], Some("New-Mailbox")),
        (&["View-Only Recipients"], Some("Set-Mailbox")),
        (&["Distribution Groups"], Some("Get-Mailbox")),
    ] {
        let tenant = tenant_without_log(json!({"exchange-role-group": roles})).await;
        let found = tenant.diagnosed(tenant.credentials(Access::Write), Access::Write).await;
        assert!(found.iter().all(|one| !matches!(one.outcome, Outcome::Unknown { .. })), "{found:#?}");
        match cause {
            None => assert_eq!(causes(&found), [], "{found:#?}"),
            Some(cmdlet) => {
                names_only(&found, CauseId::ExchangeRoleGroupTooSmall);
                assert!(format!("{found:?}").contains(cmdlet), "{found:#?}");
            }
        }
    }
}

/// A tenant in which everything is given, but for what `rest` answers.
async fn fine_but_for(rest: impl Fn(&Asked) -> Option<odd_server::Answer> + Send + Sync + 'static) -> Vec<Diagnosis> {
    let root = odd_server::serving(move |asked: &Asked| {
        if let Some(answer) = rest(asked) {
            return answer;
        }
        if asked.path.contains("/domains") {
            return ok(json!({"value": [{"id": "a.test", "isVerified": true, "supportedServices": ["Email"]}]}));
        }
        if asked.bearer.is_empty() {
            let scope = asked.form["scope"]
                .replace("https://graph.microsoft.com/", "")
                .replace("https://outlook.office365.com/", "");
            let token = {
                use base64::Engine as _;
                let claims = json!({"scp": scope, "upn": "ana@a.test"}).to_string();
                format!("e30.{}.x", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
            };
            return ok(json!({"access_token": token, "expires_in": 3600}));
        }
        ok(json!({"value": []}))
    })
    .await;
    diagnosed_at(&root).await
}

#[tokio::test]
async fn a_role_group_that_is_too_small_and_a_licence_that_lacks_are_named() {
    let found = fine_but_for(|_| None).await;
    assert!(found.iter().all(|one| one.outcome == Outcome::Fine), "{found:#?}");

    let found = fine_but_for(|asked| {
        let message =
            "|Microsoft.Exchange.X|The term 'Get-Mailbox' isn't present in the role definition of the current user.";
        let said: Value = json!({"error": {"code": "BadRequest", "details": [{"message": format!("Ex1{message}")}]}});
        asked.path.contains("InvokeCommand").then(|| (400, Vec::new(), said))
    })
    .await;
    names_only(&found, CauseId::ExchangeRoleGroupTooSmall);

    let found = fine_but_for(|asked| {
        let code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
        let said =
            json!({"error": {"code": code, "message": "Neither tenant is B2C or tenant doesn't have premium license"}});
        asked.path.contains("signInActivity").then(|| (403, Vec::new(), said))
    })
    .await;
    names_only(&found, CauseId::MicrosoftNoPremium);
}
