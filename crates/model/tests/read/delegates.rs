//! Who may be a delegate, and how many there have to be.

use tripod_model::{Settings, read};

use crate::{check, entry, file, lines, workspace};

const THREE: &str = "[a@g.test, b@g.test, c@g.test]";

#[test]
fn fewer_than_three_delegates_are_counted() {
    for (delegates, expected) in [
        ("[]", "m.yaml:5:14: `x@g.test` has no delegate, at least 3 are needed (name 3 more)"),
        ("[a@g.test]", "m.yaml:5:14: `x@g.test` has 1 delegate, at least 3 are needed (name 2 more)"),
        ("[a@g.test, b@g.test]", "m.yaml:5:14: `x@g.test` has 2 delegates, at least 3 are needed (name 1 more)"),
    ] {
        let mailboxes = check(entry("").replace(THREE, delegates), &[expected]);
        assert_eq!(mailboxes.len(), 1, "its delegates can still be looked up");
    }
}

#[test]
fn the_same_person_in_another_case_does_not_count_twice() {
    check(
        entry("").replace(THREE, "[a@g.test, b@g.test, A@g.TEST]"),
        &[
            "m.yaml:5:14: `x@g.test` has 2 delegates, at least 3 are needed (name 1 more)",
            "m.yaml:5:35: the delegate `a@g.test` is there twice; the first is in line 5",
        ],
    );
}

#[test]
fn a_mailbox_is_not_its_own_delegate_nor_is_another_mailbox() {
    let other = entry("").replace("x@g.test", "y@g.test").replace(THREE, "[a@g.test, b@g.test, c@g.test, x@g.test]");
    let text = entry("").replace(THREE, "[a@g.test, b@g.test, c@g.test, X@g.test]") + &other;
    check(
        text,
        &[
            "m.yaml:5:45: the mailbox `x@g.test` cannot be its own delegate (a delegate has to be a person)",
            "m.yaml:10:45: the delegate `x@g.test` is a service mailbox itself, at m.yaml:1:12 (a delegate has to be a person)",
        ],
    );
}

#[test]
fn the_same_mailbox_in_another_file_names_the_first_place() {
    let files = [file("a.yaml", entry("")), file("b.yaml", entry("").replace("x@g.test", "X@G.test"))];
    let (mailboxes, problems) = read::mailboxes(&files, &workspace());
    assert_eq!(mailboxes.len(), 2);
    assert_eq!(lines(&problems), ["b.yaml:1:12: the mailbox `x@g.test` is there twice; the first is at a.yaml:1:12"]);
}

#[test]
fn the_domain_of_no_tenant_is_reported_once_and_the_rest_of_the_entry_is_still_judged() {
    let text = entry("  adopt: 1\n").replace("x@g.test", "x@gg.test").replace("b@g.test", "A@g.test");
    let mailboxes = check(
        text,
        &[
            "m.yaml:1:12: the domain of `x@gg.test` belongs to no tenant (did you mean `g.test`?)",
            "m.yaml:5:14: `x@gg.test` has 2 delegates, at least 3 are needed (name 1 more)",
            "m.yaml:5:25: the delegate `a@g.test` is there twice; the first is in line 5",
            "m.yaml:6:10: `adopt` has to be `true` or `false`",
        ],
    );
    assert!(mailboxes.is_empty(), "without a tenant there is nothing to look up");
}

#[test]
fn mailboxes_of_a_tenant_with_problems_are_not_held_against_them() {
    let settings = Settings { unread_domains: vec!["h.test".to_owned()], ..workspace() };
    let files = [file("m.yaml", entry("").replace("g.test", "h.test"))];
    assert_eq!(lines(&read::mailboxes(&files, &settings).1), Vec::<String>::new());
    let files = [file("m.yaml", entry("").replace("c@g.test", "c@h.test"))];
    assert_eq!(
        lines(&read::mailboxes(&files, &settings).1),
        [
            "m.yaml:5:35: `c@h.test` belongs to another tenant, the mailbox to `google` (only people of the mailbox's own \
         organisation can be its delegates)",
        ]
    );
}
