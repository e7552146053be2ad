//! Where the sign-in of a person is kept: the refresh token that `tripod auth login` was given.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use tripod_microsoft::DeviceSignIn;
use tripod_model::{GoogleSignIn, MicrosoftConfig, MicrosoftProof, ProviderConfig, TenantConfig};
use tripod_sandbox::Access;
use tripod_tenant::{CauseId, ErrorKind, RefreshTokens, SignInFor, TenantError};

use super::Session;
use crate::browser::Browser;
use crate::keychain::Keychain;
use crate::workspace::private_folder;

/// The sign-in of one identity of one tenant.
#[derive(Clone, Debug)]
pub(crate) struct KeptSignIn {
    keychain: Keychain,
    name: String,
    /// The file that says what the last try to sign in came to, if it came to nothing. It holds no secret.
    failure: PathBuf,
}

impl KeptSignIn {
    /// Where it is or would be, in words.
    pub(crate) fn place(&self) -> String {
        self.keychain.place(&self.name)
    }

    /// Why the last try to sign in came to nothing, if that is known and nobody has signed in since.
    pub(crate) fn last_failure(&self) -> Option<CauseId> {
        serde_json::from_slice(&tripod_files::read(&self.failure).ok()?).ok()
    }

    /// Keeps why a try came to nothing, for the doctor. Where that cannot be written, it was told all the same.
    fn note_failure(&self, cause: CauseId) {
        let folder = self.failure.parent().map_or(Ok(()), tripod_files::private_folder);
        let written =
            folder.and_then(|()| tripod_files::replace_private(&self.failure, format!("\"{cause}\"\n").as_bytes()));
        if let Err(error) = written {
            tracing::warn!(%error, "why nobody could sign in is not kept");
        }
    }

    fn forget_failure(&self) {
        // That there is none is how it mostly is.
        let _ = std::fs::remove_file(&self.failure);
    }

    /// Takes it away. Whether there was one.
    pub(crate) fn remove(&self) -> Result<bool, TenantError> {
        self.forget_failure();
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
        let name = format!("{}-{side}", id.to_ascii_lowercase());
        let failure = self.records(root).join("failed-sign-ins").join(format!("{name}.json"));
        Ok(Arc::new(KeptSignIn { keychain, name, failure }))
    }
}

/// What signing in gave.
struct SignedIn {
    /// What is kept of it.
    refresh_token: SecretString,
    /// Who signed in, if the provider said so.
    who: Option<String>,
    /// What they did not agree to, in the provider's names.
    left_out: Vec<String>,
}

impl Session {
    /// The sign-in of a tenant's identity, if the workspace says that it is a person's. The one that writes reads as
    /// well, unless another one does.
    pub(crate) fn person_of(
        &self,
        root: &Path,
        tenant: &TenantConfig,
        access: Access,
    ) -> Result<Option<Arc<KeptSignIn>>, TenantError> {
        let (id, is_person, reads_apart) = match &tenant.provider {
            ProviderConfig::GoogleWorkspace(config) => {
                let credentials = if access == Access::Read { config.reading() } else { &config.credentials };
                let is_person = matches!(credentials.signs_in, GoogleSignIn::Browser { .. });
                (&config.customer, is_person, config.read_credentials.is_some())
            }
            ProviderConfig::Microsoft365(config) => {
                let credentials = if access == Access::Read { config.reading() } else { &config.credentials };
                let is_person = credentials.proof == MicrosoftProof::DeviceCode;
                (&config.tenant_id, is_person, config.read_credentials.is_some())
            }
        };
        if !is_person || (access == Access::Read && !reads_apart) {
            return Ok(None);
        }
        self.sign_in(root, id, access).map(Some)
    }

