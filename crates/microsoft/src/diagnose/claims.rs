//! What a token says that may be done with it. It is read to explain, never to decide: the token is not checked, and
//! whether something works is found out by trying.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Deserialize;

use crate::token::claims;

/// The claims that name roles.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    /// The application permissions.
    pub(super) roles: BTreeSet<String>,
    /// The delegated permissions, as one text; only in the token of a person.
    pub(super) scp: String,
    /// The template ids of the Entra roles.
    pub(super) wids: BTreeSet<String>,
}

impl Claims {
    /// Reads a token, if it is in the form that Microsoft's are in today.
    pub(super) fn read(token: &SecretString) -> Option<Self> {
        serde_json::from_value(claims::of(token)?.into()).ok()
    }

    /// Whether any of these permissions is there.
    pub(super) fn has_any(&self, permissions: &[&str]) -> bool {
        let is_delegated = |permission: &str| self.scp.split_whitespace().any(|delegated| delegated == permission);
        permissions.iter().any(|permission| self.roles.contains(*permission) || is_delegated(permission))
    }

    /// Whether an Entra role is there that lets into Exchange Online (facts sheet, Microsoft 1a, auth). App-only
    /// tokens always carry one more id, which stands for no role.
    pub(super) fn enters_exchange(&self, writes: bool) -> bool {
        let has = |ids: &[&str]| ids.iter().any(|id| self.wids.iter().any(|wid| wid.eq_ignore_ascii_case(id)));
        has(WRITING) || (!writes && has(READING))
    }
}

/// Exchange Administrator, Exchange Recipient Administrator, Global Administrator.
const WRITING: &[&str] = &[
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "31392ffb-586c-42d1-9346-e59415a2cc4e",
    "62e90394-69f5-4237-9190-012177145e10",
];
/// Global Reader, Security Reader.
const READING: &[&str] = &["f2ef992c-3afb-46b9-b7cf-a126ee74c451", "5d6b6bb7-de71-4623-b4af-95380a352509"];

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn token(payload: &str) -> SecretString {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)).into()
    }

    #[test]
    fn roles_are_read_and_anything_else_is_not_known() {
        let claims = Claims::read(&token(r#"{"roles":["User.Read.All"],"wids":[],"aud":1}"#)).unwrap();
        assert!(claims.has_any(&["Directory.Read.All", "User.Read.All"]) && !claims.has_any(&["Domain.Read.All"]));
        assert!(!claims.enters_exchange(false));
        for text in ["opaque", "a.%%%.c", "e30.W10.x"] {
            assert!(Claims::read(&text.to_owned().into()).is_none(), "{text}");
        }
    }

    #[test]
    fn what_a_person_delegated_counts_as_what_an_app_has() {
        let claims = Claims::read(&token(r#"{"scp":"User.Read.All Exchange.Manage"}"#)).unwrap();
        assert!(claims.has_any(&["Exchange.Manage"]) && !claims.has_any(&["Exchange"]));
    }

    #[test]
    fn a_role_that_reads_does_not_let_write() {
        let claims = Claims::read(&token(r#"{"wids":["F2EF992C-3AFB-46B9-B7CF-A126EE74C451"]}"#)).unwrap();
        assert!(claims.enters_exchange(false) && !claims.enters_exchange(true));
    }
}
