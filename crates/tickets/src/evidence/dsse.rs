//! DSSE envelopes (Dead Simple Signing Envelope, secure-systems-lab/dsse, protocol.md and envelope.md, v1.0).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::key::{KeyError, PublicKey, SigningKey};

/// The most signatures that are looked at.
const MOST_SIGNATURES: usize = 16;

/// A signed payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The payload in base64.
    pub payload: String,
    /// What the payload is.
    pub payload_type: String,
    /// The signatures; one that verifies is enough.
    pub signatures: Vec<Signature>,
}

/// A signature over the payload and its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which key it is said to be of. A hint only: it is not signed.
    #[serde(default)]
    pub keyid: String,
    /// The signature in base64.
    pub sig: String,
}

/// Why evidence is refused.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Not an envelope.
    #[error("this is not signed evidence: {0}")]
    Form(String),
    /// No signature verifies with the key.
    #[error("no signature of this evidence is by the key {keyid}, or it was changed after it was signed")]
    Signature {
        /// The id of the key that it was held against.
        keyid: String,
    },
    /// What is signed is something else than evidence.
    #[error("what is signed here is {found}, not evidence of Tripod")]
    Type {
        /// What it says of itself.
        found: String,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The bytes that are signed: type and payload with their lengths, so that neither can run into the other.
#[must_use]
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

impl Envelope {
    /// The largest envelope that is read, in bytes. That of a plan with a thousand steps has about two megabytes.
    pub const LARGEST: usize = 16 * 1024 * 1024;

    /// Signs a payload.
    #[must_use]
    pub fn sign(payload_type: &str, payload: &[u8], key: &SigningKey) -> Self {
        let signature = key.sign(&pre_authentication_encoding(payload_type, payload));
        Self {
            payload: STANDARD.encode(payload),
            payload_type: payload_type.to_owned(),
            signatures: vec![Signature { keyid: key.public().keyid(), sig: STANDARD.encode(signature) }],
        }
    }

    /// The payload, if a signature over it verifies with the key; the bytes that were verified and no others.
    pub fn verify(&self, key: &PublicKey) -> Result<Vec<u8>, EvidenceError> {
        let payload =
            decode(&self.payload).ok_or_else(|| EvidenceError::Form("its payload is not base64".to_owned()))?;
        let signed = pre_authentication_encoding(&self.payload_type, &payload);
        let good = |signature: &Signature| decode(&signature.sig).is_some_and(|bytes| key.verifies(&signed, &bytes));
        if self.signatures.iter().take(MOST_SIGNATURES).any(good) {
            Ok(payload)
        } else {
            Err(EvidenceError::Signature { keyid: key.keyid() })
        }
    }

    /// Reads an envelope from JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > Self::LARGEST {
            return Err(EvidenceError::Form(format!("it has more than {} MiB", Self::LARGEST / 1024 / 1024)));
        }
        serde_json::from_slice(bytes).map_err(|error| EvidenceError::Form(error.to_string()))
    }

    /// The envelope as JSON, indented, with a line break at its end.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// Either alphabet: the specification has producers choose and consumers take both.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_specification() {
        // protocol.md, «Test vectors».
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(pre_authentication_encoding("", b""), b"DSSEv1 0  0 ");
        assert_eq!(pre_authentication_encoding("é", b"\xff"), b"DSSEv1 2 \xc3\xa9 1 \xff");
    }
}