    /// Has a person sign in for a tenant's identity, which the workspace says is a person's, and keeps that. The
    /// page to do it on is opened in the `browser`, if that opens; `show` is told what they have to do, and what came of
    /// it.
    pub(crate) async fn have_sign_in(
        &self,
        root: &Path,
        tenant: &TenantConfig,
        access: Access,
        kept: &KeptSignIn,
        browser: Browser,
        show: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<(), TenantError> {
        let begun = self.begin_sign_in(root, tenant, access, browser, show).await;
        if let Some(cause) = begun.as_ref().err().and_then(|error| error.cause) {
            kept.note_failure(cause);
        }
        let SignedIn { refresh_token, who, left_out } = begun?;
        kept.store(&refresh_token)?;
        kept.forget_failure();
        let who = who.map_or_else(|| "signed in".to_owned(), |who| format!("signed in as {who}"));
        show(&format!("{who}; kept in {}", kept.place()));
        if !left_out.is_empty() {
            show(&format!("not agreed to, so that what needs it will not work: {}", left_out.join(" ")));
        }
        Ok(())
    }

    async fn begin_sign_in(
        &self,
        root: &Path,
        tenant: &TenantConfig,
        access: Access,
        browser: Browser,
        show: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<SignedIn, TenantError> {
        match &tenant.provider {
            ProviderConfig::GoogleWorkspace(config) => {
                let client = self.google_client(root, config, access)?;
                let purpose = purpose(access, config.read_credentials.is_some());
                let open = |page: &str| {
                    let what = if browser.open(page) {
                        "your browser opens this page; if it does not, open it on this machine:"
                    } else {
                        "open this page in a browser on this machine:"
                    };
                    show(&format!("{what}\n  {page}"));
                };
                let tripod_google::SignedIn { refresh_token, who, left_out } =
                    tripod_google::sign_in_with_browser(&client, purpose, &self.endpoints, &open).await?;
                Ok(SignedIn { refresh_token, who, left_out })
            }
            ProviderConfig::Microsoft365(config) => self.begin_with_code(root, config, access, browser, show).await,
        }
    }

    async fn begin_with_code(
        &self,
        root: &Path,
        config: &MicrosoftConfig,
        access: Access,
        browser: Browser,
        show: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<SignedIn, TenantError> {
        let client_id = self.microsoft_app(root, config, access)?.client_id.unwrap_or_default();
        let purpose = purpose(access, config.read_credentials.is_some());
        let clock = Arc::clone(&self.clock);
        let begun = DeviceSignIn::start(&config.tenant_id, &client_id, purpose, &self.endpoints, clock).await?;
        let (page, code) = (begun.verification_uri(), begun.user_code());
        // The code can be typed in on any device; whoever has a browser here is spared typing the address.
        show(&if browser.open(page) {
            format!("your browser opens {page}; type in {code} there, or on any other device")
        } else {
            format!("open {page} and type in {code}")
        });
        let tripod_microsoft::SignedIn { refresh_token, who } = begun.wait().await?;
        Ok(SignedIn { refresh_token, who, left_out: Vec::new() })
    }

    /// Tells the provider that a sign-in is over, before it is forgotten here. Whether the provider can be told at all:
    /// Microsoft ends a person's sessions only all at once, which is theirs to do.
    pub(crate) async fn end_sign_in(&self, tenant: &TenantConfig, kept: &KeptSignIn) -> Result<bool, TenantError> {
        match (&tenant.provider, kept.load()?) {
            (ProviderConfig::GoogleWorkspace(_), Some(token)) => {
                tripod_google::revoke(&token, &self.endpoints).await.map(|()| true)
            }
            (ProviderConfig::GoogleWorkspace(_), None) | (ProviderConfig::Microsoft365(_), _) => Ok(false),
        }
    }
}

/// What a person signs in for, by whether another identity reads.
fn purpose(access: Access, reads_apart: bool) -> SignInFor {
    match (access, reads_apart) {
        (Access::Read, _) => SignInFor::Reading,
        (Access::Write, true) => SignInFor::Writing,
        (Access::Write, false) => SignInFor::Both,
    }
}
