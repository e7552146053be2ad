//! Client assertions: a JWT that an app registration signs with its certificate's key, instead of a secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The certificate that both app registrations have.
pub(super) const CERTIFICATE: &str = include_str!("../../keys/microsoft.crt");
/// Its SHA-1 thumbprint, which older clients name it by in `x5t`; `openssl x509 -fingerprint -sha1` prints it.
const THUMBPRINT_SHA1: [u8; 20] = [
    0x86, 0xCD, 0x0B, 0xA6, 0xA6, 0x40, 0xFD, 0x6E, 0x93, 0x79, 0x46, 0x82, 0xC4, 0x0F, 0x61, 0xAD, 0xC8, 0xF7, 0xC4,
    0x9C,
];
/// How far a client's clock may be off, in seconds.
pub(super) const LEEWAY: f64 = 300.0;

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    /// Seconds; a NumericDate may have a fraction (RFC 7519), and Microsoft's own Python client sends one.
    exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
}

/// What is wrong with an assertion, as the AADSTS code and text that the vendor answers with.
pub(super) type AssertionProblem = (u32, String);

/// Checks an assertion: key, signature, audience, issuer, subject and life time. `registered` says whether the
/// registration still has its certificate.
pub(super) fn check(
    assertion: &str,
    client_id: &str,
    registered: bool,
    audiences: &[String],
    wall: Timestamp,
) -> Result<(), AssertionProblem> {
    let malformed = || (50027, "JWT token is invalid or malformed.".to_owned());
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| malformed())?;
    if !matches!(header.alg, Algorithm::PS256 | Algorithm::RS256) {
        return Err((
            5_002_738,
            format!("Invalid JWT token. '{:?}' is not a supported signature algorithm.", header.alg),
        ));
    }
    let sha256 = thumbprint_sha256().ok_or_else(malformed)?;
    let by_sha256 = header.x5t_s256.as_deref().is_some_and(|named| decoded(named) == sha256);
    let by_sha1 = header.x5t.as_deref().is_some_and(|named| decoded(named) == THUMBPRINT_SHA1);
    if !registered || (!by_sha256 && !by_sha1) {
        let named = header.x5t_s256.or(header.x5t).unwrap_or_default();
        return Err((
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '{}']",
                hex(&decoded(&named))
            ),
        ));
    }
    let mut validation = Validation::new(header.alg);
    // Held against the time of this exchange below, not against the library's own clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_rsa_pem(CERTIFICATE.as_bytes()).map_err(|_| malformed())?;
    let claims = jsonwebtoken::decode::<Claims>(assertion, &key, &validation)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => (
                700_027,
                "Client assertion failed signature validation. [Reason - The key used is expired or the signature does not match.]"
                    .to_owned(),
            ),
            _ => malformed(),
        })?
        .claims;
    if !claims.iss.eq_ignore_ascii_case(client_id) || !claims.sub.eq_ignore_ascii_case(client_id) {
        return Err((
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.".to_owned(),
        ));
    }
    if !audiences.iter().any(|audience| audience.eq_ignore_ascii_case(&claims.aud)) {
        return Err((700_023, "Client assertion audience claim does not match Realm issuer.".to_owned()));
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
    let now = wall.as_second() as f64;
    if claims.exp + LEEWAY < now || claims.nbf.is_some_and(|from| from > now + LEEWAY) {
        return Err((700_024, "Client assertion is not within its valid time range.".to_owned()));
    }
    Ok(())
}

fn decoded(thumbprint: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(thumbprint.trim_end_matches('=')).unwrap_or_default()
}

/// The SHA-256 of the certificate's DER form.
fn thumbprint_sha256() -> Option<Vec<u8>> {
    let body: String = CERTIFICATE.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).ok()?;
    Some(Sha256::digest(der).to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02X}"))
}
