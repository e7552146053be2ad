//! Reading tickets. What they hold is hostile text: it is bounded before it is looked at, and every field is judged.

mod github;
mod jira;
mod json;
mod servicenow;
mod template;

use serde_json::Value;

use super::fields::Texts;
use super::problem::RequestProblem;
use super::{Draft, Request, strict_json};

/// The largest plain text that is read; GitHub takes no longer issues.
const LARGEST_TEXT: usize = 256 * 1024;

/// Where a ticket comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// GitHub: the Markdown that an issue form makes, or the JSON of an issue from REST or a webhook.
    GitHub,
    /// Jira Service Management: the JSON of an issue (with `expand=names`) or of a customer request.
    Jira,
    /// ServiceNow: the JSON of a requested item with its variables, or of the variables alone.
    ServiceNow,
    /// The request's own schema as JSON.
    Json,
    /// The plain e-mail or Markdown template.
    Template,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::GitHub, Self::Jira, Self::ServiceNow, Self::Json, Self::Template];

    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Jira => "jira",
            Self::ServiceNow => "servicenow",
            Self::Json => "json",
            Self::Template => "template",
        }
    }
}

/// Reads a ticket: the request, or all that is wrong with it in words for the requester.
///
/// Time and memory are bounded whatever the bytes are. Whether the people and domains are ours,
/// [`Draft::validate`] tells.
pub fn read(from: Source, bytes: &[u8]) -> Result<Request, Vec<RequestProblem>> {
    draft(from, bytes).complete()
}

/// Reads a ticket as far as it can be read, with all that is wrong with it so far.
#[must_use]
pub fn draft(from: Source, bytes: &[u8]) -> Draft {
    let mut texts = Texts::default();
    let found = match from {
        Source::GitHub => github::texts(bytes, &mut texts),
        Source::Jira => json_of(bytes).and_then(|value| jira::texts(&value, &mut texts)),
        Source::ServiceNow => json_of(bytes).and_then(|value| servicenow::texts(&value, &mut texts)),
        Source::Json => json_of(bytes).and_then(|value| json::texts(&value, &mut texts)),
        Source::Template => plain(bytes).map(|text| template::texts(text, &mut texts)),
    };
    match found {
        Ok(()) => texts.into_draft(),
        Err(message) => Draft::unreadable(message),
    }
}

fn json_of(bytes: &[u8]) -> Result<Value, String> {
    strict_json::parse(bytes)
}

/// The bytes as text of bounded size.
fn plain(bytes: &[u8]) -> Result<&str, String> {
    if bytes.len() > LARGEST_TEXT {
        return Err(format!("the ticket has more than {} KiB", LARGEST_TEXT / 1024));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| "the ticket is not UTF-8".to_owned())
}
