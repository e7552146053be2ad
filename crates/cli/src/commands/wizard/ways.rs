//! The ways to sign in that the wizard offers. Those that only machines have are in the guide.

use tripod_model::Provider;

/// A service account at Google by its key.
pub(crate) const KEY: &str = "service-account-key";
/// A service account at Google for which Google signs itself.
pub(crate) const KEYLESS: &str = "keyless";
/// An administrator signs in at Google, in the browser.
pub(crate) const BROWSER: &str = "browser";
/// An administrator signs in at Microsoft, by a code on another device.
pub(crate) const DEVICE_CODE: &str = "device-code";

/// How Tripod can sign in at a provider.
pub(crate) fn ways(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::GoogleWorkspace => &[KEY, KEYLESS, BROWSER],
        Provider::Microsoft365 => &["certificate", "client-secret", DEVICE_CODE],
    }
}

/// A way to sign in, in a line.
pub(crate) fn words(way: &str) -> &'static str {
    match way {
        KEY => "a service account's key: for everything",
        KEYLESS => "a service account without a key: for everything, with gcloud here",
        BROWSER => "an administrator in the browser: for group inboxes only",
        "certificate" => "an app's certificate (better)",
        "client-secret" => "an app's client secret",
        _ => "an administrator with a code: nothing to upload, ends when they leave",
    }
}

/// The ways that only machines have, where there are more, in a sentence.
pub(crate) fn of_machines(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::GoogleWorkspace => None,
        Provider::Microsoft365 => Some(
            "In Azure, GitHub Actions and Kubernetes, Tripod can sign in without a secret: docs/guides/credentials.md",
        ),
    }
}

/// What has to be made in place of keys and certificates.
pub(crate) fn steps_of(way: &str) -> &'static [&'static str] {
    match way {
        KEYLESS => &[
            "console.cloud.google.com, APIs & Services, Library: enable the IAM Service Account Credentials API too; no \
             account needs a JSON key",
            "IAM & Admin, Service Accounts, each account, Principals with access: give yourself the role Service \
             Account Token Creator",
            "here: gcloud auth application-default login. Machines of Google Cloud and jobs of CI have credentials of \
             their own, which docs/guides/credentials.md lists",
        ],
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
