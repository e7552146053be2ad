//! The id of a ticket, safe in a path and in a URL.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of a ticket at its desk, e.g. `IT-7` or `RITM0010001`.
///
/// An invariant of this type is that it has letters, digits, `-` and `_` only, at most 64 of them, and begins with a
/// letter or digit: it is one segment of a path or a URL and no option of a command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketId(String);

/// A text is not the id of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a ticket; it has letters, digits, - and _ only")]
pub struct NotATicketId(String);

impl TicketId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TicketId {
    type Err = NotATicketId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins_well && text.len() <= 64 && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotATicketId(crate::text::printable(text, 80)))
        }
    }
}

impl TryFrom<String> for TicketId {
    type Error = NotATicketId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TicketId> for String {
    fn from(id: TicketId) -> Self {
        id.0
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
