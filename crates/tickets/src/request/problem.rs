//! What is wrong with a request, in words for the person who made it.

use std::fmt::{self, Write as _};

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
        text.push_str(&crate::text::message(&problem.to_string()));
        text.push('\n');
    }
    text
}

/// That a request can be worked on, in Markdown for the ticket. `checked` says whether the domains were looked at.
#[must_use]
pub fn confirmation_markdown(request: &super::Request, checked: bool) -> String {
    use crate::text::markdown;
    let people: Vec<String> = request.people.iter().map(|person| markdown(person.as_str())).collect();
    let mut text = format!(
        "Thank you, this request is complete.\n\n- Mailbox: {}\n- Purpose: {}\n- App: {}\n- People: {}\n",
        markdown(request.mailbox.as_str()),
        markdown(&request.purpose),
        markdown(&request.app),
        people.join(", ")
    );
    if let Some(day) = request.needed_by {
        let _ = writeln!(text, "- Needed by: {day}");
    }
    text.push_str(if checked {
        "\nA plan follows, which has to be approved.\n"
    } else {
        "\nWhether the addresses are in the organisation's domains is checked later.\n"
    });
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
