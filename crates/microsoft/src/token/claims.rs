//! What a token says. It is read to explain and to address, never to decide: the token is not checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tripod_model::Address;

/// The claims of a token; nothing if it is not in the form that Microsoft's are in today, which may change at any time.
pub(crate) fn of(token: &SecretString) -> Option<Map<String, Value>> {
    let payload = token.expose_secret().split('.').nth(1)?;
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    // Only an object: an empty list would be read as no claim at all.
    serde_json::from_slice(&json).ok()
}

/// The sign-in name of the person that a token was given to.
pub(super) fn person(token: &SecretString) -> Option<String> {
    let claims = of(token)?;
    let name = |claim: &str| claims.get(claim)?.as_str();
    let name = name("preferred_username").or_else(|| name("upn"))?;
    // It goes into a header and on to a screen, so it is taken only if it is what it should be.
    name.parse::<Address>().ok().map(|_| name.to_owned()).filter(|name| name.chars().all(|c| c.is_ascii_graphic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_address_is_not_taken() {
        let token = |json: &str| SecretString::from(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(json)));
        let told = person(&token(r#"{"preferred_username":"ana@a.test","upn":"other@a.test"}"#));
        assert_eq!(told.as_deref(), Some("ana@a.test"));
        assert_eq!(person(&token(r#"{"upn":"ana@a.test"}"#)).as_deref(), Some("ana@a.test"));
        for json in [r#"{"upn":"ana\r\nX: y"}"#, r#"{"upn":1}"#, "[]", "{}"] {
            assert_eq!(person(&token(json)), None, "{json}");
        }
    }
}
