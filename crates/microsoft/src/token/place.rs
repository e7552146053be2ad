//! Which addresses that an environment names may be sent something that is secret.

use std::net::IpAddr;

use url::Url;

/// Whether an address is reached over TLS.
pub(super) fn is_https(url: &Url) -> bool {
    url.scheme() == "https" && url.host_str().is_some_and(|host| !host.is_empty())
}

/// Whether what is sent to an address stays on this machine.
pub(super) fn is_on_this_machine(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && (url.host_str() == Some("localhost") || ip(url).is_some_and(|ip| ip.is_loopback()))
}

/// Whether what is sent to an address stays on this machine or its own link, where the services of the platform are
/// that it runs on.
pub(super) fn is_on_this_link(url: &Url) -> bool {
    let is_link_local = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    is_on_this_machine(url) || (matches!(url.scheme(), "http" | "https") && ip(url).is_some_and(is_link_local))
}

fn ip(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_close_is_trusted_with_a_secret_in_the_clear() {
        let url = |text: &str| Url::parse(text).unwrap();
        for near in [
            "http://127.0.0.1:41741/msi/token",
            "http://localhost:42356/msi/token",
            "http://169.254.129.4:8081/msi/token",
            "http://[::1]:80/",
            "http://[fe80::1]/",
        ] {
            assert!(is_on_this_link(&url(near)), "{near}");
        }
        for far in [
            "http://10.0.0.1/msi/token",
            "http://localhost.evil.example/",
            "http://169.254.169.254.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://[2001:db8::1]/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
        ] {
            assert!(!is_on_this_link(&url(far)) && !is_https(&url(far)), "{far}");
        }
        assert!(!is_on_this_machine(&url("http://169.254.129.4/")));
    }
}
