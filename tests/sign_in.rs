//! Every way to sign in that `tripod.yaml` can name carries the main job, through the program itself: a mailbox is made
//! and verified with nothing else.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "browser.rs"]
mod browser;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const GOOGLE: &str = "\
version: 1
tenants:
  juniper:
    provider: google-workspace
    customer: C0juniper1
    domains: [juniper.example]
    admin: admin@juniper.example
    mailbox-unit: /Service mailboxes
    credentials: ";
const MICROSOFT: &str = "\
version: 1
tenants:
  northwind:
    provider: microsoft-365
    tenant-id: 5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90
    domains: [northwind.example]
    credentials: ";
const APP: &str = "client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3";
const KEYLESS: &str = "{service-account: tripod@project.iam.gserviceaccount.com}";

/// A workspace whose tenant is signed in to in one way, with one mailbox wanted. `sign_in` is what sandbox.yaml says of
/// signing in.
fn workspace(settings: &str, credentials: &str, sign_in: &str, kind: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let is_google = settings == GOOGLE;
    let (tenant, domain) = if is_google { ("juniper", "juniper.example") } else { ("northwind", "northwind.example") };
    let head = if is_google {
        "provider: google-workspace\n    customer: C0juniper1\n    admin: admin@juniper.example\n    \
         units: {/: {mail-delegation: true}, /Service mailboxes: {mail-delegation: true}}\n"
    } else {
        "provider: microsoft-365\n    tenant-id: 5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90\n"
    };
    let people = ["admin", "ann", "ben", "cleo"]
        .map(|name| format!("      - {{address: {name}@{domain}, name: {name}}}\n"))
        .concat();
    let sandbox = format!(
        "version: 1\nstarts: 2026-11-23T09:00:00Z\ntenants:\n  {tenant}:\n    {head}    domains: [{domain}]\n    \
         {sign_in}\n    people:\n{people}"
    );
    let mailbox = format!(
        "- address: backups@{domain}\n  name: Backups\n  purpose: Owns our account at the backup provider\n  \
         kind: {kind}\n  delegates: [ann@{domain}, ben@{domain}, cleo@{domain}]\n"
    );
    fs::create_dir(folder.path().join("mailboxes")).unwrap();
    for (file, text) in [
        ("tripod.yaml", format!("{settings}{credentials}\n")),
        ("sandbox.yaml", sandbox),
        ("mailboxes/backups.yaml", mailbox),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.args(words).args(["--sandbox", "--no-input", "-C"]).arg(folder).stdin(Stdio::null()).env_clear();
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn makes_and_verifies(folder: &Path, what: &str) {
    for words in [&["apply", "--yes"][..], &["verify"]] {
        let output = run(folder, words);
        assert_eq!(output.status.code(), Some(0), "{what}: tripod {}\n{}", words.join(" "), said(&output));
    }
}

#[test]
fn at_microsoft_every_way_to_sign_in_makes_a_mailbox() {
    let issuer =
        "issuer: https://token.actions.githubusercontent.com, subject: repo:northwind/mail:ref:refs/heads/main";
    let trusted = format!("sign-in: {{federated: [{{{issuer}}}, {{{issuer}, identity: read}}]}}");
    let person = "sign-in: {device-code: {by: admin@northwind.example}}";
    for (credentials, sign_in) in [
        (format!("{{{APP}, certificate: {{path: a.pem}}}}"), ""),
        (format!("{{{APP}, client-secret: {{env: A}}}}"), ""),
        (format!("{{{APP}, federated-token: github-actions}}"), trusted.as_str()),
        (format!("{{{APP}, federated-token: kubernetes}}"), trusted.as_str()),
        (format!("{{{APP}, federated-token: {{path: token}}}}"), trusted.as_str()),
        ("{managed-identity: true}".to_owned(), "sign-in: {managed-identity: write}"),
        (format!("{{{APP}, managed-identity: true}}"), "sign-in: {managed-identity: write}"),
        (format!("{{{APP}, device-code: true}}"), person),
    ] {
        let folder = workspace(MICROSOFT, &credentials, sign_in, "shared-mailbox");
        if credentials.contains("device-code") {
            let before = run(folder.path(), &["plan"]);
            assert_eq!(before.status.code(), Some(5));
            assert!(said(&before).contains("run `tripod auth login`"), "{}", said(&before));
            let login = run(folder.path(), &["auth", "login"]);
            assert_eq!(login.status.code(), Some(0), "{}", said(&login));
        }
        makes_and_verifies(folder.path(), &credentials);
    }
}

#[test]
fn a_group_made_by_somebody_who_signed_in_belongs_to_its_people_alone() {
    let credentials = format!("{{{APP}, device-code: true}}");
    let folder =
        workspace(MICROSOFT, &credentials, "sign-in: {device-code: {by: admin@northwind.example}}", "group-inbox");
    let login = run(folder.path(), &["auth", "login"]);
    assert_eq!(login.status.code(), Some(0), "{}", said(&login));
    makes_and_verifies(folder.path(), "a group by device code");
    let planned = run(folder.path(), &["plan", "--detailed-exitcode"]);
    assert_eq!(planned.status.code(), Some(0), "{}", said(&planned));
    let access = run(folder.path(), &["access", "admin@northwind.example"]);
    assert!(!said(&access).contains("backups@northwind.example"), "{}", said(&access));
}

#[test]
fn at_google_every_way_to_sign_in_makes_what_it_can_reach() {
    let role = "google-sign-in: {service-account-role: true, delegation: false}";
    for (credentials, sign_in, kind) in [
        ("{service-account-key: {path: a.json}}".to_owned(), "", "shared-mailbox"),
        (format!("{{keyless: {KEYLESS}}}"), "", "shared-mailbox"),
        (format!("{{keyless: {KEYLESS}}}"), "google-sign-in: {metadata-server: write}", "shared-mailbox"),
        ("{service-account-key: {path: a.json}, acts-as: itself}".to_owned(), role, "group-inbox"),
        (format!("{{keyless: {KEYLESS}, acts-as: itself}}"), role, "group-inbox"),
    ] {
        let folder = workspace(GOOGLE, &credentials, sign_in, kind);
        makes_and_verifies(folder.path(), &credentials);
    }
}

#[test]
fn an_administrator_signs_in_in_the_browser_makes_a_group_inbox_and_signs_out() {
    let folder = workspace(GOOGLE, "{browser: {client: {path: client.json}}}", "", "group-inbox");
    let (page, status, heard) = browser::sign_in(command(folder.path(), &["auth", "login"]));
    assert_eq!(status, Some(0), "{heard}\n{page}");
    assert!(heard.contains("juniper (writes): signed in"), "{heard}");
    makes_and_verifies(folder.path(), "browser");
    let out = run(folder.path(), &["auth", "logout"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert!(said(&out).contains("takes that sign-in no longer"), "{}", said(&out));
    let after = run(folder.path(), &["verify"]);
    assert_eq!(after.status.code(), Some(5));
    assert!(said(&after).contains("run `tripod auth login`"), "{}", said(&after));
}

#[test]
fn who_declines_in_the_browser_or_with_the_code_is_not_signed_in() {
    let google = workspace(
        GOOGLE,
        "{browser: {client: {path: client.json}}}",
        "google-sign-in: {consents: false}",
        "group-inbox",
    );
    let (page, status, heard) = browser::sign_in(command(google.path(), &["auth", "login"]));
    assert_eq!(status, Some(5), "{heard}\n{page}");
    for (outcome, word) in
        [("declined", "declined"), ("ignored", "while it was good"), ("blocked", "Conditional Access")]
    {
        let sign_in = format!("sign-in: {{device-code: {{outcome: {outcome}}}}}");
        let microsoft = workspace(MICROSOFT, &format!("{{{APP}, device-code: true}}"), &sign_in, "shared-mailbox");
        let login = run(microsoft.path(), &["auth", "login"]);
        assert_eq!(login.status.code(), Some(5), "{}", said(&login));
        assert!(said(&login).contains(word), "{}", said(&login));
        let status = run(microsoft.path(), &["auth", "status"]);
        assert_eq!(status.status.code(), Some(5));
        assert!(said(&status).contains("nobody has signed in"), "{}", said(&status));
    }
}
