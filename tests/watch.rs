//! `tripod watch` under the sandbox's clock: somebody leaves between two looks, and a webhook is told once.
//!
//! The hours between the looks take no time, because the program waits on the sandbox's clock.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "example.rs"]
mod example;

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use example::two_tenants;
use serde_json::Value;
use tempfile::TempDir;

/// A webhook that answers with these statuses in turn, and with 200 from then on.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<(u16, Value)>>>,
}

/// What is done when a message has come, before it is answered: the program stands still meanwhile.
type Then = Arc<dyn Fn(usize) + Send + Sync>;

impl Receiver {
    fn start(statuses: &[u16]) -> Self {
        Self::start_and(statuses, |_| {})
    }

    /// The same; `then` is told how many messages have come.
    fn start_and(statuses: &[u16], then: impl Fn(usize) + Send + Sync + 'static) -> Self {
        let then: Then = Arc::new(then);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks/s3cr3t-path", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<(u16, Value)>>> = Arc::default();
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        let kept = Arc::clone(&got);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(connection) = connection else { return };
                // Each connection by itself: a client may open a second one while the first stays open.
                let (kept, statuses, then) = (Arc::clone(&kept), Arc::clone(&statuses), Arc::clone(&then));
                thread::spawn(move || answer_all(&connection, &statuses, &kept, &then));
            }
        });
        Self { url, got }
    }

    /// The messages that were answered with 200.
    fn taken(&self) -> Vec<Value> {
        self.got.lock().unwrap().iter().filter(|(status, _)| *status == 200).map(|(_, body)| body.clone()).collect()
    }

    fn refused(&self) -> usize {
        self.got.lock().unwrap().iter().filter(|(status, _)| *status != 200).count()
    }
}

fn answer_all(connection: &TcpStream, statuses: &Mutex<VecDeque<u16>>, kept: &Mutex<Vec<(u16, Value)>>, then: &Then) {
    let mut reader = BufReader::new(connection);
    loop {
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
        kept.lock().unwrap().push((status, serde_json::from_slice(&body).unwrap()));
        then(kept.lock().unwrap().len());
        let reply = format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\n\r\n");
        (&mut &*connection).write_all(reply.as_bytes()).unwrap();
    }
}

