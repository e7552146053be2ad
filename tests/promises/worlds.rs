//! Two tiny tenants, one at each provider, in which there is something of everything that a reader has to tell apart.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use tripod_google::{GoogleReader, GoogleTenant, GoogleWriter, ServiceAccountKey};
use tripod_microsoft::{AppCredentials, ClientProof, MicrosoftReader, MicrosoftTenant, MicrosoftWriter};
use tripod_model::{Address, Policy, Settings, SourceFile, TenantName, WantedMailbox, read};
use tripod_provisioner::Writers;
use tripod_sandbox::{Access, Between, Description, Options, Sandbox, World};
use tripod_tenant::{Endpoints, Readers, TenantReader};
use tripod_verifier::Auditors;

const TENANT_ID: &str = "5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90";

/// Whose protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Google,
    Microsoft,
}

impl Side {
    fn domain(self) -> &'static str {
        match self {
            Self::Google => "g.example",
            Self::Microsoft => "m.example",
        }
    }

    pub(crate) fn at(self, name: &str) -> Address {
        format!("{name}@{}", self.domain()).parse().unwrap()
    }
}

/// Who is there: `a` to `e` work here; `x` is disabled, `y` archived or a guest, `z` without a mailbox, `v` deleted.
fn people(side: Side) -> String {
    let odd = match side {
        Side::Google => "archived",
        Side::Microsoft => "guest",
    };
    let domain = side.domain();
    let person = |name: &str, more: &str| format!("      - {{address: {name}@{domain}, name: {name} Person{more}}}\n");
    let mut text = String::new();
    for name in ["a", "b", "c", "d", "e"] {
        let manager = if name == "a" { String::new() } else { format!(", manager: a@{domain}") };
        text += &person(name, &format!(", department: IT, aliases: [{name}.alias@{domain}]{manager}"));
    }
    text += &person("x", ", standing: disabled");
    text += &person("y", &format!(", standing: {odd}"));
    text += &person("z", ", standing: no-mailbox");
    text + &person("v", ", standing: deleted")
}

/// What is there, with `{who}` for the people behind `of`.
fn mailbox(side: Side, name: &str, kind: &str, of: &[&str]) -> String {
    let domain = side.domain();
    let who = of.iter().map(|name| format!("{name}@{domain}")).collect::<Vec<_>>().join(", ");
    let unit = if side == Side::Google && kind == "shared-mailbox" { ", unit: /Service mailboxes" } else { "" };
    format!("      - {{address: {name}@{domain}, name: {name}, kind: {kind}, delegates: [{who}]{unit}}}\n")
}

const SHARED: &str = "shared-mailbox";
const GROUP: &str = "group-inbox";

/// What stands there from the start, and what the manifest makes of it.
struct Entry {
    name: &'static str,
    kind: &'static str,
    has: Option<&'static [&'static str]>,
    wants: Option<&'static [&'static str]>,
    more: &'static str,
}

const fn entry(
    name: &'static str,
    kind: &'static str,
    has: Option<&'static [&'static str]>,
    wants: Option<&'static [&'static str]>,
) -> Entry {
    Entry { name, kind, has, wants, more: "" }
}

/// For everything that is read: some are as they should be, some lack somebody, some have somebody too many, in some the
/// manifest names somebody who cannot act, and one is in no manifest.
const READ: [Entry; 11] = [
    entry("calm", SHARED, Some(&["a", "b", "c"]), Some(&["a", "b", "c"])),
    entry("moved", SHARED, Some(&["a", "b", "d"]), Some(&["a", "b", "c"])),
    entry("left", SHARED, Some(&["a", "b", "c", "x"]), Some(&["a", "b", "c"])),
    entry("lame", SHARED, Some(&["a", "b", "d"]), Some(&["a", "b", "x"])),
    entry("new", SHARED, None, Some(&["a", "b", "c"])),
    entry("wild", SHARED, Some(&["a", "e"]), None),
    entry("calm-group", GROUP, Some(&["a", "b", "c"]), Some(&["a", "b", "c"])),
    entry("moved-group", GROUP, Some(&["a", "b", "d"]), Some(&["a", "b", "c"])),
    entry("left-group", GROUP, Some(&["a", "b", "c", "x"]), Some(&["a", "b", "c"])),
    entry("lame-group", GROUP, Some(&["a", "b", "d"]), Some(&["a", "b", "y"])),
    entry("new-group", GROUP, None, Some(&["a", "b", "c"])),
];

