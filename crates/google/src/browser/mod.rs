//! Signing in in a browser: an installed app of the organisation's own, with PKCE on loopback (RFC 8252 and 7636; facts
//! sheet, Google 6.5).

mod page;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tripod_tenant::{CauseId, Endpoints, ErrorKind, SignInFor, TenantError};
use url::Url;
use uuid::Uuid;

use self::page::Callback;
use crate::credential_file::CredentialFile;
use crate::key::TOKEN_ADDRESSES;
use crate::scope::{Access, DOMAIN_READ, GROUP_SETTINGS, IDENTITY_GROUPS_READ, REPORTS_READ, USER_READ};
use crate::token::{Granted, NotGranted, Refusal, TokenEndpoint, covers, of_code, unavailable, unreached};

const WHAT: &str = "the OAuth client";
/// How long somebody may take in the browser.
const PATIENCE: Duration = Duration::from_mins(10);
/// Says whose sign-in it was.
const WHO: [&str; 2] = ["openid", "email"];

/// The OAuth client of an installed app, as the Google Cloud console hands it out: «Desktop app». Its `Debug` shows the
/// client id.
#[derive(Clone)]
pub struct BrowserClient {
    id: String,
    /// Google hands one out and does not take it for a secret (facts sheet, Google 6.5); it is kept like one.
    secret: Option<SecretString>,
    token_uri: String,
}

impl std::fmt::Debug for BrowserClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BrowserClient({})", self.id)
    }
}

impl BrowserClient {
    /// Reads the JSON of an OAuth client. The error names the field that is wrong, never its content; its kind is
    /// [`ErrorKind::SetUp`].
    pub fn from_json(json: &SecretString) -> Result<Self, TenantError> {
        let file = CredentialFile::read(WHAT, json)?;
        let Some(installed) = file.part("installed") else {
            let hint = match file.part("web") {
                Some(_) => "it is one for a web application; make one of the type «Desktop app»",
                None => "it has no `installed`; download the JSON of an OAuth client of the type «Desktop app»",
            };
            return Err(file.wrong(hint));
        };
        Ok(Self {
            id: installed.text("client_id")?,
            secret: installed.optional("client_secret").map(SecretString::from),
            token_uri: installed.text("token_uri")?,
        })
    }

    /// The client id, by which an administrator finds it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it would send codes and tokens is looked at before it does.
    pub(crate) fn check(&self, endpoints: &Endpoints) -> Result<(), TenantError> {
        CredentialFile::check_address(WHAT, "token_uri", &self.token_uri, &TOKEN_ADDRESSES, endpoints)
    }

    /// What it shows a token endpoint of itself.
    pub(crate) fn form(&self) -> Vec<(&str, &str)> {
        let mut form = vec![("client_id", self.id.as_str())];
        form.extend(self.secret.iter().map(|secret| ("client_secret", secret.expose_secret())));
        form
    }
}

/// What signing in gave.
#[derive(Debug)]
pub struct SignedIn {
    /// To be kept by a [`tripod_tenant::RefreshTokens`]; good until it is revoked.
    pub refresh_token: SecretString,
    /// The address of whoever signed in, if Google said so.
    pub who: Option<String>,
    /// The permissions that they did not agree to.
    pub left_out: Vec<String>,
}

/// The scopes that are asked for: for group inboxes and who is in them. Accounts are only looked up, because without
/// domain-wide delegation none is ever changed (facts sheet, Google 7).
fn scopes(purpose: SignInFor) -> Vec<&'static str> {
    let access = if purpose.writes() { Access::Write } else { Access::Read };
    let mut scopes = vec![USER_READ, access.group(), access.member(), GROUP_SETTINGS];
    if purpose.reads() {
        scopes.extend([DOMAIN_READ, REPORTS_READ, IDENTITY_GROUPS_READ]);
    }
    scopes
}

