//! What looks like a secret that was pasted where only its place is asked for.

/// A path longer than this is more likely to be a secret.
const LONGEST_PLACE: usize = 200;

/// What is said in place of what was pasted.
pub(super) const REFUSED: &str = "name the place where it is kept, a path or env:NAME, never the secret itself";

/// The same where no place of a secret is asked for either.
pub(super) const NO_ANSWER: &str = "this looks like a secret, which no answer is; it is not repeated here";

/// Whether a text has a form that only secrets have: a private key, a token, a client secret of either provider.
pub(super) fn is_known(text: &str) -> bool {
    let text = text.strip_prefix("env:").unwrap_or(text).trim();
    let begins = |with: &str, least: usize| text.starts_with(with) && text.len() >= least;
    let parts: Vec<&str> = text.split('.').collect();
    text.contains("-----BEGIN")
        || begins("GOCSPX-", 20)
        || begins("ya29.", 20)
        || begins("1//0", 20)
        // A signed token: three parts, of which the first is JSON in base64.
        || (begins("eyJ", 30) && parts.len() == 3 && parts.iter().all(|part| is_base64(part)))
        // Microsoft's client secrets: three letters, a digit, `Q~`, and a tail of 34 characters.
        || (text.len() >= 30 && text.get(3..6).is_some_and(|mark| mark.ends_with("Q~")) && !has_separator(text))
}

/// Whether what should be a place looks like the secret itself. What could be a path or `env:NAME` does not.
pub(super) fn is_pasted(text: &str) -> bool {
    let text = text.trim();
    if is_known(text) || text.len() > LONGEST_PLACE || text.starts_with('{') || text.contains("-----") {
        return true;
    }
    if text.starts_with("env:") || has_extension(text) {
        return false;
    }
    // A line of a key or of a certificate. Its slashes make no path of it: its letters change their kind all the time.
    if is_base64(text) && (text.ends_with('=') || (text.len() >= 40 && is_mixed(text))) {
        return true;
    }
    let is_word = text.chars().all(|c| c.is_ascii_graphic()) && !has_separator(text);
    is_word && (text.len() >= 40 || (text.len() >= 28 && is_mixed(text)))
}

fn has_separator(text: &str) -> bool {
    text.contains(['/', '\\'])
}

/// Whether it ends as the names of files do.
fn has_extension(text: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(name, end)| {
        !name.is_empty() && (1..=5).contains(&end.len()) && end.chars().all(|c| c.is_ascii_lowercase())
    })
}

fn is_base64(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+/=-_".contains(c))
}

/// Whether capitals, small letters and digits follow each other as if by chance. In names, several of a kind stand
/// together.
fn is_mixed(text: &str) -> bool {
    let kind = |c: char| match c {
        'A'..='Z' => 1,
        'a'..='z' => 2,
        '0'..='9' => 3,
        _ => 0,
    };
    let kinds: Vec<u8> = text.chars().map(kind).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1] && !pair.contains(&0)).count();
    (1..=3).all(|kind| kinds.contains(&kind)) && changes * 5 >= text.len() * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_providers_hand_out_is_recognised() {
        for secret in [
            "xYz8Q~abcdefghijklmnopqrstuvwxyzABCDEF01",
            "env:xYz8Q~abcdefghijklmnopqrstuvwxyzABCDEF01",
            "GOCSPX-abcdefghijklmnopqrstuvwxyz01",
            "ya29.a0AfH6SMBx_abcdefghijklmnopqrstuv",
            "1//0gabcdefghijklmnopqrstuvwxyz-ABCDE",
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl-Xw_",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert!(is_known(secret) && is_pasted(secret), "{secret}");
        }
    }

    #[test]
    fn each_line_of_a_key_is_recognised_by_itself() {
        for line in [
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
            "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SupSN8JGz6/aAbKxXz8L8Vv5Wd6dS9QtK",
            "/Q9pXr7aZk2LmN4bVcYtUwEo8iRs5hDfGj3TqWxZ1yMnBvClKaP0OuIe6/JrFgHs",
            "k3J9x0aQ==",
            "-----END PRIVATE KEY-----",
            "{\"type\": \"service_account\"}",
            "0123456789abcdef0123456789abcdef01234567",
        ] {
            assert!(is_pasted(line), "{line}");
        }
    }

    #[test]
    fn a_path_and_the_name_of_a_variable_go_through() {
        for place in [
            "keys/tripod-write.pem",
            "tripod.pem",
            "key",
            "/run/secrets/tripod",
            "/run/secrets/tripod-service-account-key-of-production-2026",
            "/Users/Anna1/Documents/keys/GoogleWorkspaceTripodKey2026",
            "Users/Anna1/Documents/keys/GoogleWorkspaceTripodKey",
            "juniper-tripod-471101-a1B2c3D4e5F6a7B8c9D0e1F2.json",
            "C:\\Users\\Anna\\keys\\tripod.pfx",
            "./0123456789abcdef0123456789abcdef01234567",
            "../Schlüssel für Tripod/schreiben.pem",
            "env:TRIPOD_CLIENT_SECRET",
            "env:A_NAME_LONGER_THAN_ANYBODY_WOULD_CHOOSE_1",
            "7f0c1a2b-0000-0000-0000-000000000000",
            "ya29.json",
        ] {
            assert!(!is_pasted(place), "{place}");
        }
    }
}