/// For everything that is carried out: whatever the manifest wants can be had.
const APPLIED: [Entry; 7] = [
    entry("calm", SHARED, Some(&["a", "b", "c"]), Some(&["a", "b", "c"])),
    entry("moved", SHARED, Some(&["a", "b", "d"]), Some(&["a", "b", "c"])),
    entry("new", SHARED, None, Some(&["a", "b", "c"])),
    entry("wild", SHARED, Some(&["a", "e"]), None),
    entry("moved-group", GROUP, Some(&["a", "b", "d"]), Some(&["a", "b", "c"])),
    entry("left-group", GROUP, Some(&["a", "b", "c", "x"]), Some(&["a", "b", "c"])),
    entry("new-group", GROUP, None, Some(&["c", "d", "e"])),
];

/// What is done with a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Reading,
    Applying,
}

fn entries(purpose: Purpose) -> &'static [Entry] {
    match purpose {
        Purpose::Reading => &READ,
        Purpose::Applying => &APPLIED,
    }
}

fn description(side: Side, purpose: Purpose) -> Description {
    let domain = side.domain();
    let tenant = match side {
        Side::Google => format!(
            "provider: google-workspace\n    customer: C0juniper1\n    domains: [{domain}]\n    admin: admin@{domain}\n    \
             units:\n      /: {{mail-delegation: true}}\n      /Service mailboxes: {{mail-delegation: true}}\n"
        ),
        Side::Microsoft => format!("provider: microsoft-365\n    tenant-id: {TENANT_ID}\n    domains: [{domain}]\n"),
    };
    let admin = if side == Side::Google { "      - {address: admin@g.example, name: Admin}\n" } else { "" };
    let there = entries(purpose).iter().filter_map(|entry| Some(mailbox(side, entry.name, entry.kind, entry.has?)));
    let there: String = there.collect();
    let people = people(side);
    let crew = format!("      - {{address: crew@{domain}, name: Crew, owners: [a@{domain}], members: [b@{domain}]}}\n");
    let apps = format!(
        "      - {{name: Payroll, publisher: Example, grants: [{{person: b@{domain}, scopes: [openid, email]}}]}}\n"
    );
    let text = format!(
        "version: 1\nstarts: 2026-11-23T09:00:00Z\nseed: 3\nlag-seconds: 2\ntenants:\n  t:\n    {tenant}    people:\n\
         {admin}{people}    groups:\n{crew}    mailboxes:\n{there}    apps:\n{apps}"
    );
    serde_yaml::from_str(&text).unwrap()
}

/// What is wanted of a world, as the user's files say it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) settings: Settings,
    pub(crate) mailboxes: Vec<WantedMailbox>,
    pub(crate) policy: Policy,
}

pub(crate) fn wanted(side: Side, purpose: Purpose) -> Wanted {
    let domain = side.domain();
    let tenant = match side {
        Side::Google => format!(
            "provider: google-workspace\n    customer: C0juniper1\n    domains: [{domain}]\n    admin: admin@{domain}\n    \
             mailbox-unit: /Service mailboxes\n    credentials:\n      service-account-key: {{path: keys/g.json}}\n"
        ),
        Side::Microsoft => format!(
            "provider: microsoft-365\n    tenant-id: {TENANT_ID}\n    domains: [{domain}]\n    credentials:\n      \
             client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3\n      certificate: {{path: keys/m.pem}}\n"
        ),
    };
    let text = format!("version: 1\ntenants:\n  t:\n    {tenant}mailboxes: mailboxes/\n");
    let source = |name: &str, text: String| SourceFile { name: name.to_owned(), bytes: text.into_bytes() };
    let (settings, problems) = read::settings(&source("tripod.yaml", text));
    assert_eq!(problems, []);
    let settings = settings.unwrap();
    let mut manifest = String::new();
    for entry in entries(purpose) {
        let Some(wants) = entry.wants else { continue };
        let who = wants.iter().map(|name| format!("{name}@{domain}")).collect::<Vec<_>>().join(", ");
        let adopt = if side == Side::Google && entry.kind == SHARED { "  adopt: true\n" } else { "" };
        let _ = write!(
            manifest,
            "- address: {name}@{domain}\n  name: {name}\n  purpose: Holds {name}\n  kind: {kind}\n  apps: [{name}]\n  \
             delegates: [{who}]\n{adopt}{more}",
            name = entry.name,
            kind = entry.kind,
            more = entry.more,
        );
    }
    let (mailboxes, problems) = read::mailboxes(&[source("mailboxes/all.yaml", manifest)], &settings);
    assert_eq!(problems, []);
    let (policy, problems) = read::policy(&source("policies/baseline.yaml", "quorum: 3\n".to_owned()));
    assert_eq!(problems, []);
    Wanted { settings, mailboxes, policy: Policy::strictest(policy) }
}

