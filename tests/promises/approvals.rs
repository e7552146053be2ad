//! Invariant 3, a plan is what was approved: a refusal that quotes the line is no approval, and an approval counts for as
//! long as it stands and its author may give it.

use serde_json::{Value, json};

use crate::support::{ISSUES, Stage};

/// A ticket whose plan is posted; its number and the digest.
fn planned(stage: &Stage) -> (u64, String) {
    let issue = stage.ask();
    let planned = stage.work(issue);
    (issue, planned["state"]["digest"].as_str().unwrap().to_owned())
}

fn say(stage: &Stage, who: &str, issue: u64, text: &str) -> u64 {
    let target = format!("{ISSUES}/{issue}/comments");
    stage.at_github(who, "POST", &target, Some(&json!({"body": text})))["id"].as_u64().unwrap()
}

fn details(worked: &Value) -> String {
    worked["details"].to_string()
}

#[test]
fn a_refusal_that_quotes_the_line_is_no_approval_and_is_answered() {
    let stage = Stage::new();
    let (issue, digest) = planned(&stage);
    for text in [
        format!("No. These people must not see it.\n\n> /approve {digest}"),
        format!("I will **not** approve this:\n```\n/approve {digest}\n```"),
        format!("Please do not paste `/approve {digest}` here."),
        format!("From: IT\nTo approve it, answer with this line:\n\n/approve {digest}\n\nNo!"),
    ] {
        say(&stage, "sofia", issue, &text);
        let worked = stage.work(issue);
        assert_eq!(worked["state"]["state"], "planned", "{text}: {worked}");
        assert!(details(&worked).contains("does not count"), "{text}: {worked}");
    }
    let comment = stage.comments(issue)[0]["body"].as_str().unwrap().to_owned();
    assert!(
        comment.contains("What was given so far does not count") && comment.contains("sofia (account"),
        "{comment}"
    );
    // Said right, it counts.
    stage.approve(issue, &digest);
    assert_eq!(stage.work(issue)["state"]["state"], "closed");
}

#[test]
fn an_approval_that_was_taken_back_does_not_count() {
    let stage = Stage::new();
    let (issue, digest) = planned(&stage);
    let approval = say(&stage, "sofia", issue, &format!("/approve {digest}"));
    stage.at_github("sofia", "DELETE", &format!("{ISSUES}/comments/{approval}"), None);
    assert_eq!(stage.work(issue)["state"]["state"], "planned");
    say(&stage, "sofia", issue, &format!("/approve {digest}"));
    say(&stage, "sofia", issue, "No, wait, I was wrong.");
    let worked = stage.work(issue);
    assert_eq!(worked["state"]["state"], "planned", "{worked}");
    assert!(details(&worked).contains("wrote something else afterwards"), "{worked}");
}

#[test]
fn an_approver_who_has_left_meanwhile_does_not_approve() {
    let stage = Stage::new();
    let (issue, digest) = planned(&stage);
    stage.approve(issue, &digest);
    stage.succeed(&["sandbox", "leave", "sofia.petrova@northwind.example"]);
    let worked = stage.work(issue);
    assert_eq!(worked["state"]["state"], "planned", "{worked}");
    assert!(details(&worked).contains("cannot approve"), "{worked}");
}

#[test]
fn words_that_another_has_changed_in_the_very_second_do_not_approve() {
    let stage = Stage::new();
    let (issue, digest) = planned(&stage);
    let words = say(&stage, "sofia", issue, "I am not sure.");
    let edit = json!({"body": format!("/approve {digest}")});
    stage.at_github("it", "PATCH", &format!("{ISSUES}/comments/{words}"), Some(&edit));
    let worked = stage.work(issue);
    assert_eq!(worked["state"]["state"], "planned", "{worked}");
    assert!(details(&worked).contains("it was edited"), "{worked}");
}

#[test]
fn a_reaction_approves_the_plan_that_it_can_have_seen_and_no_other() {
    let stage = Stage::new();
    let issue = stage.ask();
    let react = |who: &str| {
        let living = stage.comments(issue)[0]["id"].as_u64().unwrap();
        stage.at_github(who, "POST", &format!("{ISSUES}/comments/{living}/reactions"), Some(&json!({"content": "+1"})))
    };
    let planned = stage.work(issue);
    assert_eq!(planned["state"]["state"], "planned");
    // Whoever may write to the repository changes what is shown; what was liked then is not our plan.
    let living = stage.comments(issue)[0]["id"].as_u64().unwrap();
    let other = json!({"body": "<!-- tripod:plan -->\nAnother plan"});
    stage.at_github("it", "PATCH", &format!("{ISSUES}/comments/{living}"), Some(&other));
    let liked = react("sofia")["id"].as_u64().unwrap();
    let worked = stage.work(issue);
    assert_eq!(worked["state"]["state"], "planned", "{worked}");
    assert!(details(&worked).contains("may be older than the plan"), "{worked}");
    // Given anew for what is shown now, it counts.
    stage.at_github("sofia", "DELETE", &format!("{ISSUES}/comments/{living}/reactions/{liked}"), None);
    stage.succeed(&["sandbox", "wait", "1m"]);
    react("sofia");
    let worked = stage.work(issue);
    assert_eq!(worked["state"]["state"], "closed", "{worked}");
}
