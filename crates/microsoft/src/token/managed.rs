//! The identity that Azure gives to a machine: no secret at all, a service on the machine's own link hands out tokens.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tripod_http::limits::TOKEN_ON_LINK;
use tripod_http::{Client, Network};
use tripod_tenant::{CauseId, Endpoints, ErrorKind, TenantError};

use url::Url;

use super::login::{self, Given};
use super::{Resource, place};
use crate::config::Guid;
use crate::sending::{self, Answer};

/// Where a virtual machine asks (facts sheet, Microsoft 4).
const MACHINE: &str = "169.254.169.254";
/// A service that is being updated is back within 70 seconds (Microsoft: managed identities, how to use VM tokens,
/// error handling); the six waits of a call policy are longer than that with this one.
const UPDATING: Duration = Duration::from_secs(12);

/// Where a machine asks for the tokens of its identity.
#[derive(Clone)]
pub struct ManagedIdentity {
    /// The service of App Service, Functions and Container Apps, with the header that it wants; without one, the
    /// virtual machines' service.
    service: Option<(Url, SecretString)>,
}

impl fmt::Debug for ManagedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = self.service.as_ref().map(|(url, _)| url.as_str());
        f.debug_struct("ManagedIdentity").field("service", &service).finish_non_exhaustive()
    }
}

impl ManagedIdentity {
    /// What the environment says: App Service, Functions and Container Apps set `IDENTITY_ENDPOINT` and
    /// `IDENTITY_HEADER`; where neither is set it is a virtual machine.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, TenantError> {
        let set = |name| variable(name).filter(|value| !value.trim().is_empty());
        match (set("IDENTITY_ENDPOINT"), set("IDENTITY_HEADER")) {
            (Some(endpoint), Some(header)) => Self::at(&endpoint, header.into()),
            (None, _) => Ok(Self::of_virtual_machine()),
            (Some(_), None) => Err(set_up(
                "$IDENTITY_ENDPOINT is set without $IDENTITY_HEADER; machines of Azure Arc are not supported",
            )),
        }
    }

    /// The identity of a virtual machine.
    #[must_use]
    pub fn of_virtual_machine() -> Self {
        Self { service: None }
    }

    /// The identity behind a service on this machine or its own link.
    pub fn at(endpoint: &str, header: SecretString) -> Result<Self, TenantError> {
        let url = Url::parse(endpoint.trim()).ok().filter(place::is_on_this_link).ok_or_else(|| {
            set_up("$IDENTITY_ENDPOINT is no address on this machine; nothing was sent there. It is the platform that sets it")
        })?;
        Ok(Self { service: Some((url, header)) })
    }
}

/// A machine's identity, made ready.
pub(super) struct Machine {
    url: Url,
    header: Option<SecretString>,
    /// Which of several identities, for those that are assigned by somebody.
    client_id: Option<Guid>,
    http: Client,
}

impl Machine {
    pub(super) fn new(
        identity: ManagedIdentity,
        client_id: Option<Guid>,
        endpoints: &Endpoints,
    ) -> Result<Self, TenantError> {
        let (url, header) = match identity.service {
            Some((url, _)) if endpoints.is_stand_in() && !endpoints.owns(MACHINE, url.as_str()) => {
                return Err(set_up(
                    "a stand-in is asked for a token of this machine's real identity; that is not done",
                ));
            }
            Some((url, header)) => (url, Some(header)),
            None => {
                let root = if endpoints.is_stand_in() { endpoints.root(MACHINE) } else { format!("http://{MACHINE}") };
                let url = Url::parse(&format!("{root}/metadata/identity/oauth2/token"));
                (url.map_err(|_| set_up("the address of the machine's identity service is none"))?, None)
            }
        };
        let http = Client::at(Network::of_this_machine(), true, TOKEN_ON_LINK);
        Ok(Self { url, header, client_id, http })
    }

    pub(super) fn address(&self) -> &str {
        self.url.as_str()
    }

