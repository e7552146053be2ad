//! Whether enough people who can act today carry the mailbox.

use super::{Member, Results, Subject};
use crate::finding::CheckId;

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    let mailbox = &subject.wanted.address;
    // Whoever is not in the manifest is reported by the rights, whether active or not.
    for member in members.iter().filter(|member| member.is_wanted()) {
        if let Some(unknown) = member.unknown() {
            results.unknown.push(subject.unknown(format!("whether {} is active", member.label), unknown));
        }
        let Some(inactive) = member.inactive_at(subject.now) else { continue };
        results.findings.push(subject.finding_about(
            member,
            CheckId::DelegateInactive,
            format!("{} is a delegate of {mailbox} but cannot act: {inactive}", member.label),
            "name somebody else in the manifest and run `tripod apply`".to_owned(),
        ));
    }

    let active = results.standing.delegates.iter().filter(|delegate| delegate.counts()).count();
    let uncertain = results.standing.delegates.iter().filter(|delegate| delegate.may_count()).count();
    results.standing.active = active;
    results.standing.uncertain = uncertain;

    // With somebody uncertain the count may still reach the quorum; that is then unknown and reported as such above.
    let quorum = subject.policy.quorum;
    if active + uncertain < quorum {
        let people = match active {
            0 => "no active delegate".to_owned(),
            1 => "1 active delegate".to_owned(),
            n => format!("{n} active delegates"),
        };
        results.findings.push(subject.finding(
            CheckId::BelowQuorum,
            format!("{mailbox} stands on {people}, needs {quorum}"),
            "add an active person to the manifest and run `tripod apply`".to_owned(),
        ));
    }
}
