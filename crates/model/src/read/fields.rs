//! Taking known keys from a set of keys, and reporting all others.

use super::node::{Node, Spot, Value};
use super::report::{Report, did_you_mean, listed, printable};
use crate::suggest::closest;

/// A set of keys in which every key is known, and there once.
pub(super) struct Fields<'n> {
    /// What it is, in words for a message.
    what: String,
    at: Spot,
    entries: Vec<(&'n str, &'n Node, &'n Node)>,
    /// Known keys that an unknown one was probably meant to be; they are not reported as missing as well.
    meant: Vec<&'static str>,
    missing: Vec<&'static str>,
}

/// Whether keys may be repeated in messages. Around credentials somebody may have written a secret as a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    Keys,
    Nothing,
}

impl<'n> Fields<'n> {
    /// Looks at a node that has to be a set of keys. `what` names it in messages, e.g. `this mailbox`.
    pub(super) fn open(
        node: &'n Node,
        what: impl Into<String>,
        known: &[&'static str],
        echo: Echo,
        report: &mut Report,
    ) -> Option<Self> {
        let what = what.into();
        let Value::Mapping(pairs) = &node.value else {
            let message = format!("{what} has to be a set of keys, not {}", node.value.what());
            report.say_with(node.at, message, Some(format!("its keys are {}", listed(known))));
            return None;
        };
        let mut fields = Self { what, at: node.at, entries: Vec::new(), meant: Vec::new(), missing: Vec::new() };
        for (key, value) in pairs {
            fields.add(key, value, known, echo, report);
        }
        Some(fields)
    }

    fn add(&mut self, key: &'n Node, value: &'n Node, known: &[&'static str], echo: Echo, report: &mut Report) {
        let name = match &key.value {
            Value::Text(name) => name.as_str(),
            other => {
                report.say(key.at, format!("a key has to be a text, not {}", other.what()));
                return;
            }
        };
        if let Some((_, first, _)) = self.entries.iter().find(|(there, ..)| *there == name) {
            let message = format!("the key `{name}` is there twice; the first is in line {}", first.at.line);
            report.say_with(key.at, message, Some("remove one of them".to_owned()));
        } else if known.contains(&name) {
            self.entries.push((name, key, value));
        } else {
            let meant = known.iter().copied().find(|word| Some(*word) == closest(name, known.iter().copied()));
            self.meant.extend(meant);
            let help = did_you_mean(meant).or_else(|| Some(format!("the keys here are {}", listed(known))));
            let message = match echo {
                Echo::Keys => format!("{} has no key `{}`", self.what, printable(name)),
                Echo::Nothing => format!("{} has a key that is not known", self.what),
            };
            report.say_with(key.at, message, help);
        }
    }

    /// Where the set of keys begins.
    pub(super) fn at(&self) -> Spot {
        self.at
    }

    /// The value of a key that may be left out.
    pub(super) fn take(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(there, ..)| *there == name).map(|(_, _, value)| *value)
    }

    /// Where a key stands.
    pub(super) fn key_at(&self, name: &str) -> Option<Spot> {
        self.entries.iter().find(|(there, ..)| *there == name).map(|(_, key, _)| key.at)
    }

    /// Whether one of these was probably meant by a key that is not known.
    pub(super) fn any_meant(&self, names: &[&str]) -> bool {
        self.meant.iter().any(|meant| names.contains(meant))
    }

    /// The value of a key that has to be there. What is missing is reported by [`Self::close`], in one problem.
    pub(super) fn need(&mut self, name: &'static str) -> Option<&'n Node> {
        let value = self.take(name);
        if value.is_none() && !self.meant.contains(&name) {
            self.missing.push(name);
        }
        value
    }

    /// Reports the keys that were needed and are not there.
    pub(super) fn close(self, report: &mut Report) {
        match self.missing.as_slice() {
            [] => {}
            [one] => report.say(self.at, format!("{} needs the key `{one}`", self.what)),
            more => report.say(self.at, format!("{} needs the keys {}", self.what, listed(more))),
        }
    }
}
