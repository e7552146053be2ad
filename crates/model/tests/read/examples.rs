//! The example that ships with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tripod_model::{CheckId, Kind, Policy, Provider, SourceFile, read};

use crate::lines;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two-tenants")
}

fn source(name: &str) -> SourceFile {
    let bytes = std::fs::read(folder().join(name)).expect("a file of the example");
    SourceFile { name: name.to_owned(), bytes }
}

#[test]
fn the_example_reads_without_a_problem() {
    let (settings, problems) = read::settings(&source("tripod.yaml"));
    assert_eq!(lines(&problems), Vec::<String>::new());
    let settings = settings.expect("the example's settings");
    let files = ["juniper", "northwind"].map(|name| source(&format!("mailboxes/{name}.yaml")));
    let (mailboxes, problems) = read::mailboxes(&files, &settings);
    assert_eq!(lines(&problems), Vec::<String>::new());
    let made_of: BTreeSet<(Provider, Kind)> =
        mailboxes.iter().map(|mailbox| (settings.tenants[&mailbox.tenant].provider(), mailbox.kind)).collect();
    assert_eq!(made_of.len(), 4, "both kinds at both providers");
    assert!(mailboxes.len() >= 6);
}

#[test]
fn the_example_names_the_policy_that_ships_with_the_program() {
    let settings = read::settings(&source("tripod.yaml")).0.expect("the example's settings");
    let [(path, _)] = settings.policies.as_slice() else { panic!("one policy: {:?}", settings.policies) };
    let policy = source(path.to_str().expect("a path in UTF-8"));
    let (read, problems) = read::policy(&policy);
    assert_eq!(lines(&problems), Vec::<String>::new());
    let read = read.expect("the example's policy");
    for check in CheckId::ALL {
        assert_eq!(read.is_on(*check), check.on_by_default(), "{check}: a workspace without a policy has the same");
        assert_eq!(read.severity(*check), check.severity(), "{check}");
    }
    assert_eq!(Policy { checks: BTreeMap::new(), ..read }, Policy::default());
    let shipped = std::fs::read(folder().join("../../policies/baseline.yaml")).expect("the policy that ships");
    assert_eq!(policy.bytes, shipped, "the example has a copy of it");
}

#[test]
fn every_policy_that_ships_reads_without_a_problem() {
    let folder = folder().join("../../policies");
    let mut read = 0;
    for entry in std::fs::read_dir(&folder).expect("the policies that ship") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a policy that ships");
        let (policy, problems) = read::policy(&SourceFile { name: path.display().to_string(), bytes });
        assert_eq!(lines(&problems), Vec::<String>::new());
        assert!(policy.is_some());
        read += 1;
    }
    assert_eq!(read, 4);
}
