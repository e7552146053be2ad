//! With what Tripod signs in at Google, and as whom it acts then.

use std::sync::Arc;

use tripod_model::Address;
use tripod_tenant::{Endpoints, RefreshTokens, TenantError};

use crate::browser::BrowserClient;
use crate::caller_credential::CallerCredential;
use crate::credential_file::wrong;
use crate::key::ServiceAccountKey;

/// With what Tripod signs in at Google, and as whom it acts then.
#[derive(Clone, Debug)]
pub struct GoogleIdentity {
    pub(crate) way: Way,
    pub(crate) acts_as_itself: bool,
}

/// The ways to sign in.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    Key(ServiceAccountKey),
    Keyless { service_account: Address, caller: CallerCredential },
    Browser { client: BrowserClient, refresh_tokens: Arc<dyn RefreshTokens> },
}

impl From<ServiceAccountKey> for GoogleIdentity {
    /// With domain-wide delegation, for the administrator and for the mailboxes.
    fn from(key: ServiceAccountKey) -> Self {
        Self { way: Way::Key(key), acts_as_itself: false }
    }
}

impl GoogleIdentity {
    /// A service account without a key: Google signs for it, asked by a caller who may have that done (facts sheet,
    /// Google 6.2). With domain-wide delegation, for the administrator and for the mailboxes. An error of kind `SetUp`
    /// if this is no service account's address.
    pub fn keyless(service_account: &str, caller: CallerCredential) -> Result<Self, TenantError> {
        let what = "the keyless credential";
        let address = service_account
            .parse()
            .map_err(|_| wrong(what, format!("`{service_account}` is not the address of a service account")))?;
        Ok(Self { way: Way::Keyless { service_account: address, caller }, acts_as_itself: false })
    }

    /// Somebody who signed in in a browser, by the refresh token of [`crate::sign_in_with_browser`]. Google lets nobody
    /// but service accounts look after delegates, so that shared mailboxes are out of reach (facts sheet, Google 6.5).
    pub fn browser(client: BrowserClient, refresh_tokens: Arc<dyn RefreshTokens>) -> Self {
        Self { way: Way::Browser { client, refresh_tokens }, acts_as_itself: true }
    }

    /// The same without domain-wide delegation: the service account acts by an admin role of its own. Shared mailboxes
    /// are out of reach then (facts sheet, Google 6.3).
    #[must_use]
    pub fn acting_as_itself(mut self) -> Self {
        self.acts_as_itself = true;
        self
    }

    /// Who it is, in messages: a service account, or whoever signed in.
    pub(crate) fn name(&self) -> String {
        match &self.way {
            Way::Key(key) => key.client_email().to_owned(),
            Way::Keyless { service_account, .. } => service_account.to_string(),
            Way::Browser { .. } => "whoever signed in with `tripod auth login`".to_owned(),
        }
    }

    /// Whether it is a service account.
    pub(crate) fn is_service_account(&self) -> bool {
        !matches!(self.way, Way::Browser { .. })
    }

    /// An error unless everything in it leads to Google, or to the stand-in tenants on this machine.
    pub(crate) fn checked(self, endpoints: &Endpoints) -> Result<Self, TenantError> {
        match &self.way {
            Way::Key(key) => key.check(endpoints)?,
            Way::Keyless { caller, .. } => caller.check(endpoints)?,
            Way::Browser { client, .. } => client.check(endpoints)?,
        }
        Ok(self)
    }
}
