//! `tripod apply` in a terminal: what changes while its question stands there.

use super::terminal::Terminal;
use super::{example, tripod};

/// Somebody leaves while `apply` waits for a yes: nothing is carried out for a world that is no more.
fn somebody_leaves_at_the_question(words: &[&str]) {
    let folder = example::two_tenants();
    if let [_, file] = words {
        assert!(tripod(folder.path(), &["plan", "--sandbox", "-o", file]).status.success());
    }
    let words: Vec<&str> = words.iter().copied().chain(["--sandbox"]).collect();
    let mut terminal = Terminal::start(folder.path(), &words, (60, 120), &[]);
    terminal.wait("Carry out these");
    let left = tripod(folder.path(), &["sandbox", "leave", "grace.odhiambo@northwind.example"]);
    assert!(left.status.success(), "{}", String::from_utf8_lossy(&left.stderr));
    terminal.press("y\r");
    assert_eq!(terminal.end(), 4, "{}", terminal.contents());
    assert!(terminal.contents().contains("this plan no longer fits"), "{}", terminal.contents());
    let there = tripod(folder.path(), &["import", "--all", "--sandbox", "--format", "json"]);
    assert!(there.status.success(), "{}", String::from_utf8_lossy(&there.stderr));
    assert!(!String::from_utf8_lossy(&there.stdout).contains("code-hosting@juniper.example"));
}

#[test]
fn what_was_typed_before_the_question_is_no_consent() {
    let folder = example::two_tenants();
    let mut terminal = Terminal::start(folder.path(), &["apply", "--sandbox"], (60, 120), &[]);
    terminal.press_now("yes");
    terminal.wait("Carry out these 49 changes?");
    terminal.press("n\r");
    assert_eq!(terminal.end(), 4, "{}", terminal.contents());
    assert!(terminal.contents().contains("nothing was changed"), "{}", terminal.contents());
}

#[test]
fn one_key_without_enter_is_no_consent() {
    let folder = example::two_tenants();
    let mut terminal = Terminal::start(folder.path(), &["apply", "--sandbox"], (60, 120), &[]);
    terminal.wait("Carry out these 49 changes?");
    terminal.press("y");
    terminal.press("\x7f");
    terminal.press("n\r");
    assert_eq!(terminal.end(), 4, "{}", terminal.contents());
    assert!(terminal.contents().contains("nothing was changed"), "{}", terminal.contents());
}

#[test]
fn who_leaves_while_apply_asks_is_noticed() {
    somebody_leaves_at_the_question(&["apply"]);
}

#[test]
fn who_leaves_while_apply_asks_about_a_plan_in_a_file_is_noticed() {
    somebody_leaves_at_the_question(&["apply", "plan.json"]);
}
