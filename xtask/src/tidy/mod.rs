//! The repository's own rules. Each is a function over plain values, with tests that show that it can fail.

mod dependencies;
mod layers;
mod links;
mod lock;
mod sources;

use std::fmt;
use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// Where, relative to the root.
    pub(crate) file: PathBuf,
    /// The line from 1, where there is one to point at.
    pub(crate) line: Option<usize>,
    /// What is wrong.
    pub(crate) message: String,
}

impl Problem {
    fn of_file(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, message: message.into() }
    }

    fn at(file: impl Into<PathBuf>, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// All problems at once, sorted by file and line.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Problem>> {
    let architecture = workspace.read(layers::FILE)?;
    let mut problems = Vec::new();
    match layers::Rules::read(&architecture) {
        Ok(rules) => problems.extend(rules.check(&workspace.crates)),
        Err(problem) => problems.push(problem),
    }
    problems.extend(dependencies::check(&workspace.read(dependencies::FILE)?, &workspace.crates));
    problems.extend(lock::check(&workspace.read("Cargo.lock")?));
    for package in &workspace.crates {
        problems.extend(sources::check_crate(workspace, package)?);
    }
    let files = workspace.files("")?;
    for file in files.iter().filter(|file| sources::is_text(file)) {
        match workspace.read(file) {
            Ok(text) => {
                problems.extend(sources::check_text(file, &text));
                problems.extend(links::check(&workspace.root, file, &text));
            }
            // An example of a broken file may well not be UTF-8; then there are no lines to look at.
            Err(_) if file.starts_with("tests") || file.starts_with("examples") => {}
            Err(error) => problems.push(Problem::of_file(file, format!("{error:#}"))),
        }
    }
    problems.sort();
    problems.dedup();
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_its_own_rules() {
        let problems = check(&Workspace::find().unwrap()).unwrap();
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "\n{}\n", lines.join("\n"));
    }
}
