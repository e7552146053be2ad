//! Policy files, and several of them together.

use tripod_model::{CheckId, Policy, Severity, read};

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

const STRICTER: &str = "(the built-in rule is 3, and a policy can only be stricter)";

#[test]
fn a_policy_that_is_laxer_than_a_built_in_rule_is_refused_and_the_built_in_rule_stands() {
    for (text, said) in [
        (
            "removal-percent: 26\n",
            "p.yaml:1:18: `removal-percent` is 26, and has to be a whole number from 0 to 25 (the built-in rule is 25, \
             and a policy can only be stricter)",
        ),
        (
            "removals-counted-from: 11\n",
            "p.yaml:1:24: `removals-counted-from` is 11, and has to be a whole number from 1 to 10 (the built-in rule is \
             10, and a policy can only be stricter)",
        ),
        (
            "checks: {below-quorum: high}\n",
            "p.yaml:1:24: the severity of `below-quorum` is `critical` (nothing makes it milder; a deviation can accept \
             one mailbox for a time)",
        ),
        (
            "checks:\n  below-quorum:\n    severity: low\n",
            "p.yaml:3:15: the severity of `below-quorum` is `critical` (nothing makes it milder; a deviation can accept \
             one mailbox for a time)",
        ),
    ] {
        let policy = check_policy(text, &[said]).expect("a policy");
        let checks = std::collections::BTreeMap::new();
        assert_eq!(policy.severity(CheckId::BelowQuorum), Severity::Critical);
        assert_eq!(Policy { checks, ..policy }, Policy::default());
    }
    let approvals = |line: &str| format!("approvals:\n  approvers: [ana@contoso.com]\n  {line}\n");
    for (line, said) in [
        (
            "delegates-may-approve: true",
            "p.yaml:3:26: `delegates-may-approve` is `true`, and has to be `false` (by the built-in rule a person who \
             gets access by a plan cannot approve it, and a policy can only be stricter)",
        ),
        (
            "valid-for: 169h",
            "p.yaml:3:14: `valid-for` cannot be `169h` (the built-in rule is a week, 168h, and a policy can only be \
             stricter)",
        ),
        (
            "valid-for: 8d",
            "p.yaml:3:14: `valid-for` cannot be `8d` (the built-in rule is a week, 168h, and a policy can only be \
             stricter)",
        ),
    ] {
        let policy = check_policy(&approvals(line), &[said]).expect("a policy");
        let approvals = policy.approvals.expect("approvals");
        assert_eq!((approvals.delegates_may_approve, approvals.valid_for_hours), (false, 168));
    }
}

#[test]
fn no_policy_lowers_the_quorum() {
    for text in ["quorum: 2\n", "quorum: 0\n", "quorum: -3\n", "quorum: 2.5\n", "quorum: 26\n"] {
        let number = text.trim().trim_start_matches("quorum: ");
        let expected =
            format!("p.yaml:1:9: `quorum` is {number}, and has to be a whole number from 3 to 25 {STRICTER}");
        assert_eq!(check_policy(text, &[&expected]), Some(Policy::default()));
    }
}

#[test]
fn slips_in_a_policy_are_reported_together() {
    check_policy(
        "quorom: 3\nremoval-percent: 101\nremovals-counted-from: many\nremoval-percent: 2\n",
        &[
            "p.yaml:1:1: a policy has no key `quorom` (did you mean `quorum`?)",
            "p.yaml:2:18: `removal-percent` is 101, and has to be a whole number from 0 to 25 (the built-in rule is 25, and a policy can only be stricter)",
            "p.yaml:3:24: `removals-counted-from` has to be a number, not a text",
            "p.yaml:4:1: the key `removal-percent` is there twice; the first is in line 2 (remove one of them)",
        ],
    );
    assert_eq!(
        check_policy(
            "- 3\n",
            &[
                "p.yaml:1:1: a policy has to be a set of keys, not a list (its keys are `version`, `quorum`, `removal-percent`, `removals-counted-from`, `checks`, `rules`, `deviations`, `approvals`)"
            ]
        ),
        None
    );
}

#[test]
fn of_several_policies_the_strictest_rules_count() {
    let one = numbers(3, 10, 10);
    let other = numbers(5, 25, 8);
    let both = numbers(5, 10, 8);
    assert_eq!(Policy::strictest([one.clone(), other.clone()]), both);
    assert_eq!(Policy::strictest([other, one.clone()]), both);
    assert_eq!(Policy::strictest([]), Policy::default());
    assert_eq!(Policy::strictest([Policy { quorum: 1, ..one }]).quorum, 3);
}

const RULES: &str = "\
rules:
  - id: four
    title: Four people
    severity: medium
    when: \"mailbox.active < 4\"
    message: it stands on fewer than four
    remedy: name one more
