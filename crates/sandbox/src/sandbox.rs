//! The running sandbox.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tripod_tenant::VirtualClock;
use url::Url;

use crate::between::Between;
use crate::error::SandboxError;
use crate::identity::{Access, MicrosoftSandboxCredentials};
use crate::listener::{self, Shared};
use crate::wire_log::WireLog;
use crate::world::World;

/// How the sandbox is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 is any that is free.
    pub listen: SocketAddr,
    /// What to serve TLS with; plain HTTP where nothing is said.
    pub tls: Option<TlsFiles>,
    /// Where every exchange is appended as a line of JSON.
    pub wire_log: Option<PathBuf>,
    /// Whether the sandbox's time goes on with the machine's, for clients in other processes. Without it, time moves
    /// only when somebody waits on [`Sandbox::clock`].
    pub real_time: bool,
    /// What stands between the stand-ins and their clients, for tests.
    pub between: Option<Arc<dyn Between>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            wire_log: None,
            real_time: false,
            between: None,
        }
    }
}

/// A certificate and its key, as PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those between it and the authority's.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// Stand-in tenants that are being served.
#[derive(Debug)]
pub struct Sandbox {
    url: Url,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Serves a world in the background, on the tokio runtime that this is called on.
    pub async fn start(world: World, options: Options) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::Listen { listen: options.listen, source };
        let tls = options.tls.as_ref().map(acceptor).transpose()?;
        let wire_log = options.wire_log.as_deref().map(WireLog::open).transpose()?;
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let mut local = listener.local_addr().map_err(failed)?;
        if local.ip().is_unspecified() {
            // Nobody can dial «all addresses»; from this machine it is loopback.
            local.set_ip(match local.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{local}/")).map_err(|error| failed(std::io::Error::other(error)))?;
        let shared = Arc::new(Shared {
            clock: Arc::new(VirtualClock::starting_at(world.now())),
            world: Mutex::new(world),
            wire_log: wire_log.map(Mutex::new),
            between: options.between,
            scheme,
            local,
            real: options.real_time.then(|| Mutex::new(std::time::Instant::now())),
        });
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(listener::serve(listener, tls, Arc::clone(&shared), stopped));
        Ok(Self { url, shared, stop, server: Some(server) })
    }

    /// The root under which all vendors' hosts are found by the first segment of the path.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The sandbox's clock, to be given to the clients in this process.
    #[must_use]
    pub fn clock(&self) -> Arc<VirtualClock> {
        Arc::clone(&self.shared.clock)
    }

    /// Looks at or changes the world between two requests. What changes is saved.
    pub fn with_world<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        self.shared.with_world(act)
    }

    /// The key of a Google tenant's service account, as JSON, with this sandbox's token endpoint in it.
    #[must_use]
    pub fn google_key(&self, tenant: &str, access: Access) -> Option<String> {
        let token_uri = format!("{}oauth2.googleapis.com/token", self.url);
        self.with_world(|world| world.google_key_for(tenant, access, &token_uri))
    }

    /// The file of the app that people of a Google tenant sign in to in the browser, with this sandbox's addresses in it.
    #[must_use]
    pub fn google_client(&self, tenant: &str) -> Option<String> {
        let auth = format!("{}accounts.google.com/o/oauth2/v2/auth", self.url);
        let token = format!("{}oauth2.googleapis.com/token", self.url);
        self.with_world(|world| world.google_client_for(tenant, &auth, &token))
    }

    /// A token of the identity provider outside, for the federation of a Google tenant; see
    /// [`World::google_subject_token`].
    #[must_use]
    pub fn google_subject_token(&self, tenant: &str, subject: &str) -> Option<String> {
        self.with_world(|world| world.google_subject_token(tenant, subject))
    }

    /// What a client signs in with at a Microsoft tenant.
    #[must_use]
    pub fn microsoft_credentials(&self, tenant_id: &str, access: Access) -> Option<MicrosoftSandboxCredentials> {
        self.with_world(|world| world.microsoft_credentials(tenant_id, access))
    }

    /// Stops serving, closes every connection, saves the time and lets go of the state's file.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        let _ = self.stop.send(true);
        if let Some(server) = self.server.take()
            && let Err(error) = server.await
        {
            tracing::error!(%error, "the listener did not end well");
        }
        self.with_world(|world| world.save(None))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The listener's task ends by this even where nobody waits for it.
        let _ = self.stop.send(true);
    }
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, SandboxError> {
    let failed = |path: &Path, detail: String| SandboxError::Tls { path: path.to_owned(), detail };
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| failed(&files.certificate, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| failed(&files.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&files.certificate, error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| failed(&files.certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
