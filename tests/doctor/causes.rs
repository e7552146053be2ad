//! Every cause in the reference is brought about in the example's workspace, or at its stand-ins, and `tripod doctor`
//! names it. A new cause without a row here fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tripod_tenant::CauseId;

use super::{CERTIFICATE, command, doctor, doctor_by, edit, names, run, tenant_line};
use crate::browser;
use crate::example::two_tenants;

/// How one cause comes about.
struct Row {
    cause: CauseId,
    /// Where it is named: in tenants, or in the files.
    places: &'static [&'static str],
    /// What is rightly named there as well.
    also: &'static [CauseId],
    /// What is done before the doctor looks, from the example on.
    done: &'static [Do],
}

/// What somebody does to the workspace, to the row's first tenant, or at it.
#[derive(Clone, Copy)]
enum Do {
    /// Replaces a text of tripod.yaml.
    Settings(&'static str, &'static str),
    /// Has the workspace sign in in another way.
    SignsInBy(&'static str),
    /// Replaces a text of sandbox.yaml.
    Sandbox(&'static str, &'static str),
    /// Adds a line to what sandbox.yaml says of the tenant.
    Tenant(&'static str),
    /// Writes what is no credential into the file that tripod.yaml names, which others can read or not.
    Junk { open: bool },
    /// Lets a person sign in, with a code or in the browser, whatever comes of it.
    LogIn,
    /// Starts the stand-ins again from sandbox.yaml. Who has signed in keeps what they were given.
    Anew,
    /// Lets somebody leave.
    Leave(&'static str),
    /// Does not use stand-ins, with this variable set. Nothing is sent: what would be sent is not there.
    WithoutSandbox(&'static str, &'static str),
}

use Do::{Anew, Junk, Leave, LogIn, Sandbox, Settings, SignsInBy, Tenant, WithoutSandbox};

const fn row(cause: CauseId, place: &'static [&'static str], done: &'static [Do]) -> Row {
    Row { cause, places: place, also: &[], done }
}

const FILES: &[&str] = &["files"];
const GOOGLE: &[&str] = &["juniper"];
const MICROSOFT: &[&str] = &["northwind"];

const KEY: &str = "service-account-key: {path: keys/juniper-service-account.json}";
const ITSELF: Do = SignsInBy("service-account-key: {path: keys/juniper-service-account.json}\n      acts-as: itself");
const KEYLESS: Do = SignsInBy("keyless: {service-account: tripod@juniper.iam.gserviceaccount.com}");
const BROWSER: Do = SignsInBy("browser: {client: {path: keys/client.json}}");
const CODE: Do = SignsInBy("device-code: true");
const SECRET: Do = SignsInBy("client-secret: {env: NOBODY_SETS_IT}");
const OFFLINE: Do = WithoutSandbox("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/credentials.json");
const TENANT_ID: &str = "5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90";
const OTHER_ID: &str = "6e1a7c2f-4d63-4b97-8a2e-8c2d3f9b5ea1";

static OF_FILES: &[Row] = &[
    row(CauseId::WorkspaceFile, FILES, &[Settings("version: 1\n", "version: 1\nnonsense: 1\n")]),
    row(CauseId::CredentialAbsent, GOOGLE, &[OFFLINE]),
    row(CauseId::CredentialUnusable, GOOGLE, &[Junk { open: false }, OFFLINE]),
    Row {
        also: &[CauseId::CredentialUnusable],
        ..row(CauseId::CredentialOpen, GOOGLE, &[Junk { open: true }, OFFLINE])
    },
    row(
        CauseId::NotInSandbox,
        MICROSOFT,
        &[Sandbox(TENANT_ID, OTHER_ID), Sandbox("domains: [northwind.example]", "domains: [elsewhere.example]")],
    ),
    row(CauseId::NotSignedIn, MICROSOFT, &[CODE]),
    row(CauseId::GithubTokenAbsent, MICROSOFT, &[SignsInBy("federated-token: github-actions"), OFFLINE]),
    row(CauseId::KubernetesTokenAbsent, MICROSOFT, &[SignsInBy("federated-token: kubernetes"), OFFLINE]),
    row(CauseId::ClockSkew, &["juniper", "northwind"], &[Sandbox("seed: 3\n", "seed: 3\nclock-skew-seconds: 600\n")]),
];

static OF_SIGNING_IN_AT_GOOGLE: &[Row] = &[
    row(CauseId::GoogleNotDelegated, GOOGLE, &[Tenant("google-sign-in: {delegation: false}")]),
    row(
        CauseId::GoogleScopeNotDelegated,
        GOOGLE,
        &[Tenant("missing-permissions: [https://www.googleapis.com/auth/gmail.settings.sharing]")],
    ),
    row(CauseId::GoogleKeyRefused, GOOGLE, &[Tenant("google-sign-in: {removed: [service-account-key]}")]),
    // Somebody has to be left who may ask for a signature.
    row(
        CauseId::GoogleServiceAccountUnknown,
        GOOGLE,
        &[
            KEYLESS,
            Tenant(
                "google-sign-in: {removed: [service-account], federation: {audience: //iam/pool, issuer: https://ci.example}}",
            ),
        ],
    ),
    row(CauseId::GoogleNoCaller, GOOGLE, &[KEYLESS, OFFLINE]),
    row(
        CauseId::GoogleCallerRefused,
        GOOGLE,
        &[KEYLESS, Tenant("google-sign-in: {metadata-server: write, access-scopes: [devstorage.read_only]}")],
    ),
    row(
        CauseId::GoogleFederationRefused,
        GOOGLE,
        &[
            KEYLESS,
            Tenant("google-sign-in: {federation: {audience: //iam/pool, issuer: https://ci.example, disabled: true}}"),
        ],
    ),
    row(CauseId::GoogleTokenCreatorMissing, GOOGLE, &[KEYLESS, Tenant("google-sign-in: {token-creator: false}")]),
    row(
        CauseId::GoogleClientRefused,
        GOOGLE,
        &[BROWSER, LogIn, Tenant("google-sign-in: {removed: [oauth-client]}"), Anew],
    ),
    row(CauseId::GoogleSignInDeclined, GOOGLE, &[BROWSER, Tenant("google-sign-in: {consents: false}"), LogIn]),
    row(
        CauseId::GoogleSignInEnded,
        GOOGLE,
        &[BROWSER, Tenant("google-sign-in: {refresh-tokens-revoked: true}"), LogIn],
    ),
    // The example has shared mailboxes, which nobody who signs in in the browser can look after.
    Row {
        also: &[CauseId::GoogleNeedsDelegation],
        ..row(
            CauseId::GoogleScopeNotAgreed,
            GOOGLE,
            &[BROWSER, Tenant("google-sign-in: {unticked: [apps.groups.settings]}"), LogIn],
        )
    },
    row(CauseId::GooglePolicyRefuses, GOOGLE, &[Tenant("google-sign-in: {app-blocked: true}")]),
];

static OF_GOOGLE: &[Row] = &[
    row(CauseId::GoogleAdminUnknown, GOOGLE, &[Settings("admin: admin@", "admin: nobody@")]),
    row(CauseId::GoogleAdminTooSmall, GOOGLE, &[Settings("admin: admin@", "admin: nadia.haddad@")]),
    Row {
        also: &[CauseId::GoogleNeedsDelegation],
        ..row(CauseId::GoogleRoleMissing, GOOGLE, &[ITSELF, Tenant("google-sign-in: {delegation: false}")])
    },
    row(
        CauseId::GoogleNeedsDelegation,
        GOOGLE,
        &[ITSELF, Tenant("google-sign-in: {service-account-role: true, delegation: false}")],
    ),
    row(CauseId::GoogleApiOff, GOOGLE, &[Tenant("apis-off: [gmail]")]),
    row(CauseId::GoogleApiAccessOff, GOOGLE, &[Tenant("google-sign-in: {api-access: false}")]),
    row(CauseId::GoogleCustomerWrong, GOOGLE, &[Settings("customer: C0juniper1", "customer: C0juniper9")]),
    row(CauseId::GoogleDomainForeign, GOOGLE, &[Settings("[juniper.example]", "[juniper.example, other.example]")]),
    row(
        CauseId::GoogleDomainUnverified,
        GOOGLE,
        &[Settings("[juniper.example]", "[juniper.example, new.example]"), Tenant("unverified-domains: [new.example]")],
    ),
    row(CauseId::GoogleUnitAbsent, GOOGLE, &[Settings("mailbox-unit: /Service mailboxes", "mailbox-unit: /Elsewhere")]),
    row(
        CauseId::GoogleDelegationOff,
        GOOGLE,
        &[Sandbox("/Service mailboxes: {mail-delegation: true}", "/Service mailboxes: {mail-delegation: false}")],
    ),
    row(CauseId::GoogleNoFreeLicence, GOOGLE, &[Tenant("seats: 18")]),
];

static OF_SIGNING_IN_AT_MICROSOFT: &[Row] = &[
    row(CauseId::MicrosoftTenantUnknown, MICROSOFT, &[Settings(TENANT_ID, OTHER_ID)]),
    row(CauseId::MicrosoftAppUnknown, MICROSOFT, &[Tenant("sign-in: {removed: [app-registration]}")]),
    row(CauseId::MicrosoftSecretWrong, MICROSOFT, &[SECRET, Tenant("sign-in: {removed: [client-secret]}")]),
    row(CauseId::MicrosoftSecretExpired, MICROSOFT, &[SECRET, Tenant("sign-in: {secret-expired: true}")]),
    row(CauseId::MicrosoftCertificateRefused, MICROSOFT, &[Tenant("sign-in: {removed: [certificate]}")]),
    row(CauseId::MicrosoftFederationRefused, MICROSOFT, &[SignsInBy("federated-token: kubernetes")]),
    row(CauseId::MicrosoftNoManagedIdentity, MICROSOFT, &[SignsInBy("managed-identity: true")]),
    row(
        CauseId::MicrosoftPublicFlowsOff,
        MICROSOFT,
        &[CODE, LogIn, Tenant("sign-in: {public-client-flows: false}"), Anew],
    ),
    row(
        CauseId::MicrosoftCodeDeclined,
        MICROSOFT,
        &[CODE, Tenant("sign-in: {device-code: {outcome: declined}}"), LogIn],
    ),
    row(CauseId::MicrosoftCodeExpired, MICROSOFT, &[CODE, Tenant("sign-in: {device-code: {outcome: ignored}}"), LogIn]),
    row(CauseId::MicrosoftSignInExpired, MICROSOFT, &[CODE, Tenant("sign-in: {refresh-expired: true}"), LogIn]),
    row(
        CauseId::MicrosoftAccountBlocked,
        MICROSOFT,
        &[
            CODE,
            Tenant("sign-in: {device-code: {by: sofia.petrova@northwind.example}}"),
            LogIn,
            Leave("sofia.petrova@northwind.example"),
        ],
    ),
    row(CauseId::MicrosoftNoConsent, MICROSOFT, &[CODE, LogIn, Tenant("missing-permissions: [User.Read.All]"), Anew]),
    row(CauseId::MicrosoftConditionalAccess, MICROSOFT, &[Tenant("sign-in: {conditional-access: true}")]),
];

static OF_MICROSOFT: &[Row] = &[
    row(
        CauseId::MicrosoftTenantForeign,
        MICROSOFT,
        &[
            Sandbox(
                "  northwind:\n",
                "  elsewhere:\n    provider: microsoft-365\n    tenant-id: 6e1a7c2f-4d63-4b97-8a2e-8c2d3f9b5ea1\n    \
                 domains: [elsewhere.example]\n  northwind:\n",
            ),
            Settings(TENANT_ID, OTHER_ID),
        ],
    ),
    row(CauseId::MicrosoftPermissionMissing, MICROSOFT, &[Tenant("missing-permissions: [User.Read.All]")]),
    row(
        CauseId::MicrosoftDomainForeign,
        MICROSOFT,
        &[Settings("[northwind.example]", "[northwind.example, other.example]")],
    ),
    row(
        CauseId::MicrosoftDomainUnverified,
        MICROSOFT,
        &[
            Settings("[northwind.example]", "[northwind.example, new.example]"),
            Tenant("unverified-domains: [new.example]"),
        ],
    ),
    row(CauseId::MicrosoftDomainWithoutMail, MICROSOFT, &[Tenant("domains-without-mail: [northwind.example]")]),
    row(CauseId::MicrosoftNoPremium, MICROSOFT, &[Tenant("entra-id-p1: false")]),
    row(CauseId::ExchangeAppRoleMissing, MICROSOFT, &[Tenant("missing-permissions: [Exchange.ManageAsApp]")]),
    row(CauseId::ExchangeEntraRoleMissing, MICROSOFT, &[Tenant("missing-permissions: [Exchange Administrator]")]),
    row(CauseId::ExchangeRoleGroupTooSmall, MICROSOFT, &[Tenant("exchange-role-group: [View-Only Recipients]")]),
    row(CauseId::ExchangeOff, MICROSOFT, &[Tenant("apis-off: [exchange]")]),
];

static ALL: [&[Row]; 5] = [OF_FILES, OF_SIGNING_IN_AT_GOOGLE, OF_GOOGLE, OF_SIGNING_IN_AT_MICROSOFT, OF_MICROSOFT];

impl Row {
    fn tenant(&self) -> &'static str {
        self.places[0]
    }

    fn is_google(&self) -> bool {
        self.places == GOOGLE
    }

    fn carry_out(&self, done: Do, folder: &TempDir) {
        match done {
            Settings(from, to) => edit(folder, "tripod.yaml", from, to),
            SignsInBy(way) => edit(folder, "tripod.yaml", if self.is_google() { KEY } else { CERTIFICATE }, way),
            Sandbox(from, to) => edit(folder, "sandbox.yaml", from, to),
            Tenant(line) => tenant_line(folder, self.tenant(), line),
            Junk { open } => junk(&folder.path().join("keys/juniper-service-account.json"), open),
            LogIn => log_in(folder.path(), self.is_google()),
            Anew => fs::remove_file(folder.path().join(".tripod/sandbox.db")).unwrap(),
            Leave(person) => {
                let left = run(folder.path(), &["sandbox", "leave", person]);
                assert!(left.status.success(), "{}", String::from_utf8_lossy(&left.stderr));
            }
            WithoutSandbox(..) => {}
        }
    }

    /// Brings the cause about and asserts that the doctor names it, and nothing else anywhere.
    fn shows(&self) {
        let folder = two_tenants();
        for done in self.done {
            self.carry_out(*done, &folder);
        }
        let offline = self.done.iter().find_map(|done| match done {
            WithoutSandbox(name, value) => Some((*name, *value)),
            _ => None,
        });
        let causes = |place: &&str| {
            let named = std::iter::once(&self.cause).chain(self.also);
            named.map(|cause| ((*place).to_owned(), cause.word().to_owned())).collect::<Vec<_>>()
        };
        let expected: BTreeSet<_> = self.places.iter().flat_map(causes).collect();
        let Some((name, value)) = offline else {
            names(&doctor(folder.path(), &["--sandbox"]), &expected);
            return;
        };
        // Without stand-ins, no tenant of the example can be signed in to; what lacks elsewhere is not this row's.
        let mut asked = command(folder.path(), &["doctor", "--format", "json"]);
        let mut seen = doctor_by(asked.env(name, value));
        seen.rows.retain(|(place, _)| place.starts_with(self.tenant()));
        names(&seen, &expected);
    }
}

fn junk(path: &Path, open: bool) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "not-a-key-but-s3cret").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(if open { 0o644 } else { 0o600 })).unwrap();
    }
    #[cfg(not(unix))]
    let _ = open;
}

