//! How a file looks: size, whitespace, what opens a crate, and names that some crates must not know.

use std::path::Path;

use anyhow::Result;

use super::Problem;
use crate::workspace::{Crate, Workspace};

/// A longer file holds more than one concern.
const LONGEST: usize = 500;

/// Files that may be longer, each with its reason. None is the right number.
const MAY_BE_LONGER: &[(&str, &str)] = &[];

/// Names that a crate's sources must not contain, each with its reason. Comments may, and tests may do I/O.
const FORBIDDEN_NAMES: &[(&str, &str, &str)] = &[
    ("crates/verifier/src", "TenantWriter", "the verifier only reads"),
    ("crates/verifier/src", "tripod_tenant::writer", "the verifier only reads"),
    ("crates/verifier/src", "tripod_tenant::*", "a glob would bring in TenantWriter"),
    ("crates/model/src", "std::fs", "the model does no I/O"),
    ("crates/model/src", "std::net", "the model does no I/O"),
];

/// The endings of the files that people write by hand here.
const TEXT: &[&str] = &["rs", "md", "toml", "yaml", "yml", "py", "sh", "txt", "json"];

/// Whether the rules on text look at this file.
pub(super) fn is_text(file: &Path) -> bool {
    file.extension().is_some_and(|end| TEXT.iter().any(|text| end == *text)) || file.ends_with(".ci/run")
}

/// The rules on one file.
pub(super) fn check_text(file: &Path, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        if line.ends_with('\r') {
            problems.push(Problem::at(file, number, "a carriage return at the end of the line"));
        } else if line.ends_with([' ', '\t']) {
            problems.push(Problem::at(file, number, "whitespace at the end of the line"));
        }
        if line.contains('\t') {
            problems.push(Problem::at(file, number, "a tab"));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        problems.push(Problem::of_file(file, "no line end at the end of the file"));
    }
    if file.extension().is_some_and(|end| end == "rs") {
        problems.extend(check_size(file, text.lines().count()));
        problems.extend(check_names(file, text));
    }
    problems
}

fn check_size(file: &Path, lines: usize) -> Option<Problem> {
    let excepted = MAY_BE_LONGER.iter().any(|(name, _)| file == Path::new(name));
    (lines > LONGEST && !excepted)
        .then(|| Problem::of_file(file, format!("{lines} lines, more than {LONGEST}: would two files serve better?")))
}

fn check_names(file: &Path, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (folder, name, reason) in FORBIDDEN_NAMES {
        let in_test = file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
        if !file.starts_with(folder) || (in_test && name.starts_with("std::")) {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains(name) {
                problems.push(Problem::at(file, number, format!("names `{name}`: {reason}")));
            }
        }
    }
    problems
}

/// The rules on a crate: it says what it is for, and takes the workspace's lints.
pub(super) fn check_crate(workspace: &Workspace, package: &Crate) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for root in ["src/lib.rs", "src/main.rs"] {
        let file = package.folder.join(root);
        if workspace.root.join(&file).is_file() {
            problems.extend(check_opening(&file, &workspace.read(&file)?));
        }
    }
    let manifest = package.folder.join("Cargo.toml");
    problems.extend(check_lints(&manifest, &workspace.read(&manifest)?));
    Ok(problems)
}

fn check_opening(file: &Path, text: &str) -> Option<Problem> {
    let opening = text.lines().next().unwrap_or_default();
    let says_nothing = !opening.starts_with("//! ") || opening.contains("Placeholder");
    says_nothing.then(|| Problem::at(file, 1, "does not begin with a `//!` that says what the crate is for"))
}

fn check_lints(manifest: &Path, text: &str) -> Option<Problem> {
    (!text.contains("[lints]\nworkspace = true"))
        .then(|| Problem::of_file(manifest, "does not take the workspace's lints (`[lints] workspace = true`)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(file: &str, text: &str) -> Vec<String> {
        check_text(Path::new(file), text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_clean_file_has_no_problem() {
        assert_eq!(
            messages("crates/verifier/src/lib.rs", "//! Cannot name TenantWriter.\nuse a::b;\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn whitespace_is_told_with_its_line() {
        assert_eq!(
            messages("a.md", "one \n\ttwo\nthree\r\nfour"),
            [
                "a.md:1: whitespace at the end of the line",
                "a.md:2: a tab",
                "a.md:3: a carriage return at the end of the line",
                "a.md: no line end at the end of the file",
            ]
        );
    }

    #[test]
    fn the_five_hundred_and_first_line_is_one_too_many() {
        assert_eq!(messages("a.rs", &"x\n".repeat(LONGEST)), Vec::<String>::new());
        assert_eq!(messages("a.md", &"x\n".repeat(LONGEST + 1)), Vec::<String>::new());
        assert_eq!(
            messages("a.rs", &"x\n".repeat(LONGEST + 1)),
            ["a.rs: 501 lines, more than 500: would two files serve better?"]
        );
    }

    #[test]
    fn the_verifier_cannot_name_the_writer_but_others_can() {
        let text = "use tripod_tenant::{TenantReader, TenantWriter};\n";
        assert_eq!(
            messages("crates/verifier/src/check.rs", text),
            ["crates/verifier/src/check.rs:1: names `TenantWriter`: the verifier only reads"]
        );
        assert_eq!(messages("crates/provisioner/src/apply.rs", text), Vec::<String>::new());
    }

    #[test]
    fn the_model_reads_no_file_but_its_tests_do() {
        let text = "let text = std::fs::read_to_string(path)?;\n";
        assert_eq!(
            messages("crates/model/src/settings.rs", text),
            ["crates/model/src/settings.rs:1: names `std::fs`: the model does no I/O"]
        );
        assert_eq!(messages("crates/model/src/schema/tests.rs", text), Vec::<String>::new());
    }

    #[test]
    fn a_crate_that_does_not_say_what_it_is_for_is_found() {
        assert!(check_opening(Path::new("lib.rs"), "use a;\n").is_some());
        assert!(check_opening(Path::new("lib.rs"), "//! Placeholder while the workspace is laid out.\n").is_some());
        assert!(check_opening(Path::new("lib.rs"), "//! What is wanted.\n").is_none());
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_found() {
        assert!(check_lints(Path::new("Cargo.toml"), "[package]\nname = \"a\"\n").is_some());
        assert!(check_lints(Path::new("Cargo.toml"), "[package]\n\n[lints]\nworkspace = true\n").is_none());
    }
}
