//! Where the refresh token of somebody who signed in is kept between two runs.

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