";

const DEVIATION: &str = "\
deviations:
  - check: one-manager
    mailbox: x@g.test
    person: a@g.test
    who: Ana
    why: until the new team is there
    until: 2027-01-31
";

#[test]
fn checks_are_turned_on_and_off_and_given_numbers() {
    let text = "checks:\n  one-manager: off\n  one-department: on\n  delegate-idle: high\n  near-limit: {severity: low, percent: 80}\n";
    let policy = check_policy(text, &[]).expect("a policy");
    assert!(!policy.is_on(CheckId::OneManager));
    assert!(policy.is_on(CheckId::OneDepartment));
    assert!(policy.is_on(CheckId::DelegateIdle));
    assert_eq!(policy.severity(CheckId::DelegateIdle), Severity::High);
    assert_eq!(policy.parameter(CheckId::DelegateIdle, "idle-days"), 90);
    assert_eq!(policy.severity(CheckId::NearLimit), Severity::Low);
    assert_eq!(policy.parameter(CheckId::NearLimit, "percent"), 80);
    assert_eq!(policy.is_on(CheckId::BelowQuorum), CheckId::BelowQuorum.on_by_default());
}

#[test]
fn slips_in_checks_have_their_places() {
    check_policy(
        "checks:\n  one-manger: off\n  own-rule: off\n  near-limit: {percent: 101, days: 3}\n  delegate-idle: hihg\n  below-quorum: off\n  on-the-edge: true\n  one-manager: 3\n",
        &[
            "p.yaml:2:3: there is no check `one-manger` (did you mean `one-manager`?)",
            "p.yaml:3:3: there is no check `own-rule` (`tripod reference checks` lists them all)",
            "p.yaml:4:25: `percent` is 101, and has to be a whole number from 1 to 100",
            "p.yaml:4:30: the check `near-limit` has no key `days` (the keys here are `severity`, `percent`)",
            "p.yaml:5:18: `delegate-idle` cannot be `hihg` (did you mean `high`?)",
            "p.yaml:6:17: `below-quorum` cannot be turned off (nothing lowers the quorum; a deviation can accept one mailbox for a time)",
            "p.yaml:7:16: `on-the-edge` has to be `on` or `off` (write `on`)",
            "p.yaml:8:16: `one-manager` cannot be a number (write `off`, `on`, a severity, or a set of keys such as `{severity: high}`)",
        ],
    );
}

#[test]
fn a_rule_knows_where_its_expression_stands() {
    let policy = check_policy(RULES, &[]).expect("a policy");
    let [rule] = policy.rules.as_slice() else { panic!("one rule: {:?}", policy.rules) };
    assert_eq!(rule.when.text, "mailbox.active < 4");
    assert_eq!((rule.when.place.line, rule.when.place.column, rule.when.by_line), (5, 12, true));
    let place = |when: &str| {
        let text = RULES.replace("\"mailbox.active < 4\"", when);
        let rule = check_policy(&text, &[]).expect("a policy").rules.remove(0);
        (rule.when.text, rule.when.place.line, rule.when.place.column, rule.when.by_line)
    };
    let expected = |text: &str, line, column, by_line| (text.to_owned(), line, column, by_line);
    assert_eq!(place("mailbox.active < 4"), expected("mailbox.active < 4", 5, 11, true));
    assert_eq!(place("|\n      a &&\n      b"), expected("a &&\nb", 6, 7, true));
    assert_eq!(place(">-\n      a &&\n      b"), expected("a && b", 6, 7, false));
}

#[test]
fn slips_in_rules_have_their_places() {
    let text = "rules:\n  - id: below-quorum\n    title: T\n    severity: bad\n    when: ''\n    mesage: M\n    remedy: R\n  - id: Four people\n    title: T\n";
    check_policy(
        text,
        &[
            "p.yaml:2:9: `below-quorum` is a check of Tripod's (give the rule another id; what a check of Tripod's does is set under `checks`)",
            "p.yaml:4:15: `severity` cannot be `bad` (write one of `low`, `medium`, `high`, `critical`)",
            "p.yaml:5:11: `when` is empty",
            "p.yaml:6:5: this rule has no key `mesage` (did you mean `message`?)",
            "p.yaml:8:5: this rule needs the keys `severity`, `when`, `message`, `remedy`",
            "p.yaml:8:9: `Four people` cannot be the id of a rule (use lower-case letters, digits and `-`, and begin with a letter)",
        ],
    );
}

