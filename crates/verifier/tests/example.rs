//! The whole way on the example that ships: somebody is about to leave, the patch is applied to the manifest, and what
//! it says then stands without them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde_yaml as yaml;
use tripod_model::{Address, Kind, Policy, Settings, SourceFile, State, WantedMailbox, read};
use tripod_tenant::{
    Acceptance, Form, MailboxId, Observation, Observed, ObservedDelegate, ObservedMailbox, Person, PersonId, Principal,
    Rights, Setting,
};
use tripod_verifier::{Audit, Holdings, impact, patch, verify};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two-tenants")
}

fn source(folder: &Path, name: &str) -> SourceFile {
    SourceFile { name: name.to_owned(), bytes: std::fs::read(folder.join(name)).expect("a file of the example") }
}

const FILES: [&str; 2] = ["mailboxes/juniper.yaml", "mailboxes/northwind.yaml"];

fn manifest(folder: &Path) -> (Settings, Vec<WantedMailbox>) {
    let (settings, problems) = read::settings(&source(folder, "tripod.yaml"));
    assert_eq!(problems, []);
    let settings = settings.expect("the settings");
    let (wanted, problems) = read::mailboxes(&FILES.map(|name| source(folder, name)), &settings);
    assert_eq!(problems, []);
    (settings, wanted)
}

#[derive(serde::Deserialize)]
struct Sandbox {
    tenants: BTreeMap<String, Tenant>,
}

#[derive(serde::Deserialize)]
struct Tenant {
    people: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    address: Address,
    name: String,
    #[serde(default)]
    aliases: Vec<Address>,
    #[serde(default)]
    department: Option<String>,
    #[serde(default)]
    manager: Option<Address>,
}

/// Everybody of the stand-in tenants, all of them at work.
fn directory() -> Vec<Person> {
    let text = std::fs::read_to_string(folder().join("sandbox.yaml")).expect("the people");
    let sandbox: Sandbox = yaml::from_str(&text).expect("the people");
    let person = |entry: Entry| Person {
        id: PersonId(entry.address.to_string()),
        address: entry.address,
        aliases: entry.aliases,
        name: entry.name,
        activity: tripod_tenant::Activity::Active,
        delegation: Observed::Absent,
        leaves: None,
        last_sign_in: None,
        department: entry.department,
        manager: entry.manager,
    };
    sandbox.tenants.into_values().flat_map(|tenant| tenant.people).map(person).collect()
}

/// The tenants as they are when the manifest has been applied.
fn applied(settings: &Settings, wanted: &[WantedMailbox], directory: &[Person]) -> Observation {
    let mut observation = Observation::default();
    for mailbox in wanted.iter().filter(|mailbox| mailbox.state == State::Active) {
        let provider = settings.tenants[&mailbox.tenant].provider();
        let required = Setting::required(provider, mailbox.kind, mailbox.sign_in);
        let delegate = |address: &Address| ObservedDelegate {
            who: Principal::Account { id: None, address: address.clone() },
            rights: Rights::FULL,
            acceptance: Acceptance::Accepted,
        };
        let found = ObservedMailbox {
            id: MailboxId(mailbox.address.to_string()),
            address: mailbox.address.clone(),
            aliases: Vec::new(),
            name: mailbox.name.clone(),
            form: if mailbox.kind == Kind::GroupInbox { Form::GroupInbox } else { Form::SharedMailbox },
            delegates: Observed::Present(mailbox.delegates.iter().map(|d| delegate(&d.address)).collect()),
            settings: required.iter().map(|setting| (*setting, Observed::Present(true))).collect(),
            states: tripod_tenant::MailboxState::ALL.into_iter().map(|state| (state, Observed::Absent)).collect(),
            delegation: Observed::Absent,
        };
        observation.mailboxes.insert(mailbox.address.clone(), Observed::Present(found));
        for delegate in &mailbox.delegates {
            let is =
                |person: &&Person| person.address == delegate.address || person.aliases.contains(&delegate.address);
            let person = directory.iter().find(is).cloned();
            observation.people.insert(delegate.address.clone(), person.map_or(Observed::Absent, Observed::Present));
        }
    }
    observation
}

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().expect("a time")
}

#[test]
fn the_patch_of_everybody_who_could_leave_makes_the_manifest_stand_without_them() {
    let directory = directory();
    let (settings, wanted) = manifest(&folder());
    let observation = applied(&settings, &wanted, &directory);
    let policy = Policy::default();
    assert!(verify(&wanted, &observation, &policy, now()).is_clean(), "the example is sound");
    let people: BTreeSet<Address> = wanted.iter().flat_map(|m| &m.delegates).map(|d| d.address.clone()).collect();
    assert!(people.len() > 5);
    for leaver in people {
        let holdings = Holdings { directory: directory.clone(), ..Holdings::default() };
        let audit = Audit::default().with_settings(&settings);
        let asked = [leaver.clone()];
        let impact = impact(&asked, &wanted, &observation, &audit, &holdings, &policy, now());
        let carries = wanted.iter().filter(|m| m.delegates.iter().any(|d| d.address == leaver)).count();
        assert!(impact.losses.len() >= carries, "{leaver}");

        let made = patch(&impact.changes, &FILES.map(|name| source(&folder(), name)));
        assert_eq!(made.left, [], "{leaver}");
        assert!(!made.text.is_empty(), "{leaver}: {:#?}", impact.losses);
        let copy = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(copy.path().join("mailboxes")).expect("a folder");
        for name in FILES.into_iter().chain(["tripod.yaml"]) {
            std::fs::copy(folder().join(name), copy.path().join(name)).expect("a copy");
        }
        apply(copy.path(), &made.text);

        let (settings, after) = manifest(copy.path());
        let left: Vec<Person> = directory
            .iter()
            .filter(|person| person.address != leaver && !person.aliases.contains(&leaver))
            .cloned()
            .collect();
        let verification = verify(&after, &applied(&settings, &after, &left), &policy, now());
        assert!(verification.is_clean(), "{leaver}: {:?}\n{}", verification.findings, made.text);
    }
}

/// Applies a patch as a person would.
fn apply(folder: &Path, text: &str) {
    let file = folder.join("change.patch");
    std::fs::write(&file, text).expect("the patch");
    let status = Command::new("git")
        .args(["apply", "change.patch"])
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap_or(folder))
        .stdin(Stdio::null())
        .status()
        .expect("git");
    assert!(status.success(), "{text}");
}
