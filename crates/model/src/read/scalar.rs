//! Single values: texts, words from a list, numbers, addresses.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::node::{Node, Spot, Value};
use super::report::{Report, did_you_mean, is_unprintable, listed, printable};
use crate::address::Address;
use crate::suggest::closest;
use crate::zone::parse_day;

/// A text, as it stands there. `key` names the value in messages.
pub(super) fn text<'n>(node: &'n Node, key: &str, report: &mut Report) -> Option<&'n str> {
    match &node.value {
        Value::Text(text) => Some(text),
        Value::Nothing => {
            report.say(node.at, format!("`{key}` has no value"));
            None
        }
        other => {
            let quotes = matches!(other, Value::Number(_) | Value::Truth(_)).then(|| "write it in quotes".to_owned());
            report.say_with(node.at, format!("`{key}` has to be a text, not {}", other.what()), quotes);
            None
        }
    }
}

/// A text for people: not empty, on one line, of no more than so many characters, nothing invisible in it.
pub(super) fn sentence(node: &Node, key: &str, longest: usize, report: &mut Report) -> Option<String> {
    let text = text(node, key, report)?.trim();
    let length = text.chars().count();
    if text.is_empty() {
        report.say(node.at, format!("`{key}` is empty"));
    } else if text.contains(['\n', '\r']) {
        report.say_with(
            node.at,
            format!("`{key}` has to be on one line"),
            Some("in YAML, `>-` instead of `|` folds lines into one".to_owned()),
        );
    } else if let Some(character) = text.chars().find(|character| is_unprintable(*character)) {
        let code = u32::from(character);
        report.say(node.at, format!("`{key}` has the invisible character U+{code:04X} in it"));
    } else if length > longest {
        report.say(node.at, format!("`{key}` has {length} characters, and no more than {longest} are possible"));
    } else {
        return Some(text.to_owned());
    }
    None
}

/// One of a few words.
pub(super) fn word<T: Copy>(node: &Node, key: &str, words: &[(&'static str, T)], report: &mut Report) -> Option<T> {
    let text = text(node, key, report)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let help = did_you_mean(closest(text, known.iter().copied()))
            .or_else(|| Some(format!("write one of {}", listed(&known))));
        report.say_with(node.at, format!("`{key}` cannot be `{}`", printable(text)), help);
    }
    found
}

/// `true` or `false`.
pub(super) fn truth(node: &Node, key: &str, report: &mut Report) -> Option<bool> {
    if let Value::Truth(truth) = node.value {
        return Some(truth);
    }
    report.say(node.at, format!("`{key}` has to be `true` or `false`"));
    None
}

/// A whole number within bounds.
pub(super) fn number(node: &Node, key: &str, least: usize, most: usize, report: &mut Report) -> Option<usize> {
    within(node, key, least..=most, None, report)
}

/// A whole number within bounds, with what helps somebody whose number is outside of them.
pub(super) fn number_of(
    node: &Node,
    key: &str,
    bounds: RangeInclusive<usize>,
    help: &str,
    report: &mut Report,
) -> Option<usize> {
    within(node, key, bounds, Some(help), report)
}

fn within(
    node: &Node,
    key: &str,
    bounds: RangeInclusive<usize>,
    help: Option<&str>,
    report: &mut Report,
) -> Option<usize> {
    let number = match &node.value {
        Value::Number(number) => number,
        other => {
            report.say(node.at, format!("`{key}` has to be a number, not {}", other.what()));
            return None;
        }
    };
    let parsed = number.parse().ok().filter(|number| bounds.contains(number));
    if parsed.is_none() {
        let (least, most) = (bounds.start(), bounds.end());
        let bounds = if least == most { least.to_string() } else { format!("a whole number from {least} to {most}") };
        let message = format!("`{key}` is {number}, and has to be {bounds}");
        report.say_with(node.at, message, help.map(str::to_owned));
    }
    parsed
}

/// The items of a list, or nothing where it is no list.
pub(super) fn list<'n>(node: &'n Node, key: &str, report: &mut Report) -> Option<&'n [Node]> {
    if let Value::List(items) = &node.value {
        return Some(items);
    }
    report.say_with(
        node.at,
        match node.value {
            Value::Nothing => format!("`{key}` has no value"),
            ref other => format!("`{key}` has to be a list, not {}", other.what()),
        },
        Some(format!("write `{key}: [one, another]`, or each on a line of its own after a dash")),
    );
    None
}

/// An address.
pub(super) fn address(node: &Node, key: &str, report: &mut Report) -> Option<Address> {
    match text(node, key, report)?.parse() {
        Ok(address) => Some(address),
        Err(error) => {
            report.say(node.at, error.to_string());
            None
        }
    }
}

/// A GUID in lower case. What stands there instead is not repeated: it could be a secret in the wrong place.
pub(super) fn guid(node: &Node, key: &str, report: &mut Report) -> Option<String> {
    let text = text(node, key, report)?;
    let groups: Vec<&str> = text.split('-').collect();
    let sound = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.chars().all(|c| c.is_ascii_hexdigit()));
    if !sound {
        let form = "a GUID is 32 hexadecimal digits in five groups, 01234567-89ab-cdef-0123-456789abcdef";
        report.say_with(node.at, format!("`{key}` is not a GUID"), Some(form.to_owned()));
    }
    sound.then(|| text.to_ascii_lowercase())
}

/// A day.
pub(super) fn day(node: &Node, key: &str, report: &mut Report) -> Option<Date> {
    let text = text(node, key, report)?;
    let day = parse_day(text);
    if day.is_none() {
        let message = format!("`{key}` is `{}`, which is not a day", printable(text));
        report.say_with(node.at, message, Some("write year, month and day as 2026-12-31".to_owned()));
    }
    day
}

/// A path, with the place of its value.
pub(super) fn path(node: &Node, key: &str, report: &mut Report) -> Option<(std::path::PathBuf, Spot)> {
    sentence(node, key, 4096, report).map(|path| (path.into(), node.at))
}
