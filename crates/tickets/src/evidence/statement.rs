//! Evidence as an in-toto statement (in-toto Attestation Framework, Statement v1) in a DSSE envelope.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tripod_provisioner::plan::canonical_json;

use super::dsse::{Envelope, EvidenceError};
use super::key::{PublicKey, SigningKey};
use super::record::Evidence;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PAYLOAD: &str = "application/vnd.in-toto+json";
/// What the predicate of a statement with evidence is called.
pub const PREDICATE_TYPE: &str = "https://example.invalid/tripod/evidence/v1";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    predicate_type: String,
    predicate: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
struct Subject {
    name: String,
    digest: std::collections::BTreeMap<String, String>,
}

/// Signs evidence. Its subject is the plan, by its digest.
pub fn sign(evidence: &Evidence, key: &SigningKey) -> Result<Envelope, serde_json::Error> {
    let statement = json!({
        "_type": STATEMENT,
        "subject": [{"name": "plan", "digest": {"sha256": evidence.plan.as_str()}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": serde_json::to_value(evidence)?,
    });
    Ok(Envelope::sign(PAYLOAD, canonical_json(&statement).as_bytes(), key))
}

/// The evidence in an envelope, if it is signed by the key and is what it says it is.
pub fn verify(envelope: &Envelope, key: &PublicKey) -> Result<Evidence, EvidenceError> {
    let payload = envelope.verify(key)?;
    if envelope.payload_type != PAYLOAD {
        return Err(EvidenceError::Type { found: crate::text::printable(&envelope.payload_type, 80) });
    }
    let form = |error: serde_json::Error| EvidenceError::Form(error.to_string());
    let statement: Statement = serde_json::from_slice(&payload).map_err(form)?;
    for (found, wanted) in [(&statement.kind, STATEMENT), (&statement.predicate_type, PREDICATE_TYPE)] {
        if found != wanted {
            return Err(EvidenceError::Type { found: crate::text::printable(found, 80) });
        }
    }
    let evidence: Evidence = serde_json::from_value(statement.predicate).map_err(form)?;
    let names_plan =
        |subject: &Subject| subject.digest.get("sha256").map(String::as_str) == Some(evidence.plan.as_str());
    if statement.subject.len() != 1 || !statement.subject.iter().all(names_plan) {
        return Err(EvidenceError::Form("its subject is not the plan that it tells of".to_owned()));
    }
    Ok(evidence)
}
