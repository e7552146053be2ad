//! Which tenant is meant, and how Tripod proves who it is there.

use std::sync::Arc;

use secrecy::SecretString;
use tripod_tenant::{ErrorKind, RefreshTokens, TenantError};

use crate::token::{ForeignToken, ManagedIdentity};

/// A Microsoft 365 tenant.
#[derive(Clone, Debug)]
pub struct MicrosoftTenant {
    /// The tenant's GUID, in any case.
    pub tenant_id: String,
    /// The domains whose addresses belong to it.
    pub domains: Vec<String>,
}

/// How Tripod signs in: as an app registration of the organisation's own, through one on behalf of a person, or as the
/// machine that it runs on.
#[derive(Clone, Debug)]
pub struct AppCredentials {
    /// The application (client) id, a GUID in any case. Only a managed identity may go without: it is then the one that
    /// the machine has of its own.
    pub client_id: Option<String>,
    /// What proves it.
    pub proof: ClientProof,
}

/// What proves who signs in.
#[derive(Clone, Debug)]
pub enum ClientProof {
    /// A client secret.
    Secret(SecretString),
    /// A certificate and its private key (PKCS #8 or PKCS #1, RSA), both as PEM in one text, in any order.
    Certificate(SecretString),
    /// The token of another issuer that the app registration trusts.
    Federated(Arc<dyn ForeignToken>),
    /// A person signed in with a device code ([`crate::DeviceSignIn`]), and their refresh token is kept here.
    DeviceCode(Arc<dyn RefreshTokens>),
    /// The identity of the machine.
    ManagedIdentity(ManagedIdentity),
}

/// A GUID in lower case, so that it is safe as a segment of a path and compares as what it is.
///
/// Every id of this adapter becomes one before it goes into a URL: neither graph-rs-sdk nor Exchange encodes ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Guid(String);

impl Guid {
    /// Reads a GUID with hyphens, in any case; anything else is an error of kind *invalid*.
    pub(crate) fn parse(text: &str, operation: &str) -> Result<Self, TenantError> {
        Self::read(text).ok_or_else(|| {
            // The text may be anything, so only its beginning is shown, and nothing that could move a terminal.
            let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
            TenantError::new(ErrorKind::Invalid, operation, format!("`{shown}` is not a GUID"))
        })
    }

    /// The same where not being a GUID is an answer, not an error.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let hyphens =
            text.len() == 36 && [8, 13, 18, 23].iter().all(|place| text.as_bytes().get(*place) == Some(&b'-'));
        let guid = uuid::Uuid::try_parse(text).ok().filter(|_| hyphens)?;
        Some(Self(guid.hyphenated().to_string()))
    }

    /// The GUID as text, in lower case.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_read_in_any_case_and_nothing_else_is_one() {
        let guid = Guid::parse("7F0C2D1E-0000-4000-8000-00000000ABCD", "read x").unwrap();
        assert_eq!(guid.as_str(), "7f0c2d1e-0000-4000-8000-00000000abcd");
        for text in
            ["", "x/../../groups/y", "7f0c2d1e000040008000000000000abcd", "{7f0c2d1e-0000-4000-8000-00000000abcd}"]
        {
            assert_eq!(Guid::read(text), None, "{text}");
        }
    }

    #[test]
    fn credentials_do_not_show_their_secret() {
        let credentials = AppCredentials { client_id: None, proof: ClientProof::Secret("hunter2".to_owned().into()) };
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }
}
