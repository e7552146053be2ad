//! The rows of the page's tables.

use tripod_model::CheckGroup;
use tripod_verifier::{Accepted, Finding, MailboxStanding, NotApplicable, StandingState, UnknownCheck, Verification};

use super::{Piece, harmless_lines, pieces};
use crate::reported::{Position, counted, position, remark};
use crate::words::harmless;

/// A finding.
pub(crate) struct FindingRow {
    pub(crate) severity: &'static str,
    pub(crate) group: &'static str,
    pub(crate) mailbox: String,
    pub(crate) message: Vec<Piece>,
    pub(crate) id: String,
    pub(crate) place: String,
    pub(crate) evidence: Vec<(String, String)>,
    pub(crate) remedy: Vec<Piece>,
    pub(crate) command: Option<String>,
    pub(crate) patch: Option<String>,
}

pub(crate) fn finding(finding: &Finding) -> FindingRow {
    FindingRow {
        severity: finding.severity.word(),
        group: group(finding.check.group()),
        mailbox: harmless(finding.mailbox.as_str()),
        message: pieces(&finding.message),
        id: harmless(finding.id()),
        place: harmless(&finding.place.to_string()),
        evidence: finding.evidence.iter().map(|one| (harmless(&one.name), harmless(&one.value))).collect(),
        remedy: pieces(&finding.remedy.sentence),
        command: finding.remedy.command.as_deref().map(harmless_lines),
        patch: finding.remedy.patch.as_deref().map(harmless_lines),
    }
}

/// The groups of checks as the filter names them.
pub(crate) const GROUPS: [CheckGroup; 5] =
    [CheckGroup::People, CheckGroup::Rights, CheckGroup::Mailbox, CheckGroup::Estate, CheckGroup::Policy];

pub(crate) fn group(group: CheckGroup) -> &'static str {
    group.word()
}

/// Something that could not be checked.
pub(crate) struct UnknownRow {
    pub(crate) about: String,
    pub(crate) check: String,
    pub(crate) what: String,
    pub(crate) reason: String,
}

pub(crate) fn unknown(unknown: &UnknownCheck) -> UnknownRow {
    let check = unknown.rule.as_deref().or(unknown.check.map(tripod_verifier::CheckId::id));
    UnknownRow {
        about: harmless(unknown.about()),
        check: check.map_or_else(|| "several".to_owned(), harmless),
        what: harmless(&unknown.what),
        reason: harmless(&unknown.reason),
    }
}

/// A check that does not apply to some mailboxes.
pub(crate) struct NotApplicableRow {
    pub(crate) check: &'static str,
    pub(crate) reason: Vec<Piece>,
    pub(crate) mailboxes: String,
}

pub(crate) fn not_applicable(one: &NotApplicable) -> NotApplicableRow {
    NotApplicableRow {
        check: one.check.id(),
        reason: pieces(&one.reason),
        mailboxes: counted(one.mailboxes.len(), "mailbox", "mailboxes"),
    }
}

/// A finding that somebody answers for.
pub(crate) struct AcceptedRow {
    pub(crate) mailbox: String,
    pub(crate) message: Vec<Piece>,
    pub(crate) who: String,
    pub(crate) why: String,
    pub(crate) until: String,
}

pub(crate) fn accepted(accepted: &Accepted) -> AcceptedRow {
    AcceptedRow {
        mailbox: harmless(accepted.finding.mailbox.as_str()),
        message: pieces(&accepted.finding.message),
        who: harmless(&accepted.who),
        why: harmless(&accepted.why),
        until: accepted.until.to_string(),
    }
}

/// A mailbox and its people.
pub(crate) struct MailboxRow {
    pub(crate) address: String,
    pub(crate) kind: &'static str,
    /// What it is for, and the apps that hang on it.
    pub(crate) purpose: String,
    pub(crate) apps: String,
    /// One sign for each person, as in the text report.
    pub(crate) dots: String,
    pub(crate) stands_on: String,
    pub(crate) class: &'static str,
    pub(crate) people: Vec<(String, Option<String>)>,
}

pub(crate) fn mailbox(verification: &Verification, mailbox: &MailboxStanding) -> MailboxRow {
    let quorum = verification.quorum;
    let place = position(verification, mailbox);
    let (dots, stands_on) = match mailbox.state {
        _ if place == Position::Retired => (String::new(), "to be retired".to_owned()),
        StandingState::Missing => (String::new(), "not there".to_owned()),
        StandingState::Unknown => (String::new(), "could not be read".to_owned()),
        StandingState::Present => {
            let lacking = quorum.saturating_sub(mailbox.active + mailbox.uncertain);
            let dots = "●".repeat(mailbox.active) + &"?".repeat(mailbox.uncertain) + &"○".repeat(lacking);
            let uncertain = match mailbox.uncertain {
                0 => String::new(),
                count => format!(", {count} not known"),
            };
            (dots, format!("{} active{uncertain}, {quorum} needed", mailbox.active))
        }
    };
    let class = match place {
        Position::Sound if mailbox.active > quorum => "good",
        Position::Sound => "edge",
        Position::TooFew => "bad",
        Position::Open | Position::Retired => "open",
    };
    let people = mailbox.delegates.iter().map(|delegate| {
        (harmless(delegate.who.split('@').next().unwrap_or_default()), remark(delegate).map(|words| harmless(&words)))
    });
    MailboxRow {
        address: harmless(mailbox.address.as_str()),
        kind: mailbox.kind.word(),
        purpose: harmless(&mailbox.purpose),
        apps: harmless(&mailbox.apps.join(", ")),
        dots,
        stands_on,
        class,
        people: people.collect(),
    }
}
