//! The identities of a workspace: how each signs in, and where what it needs for that is kept.

use std::path::Path;
use std::sync::Arc;

use tripod_model::suggest::closest;
use tripod_model::{
    FederatedToken, GoogleCredentials, GoogleSignIn, MicrosoftCredentials, MicrosoftProof, ProviderConfig,
    SecretSource, TenantConfig,
};
use tripod_tenant::RefreshTokens;

use super::{Side, Whose};
use crate::exit::{CommandError, Exit};
use crate::keychain::Keychain;
use crate::session::Session;
use crate::session::sign_in::KeptSignIn;
use crate::workspace::Workspace;

/// One identity of one tenant.
pub(super) struct Identity<'w> {
    pub tenant: &'w TenantConfig,
    pub side: Side,
    /// How it signs in, in words.
    pub way: &'static str,
    pub needs: Needs<'w>,
}

/// What an identity needs for signing in.
pub(super) enum Needs<'w> {
    /// A person who has signed in.
    Person(Arc<KeptSignIn>),
    /// A secret.
    Secret(&'w SecretSource),
    /// What the machine or the job has by itself, in words.
    Surroundings(&'static str),
}

/// Whether that is there.
pub(super) enum State {
    There,
    Absent(String),
    /// Nobody knows, and why.
    Unreadable(String),
    /// Stand-ins take their own credentials in its place.
    NotNeeded,
    /// Only the provider can tell.
    Untold,
}

impl<'w> Identity<'w> {
    /// The identities that are meant, the reading one of a tenant only if it has one of its own.
    pub(super) fn of(
        workspace: &'w Workspace,
        session: &Session,
        whose: &Whose,
    ) -> Result<Vec<Identity<'w>>, CommandError> {
        let tenants = &workspace.settings.tenants;
        if let Some(name) = whose.tenant.as_deref()
            && !tenants.keys().any(|there| there.0 == name)
        {
            let error = CommandError::message(Exit::Usage, format!("tripod.yaml has no tenant `{name}`"));
            let names: Vec<&str> = tenants.keys().map(|name| name.0.as_str()).collect();
            return Err(match closest(name, names.iter().copied()) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint(format!("it has: {}", names.join(", "))),
            });
        }
        let mut identities = Vec::new();
        for tenant in tenants.values() {
            if whose.tenant.as_deref().is_some_and(|name| tenant.name.0 != name) {
                continue;
            }
            for side in [Side::Reads, Side::Writes] {
                if whose.identity.is_none_or(|only| only == side) && has(tenant, side) {
                    identities.push(identity(&workspace.root, session, tenant, side)?);
                }
            }
        }
        if let (true, Some(name)) = (identities.is_empty(), &whose.tenant) {
            let message = format!("tenant `{name}` has no identity of its own for reading");
            return Err(CommandError::message(Exit::Usage, message).hint("the one that writes reads as well"));
        }
        Ok(identities)
    }

    /// Whose it is, as messages name it.
    pub(super) fn name(&self) -> String {
        format!("{} ({})", self.tenant.name, self.side.word())
    }

    /// Where what it needs is kept, in words.
    pub(super) fn place(&self) -> String {
        match &self.needs {
            Needs::Person(kept) => kept.place(),
            Needs::Secret(SecretSource::Path(path)) => path.display().to_string(),
            Needs::Secret(SecretSource::Env(name)) => format!("${name}"),
            Needs::Secret(SecretSource::Keychain(name)) => Keychain::of_this_machine()
                .map_or_else(|_| format!("the keychain's entry {name}"), |keychain| keychain.place(name)),
            Needs::Surroundings(what) => (*what).to_owned(),
        }
    }

    /// Whether what it needs is there. Nothing of it is shown, and no call is made.
    pub(super) fn state(&self, root: &Path, with_sandbox: bool) -> State {
        let source = match &self.needs {
            Needs::Surroundings(_) => return State::Untold,
            Needs::Person(kept) => {
                return match kept.load() {
                    Ok(Some(_)) => State::There,
                    Ok(None) => State::Absent("nobody has signed in".to_owned()),
                    Err(error) => State::Unreadable(error.message),
                };
            }
            Needs::Secret(_) if with_sandbox => return State::NotNeeded,
            Needs::Secret(source) => source,
        };
        match source {
            SecretSource::Path(path) => match std::fs::metadata(root.join(path)) {
                Ok(found) if found.is_file() => State::There,
                Ok(_) => State::Unreadable("it is not a file".to_owned()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    State::Absent("there is no such file".to_owned())
                }
                Err(error) => State::Unreadable(error.to_string()),
            },
            SecretSource::Env(name) => match std::env::var_os(name) {
                Some(value) if !value.is_empty() => State::There,
                _ => State::Absent("the variable is not set".to_owned()),
            },
            SecretSource::Keychain(name) => match Keychain::of_this_machine().and_then(|keychain| keychain.get(name)) {
                Ok(Some(_)) => State::There,
                Ok(None) => State::Absent("there is no such entry".to_owned()),
                Err(reason) => State::Unreadable(reason),
            },
        }
    }
}

