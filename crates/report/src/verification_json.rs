//! A verification as JSON, for machines.

use tripod_verifier::Verification;

/// The whole verification as JSON, indented.
pub fn verification_json(verification: &Verification) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(verification)?;
    text.push('\n');
    Ok(text)
}
