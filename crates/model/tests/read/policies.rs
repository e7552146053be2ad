//! Policy files, and several of them together.

use tripod_model::{Policy, read};

use crate::{file, lines};

#[track_caller]
fn check_policy(text: &str, expected: &[&str]) -> Option<Policy> {
    let (policy, problems) = read::policy(&file("p.yaml", text));
    assert_eq!(lines(&problems), expected);
    policy
}

fn numbers(quorum: usize, removal_percent: usize, removals_counted_from: usize) -> Policy {
    Policy { quorum, removal_percent, removals_counted_from, ..Policy::default() }
}

#[test]
fn what_a_policy_leaves_out_is_the_default() {
    let policy = check_policy("quorum: 4\n", &[]);
    assert_eq!(policy, Some(Policy { quorum: 4, ..Policy::default() }));
    let text = "quorum: 5\nremoval-percent: 0\nremovals-counted-from: 1\n";
    assert_eq!(check_policy(text, &[]), Some(numbers(5, 0, 1)));
}

#[test]
fn no_policy_lowers_the_quorum() {
    for text in ["quorum: 2\n", "quorum: 0\n", "quorum: -3\n", "quorum: 2.5\n", "quorum: 26\n"] {
        let number = text.trim().trim_start_matches("quorum: ");
        let expected = format!("p.yaml:1:9: `quorum` is {number}, and has to be a whole number from 3 to 25");
        assert_eq!(check_policy(text, &[&expected]), Some(Policy::default()));
    }
}

#[test]
fn slips_in_a_policy_are_reported_together() {
    check_policy(
        "quorom: 3\nremoval-percent: 101\nremovals-counted-from: many\nremoval-percent: 2\n",
        &[
            "p.yaml:1:1: a policy has no key `quorom` (did you mean `quorum`?)",
            "p.yaml:2:18: `removal-percent` is 101, and has to be a whole number from 0 to 100",
            "p.yaml:3:24: `removals-counted-from` has to be a number, not a text",
            "p.yaml:4:1: the key `removal-percent` is there twice; the first is in line 2 (remove one of them)",
        ],
    );
    assert_eq!(
        check_policy(
            "- 3\n",
            &[
                "p.yaml:1:1: a policy has to be a set of keys, not a list (its keys are `version`, `quorum`, `removal-percent`, `removals-counted-from`, `checks`, `rules`, `deviations`)"
            ]
        ),
        None
    );
}

#[test]
fn of_several_policies_the_strictest_rules_count() {
    let one = numbers(3, 10, 20);
    let other = numbers(5, 50, 8);
    let both = numbers(5, 10, 8);
    assert_eq!(Policy::strictest([one.clone(), other.clone()]), both);
    assert_eq!(Policy::strictest([other, one.clone()]), both);
    assert_eq!(Policy::strictest([]), Policy::default());
    assert_eq!(Policy::strictest([Policy { quorum: 1, ..one }]).quorum, 3);
}
