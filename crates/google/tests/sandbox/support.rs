//! A stand-in customer with a few people, and an adapter for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};
use std::time::SystemTime;

use serde_json::Value;
use tripod_google::{GoogleReader, GoogleTenant, GoogleWriter, ServiceAccountKey};
use tripod_model::{Address, Kind, SignIn};
use tripod_sandbox::{Access, Condition, Description, Fault, Options, Sandbox, World};
use tripod_tenant::{
    Configure, Endpoints, Grant, MailboxId, MailboxQuery, MailboxRef, NewMailbox, Observed, ObservedMailbox, PersonId,
    PersonRef, Revoke, TenantError, TenantReader, TenantWriter, Written,
};

/// The customer that most tests work with; a test adds what else it needs to the end.
pub(crate) const CUSTOMER: &str = "
version: 1
starts: 2026-11-23T09:00:00Z
seed: 7
lag-seconds: 20
tenants:
  juniper:
    provider: google-workspace
    customer: C0juniper1
    domains: [juniper.example]
    admin: admin@juniper.example
    units:
      /: {mail-delegation: true}
      /Service mailboxes: {mail-delegation: true}
    people:
      - {address: admin@juniper.example, name: Admin Account}
      - {address: ana@juniper.example, name: Ana Lopes, department: IT, aliases: [ana.lopes@juniper.example]}
      - {address: ben@juniper.example, name: Ben Ito, manager: ana@juniper.example}
      - {address: cara@juniper.example, name: Cara Diaz}
      - {address: dan@juniper.example, name: Dan Weber, standing: disabled}
      - {address: eve@juniper.example, name: Eve Novak, standing: archived}
      - {address: fay@juniper.example, name: Fay Olsen, standing: deleted}
      - {address: guy@juniper.example, name: Guy Petit, standing: no-mailbox}
";

/// Groups and mailboxes that were there before Tripod.
pub(crate) const OLD_MAILBOXES: &str = "
    groups:
      - {address: staff@juniper.example, name: Staff, owners: [ana@juniper.example], members: [ben@juniper.example]}
    mailboxes:
      - address: old-box@juniper.example
        name: Old Box
        kind: shared-mailbox
        delegates: [ana@juniper.example, ben@juniper.example]
      - address: old-inbox@juniper.example
        name: Old Inbox
        kind: group-inbox
        delegates: [ana@juniper.example, cara@juniper.example]
";

/// A line for each of that many people more, `p0` and onwards.
pub(crate) fn people(count: usize) -> String {
    let line = |n| format!("      - {{address: p{n}@juniper.example, name: Person {n}}}\n");
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// A running sandbox with an adapter for its one customer.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) reader: GoogleReader,
    pub(crate) writer: GoogleWriter,
    log: Option<PathBuf>,
}

/// A stage whose exchanges go to the log that most tests share.
pub(crate) async fn stage(description: &str) -> Stage {
    static FRESH: Once = Once::new();
    stage_with_log(description, Some(shared_log("google-adapter", &FRESH))).await
}

/// A stage whose exchanges go to the log that the tests of the auditing side share.
pub(crate) async fn audit_stage(description: &str) -> Stage {
    static FRESH: Once = Once::new();
    stage_with_log(description, Some(shared_log("google-audit", &FRESH))).await
}

fn shared_log(name: &str, fresh: &Once) -> PathBuf {
    let log = wire_folder().join(format!("{name}.jsonl"));
    // A log that an older program wrote says nothing about this one.
    fresh.call_once(|| {
        let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        if time(&log) < time(&std::env::current_exe().expect("a test runs from a file")) {
            let _ = fs::remove_file(&log);
        }
    });
    log
}

/// A stage with a log of its own, for tests that count exchanges.
pub(crate) async fn stage_that_counts(description: &str, name: &str) -> Stage {
    let log = wire_folder().join(format!("google-adapter-{name}.jsonl"));
    let _ = fs::remove_file(&log);
    stage_with_log(description, Some(log)).await
}

