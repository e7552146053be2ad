//! Tickets by the real program: desks that are reached over HTTP, and the journal after somebody wrote into its file
//! past the program, held against signed evidence.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
#![cfg(unix)]

#[path = "desks/mod.rs"]
mod desks;
#[path = "example.rs"]
mod example;
#[path = "exchanges.rs"]
mod exchanges;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use example::{copy, two_tenants};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

const TICKET: &str = "IT-7";

/// A workspace with a policy that names an approver, a key, and a ticket.
fn workspace() -> TempDir {
    let folder = two_tenants();
    let policy = folder.path().join("policies/baseline.yaml");
    let mut text = fs::read_to_string(&policy).unwrap();
    text.push_str("\napprovals: {approvers: [sofia.petrova@northwind.example]}\n");
    fs::write(&policy, text).unwrap();
    let ticket = folder.path().join("tickets").join(TICKET);
    fs::create_dir_all(ticket.join("approvals")).unwrap();
    let people = ["jonas.becker", "samuel.osei", "noor.rahman"].map(|name| format!("{name}@northwind.example"));
    let request = json!({
        "mailbox": "freight-audit@northwind.example",
        "purpose": "Receives the reports of the freight auditor",
        "app": "Trax",
        "kind": "shared-mailbox",
        "people": people,
        "requester": "jonas.becker@northwind.example",
    });
    fs::write(ticket.join("request.json"), request.to_string()).unwrap();
    let key = tripod(folder.path(), &["evidence", "key"]);
    assert!(key.status.success(), "{}", said(&key));
    fs::write(folder.path().join("public.pem"), key.stdout).unwrap();
    folder
}

fn tripod(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.arg("-C").arg(folder).args(arguments).env_clear().env("TZ", "UTC").output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn run(folder: &Path) -> Value {
    let output = tripod(folder, &["ticket", "run", "--sandbox", "--format", "json", TICKET]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
}

fn approve(folder: &Path, worked: &Value) {
    let digest = &worked["state"]["digest"];
    let approval = json!({"by": "sofia.petrova@northwind.example", "digest": digest, "at": "2026-11-23T09:01:00Z"});
    fs::write(folder.join("tickets").join(TICKET).join("approvals/sofia.json"), approval.to_string()).unwrap();
}

/// The ticket planned, approved, carried out; where its evidence is.
fn carried_out(folder: &Path) -> PathBuf {
    approve(folder, &run(folder));
    carried_out_after_approval(folder)
}

fn carried_out_after_approval(folder: &Path) -> PathBuf {
    let closed = run(folder);
    assert_eq!(closed["state"]["state"], "closed", "{closed}");
    let mut files = fs::read_dir(folder.join(".tripod/sandbox/evidence")).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none(), "one record for one ticket");
    file
}

fn verified(folder: &Path, evidence: Option<&Path>) -> (Option<i32>, String) {
    let key = folder.join("public.pem");
    let mut arguments = vec!["journal", "verify", "--sandbox"];
    if let Some(evidence) = evidence {
        arguments.extend(["--evidence", evidence.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    }
    let output = tripod(folder, &arguments);
    (output.status.code(), said(&output))
}

#[test]
fn a_row_that_was_changed_past_the_journal_shows() {
    let folder = workspace();
    carried_out(folder.path());
    assert_eq!(verified(folder.path(), None).0, Some(0), "{}", verified(folder.path(), None).1);

    let journal = Connection::open(folder.path().join(".tripod/sandbox/journal.db")).unwrap();
    let changed = journal.execute("UPDATE steps SET outcome = 'refused' WHERE number = 2", []).unwrap();
    assert_eq!(changed, 1);
    let (exit, text) = verified(folder.path(), None);
    assert_eq!(exit, Some(3), "{text}");
    assert!(text.contains("of `steps` was changed past the journal"), "{text}");
}

#[test]
fn a_journal_that_was_cut_off_shows_against_the_evidence() {
    let folder = workspace();
    let evidence = carried_out(folder.path());
    assert_eq!(verified(folder.path(), Some(&evidence)).0, Some(0), "{}", verified(folder.path(), Some(&evidence)).1);

    let journal = Connection::open(folder.path().join(".tripod/sandbox/journal.db")).unwrap();
    let triggers: Vec<String> = {
        let mut found = journal.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").unwrap();
        found.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    for trigger in triggers {
        journal.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    let last: i64 = journal.query_row("SELECT max(number) FROM entries", [], |row| row.get(0)).unwrap();
    journal.execute("DELETE FROM entries WHERE number = ?1", [last]).unwrap();
    let (exit, text) = verified(folder.path(), Some(&evidence));
    assert_eq!(exit, Some(3), "{text}");
    assert!(text.contains(&format!("the journal ends with entry {}, and had {last}", last - 1)), "{text}");
}

#[test]
fn a_run_that_was_stopped_right_after_its_evidence_was_written_leaves_one_record() {
    let folder = workspace();
    let planned = run(folder.path());
    approve(folder.path(), &planned);
    let (desk, kept) = (folder.path().join("tickets").join(TICKET), tempfile::tempdir().unwrap());
    copy(&desk, kept.path());
    let evidence = carried_out_after_approval(folder.path());
    let text = fs::read(&evidence).unwrap();

    // The desk and the store of tickets as they were while it was being carried out.
    fs::remove_dir_all(&desk).unwrap();
    copy(kept.path(), &desk);
    let digest = &planned["state"]["digest"];
    let state = json!({"state": "applying", "digest": digest, "by": "sofia.petrova@northwind.example"});
    let store = Connection::open(folder.path().join(".tripod/sandbox/tickets.db")).unwrap();
    let changed = store.execute("UPDATE tickets SET state = ?1", [state.to_string()]).unwrap();
    assert_eq!(changed, 1);
    drop(store);

    assert_eq!(carried_out_after_approval(folder.path()), evidence);
    assert_eq!(fs::read(&evidence).unwrap(), text);
    assert_eq!(verified(folder.path(), Some(&evidence)).0, Some(0), "{}", verified(folder.path(), Some(&evidence)).1);
}

#[test]
fn the_key_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = workspace();
    let key = folder.path().join(".tripod/evidence-key.pem");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&key).unwrap();
    let again = tripod(folder.path(), &["evidence", "key"]);
    assert_eq!(again.stdout, fs::read(folder.path().join("public.pem")).unwrap());
    assert_eq!(fs::read(&key).unwrap(), before, "a key that is there is kept");
    assert!(!said(&again).contains("PRIVATE"));
}

#[test]
fn the_manifest_is_not_touched_while_it_has_problems() {
    let folder = workspace();
    let file = folder.path().join("mailboxes/northwind.yaml");
    let broken = fs::read_to_string(&file).unwrap().replacen("kind:", "knd:", 1);
    fs::write(&file, &broken).unwrap();
    let output = tripod(folder.path(), &["ticket", "run", "--sandbox", TICKET]);
    assert_eq!(output.status.code(), Some(65), "{}", said(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), broken);
    assert!(!folder.path().join("tickets").join(TICKET).join("comment.md").exists(), "nothing is promised");
}
