//! Signing in with a device code: a person types a short code in at Microsoft's page, on any machine with a browser.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tripod_tenant::{CauseId, Clock, Endpoints, ErrorKind, SignInFor, TenantError};

use super::login::{self, Login};
use super::refusal;
use super::resource::Resource;
use crate::config::Guid;

const OPERATION: &str = "sign in with a code";
/// How often is asked where the service does not say (RFC 8628, 3.2), and by how much seldomer when it is too often.
const STEP: Duration = Duration::from_secs(5);
/// The longest time that is waited between two questions.
const SELDOMEST: Duration = Duration::from_mins(1);
/// The longest time that a code is waited for, whatever the service says.
const LONGEST: Duration = Duration::from_hours(1);

/// A sign-in that waits for a person to type its code in.
pub struct DeviceSignIn {
    login: Login,
    client_id: Guid,
    device_code: SecretString,
    user_code: String,
    verification_uri: String,
    message: String,
    interval: Duration,
    ends: Timestamp,
    clock: Arc<dyn Clock>,
}

/// What a person who signed in leaves behind.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What further tokens are asked for with. Whoever has it can act as this person within what they consented to.
    pub refresh_token: SecretString,
    /// Their sign-in name, if the service told it.
    pub who: Option<String>,
}

impl fmt::Debug for DeviceSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceSignIn")
            .field("client_id", &self.client_id)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

impl DeviceSignIn {
    /// Asks for a code. The app registration has to be the organisation's own, with public client flows allowed.
    ///
    /// The permissions are those of Microsoft Graph for the purpose, each by its name. Exchange Online's one
    /// (`Exchange.Manage`) cannot be asked for in the same request: an administrator consents to it at the app
    /// registration.
    pub async fn start(
        tenant_id: &str,
        client_id: &str,
        purpose: SignInFor,
        endpoints: &Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        #[derive(Deserialize)]
        struct Reply {
            device_code: String,
            user_code: String,
            verification_uri: String,
            expires_in: u64,
            interval: Option<u64>,
            #[serde(default)]
            message: String,
        }

        let tenant = Guid::read(tenant_id)
            .ok_or_else(|| set_up("the tenant id is not a GUID; copy the directory (tenant) ID from Entra"))?;
        let client_id = super::client_id(Some(client_id))?;
        let login = Login::new(&tenant, endpoints);
        let scope = Resource::Graph.of_a_person(purpose);
        let form = [("client_id", client_id.as_str()), ("scope", &scope)];
        let asked = clock.now();
        let answer = login.post("devicecode", &form, OPERATION).await?;
        if !answer.is_success() {
            return Err(refusal::error(&answer, OPERATION));
        }
        let not_understood = |why: &str| {
            TenantError::new(ErrorKind::Invalid, OPERATION, format!("the answer of the sign-in service {why}"))
        };
        let reply: Reply = serde_json::from_slice(&answer.body).map_err(|_| not_understood("holds no code"))?;
        if !reply.verification_uri.starts_with("https://") {
            return Err(not_understood("names a page that is not on https"));
        }
        let lifetime = Duration::from_secs(reply.expires_in).min(LONGEST);
        Ok(Self {
            login,
            client_id,
            device_code: reply.device_code.into(),
            user_code: plain(&reply.user_code),
            verification_uri: plain(&reply.verification_uri),
            message: plain(&reply.message),
            interval: reply.interval.map_or(STEP, Duration::from_secs).clamp(Duration::from_secs(1), SELDOMEST),
            ends: asked.saturating_add(lifetime).unwrap_or(asked),
            clock,
        })
    }

    /// What the person types in.
    #[must_use]
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Where they type it in.
    #[must_use]
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// Both as one sentence in Microsoft's own words; may be empty.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Until when the code is good, by the clock that was handed in. It was seen to end earlier than Microsoft says
    /// (facts sheet, Microsoft 4).
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// Waits until the code has been typed in, or has been declined or has expired. Nothing is left behind when this is
    /// dropped.
    pub async fn wait(mut self) -> Result<SignedIn, TenantError> {
        loop {
            self.clock.sleep(self.interval).await;
            if let Some(signed_in) = self.poll().await? {
                return Ok(signed_in);
            }
            if self.clock.now() >= self.ends {
                let message = "nobody typed the code in while it was good; run the command again for a new one";
                return Err(set_up(message).caused_by(CauseId::MicrosoftCodeExpired));
            }
        }
    }

    /// Asks once; nothing while the person has not finished.
    async fn poll(&mut self) -> Result<Option<SignedIn>, TenantError> {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", self.client_id.as_str()),
            ("device_code", self.device_code.expose_secret()),
        ];
        let answer = match self.login.post("token", &form, OPERATION).await {
            Ok(answer) => answer,
            Err(error) if error.is_transient() => {
                self.ask_seldomer();
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if answer.is_success() {
            let given = login::given(&answer, OPERATION)?;
            let refresh_token = given.refresh_token.ok_or_else(|| {
                let message = "the sign-in service gave out nothing to sign in with later; check that the app \
                               registration may have offline_access";
                TenantError::new(ErrorKind::Invalid, OPERATION, message)
            })?;
            return Ok(Some(SignedIn { refresh_token, who: given.who }));
        }
        match refusal::short_code(&answer).as_str() {
            "authorization_pending" => Ok(None),
            "slow_down" => {
                self.ask_seldomer();
                Ok(None)
            }
            _ => match refusal::error(&answer, OPERATION) {
                error if error.is_transient() => {
                    self.ask_seldomer();
                    Ok(None)
                }
                error => Err(error),
            },
        }
    }

    /// By five seconds, for good (RFC 8628, 3.5).
    fn ask_seldomer(&mut self) {
        self.interval = (self.interval + STEP).min(SELDOMEST);
    }
}

fn set_up(message: &str) -> TenantError {
    TenantError::new(ErrorKind::SetUp, OPERATION, message)
}

/// A text of the service's for a terminal, which nothing in it may move.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(500).collect()
}
