//! Where the mail goes and whether there is room for it.

use tripod_tenant::{MailboxFacts, Observed};

use super::{Results, Subject};
use crate::audit::Audit;
use crate::finding::{CheckId, Evidence, Remedy};

/// What a shared mailbox holds without a licence (Microsoft 365: 50 GB), for providers that tell no limit.
const USUAL_LIMIT: u64 = 50 * 1024 * 1024 * 1024;
const GIGABYTE: u64 = 1024 * 1024 * 1024;

pub(super) fn check(subject: &Subject<'_>, audit: &Audit, facts: MailboxFacts, results: &mut Results) {
    forwarding(subject, audit, facts.forwarding, results);
    room(subject, facts.size, facts.size_limit, results);
    delegation(subject, facts.delegation_allowed, results);
}

fn forwarding(subject: &Subject<'_>, audit: &Audit, forwarding: Observed<Vec<String>>, results: &mut Results) {
    let (check, mailbox) = (CheckId::ForwardingOutside, &subject.wanted.address);
    let own = audit.domains.get(&subject.wanted.tenant);
    let targets = subject.fact(check, "where its mail is forwarded to", forwarding, results).unwrap_or_default();
    for target in targets {
        // What is no address, e.g. the name of a contact, cannot be known to be inside.
        let domain = target.rsplit_once('@').map(|(_, domain)| domain.trim_end_matches('>').to_ascii_lowercase());
        let inside = domain
            .is_some_and(|domain| domain == mailbox.domain() || own.is_some_and(|domains| domains.contains(&domain)));
        if inside {
            continue;
        }
        let mut finding = subject.finding(
            check,
            format!("mail of {mailbox} is forwarded to outside, to {target}"),
            Remedy::say("ask who set it up; then remove the forwarding in the admin console"),
        );
        finding.subject = Some(target.clone());
        finding.evidence.push(Evidence::new("forwarded to", target));
        results.findings.push(finding);
    }
}

fn room(subject: &Subject<'_>, size: Observed<u64>, limit: Observed<u64>, results: &mut Results) {
    let (check, mailbox) = (CheckId::NearLimit, &subject.wanted.address);
    let Some(size) = subject.fact(check, "how much the mailbox holds", size, results) else { return };
    let limit = match limit {
        Observed::Absent => USUAL_LIMIT,
        other => match subject.fact(check, "how much the mailbox may hold", other, results) {
            Some(limit) => limit,
            None => return,
        },
    };
    let percent = subject.policy.parameter(check, "percent") as u64;
    if limit == 0 || u128::from(size) * 100 < u128::from(limit) * u128::from(percent) {
        return;
    }
    let full = u128::from(size) * 100 / u128::from(limit);
    let mut finding = subject.finding(
        check,
        format!("{mailbox} is {full} % full; a full mailbox refuses sign-up and reset mails"),
        Remedy::say("delete or archive old mail, or give the mailbox a licence with more room"),
    );
    finding.evidence.push(Evidence::new("holds", gigabytes(size)));
    finding.evidence.push(Evidence::new("may hold", gigabytes(limit)));
    results.findings.push(finding);
}

fn gigabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / GIGABYTE;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

fn delegation(subject: &Subject<'_>, allowed: Observed<bool>, results: &mut Results) {
    let (check, mailbox) = (CheckId::DelegationOff, &subject.wanted.address);
    let what = "whether mail delegation is on for its organisational unit";
    if subject.fact(check, what, allowed, results) != Some(false) {
        return;
    }
    let mut finding = subject.finding(
        check,
        format!("mail delegation is off for the organisational unit of {mailbox}; no delegate can open it"),
        Remedy::say(
            "turn it on for the unit of the service mailboxes and for the units of their delegates only (admin \
             console: Apps, Google Workspace, Gmail, User settings, Mail delegation), and file the exception",
        )
        .write(exception(subject)),
    );
    finding.evidence.push(Evidence::new("mail delegation", "off"));
    results.findings.push(finding);
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
