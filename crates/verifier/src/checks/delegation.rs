//! Whether the administrator lets users delegate their mail: those of the mailbox's unit, and those of its delegates'.
//!
//! Google wants the switch on for both sides (facts sheet, Google 1.2). Whoever it keeps out carries nothing.

use tripod_model::Kind;
use tripod_tenant::{Observed, ObservedMailbox};

use super::{Member, Results, Subject};
use crate::finding::{CheckId, Evidence, Finding, Remedy};

const CHECK: CheckId = CheckId::DelegationOff;
const REMEDY: &str = "turn it on for the unit of the service mailboxes and for the units of their delegates only (admin \
                      console: Apps, Google Workspace, Gmail, User settings, Mail delegation), and file the exception";

/// Looks at the mailbox's own unit.
pub(super) fn of_the_mailbox(subject: &Subject<'_>, found: &ObservedMailbox, results: &mut Results) {
    let what = "whether mail delegation is on for its organisational unit";
    if subject.fact(CHECK, what, found.delegation.clone(), results) == Some(false) {
        let mailbox = &subject.wanted.address;
        let message =
            format!("mail delegation is off for the organisational unit of {mailbox}; no delegate can open it");
        results.findings.push(with_evidence(subject.finding(CHECK, message, remedy(subject))));
    }
}

/// Looks at the delegates' units. Where the switch is off for the mailbox, or cannot be read, that was said already and
/// holds for all of its delegates.
pub(super) fn of_the_delegates(
    subject: &Subject<'_>,
    found: &ObservedMailbox,
    members: &[Member<'_>],
    results: &mut Results,
) {
    if subject.wanted.kind == Kind::GroupInbox || found.delegation != Observed::Present(true) {
        return;
    }
    // The text to file is the same for all of them, so it is shown once.
    let mut is_shown = false;
    for member in members.iter().filter(|member| member.is_wanted() && member.inactive().is_none()) {
        let Some(person) = member.person.as_ref().and_then(Observed::present) else { continue };
        let (who, mailbox) = (&member.label, &subject.wanted.address);
        let what = format!("whether mail delegation is on for the organisational unit of {who}");
        if subject.fact(CHECK, &what, person.delegation.clone(), results) == Some(false) {
            let message =
                format!("mail delegation is off for the organisational unit of {who}, who cannot open {mailbox}");
            let remedy = if is_shown { Remedy::say(REMEDY) } else { remedy(subject) };
            let finding = subject.finding_about(member, CHECK, message, remedy);
            results.findings.push(with_evidence(finding));
            is_shown = true;
        }
    }
}

fn remedy(subject: &Subject<'_>) -> Remedy {
    Remedy::say(REMEDY).write(exception(subject))
}

fn with_evidence(mut finding: Finding) -> Finding {
    finding.evidence.push(Evidence::new("mail delegation", "off"));
    finding
}

/// The text of the exception to file where a security baseline asks for mail delegation to be off.
fn exception(subject: &Subject<'_>) -> String {
    let people: Vec<&str> = subject.wanted.delegates.iter().map(|delegate| delegate.address.as_str()).collect();
    format!(
        "Exception to: CISA ScubaGoggles GMAIL.1 (mail delegation disabled); the checks of Prowler and of CIS Google \
         Workspace Foundations that ask for the same.\n\
         Scope: the organisational unit of {mailbox} and the units of its delegates ({people}); nowhere else.\n\
         Reason: {mailbox} is a service mailbox ({purpose}). Nobody signs in to it; its delegates open it from their \
         own accounts, each with their own second factor. Without delegation its password would have to be shared.\n\
         In place of the control: every delegate stands in a reviewed manifest, and `tripod verify` reports any other \
         delegate, any delegate who has left, and fewer than {quorum} active ones.\n\
         Answered for by: (name)   Until: (date; write the same into `deviations` if the check stays on)",
        mailbox = subject.wanted.address,
        people = people.join(", "),
        purpose = subject.wanted.purpose,
        quorum = subject.policy.quorum,
    )
}
