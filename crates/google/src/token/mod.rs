//! Access tokens: one per subject and scope, asked for once however many callers wait.

mod browser;
mod caller;
mod cell;
mod endpoint;
mod key;
mod keyless;
mod refusal;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use tripod_http::Connector;
use tripod_model::Address;
use tripod_tenant::{CallPolicy, Clock, Endpoints, Repeat, TenantError};

use self::browser::Browser;
use self::cell::{Cell, Given};
use self::key::Key;
use self::keyless::Keyless;
use crate::identity::{GoogleIdentity, Way};

pub(crate) use self::browser::covers;
pub(crate) use self::endpoint::{Granted, NotGranted, TokenEndpoint, unavailable, unreached};
pub(crate) use self::refusal::{Refusal, of_code};

/// On whose behalf a call is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The administrator of the settings.
    Admin(Address),
    /// The mailbox itself.
    Mailbox(Address),
    /// Nobody's: whoever signed in acts by a role of their own.
    Itself,
}

impl Subject {
    /// Whom domain-wide delegation is asked for, if anybody.
    fn delegated(&self) -> Option<&Address> {
        match self {
            Self::Admin(address) | Self::Mailbox(address) => Some(address),
            Self::Itself => None,
        }
    }
}

/// Where tokens come from.
pub(crate) struct TokenSource {
    giver: Giver,
    policy: CallPolicy,
    clock: Arc<dyn Clock>,
    cells: Mutex<HashMap<(Subject, &'static str), Arc<Cell>>>,
}

enum Giver {
    Key(Box<Key>),
    Keyless(Box<Keyless>),
    Browser(Box<Browser>),
}

impl TokenSource {
    /// A source for this identity. An error of kind `SetUp` if it cannot be used.
    pub(crate) fn new(
        identity: GoogleIdentity,
        endpoints: &Endpoints,
        connector: Connector,
        policy: CallPolicy,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let endpoint = TokenEndpoint::new(endpoints.clone());
        let giver = match identity.checked(endpoints)?.way {
            Way::Key(key) => Giver::Key(Box::new(Key::new(key, connector)?)),
            Way::Keyless { service_account, caller } => {
                let keyless = Keyless::new(service_account, caller, endpoint, connector, Arc::clone(&clock))?;
                Giver::Keyless(Box::new(keyless))
            }
            Way::Browser { client, refresh_tokens } => {
                Giver::Browser(Box::new(Browser::new(client, refresh_tokens, endpoint)))
            }
        };
        Ok(Self { giver, policy, clock, cells: Mutex::default() })
    }

    /// A token for a subject and a scope.
    pub(crate) async fn token(
        &self,
        subject: &Subject,
        scope: &'static str,
        operation: &str,
    ) -> Result<SecretString, TenantError> {
        let ask = || self.policy.run(Repeat::Safe, || self.ask(subject, scope, operation));
        let held = self.cell(subject, scope).get(self.clock.as_ref(), ask).await?;
        match &self.giver {
            Giver::Browser(_) => browser::includes(held.scopes.as_deref(), scope, operation)?,
            Giver::Key(_) | Giver::Keyless(_) => {}
        }
        Ok(held.token.clone())
    }

    /// Forgets a token that Google refused, so that the next call asks for a new one.
    pub(crate) async fn forget(&self, subject: &Subject, scope: &'static str) {
        self.cell(subject, scope).forget().await;
    }

    fn cell(&self, subject: &Subject, scope: &'static str) -> Arc<Cell> {
        // Who signed in has one token for everything that they agreed to.
        let scope = if matches!(self.giver, Giver::Browser(_)) { "" } else { scope };
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry((subject.clone(), scope)).or_default())
    }

    async fn ask(&self, subject: &Subject, scope: &'static str, operation: &str) -> Result<Given, TenantError> {
        match &self.giver {
            Giver::Key(key) => key.ask(subject, scope, operation).await,
            Giver::Keyless(keyless) => keyless.ask(subject, scope, operation).await,
            Giver::Browser(browser) => browser.ask(operation).await,
        }
    }
}