/// Has somebody sign in in a browser on this machine. `show` is given the address to open. Waits ten minutes at the
/// most; whoever drops it ends it.
///
/// An error of kind [`ErrorKind::SetUp`] if they decline or Google does not accept the client.
pub async fn sign_in_with_browser(
    client: &BrowserClient,
    purpose: SignInFor,
    endpoints: &Endpoints,
    show: &(dyn Fn(&str) + Send + Sync),
) -> Result<SignedIn, TenantError> {
    sign_in(client, purpose, endpoints, show, PATIENCE).await
}

async fn sign_in(
    client: &BrowserClient,
    purpose: SignInFor,
    endpoints: &Endpoints,
    show: &(dyn Fn(&str) + Send + Sync),
    patience: Duration,
) -> Result<SignedIn, TenantError> {
    let operation = "sign in in the browser";
    client.check(endpoints)?;
    let endpoint = TokenEndpoint::new(endpoints.clone());
    let no_port =
        |error: std::io::Error| unavailable(operation, format!("no port of this machine can be listened on: {error}"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(no_port)?;
    let back = format!("http://127.0.0.1:{}", listener.local_addr().map_err(no_port)?.port());

    // Each holds 244 bits of the system's randomness, in characters that RFC 7636 allows.
    let [verifier, state] =
        [(); 2].map(|()| SecretString::from(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())));
    let wanted = scopes(purpose);
    show(&address(client, &endpoint, &wanted, &back, &verifier, &state, operation)?);

    let Ok(callback) = tokio::time::timeout(patience, page::wait(&listener, state.expose_secret())).await else {
        let minutes = patience.as_secs() / 60;
        let message = format!("nobody signed in within {minutes} minutes; run the command again");
        return Err(TenantError::new(ErrorKind::SetUp, operation, message).caused_by(CauseId::NotSignedIn));
    };
    let Callback { answer, browser } = callback;
    let outcome = match answer {
        Ok(code) => redeem(client, &endpoint, &code, &back, &verifier, operation).await,
        Err(error) => Err(of_code(&Refusal::new(&error, None), operation)),
    };
    browser.tell(outcome.is_ok()).await;
    let granted = outcome?;
    let Some(refresh_token) = granted.refresh_token else {
        let message = "Google gave nothing that could be kept; take Tripod's access away under \
                       https://myaccount.google.com/connections and sign in again";
        return Err(TenantError::new(ErrorKind::SetUp, operation, message));
    };
    // A reply without scopes is one for all that were asked for (RFC 6749, 5.1).
    let agreed = granted.scopes;
    let is_left_out = |scope: &str| agreed.as_ref().is_some_and(|agreed| !covers(agreed, scope));
    let left_out = wanted.into_iter().filter(|scope| is_left_out(scope)).map(str::to_owned).collect();
    Ok(SignedIn { refresh_token, who: granted.who, left_out })
}

/// The address that the browser is sent to.
fn address(
    client: &BrowserClient,
    endpoint: &TokenEndpoint,
    wanted: &[&str],
    back: &str,
    verifier: &SecretString,
    state: &SecretString,
    operation: &str,
) -> Result<String, TenantError> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()));
    let scope = wanted.iter().chain(&WHO).copied().collect::<Vec<_>>().join(" ");
    let mut url = Url::parse(&format!("{}/o/oauth2/v2/auth", endpoint.root("accounts.google.com")))
        .map_err(|error| unavailable(operation, error.to_string()))?;
    url.query_pairs_mut().extend_pairs([
        ("client_id", client.id.as_str()),
        ("redirect_uri", back),
        ("response_type", "code"),
        ("scope", &scope),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("state", state.expose_secret()),
        ("access_type", "offline"),
        // Without it, somebody who signed in before gets no refresh token.
        ("prompt", "consent"),
    ]);
    Ok(url.into())
}

/// Exchanges the code for tokens.
async fn redeem(
    client: &BrowserClient,
    endpoint: &TokenEndpoint,
    code: &SecretString,
    back: &str,
    verifier: &SecretString,
    operation: &str,
) -> Result<Granted, TenantError> {
    let mut form = client.form();
    form.extend([
        ("grant_type", "authorization_code"),
        ("code", code.expose_secret()),
        ("redirect_uri", back),
        ("code_verifier", verifier.expose_secret()),
    ]);
    endpoint.grant(operation, &form).await.map_err(|no| match no {
        NotGranted::Refused(refusal) => of_code(&refusal, operation),
        NotGranted::Failed(error) => error,
    })
}