#[test]
fn a_deviation_has_an_end_and_names_what_there_is() {
    let policy = check_policy(DEVIATION, &[]).expect("a policy");
    assert_eq!(policy.deviations.len(), 1);
    assert_eq!(policy.deviations[0].until.to_string(), "2027-01-31");
    check_policy(
        &DEVIATION.replace("    until: 2027-01-31\n", ""),
        &["p.yaml:2:5: this deviation has no end (add `until: 2027-01-31`, the last day on which it is accepted)"],
    );
    check_policy(
        &DEVIATION.replace("2027-01-31", "2027-02-30").replace("one-manager", "one-manger").replace("who: Ana", "who:"),
        &[
            "p.yaml:2:12: there is no check and no rule `one-manger` (did you mean `one-manager`?)",
            "p.yaml:5:8: `who` has no value",
            "p.yaml:7:12: `until` is `2027-02-30`, which is not a day (write year, month and day as 2026-12-31)",
        ],
    );
    let of_a_rule = RULES.to_owned() + &DEVIATION.replace("one-manager", "four");
    assert_eq!(check_policy(&of_a_rule, &[]).expect("a policy").deviations.len(), 1);
}

#[test]
fn of_several_policies_the_strictest_checks_count_and_rules_add_up() {
    let read = |text: &str| check_policy(text, &[]).expect("a policy");
    let off = read(
        "checks: {one-manager: off, near-limit: {severity: high, percent: 90}, delegate-leaving: {leave-days: 10}}\n",
    );
    let on = read("checks: {one-manager: medium, near-limit: {percent: 95}, delegate-leaving: on}\n");
    for both in [[off.clone(), on.clone()], [on, off]] {
        let policy = Policy::strictest(both);
        assert_eq!(policy.severity(CheckId::OneManager), Severity::Medium);
        assert!(policy.is_on(CheckId::OneManager));
        assert_eq!(policy.severity(CheckId::NearLimit), Severity::High);
        assert_eq!(policy.parameter(CheckId::NearLimit, "percent"), 90);
        assert_eq!(policy.parameter(CheckId::DelegateLeaving, "leave-days"), 30, "the check's own is stricter than 10");
    }
    let more = Policy::strictest([read(RULES), read(DEVIATION), read(RULES)]);
    assert_eq!((more.rules.len(), more.deviations.len()), (1, 1));
}

const APPROVALS: &str = "approvals:\n  approvers: [ana@contoso.com, bob@contoso.com]\n  valid-for: 72h\n";

#[test]
fn a_policy_names_who_may_approve() {
    let policy = check_policy(APPROVALS, &[]).expect("a policy");
    let approvals = policy.approvals.expect("approvals");
    assert_eq!(approvals.approvers.len(), 2);
    assert!(!approvals.delegates_may_approve);
    assert_eq!(approvals.valid_for_hours, 72);
    let days = check_policy("approvals: {approvers: [ana@contoso.com], valid-for: 3d}\n", &[]).expect("a policy");
    assert_eq!(days.approvals.expect("approvals").valid_for_hours, 72);
    check_policy(
        "approvals:\n  approvers: [ana@contoso.com, ana@contoso.com, bob]\n  delegates-may-approve: maybe\n  valid-for: 4 weeks\n",
        &[
            "p.yaml:2:32: ana@contoso.com is there twice; the first is in line 2 (remove one of them)",
            "p.yaml:2:49: `bob` is not an e-mail address; write it as name@example.com",
            "p.yaml:3:26: `delegates-may-approve` has to be `true` or `false`",
            "p.yaml:4:14: `valid-for` cannot be `4 weeks` (write hours or days, from 1h to 7d, for example `72h`)",
        ],
    );
    check_policy(
        "approvals: {approver: [ana@contoso.com]}\n",
        &["p.yaml:1:13: `approvals` has no key `approver` (did you mean `approvers`?)"],
    );
    check_policy(
        "approvals: {approvers: []}\n",
        &["p.yaml:1:24: nobody may approve by this list (name at least one person, or leave `approvals` out)"],
    );
}

#[test]
fn of_several_policies_only_those_whom_each_of_them_names_may_approve() {
    let read = |text: &str| check_policy(text, &[]).expect("a policy");
    let one = read(APPROVALS);
    let other = read("approvals: {approvers: [bob@contoso.com, cy@contoso.com], delegates-may-approve: false}\n");
    let silent = read("quorum: 3\n");
    for order in [[one.clone(), silent.clone(), other.clone()], [other, one, silent]] {
        let approvals = Policy::strictest(order).approvals.expect("approvals");
        let names: Vec<String> = approvals.approvers.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["bob@contoso.com"]);
        assert_eq!((approvals.delegates_may_approve, approvals.valid_for_hours), (false, 72));
    }
    assert_eq!(Policy::strictest([read("quorum: 3\n")]).approvals, None);
}