/// A stage without a log, for answers that are not Google's.
pub(crate) async fn stage_without_log(description: &str) -> Stage {
    stage_with_log(description, None).await
}

fn wire_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/wire");
    fs::create_dir_all(&folder).unwrap();
    folder
}

async fn stage_with_log(description: &str, log: Option<PathBuf>) -> Stage {
    let description: Description = serde_yaml::from_str(description).unwrap();
    let world = World::new(&description).unwrap();
    let options = Options { wire_log: log.clone(), ..Options::default() };
    let sandbox = Sandbox::start(world, options).await.unwrap();
    let endpoints = Endpoints::stand_in(sandbox.url().clone()).unwrap();
    let tenant = GoogleTenant {
        customer: "C0juniper1".to_owned(),
        admin: address("admin@juniper.example"),
        security_scope: false,
        mailbox_unit: "/Service mailboxes".to_owned(),
        domains: vec!["juniper.example".to_owned()],
    };
    let key = |access| {
        let json = sandbox.google_key("juniper", access).unwrap();
        ServiceAccountKey::from_json(&json.into()).unwrap()
    };
    Stage {
        reader: GoogleReader::new(tenant.clone(), key(Access::Read), endpoints.clone(), sandbox.clock()).unwrap(),
        writer: GoogleWriter::new(tenant, key(Access::Write), endpoints, sandbox.clock()).unwrap(),
        sandbox,
        log,
    }
}

impl Stage {
    /// Makes something go wrong from now on.
    pub(crate) fn fault(&self, yaml_like: &Value) {
        let fault: Fault = serde_json::from_value(yaml_like.clone()).unwrap();
        self.sandbox.with_world(|world| world.add_fault(fault)).unwrap();
    }

    /// Changes an account behind Tripod's back.
    pub(crate) fn set(&self, name: &str, condition: &Condition) {
        self.sandbox.with_world(|world| world.set(&at(name), condition)).unwrap();
    }

    pub(crate) fn no_faults(&self) {
        self.sandbox.with_world(World::clear_faults).unwrap();
    }

    /// How many exchanges of this stage's own log had this method and this text in their URL.
    pub(crate) fn exchanges(&self, method: &str, text: &str) -> usize {
        self.log_lines()
            .iter()
            .filter(|line| line["method"] == method && line["url"].as_str().unwrap().contains(text))
            .count()
    }

    pub(crate) fn log_lines(&self) -> Vec<Value> {
        let log = fs::read_to_string(self.log.as_ref().unwrap()).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) async fn create(&self, new: NewMailbox) -> Result<MailboxId, TenantError> {
        let told = Told::new(1);
        self.writer.create(&[new], &|index, outcome| told.done(index, outcome)).await;
        told.all().remove(0)
    }

    /// A mailbox that is made and ready.
    pub(crate) async fn ready(&self, name: &str, kind: Kind) -> MailboxRef {
        let new = new(name, kind);
        let id = self.create(new.clone()).await.unwrap();
        let mailbox = MailboxRef { id, address: new.address, kind };
        let told = Told::new(1);
        self.writer.wait_until_ready(std::slice::from_ref(&mailbox), &|index, outcome| told.done(index, outcome)).await;
        told.all().remove(0).unwrap();
        mailbox
    }

    pub(crate) async fn configure(&self, change: Configure) -> Result<(), TenantError> {
        let told = Told::new(1);
        self.writer.configure(&[change], &|index, outcome| told.done(index, outcome)).await;
        told.all().remove(0)
    }

    pub(crate) async fn grant(&self, mailbox: &MailboxRef, people: &[&str]) -> Vec<Result<(), TenantError>> {
        let mut grants = Vec::new();
        for person in people {
            grants.push(Grant { mailbox: mailbox.clone(), person: self.person(person).await });
        }
        let told = Told::new(grants.len());
        self.writer.grant(&grants, &|index, outcome| told.done(index, outcome)).await;
        told.all()
    }

