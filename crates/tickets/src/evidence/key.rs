//! Ed25519 keys: made, read from PEM and written to PEM.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

/// What stands before the 32 bytes of a private key in PKCS#8 version 1 (RFC 8410, 10.3).
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// What stands before the 32 bytes of a public key in its SubjectPublicKeyInfo (RFC 8410, 10.1).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";
/// No PEM file of an Ed25519 key is longer.
const LONGEST: usize = 4096;

/// Why a key cannot be used. What the file holds is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not PEM with this label.
    #[error("this is no PEM file with `BEGIN {0}`")]
    Pem(&'static str),
    /// Not an Ed25519 key.
    #[error("this is no Ed25519 key; `tripod evidence key` makes one")]
    Algorithm,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// A private key. Its Debug output shows the id of its public key only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("keyid", &self.public().keyid()).finish_non_exhaustive()
    }
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl SigningKey {
    /// Makes a key, and gives it with its PKCS#8 PEM.
    pub fn generate() -> Result<(Self, SecretString), KeyError> {
        let mut seed = [0_u8; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| KeyError::Random)?;
        let der: Vec<u8> = PKCS8.iter().chain(&seed).copied().collect();
        let pem = SecretString::from(to_pem(PRIVATE, &der));
        Ok((Self::from_pem(&pem)?, pem))
    }

    /// Reads a key in PKCS#8, with or without the public key in it, as `openssl genpkey -algorithm ed25519` makes it.
    pub fn from_pem(pem: &SecretString) -> Result<Self, KeyError> {
        let der = from_pem(PRIVATE, pem.expose_secret())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| KeyError::Algorithm)?;
        Ok(Self { pair })
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // An Ed25519 key has 32 bytes; `zip` cannot run over.
        for (to, from) in bytes.iter_mut().zip(self.pair.public_key().as_ref()) {
            *to = *from;
        }
        PublicKey(bytes)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl PublicKey {
    /// The longest PEM file that is read, in bytes.
    pub const LONGEST: usize = LONGEST;

    /// Reads a key from the PEM of its SubjectPublicKeyInfo.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = from_pem(PUBLIC, pem)?;
        let bytes = der.strip_prefix(&SPKI).ok_or(KeyError::Algorithm)?;
        bytes.try_into().map(Self).map_err(|_| KeyError::Algorithm)
    }

    /// The PEM of its SubjectPublicKeyInfo.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let der: Vec<u8> = SPKI.iter().chain(&self.0).copied().collect();
        to_pem(PUBLIC, &der)
    }

    /// The id of the key as securesystemslib computes it: SHA-256 over the canonical JSON of type, scheme and value.
    #[must_use]
    pub fn keyid(&self) -> String {
        let public = hex(&self.0);
        let canonical = format!(r#"{{"keytype":"ed25519","keyval":{{"public":"{public}"}},"scheme":"ed25519"}}"#);
        hex(&Sha256::digest(canonical.as_bytes()))
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn to_pem(label: &str, der: &[u8]) -> String {
    // An Ed25519 key fits into one line of 64 characters.
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn from_pem(label: &'static str, pem: &str) -> Result<Vec<u8>, KeyError> {
    if pem.len() > LONGEST {
        return Err(KeyError::Pem(label));
    }
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let inner = pem.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).map(|(inner, _)| inner);
    let plain: String = inner.ok_or(KeyError::Pem(label))?.split_ascii_whitespace().collect();
    STANDARD.decode(plain).map_err(|_| KeyError::Pem(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, 10.1 and 10.3.
    const RFC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    const RFC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn the_keys_of_the_standard_are_read() {
        let key = SigningKey::from_pem(&SecretString::from(RFC_PRIVATE)).unwrap();
        assert_eq!(key.public(), PublicKey::from_pem(RFC_PUBLIC).unwrap());
        assert_eq!(key.public().to_pem(), RFC_PUBLIC);
    }

    #[test]
    fn the_signature_of_the_standard_is_made() {
        // RFC 8032, 7.1, test 2.
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        };
        let der: Vec<u8> = PKCS8.iter().copied().chain(bytes(seed)).collect();
        let key = SigningKey::from_pem(&SecretString::from(to_pem(PRIVATE, &der))).unwrap();
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(hex(&key.sign(&[0x72])), expected);
    }

    #[test]
    fn a_made_key_reads_back_and_shows_nothing() {
        let (key, pem) = SigningKey::generate().unwrap();
        assert_eq!(SigningKey::from_pem(&pem).unwrap().public(), key.public());
        let secret = pem.expose_secret().lines().nth(1).unwrap();
        assert!(!format!("{key:?}").contains(secret));
        assert_ne!(SigningKey::generate().unwrap().0.public(), key.public());
    }

    #[test]
    fn another_key_than_ed25519_is_refused() {
        let pem = |label, der: &[u8]| to_pem(label, der);
        assert_eq!(PublicKey::from_pem(&pem(PUBLIC, &[0x30; 44])), Err(KeyError::Algorithm));
        assert_eq!(PublicKey::from_pem(RFC_PRIVATE), Err(KeyError::Pem(PUBLIC)));
        assert!(SigningKey::from_pem(&SecretString::from(pem(PRIVATE, &[0; 48]))).is_err());
    }
}
