//! A certificate as proof: an assertion signed with its key (PS256), which names the certificate by `x5t#S256`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tripod_tenant::{ErrorKind, TenantError};

use crate::config::Guid;

/// How long an assertion is valid; Microsoft recommends five to ten minutes (facts sheet, Microsoft 4).
const LIFETIME: Duration = Duration::from_mins(10);

/// Signs assertions for one app registration.
pub(super) struct Signer {
    key: EncodingKey,
    thumbprint: String,
    audience: String,
    client_id: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    iat: i64,
    exp: i64,
}

impl Signer {
    /// Reads certificate and private key from one PEM text.
    pub(super) fn new(pem: &SecretString, audience: String, client_id: &Guid) -> Result<Self, TenantError> {
        let pem = pem.expose_secret();
        let certificate = block(pem, "CERTIFICATE")
            .ok_or_else(|| set_up("the PEM holds no certificate; put it beside the private key"))?;
        if block(pem, "ENCRYPTED PRIVATE KEY").is_some() {
            return Err(set_up(
                "the private key is encrypted; give it without a passphrase, in a file that only you can read",
            ));
        }
        let key = block(pem, "PRIVATE KEY")
            .or_else(|| block(pem, "RSA PRIVATE KEY"))
            .ok_or_else(|| set_up("the PEM holds no RSA private key; put it beside the certificate"))?;
        let der = STANDARD
            .decode(body(certificate))
            .map_err(|_| set_up("the certificate in the PEM is damaged; export it again"))?;
        let key = EncodingKey::from_rsa_pem(key.as_bytes())
            .map_err(|_| set_up("the private key in the PEM is not an RSA key that can be read; export it again"))?;
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(der));
        Ok(Self { key, thumbprint, audience, client_id: client_id.to_string() })
    }

    /// An assertion that is valid from now on, by the machine's clock.
    pub(super) fn assertion(&self, now: Timestamp) -> Result<SecretString, TenantError> {
        let header = Header { x5t_s256: Some(self.thumbprint.clone()), ..Header::new(Algorithm::PS256) };
        let now = now.as_second();
        let claims = Claims {
            aud: &self.audience,
            iss: &self.client_id,
            sub: &self.client_id,
            jti: uuid::Uuid::new_v4().to_string(),
            nbf: now,
            iat: now,
            exp: now.saturating_add(i64::try_from(LIFETIME.as_secs()).unwrap_or(600)),
        };
        let signed = jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|_| set_up("the private key could not sign; it has to be an RSA key of 2048 bits or more"))?;
        Ok(signed.into())
    }
}

fn set_up(message: &str) -> TenantError {
    TenantError::new(ErrorKind::SetUp, "sign in to Microsoft 365", message)
}

/// The first block with this label, with its two marker lines.
fn block<'a>(pem: &'a str, label: &str) -> Option<&'a str> {
    let start = pem.find(&format!("-----BEGIN {label}-----"))?;
    let end_marker = format!("-----END {label}-----");
    let rest = &pem[start..];
    let end = rest.find(&end_marker)? + end_marker.len();
    Some(&rest[..end])
}

/// The base64 between the two marker lines.
fn body(block: &str) -> String {
    block
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pem: &str) -> String {
        let client = Guid::read("7f0c2d1e-0000-4000-8000-00000000abcd").unwrap();
        Signer::new(&pem.to_owned().into(), String::new(), &client).err().unwrap().to_string()
    }

    #[test]
    fn a_pem_that_lacks_something_says_what() {
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(refused("").contains("holds no certificate"));
        assert!(refused(certificate).contains("holds no RSA private key"));
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert!(refused(&format!("{certificate}{encrypted}")).contains("encrypted"));
        let broken = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        let message = refused(&format!("{certificate}{broken}"));
        assert!(message.contains("not an RSA key") && !message.contains("c2VjcmV0"), "{message}");
    }
}
