//! What is said of those who are picked.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::tripod;

/// A customer and a tenant, with people who had better not be picked.
const TENANTS: &str = "
version: 1
starts: 2026-11-23T09:00:00Z
tenants:
  juniper:
    provider: google-workspace
    customer: C01234567
    domains: [juniper.example]
    admin: ann@juniper.example
    units:
      /: {mail-delegation: true}
      /Service mailboxes: {mail-delegation: true}
    people:
      - {address: ann@juniper.example, name: Ann}
      - {address: ben@juniper.example, name: Ben}
      - {address: cleo@juniper.example, name: Cleo}
    mailboxes:
      - {address: by-hand@juniper.example, name: By Hand, kind: shared-mailbox, delegates: [ann@juniper.example]}
      - {address: put-away@juniper.example, name: Away, kind: shared-mailbox, unit: /Service mailboxes}
  northwind:
    provider: microsoft-365
    tenant-id: 6f1d3c52-0d0b-4c3e-9a54-2f7c8f3e1a90
    domains: [northwind.example]
    people:
      - {address: dan@northwind.example, name: Dan}
      - {address: eve@northwind.example, name: Eve}
      - {address: fay@northwind.example, name: Fay, leaves: 2026-12-14T08:00:00Z}
      - {address: gil@northwind.example, name: Gil, leaves: 2027-06-01T08:00:00Z}
";

/// A run that is told everything by flags, in a folder whose name a shell has to be told as one.
fn told(root: &Path, domain: &str, kind: &str, people: &[&str]) -> Output {
    let folder = root.join("it's $x");
    if !folder.exists() {
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("sandbox.yaml"), TENANTS).unwrap();
    }
    let provider = if domain == "juniper.example" { "google-workspace" } else { "microsoft-365" };
    let mut words = vec!["wizard", "-C", "it's $x", "--sandbox", "--no-input", "--provider", provider, "--apply"];
    let address = format!("figma@{domain}");
    words.extend(["--app", "Figma", "--name", "Figma", "--purpose", "Owns our Figma account", "--kind", kind]);
    words.extend(["--address", &address]);
    let people: Vec<String> = people.iter().map(|person| format!("{person}@{domain}")).collect();
    words.extend(people.iter().flat_map(|person| ["--delegate", person]));
    tripod(root, &words)
}

#[test]
fn a_service_mailbox_that_somebody_made_by_hand_does_not_pass_for_a_person() {
    let root = tempfile::tempdir().unwrap();
    let run = told(root.path(), "juniper.example", "group-inbox", &["ann", "ben", "put-away"]);
    let said = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(65), "{said}");
    assert!(said.contains("put-away@juniper.example cannot be a delegate: an account in /Service mailboxes"), "{said}");
    assert!(said.contains("4 people"), "{said}");

    let run = told(root.path(), "juniper.example", "group-inbox", &["ann", "ben", "by-hand"]);
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(said.contains("by-hand@juniper.example has delegates, as a service mailbox has"), "{said}");
    assert!(!said.contains("ann@juniper.example has delegates"), "{said}");
    let told = String::from_utf8(run.stdout).unwrap();
    assert!(told.contains("groups.google.com") && !told.contains("picture"), "{told}");
}

#[test]
fn who_leaves_soon_is_warned_of_and_what_is_to_be_typed_next_can_be() {
    let root = tempfile::tempdir().unwrap();
    let run = told(root.path(), "northwind.example", "group-inbox", &["dan", "eve", "fay", "gil"]);
    let said = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(3), "{said}");
    assert!(said.contains("warning: Fay leaves on 2026-12-14") && !said.contains("Gil leaves"), "{said}");

    let told = String::from_utf8(run.stdout).unwrap();
    let in_shell = r"'it'\''s $x' --sandbox";
    assert!(told.contains("Outlook under Groups"), "{told}");
    assert!(told.contains(&format!("tripod impact fay@northwind.example --patch -C {in_shell}")), "{told}");
    assert!(told.contains(&format!("tripod check -C {in_shell}")), "{told}");
    let root = root.path().canonicalize().unwrap();
    let line = told.lines().find_map(|line| line.trim().strip_prefix("0 7 * * * ")).unwrap();
    assert!(line.contains(&format!(r"verify -C '{}/it'\''s $x' --sandbox", root.display())), "{line}");
    // As cron runs it: with another folder and nearly no search path.
    let run =
        std::process::Command::new("sh").args(["-c", line]).current_dir("/").env("PATH", "/usr/bin:/bin").output();
    let run = run.unwrap();
    assert_eq!(run.status.code(), Some(3), "{}", String::from_utf8_lossy(&run.stderr));
}
