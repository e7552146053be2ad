//! The port to a desk: where tickets come from and what is written back.

mod answers;
mod file;
mod id;

use async_trait::async_trait;

pub(crate) use answers::account;
pub use answers::{Answers, Given, PassedOver, Says, Shown, Uncounted};
pub use file::FileDesk;
pub use id::{NotATicketId, TicketId};

use crate::request::Source;

/// A ticket as a desk shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// How its text is to be read.
    pub source: Source,
    /// Its text, hostile until [`crate::request::read`] has judged it.
    pub bytes: Vec<u8>,
    /// Whether it is open.
    pub open: bool,
    /// The desk's id of the account that opened it, where the desk has accounts.
    pub opener: Option<String>,
}

/// What went wrong at a desk.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such ticket.
    #[error("there is no ticket {0}")]
    Missing(TicketId),
    /// The desk refused, for want of a permission or because of what it was given.
    #[error("the desk refused to {operation}: {reason}")]
    Refused {
        /// What was being done.
        operation: String,
        /// Why.
        reason: String,
    },
    /// The desk could not be reached or asked to wait; trying again may help.
    #[error("the desk could not be asked to {operation}: {reason}")]
    Unavailable {
        /// What was being done.
        operation: String,
        /// Why.
        reason: String,
    },
    /// The desk's answer cannot be believed.
    #[error("what the desk answered to {operation} cannot be read: {reason}")]
    Invalid {
        /// What was being done.
        operation: String,
        /// Why.
        reason: String,
    },
}

/// A desk: where requests come in, are approved, and get their answer.
///
/// Everything that writes is idempotent: saying the same again changes nothing.
#[async_trait]
pub trait Desk: Send + Sync {
    /// The name of the desk in stores and messages, e.g. `file`.
    fn name(&self) -> &str;

    /// The open tickets, all pages of them.
    async fn tickets(&self) -> Result<Vec<TicketId>, DeskError>;

    /// A ticket.
    async fn read(&self, ticket: &TicketId) -> Result<Ticket, DeskError>;

    /// Replaces the one living comment of a ticket, or writes it if there is none. `markdown` has nothing foreign in
    /// it that is markup. Gives the comment as the desk then has it, if the desk tells.
    async fn comment(&self, ticket: &TicketId, markdown: &str) -> Result<Option<Shown>, DeskError>;

    /// What people have answered to a ticket: the approvals of those whom the desk vouches for, and what looks like an
    /// approval and is none.
    async fn answers(&self, ticket: &TicketId) -> Result<Answers, DeskError>;

    /// Closes a ticket with a last word for the requester. Closing a closed ticket changes nothing.
    async fn close(&self, ticket: &TicketId, markdown: &str) -> Result<(), DeskError>;
}
