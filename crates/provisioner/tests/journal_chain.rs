//! The chain in the journal's file: what somebody does to the file by other means is found.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;
use tripod_provisioner::journal::chain::{Break, RowBreak};
use tripod_provisioner::{Action, Digest, Failure, Journal, JournalError, Step};
use tripod_tenant::{ErrorKind, MailboxId, PersonId, PersonRef, TenantError};

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn step(number: u32, action: Action) -> Step {
    Step {
        number,
        tenant: tripod_model::TenantName("contoso".to_owned()),
        mailbox: "backups@contoso.com".parse().unwrap(),
        action,
    }
}

fn digest() -> Digest {
    "a".repeat(64).parse().unwrap()
}

/// A journal with a run of two steps, of which one failed.
fn written(folder: &Path) -> Journal {
    let journal = Journal::open(&folder.join("journal.db")).unwrap();
    let run = journal.begin(&digest(), "ana@contoso.com", now()).unwrap();
    let person = PersonRef { id: PersonId("1".to_owned()), address: "bob@contoso.com".parse().unwrap() };
    let steps = [step(1, Action::Mark), step(2, Action::Grant { person })];
    journal.intend(run, &steps, now()).unwrap();
    journal.created(run, &steps[0], &MailboxId("m1".to_owned()), Some("r1"), now()).unwrap();
    journal.confirm(run, 1, now()).unwrap();
    journal.seen(&steps[0].mailbox, &MailboxId("m1".to_owned()), now()).unwrap();
    let error = TenantError::new(ErrorKind::Denied, "give bob access", "no");
    journal.failed(run, &steps[1], &Failure::from(error), now()).unwrap();
    journal.finish(run, "failed", now()).unwrap();
    journal
}

fn by_other_means(folder: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(folder.join("journal.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

const UNLOCK: &str = "DROP TRIGGER entries_stay; DROP TRIGGER entries_remain;";

#[test]
fn a_journal_that_only_this_program_wrote_is_whole() {
    let folder = TempDir::new().unwrap();
    let journal = written(folder.path());
    let head = journal.head().unwrap();
    assert_eq!(head.number, 9);
    assert_eq!(journal.verify(Some(&head)).unwrap(), (Vec::new(), head));
    assert_eq!(journal.steps(&digest()).unwrap()[&1].outcome.as_deref(), Some("done"));
}

#[test]
fn a_changed_row_is_found() {
    let folder = TempDir::new().unwrap();
    let journal = written(folder.path());
    by_other_means(folder.path(), "UPDATE steps SET outcome = 'done' WHERE number = 2");
    let (table, key) = ("steps".to_owned(), "[1,2]".to_owned());
    assert_eq!(journal.verify(None).unwrap().0, [Break::Row { table, key, what: RowBreak::Changed }]);
}

#[test]
fn a_removed_and_an_added_row_are_found() {
    let folder = TempDir::new().unwrap();
    let journal = written(folder.path());
    by_other_means(
        folder.path(),
        "DELETE FROM mailboxes; INSERT INTO runs (digest, by, begun) VALUES ('x', 'mallory', 'now')",
    );
    let whats: Vec<_> = journal.verify(None).unwrap().0.iter().map(ToString::to_string).collect();
    let expected = [
        "the row [2] of `runs` was added past the journal",
        "the row [\"backups@contoso.com\"] of `mailboxes` was removed past the journal",
    ];
    assert_eq!(whats, expected);
}

#[test]
fn an_entry_cannot_be_changed_by_a_slip() {
    let folder = TempDir::new().unwrap();
    drop(written(folder.path()));
    let connection = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    for sql in ["UPDATE entries SET entry = ''", "DELETE FROM entries"] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn a_changed_and_a_missing_entry_are_found() {
    let folder = TempDir::new().unwrap();
    let journal = written(folder.path());
    by_other_means(
        folder.path(),
        &format!(
            "{UNLOCK} UPDATE entries SET entry = replace(entry, 'bob@', 'eve@') WHERE number = 3;
             DELETE FROM entries WHERE number = 5;"
        ),
    );
    let breaks = journal.verify(None).unwrap().0;
    assert!(breaks.contains(&Break::Changed { number: 3 }), "{breaks:?}");
    assert!(breaks.contains(&Break::Missing { from: 5, to: 5 }), "{breaks:?}");
}

#[test]
fn a_journal_without_its_chain_says_so_and_is_never_given_a_new_one() {
    for sql in [
        "DROP TABLE entries;",
        "DROP TABLE entries; PRAGMA user_version = 1;",
        "DROP TABLE entries; PRAGMA user_version = 0;",
        "DROP TABLE entries; DROP TABLE steps; DROP TABLE mailboxes; DROP TABLE runs; PRAGMA user_version = 0;",
    ] {
        let folder = TempDir::new().unwrap();
        drop(written(folder.path()));
        by_other_means(folder.path(), sql);
        let path = folder.path().join("journal.db");
        for opened in [Journal::open(&path), Journal::open_to_read(&path)] {
            let error = opened.unwrap_err();
            assert!(matches!(error, JournalError::Chainless { .. }), "{sql}: {error}");
        }
    }
}

#[test]
fn a_journal_that_is_gone_or_empty_says_so_and_is_never_given_a_new_one() {
    let folder = TempDir::new().unwrap();
    drop(written(folder.path()));
    let path = folder.path().join("journal.db");
    std::fs::write(&path, "").unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    assert!(matches!(Journal::open(&path).unwrap_err(), JournalError::Chainless { .. }));
    std::fs::remove_file(&path).unwrap();
    for opened in [Journal::open(&path), Journal::open_to_read(&path)] {
        let error = opened.unwrap_err();
        assert!(matches!(error, JournalError::Gone { entries: 1.., .. }), "{error}");
    }
    assert!(!path.exists());
}

#[test]
fn a_journal_that_was_cut_off_is_told_by_what_was_noted_beside_it() {
    let folder = TempDir::new().unwrap();
    let journal = written(folder.path());
    journal.begin(&digest(), "ana", now()).unwrap();
    by_other_means(
        folder.path(),
        &format!("{UNLOCK} DELETE FROM entries WHERE number > 4; DELETE FROM runs WHERE run > 1;"),
    );
    let breaks = journal.verify(None).unwrap().0;
    assert!(!breaks.is_empty(), "the end is missing");
}