    pub(crate) async fn revoke(&self, mailbox: &MailboxRef, who: tripod_tenant::Principal) -> Result<(), TenantError> {
        let told = Told::new(1);
        let revoke = Revoke { mailbox: mailbox.clone(), who };
        self.writer.revoke(&[revoke], &|index, outcome| told.done(index, outcome)).await;
        told.all().remove(0)
    }

    pub(crate) async fn retire(&self, mailbox: &MailboxRef) -> Result<(), TenantError> {
        let told = Told::new(1);
        self.writer.retire(std::slice::from_ref(mailbox), &|index, outcome| told.done(index, outcome)).await;
        told.all().remove(0)
    }

    pub(crate) async fn person(&self, name: &str) -> PersonRef {
        match self.reader.people(&[at(name)]).await.remove(0) {
            Observed::Present(person) => person.as_ref(),
            _ => PersonRef { id: PersonId("0".to_owned()), address: at(name) },
        }
    }

    pub(crate) async fn see(&self, name: &str, kind: Kind) -> Observed<ObservedMailbox> {
        let query = MailboxQuery { address: at(name), kind, id: None };
        self.reader.mailboxes(&[query]).await.remove(0)
    }

    /// What is there, with the reason if it is not.
    pub(crate) async fn present(&self, name: &str, kind: Kind) -> ObservedMailbox {
        match self.see(name, kind).await {
            Observed::Present(mailbox) => mailbox,
            other => panic!("{name} is not there: {other:?}"),
        }
    }

    /// Lets the sandbox's time pass, as if somebody had waited.
    pub(crate) async fn pass(&self, seconds: u64) {
        tripod_tenant::Clock::sleep(self.sandbox.clock().as_ref(), std::time::Duration::from_secs(seconds)).await;
    }
}

/// What a writer told, item by item, each exactly once.
pub(crate) struct Told<T>(Mutex<Vec<Option<Result<T, TenantError>>>>);

impl<T> Told<T> {
    pub(crate) fn new(items: usize) -> Self {
        Self(Mutex::new((0..items).map(|_| None).collect()))
    }

    pub(crate) fn done(&self, index: usize, outcome: Result<Written<T>, TenantError>) {
        let outcome = outcome.map(|written| written.value);
        let before = self.0.lock().unwrap()[index].replace(outcome);
        assert!(before.is_none(), "item {index} was told twice");
    }

    pub(crate) fn all(self) -> Vec<Result<T, TenantError>> {
        self.0.into_inner().unwrap().into_iter().map(|told| told.expect("every item is told")).collect()
    }
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// An address in the customer's domain.
pub(crate) fn at(name: &str) -> Address {
    address(&format!("{name}@juniper.example"))
}

pub(crate) fn new(name: &str, kind: Kind) -> NewMailbox {
    NewMailbox {
        address: at(name),
        name: format!("Mailbox {name}"),
        purpose: "Owns our account at a provider".to_owned(),
        kind,
        sign_in: SignIn::Blocked,
        first_password: None,
        first_owner: None,
        attempted_before: false,
    }
}

/// Who has access, as short words: `ana:full`, `group staff:read`, with the acceptance where it is not in force.
pub(crate) fn access(mailbox: &ObservedMailbox) -> Vec<String> {
    let delegates = match &mailbox.delegates {
        Observed::Present(delegates) => delegates,
        other => panic!("the delegates are not known: {other:?}"),
    };
    let mut words: Vec<String> = delegates
        .iter()
        .map(|delegate| {
            let name = delegate.who.label().replace("@juniper.example", "");
            let what = if matches!(delegate.who, tripod_tenant::Principal::Group { .. }) { "group " } else { "" };
            let rights = if delegate.rights.is_full() { "full" } else { "read" };
            let pending = if delegate.acceptance == tripod_tenant::Acceptance::Accepted { "" } else { " not in force" };
            format!("{what}{name}:{rights}{pending}")
        })
        .collect();
    words.sort();
    words
}
