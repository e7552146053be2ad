//! The doctor names exactly what is wrong with signing in, for each way to sign in.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tripod_google::GoogleIdentity;
use tripod_model::{Kind, Place, SignIn, State, TenantName, WantedMailbox};
use tripod_sandbox::Access;
use tripod_tenant::{CauseId, Diagnosing, Diagnosis, Outcome, Purpose, RefreshTokens, SignInFor};

use super::browser::{identity, signed_in, signed_in_identity};
use super::{Customer, Kept, POOL, customer, customer_with, federated, file, machine};
use crate::support::at;

pub(crate) fn wanted(kind: Kind) -> WantedMailbox {
    WantedMailbox {
        address: at(if kind == Kind::GroupInbox { "old-inbox" } else { "old-box" }),
        tenant: TenantName("juniper".to_owned()),
        name: "A box".to_owned(),
        purpose: "Owns our account at a provider".to_owned(),
        kind,
        apps: Vec::new(),
        delegates: Vec::new(),
        sign_in: SignIn::Blocked,
        credential: None,
        adopt: false,
        state: State::Active,
        also_deletes: std::collections::BTreeSet::new(),
        zone: jiff::tz::TimeZone::UTC,
        place: Place { file: "mailboxes/a.yaml".to_owned(), line: 1, column: 1 },
    }
}

async fn found(customer: &Customer, identity: impl Into<GoogleIdentity>, kind: Kind) -> Vec<Diagnosis> {
    customer.doctor(identity, false).diagnose(&Purpose::ALL, &[wanted(kind)]).await
}

/// What the doctor finds missing, with a sentence and a remedy each.
async fn missing(customer: &Customer, identity: impl Into<GoogleIdentity>, kind: Kind) -> Vec<CauseId> {
    let found = found(customer, identity, kind).await;
    assert!(!found.is_empty());
    let cause = |diagnosis: &Diagnosis| match &diagnosis.outcome {
        Outcome::Missing { sentence, remedy } => {
            assert!(!sentence.is_empty() && !remedy.is_empty(), "{diagnosis:?}");
            diagnosis.cause
        }
        Outcome::Fine | Outcome::Unknown { .. } => None,
    };
    found.iter().filter_map(cause).collect::<BTreeSet<_>>().into_iter().collect()
}

#[tokio::test]
async fn nothing_lacks_where_all_is_well_whatever_the_way_to_sign_in() {
    let customer = customer("{service-account-role: true, metadata-server: write}").await;
    let identities = [
        (customer.keyless(Access::Read, machine()), Kind::SharedMailbox),
        (customer.keyless(Access::Read, machine()).acting_as_itself(), Kind::GroupInbox),
        (GoogleIdentity::from(customer.key(Access::Read)).acting_as_itself(), Kind::GroupInbox),
        (signed_in_identity(&customer, SignInFor::Reading).await, Kind::GroupInbox),
        (signed_in_identity(&customer, SignInFor::Both).await, Kind::GroupInbox),
    ];
    for (identity, kind) in identities {
        let found = found(&customer, identity.clone(), kind).await;
        let not_fine: Vec<_> = found.iter().filter(|diagnosis| diagnosis.outcome != Outcome::Fine).collect();
        assert!(not_fine.is_empty() && found.len() > 5, "{identity:?}: {not_fine:#?}");
    }
}

