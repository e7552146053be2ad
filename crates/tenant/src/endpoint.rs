//! Where the providers' hosts are: at the providers, or all of them behind one address of the sandbox.

use std::net::IpAddr;

use tripod_model::Address;
use url::Url;

/// Where to find a provider's hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    stand_in: Option<Url>,
}

/// The address of a stand-in is not one of this machine's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a loopback address; stand-in tenants are only reached on this machine")]
pub struct NotLoopback(pub String);

impl Endpoints {
    /// The providers themselves, over TLS.
    #[must_use]
    pub fn providers() -> Self {
        Self::default()
    }

    /// A stand-in for all hosts, told apart by the first segment of the path. Loopback only, so that a credential
    /// can never be sent in the clear to somewhere else.
    pub fn stand_in(base: Url) -> Result<Self, NotLoopback> {
        let loopback = match base.host() {
            Some(url::Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
            Some(url::Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if loopback { Ok(Self { stand_in: Some(base) }) } else { Err(NotLoopback(base.to_string())) }
    }

    /// Whether these are stand-ins.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.stand_in.is_some()
    }

    /// The root of a host, without a slash at the end: `https://gmail.googleapis.com`, or
    /// `http://127.0.0.1:4000/gmail.googleapis.com` for a stand-in.
    #[must_use]
    pub fn root(&self, host: &str) -> String {
        match &self.stand_in {
            None => format!("https://{host}"),
            Some(base) => format!("{}/{host}", base.as_str().trim_end_matches('/')),
        }
    }

    /// Whether a URL that a provider gave us to follow lies below the root of its host. A link that leads anywhere
    /// else is not followed, because the token would go with it.
    #[must_use]
    pub fn owns(&self, host: &str, link: &str) -> bool {
        link.strip_prefix(&self.root(host)).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// An address as one segment of a URL path.
#[must_use]
pub fn segment(address: &Address) -> String {
    percent_encoding::utf8_percent_encode(address.as_str(), percent_encoding::NON_ALPHANUMERIC).to_string()
}
