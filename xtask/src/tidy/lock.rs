//! What may not come into `xtask` by any way, read from Cargo.lock: with a network stack it would take minutes to build.

use std::collections::{BTreeMap, BTreeSet};

use super::Problem;

const NETWORK: &[&str] = &["hyper", "reqwest", "ureq", "curl", "tokio", "rustls", "native-tls", "openssl", "isahc"];

/// Names every network crate below `xtask`, with the way to it.
pub(super) fn check(lock: &str) -> Vec<Problem> {
    let packages = packages(lock);
    let mut way_to: BTreeMap<&str, Vec<&str>> = BTreeMap::from([("xtask", vec!["xtask"])]);
    let mut next = vec!["xtask"];
    while let Some(name) = next.pop() {
        for dependency in packages.get(name).into_iter().flatten().copied() {
            if !way_to.contains_key(dependency) {
                let mut way = way_to.get(name).cloned().unwrap_or_default();
                way.push(dependency);
                way_to.insert(dependency, way);
                next.push(dependency);
            }
        }
    }
    if !packages.contains_key("xtask") {
        return vec![Problem::of_file("Cargo.lock", "`xtask` is not in it")];
    }
    let ways = NETWORK.iter().filter_map(|name| way_to.get(name));
    ways.map(|way| Problem::of_file("Cargo.lock", format!("xtask has a network dependency: {}", way.join(" → "))))
        .collect()
}

/// Each package's dependencies by name; two versions of one crate count as one.
fn packages(lock: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut packages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut current = None;
    for line in lock.lines() {
        if let Some(name) = line.strip_prefix("name = ") {
            let name = name.trim_matches('"');
            packages.entry(name).or_default();
            current = Some(name);
        } else if let (Some(name), Some(dependency)) = (current, line.strip_prefix(" \"")) {
            let dependency = dependency.split([' ', '"']).next().unwrap_or_default();
            packages.entry(name).or_default().insert(dependency);
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "clap"
version = "4.6.0"
dependencies = [
 "anstream",
]

[[package]]
name = "anstream"
version = "1.0.0"

[[package]]
name = "tokio"
version = "1.0.0"

[[package]]
name = "tripod"
version = "0.1.0"
dependencies = [
 "tokio",
]

[[package]]
name = "xtask"
version = "0.1.0"
dependencies = [
 "clap",
]
"#;

    #[test]
    fn what_others_depend_on_does_not_count() {
        assert_eq!(check(LOCK), []);
    }

    #[test]
    fn a_network_crate_is_found_however_deep_and_whichever_version() {
        let lock = LOCK.replace(
            "name = \"anstream\"\nversion = \"1.0.0\"",
            "name = \"anstream\"\ndependencies = [\n \"tokio 1.0.0\",\n]",
        );
        let found: Vec<String> = check(&lock).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["Cargo.lock: xtask has a network dependency: xtask → clap → anstream → tokio"]);
    }

    #[test]
    fn a_lock_file_in_an_unknown_form_is_no_pass() {
        assert_eq!(check("{}").len(), 1);
    }
}
