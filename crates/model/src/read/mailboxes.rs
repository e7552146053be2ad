//! All files with mailboxes together.

use std::collections::HashMap;

use super::mailbox::{self, Entry};
use super::node::Value;
use super::parse;
use super::report::Report;
use crate::address::Address;
use crate::mailbox::WantedMailbox;
use crate::place::{Place, Problem, SourceFile};
use crate::tenant::Settings;

/// Reads the files with mailboxes.
///
/// Every mailbox is returned of which the address, the tenant and the kind are understood, even if there are problems
/// with it, so that its delegates can still be looked up; texts that could not be read are empty then, and delegates
/// that could not be read are left out. Whoever means to change something has to see to it that there are no problems.
pub fn mailboxes(files: &[SourceFile], settings: &Settings) -> (Vec<WantedMailbox>, Vec<Problem>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut reports: Vec<Report> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let mut report = Report::new(&file.name);
        if let Some(node) = parse::tree(file, &mut report) {
            if let Value::List(items) = &node.value {
                entries.extend(items.iter().map(|item| mailbox::read(item, index, settings, &mut report)));
            } else {
                report.say_with(
                    node.at,
                    format!("a file of mailboxes has to be a list, not {}", node.value.what()),
                    Some("begin every mailbox with a dash: `- address: …`".to_owned()),
                );
            }
        }
        reports.push(report);
    }
    compare(&entries, &mut reports);
    let problems = reports.into_iter().flat_map(Report::into_problems).collect();
    (entries.into_iter().filter_map(|entry| entry.mailbox).collect(), problems)
}

/// Reports what only shows when all entries are seen together.
fn compare(entries: &[Entry], reports: &mut [Report]) {
    let mut first: HashMap<&Address, Place> = HashMap::new();
    for entry in entries {
        let (Some((address, at)), Some(report)) = (&entry.address, reports.get_mut(entry.file)) else { continue };
        if let Some(place) = first.get(address) {
            report.say(*at, format!("the mailbox `{address}` is there twice; the first is at {place}"));
        } else {
            first.insert(address, report.place(*at));
        }
    }
    for entry in entries {
        let Some(report) = reports.get_mut(entry.file) else { continue };
        let own = entry.address.as_ref().map(|(address, _)| address);
        for (delegate, at) in &entry.delegates {
            // The mailbox as its own delegate has been reported already.
            if let Some(place) = first.get(delegate).filter(|_| own != Some(delegate)) {
                let message = format!("the delegate `{delegate}` is a service mailbox itself, at {place}");
                report.say_with(*at, message, Some("a delegate has to be a person".to_owned()));
            }
        }
    }
}
