//! What people have answered at a desk: what may count as an approval, and what was passed over and why.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tripod_model::Address;
use tripod_provisioner::Digest;

use crate::text::printable;

/// How much of a name is shown.
const LONGEST_NAME: usize = 80;

/// What people have answered to a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// What is an approval at this desk, in the order of [`Given`].
    pub given: Vec<Given>,
    /// What looks like one and is none.
    pub passed_over: Vec<PassedOver>,
    /// The living comment as the desk has it now; nothing if there is none, or the desk does not tell.
    pub shown: Option<Shown>,
}

/// An approval that the desk vouches for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// Who.
    pub by: Address,
    /// The desk's own id of their account.
    pub account: String,
    /// When.
    pub at: Timestamp,
    /// What they approve.
    pub says: Says,
}

/// What an approval is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// Of the plan that it names.
    Names(Digest),
    /// Of what the living comment showed: by the desk's own feature, which names no plan. It cannot have been given
    /// before this time of the desk's clock.
    NotBefore(Timestamp),
}

/// The living comment as a desk has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Shown {
    /// When it was last changed, by the desk's clock.
    pub at: Timestamp,
    /// What is another one whenever the comment is changed, by anyone.
    pub mark: String,
}

/// Something that looks like an approval and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// What, and whose: «the comment of @lee».
    pub what: String,
    /// When, by the desk's clock.
    pub at: Option<Timestamp>,
    /// Why it does not count, and what to do.
    pub why: Uncounted,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{} of {} does not count: {}", self.what, at.strftime("%F %H:%M UTC"), self.why),
            None => write!(f, "{} does not count: {}", self.what, self.why),
        }
    }
}

/// Why something is no approval, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uncounted {
    /// The line stands in it, beside something else.
    #[error("it says more than the line; an approval is a new comment with the line alone")]
    More,
    /// The line is in code, in a quotation, struck through, hidden, or otherwise not plain text.
    #[error(
        "the line in it is marked up, e.g. as code or as a quotation; an approval is the line alone, in plain text"
    )]
    Marked,
    /// It has characters that are not seen.
    #[error("it has characters that cannot be seen; copy the line anew, in plain text")]
    Hidden,
    /// It is meant as a yes and does not name the plan as it has to.
    #[error("it is not the line to copy, with all 64 digits of the plan; an approval is that line alone")]
    NotTheLine,
    /// It was changed after it was written.
    #[error("it was edited; an approval is a new comment that nobody edits")]
    Edited,
    /// Its author went on writing.
    #[error(
        "its author wrote something else afterwards; if the approval still holds, write the line again as the last comment"
    )]
    NotTheLastWord,
    /// A program wrote it.
    #[error("a program wrote it, not a person; an approval is written by the approver")]
    Program,
    /// The account is deactivated at the desk.
    #[error("the account is deactivated at the desk; another approver has to approve")]
    Deactivated,
    /// The account is a customer's, who says of themselves who they are.
    #[error(
        "the account is a customer's, whose address is what they say of themselves; add the account to people in desk.yaml if it is an approver's"
    )]
    Customer,
    /// Nobody knows whose address the account has.
    #[error("the desk does not show the address of this account; add the account to people in desk.yaml")]
    NoAddress,
    /// The account is not in the settings, which alone say whose it is at this desk.
    #[error("the account is not in desk.yaml; add it to people there if it is an approver's")]
    NotInPeople,
    /// Another account than the approver's own gave it.
    #[error("another account than the approver's own changed it last; the approver has to approve it in person")]
    OnBehalf,
    /// The same person says no as well.
    #[error("the same person answered with a no as well; take one of the two back")]
    Both,
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

/// An account in words: the name that people see, and the id by which it is known for certain.
pub(crate) fn account(name: Option<&str>, id: &str) -> String {
    let id = if id.is_empty() { "an account that is no longer there".to_owned() } else { printable(id, LONGEST_NAME) };
    match name.filter(|name| !name.is_empty() && *name != id) {
        Some(name) => format!("{} (account {id})", printable(name, LONGEST_NAME)),
        None => id,
    }
}
