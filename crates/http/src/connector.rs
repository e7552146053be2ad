//! How connections come about: directly, or through a proxy, with TLS where the address says so.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::failure::{Why, of_connection, of_handshake};
use crate::limits::CONNECT;
use crate::network::Network;
use crate::proxy::Proxy;
use crate::stream::{Pipe, Stream};
use crate::tunnel::{self, NoWay};

/// What connections are made with, for our own clients and for those of libraries.
#[derive(Clone, Debug)]
pub struct Connector {
    network: Network,
    plain_allowed: bool,
    limit: Duration,
    most: Option<usize>,
}

impl Connector {
    /// A connector that speaks TLS; plain HTTP only where that is allowed, which is for stand-ins and for services on
    /// the machine's own link.
    #[must_use]
    pub fn new(network: Network, plain_allowed: bool) -> Self {
        Self { network, plain_allowed, limit: CONNECT, most: None }
    }

    /// The same with another limit for how long a connection may take to come about.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The same for a client that reads replies without a limit: no more than so many bytes are read from one
    /// connection.
    #[must_use]
    pub fn reading_at_most(self, bytes: usize) -> Self {
        Self { most: Some(bytes), ..self }
    }

    async fn connect(self, uri: Uri) -> Result<Stream, Why> {
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.plain_allowed => false,
            _ => return Err(Why::Unwritten("the address is not on https".to_owned())),
        };
        let pipe = match self.network.proxies().to(&uri).map_err(Why::Setting)? {
            None => direct(uri.clone()).await?,
            Some(proxy) => self.through(&proxy, &uri).await?,
        };
        if !is_tls {
            return Ok(Stream::new(pipe, false, self.most));
        }
        let (pipe, speaks_h2) = self.secured(pipe, uri.host().unwrap_or_default()).await?;
        Ok(Stream::new(pipe, speaks_h2, self.most))
    }

    /// A connection through a proxy.
    async fn through(&self, proxy: &Proxy, uri: &Uri) -> Result<Box<dyn Pipe>, Why> {
        let of_proxy = |why: Why| match why {
            Why::Unreachable(why) => Why::Unreachable(format!("the proxy {} cannot be reached: {why}", proxy.shown())),
            Why::Untrusted | Why::Certificate(_) => Why::Unreachable(format!("the proxy {}: {why}", proxy.shown())),
            other => other,
        };
        if matches!(proxy.uri.scheme_str(), Some("socks5" | "socks5h")) {
            return by_socks(proxy, uri).await;
        }
        let mut pipe = direct(proxy.uri.clone()).await.map_err(of_proxy)?;
        if proxy.uri.scheme_str() == Some("https") {
            pipe = self.secured(pipe, proxy.uri.host().unwrap_or_default()).await.map_err(of_proxy)?.0;
        }
        let authority = format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(443));
        tunnel::open(pipe, &authority, proxy.authorization.as_ref()).await.map_err(|no_way| match no_way {
            NoWay::Refused(status) => Why::ProxyRefuses { proxy: proxy.shown(), status },
            NoWay::Broken => Why::Unreachable(format!("the proxy {} breaks off", proxy.shown())),
        })
    }

    /// TLS on a connection, and whether HTTP/2 is spoken in it.
    async fn secured(&self, pipe: Box<dyn Pipe>, host: &str) -> Result<(Box<dyn Pipe>, bool), Why> {
        let config = self.network.trust().config().map_err(Why::Setting)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name =
            ServerName::try_from(bare).map_err(|_| Why::Unwritten(format!("`{host}` is not the name of a host")))?;
        let tls = TlsConnector::from(config).connect(name, pipe).await.map_err(|error| of_handshake(&error))?;
        let speaks_h2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((Box::new(tls), speaks_h2))
    }
}

/// A socket to the host of an address, whatever its scheme.
async fn direct(uri: Uri) -> Result<Box<dyn Pipe>, Why> {
    let tcp = sockets().call(uri).await.map_err(|error| of_connection(&error))?;
    Ok(Box::new(tcp.into_inner()))
}

async fn by_socks(proxy: &Proxy, uri: &Uri) -> Result<Box<dyn Pipe>, Why> {
    let mut socks = SocksV5::new(proxy.uri.clone(), sockets());
    if let Some((user, password)) = &proxy.user {
        socks = socks.with_auth(user.clone(), password.clone());
    }
    let tcp = socks
        .call(uri.clone())
        .await
        .map_err(|error| Why::Unreachable(format!("the proxy {} does not lead there: {error}", proxy.shown())))?;
    Ok(Box::new(tcp.into_inner()))
}

fn sockets() -> HttpConnector {
    let mut sockets = HttpConnector::new();
    sockets.enforce_http(false);
    // Small requests go out at once.
    sockets.set_nodelay(true);
    sockets
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Why;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Why>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Why>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connector, limit) = (self.clone(), self.limit);
        Box::pin(async move {
            tokio::time::timeout(limit, connector.connect(uri))
                .await
                .unwrap_or_else(|_| Err(Why::Unreachable(format!("none came about within {} s", limit.as_secs()))))
        })
    }
}
