//! Where the mail goes and whether there is room for it.

use tripod_tenant::{MailboxFacts, Observed};

use super::{Results, Subject};
use crate::finding::{CheckId, Evidence, Remedy};

/// What a shared mailbox holds without a licence (Microsoft 365: 50 GB), for providers that tell no limit.
const USUAL_LIMIT: u64 = 50 * 1024 * 1024 * 1024;
const GIGABYTE: u64 = 1024 * 1024 * 1024;

pub(super) fn check(subject: &Subject<'_>, facts: MailboxFacts, results: &mut Results) {
    forwarding(subject, "where its mail is forwarded to", "is forwarded", facts.forwarding, results);
    let what = "where rules of its inbox forward mail to";
    forwarding(subject, what, "is forwarded by a rule of its inbox", facts.inbox_rules, results);
    room(subject, facts.size, facts.size_limit, results);
}

fn forwarding(subject: &Subject<'_>, what: &str, happens: &str, targets: Observed<Vec<String>>, results: &mut Results) {
    let (check, mailbox) = (CheckId::ForwardingOutside, &subject.wanted.address);
    for target in subject.fact(check, what, targets, results).unwrap_or_default() {
        // What is no address, e.g. the name of a contact, cannot be known to be inside.
        let domain = target.rsplit_once('@').map(|(_, domain)| domain.trim_end_matches('>').to_ascii_lowercase());
        if domain.is_some_and(|domain| subject.is_own_domain(&domain)) {
            continue;
        }
        let mut finding = subject.finding(
            check,
            format!("mail of {mailbox} {happens} to outside, to {target}"),
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