/// A world that is served, with something between it and the adapters.
pub(crate) struct Stage {
    pub(crate) side: Side,
    pub(crate) sandbox: Sandbox,
    pub(crate) wanted: Wanted,
}

/// The one tenant's name.
pub(crate) fn tenant() -> TenantName {
    TenantName("t".to_owned())
}

pub(crate) async fn stage(side: Side, purpose: Purpose, between: Arc<dyn Between>) -> Stage {
    let world = World::new(&description(side, purpose)).unwrap();
    let options = Options { between: Some(between), ..Options::default() };
    Stage { side, sandbox: Sandbox::start(world, options).await.unwrap(), wanted: wanted(side, purpose) }
}

impl Stage {
    fn google(&self) -> GoogleTenant {
        GoogleTenant {
            customer: "C0juniper1".to_owned(),
            admin: self.side.at("admin"),
            security_scope: false,
            mailbox_unit: "/Service mailboxes".to_owned(),
            domains: vec![self.side.domain().to_owned()],
        }
    }

    fn microsoft(&self) -> MicrosoftTenant {
        MicrosoftTenant { tenant_id: TENANT_ID.to_owned(), domains: vec![self.side.domain().to_owned()] }
    }

    fn endpoints(&self) -> Endpoints {
        Endpoints::stand_in(self.sandbox.url().clone()).unwrap()
    }

    fn key(&self, access: Access) -> ServiceAccountKey {
        ServiceAccountKey::from_json(&self.sandbox.google_key("t", access).unwrap().into()).unwrap()
    }

    fn secret(&self, access: Access) -> AppCredentials {
        let credentials = self.sandbox.microsoft_credentials(TENANT_ID, access).unwrap();
        AppCredentials { client_id: Some(credentials.client_id), proof: ClientProof::Secret(credentials.client_secret) }
    }

    /// New auditors, without a token yet.
    pub(crate) fn auditors(&self) -> Auditors {
        let (endpoints, clock) = (self.endpoints(), self.sandbox.clock());
        let auditor: Arc<dyn tripod_tenant::TenantAuditor> = match self.side {
            Side::Google => {
                Arc::new(GoogleReader::new(self.google(), self.key(Access::Read), endpoints, clock).unwrap())
            }
            Side::Microsoft => {
                Arc::new(MicrosoftReader::new(self.microsoft(), self.secret(Access::Read), endpoints, clock).unwrap())
            }
        };
        BTreeMap::from([(tenant(), auditor)])
    }

    /// New writers, without a token yet.
    pub(crate) fn writers(&self) -> Writers {
        let (endpoints, clock) = (self.endpoints(), self.sandbox.clock());
        let writer: Arc<dyn tripod_tenant::TenantWriter> = match self.side {
            Side::Google => {
                Arc::new(GoogleWriter::new(self.google(), self.key(Access::Write), endpoints, clock).unwrap())
            }
            Side::Microsoft => {
                Arc::new(MicrosoftWriter::new(self.microsoft(), self.secret(Access::Write), endpoints, clock).unwrap())
            }
        };
        BTreeMap::from([(tenant(), writer)])
    }
}

/// The same auditors as readers.
pub(crate) fn readers(auditors: &Auditors) -> Readers {
    let reader =
        |auditor: &Arc<dyn tripod_tenant::TenantAuditor>| -> Arc<dyn TenantReader> { Arc::clone(auditor) as _ };
    auditors.iter().map(|(name, auditor)| (name.clone(), reader(auditor))).collect()
}