fn run(folder: &Path, words: &[&str], url: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.args(words).args(["--sandbox", "--no-input", "-C"]).arg(folder);
    command.env_remove("TRIPOD_WIRE_LOG").env("TRIPOD_WEBHOOK_URL", url);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The example with everything applied, and one delegate of a mailbox on three who leaves at 15:00.
fn workspace() -> TempDir {
    let folder = two_tenants();
    // The leave date is known beforehand; without these two checks the first look is silent about it.
    let policy = folder.path().join("policies/baseline.yaml");
    let text = fs::read_to_string(&policy).unwrap();
    let quiet = text.replace("{leave-days: 30}", "off");
    assert_ne!(text, quiet);
    fs::write(policy, quiet).unwrap();
    let applied = run(folder.path(), &["apply", "--yes"], "");
    assert!(applied.status.success(), "{}", said(&applied));
    let person = "astrid.lindqvist@northwind.example";
    let leaves = run(folder.path(), &["sandbox", "set", person, "leaves", "2026-11-23T15:00:00Z"], "");
    assert!(leaves.status.success(), "{}", said(&leaves));
    folder
}

#[test]
fn the_webhook_gets_exactly_one_message_that_names_who_left_and_no_finding_twice() {
    let folder = workspace();
    let receiver = Receiver::start(&[]);
    let watched = run(folder.path(), &["watch", "--looks", "4", "--every", "6h"], &receiver.url);
    assert_eq!(watched.status.code(), Some(3), "{}", said(&watched));
    let taken = receiver.taken();
    assert_eq!(taken.len(), 1, "{taken:#?}");
    let text = taken[0].to_string();
    assert!(text.contains("astrid.lindqvist@northwind.example"), "{text}");
    assert!(text.contains("backups@northwind.example stands on 2 active delegates, needs 3"), "{text}");
    assert!(!said(&watched).contains("s3cr3t"), "{}", said(&watched));

    // A second run on the same workspace knows what was told.
    let again = run(folder.path(), &["watch", "--looks", "1"], &receiver.url);
    assert_eq!(again.status.code(), Some(3), "{}", said(&again));
    assert_eq!(receiver.taken().len(), 1);
}

#[test]
fn a_webhook_that_is_down_is_tried_again_and_nothing_is_lost() {
    let folder = workspace();
    // Down for the whole of the look at which the finding is new, and for the beginning of the next one.
    let receiver = Receiver::start(&[503; 10]);
    let watched = run(folder.path(), &["watch", "--looks", "4", "--every", "6h"], &receiver.url);
    assert_eq!(watched.status.code(), Some(3), "{}", said(&watched));
    assert_eq!((receiver.refused(), receiver.taken().len()), (10, 1), "{}", said(&watched));
    assert!(said(&watched).contains("it is kept for the next look"), "{}", said(&watched));
}

#[test]
fn what_could_not_be_delivered_before_the_program_ended_is_delivered_by_the_next_run() {
    let folder = workspace();
    // No test is given this port, so that nobody answers there.
    let watched = run(folder.path(), &["watch", "--looks", "2", "--every", "6h"], "http://127.0.0.1:1/");
    assert_eq!(watched.status.code(), Some(3), "{}", said(&watched));
    let receiver = Receiver::start(&[]);
    let watched = run(folder.path(), &["watch", "--looks", "1"], &receiver.url);
    assert_eq!(watched.status.code(), Some(3), "{}", said(&watched));
    assert_eq!(receiver.taken().len(), 1);
}

#[test]
fn what_is_written_into_the_manifest_between_two_looks_is_looked_at_and_what_is_broken_there_is_not() {
    let folder = workspace();
    let manifest = folder.path().join("mailboxes/northwind.yaml");
    let before = fs::read_to_string(&manifest).unwrap();
    let receiver = Receiver::start_and(&[], move |count| {
        // The first news are of who left. Then somebody wants one mailbox more, and then makes a slip.
        let new = "- address: travel@northwind.example\n  name: Travel\n  purpose: Books travel\n  \
                   kind: shared-mailbox\n  delegates: [grace.odhiambo@northwind.example, \
                   mehmet.yilmaz@northwind.example, chen.wei@northwind.example]\n";
        let text = match count {
            1 => format!("{before}{new}"),
            _ => format!("{before}{new}- addres: x\n"),
        };
        fs::write(&manifest, text).unwrap();
    });
    let watched = run(folder.path(), &["watch", "--looks", "4", "--every", "6h"], &receiver.url);
    assert_eq!(watched.status.code(), Some(3), "{}", said(&watched));
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2, "{taken:#?}\n{}", said(&watched));
    assert!(taken[1].to_string().contains("travel@northwind.example does not exist"), "{}", taken[1]);
    assert!(said(&watched).contains("the files as they were before are used"), "{}", said(&watched));
}

#[test]
fn a_webhook_without_tls_is_refused_unless_it_is_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two-tenants");
    fs::create_dir(folder.path().join("mailboxes")).unwrap();
    fs::create_dir(folder.path().join("policies")).unwrap();
    for file in ["tripod.yaml", "sandbox.yaml", "policies/baseline.yaml"] {
        fs::copy(example.join(file), folder.path().join(file)).unwrap();
    }
    let watched = run(folder.path(), &["watch", "--looks", "1"], "http://hooks.example.com/s3cr3t");
    assert_eq!(watched.status.code(), Some(64), "{}", said(&watched));
    assert!(!said(&watched).contains("s3cr3t"), "{}", said(&watched));
}