/// Lets the administrator try to sign in. Where that has to succeed, the doctor shows it.
fn log_in(folder: &Path, is_google: bool) {
    let tenant = if is_google { "juniper" } else { "northwind" };
    let mut login: Command = command(folder, &["auth", "login", tenant, "--sandbox"]);
    if is_google {
        browser::sign_in(login);
    } else {
        login.output().unwrap();
    }
}

fn show(rows: &[Row]) {
    for row in rows {
        // Elsewhere there are no modes by which others could read a file.
        if cfg!(unix) || row.cause != CauseId::CredentialOpen {
            row.shows();
        }
    }
}

/// What the network is to blame for needs a proxy and an authority of the test's own: `tests/promises/network.rs`.
const SHOWN_BY_PROMISES: [CauseId; 4] =
    [CauseId::CertificateUntrusted, CauseId::CertificateInvalid, CauseId::ProxyRefuses, CauseId::NetworkSetting];

#[test]
fn every_cause_has_exactly_one_row() {
    let mut rows: BTreeMap<CauseId, usize> = CauseId::ALL.into_iter().map(|cause| (cause, 0)).collect();
    for cause in SHOWN_BY_PROMISES {
        *rows.entry(cause).or_default() += 1;
    }
    for row in ALL.into_iter().flatten() {
        *rows.entry(row.cause).or_default() += 1;
    }
    let others: Vec<_> = rows.into_iter().filter(|(_, count)| *count != 1).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn each_cause_in_files_and_credentials_is_named() {
    show(OF_FILES);
}

#[test]
fn each_cause_of_not_signing_in_at_google_is_named() {
    show(OF_SIGNING_IN_AT_GOOGLE);
}

#[test]
fn each_cause_at_google_is_named() {
    show(OF_GOOGLE);
}

#[test]
fn each_cause_of_not_signing_in_at_microsoft_is_named() {
    show(OF_SIGNING_IN_AT_MICROSOFT);
}

#[test]
fn each_cause_at_microsoft_is_named() {
    show(OF_MICROSOFT);
}
