//! Which proxy leads to a host, by the variables that offices set.

use std::net::IpAddr;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;

/// The proxies that the environment names, as curl reads them: `HTTPS_PROXY`, else `ALL_PROXY`, except for the hosts of
/// `NO_PROXY`, each name also in lower case.
///
/// Only what goes over TLS goes through a proxy. Tripod speaks plain HTTP to this machine and to its own link only (to
/// stand-ins, and to the services that hand out a machine's identity), where a proxy would see what is secret, so that
/// `HTTP_PROXY` is not looked at; and loopback is never left, whatever a variable says.
#[derive(Debug, Default)]
pub struct Proxies {
    matcher: Option<Matcher>,
    /// What is wrong with them, if something is.
    problem: Option<String>,
}

/// A proxy on the way to a host.
pub(crate) struct Proxy {
    pub(crate) uri: Uri,
    /// What is sent as `Proxy-Authorization`.
    pub(crate) authorization: Option<HeaderValue>,
    /// The same for SOCKS.
    pub(crate) user: Option<(String, String)>,
}

impl Proxy {
    /// Its address without user name and password.
    pub(crate) fn shown(&self) -> String {
        self.uri
            .authority()
            .map(|authority| authority.as_str().rsplit('@').next().unwrap_or_default().to_owned())
            .unwrap_or_default()
    }
}

impl Proxies {
    /// The proxies that these variables name.
    #[must_use]
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        // An empty variable is none, also in curl, so that one may be taken back for one command.
        let set = |name: &str| {
            [name.to_owned(), name.to_ascii_lowercase()]
                .into_iter()
                .find_map(|name| variable(&name).filter(|value| !value.trim().is_empty()).map(|value| (name, value)))
        };
        let Some((name, proxy)) = set("HTTPS_PROXY").or_else(|| set("ALL_PROXY")) else {
            return Self::default();
        };
        let matcher = Matcher::builder()
            .https(proxy.trim().to_owned())
            .no(set("NO_PROXY").map(|(_, value)| value).unwrap_or_default())
            .build();
        // A value that is no address would be passed over, and the host be asked past the proxy.
        let understood = Matcher::builder().https(proxy.trim().to_owned()).build();
        let scheme = understood
            .intercept(&Uri::from_static("https://a.test"))
            .and_then(|found| found.uri().scheme_str().map(str::to_owned));
        let problem = match scheme.as_deref() {
            Some("http" | "https" | "socks5" | "socks5h") => None,
            Some(scheme) => Some(format!(
                "${name} names a proxy of the kind `{scheme}`, which Tripod does not speak; name one of the kind http, https or socks5"
            )),
            None => Some(format!("${name} is not the address of a proxy; write it like http://proxy.example:3128")),
        };
        Self { matcher: Some(matcher), problem }
    }

    /// The proxy that leads to a host, if one does.
    pub(crate) fn to(&self, uri: &Uri) -> Result<Option<Proxy>, String> {
        let is_near = uri.host().is_none_or(is_loopback);
        if is_near || uri.scheme_str() != Some("https") {
            return Ok(None);
        }
        let Some(matcher) = &self.matcher else { return Ok(None) };
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        Ok(matcher.intercept(uri).map(|found| Proxy {
            uri: found.uri().clone(),
            authorization: found.basic_auth().cloned(),
            user: found.raw_auth().map(|(user, password)| (user.to_owned(), password.to_owned())),
        }))
    }
}

/// Whether a host of a URL is this machine by its very name.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let by_name = bare.eq_ignore_ascii_case("localhost") || bare.to_ascii_lowercase().ends_with(".localhost");
    by_name || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(pairs: &[(&str, &str)], uri: &'static str) -> Option<String> {
        let variable = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let proxies = Proxies::from_variables(variable);
        proxies.to(&Uri::from_static(uri)).unwrap().map(|proxy| proxy.shown())
    }

    #[test]
    fn nothing_on_loopback_goes_through_a_proxy() {
        let everywhere =
            [("HTTPS_PROXY", "http://p.test:1"), ("ALL_PROXY", "http://p.test:1"), ("http_proxy", "http://p.test:1")];
        for near in [
            "http://127.0.0.1:4000/x",
            "https://127.0.0.1:4000/x",
            "https://127.8.8.8/x",
            "http://localhost:1/x",
            "https://LocalHost:1/x",
            "https://desk.localhost:1/x",
            "http://[::1]:1/x",
            "https://[::1]:1/x",
            "https://[::ffff:127.0.0.1]:1/x",
            "http://169.254.169.254/metadata",
        ] {
            assert_eq!(to(&everywhere, near), None, "{near}");
        }
        for far in ["https://graph.microsoft.com/v1.0", "https://localhost.evil.example/", "https://10.0.0.1/"] {
            assert_eq!(to(&everywhere, far).as_deref(), Some("p.test:1"), "{far}");
        }
    }

    #[test]
    fn the_variables_are_read_as_curl_reads_them() {
        const GRAPH: &str = "https://graph.microsoft.com/v1.0";
        assert_eq!(to(&[("https_proxy", "http://low:1")], GRAPH).as_deref(), Some("low:1"));
        assert_eq!(to(&[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://all:1")], GRAPH).as_deref(), Some("all:1"));
        assert_eq!(to(&[("HTTPS_PROXY", "p.test:3128")], GRAPH).as_deref(), Some("p.test:3128"));
        assert_eq!(to(&[("HTTP_PROXY", "http://p.test:1")], GRAPH), None);
        assert_eq!(to(&[("HTTPS_PROXY", "http://ana:s3cret@p.test:1")], GRAPH).as_deref(), Some("p.test:1"));
        for no in ["graph.microsoft.com", ".microsoft.com", "microsoft.com", "a.test, *.x, microsoft.com", "*"] {
            assert_eq!(to(&[("HTTPS_PROXY", "http://p.test:1"), ("NO_PROXY", no)], GRAPH), None, "{no}");
            assert_eq!(to(&[("HTTPS_PROXY", "http://p.test:1"), ("no_proxy", no)], GRAPH), None, "{no}");
        }
        assert!(to(&[("HTTPS_PROXY", "http://p.test:1"), ("NO_PROXY", "soft.com")], GRAPH).is_some());
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_not_gone_past() {
        for wrong in ["http://", "http://[bad", "ftp://p.test:1", "socks4://p.test:1", "not a proxy"] {
            let proxies = Proxies::from_variables(|name| (name == "HTTPS_PROXY").then(|| wrong.to_owned()));
            let told = proxies.to(&Uri::from_static("https://a.test/")).err().unwrap_or_default();
            assert!(told.starts_with("$HTTPS_PROXY "), "{wrong}: {told}");
            assert!(proxies.to(&Uri::from_static("http://127.0.0.1/")).is_ok_and(|proxy| proxy.is_none()), "{wrong}");
        }
    }
}
