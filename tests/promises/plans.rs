//! Invariant 3: a plan is what was approved, once, by the rules of now.

use serde_json::Value;
use tripod_provisioner::journal::chain::entry_hash;
use tripod_provisioner::plan::canonical_json;

use crate::small::{BOX, Small};

/// What is changed in the document of a plan.
type Edit = fn(&mut Value);

/// Changes a plan's file together with its digest, as a person could who knows how that is made.
fn edit(small: &Small, file: &str, change: impl FnOnce(&mut Value)) {
    let mut document: Value = serde_json::from_str(&small.read(file)).unwrap();
    change(&mut document["plan"]);
    document["digest"] = entry_hash("", &canonical_json(&document["plan"])).into();
    small.write(file, &document.to_string());
}

fn standing_on(letters: &str) -> Small {
    let small = Small::new("");
    small.want(&[(BOX, letters)]);
    small.must(&["apply", "--yes"]);
    small
}

#[test]
fn a_finished_plan_does_nothing_again_and_says_so() {
    let small = standing_on("abd");
    small.want(&[(BOX, "abe")]);
    small.must(&["plan", "-o", "one.json"]);
    small.must(&["apply", "one.json", "--yes"]);
    let again = small.run(&["apply", "one.json", "--yes"]);
    assert_eq!(again.status, 0, "{}", again.said);
    assert!(again.said.contains("this plan was carried out and finished at 2026-"), "{}", again.said);

    small.want(&[(BOX, "abed")]);
    small.must(&["apply", "--yes"]);
    let again = small.run(&["apply", "one.json", "--yes"]);
    assert_eq!(again.status, 4, "{}", again.said);
    assert!(again.said.contains("and is not carried out again"), "{}", again.said);
    assert_eq!(small.can_open(BOX), "abde");
}

#[test]
fn a_plan_is_held_against_the_policy_of_now() {
    let small = standing_on("abdefghijk");
    small.want(&[(BOX, "abdefghi")]);
    small.must(&["plan", "-o", "plan.json"]);
    small.write("policy.yaml", "quorum: 9\n");
    let applied = small.run(&["apply", "plan.json", "--yes"]);
    assert_eq!(applied.status, 4, "{}", applied.said);
    assert!(applied.said.contains("fewer than 9"), "{}", applied.said);
    small.write("policy.yaml", "removal-percent: 10\n");
    let applied = small.run(&["apply", "plan.json", "--yes"]);
    assert_eq!(applied.status, 4, "{}", applied.said);
    assert!(applied.said.contains("more than 10 %"), "{}", applied.said);
    assert_eq!(small.can_open(BOX), "abdefghijk");
}

#[test]
fn what_a_plan_says_of_itself_is_not_believed() {
    let small = standing_on("abdefghijkl");
    small.want(&[(BOX, "abd")]);
    let refused = small.run(&["plan", "-o", "plan.json"]);
    assert_eq!(refused.status, 4, "{}", refused.said);
    let original = small.read("plan.json");
    let edits: [(&str, i32, Edit); 4] = [
        ("its refusals left out", 65, |plan| plan["refusals"] = Value::Array(Vec::new())),
        ("its limit raised", 65, |plan| {
            plan["policy"]["removal-percent"] = 100.into();
            plan["refusals"] = Value::Array(Vec::new());
        }),
        ("its quorum lowered", 65, |plan| plan["policy"]["quorum"] = 1.into()),
        ("leave to remove written in", 4, |plan| {
            plan["allow-removals"] = 8.into();
            plan["refusals"] = Value::Array(Vec::new());
        }),
    ];
    for (what, status, change) in edits {
        small.write("plan.json", &original);
        edit(&small, "plan.json", change);
        let applied = small.run(&["apply", "plan.json", "--yes"]);
        assert_eq!(applied.status, status, "{what}: {}", applied.said);
    }
    assert_eq!(small.can_open(BOX), "abdefghijkl");
}

#[test]
fn only_the_plan_with_the_approved_digest_is_carried_out() {
    let small = standing_on("abd");
    small.want(&[(BOX, "abde")]);
    small.must(&["plan", "-o", "plan.json"]);
    let document: Value = serde_json::from_str(&small.read("plan.json")).unwrap();
    let digest = document["digest"].as_str().unwrap();
    let other = digest.chars().rev().collect::<String>();
    for words in [&["apply", "plan.json", "--yes", "--digest", &other][..], &["apply", "--yes", "--digest", &other]] {
        let refused = small.run(words);
        assert_eq!(refused.status, 4, "{}", refused.said);
        assert!(refused.said.contains(&format!("{other} is to be carried out")), "{}", refused.said);
    }
    assert_eq!(small.run(&["apply", "plan.json", "--yes", "--digest", "12ab"]).status, 64);
    assert_eq!(small.can_open(BOX), "abd");
    small.must(&["apply", "plan.json", "--yes", "--digest", digest]);
    assert_eq!(small.can_open(BOX), "abde");
}

#[test]
fn a_policy_is_never_laxer_than_the_built_in_rules() {
    let small = standing_on("abdefghijkl");
    small.want(&[(BOX, "abd")]);
    for line in ["removal-percent: 100", "removals-counted-from: 1000", "quorum: 2"] {
        small.write("policy.yaml", &format!("{line}\n"));
        for words in [&["check"][..], &["plan"], &["apply", "--yes"]] {
            let ran = small.run(words);
            assert_eq!(ran.status, 65, "{line}: {}", ran.said);
            assert!(ran.said.contains("a policy can only be stricter"), "{}", ran.said);
        }
    }
}
