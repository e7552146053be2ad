//! The README's table of dependencies: nothing is used that it does not give a reason for, and nothing is named that is not used.

use std::collections::BTreeSet;

use super::{Problem, layers};
use crate::workspace::Crate;

/// Where the table is.
pub(super) const FILE: &str = "README.md";

/// Every difference between the table and the crates' direct dependencies.
pub(super) fn check(readme: &str, crates: &[Crate]) -> Vec<Problem> {
    let rows = match layers::table(FILE, readme, "dependencies") {
        Ok(rows) => rows,
        Err(problem) => return vec![problem],
    };
    let mut in_table = BTreeSet::new();
    for row in rows {
        match layers::columns::<1>(FILE, &row) {
            Ok([names]) => in_table.extend(names),
            Err(problem) => return vec![problem],
        }
    }
    let ours: BTreeSet<&str> = crates.iter().map(|package| package.name.as_str()).collect();
    let used: BTreeSet<String> = crates
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.clone())
        .filter(|name| !ours.contains(name.as_str()))
        .collect();
    let unnamed =
        used.difference(&in_table).map(|name| format!("the table of dependencies gives no reason for `{name}`"));
    let unused =
        in_table.difference(&used).map(|name| format!("the table of dependencies names `{name}`, which no crate uses"));
    unnamed.chain(unused).map(|message| Problem::of_file(FILE, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    #[test]
    fn a_dependency_without_a_reason_and_a_reason_without_a_dependency_are_found() {
        let readme = "<!-- tidy:dependencies -->\n| crate | because |\n|---|---|\n| `serde` `gone` | files |\n<!-- tidy:end -->\n";
        let dependency = |name: &str| Dependency { name: name.to_owned(), only_tests: false };
        let crates = ["a", "b"].map(|name| Crate {
            name: name.to_owned(),
            version: String::new(),
            folder: name.into(),
            dependencies: vec![dependency("serde"), dependency("new"), dependency("a")],
        });
        let found: Vec<String> = check(readme, &crates).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "README.md: the table of dependencies gives no reason for `new`",
                "README.md: the table of dependencies names `gone`, which no crate uses",
            ]
        );
    }

    #[test]
    fn a_readme_without_the_table_is_no_pass() {
        assert_eq!(check("# Title\n", &[]).len(), 1);
    }
}
