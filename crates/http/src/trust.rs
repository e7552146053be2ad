//! Whose certificates are believed.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// The authorities that this machine trusts: those of Mozilla's programme, those of the system's own store, and in its
/// place those of `SSL_CERT_FILE` and `SSL_CERT_DIR` where these are set, as OpenSSL and curl read them.
#[derive(Debug, Default)]
pub struct Trust {
    /// Those of a test; none for the machine's own.
    given: Option<Vec<CertificateDer<'static>>>,
    made: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Trust {
    /// What the machine that Tripod runs on trusts. It is read when the first connection over TLS is made.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self::default()
    }

    /// The authorities of Mozilla's programme and these.
    #[must_use]
    pub fn with(authorities: Vec<CertificateDer<'static>>) -> Self {
        Self { given: Some(authorities), made: OnceLock::new() }
    }

    /// What TLS is spoken with, or why none can be.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, String> {
        self.made.get_or_init(|| self.make()).clone()
    }

    fn make(&self) -> Result<Arc<ClientConfig>, String> {
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let own = match &self.given {
            Some(own) => own.clone(),
            None => of_this_machine(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))?,
        };
        // Stores hold old certificates that no reader of today takes; they are of no use to anybody.
        let (added, passed_over) = roots.add_parsable_certificates(own);
        tracing::debug!(added, passed_over, "read the authorities that this machine trusts");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// The certificates of the system's store. One that cannot be read is no reason to stop, as long as no variable names it.
fn of_this_machine(is_set: impl Fn(&str) -> bool) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::debug!(%error, "an authority of this machine cannot be read");
    }
    let named: Vec<_> = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter(|name| is_set(name)).collect();
    if !named.is_empty() && found.certs.is_empty() {
        let why = found.errors.first().map_or_else(|| "there is no certificate".to_owned(), ToString::to_string);
        return Err(format!("${} holds no certificate that can be read: {why}", named.join(" and $")));
    }
    Ok(found.certs)
}
