//! Which vendor's host a request is for.

use http::{HeaderMap, Uri};
use tripod_model::Provider;

/// The Google hosts that the sandbox answers for.
pub static GOOGLE: [&str; 10] = [
    "admin.googleapis.com",
    "gmail.googleapis.com",
    "www.googleapis.com",
    "oauth2.googleapis.com",
    "cloudidentity.googleapis.com",
    "licensing.googleapis.com",
    "iamcredentials.googleapis.com",
    "sts.googleapis.com",
    "accounts.google.com",
    "metadata.google.internal",
];

/// The Microsoft hosts that the sandbox answers for.
pub static MICROSOFT: [&str; 4] =
    ["graph.microsoft.com", "outlook.office365.com", "login.microsoftonline.com", MACHINE];

/// Where a machine of Microsoft's cloud asks for the tokens of its own identity.
pub const MACHINE: &str = "169.254.169.254";

/// The desks that the sandbox answers for: GitHub, a site of Jira Service Management, and an instance of ServiceNow.
pub static DESKS: [&str; 3] = ["api.github.com", "juniper.atlassian.net", "juniper.service-now.com"];

/// The hosts of a provider that the sandbox answers for.
#[must_use]
pub fn hosts_of(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::GoogleWorkspace => &GOOGLE,
        Provider::Microsoft365 => &MICROSOFT,
    }
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The vendor's host.
    pub host: &'static str,
    /// The path from the vendor's root.
    pub path: String,
    /// The root under which this client reaches the host, without a slash at the end.
    pub root: String,
}

/// Whether a host is one of Google's.
#[must_use]
pub fn is_google(host: &str) -> bool {
    GOOGLE.contains(&host)
}

/// Whether a host is a desk's.
#[must_use]
pub fn is_desk(host: &str) -> bool {
    DESKS.contains(&host)
}

fn known(name: &str) -> Option<&'static str> {
    GOOGLE.iter().chain(&MICROSOFT).chain(&DESKS).copied().find(|host| host.eq_ignore_ascii_case(name))
}

/// Reads the destination off the Host header when it names a vendor's host (`.localhost` and a port may follow), else
/// off the first segment of the path. `scheme` is that of the listener, `local` its own address and port.
#[must_use]
pub fn destination(scheme: &str, local: &str, uri: &Uri, headers: &HeaderMap) -> Option<Destination> {
    let named = headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
    let authority = uri.authority().map(http::uri::Authority::as_str).or(named).unwrap_or(local);
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => (name, Some(port)),
        _ => (authority, None),
    };
    if let Some(host) = known(name) {
        // A client that dials the vendor's own name without a port believes that it talks to the vendor over TLS.
        let root = if port.is_none() { format!("https://{host}") } else { format!("{scheme}://{authority}") };
        return Some(Destination { host, path: uri.path().to_owned(), root });
    }
    if let Some(host) = name.strip_suffix(".localhost").and_then(known) {
        return Some(Destination { host, path: uri.path().to_owned(), root: format!("{scheme}://{authority}") });
    }
    let path = uri.path().strip_prefix('/')?;
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let host = known(first)?;
    Some(Destination { host, path: format!("/{rest}"), root: format!("{scheme}://{authority}/{host}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(uri: &str, host: Option<&str>) -> Option<Destination> {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert("host", host.parse().unwrap());
        }
        destination("http", "127.0.0.1:4000", &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_host_header_names_the_vendor() {
        let destination = found("/v1.0/users", Some("Graph.microsoft.com")).unwrap();
        assert_eq!((destination.host, destination.path.as_str()), ("graph.microsoft.com", "/v1.0/users"));
        assert_eq!(destination.root, "https://graph.microsoft.com");
        let destination = found("/token", Some("oauth2.googleapis.com.localhost:4000")).unwrap();
        assert_eq!(destination.root, "http://oauth2.googleapis.com.localhost:4000");
    }

    #[test]
    fn the_first_segment_names_the_vendor_when_the_header_does_not() {
        let destination = found("/graph.microsoft.com/v1.0/users/a%2Fb", Some("127.0.0.1:4000")).unwrap();
        assert_eq!(destination.path, "/v1.0/users/a%2Fb");
        assert_eq!(destination.root, "http://127.0.0.1:4000/graph.microsoft.com");
    }

    #[test]
    fn any_other_host_is_nobody() {
        assert_eq!(found("/example.com/x", Some("127.0.0.1:4000")), None);
        assert_eq!(found("/", Some("example.com")), None);
    }
}
