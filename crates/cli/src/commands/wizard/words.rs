//! What the wizard explains: how credentials are made, and what the kinds cost and cannot do.

use tripod_model::{Kind, Provider};

/// The steps for making the credentials at a provider, to be followed with its console open.
pub(crate) fn steps(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::GoogleWorkspace => &[
            "console.cloud.google.com: choose or make a project; APIs & Services, Library: enable the Admin SDK API, \
             the Gmail API, the Groups Settings API and the Cloud Identity API",
            "IAM & Admin, Service Accounts: make two, one to read and one to write. How they sign in is asked below; \
             only if it is with a key, make a JSON key for each, and save them as keys/tripod-read.json and \
             keys/tripod-write.json, readable by you alone",
            "admin.google.com, Security, API controls, Domain-wide delegation: add each service account's numeric \
             client id with its scopes, which docs/guides/credentials.md lists; one that is missing fails all",
            "admin.google.com, Apps, Google Workspace, Gmail, User settings: let users delegate access to their \
             mailbox, for the unit of the service mailboxes and for those of the people",
            "admin.google.com, Directory, Organisational units: make one for service mailboxes",
        ],
        Provider::Microsoft365 => &[
            "entra.microsoft.com, App registrations: register two applications, one to read and one to write",
            "each one, Certificates & secrets: upload a certificate (better) or make a client secret; save certificate \
             and private key in one PEM file, readable by you alone",
            "each one, API permissions, application permissions: Microsoft Graph and Office 365 Exchange Online's \
             Exchange.ManageAsApp, as docs/guides/credentials.md lists them; then grant admin consent",
            "Entra, Roles: Global Reader to the reading one, Exchange Recipient Administrator to the writing one; it \
             may take two hours until that is known everywhere",
        ],
    }
}

/// What a kind is at a provider, what it costs and what it cannot do, in one line of a terminal with 80 columns.
pub(crate) fn kind(provider: Provider, kind: Kind) -> &'static str {
    match (provider, kind) {
        (Provider::GoogleWorkspace, Kind::SharedMailbox) => {
            "shared-mailbox: an account; one paid seat; can own an app's account"
        }
        (Provider::GoogleWorkspace, Kind::GroupInbox) => {
            "group-inbox: a group that gets mail; costs nothing; can never sign in"
        }
        (Provider::Microsoft365, Kind::SharedMailbox) => {
            "shared-mailbox: no licence below 50 GB; people need Exchange; cannot sign in"
        }
        (Provider::Microsoft365, Kind::GroupInbox) => {
            "group-inbox: a Microsoft 365 group; costs nothing; can never sign in"
        }
    }
}

/// The line that makes a machine verify every morning, for cron.
pub(crate) const SCHEDULE: &str = "0 7 * * *";

/// Where its people find a mailbox.
pub(crate) fn whereabouts(provider: Provider, kind: Kind) -> &'static str {
    match (provider, kind) {
        (Provider::GoogleWorkspace, Kind::SharedMailbox) => {
            "The people find it in Gmail under their own picture, after a while."
        }
        (Provider::GoogleWorkspace, Kind::GroupInbox) => {
            "The people read it at groups.google.com, and get its mail in their own inboxes."
        }
        (Provider::Microsoft365, Kind::SharedMailbox) => {
            "The people add it in Outlook (File, Account Settings, Change, More Settings, Advanced; or on the web: right-click Folders, Add shared folder); it does not appear by itself."
        }
        (Provider::Microsoft365, Kind::GroupInbox) => "The people find it in Outlook under Groups, after a while.",
    }
}
