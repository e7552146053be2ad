//! JSON Web Tokens that somebody else has signed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The claims, not yet believed.
pub(super) fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()
}

fn header(token: &str) -> Option<Header> {
    let header = token.split('.').next()?.trim_end_matches('=');
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

/// The key that a token says it is signed with.
pub(super) fn key_id(token: &str) -> Option<String> {
    header(token)?.kid
}

/// Whether a token is signed with RS256 by the key with this public half, in PEM, and names no other key.
pub(super) fn signed_by(token: &str, public_key: &str, key_id: Option<&str>) -> bool {
    // Some clients pad the three parts, Google's own do not; Google takes both, and the header is read without.
    let Some((message, signature)) = token.rsplit_once('.') else { return false };
    let Some(header) = header(token).filter(|header| header.alg == Algorithm::RS256) else { return false };
    if key_id.zip(header.kid.as_deref()).is_some_and(|(wanted, kid)| kid != wanted) {
        return false;
    }
    let Ok(key) = DecodingKey::from_rsa_pem(public_key.as_bytes()) else { return false };
    let signature = signature.trim_end_matches('=');
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256).unwrap_or(false)
}

/// Signs claims with RS256; nothing where the key is none.
pub(super) fn sign(claims: &impl Serialize, private_key: &str, key_id: Option<String>) -> Option<String> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = key_id;
    let key = EncodingKey::from_rsa_pem(private_key.as_bytes()).ok()?;
    jsonwebtoken::encode(&header, claims, &key).ok()
}
