//! `sandbox.yaml` as a file: reading it, writing it, and its schema for editors.

use serde_yaml::{Budget, Options};

use crate::description::Description;

/// Why a `sandbox.yaml` cannot be used, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct DescriptionProblem {
    /// The file as the user knows it.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong, in one sentence.
    pub message: String,
}

impl Description {
    /// Reads the file's bytes.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, DescriptionProblem> {
        let problem =
            |line, column, message: String| DescriptionProblem { file: file.to_owned(), line, column, message };
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
            .map_err(|error| problem(1, 1, format!("the file is not UTF-8 from byte {} on", error.valid_up_to())))?;
        let description: Self = serde_yaml::from_str_with_options(text, options()).map_err(|error| {
            let place = error.location();
            let (line, column) = place.map_or((1, 1), |place| (place.line(), place.column()));
            // The parser's text repeats the place and may go on over several lines.
            let message = error.without_snippet().to_string();
            let message = message.lines().next().unwrap_or_default().to_owned();
            problem(line, column, message)
        })?;
        if description.version != 1 {
            return Err(problem(1, 1, format!("version {} is not known; write `version: 1`", description.version)));
        }
        Ok(description)
    }

    /// The file's text.
    pub fn to_yaml(&self) -> Result<String, serde_json::Error> {
        // Its own values are always YAML; the error type is the one that callers handle anyway.
        serde_yaml::to_string(self).map_err(serde::ser::Error::custom)
    }

    /// The JSON Schema of the file.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// An organisation of two hundred thousand people is a large file, and still a harmless one.
fn options() -> Options {
    let mut budget = Budget::default();
    budget.max_nodes = 10_000_000;
    budget.max_events = 20_000_000;
    budget.max_total_scalar_bytes = 512 * 1024 * 1024;
    serde_yaml::options! { budget: Some(budget), strict_booleans: true, with_snippet: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_named_with_its_place() {
        let text = "version: 1\nstarts: 2026-11-23T09:00:00Z\ntenants: {}\nfautls: []\n";
        let problem = Description::read("sandbox.yaml", text.as_bytes()).unwrap_err();
        assert_eq!((problem.line, problem.file.as_str()), (4, "sandbox.yaml"), "{problem}");
        assert!(problem.message.contains("fautls"), "{problem}");
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = "version: 1\nstarts: 2026-11-23T09:00:00Z\ntenants:\n  a: {provider: google-workspace, domains: [a.test]}\n";
        let description = Description::read("sandbox.yaml", text.as_bytes()).unwrap();
        let again = Description::read("sandbox.yaml", description.to_yaml().unwrap().as_bytes()).unwrap();
        assert_eq!(description, again);
    }
}
