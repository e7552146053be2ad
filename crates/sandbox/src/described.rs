//! Whether the state of the stand-in tenants was made from the description that the file has now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::description::Description;

/// The digest of each part of a description by its place, e.g. `tenants.juniper.people`.
pub(crate) type Parts = BTreeMap<String, String>;

/// The digest of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The parts of a description.
pub(crate) fn parts(description: &Description) -> Parts {
    let mut parts = Parts::new();
    // The description's own types always have a JSON form.
    let Ok(Value::Object(mut all)) = serde_json::to_value(description) else { return parts };
    if let Some(Value::Object(tenants)) = all.remove("tenants") {
        for (name, tenant) in tenants {
            let Value::Object(fields) = tenant else { continue };
            parts.extend(fields.iter().map(|(key, value)| (format!("tenants.{name}.{key}"), of(value))));
        }
    }
    parts.extend(all.iter().map(|(key, value)| (key.clone(), of(value))));
    parts
}

fn of(value: &Value) -> String {
    digest(value.to_string().as_bytes())
}

/// Where two descriptions differ, a tenant that only one of them has by its name alone.
pub(crate) fn differences(before: &Parts, now: &Parts) -> Vec<String> {
    let differ = before.keys().chain(now.keys()).filter(|place| before.get(*place) != now.get(*place));
    let tenant = |place: &str| place.split('.').take(2).collect::<Vec<_>>().join(".");
    let has = |parts: &Parts, of: &str| parts.keys().any(|place| tenant(place) == of);
    let named = differ.map(|place| {
        let of = tenant(place);
        if has(before, &of) && has(now, &of) { place.clone() } else { of }
    });
    named.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_of(text: &str) -> Parts {
        let head = "version: 1\nstarts: 2026-11-23T09:00:00Z\n";
        parts(&Description::read("sandbox.yaml", format!("{head}{text}").as_bytes()).unwrap())
    }

    const ONE: &str = "tenants:\n  a: {provider: google-workspace, domains: [a.test]}\n";

    #[test]
    fn the_same_content_in_another_form_is_no_difference() {
        let other =
            "# A comment.\ntenants:\n  a:\n    provider: google-workspace\n    domains:\n      - a.test\nseed: 0\n";
        assert_eq!(differences(&parts_of(ONE), &parts_of(other)), Vec::<String>::new());
    }

    #[test]
    fn what_differs_is_named_by_its_place() {
        let more = format!("seed: 4\n{}", ONE.replace("[a.test]", "[a.test], seats: 3"));
        assert_eq!(differences(&parts_of(ONE), &parts_of(&more)), ["seed", "tenants.a.seats"]);
        let two = format!("{ONE}  b: {{provider: microsoft-365, domains: [b.test]}}\n");
        assert_eq!(differences(&parts_of(ONE), &parts_of(&two)), ["tenants.b"]);
    }
}
