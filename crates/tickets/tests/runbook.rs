//! Runbooks against their golden files, their order, and what a fresh look ticks.
//!
//! `TRIPOD_BLESS=1 cargo test -p tripod-tickets --test runbook` writes the golden files anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod samples;

use std::collections::BTreeMap;
use std::path::Path;

use samples::{afterwards, sample_plan, settings, world};
use tripod_model::{CredentialDelivery, Policy, SignIn};
use tripod_provisioner::{Action, Phase, plan};
use tripod_tenant::{ErrorKind, Observed, Setting, Unknown};
use tripod_tickets::runbook::{Runbook, Shell, Standing, Tool, check, runbook_html, runbook_markdown};

#[test]
fn the_runbooks_are_what_the_golden_files_say() {
    let (plan, settings) = (sample_plan(), settings());
    let runbook = Runbook::of(&plan, &settings, Shell::Posix);
    let ticks = BTreeMap::from([(1, Standing::Done)]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for (name, text) in
        [("runbook.md", runbook_markdown(&runbook, &ticks)), ("runbook.html", runbook_html(&runbook, &ticks))]
    {
        let path = folder.join(name);
        if std::env::var_os("TRIPOD_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(golden == text, "{name} differs; look at it and write it anew");
    }
}

#[test]
fn every_step_of_the_plan_has_its_task_and_commands() {
    let plan = sample_plan();
    let runbook = Runbook::of(&plan, &settings(), Shell::Posix);
    let numbers: Vec<u32> = runbook.tasks.iter().map(|task| task.step.number).collect();
    assert_eq!(numbers, plan.steps().iter().map(|step| step.number).collect::<Vec<_>>());
    assert!(runbook.tasks.iter().all(|task| !task.commands.is_empty() && !task.clicks.is_empty()));
    let tools: std::collections::BTreeSet<Tool> =
        runbook.tasks.iter().flat_map(|task| &task.commands).map(|command| command.tool).collect();
    assert_eq!(tools.len(), 3);
    let phases: Vec<Phase> = runbook.tasks.iter().map(|task| task.step.action.phase()).collect();
    assert!(phases.is_sorted());
    assert!(phases.contains(&Phase::Revoke));
}

#[test]
fn a_command_stays_on_one_line() {
    let runbook = Runbook::of(&sample_plan(), &settings(), Shell::Posix);
    let all = runbook.tasks.iter().flat_map(|task| task.commands.iter().chain(&task.back));
    for command in all {
        assert!(!command.text.contains(['\n', '\r']), "{}", command.text);
    }
}

#[test]
fn nothing_is_ticked_before_and_everything_afterwards() {
    let plan = sample_plan();
    let (_, before) = world();
    assert!(check(&plan, &before).values().all(|standing| *standing == Standing::Open));
    assert!(check(&plan, &afterwards()).values().all(|standing| *standing == Standing::Done));
}

#[test]
fn what_cannot_be_read_is_never_ticked() {
    let plan = sample_plan();
    let unknown = Unknown { kind: ErrorKind::Unavailable, reason: "no answer".to_owned() };
    let mut look = afterwards();
    for mailbox in look.mailboxes.values_mut() {
        let Observed::Present(there) = mailbox else { unreachable!() };
        there.delegates = Observed::Unknown(unknown.clone());
        there.settings.insert(Setting::SentCopiesKept, Observed::Unknown(unknown.clone()));
    }
    let standings = check(&plan, &look);
    for step in plan.steps() {
        let standing = &standings[&step.number];
        match step.action {
            Action::Grant { .. } | Action::Revoke { .. } => {
                assert_eq!(*standing, Standing::Unknown("no answer".to_owned()));
            }
            _ => assert_ne!(*standing, Standing::Open),
        }
    }
}

#[test]
fn where_a_first_password_goes_is_said() {
    let (mut mailboxes, look) = world();
    let credential =
        CredentialDelivery { vault: "the vault, under «Backups»".to_owned(), deliver: vec!["true".to_owned()] };
    mailboxes.retain(|mailbox| mailbox.address.as_str() == "new-box@example.com");
    mailboxes[0].sign_in = SignIn::Allowed;
    mailboxes[0].credential = Some(credential);
    let plan = plan(&mailboxes, &look, &Policy::default(), samples::now(), &samples::options()).plan;
    let runbook = Runbook::of(&plan, &settings(), Shell::Posix);
    assert!(runbook.tasks[0].note.as_ref().unwrap().contains("put it into the vault, under «Backups»"));
}
