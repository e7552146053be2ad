//! What is wrong with a request, in words for the person who made it.

use std::fmt;

use serde::Serialize;

use super::field::Key;

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RequestProblem {
    /// The label of the field, or nothing if it is the ticket as a whole.
    pub field: Option<&'static str>,
    /// What is wrong, in one sentence without a full stop. Nothing hidden is in it, but it may hold markup.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl RequestProblem {
    pub(crate) fn of(key: Key, message: impl Into<String>) -> Self {
        Self { field: Some(key.field().label), message: message.into(), help: None }
    }

    pub(crate) fn ticket(message: impl Into<String>) -> Self {
        Self { field: None, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Problems as a list in Markdown for the ticket, in which nothing foreign is markup.
#[must_use]
pub fn problems_markdown(problems: &[RequestProblem]) -> String {
    let mut text = String::from("This request is not complete yet. Please correct it here:\n\n");
    for problem in problems {
        text.push_str("- ");
        text.push_str(&crate::text::markdown(&problem.to_string()));
        text.push('\n');
    }
    text
}

impl fmt::Display for RequestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}
