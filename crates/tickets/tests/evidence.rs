//! Evidence: signed, verified, and refused once anything of it is changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod samples;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use samples::{address, afterwards, now, request, sample_plan};
use tripod_provisioner::journal::JournalStep;
use tripod_provisioner::journal::chain::Head;
use tripod_provisioner::{ApplyReport, MailboxReport, MailboxState, Outcome, Plan, StepReport, StepState};
use tripod_tickets::approval::Approval;
use tripod_tickets::evidence::{
    Envelope, Evidence, EvidenceError, Gap, SigningKey, Sources, VerificationSummary, evidence_markdown, sign, verify,
};

fn report(plan: &Plan) -> ApplyReport {
    let mailboxes = plan.wanted().into_iter().map(|mailbox| MailboxReport {
        tenant: mailbox.tenant,
        state: MailboxState::Done,
        active_delegates: Some(3),
        steps: plan
            .steps()
            .iter()
            .filter(|step| step.mailbox == mailbox.address)
            .map(|step| StepReport { number: step.number, action: step.action.clone(), state: StepState::Confirmed })
            .collect(),
        mailbox: mailbox.address,
    });
    ApplyReport {
        digest: plan.digest().clone(),
        begun: now(),
        finished: now(),
        outcome: Outcome::Done,
        finished_before: None,
        quorum: 3,
        mailboxes: mailboxes.collect(),
    }
}

fn evidence() -> Evidence {
    let plan = sample_plan();
    let recorded = JournalStep {
        intended: now().to_string(),
        settled: Some(now().to_string()),
        outcome: Some("done".to_owned()),
        request_id: Some("req-1".to_owned()),
        confirmed: Some(now().to_string()),
        by: "runner@contoso.com".to_owned(),
    };
    Evidence::gather(&Sources {
        ticket: Some(("IT-7", &request())),
        plan: &plan,
        approvals: &[Approval { by: address("lee@contoso.com"), digest: plan.digest().clone(), at: now() }],
        report: &report(&plan),
        journal_steps: &BTreeMap::from([(1, recorded)]),
        journal: Some(&Head { number: 9, hash: "a".repeat(64) }),
        after: &afterwards(),
        verification: Some(&VerificationSummary {
            at: now(),
            mailboxes: 8,
            findings: vec!["a <b>finding</b>".to_owned()],
        }),
    })
}

#[test]
fn ours_is_accepted_and_says_the_same() {
    let (key, _) = SigningKey::generate().unwrap();
    let envelope = sign(&evidence(), &key).unwrap();
    let read = Envelope::from_json(envelope.to_json().unwrap().as_bytes()).unwrap();
    let found = verify(&read, &key.public()).unwrap();
    assert_eq!(found, evidence());
    assert_eq!(found.gaps(&sample_plan()), []);
    assert_eq!(found.steps[0].request_id.as_deref(), Some("req-1"));
    assert_ne!(found.before, found.after);
}

#[test]
fn another_key_is_refused() {
    let (key, _) = SigningKey::generate().unwrap();
    let (other, _) = SigningKey::generate().unwrap();
    let mut envelope = sign(&evidence(), &key).unwrap();
    assert!(matches!(verify(&envelope, &other.public()), Err(EvidenceError::Signature { .. })));
    // The key id is a hint and proves nothing.
    envelope.signatures[0].keyid = other.public().keyid();
    assert!(verify(&envelope, &other.public()).is_err());
    assert!(verify(&envelope, &key.public()).is_ok());
    envelope.signatures.clear();
    assert!(verify(&envelope, &key.public()).is_err());
}

#[test]
fn a_removed_step_is_refused() {
    let (key, _) = SigningKey::generate().unwrap();
    let mut envelope = sign(&evidence(), &key).unwrap();
    let payload = STANDARD.decode(&envelope.payload).unwrap();
    let mut statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    statement["predicate"]["steps"].as_array_mut().unwrap().remove(1);
    envelope.payload = STANDARD.encode(statement.to_string());
    assert!(matches!(verify(&envelope, &key.public()), Err(EvidenceError::Signature { .. })));
    // Signed with the right key it verifies, and the plan tells.
    let mut short = evidence();
    short.steps.remove(1);
    let found = verify(&sign(&short, &key).unwrap(), &key.public()).unwrap();
    assert_eq!(found.gaps(&sample_plan()), [Gap::Step(2)]);
}

#[test]
fn what_is_no_evidence_is_refused_even_if_it_is_signed() {
    let (key, _) = SigningKey::generate().unwrap();
    let other = Envelope::sign("text/plain", b"hello", &key);
    assert!(matches!(verify(&other, &key.public()), Err(EvidenceError::Type { .. })));
    let statement = br#"{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x","predicate":{}}"#;
    let other = Envelope::sign("application/vnd.in-toto+json", statement, &key);
    assert!(matches!(verify(&other, &key.public()), Err(EvidenceError::Type { .. })));
}

#[test]
fn nothing_foreign_is_markup_in_a_ticket() {
    let text = evidence_markdown(&evidence());
    assert!(!text.contains("<b>") && text.contains("&#60;b>finding"), "{text}");
}

/// Writes an envelope and its public key for other people's programs to verify: with
/// `TRIPOD_EVIDENCE_OUT=FOLDER cargo test -p tripod-tickets --test evidence`.
#[test]
fn an_envelope_can_be_handed_to_others() {
    let (key, _) = SigningKey::generate().unwrap();
    let envelope = sign(&evidence(), &key).unwrap().to_json().unwrap();
    assert!(envelope.contains("\"payloadType\": \"application/vnd.in-toto+json\""));
    if let Some(folder) = std::env::var_os("TRIPOD_EVIDENCE_OUT") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::write(folder.join("evidence.json"), envelope).unwrap();
        std::fs::write(folder.join("evidence.pem"), key.public().to_pem()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flipped_bit_is_refused(at: prop::sample::Index, bit in 0_u8..8, in_signature: bool) {
        let (key, _) = SigningKey::generate().unwrap();
        let mut envelope = sign(&evidence(), &key).unwrap();
        let text = if in_signature { &mut envelope.signatures[0].sig } else { &mut envelope.payload };
        let mut bytes = STANDARD.decode(&*text).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        *text = STANDARD.encode(bytes);
        prop_assert!(verify(&envelope, &key.public()).is_err());
    }
}