    /// Asks the machine for a token.
    pub(super) async fn ask(&self, resource: Resource, operation: &str) -> Result<Given, TenantError> {
        let mut url = self.url.clone();
        let version = if self.header.is_some() { "2019-08-01" } else { "2018-02-01" };
        // The resource by its name, without `/.default`.
        url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", resource.uri());
        if let Some(client_id) = &self.client_id {
            url.query_pairs_mut().append_pair("client_id", client_id.as_str());
        }
        let request = http::Request::get(url.as_str());
        let request = match &self.header {
            Some(header) => request.header("X-IDENTITY-HEADER", header.expose_secret().trim()),
            None => request.header("Metadata", "true"),
        };
        let request = sending::written(request, Vec::new(), operation)?;
        let answer = sending::send(&self.http, request, operation).await.map_err(|error| {
            if error.not_done {
                let message = "this machine has no managed identity: nobody answers who would give out its tokens; run \
                               Tripod on a machine of Azure that has one, or sign in another way";
                return lacks(operation, message);
            }
            error
        })?;
        if answer.is_success() { read(&answer, operation) } else { Err(self.refusal(&answer, resource, operation)) }
    }

    fn refusal(&self, answer: &Answer, resource: Resource, operation: &str) -> TenantError {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Refusal {
            error: String,
        }

        let message = format!("the machine's identity service answered {}", answer.status);
        match answer.status {
            429 => TenantError::new(ErrorKind::Throttled, operation, message).retry_after(answer.retry_after()),
            410 => {
                let wait = answer.retry_after().unwrap_or_default().max(UPDATING);
                TenantError::new(ErrorKind::Unavailable, operation, message).retry_after(Some(wait))
            }
            404 | 408 | 500.. => {
                TenantError::new(ErrorKind::Unavailable, operation, message).retry_after(answer.retry_after())
            }
            400 => {
                let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
                if refusal.error == "invalid_resource" && resource == Resource::Exchange {
                    let message = "the organisation of the managed identity has no Exchange Online";
                    return TenantError::new(ErrorKind::SetUp, operation, message).caused_by(CauseId::ExchangeOff);
                }
                match &self.client_id {
                    Some(id) => {
                        let message = format!(
                            "this machine has no managed identity with the client id {id}; assign it to the machine, or \
                             mend client-id"
                        );
                        lacks(operation, &message)
                    }
                    None => lacks(
                        operation,
                        "this machine has no managed identity of its own; switch it on, or name an assigned one by \
                         client-id",
                    ),
                }
            }
            _ => lacks(operation, &format!("{message}; is this a machine of Azure with a managed identity?")),
        }
    }
}

fn read(answer: &Answer, operation: &str) -> Result<Given, TenantError> {
    #[derive(Deserialize)]
    struct Reply {
        access_token: String,
        #[serde(default)]
        expires_on: Value,
        #[serde(default)]
        expires_in: Value,
    }

    let unreadable = || {
        // The body may hold a token, so nothing of it is shown.
        TenantError::new(ErrorKind::Invalid, operation, "the answer of the machine's identity service holds no token")
    };
    let reply: Reply = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    // The moment in seconds since 1970 as a text; only the virtual machines' service says how long as well.
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    let lifetime = login::seconds(&reply.expires_on)
        .map(|ends| ends.saturating_sub(now))
        .or_else(|| login::seconds(&reply.expires_in))
        .ok_or_else(unreadable)?;
    Ok(Given {
        access_token: reply.access_token.into(),
        lifetime: Duration::from_secs(lifetime),
        refresh_token: None,
        who: None,
    })
}

fn lacks(operation: &str, message: &str) -> TenantError {
    TenantError::new(ErrorKind::SetUp, operation, message).caused_by(CauseId::MicrosoftNoManagedIdentity)
}

fn set_up(message: &str) -> TenantError {
    TenantError::new(ErrorKind::SetUp, "use the managed identity", message)
}
