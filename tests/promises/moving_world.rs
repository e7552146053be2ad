//! Invariant 1, while the world moves: what was true before a wait does not decide after it.

use crate::small::{BOX, Small};

const BEFORE: &str = "    mailboxes:\n      - {address: box@m.example, name: box@m.example, kind: shared-mailbox, delegates: \
                      [a@m.example, b@m.example, d@m.example]}\n";

#[test]
fn a_person_who_leaves_during_a_wait_is_not_counted_and_access_goes_on() {
    // The new mailbox is waited for, and during the wait c's leave date comes.
    let small = Small::new(BEFORE);
    small.want(&[(BOX, "abc"), ("new@m.example", "abe")]);
    let applied = small.run(&["apply", "--yes"]);
    assert_eq!(applied.status, 4, "{}", applied.said);
    assert!(applied.said.contains("«end the access of d@m.example» is held back"), "{}", applied.said);
    assert_eq!(small.can_open(BOX), "abd");
    assert_eq!(small.can_open("new@m.example"), "abe");
}

#[test]
fn a_mailbox_that_ends_on_fewer_than_the_quorum_is_no_success() {
    let small = Small::new("");
    small.want(&[("new@m.example", "abc")]);
    let applied = small.run(&["apply", "--yes"]);
    assert_eq!(applied.status, 4, "{}", applied.said);
    assert!(applied.said.contains("2 of its delegates can act, 3 are needed"), "{}", applied.said);
}
