//! How Tripod proves who it is: where a secret is kept, never the secret.
//!
//! No message of this module repeats what stands in the file, for it could be the secret itself.

mod google;
mod microsoft;
mod source;

pub(super) use google::google;
pub(super) use microsoft::microsoft;

use super::fields::Fields;
use super::node::{Node, Value};
use super::report::{Report, listed};

/// The one key that says how an identity signs in. None and several are both reported.
fn only_one(fields: &Fields<'_>, ways: &[&'static str], report: &mut Report) -> Option<&'static str> {
    let there: Vec<&'static str> = ways.iter().copied().filter(|way| fields.take(way).is_some()).collect();
    match there.as_slice() {
        [one] => Some(one),
        [] => {
            if !fields.any_meant(ways) {
                report.say(fields.at(), format!("this identity needs one of {}", listed(ways)));
            }
            None
        }
        [.., last] => {
            let at = fields.key_at(last).unwrap_or(fields.at());
            report.say(at, format!("this identity has {}, and needs only one of them", listed(&there)));
            None
        }
    }
}

/// A way that has nothing to say but that it is this one: `true`.
fn chosen(node: &Node, key: &str, report: &mut Report) -> bool {
    let is_true = matches!(node.value, Value::Truth(true));
    if !is_true {
        report.say_with(node.at, format!("`{key}` can only be `true`"), Some("or leave it out".to_owned()));
    }
    is_true
}
