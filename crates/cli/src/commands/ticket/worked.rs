//! What came of working on a ticket.

use serde::{Deserialize, Serialize};
use tripod_provisioner::Digest;
use tripod_tickets::desk::TicketId;
use tripod_tickets::ticket::TicketState;

use crate::exit::{CommandError, Exit};
use crate::screen::{BOLD, Screen};

/// What came of working on a ticket. It is kept for a second delivery of the same message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Worked {
    /// The ticket.
    pub ticket: TicketId,
    /// Where it stands.
    pub state: TicketState,
    /// What happened, in one sentence.
    pub message: String,
    /// More about it, a sentence each.
    pub details: Vec<String>,
    /// The exit status that follows from it.
    exit: u8,
}

impl Worked {
    pub(super) fn new(ticket: &TicketId, state: TicketState, exit: Exit, message: impl Into<String>) -> Self {
        Self { ticket: ticket.clone(), state, message: message.into(), details: Vec::new(), exit: exit as u8 }
    }

    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// How the command ends.
    pub(super) fn exit(&self) -> Exit {
        let all = [
            Exit::Done,
            Exit::ChangesPending,
            Exit::Findings,
            Exit::Refused,
            Exit::SetUp,
            Exit::Unavailable,
            Exit::Unconfirmed,
            Exit::Usage,
            Exit::File,
        ];
        all.into_iter().find(|exit| *exit as u8 == self.exit).unwrap_or(Exit::Unexpected)
    }

    /// Prints it; nothing of a ticket steers the terminal.
    pub(super) fn show(&self, screen: Screen) -> Result<(), CommandError> {
        let printable = |text: &str| tripod_tickets::text::printable(text, 500);
        let mut lines =
            vec![format!("{BOLD}{} {}:{BOLD:#} {}", self.ticket, self.state.word(), printable(&self.message))];
        lines.extend(digest(&self.state).map(|digest| format!("  plan {digest}")));
        lines.extend(self.details.iter().map(|detail| format!("  - {}", printable(detail))));
        screen.data(&lines.join("\n"))
    }
}

fn digest(state: &TicketState) -> Option<&Digest> {
    match state {
        TicketState::Planned { digest }
        | TicketState::Approved { digest, .. }
        | TicketState::Applying { digest, .. }
        | TicketState::Applied { digest }
        | TicketState::Failed { digest } => Some(digest),
        TicketState::Closed { digest } => digest.as_ref(),
        TicketState::Received | TicketState::Incomplete { .. } => None,
    }
}
