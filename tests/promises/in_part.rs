//! What concerns one mailbox stops nothing elsewhere, and what is left out is said.

use crate::small::{BOX, Small};

const OTHER: &str = "other@m.example";

#[test]
fn a_leaver_in_one_mailbox_stops_nothing_in_another() {
    let small = Small::new("");
    small.want(&[(BOX, "abd"), (OTHER, "efg")]);
    small.must(&["apply", "--yes"]);
    small.must(&["sandbox", "leave", "d@m.example"]);
    small.want(&[(BOX, "abd"), (OTHER, "efgh")]);
    let planned = small.run(&["plan"]);
    assert_eq!(planned.status, 4, "{}", planned.said);
    assert!(planned.said.contains("tripod impact d@m.example --patch"), "{}", planned.said);
    let applied = small.run(&["apply", "--yes"]);
    assert_eq!(applied.status, 4, "{}", applied.said);
    assert_eq!(small.can_open(OTHER), "efgh");
    // Where no colleague is near enough to be proposed, the command says how another person is named.
    let patch = small.run(&["impact", "d@m.example", "--patch"]);
    assert!(patch.said.contains("tripod replace d@m.example"), "{}", patch.said);
    // What was chosen has nothing to do with the leaver.
    small.want(&[(BOX, "abd"), (OTHER, "efghi")]);
    small.must(&["apply", "--yes", "--mailbox", OTHER]);
    assert_eq!(small.can_open(OTHER), "efghi");
    small.must(&["plan", "--mailbox", OTHER]);
    small.must(&["verify", "--mailbox", OTHER]);
    assert_eq!(small.run(&["verify", "--mailbox", BOX]).status, 3);
    assert_eq!(small.run(&["plan", "--tenant", "n"]).status, 64);
    let misspelt = small.run(&["plan", "--mailbox", "othr@m.example"]);
    assert!(misspelt.status == 64 && misspelt.said.contains("did you mean `other@m.example`?"), "{}", misspelt.said);
}

#[test]
fn a_misspelt_name_is_a_mistake_in_the_file_and_stops_before_anything_is_done() {
    let small = Small::new("");
    small.want(&[(BOX, "abd"), (OTHER, "efg")]);
    small.must(&["apply", "--yes"]);
    small.want(&[(BOX, "abz"), (OTHER, "efgh")]);
    let slip = small.run(&["apply", "--yes"]);
    assert_eq!(slip.status, 65, "{}", slip.said);
    assert_eq!(small.can_open(OTHER), "efg");
}
