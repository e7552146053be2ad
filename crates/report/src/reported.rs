//! What a report tells: a verification with what is known of the runs before it.

use tripod_model::CheckId;
use tripod_verifier::{DelegateStanding, Finding, MailboxStanding, StandingState, TrendPoint, Verification};

/// A verification as a report for people, with the runs that were kept.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    /// What was found.
    pub verification: &'a Verification,
    /// The kept runs, the oldest first; empty if none are kept.
    pub trend: &'a [TrendPoint],
    /// What the report is about, e.g. the name of the organisation.
    pub title: &'a str,
}

/// Where a mailbox is, seen from the quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// It stands on the quorum or more, for certain.
    Sound,
    /// It stands on fewer, or is not there.
    TooFew,
    /// It could not be read, or it hangs on people of whom nobody can tell whether they are active.
    Open,
    /// The manifest wants it gone, and asks no people of it.
    Retired,
}

/// The checks that tell a mailbox that lacks from one that is meant to be gone.
const PRESENCE: [CheckId; 4] =
    [CheckId::BelowQuorum, CheckId::MailboxMissing, CheckId::MailboxReplaced, CheckId::MailboxDeleted];

/// Where a mailbox of the verification is.
pub(crate) fn position(verification: &Verification, mailbox: &MailboxStanding) -> Position {
    let is_unread = verification
        .unknown
        .iter()
        .any(|unknown| unknown.mailbox.as_ref() == Some(&mailbox.address) && unknown.check.is_none());
    if mailbox.active >= verification.quorum {
        Position::Sound
    } else if mailbox.state == StandingState::Unknown
        || (mailbox.state == StandingState::Present && is_unread)
        || mailbox.active + mailbox.uncertain >= verification.quorum
    {
        // A mailbox to be retired that cannot be read is open as well: nobody knows whether it is gone.
        Position::Open
    } else if is_retired(verification, mailbox) {
        Position::Retired
    } else {
        Position::TooFew
    }
}

/// The form of a verification has no word for a retired mailbox; it is the one that has nobody, and of which no check
/// says so. That can be told only where these checks were made.
fn is_retired(verification: &Verification, mailbox: &MailboxStanding) -> bool {
    let says_so = |finding: &Finding| finding.mailbox == mailbox.address && PRESENCE.contains(&finding.check);
    mailbox.delegates.is_empty()
        && !PRESENCE.iter().any(|check| verification.not_made.contains(check))
        && !verification.findings.iter().any(says_so)
        && !verification.accepted.iter().any(|accepted| says_so(&accepted.finding))
}

/// The report in one sentence, without a full stop.
pub(crate) fn headline(verification: &Verification) -> String {
    let positions: Vec<Position> =
        verification.mailboxes.iter().map(|mailbox| position(verification, mailbox)).collect();
    let count = |wanted: Position| positions.iter().filter(|position| **position == wanted).count();
    let (sound, too_few, open) = (count(Position::Sound), count(Position::TooFew), count(Position::Open));
    let all = sound + too_few + open;
    let quorum = number(verification.quorum);
    let (noun, verb) = if all == 1 { ("mailbox", "stands") } else { ("mailboxes", "stand") };
    let judged = match open {
        0 => String::new(),
        _ => format!("; {open} could not be judged"),
    };
    if all == 0 {
        return format!("There is no service mailbox to look after{}", rest(verification));
    }
    if too_few > 0 {
        let verb = if too_few == 1 { "stands" } else { "stand" };
        return format!("{too_few} of {all} service {noun} {verb} on fewer than {quorum} active people{judged}");
    }
    if open > 0 {
        return format!("{sound} of {all} service {noun} {verb} on {quorum} or more active people{judged}");
    }
    let subject = if all == 1 { "The service mailbox".to_owned() } else { format!("All {all} service mailboxes") };
    format!("{subject} {verb} on {quorum} or more active people{}", rest(verification))
}

fn rest(verification: &Verification) -> String {
    match (verification.findings.len(), verification.unknown.len()) {
        (0, 0) => ", and nothing is wrong".to_owned(),
        (0, unknown) => format!(", but {} could not be checked", counted(unknown, "thing", "things")),
        (1, _) => ", but 1 finding needs care".to_owned(),
        (findings, _) => format!(", but {findings} findings need care"),
    }
}

/// A number as a word as far as people write it so.
pub(crate) fn number(number: usize) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// A number with its noun.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What is said of a delegate beside the name, if they do not carry the mailbox.
pub(crate) fn remark(delegate: &DelegateStanding) -> Option<String> {
    match delegate {
        delegate if delegate.counts() => None,
        DelegateStanding { wanted: false, .. } => Some("not in the manifest".to_owned()),
        DelegateStanding { unknown: true, .. } => Some("unknown".to_owned()),
        DelegateStanding { inactive: Some(inactive), .. } => Some(inactive.to_string()),
        _ => Some("no access".to_owned()),
    }
}
