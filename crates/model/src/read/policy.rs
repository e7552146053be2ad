//! A policy file.

mod approvals;
mod checks;
mod rules;

use super::fields::{Echo, Fields};
use super::report::Report;
use super::{parse, scalar};
use crate::QUORUM;
use crate::place::{Problem, SourceFile};
use crate::policy::{Policy, REMOVAL_PERCENT, REMOVALS_COUNTED_FROM};

const KEYS: [&str; 8] =
    ["version", "quorum", "removal-percent", "removals-counted-from", "checks", "rules", "deviations", "approvals"];
/// More delegates than this no provider lets a mailbox have well; a higher quorum is a slip of the fingers.
const HIGHEST_QUORUM: usize = 25;

/// Reads a policy file. What it leaves out is as in [`Policy::default`].
///
/// The expressions of its rules are kept as texts with their places; the verifier compiles them.
pub fn policy(file: &SourceFile) -> (Option<Policy>, Vec<Problem>) {
    let mut report = Report::new(&file.name);
    let policy = parse::tree(file, &mut report).and_then(|node| {
        let fields = Fields::open(&node, "a policy", &KEYS, Echo::Keys, &mut report)?;
        let mut policy = Policy::default();
        if let Some(version) = fields.take("version") {
            scalar::number(version, "version", 1, 1, &mut report);
        }
        for (key, bounds, built_in, target) in [
            ("quorum", QUORUM..=HIGHEST_QUORUM, QUORUM, &mut policy.quorum),
            ("removal-percent", 0..=REMOVAL_PERCENT, REMOVAL_PERCENT, &mut policy.removal_percent),
            (
                "removals-counted-from",
                1..=REMOVALS_COUNTED_FROM,
                REMOVALS_COUNTED_FROM,
                &mut policy.removals_counted_from,
            ),
        ] {
            let help = format!("the built-in rule is {built_in}, and a policy can only be stricter");
            let number = fields.take(key).and_then(|node| scalar::number_of(node, key, bounds, &help, &mut report));
            if let Some(number) = number {
                *target = number;
            }
        }
        if let Some(checks) = fields.take("checks") {
            policy.checks = checks::checks(checks, &mut report);
        }
        if let Some(rules) = fields.take("rules") {
            policy.rules = rules::rules(rules, file, &mut report);
        }
        if let Some(deviations) = fields.take("deviations") {
            policy.deviations = rules::deviations(deviations, &policy.rules, &mut report);
        }
        if let Some(approvals) = fields.take("approvals") {
            policy.approvals = approvals::approvals(approvals, &mut report);
        }
        Some(policy)
    });
    (policy, report.into_problems())
}
