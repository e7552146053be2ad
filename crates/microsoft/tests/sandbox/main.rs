//! The adapter against the stand-in tenant, over real sockets. Leaves `target/wire/microsoft-adapter.jsonl`, and
//! `target/wire/microsoft-audit.jsonl` of what an auditor asks.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod auditing;
mod auditing_odd;
mod creating;
mod exchange;
mod faults;
mod life;
mod odd_server;
mod reading;
mod signing_in;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tripod_microsoft::{AppCredentials, ClientProof, MicrosoftReader, MicrosoftTenant, MicrosoftWriter};
use tripod_model::{Address, Kind, SignIn};
use tripod_sandbox::{Access, Fault, Options, Sandbox, World};
use tripod_tenant::{
    Endpoints, Grant, MailboxId, MailboxQuery, MailboxRef, NewMailbox, Observed, ObservedMailbox, Person, PersonRef,
    TenantError, TenantReader, TenantWriter, Written,
};

const TENANT: &str = "7f0c2d1e-1111-4222-8333-944444444444";

/// Names of the people who work in the tenant of most tests.
const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

struct Tenant {
    sandbox: Sandbox,
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// An address in the tenant's default domain.
fn at(name: &str) -> Address {
    address(&format!("{name}@northwind.example"))
}

/// The tenant of most tests, with more said about it.
async fn tenant(more: Value) -> Tenant {
    tenant_with_log(more, "microsoft-adapter.jsonl").await
}

/// The same tenant, whose exchanges go to a log of this name.
async fn tenant_with_log(more: Value, log: &'static str) -> Tenant {
    tenant_with(more, Options { wire_log: Some(wire_log(log)), ..Options::default() }).await
}

/// The same tenant without a log: what a machine's identity service answers is no API of a provider's.
async fn tenant_without_log(more: Value) -> Tenant {
    tenant_with(more, Options::default()).await
}

async fn tenant_with(more: Value, options: Options) -> Tenant {
    let people: Vec<Value> = PEOPLE
        .iter()
        .map(|name| json!({"address": at(name), "name": format!("{name} Example"), "department": "IT"}))
        .collect();
    let mut described = json!({"provider": "microsoft-365", "tenant-id": TENANT,
        "domains": ["northwind.example", "northwind-labs.example"], "people": people});
    for (key, value) in more.as_object().cloned().unwrap_or_default() {
        match (described.get_mut(&key), value) {
            (Some(Value::Array(known)), Value::Array(added)) => known.extend(added),
            (_, value) => described[key] = value,
        }
    }
    let description = json!({"version": 1, "starts": "2026-11-23T09:00:00Z", "seed": 7, "lag-seconds": 20,
        "tenants": {"northwind": described}});
    let world = World::new(&serde_json::from_value(description).unwrap()).unwrap();
    Tenant { sandbox: Sandbox::start(world, options).await.unwrap() }
}

/// Where a log lies; what an earlier run left there is removed once.
fn wire_log(name: &'static str) -> PathBuf {
    static FRESH: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/wire");
    let log = folder.join(name);
    // Held until the old log is gone, or another test would write into what is being removed.
    let mut fresh = FRESH.lock().unwrap();
    if fresh.insert(name) {
        std::fs::create_dir_all(&folder).unwrap();
        if log.exists() {
            std::fs::remove_file(&log).unwrap();
        }
    }
    log
}

impl Tenant {
    fn credentials(&self, access: Access) -> AppCredentials {
        let credentials = self.sandbox.microsoft_credentials(TENANT, access).unwrap();
        AppCredentials { client_id: Some(credentials.client_id), proof: ClientProof::Secret(credentials.client_secret) }
    }

    fn tenant() -> MicrosoftTenant {
        MicrosoftTenant { tenant_id: TENANT.to_uppercase(), domains: vec!["northwind.example".to_owned()] }
    }

    fn endpoints(&self) -> Endpoints {
        Endpoints::stand_in(self.sandbox.url().clone()).unwrap()
    }

