//! Which of the comments on a ticket approve its plan. The same for every desk.

use jiff::Timestamp;
use tripod_model::Address;

use super::text::Reading;
use crate::desk::{Answers, Given, PassedOver, Says, Uncounted};

/// A comment that is not our own, in the order of writing.
pub(super) struct Remark {
    /// The desk's id of the author's account.
    pub(super) account: String,
    /// What messages call it: «the comment of @lee».
    pub(super) what: String,
    /// When it was written.
    pub(super) at: Timestamp,
    /// What it says.
    pub(super) reading: Reading,
    /// Why it counts for nothing whatever it says.
    pub(super) spoilt: Option<Uncounted>,
    /// Whose address the account has, or why that is not known.
    pub(super) by: Result<Address, Uncounted>,
}

/// Sorts comments into approvals and those that only look like one. A person's last comment is their word: what they
/// approved before it counts no longer, because nobody can tell a «thank you» from a «no, wait».
pub(super) fn sort_out(remarks: &[Remark]) -> Answers {
    let mut answers = Answers::default();
    for (place, remark) in remarks.iter().enumerate() {
        let digest = match &remark.reading {
            Reading::Nothing => continue,
            Reading::Meant(why) => Err(why.clone()),
            Reading::Approves(digest) => Ok(digest.clone()),
        };
        let later = remarks[place + 1..].iter().filter(|later| later.account == remark.account);
        let outdated =
            later.clone().any(|later| !matches!(later.reading, Reading::Approves(_)) || later.spoilt.is_some());
        let judged = match (&remark.spoilt, digest) {
            (Some(why), _) => Err(why.clone()),
            (None, Err(why)) => Err(why),
            (None, Ok(_)) if outdated => Err(Uncounted::NotTheLastWord),
            (None, Ok(digest)) => remark.by.clone().map(|by| (by, digest)),
        };
        match judged {
            Ok((by, digest)) => {
                let (account, at) = (remark.account.clone(), remark.at);
                answers.given.push(Given { by, account, at, says: Says::Names(digest) });
            }
            Err(why) => answers.passed_over.push(PassedOver { what: remark.what.clone(), at: Some(remark.at), why }),
        }
    }
    answers.given.sort();
    answers
}
