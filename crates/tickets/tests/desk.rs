//! The folder as a desk, and the store that makes each delivery count once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod samples;

use std::fs;

use samples::{address, now, request, sample_plan};
use tempfile::TempDir;
use tripod_tickets::approval::Approval;
use tripod_tickets::desk::{Desk, DeskError, FileDesk, Given, Says, TicketId};
use tripod_tickets::form::Form;
use tripod_tickets::request::{Source, read};
use tripod_tickets::ticket::{Delivered, Delivery, StoreError, TicketEvent, TicketState, TicketStore};

fn id(text: &str) -> TicketId {
    text.parse().unwrap()
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (ticket, name, text) in [
        ("IT-1", "request.json", serde_json::to_string(&request()).unwrap()),
        ("IT-2", "request.md", Form::Template.text()),
        ("notes", "readme.md", "no ticket".to_owned()),
    ] {
        fs::create_dir(folder.path().join(ticket)).unwrap();
        fs::write(folder.path().join(ticket).join(name), text).unwrap();
    }
    folder
}

#[tokio::test]
async fn open_tickets_are_listed_and_read() {
    let folder = folder();
    let desk = FileDesk::new(folder.path());
    assert_eq!(desk.tickets().await.unwrap(), [id("IT-1"), id("IT-2")]);
    let ticket = desk.read(&id("IT-1")).await.unwrap();
    assert_eq!((ticket.source, ticket.open), (Source::Json, true));
    assert_eq!(read(ticket.source, &ticket.bytes), Ok(request()));
    assert!(matches!(desk.read(&id("IT-9")).await, Err(DeskError::Missing(_))));
}

#[tokio::test]
async fn the_living_comment_is_one() {
    let folder = folder();
    let desk = FileDesk::new(folder.path());
    for text in ["first", "second", "second"] {
        desk.comment(&id("IT-1"), text).await.unwrap();
    }
    let names: Vec<_> =
        fs::read_dir(folder.path().join("IT-1")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(fs::read_to_string(folder.path().join("IT-1/comment.md")).unwrap(), "second");
}

#[tokio::test]
async fn approvals_are_read_and_a_broken_one_is_no_approval() {
    let folder = folder();
    let desk = FileDesk::new(folder.path());
    assert_eq!(desk.answers(&id("IT-1")).await.unwrap().given, []);
    let approvals = folder.path().join("IT-1/approvals");
    fs::create_dir(&approvals).unwrap();
    let approval = Approval { by: address("lee@contoso.com"), digest: sample_plan().digest().clone(), at: now() };
    fs::write(approvals.join("lee.json"), serde_json::to_string(&approval).unwrap()).unwrap();
    fs::write(approvals.join("mia.json"), "{}").unwrap();
    let answers = desk.answers(&id("IT-1")).await.unwrap();
    let says = Says::Names(approval.digest);
    let given = Given { by: approval.by, account: "lee@contoso.com".to_owned(), at: approval.at, says };
    assert_eq!(answers.given, [given]);
    let told: Vec<_> = answers.passed_over.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["IT-1/approvals/mia.json does not count: missing field `by` at line 1 column 2"]);
}

#[tokio::test]
async fn a_closed_ticket_stays_closed_with_its_first_word() {
    let folder = folder();
    let desk = FileDesk::new(folder.path());
    desk.close(&id("IT-1"), "done").await.unwrap();
    desk.close(&id("IT-1"), "again").await.unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("IT-1/closed.md")).unwrap(), "done");
    assert_eq!(desk.tickets().await.unwrap(), [id("IT-2")]);
    assert!(!desk.read(&id("IT-1")).await.unwrap().open);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_leads_nowhere() {
    let (folder, outside) = (folder(), TempDir::new().unwrap());
    fs::write(outside.path().join("request.json"), "{}").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("IT-3")).unwrap();
    fs::remove_file(folder.path().join("IT-2/request.md")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("request.json"), folder.path().join("IT-2/request.json")).unwrap();
    let desk = FileDesk::new(folder.path());
    assert_eq!(desk.tickets().await.unwrap(), [id("IT-1")]);
    assert!(desk.read(&id("IT-3")).await.is_err());
    assert!(desk.read(&id("IT-2")).await.is_err());
}

#[test]
fn the_id_of_a_ticket_is_one_segment_of_a_path() {
    for text in ["", ".", "..", "a/b", "a\\b", "-x", "a b", "a\u{202e}", "ä", "a.b", &"x".repeat(65)] {
        assert!(text.parse::<TicketId>().is_err(), "{text}");
    }
}

#[test]
fn a_second_delivery_gives_the_first_result() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tickets.db");
    let ticket = id("IT-1");
    let delivery = Delivery { desk: "file", id: "d-1", ticket: &ticket };
    let store = TicketStore::open(&path).unwrap();
    assert_eq!(store.receive(delivery, now()).unwrap(), Delivered::New);
    assert_eq!(store.receive(delivery, now()).unwrap(), Delivered::Unfinished);
    assert_eq!(store.unfinished("file").unwrap(), [("d-1".to_owned(), ticket.clone())]);
    assert_eq!(store.finish(delivery, "first").unwrap(), "first");
    assert_eq!(store.finish(delivery, "second").unwrap(), "first");
    drop(store);
    let store = TicketStore::open(&path).unwrap();
    assert_eq!(store.receive(delivery, now()).unwrap(), Delivered::Before("first".to_owned()));
    assert_eq!(store.unfinished("file").unwrap(), []);
    let other = id("IT-2");
    let reused = store.receive(Delivery { ticket: &other, ..delivery }, now());
    assert!(matches!(reused, Err(StoreError::Delivery(_))));
    let elsewhere = Delivery { desk: "jira", ..delivery };
    assert_eq!(store.receive(elsewhere, now()).unwrap(), Delivered::New);
}

#[test]
fn a_ticket_remembers_where_it_stands() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tickets.db");
    let ticket = id("IT-1");
    let store = TicketStore::open(&path).unwrap();
    assert_eq!(store.ticket("file", &ticket).unwrap(), None);
    let digest = sample_plan().digest().clone();
    let planned = TicketEvent::Planned { digest: digest.clone() };
    store.happened("file", &ticket, &planned, now()).unwrap();
    let refused = store.happened("file", &ticket, &TicketEvent::Done, now());
    assert!(matches!(refused, Err(StoreError::Transition(_))));
    drop(store);
    let store = TicketStore::open(&path).unwrap();
    assert_eq!(store.ticket("file", &ticket).unwrap().unwrap().state, TicketState::Planned { digest });
}
