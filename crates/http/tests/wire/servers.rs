//! Servers of the tests' own, on loopback.

use std::future::Future;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tripod_http::limits::API;
use tripod_http::{Bounds, Client, Network, NoReply, Proxies, Reply, Trust};

/// A server that treats every connection in the same way; the port that it listens on.
pub(crate) async fn server<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(each(stream));
        }
    });
    port
}

/// Reads a head up to its empty line; its first line.
pub(crate) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap_or_else(|error| panic!("no head: {error}")));
    }
    String::from_utf8(head).unwrap()
}

/// Answers one request with `ok`, and closes.
pub(crate) async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    head(&mut stream).await;
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
    let _ = stream.shutdown().await;
}

/// A network without a proxy, which trusts these authorities besides Mozilla's.
pub(crate) fn network(authorities: Vec<CertificateDer<'static>>) -> Network {
    Network::new(Proxies::default(), Trust::with(authorities))
}

/// A network with the proxy on this port.
pub(crate) fn through(proxy: &str, authorities: Vec<CertificateDer<'static>>) -> Network {
    let proxy = proxy.to_owned();
    let proxies = Proxies::from_variables(move |name| (name == "HTTPS_PROXY").then(|| proxy.clone()));
    Network::new(proxies, Trust::with(authorities))
}

/// Asks for an address.
pub(crate) async fn get(network: Network, url: &str, bounds: Bounds) -> Result<Reply, NoReply> {
    let request = http::Request::get(url).body(Vec::new()).unwrap();
    Client::at(network, true, bounds).send(request).await
}

/// The same with the limits of an API.
pub(crate) async fn ask(network: Network, url: &str) -> Result<Reply, NoReply> {
    get(network, url, API).await
}

/// An authority, and what it signs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// TLS for a host, with a certificate that is changed before it is signed.
    pub(crate) fn tls(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A server with TLS that answers `ok`.
pub(crate) async fn secure(tls: TlsAcceptor) -> u16 {
    server(move |stream| {
        let tls = tls.clone();
        async move {
            if let Ok(stream) = tls.accept(stream).await {
                answer(stream).await;
            }
        }
    })
    .await
}
