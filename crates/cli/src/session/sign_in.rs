//! Where the sign-in of a person is kept: the refresh token that `tripod auth login` was given.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use tripod_sandbox::Access;
use tripod_tenant::{ErrorKind, RefreshTokens, TenantError};

use super::Session;
use crate::keychain::Keychain;
use crate::workspace::private_folder;

/// The sign-in of one identity of one tenant.
#[derive(Clone, Debug)]
pub(crate) struct KeptSignIn {
    keychain: Keychain,
    name: String,
}

impl KeptSignIn {
    /// Where it is or would be, in words.
    pub(crate) fn place(&self) -> String {
        self.keychain.place(&self.name)
    }

    /// Takes it away. Whether there was one.
    pub(crate) fn remove(&self) -> Result<bool, TenantError> {
        self.keychain.remove(&self.name).map_err(|reason| self.failed("sign out", &reason))
    }

    fn failed(&self, operation: &str, reason: &str) -> TenantError {
        TenantError::new(ErrorKind::SetUp, operation, format!("{}: {reason}", self.place()))
    }
}

impl RefreshTokens for KeptSignIn {
    fn load(&self) -> Result<Option<SecretString>, TenantError> {
        self.keychain.get(&self.name).map_err(|reason| self.failed("read the sign-in", &reason))
    }

    fn store(&self, token: &SecretString) -> Result<(), TenantError> {
        self.keychain.put(&self.name, token).map_err(|reason| self.failed("keep the sign-in", &reason))
    }
}

impl Session {
    /// The sign-in of a tenant's identity. `id` is the customer's or tenant's own id, so that workspaces on the same
    /// machine share it. Sign-ins at stand-ins stay in the workspace.
    pub(crate) fn sign_in(&self, root: &Path, id: &str, access: Access) -> Result<Arc<KeptSignIn>, TenantError> {
        let keychain = if self.sandbox.is_some() {
            Keychain::Files(private_folder(root).join("sandbox-sign-ins"))
        } else {
            Keychain::of_this_machine()
                .map_err(|reason| TenantError::new(ErrorKind::SetUp, "look for the keychain", reason))?
        };
        let side = match access {
            Access::Read => "read",
            Access::Write => "write",
        };
        Ok(Arc::new(KeptSignIn { keychain, name: format!("{}/{side}", id.to_ascii_lowercase()) }))
    }
}
