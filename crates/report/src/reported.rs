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
    let judged = match open {
        0 => String::new(),
        _ => format!("; {open} could not be judged"),
    };
    if all == 0 {
        return format!("There is no service mailbox to look after{}", rest(verification));
    }
    if all == 1 && open == 1 {
        return "Whether the service mailbox stands on enough people could not be judged".to_owned();
    }
    // How many of them, as the subject of the sentence, with its verb.
    let of_all = |count: usize| match (count, all) {
        (_, 1) => "The service mailbox stands".to_owned(),
        (1, _) => format!("1 of {all} service mailboxes stands"),
        (_, _) if count == all => format!("All {all} service mailboxes stand"),
        (_, _) => format!("{count} of {all} service mailboxes stand"),
    };
    if too_few > 0 {
        return format!("{} on fewer than {quorum} active people{judged}", of_all(too_few));
    }
    if open > 0 {
        return format!("{} on {quorum} or more active people{judged}", of_all(sound));
    }
    format!("{} on {quorum} or more active people{}", of_all(all), rest(verification))
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
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What is said of a delegate beside the name, if they do not carry the mailbox.
pub(crate) fn remark(delegate: &DelegateStanding) -> Option<String> {
    match delegate {
        delegate if delegate.counts() => None,
        DelegateStanding { wanted: false, .. } => Some("not in the manifest".to_owned()),
        DelegateStanding { unknown: true, .. } => Some("unknown".to_owned()),
        DelegateStanding { inactive: Some(inactive), .. } => Some(inactive.to_string()),
        DelegateStanding { delegation_off: true, .. } => Some("mail delegation is off".to_owned()),
        _ => Some("no full access".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tripod_model::{Kind, TenantName};
    use tripod_tenant::ErrorKind;
    use tripod_verifier::UnknownCheck;

    use super::*;

    fn delegate(who: &str, unknown: bool) -> DelegateStanding {
        DelegateStanding {
            who: who.to_owned(),
            wanted: true,
            has_access: true,
            inactive: None,
            unknown,
            delegation_off: false,
        }
    }

    fn mailbox(state: StandingState, active: usize, uncertain: usize) -> MailboxStanding {
        let certain = (0..active).map(|number| delegate(&format!("a{number}@contoso.test"), false));
        let open = (0..uncertain).map(|number| delegate(&format!("u{number}@contoso.test"), true));
        MailboxStanding {
            address: "backups@contoso.test".parse().unwrap(),
            tenant: TenantName("contoso".to_owned()),
            kind: Kind::SharedMailbox,
            purpose: "Owns our account at the backup provider".to_owned(),
            apps: Vec::new(),
            place: tripod_model::Place { file: "mailboxes/a.yaml".to_owned(), line: 1, column: 3 },
            state,
            delegates: certain.chain(open).collect(),
            active,
            uncertain,
        }
    }

    fn verification(mailboxes: Vec<MailboxStanding>) -> Verification {
        Verification {
            version: 1,
            at: "2026-11-23T09:00:00Z".parse().unwrap(),
            quorum: 3,
            mailboxes,
            findings: Vec::new(),
            accepted: Vec::new(),
            unknown: Vec::new(),
            not_made: Vec::new(),
            not_applicable: Vec::new(),
        }
    }

    fn unknown(mailbox: &MailboxStanding, check: Option<CheckId>) -> UnknownCheck {
        UnknownCheck {
            check,
            rule: None,
            tenant: mailbox.tenant.clone(),
            mailbox: Some(mailbox.address.clone()),
            what: "who has access".to_owned(),
            reason: "503".to_owned(),
            kind: ErrorKind::Unavailable,
        }
    }

    #[test]
    fn a_mailbox_that_may_yet_stand_is_open_and_one_that_cannot_is_not() {
        let place = |mailbox: MailboxStanding| position(&verification(vec![mailbox.clone()]), &mailbox);
        assert_eq!(place(mailbox(StandingState::Present, 3, 1)), Position::Sound);
        assert_eq!(place(mailbox(StandingState::Present, 2, 1)), Position::Open);
        assert_eq!(place(mailbox(StandingState::Present, 1, 1)), Position::TooFew);
        assert_eq!(place(mailbox(StandingState::Unknown, 0, 0)), Position::Open);
    }

    #[test]
    fn a_mailbox_that_is_missing_is_taken_for_retired_only_if_the_checks_would_have_said_so() {
        let gone = mailbox(StandingState::Missing, 0, 0);
        let mut verification = verification(vec![gone.clone()]);
        assert_eq!(position(&verification, &gone), Position::Retired);
        verification.not_made.push(CheckId::MailboxMissing);
        assert_eq!(position(&verification, &gone), Position::TooFew);
    }

    #[test]
    fn an_empty_list_that_could_not_be_read_is_not_taken_for_nobody() {
        let present = mailbox(StandingState::Present, 0, 0);
        let mut verification = verification(vec![present.clone()]);
        verification.unknown.push(unknown(&present, None));
        assert_eq!(position(&verification, &present), Position::Open);
        assert_eq!(headline(&verification), "Whether the service mailbox stands on enough people could not be judged");
    }

    #[test]
    fn the_headline_is_a_sentence_for_one_mailbox_as_for_many() {
        let of = |mailboxes| headline(&verification(mailboxes));
        let (sound, few) = (mailbox(StandingState::Present, 3, 0), mailbox(StandingState::Present, 2, 0));
        assert_eq!(
            of(vec![sound.clone()]),
            "The service mailbox stands on three or more active people, and nothing is wrong"
        );
        assert_eq!(of(vec![few.clone()]), "The service mailbox stands on fewer than three active people");
        assert_eq!(
            of(vec![sound.clone(), few.clone()]),
            "1 of 2 service mailboxes stands on fewer than three active people"
        );
        assert_eq!(of(vec![few.clone(), few]), "All 2 service mailboxes stand on fewer than three active people");
        let mut partial = verification(vec![sound]);
        partial.unknown.push(unknown(&partial.mailboxes[0], Some(CheckId::NearLimit)));
        assert_eq!(
            headline(&partial),
            "The service mailbox stands on three or more active people, but 1 thing could not be checked"
        );
    }
}
