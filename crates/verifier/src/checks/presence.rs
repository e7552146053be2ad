//! Whether the mailbox is there, is what it should be, and is set as it has to be.

use jiff::civil::Date;
use tripod_model::Kind;
use tripod_tenant::{Form, Observed, ObservedMailbox};

use super::{Results, Subject, form_words};
use crate::finding::{CheckId, Evidence, Remedy};
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
            results.unknown.push(subject.unknown(None, "whether the mailbox is there", unknown));
            None
        }
        Observed::Absent => {
            results.standing.state = StandingState::Missing;
            results.findings.push(subject.finding(
                CheckId::MailboxMissing,
                format!("{} does not exist", wanted.address),
                Remedy::say("run `tripod apply` to create it").run("tripod apply"),
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
                    Remedy::say("restore it in the admin console, or delete it for good and run `tripod apply`"),
                ));
                None
            }
            (other, _) => {
                results.standing.state = StandingState::Missing;
                let remedy = match other {
                    Form::UnmarkedAccount => Remedy::say(
                        "add `adopt: true` to its entry if this account is the service mailbox; else choose another address",
                    )
                    .write("adopt: true"),
                    _ => Remedy::say("give the service mailbox another address, or free this one"),
                };
                results.findings.push(subject.finding(
                    CheckId::MailboxReplaced,
                    format!("{} is {}, not a {kind}", wanted.address, form_words(other)),
                    remedy,
                ));
                None
            }
        },
    }
}

/// A mailbox that is to go.
pub(super) fn retired(subject: &Subject<'_>, seen: &Observed<ObservedMailbox>, on: Date, results: &mut Results) {
    let due = tripod_model::zone::day(subject.now, &subject.wanted.zone) >= on;
    match seen {
        Observed::Unknown(unknown) => {
            results.unknown.push(subject.unknown(
                Some(CheckId::MailboxNotRetired),
                "whether the mailbox is gone",
                unknown,
            ));
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
                    Remedy::say("run `tripod apply` to delete it").run("tripod apply"),
                ));
            }
        }
    }
}

/// A mailbox whose address is only an alias of another one now. Mail still arrives, until somebody tidies up.
pub(super) fn address(subject: &Subject<'_>, found: &ObservedMailbox, results: &mut Results) {
    let wanted = &subject.wanted.address;
    if found.address == *wanted {
        return;
    }
    let aliases: Vec<&str> = found.aliases.iter().map(tripod_model::Address::as_str).collect();
    let mut finding = subject.finding(
        CheckId::AddressMoved,
        format!("the primary address of {wanted} is {} now", found.address),
        Remedy::say("write the new address into the manifest, or make the old one primary again in the admin console")
            .write(format!("address: {}", found.address)),
    );
    finding.evidence.push(Evidence::new("primary address", &found.address));
    finding.evidence.push(Evidence::new("other addresses", aliases.join(", ")));
    results.findings.push(finding);
}
