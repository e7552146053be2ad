//! Whether the mailbox is there, is what it should be, and is set as it has to be.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tripod_model::Kind;
use tripod_tenant::{Form, Observed, ObservedMailbox};

use super::{Results, Subject, form_words};
use crate::finding::CheckId;
use crate::standing::StandingState;

/// The mailbox, if it is there and is what it should be.
pub(super) fn presence<'a>(
    subject: &Subject<'_>,
    seen: &'a Observed<ObservedMailbox>,
    results: &mut Results,
) -> Option<&'a ObservedMailbox> {
    let wanted = subject.wanted;
    let kind = wanted.kind.word();
    match seen {
        Observed::Unknown(unknown) => {
            results.unknown.push(subject.unknown("whether the mailbox is there", unknown));
            None
        }
        Observed::Absent => {
            results.standing.state = StandingState::Missing;
            results.findings.push(subject.finding(
                CheckId::MailboxMissing,
                format!("{} does not exist", wanted.address),
                "run `tripod apply` to create it".to_owned(),
            ));
            None
        }
        Observed::Present(found) => match (&found.form, wanted.kind) {
            (Form::SharedMailbox, Kind::SharedMailbox) | (Form::GroupInbox, Kind::GroupInbox) => {
                results.standing.state = StandingState::Present;
                Some(found)
            }
            (Form::UnmarkedAccount, Kind::SharedMailbox) if wanted.adopt => {
                results.standing.state = StandingState::Present;
                Some(found)
            }
            (Form::Deleted(what), _) => {
                results.standing.state = StandingState::Missing;
                results.findings.push(subject.finding(
                    CheckId::MailboxDeleted,
                    format!("{} is held by {what}", wanted.address),
                    "restore it in the admin console, or delete it for good and run `tripod apply`".to_owned(),
                ));
                None
            }
            (other, _) => {
                results.standing.state = StandingState::Missing;
                let remedy = match other {
                    Form::UnmarkedAccount => {
                        "add `adopt: true` to its entry if this account is the service mailbox; else choose another address"
                    }
                    _ => "give the service mailbox another address, or free this one",
                };
                results.findings.push(subject.finding(
                    CheckId::MailboxReplaced,
                    format!("{} is {}, not a {kind}", wanted.address, form_words(other)),
                    remedy.to_owned(),
                ));
                None
            }
        },
    }
}

/// A mailbox that is to go.
pub(super) fn retired(subject: &Subject<'_>, seen: &Observed<ObservedMailbox>, on: Date, results: &mut Results) {
    let due = TimeZone::UTC.to_datetime(subject.now).date() >= on;
    match seen {
        Observed::Unknown(unknown) => {
            results.unknown.push(subject.unknown("whether the mailbox is gone", unknown));
        }
        Observed::Absent => results.standing.state = StandingState::Missing,
        Observed::Present(found) if matches!(found.form, Form::Deleted(_)) => {
            results.standing.state = StandingState::Missing;
        }
        Observed::Present(_) => {
            results.standing.state = StandingState::Present;
            if due {
                results.findings.push(subject.finding(
                    CheckId::MailboxNotRetired,
                    format!("{} was to be retired on {on} and is still there", subject.wanted.address),
                    "run `tripod apply` to delete it".to_owned(),
                ));
            }
        }
    }
}

/// The settings that its provider and kind must have.
pub(super) fn settings(subject: &Subject<'_>, found: &ObservedMailbox, results: &mut Results) {
    for (setting, state) in &found.settings {
        match state {
            Observed::Present(true) => {}
            Observed::Present(false) | Observed::Absent => results.findings.push(subject.finding(
                CheckId::SettingOff,
                format!("{}: not the case: {}", subject.wanted.address, setting.words()),
                "run `tripod apply` to turn it on".to_owned(),
            )),
            Observed::Unknown(unknown) => results.unknown.push(subject.unknown(setting.words(), unknown)),
        }
    }
}
