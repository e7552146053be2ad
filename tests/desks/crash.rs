//! `kill -9` while a ticket is being worked on, and the run after it.

use std::collections::BTreeSet;
use std::fs;
use std::io::BufRead;
use std::process::Stdio;

use serde_json::Value;

use super::support::{ISSUES, Stage, said};
use crate::exchanges;

/// A run of an approved ticket that is killed after so many exchanges; whether it lived that long.
fn killed_after(stage: &Stage, exchanges: usize) -> bool {
    let pipe = exchanges::pipe(stage.path());
    let words = ["ticket", "run", "--sandbox", "--desk", "desk.yaml", "--delivery", "d-1", "1"];
    let mut command = stage.command(&words);
    command.env("TRIPOD_WIRE_LOG", &pipe).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut log = exchanges::open(&pipe, || child.try_wait().unwrap().is_some());
    let lived = (0..exchanges).all(|_| log.read_line(&mut String::new()).unwrap() > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    lived
}

#[test]
fn a_ticket_whose_run_was_killed_at_any_moment_is_finished_by_the_next_with_nothing_twice() {
    let mut killed = 0;
    for exchanges in [2, 8, 14, 20, 26, 32, 38, 44, 50] {
        let stage = Stage::new();
        let issue = stage.ask();
        let planned = stage.work(issue);
        stage.approve(issue, planned["state"]["digest"].as_str().unwrap());
        if killed_after(&stage, exchanges) {
            killed += 1;
        }

        // The desk sends its message again, and then once more.
        let again = ["ticket", "run", "--sandbox", "--desk", "desk.yaml", "--delivery", "d-1", "1"];
        for _ in 0..2 {
            let output = stage.run(&again);
            assert!(output.status.success(), "after {exchanges} exchanges: {}", said(&output));
            assert!(said(&output).contains("1 closed"), "after {exchanges} exchanges: {}", said(&output));
        }
        is_complete(&stage, issue, exchanges);
    }
    assert!(killed >= 5, "only {killed} runs lived long enough to be killed");
}

fn is_complete(stage: &Stage, issue: u64, exchanges: usize) {
    let comments = stage.comments(issue);
    let ours: Vec<&Value> = comments.iter().filter(|one| one["user"]["login"] == "tripod").collect();
    assert_eq!(ours.len(), 2, "after {exchanges} exchanges: {comments:?}");
    assert!(ours[0]["body"].as_str().unwrap().contains("## What was done: done"), "after {exchanges} exchanges");
    assert_eq!(stage.at_github("it", "GET", &format!("{ISSUES}/{issue}"), None)["state"], "closed");

    let manifest = fs::read_to_string(stage.path().join("mailboxes/northwind.yaml")).unwrap();
    assert_eq!(manifest.matches("freight-audit@northwind.example").count(), 1, "after {exchanges} exchanges");
    let all: Vec<Value> =
        serde_json::from_str(&stage.succeed(&["import", "--sandbox", "--all", "--format", "json"])).unwrap();
    let made: Vec<&Value> =
        all.iter().filter(|entry| entry["mailbox"]["address"] == "freight-audit@northwind.example").collect();
    assert_eq!(made.len(), 1, "after {exchanges} exchanges: {made:?}");
    let delegates = made[0]["mailbox"]["delegates"]["present"].as_array().unwrap();
    let who: BTreeSet<String> = delegates.iter().map(|delegate| delegate["who"].to_string()).collect();
    assert_eq!((delegates.len(), who.len()), (3, 3), "after {exchanges} exchanges: {delegates:?}");

    let public = stage.path().join("public.pem");
    fs::write(&public, stage.succeed(&["evidence", "key"])).unwrap();
    let plan = stage.path().join(".tripod/sandbox/tickets/github/1/plan.json");
    let records: Vec<_> =
        fs::read_dir(stage.path().join(".tripod/sandbox/evidence")).unwrap().map(Result::unwrap).collect();
    assert_eq!(records.len(), 1, "after {exchanges} exchanges: {records:?}");
    let record = records[0].path();
    let (record, public, plan) = (record.to_str().unwrap(), public.to_str().unwrap(), plan.to_str().unwrap());
    let verified = stage.succeed(&["evidence", "verify", record, "--key", public, "--plan", plan]);
    assert!(verified.contains("steps     5, of which 5 "), "after {exchanges} exchanges: {verified}");
    stage.succeed(&["journal", "verify", "--sandbox", "--evidence", record, "--key", public]);
}
