//! The ways to sign in that the wizard offers. Those that only machines have are in the guide.

use tripod_model::Provider;

/// An administrator signs in at Google, in the browser.
pub(crate) const BROWSER: &str = "browser";
/// An administrator signs in at Microsoft, by a code on another device.
pub(crate) const DEVICE_CODE: &str = "device-code";

/// How Tripod can sign in at a provider.
pub(crate) fn ways(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::GoogleWorkspace => &["service-account-key", BROWSER],
        Provider::Microsoft365 => &["certificate", "client-secret", DEVICE_CODE],
    }
}

/// A way to sign in, in a line.
pub(crate) fn words(way: &str) -> &'static str {
    match way {
        "service-account-key" => "a service account's key: for everything",
        BROWSER => "an administrator in the browser: for group inboxes only",
        "certificate" => "an app's certificate (better)",
        "client-secret" => "an app's client secret",
        _ => "an administrator with a code: nothing to upload, ends when they leave",
    }
}

/// What a person who signs in themselves has to make in place of keys and certificates.
pub(crate) fn steps_of(way: &str) -> &'static [&'static str] {
    match way {
        BROWSER => &[
            "console.cloud.google.com, APIs & Services, Credentials: make an OAuth client of the type «Desktop app»; save \
             its JSON as keys/oauth-client.json. Service accounts and their delegation are not needed",
        ],
        DEVICE_CODE => &[
            "the app registration, Authentication: allow public client flows; API permissions: the delegated ones that \
             docs/guides/credentials.md lists. Certificates, secrets and roles for the app are not needed",
        ],
        _ => &[],
    }
}
