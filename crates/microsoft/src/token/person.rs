//! A person who signed in with a device code: the refresh token of then is redeemed for the tokens of now.

use std::sync::{Arc, RwLock};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tripod_tenant::{CauseId, ErrorKind, RefreshTokens, SignInFor, TenantError};

use super::login::{Given, Login};
use super::resource::Resource;
use crate::config::Guid;

/// Somebody who signed in.
pub(super) struct Person {
    kept: Arc<dyn RefreshTokens>,
    purpose: SignInFor,
    /// One redemption at a time: each may replace the refresh token that the next one starts from.
    turn: Mutex<()>,
    /// Their sign-in name, once a token has told it.
    who: RwLock<Option<String>>,
}

impl Person {
    pub(super) fn new(kept: Arc<dyn RefreshTokens>, writes: bool) -> Self {
        let purpose = if writes { SignInFor::Writing } else { SignInFor::Reading };
        Self { kept, purpose, turn: Mutex::new(()), who: RwLock::new(None) }
    }

    pub(super) fn name(&self) -> Option<String> {
        self.who.read().ok()?.clone()
    }

    /// Redeems the refresh token that is kept. Microsoft hands out a new one each time, which is kept before the access
    /// token is used.
    ///
    /// The refresh token came with a sign-in to Microsoft Graph. That it opens Exchange Online too, where consent was
    /// given, is what other programs rely on; Microsoft documents it for its own libraries only, and it has not been
    /// tried on a live tenant (facts sheet, Microsoft 4).
    pub(super) async fn ask(
        &self,
        login: &Login,
        client_id: &Guid,
        resource: Resource,
        operation: &str,
    ) -> Result<Given, TenantError> {
        let _turn = self.turn.lock().await;
        let mut refresh_token = self.load(operation)?;
        let mut outcome = self.redeem(login, client_id, resource, &refresh_token, operation).await;
        if matches!(&outcome, Err(error) if !error.is_transient()) {
            // Another run may have redeemed it meanwhile, and kept the new one.
            let now = self.load(operation)?;
            if now.expose_secret() != refresh_token.expose_secret() {
                refresh_token = now;
                outcome = self.redeem(login, client_id, resource, &refresh_token, operation).await;
            }
        }
        let mut given = outcome?;
        if let Some(next) = given.refresh_token.take()
            && next.expose_secret() != refresh_token.expose_secret()
        {
            self.kept.store(&next)?;
        }
        if let (Some(name), Ok(mut who)) = (&given.who, self.who.write()) {
            *who = Some(name.clone());
        }
        Ok(given)
    }

    fn load(&self, operation: &str) -> Result<SecretString, TenantError> {
        self.kept.load()?.ok_or_else(|| {
            let message = "nobody has signed in on this machine; run `tripod auth login`";
            TenantError::new(ErrorKind::SetUp, operation, message).caused_by(CauseId::NotSignedIn)
        })
    }

    async fn redeem(
        &self,
        login: &Login,
        client_id: &Guid,
        resource: Resource,
        refresh_token: &SecretString,
        operation: &str,
    ) -> Result<Given, TenantError> {
        let scope = resource.of_a_person(self.purpose);
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client_id.as_str()),
            ("refresh_token", refresh_token.expose_secret().trim()),
            ("scope", &scope),
        ];
        login.token(&form, operation).await
    }
}
