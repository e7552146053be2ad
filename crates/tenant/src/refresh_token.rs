//! A person who signs in: what for, and where their refresh token is kept between two runs.

use std::fmt;

use secrecy::SecretString;

use crate::error::TenantError;

/// Keeps the refresh token of one identity. Adapters ask it and hand back what the provider gives out anew; how and
/// where it is kept is none of their business.
pub trait RefreshTokens: Send + Sync + fmt::Debug {
    /// The token, or nothing if nobody has signed in. An error of kind [`crate::ErrorKind::SetUp`] if the place cannot
    /// be read: that is not the same as nobody having signed in.
    fn load(&self) -> Result<Option<SecretString>, TenantError>;

    /// Puts a token in the place of the one before it.
    fn store(&self, token: &SecretString) -> Result<(), TenantError>;
}

/// What a person signs in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFor {
    /// The identity that only reads.
    Reading,
    /// The identity that writes, where another one reads.
    Writing,
    /// The one identity that does both.
    Both,
}

impl SignInFor {
    /// Whether what reading needs is asked for.
    #[must_use]
    pub fn reads(self) -> bool {
        self != Self::Writing
    }

    /// Whether what writing needs is asked for.
    #[must_use]
    pub fn writes(self) -> bool {
        self != Self::Reading
    }
}
