//! The doctor names exactly what is wrong with signing in, for each way to sign in.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tripod_google::GoogleIdentity;
use tripod_model::Kind;
use tripod_sandbox::Access;
use tripod_tenant::{CauseId, Diagnosing, Diagnosis, Outcome, Purpose, RefreshTokens};

use super::browser::signed_in_identity;
use super::{Customer, Kept, POOL, customer, customer_with, federated, file, kept, machine};
use crate::support::at;

/// What the doctor finds missing, with a sentence and a remedy each.
async fn missing(customer: &Customer, identity: impl Into<GoogleIdentity>, kinds: &[Kind]) -> BTreeSet<CauseId> {
    let found = found(customer, identity, kinds).await;
    let missing = found.iter().filter_map(|diagnosis| match &diagnosis.outcome {
        Outcome::Missing { sentence, remedy } => {
            assert!(!sentence.is_empty() && !remedy.is_empty(), "{diagnosis:?}");
            diagnosis.cause
        }
        Outcome::Fine | Outcome::Unknown { .. } => None,
    });
    missing.collect()
}

async fn found(customer: &Customer, identity: impl Into<GoogleIdentity>, kinds: &[Kind]) -> Vec<Diagnosis> {
    let mailbox = |(number, kind): (usize, &Kind)| tripod_model::WantedMailbox {
        kind: *kind,
        ..wanted(&format!("box-{number}"))
    };
    let mailboxes: Vec<_> = kinds.iter().enumerate().map(mailbox).collect();
    customer.doctor(identity, false).diagnose(&Purpose::ALL, &mailboxes).await
}
