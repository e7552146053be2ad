//! Who may depend on whom: the tables of ARCHITECTURE.md, held against every Cargo.toml.
//!
//! The tables stand between HTML comments, so that people and this program read the same ones.

use std::collections::{BTreeMap, BTreeSet};

use super::Problem;
use crate::workspace::Crate;

/// Where the tables are.
pub(super) const FILE: &str = "ARCHITECTURE.md";

/// What the tables say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// For each crate of the workspace: which others it may use, and which of them in its tests only.
    layers: BTreeMap<String, Layer>,
    /// For each library named: the only crates that may use it.
    reserved: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Layer {
    always: BTreeSet<String>,
    in_tests: BTreeSet<String>,
}

impl Rules {
    /// Reads both tables.
    pub(super) fn read(architecture: &str) -> Result<Self, Problem> {
        let mut rules = Self::default();
        for row in table(FILE, architecture, "layers")? {
            let [crates, always, in_tests] = columns(FILE, &row)?;
            for name in crates {
                rules.layers.insert(name, Layer { always: always.clone(), in_tests: in_tests.clone() });
            }
        }
        for row in table(FILE, architecture, "reserved")? {
            let [libraries, crates] = columns(FILE, &row)?;
            for name in libraries {
                rules.reserved.insert(name, crates.clone());
            }
        }
        Ok(rules)
    }

    /// Every dependency that the tables do not allow, and every crate that they do not know.
    pub(super) fn check(&self, crates: &[Crate]) -> Vec<Problem> {
        let ours: BTreeSet<&str> = crates.iter().map(|package| package.name.as_str()).collect();
        let mut problems = Vec::new();
        for name in self.layers.keys().filter(|name| !ours.contains(name.as_str())) {
            problems
                .push(Problem::of_file(FILE, format!("the table of layers names `{name}`, which is no crate here")));
        }
        for package in crates {
            let file = package.folder.join("Cargo.toml");
            let Some(layer) = self.layers.get(&package.name) else {
                problems.push(Problem::of_file(FILE, format!("`{}` is missing in the table of layers", package.name)));
                continue;
            };
            for dependency in &package.dependencies {
                let name = dependency.name.as_str();
                if ours.contains(name)
                    && !layer.always.contains(name)
                    && !(dependency.only_tests && layer.in_tests.contains(name))
                {
                    let exception = if layer.in_tests.contains(name) { " outside its tests" } else { "" };
                    let message = format!("`{}` may not depend on `{name}`{exception} ({FILE})", package.name);
                    problems.push(Problem::of_file(&file, message));
                }
                if self.reserved.get(name).is_some_and(|allowed| !allowed.contains(&package.name)) {
                    let message = format!("`{name}` is not for `{}` ({FILE})", package.name);
                    problems.push(Problem::of_file(&file, message));
                }
            }
        }
        problems
    }
}

/// The rows of the table between `<!-- tidy:NAME -->` and `<!-- tidy:end -->`, without head and rule.
pub(super) fn table(file: &str, text: &str, name: &str) -> Result<Vec<String>, Problem> {
    let start = format!("<!-- tidy:{name} -->");
    let missing = |what: &str| Problem::of_file(file, format!("{what} for the table `{name}`"));
    let (_, rest) = text.split_once(&start).ok_or_else(|| missing(&format!("there is no `{start}`")))?;
    let (inside, _) = rest.split_once("<!-- tidy:end -->").ok_or_else(|| missing("there is no `<!-- tidy:end -->`"))?;
    let rows: Vec<String> =
        inside.lines().map(str::trim).filter(|line| line.starts_with('|')).skip(2).map(str::to_owned).collect();
    if rows.is_empty() { Err(missing("there are no rows")) } else { Ok(rows) }
}

/// The names in backticks of each column.
pub(super) fn columns<const N: usize>(file: &str, row: &str) -> Result<[BTreeSet<String>; N], Problem> {
    let cells: Vec<BTreeSet<String>> = row
        .trim_matches('|')
        .split('|')
        .take(N)
        .map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect())
        .collect();
    cells.try_into().map_err(|_| Problem::of_file(file, format!("a row with too few columns: {row}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    const TABLES: &str = "
<!-- tidy:layers -->
| crate | may use | in its tests also |
|---|---|---|
| `base` | – | – |
| `adapter` | `base` | `fake` |
| `fake` | `base` | – |
<!-- tidy:end -->
<!-- tidy:reserved -->
| library | only in |
|---|---|
| `anyhow`, `dialoguer` | `adapter` |
<!-- tidy:end -->
";

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Crate {
        let dependencies = dependencies
            .iter()
            .map(|(name, only_tests)| Dependency { name: (*name).to_owned(), only_tests: *only_tests });
        Crate {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            folder: name.into(),
            dependencies: dependencies.collect(),
        }
    }

    fn check(crates: &[Crate]) -> Vec<String> {
        Rules::read(TABLES).unwrap().check(crates).iter().map(ToString::to_string).collect()
    }

    fn all_but(changed: Crate) -> Vec<Crate> {
        let mut crates = vec![package("base", &[]), package("adapter", &[("base", false)]), package("fake", &[])];
        crates.retain(|package| package.name != changed.name);
        crates.push(changed);
        crates
    }

    #[test]
    fn what_the_table_allows_passes() {
        let adapter = package("adapter", &[("base", false), ("fake", true), ("anyhow", false), ("serde", false)]);
        assert_eq!(check(&all_but(adapter)), Vec::<String>::new());
    }

    #[test]
    fn a_dependency_upwards_is_found() {
        assert_eq!(
            check(&all_but(package("base", &[("adapter", false)]))),
            ["base/Cargo.toml: `base` may not depend on `adapter` (ARCHITECTURE.md)"]
        );
    }

    #[test]
    fn a_dependency_for_tests_only_is_not_one_for_the_program() {
        assert_eq!(
            check(&all_but(package("adapter", &[("fake", false)]))),
            ["adapter/Cargo.toml: `adapter` may not depend on `fake` outside its tests (ARCHITECTURE.md)"]
        );
    }

    #[test]
    fn a_reserved_library_is_found_elsewhere_even_in_tests() {
        assert_eq!(
            check(&all_but(package("fake", &[("anyhow", true)]))),
            ["fake/Cargo.toml: `anyhow` is not for `fake` (ARCHITECTURE.md)"]
        );
    }

    #[test]
    fn a_crate_that_the_table_does_not_know_and_one_that_is_gone_are_found() {
        let crates = [package("base", &[]), package("adapter", &[]), package("new", &[])];
        assert_eq!(
            check(&crates),
            [
                "ARCHITECTURE.md: the table of layers names `fake`, which is no crate here",
                "ARCHITECTURE.md: `new` is missing in the table of layers",
            ]
        );
    }

    #[test]
    fn a_page_without_the_tables_is_a_problem_and_no_pass() {
        assert!(Rules::read("# Architecture").is_err());
        assert!(Rules::read(&TABLES.replace("| `anyhow`, `dialoguer` | `adapter` |\n", "")).is_err());
        assert!(Rules::read(&TABLES.replace("<!-- tidy:end -->", "")).is_err());
    }
}
