//! Where a secret is kept: a file, an environment variable, or the keychain.

use super::super::fields::{Echo, Fields};
use super::super::node::{Node, Value};
use super::super::report::Report;
use super::super::{is_unprintable, scalar};
use crate::tenant::SecretSource;

/// The longest path or name; longer texts are more likely keys.
const LONGEST: usize = 1024;
const KINDS: [&str; 3] = ["path", "env", "keychain"];

/// Where a secret is kept: `{path: FILE}`, `{env: VARIABLE}` or `{keychain: NAME}`.
pub(super) fn source(node: &Node, key: &str, report: &mut Report) -> Option<SecretSource> {
    let forms = format!("write `{key}: {{path: FILE}}`, `{key}: {{env: VARIABLE}}` or `{key}: {{keychain: NAME}}`");
    if matches!(node.value, Value::Text(_) | Value::Number(_)) {
        let message = format!("`{key}` has to say where the secret is kept; a secret must not stand in this file");
        report.say_with(node.at, message, Some(format!("{forms}; if it was a secret, replace it")));
        return None;
    }
    let fields = Fields::open(node, format!("`{key}`"), &KINDS, Echo::Nothing, report)?;
    match (fields.take("path"), fields.take("env"), fields.take("keychain")) {
        (Some(path), None, None) => path_of(path, report).map(|path| SecretSource::Path(path.into())),
        (None, Some(variable), None) => variable_of(variable, report).map(SecretSource::Env),
        (None, None, Some(entry)) => entry_of(entry, report).map(SecretSource::Keychain),
        (None, None, None) => {
            if !fields.any_meant(&KINDS) {
                report.say_with(fields.at(), format!("`{key}` does not say where the secret is kept"), Some(forms));
            }
            None
        }
        _ => {
            report.say_with(fields.at(), format!("`{key}` names more than one place"), Some(forms));
            None
        }
    }
}

fn path_of<'n>(node: &'n Node, report: &mut Report) -> Option<&'n str> {
    let path = scalar::text(node, "path", report)?;
    let sound = is_a_name(path) && !path.trim_start().starts_with('{');
    if !sound {
        let help = "write the path of a file, relative to this one's folder; if it was a secret, replace it".to_owned();
        report.say_with(node.at, "`path` is not the path of a file", Some(help));
    }
    sound.then_some(path)
}

fn variable_of(node: &Node, report: &mut Report) -> Option<String> {
    let name = scalar::text(node, "env", report)?;
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= LONGEST
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !sound {
        let help = "write the variable's name in letters, digits and `_`; if it was a secret, replace it".to_owned();
        report.say_with(node.at, "`env` is not the name of an environment variable", Some(help));
    }
    sound.then(|| name.to_owned())
}

/// The name of an entry in the keychain. It is kept short, so that it can hardly be the secret itself.
fn entry_of(node: &Node, report: &mut Report) -> Option<String> {
    const LONGEST_ENTRY: usize = 64;
    let name = scalar::text(node, "keychain", report)?;
    let sound = is_a_name(name)
        && name.len() <= LONGEST_ENTRY
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@/".contains(c));
    if !sound {
        let help = "write the entry's name in letters, digits and `-_.@/`; if it was a secret, replace it".to_owned();
        report.say_with(node.at, "`keychain` is not the name of an entry", Some(help));
    }
    sound.then(|| name.to_owned())
}

fn is_a_name(text: &str) -> bool {
    !text.trim().is_empty()
        && text.len() <= LONGEST
        && !text.contains("-----BEGIN")
        && !text.chars().any(is_unprintable)
}