#[tokio::test]
async fn each_fault_of_signing_without_a_key_is_named_by_itself() {
    for (sign_in, lines, cause) in [
        ("{metadata-server: read, token-creator: false}", "", CauseId::GoogleTokenCreatorMissing),
        ("{metadata-server: read}", "    apis-off: [iamcredentials]\n", CauseId::GoogleApiOff),
        ("{metadata-server: read, delegation: false}", "", CauseId::GoogleNotDelegated),
        ("{}", "", CauseId::GoogleNoCaller),
    ] {
        let customer = customer_with(sign_in, lines).await;
        let identity = customer.keyless(Access::Read, machine());
        assert_eq!(missing(&customer, identity, Kind::SharedMailbox).await, [cause], "{sign_in}");
    }
    let customer = customer("{metadata-server: read}").await;
    let nobody = GoogleIdentity::keyless("nobody@juniper.iam.gserviceaccount.com", machine()).unwrap();
    let cause = missing(&customer, nobody, Kind::SharedMailbox).await;
    // Google does not always tell an account that is not there from one that is not to be signed for.
    assert!(
        cause == [CauseId::GoogleServiceAccountUnknown] || cause == [CauseId::GoogleTokenCreatorMissing],
        "{cause:?}"
    );
}

#[tokio::test]
async fn a_pool_that_trusts_another_workload_is_named_by_itself() {
    let customer = customer(&federated("repo:main")).await;
    let mut outside = customer.external("repo:main");
    let identity = customer.keyless(Access::Read, file(&outside));
    assert_eq!(missing(&customer, identity, Kind::SharedMailbox).await, []);
    outside["audience"] = json!(POOL.replace("ci", "other"));
    let identity = customer.keyless(Access::Read, file(&outside));
    assert_eq!(missing(&customer, identity, Kind::SharedMailbox).await, [CauseId::GoogleFederationRefused]);
}

#[tokio::test]
async fn a_role_that_lacks_is_named_by_itself_and_so_are_shared_mailboxes_without_delegation() {
    let customer = customer("{metadata-server: read}").await;
    for identity in [customer.key(Access::Read).into(), customer.keyless(Access::Read, machine())] {
        let identity = identity.acting_as_itself();
        assert_eq!(missing(&customer, identity, Kind::GroupInbox).await, [CauseId::GoogleRoleMissing]);
    }
    let customer = super::customer("{service-account-role: true}").await;
    let identity = GoogleIdentity::from(customer.key(Access::Read)).acting_as_itself();
    assert_eq!(missing(&customer, identity, Kind::SharedMailbox).await, [CauseId::GoogleNeedsDelegation]);
    let customer = super::customer("{person: ana@juniper.example}").await;
    let identity = signed_in_identity(&customer, SignInFor::Reading).await;
    assert_eq!(missing(&customer, identity, Kind::GroupInbox).await, [CauseId::GoogleRoleMissing]);
}

#[tokio::test]
async fn a_sign_in_that_is_not_there_or_has_ended_is_named_by_itself() {
    let customer = customer("{}").await;
    let nobody = identity(&customer, &Arc::new(Kept::default()));
    assert_eq!(missing(&customer, nobody, Kind::GroupInbox).await, [CauseId::NotSignedIn]);
    let customer = super::customer("{refresh-tokens-revoked: true}").await;
    let revoked = signed_in_identity(&customer, SignInFor::Reading).await;
    assert_eq!(missing(&customer, revoked, Kind::GroupInbox).await, [CauseId::GoogleSignInEnded]);
    let kept = Arc::new(Kept::default());
    let other = super::customer("{}").await;
    kept.store(&signed_in(&other, SignInFor::Writing).await.refresh_token).unwrap();
    // Signed in for less than is needed.
    let cause = missing(&other, identity(&other, &kept), Kind::GroupInbox).await;
    assert_eq!(cause, [CauseId::GoogleScopeNotAgreed]);
}

#[tokio::test]
async fn clocks_that_are_apart_are_named_whoever_signs() {
    for skew in ["600", "-600"] {
        let customer = customer("{metadata-server: read}").await;
        let seconds = skew.parse().unwrap();
        customer.sandbox.with_world(|world| world.set_clock_skew(jiff::SignedDuration::from_secs(seconds))).unwrap();
        let keyless = customer.keyless(Access::Read, machine());
        for identity in [customer.key(Access::Read).into(), keyless] {
            assert_eq!(missing(&customer, identity, Kind::SharedMailbox).await, [CauseId::ClockSkew], "{skew}");
        }
    }
}
