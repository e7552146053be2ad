//! Why there is no reply, in words that say what to do.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::CertificateError;
use tripod_tenant::{CauseId, ErrorKind, TenantError};

/// Why there is no reply from a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct NoReply {
    /// The host.
    pub host: String,
    /// Why.
    pub why: Why,
    /// Whether the request may have reached it. What was sent may have been carried out.
    pub sent: bool,
}

/// What stood in the way of a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The request could not be written; the text says what is wrong with it.
    #[error("{0}")]
    Unwritten(String),
    /// Proxy or trust of this machine cannot be used; the text says what is wrong with them.
    #[error("{0}")]
    Setting(String),
    /// No connection came about; the text says why.
    #[error("{0}")]
    Unreachable(String),
    /// The certificate was signed by an authority that this machine does not trust.
    #[error("its certificate was signed by an authority that this machine does not trust")]
    Untrusted,
    /// The certificate is not good for another reason, which the text says.
    #[error("its certificate {0}")]
    Certificate(String),
    /// The proxy does not let us through: its address and the status of its answer.
    #[error("the proxy {proxy} refuses (HTTP {status})")]
    ProxyRefuses {
        /// The proxy's address.
        proxy: String,
        /// What it answered.
        status: u16,
    },
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The connection ended before the reply was complete.
    #[error("the connection ended before the answer was complete")]
    Broken,
    /// The reply has too many bytes, as they were sent or unpacked.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The reply is packed in a way that nobody asked for, or cannot be unpacked.
    #[error("the answer is packed in a way that cannot be read")]
    Packed,
}

/// A reply has more bytes than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer has more than {} MiB", .0 >> 20)]
pub struct TooLong(pub usize);

impl NoReply {
    /// A request that never left.
    pub fn not_sent(host: impl Into<String>, why: Why) -> Self {
        Self { host: host.into(), why, sent: false }
    }

    /// A request that left, whose reply did not come.
    pub fn lost(host: impl Into<String>, why: Why) -> Self {
        Self { host: host.into(), why, sent: true }
    }

    /// What is behind the error of a library that used our [`crate::Connector`].
    #[must_use]
    pub fn behind(host: impl Into<String>, error: &(dyn Error + 'static)) -> Self {
        let host = host.into();
        let mut cause = Some(error);
        let mut is_connect = false;
        while let Some(error) = cause {
            if let Some(why) = error.downcast_ref::<Why>() {
                return Self::not_sent(host, why.clone());
            }
            if let Some(long) = too_long(error) {
                return Self::lost(host, Why::TooLong(long));
            }
            is_connect |= error
                .downcast_ref::<hyper_util::client::legacy::Error>()
                .is_some_and(hyper_util::client::legacy::Error::is_connect);
            cause = error.source();
        }
        if is_connect {
            Self::not_sent(host, Why::Unreachable("the connection failed".to_owned()))
        } else {
            Self::lost(host, Why::Broken)
        }
    }

    fn sentence(&self) -> String {
        let Self { host, why, .. } = self;
        match why {
            Why::Unwritten(why) | Why::Setting(why) => why.clone(),
            Why::Unreachable(why) => format!("no connection to {host}: {why}"),
            Why::Untrusted => {
                format!("the certificate of {host} was signed by an authority that this machine does not trust")
            }
            Why::Certificate(why) => format!("the certificate of {host} {why}"),
            Why::ProxyRefuses { proxy, status: 407 } => {
                format!(
                    "the proxy {proxy} wants a user name and a password, or refuses those of $HTTPS_PROXY (HTTP 407)"
                )
            }
            Why::ProxyRefuses { proxy, status } => {
                format!("the proxy {proxy} lets nothing through to {host} (HTTP {status})")
            }
            Why::TimedOut(limit) => format!("no answer from {host} within {} s", limit.as_secs()),
            Why::Broken => format!("the connection to {host} ended before the answer was complete"),
            Why::TooLong(TooLong(most)) => format!("the answer of {host} has more than {} MiB", most >> 20),
            Why::Packed => format!("the answer of {host} is packed in a way that cannot be read"),
        }
    }

    /// The error of what was being done.
    ///
    /// What lies in this machine's set-up is not tried again. Only a request that never left is certain not to have
    /// changed anything.
    #[must_use]
    pub fn at(&self, operation: &str) -> TenantError {
        let (kind, cause) = match &self.why {
            Why::Unwritten(_) | Why::TooLong(_) | Why::Packed => (ErrorKind::Invalid, None),
            Why::Setting(_) => (ErrorKind::SetUp, Some(CauseId::NetworkSetting)),
            Why::Untrusted => (ErrorKind::SetUp, Some(CauseId::CertificateUntrusted)),
            Why::Certificate(_) => (ErrorKind::SetUp, Some(CauseId::CertificateInvalid)),
            // A proxy that cannot reach the host itself says 5xx; it may reach it later.
            Why::ProxyRefuses { status: 500.., .. } | Why::Unreachable(_) | Why::TimedOut(_) | Why::Broken => {
                (ErrorKind::Unavailable, None)
            }
            Why::ProxyRefuses { .. } => (ErrorKind::SetUp, Some(CauseId::ProxyRefuses)),
        };
        TenantError { not_done: !self.sent, cause, ..TenantError::new(kind, operation, self.sentence()) }
    }
}

/// What a failed handshake says about the certificate.
pub(crate) fn of_handshake(error: &io::Error) -> Why {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(wrong)) => match wrong {
            CertificateError::UnknownIssuer => Why::Untrusted,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Why::Certificate("has expired by this machine's clock".to_owned())
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Why::Certificate("is not good yet by this machine's clock".to_owned())
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Why::Certificate("is another host's".to_owned())
            }
            CertificateError::Revoked => Why::Certificate("was revoked".to_owned()),
            // A certificate that signs itself comes as one that is an authority's and is used as a host's own.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Why::Untrusted,
            other => Why::Certificate(format!("is not good ({other})")),
        },
        Some(other) => Why::Unreachable(format!("TLS failed ({other})")),
        None => Why::Unreachable("the connection ended while TLS began".to_owned()),
    }
}

/// What a failed connection says.
pub(crate) fn of_connection(error: &(dyn Error + 'static)) -> Why {
    if error.to_string().contains("dns error") {
        return Why::Unreachable("its name is not known to this machine's DNS".to_owned());
    }
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Why::Unreachable(match io.kind() {
                io::ErrorKind::ConnectionRefused => "it refuses connections".to_owned(),
                io::ErrorKind::TimedOut => "it does not answer".to_owned(),
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "no way leads there".to_owned(),
                _ => io.to_string(),
            });
        }
        cause = error.source();
    }
    Why::Unreachable(error.to_string())
}

/// Whether an error is that too much was read.
fn too_long(error: &(dyn Error + 'static)) -> Option<TooLong> {
    let found = error.downcast_ref::<TooLong>().copied();
    found.or_else(|| error.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<TooLong>().copied())
}
