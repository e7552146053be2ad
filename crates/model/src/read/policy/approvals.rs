//! What a policy says of approvals.

use std::collections::BTreeMap;

use super::super::fields::{Echo, Fields};
use super::super::node::{Node, Spot};
use super::super::report::{Report, printable};
use super::super::scalar;
use crate::address::Address;
use crate::policy::Approvals;

const KEYS: [&str; 3] = ["approvers", "delegates-may-approve", "valid-for"];

/// `approvals:`. Nothing if the people who may approve could not be read: then nobody may.
pub(super) fn approvals(node: &Node, report: &mut Report) -> Option<Approvals> {
    let mut fields = Fields::open(node, "`approvals`", &KEYS, Echo::Keys, report)?;
    let approvers = fields.need("approvers");
    let mut found = Approvals::default();
    if let Some(node) = fields.take("delegates-may-approve")
        && scalar::truth(node, "delegates-may-approve", report) == Some(true)
    {
        let message = "`delegates-may-approve` is `true`, and has to be `false`";
        let help = "by the built-in rule a person who gets access by a plan cannot approve it, and a policy can only \
                    be stricter";
        report.say_with(node.at, message, Some(help.to_owned()));
    }
    if let Some(hours) = fields.take("valid-for").and_then(|node| hours(node, report)) {
        found.valid_for_hours = hours;
    }
    fields.close(report);
    let mut first: BTreeMap<Address, Spot> = BTreeMap::new();
    let approvers = approvers?;
    let list = scalar::list(approvers, "approvers", report)?;
    if list.is_empty() {
        let help = "name at least one person, or leave `approvals` out";
        report.say_with(approvers.at, "nobody may approve by this list", Some(help.to_owned()));
    }
    for node in list {
        let Some(address) = scalar::address(node, "approvers", report) else { continue };
        if let Some(spot) = first.get(&address) {
            let message = format!("{address} is there twice; the first is in line {}", spot.line);
            report.say_with(node.at, message, Some("remove one of them".to_owned()));
            continue;
        }
        first.insert(address, node.at);
    }
    found.approvers = first.into_keys().collect();
    Some(found)
}

/// A time in whole hours or days, as `72h` or `3d`.
fn hours(node: &Node, report: &mut Report) -> Option<u32> {
    let text = scalar::text(node, "valid-for", report)?;
    let parsed = match (text.strip_suffix('h'), text.strip_suffix('d')) {
        (Some(hours), _) => hours.parse::<u32>().ok(),
        (None, Some(days)) => days.parse::<u32>().ok().and_then(|days| days.checked_mul(24)),
        (None, None) => None,
    };
    let sound = parsed.filter(|hours| (1..=Approvals::LONGEST_HOURS).contains(hours));
    if sound.is_none() {
        let help = match parsed {
            Some(hours) if hours > 0 => "the built-in rule is a week, 168h, and a policy can only be stricter",
            _ => "write hours or days, from 1h to 7d, for example `72h`",
        };
        report.say_with(node.at, format!("`valid-for` cannot be `{}`", printable(text)), Some(help.to_owned()));
    }
    sound
}