fn has(tenant: &TenantConfig, side: Side) -> bool {
    match &tenant.provider {
        ProviderConfig::GoogleWorkspace(config) => side == Side::Writes || config.read_credentials.is_some(),
        ProviderConfig::Microsoft365(config) => side == Side::Writes || config.read_credentials.is_some(),
    }
}

fn identity<'w>(
    root: &Path,
    session: &Session,
    tenant: &'w TenantConfig,
    side: Side,
) -> Result<Identity<'w>, CommandError> {
    let (id, (way, needs)) = match &tenant.provider {
        ProviderConfig::GoogleWorkspace(config) => {
            let credentials = if side == Side::Reads { config.reading() } else { &config.credentials };
            (&config.customer, google(credentials))
        }
        ProviderConfig::Microsoft365(config) => {
            let credentials = if side == Side::Reads { config.reading() } else { &config.credentials };
            (&config.tenant_id, microsoft(credentials))
        }
    };
    let needs = match needs {
        Some(needs) => needs,
        None => Needs::Person(session.sign_in(root, id, side.access())?),
    };
    Ok(Identity { tenant, side, way, needs })
}

/// How an identity signs in at Google, and with what; nothing stands for a person.
fn google(credentials: &GoogleCredentials) -> (&'static str, Option<Needs<'_>>) {
    match &credentials.signs_in {
        GoogleSignIn::ServiceAccountKey(source) => ("service account key", Some(Needs::Secret(source))),
        GoogleSignIn::Keyless { through: Some(source), .. } => {
            ("service account without a key", Some(Needs::Secret(source)))
        }
        GoogleSignIn::Keyless { through: None, .. } => {
            ("service account without a key", Some(Needs::Surroundings("application default credentials")))
        }
        GoogleSignIn::Browser { .. } => ("administrator in the browser", None),
    }
}

/// How an identity signs in at Microsoft, and with what; nothing stands for a person.
fn microsoft(credentials: &MicrosoftCredentials) -> (&'static str, Option<Needs<'_>>) {
    match &credentials.proof {
        MicrosoftProof::Certificate(source) => ("certificate", Some(Needs::Secret(source))),
        MicrosoftProof::ClientSecret(source) => ("client secret", Some(Needs::Secret(source))),
        MicrosoftProof::FederatedToken(FederatedToken::Source(source)) => {
            ("federated token", Some(Needs::Secret(source)))
        }
        MicrosoftProof::FederatedToken(FederatedToken::GithubActions) => {
            ("federated token", Some(Needs::Surroundings("the job of GitHub Actions")))
        }
        MicrosoftProof::FederatedToken(FederatedToken::Kubernetes) => {
            ("federated token", Some(Needs::Surroundings("the pod's $AZURE_FEDERATED_TOKEN_FILE")))
        }
        MicrosoftProof::ManagedIdentity => ("managed identity", Some(Needs::Surroundings("the machine's identity"))),
        MicrosoftProof::DeviceCode => ("administrator with a code", None),
    }
}
