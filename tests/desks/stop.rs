//! Programs that are asked to stop: what is begun is finished.

use std::io::BufRead;

use serde_json::json;

use super::program::Program;
use super::support::Stage;
use crate::exchanges;

#[test]
fn a_poll_that_waits_for_its_next_round_stops_at_once() {
    let stage = Stage::new();
    let issue = stage.ask();
    let words = ["ticket", "poll", "--sandbox", "--desk", "desk.yaml", "--every", "12h"];
    let mut program = Program::start(&mut stage.command(&words));
    program.line("1 planned");
    program.signal("-TERM");
    let (status, said) = program.ended();
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(stage.comments(issue).len(), 1);
}

#[test]
fn a_ticket_that_is_being_carried_out_is_finished_before_the_program_stops() {
    let stage = Stage::new();
    let issue = stage.ask();
    let planned = stage.work(issue);
    stage.approve(issue, planned["state"]["digest"].as_str().unwrap());

    let pipe = exchanges::pipe(stage.path());
    let words = ["ticket", "poll", "--sandbox", "--desk", "desk.yaml", "--every", "12h"];
    let mut program = Program::start(stage.command(&words).env("TRIPOD_WIRE_LOG", &pipe));
    let mut exchanges = exchanges::open(&pipe, || program.has_ended()).lines();
    let begun = exchanges.by_ref().map(Result::unwrap).find(|line| line.contains("New-Mailbox"));
    assert!(begun.is_some(), "nothing was begun");
    program.signal("-INT");
    // The pipe is read on, so that the program does not stand still.
    for line in exchanges {
        line.unwrap();
    }
    let (status, said) = program.ended();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("1 closed: everything is done and confirmed"), "{said}");
    assert_eq!(stage.work(issue)["state"]["state"], json!("closed"));
}
