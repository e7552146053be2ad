//! Tokens of whoever signed in in a browser, by their refresh token (facts sheet, Google 6.5).

use std::sync::Arc;

use secrecy::ExposeSecret;
use tripod_tenant::{CauseId, ErrorKind, RefreshTokens, TenantError};

use super::cell::Given;
use super::endpoint::TokenEndpoint;
use super::refusal::of_refresh;
use crate::browser::BrowserClient;

/// Asks with a refresh token.
pub(super) struct Browser {
    client: BrowserClient,
    refresh_tokens: Arc<dyn RefreshTokens>,
    endpoint: TokenEndpoint,
}

impl Browser {
    pub(super) fn new(client: BrowserClient, refresh_tokens: Arc<dyn RefreshTokens>, endpoint: TokenEndpoint) -> Self {
        Self { client, refresh_tokens, endpoint }
    }

    pub(super) async fn ask(&self, operation: &str) -> Result<Given, TenantError> {
        let Some(refresh_token) = self.refresh_tokens.load()? else {
            let message = "nobody has signed in; run `tripod auth login`";
            return Err(TenantError::new(ErrorKind::SetUp, operation, message).caused_by(CauseId::NotSignedIn));
        };
        let mut form = self.client.form();
        form.extend([("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())]);
        let granted = self.endpoint.grant(operation, &form).await;
        let granted = granted.map_err(|no| no.told(|refusal| of_refresh(refusal, operation)))?;
        // Google seldom hands out a new one; if it does, the old one is good for nothing any more.
        if let Some(token) = &granted.refresh_token {
            self.refresh_tokens.store(token)?;
        }
        Ok(Given::from(granted))
    }
}

/// An error unless what was agreed to includes a scope, or the one that allows to write as well: whoever signs in may
/// leave out some.
pub(super) fn includes(agreed: Option<&[String]>, scope: &str, operation: &str) -> Result<(), TenantError> {
    match agreed {
        Some(scopes) if !covers(scopes, scope) => {
            let message = "whoever signed in did not agree to one of the permissions; run `tripod auth login` again and \
                           tick them all";
            Err(TenantError::new(ErrorKind::SetUp, operation, message)
                .lacking(scope)
                .caused_by(CauseId::GoogleScopeNotAgreed))
        }
        _ => Ok(()),
    }
}

/// Whether a scope is among these, or the one that allows to write as well.
pub(crate) fn covers(agreed: &[String], scope: &str) -> bool {
    agreed.iter().any(|agreed| agreed == scope || Some(agreed.as_str()) == scope.strip_suffix(".readonly"))
}
