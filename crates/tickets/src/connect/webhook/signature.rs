//! HMAC-SHA-256 over the raw bytes, compared in constant time.

use std::fmt::Write as _;

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// The signature of a message as hexadecimal digits, as GitHub and Jira put it behind `sha256=`.
#[must_use]
pub fn sign(secret: &SecretString, message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let mut text = String::with_capacity(64);
    for byte in hmac::sign(&key, message).as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether `header` is `sha256=` and the signature of the parts one after the other.
pub(super) fn is_signed(secret: &SecretString, parts: &[&[u8]], header: &str) -> bool {
    let Some(tag) = header.strip_prefix("sha256=").and_then(bytes) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    hmac::verify(&key, &parts.concat(), &tag).is_ok()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    if digits.len() != 64 {
        return None;
    }
    digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub Docs, «Validating webhook deliveries».
    #[test]
    fn the_vendors_example_is_accepted_and_nothing_near_it() {
        let secret = SecretString::from("It's a Secret to Everybody");
        let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(is_signed(&secret, &[b"Hello, ", b"World!"], good));
        assert!(!is_signed(&secret, &[b"Hello, World?"], good));
        assert!(!is_signed(&SecretString::from("other"), &[b"Hello, World!"], good));
        for bad in [
            &good[..70],
            &good[7..],
            "sha256=",
            "sha1=757107ea",
            "sha256=+57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1é",
        ] {
            assert!(!is_signed(&secret, &[b"Hello, World!"], bad), "{bad}");
        }
    }
}