    fn reader_with(&self, credentials: AppCredentials) -> MicrosoftReader {
        MicrosoftReader::new(Self::tenant(), credentials, self.endpoints(), self.sandbox.clock()).unwrap()
    }

    fn reader(&self) -> MicrosoftReader {
        self.reader_with(self.credentials(Access::Read))
    }

    fn writer(&self) -> MicrosoftWriter {
        let credentials = self.credentials(Access::Write);
        MicrosoftWriter::new(Self::tenant(), credentials, self.endpoints(), self.sandbox.clock()).unwrap()
    }

    fn fault(&self, fault: Value) {
        let fault: Fault = serde_json::from_value(fault).unwrap();
        self.sandbox.with_world(|world| world.add_fault(fault)).unwrap();
    }

    async fn observed(&self, name: &str, kind: Kind) -> Observed<ObservedMailbox> {
        let query = MailboxQuery { address: at(name), kind, id: None };
        self.reader().mailboxes(&[query]).await.remove(0)
    }

    async fn person(&self, address: Address) -> Observed<Person> {
        self.reader().people(&[address]).await.remove(0)
    }

    async fn person_ref(&self, name: &str) -> PersonRef {
        self.person(at(name)).await.present().unwrap().as_ref()
    }

    /// Makes one mailbox and waits for it.
    async fn made(&self, name: &str, kind: Kind) -> MailboxRef {
        let writer = self.writer();
        let new = [new(at(name), kind)];
        let id = told(|done| async move { writer.create(&new, &*done).await }).await.remove(0).unwrap();
        let mailbox = MailboxRef { id, address: at(name), kind };
        self.ready(&mailbox).await.unwrap();
        mailbox
    }

    async fn create(&self, new: NewMailbox) -> Result<MailboxId, TenantError> {
        let writer = self.writer();
        told(|done| async move { writer.create(&[new], &*done).await }).await.remove(0)
    }

    async fn ready(&self, mailbox: &MailboxRef) -> Result<(), TenantError> {
        let writer = self.writer();
        let mailbox = mailbox.clone();
        told(|done| async move { writer.wait_until_ready(&[mailbox], &*done).await }).await.remove(0)
    }

    async fn grant(&self, mailbox: &MailboxRef, names: &[&str]) -> Vec<Result<(), TenantError>> {
        let mut grants = Vec::new();
        for name in names {
            grants.push(Grant { mailbox: mailbox.clone(), person: self.person_ref(name).await });
        }
        let writer = self.writer();
        told(|done| async move { writer.grant(&grants, &*done).await }).await
    }
}

fn new(address: Address, kind: Kind) -> NewMailbox {
    NewMailbox {
        address,
        name: "Backups".to_owned(),
        purpose: "Owns our account at the backup provider".to_owned(),
        kind,
        sign_in: SignIn::Blocked,
        first_password: None,
        first_owner: None,
        attempted_before: false,
    }
}

type Told<T> = Box<dyn Fn(usize, Result<Written<T>, TenantError>) + Send + Sync>;

/// What a method of the writer tells, by index; that each index is told exactly once is part of every test.
async fn told<T, F, Fut>(act: F) -> Vec<Result<T, TenantError>>
where
    T: Send + 'static,
    F: FnOnce(Told<T>) -> Fut,
    Fut: Future<Output = ()>,
{
    let outcomes = told_with_ids(act).await;
    outcomes.into_iter().map(|outcome| outcome.map(|written| written.value)).collect()
}

/// The same with Microsoft's ids of the requests.
async fn told_with_ids<T, F, Fut>(act: F) -> Vec<Result<Written<T>, TenantError>>
where
    T: Send + 'static,
    F: FnOnce(Told<T>) -> Fut,
    Fut: Future<Output = ()>,
{
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    act(Box::new(move |index, outcome| listener.lock().unwrap().push((index, outcome)))).await;
    let mut outcomes = std::mem::take(&mut *told.lock().unwrap());
    outcomes.sort_by_key(|(index, _)| *index);
    for (place, (index, _)) in outcomes.iter().enumerate() {
        assert_eq!(place, *index, "each index is told exactly once");
    }
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
