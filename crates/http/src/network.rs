//! What the way to a host depends on: proxies and trust.

use std::sync::{Arc, OnceLock};

use crate::proxy::Proxies;
use crate::trust::Trust;

/// The network as this machine sees it. A copy is the same network.
#[derive(Clone, Debug)]
pub struct Network(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    proxies: Proxies,
    trust: Trust,
}

impl Network {
    /// The network with these proxies and this trust.
    #[must_use]
    pub fn new(proxies: Proxies, trust: Trust) -> Self {
        Self(Arc::new(Parts { proxies, trust }))
    }

    /// The network of this process's environment, read once.
    #[must_use]
    pub fn of_this_machine() -> Self {
        static NETWORK: OnceLock<Network> = OnceLock::new();
        let read = || Self::new(Proxies::from_variables(|name| std::env::var(name).ok()), Trust::of_this_machine());
        NETWORK.get_or_init(read).clone()
    }

    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.proxies
    }

    pub(crate) fn trust(&self) -> &Trust {
        &self.0.trust
    }
}