/// Takes back what a sign-in gave. One that Google no longer knows is fine.
pub async fn revoke(refresh_token: &SecretString, endpoints: &Endpoints) -> Result<(), TenantError> {
    let operation = "revoke the sign-in";
    let endpoint = TokenEndpoint::new(endpoints.clone());
    let url = format!("{}/revoke", endpoint.root("oauth2.googleapis.com"));
    let reply = endpoint.form(&url, &[("token", refresh_token.expose_secret())]).await;
    let reply = reply.map_err(|problem| unreached(operation, "Google", &problem))?;
    let is_gone = || {
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        reply.status == http::StatusCode::BAD_REQUEST && body["error"] == "invalid_token"
    };
    if reply.status.is_success() || is_gone() {
        return Ok(());
    }
    let message = format!("Google answered HTTP {}; try again later", reply.status.as_u16());
    Err(unavailable(operation, message))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;

    fn client(token_uri: &str) -> BrowserClient {
        let json = json!({ "installed": { "client_id": "123", "client_secret": "s3cret", "token_uri": token_uri } });
        BrowserClient::from_json(&SecretString::from(json.to_string())).unwrap()
    }

    fn stand_in() -> Endpoints {
        Endpoints::stand_in(Url::parse("http://127.0.0.1:4000").unwrap()).unwrap()
    }

    #[test]
    fn a_client_that_cannot_be_used_is_refused_without_a_word_of_its_secret() {
        for (json, part) in [
            (json!({ "web": { "client_id": "1", "client_secret": "s3cret" } }), "«Desktop app»"),
            (json!({ "client_id": "1", "client_secret": "s3cret" }), "it has no `installed`"),
            (json!({ "installed": { "client_secret": "s3cret", "token_uri": "x" } }), "`client_id`"),
        ] {
            let error = BrowserClient::from_json(&SecretString::from(json.to_string())).unwrap_err();
            assert_eq!(error.kind, ErrorKind::SetUp);
            assert!(error.to_string().contains(part) && !error.to_string().contains("s3cret"), "{error}");
        }
        assert_eq!(format!("{:?}", client(TOKEN_ADDRESSES[0])), "BrowserClient(123)");
    }

    #[test]
    fn codes_go_to_google_or_to_a_stand_in_on_this_machine_and_nowhere_else() {
        assert!(client(TOKEN_ADDRESSES[0]).check(&Endpoints::providers()).is_ok());
        assert!(client(TOKEN_ADDRESSES[0]).check(&stand_in()).is_err());
        assert!(client("https://oauth2.googleapis.com.evil.test/token").check(&Endpoints::providers()).is_err());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_and_the_page_to_open_holds_no_secret() {
        let shown = Mutex::new(Vec::new());
        let show = |url: &str| shown.lock().unwrap().push(Url::parse(url).unwrap());
        let client = client("http://127.0.0.1:4000/oauth2.googleapis.com/token");
        let mut seen = Vec::new();
        for _ in 0..2 {
            let outcome = sign_in(&client, SignInFor::Reading, &stand_in(), &show, Duration::ZERO).await;
            let error = outcome.unwrap_err();
            assert_eq!((error.kind, error.cause), (ErrorKind::SetUp, Some(CauseId::NotSignedIn)));
            let url = shown.lock().unwrap().pop().unwrap();
            let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            assert!(value("redirect_uri").starts_with("http://127.0.0.1:"), "{url}");
            assert_eq!((value("code_challenge_method"), value("code_challenge").len()), ("S256".to_owned(), 43));
            assert!(!url.as_str().contains("s3cret") && !url.as_str().contains("code_verifier"), "{url}");
            seen.extend([value("state"), value("code_challenge")]);
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 4, "each sign-in has a state and a verifier of its own");
    }
}
