//! Whether enough people who can act today carry the mailbox.

use super::{Member, Results, Subject};
use crate::finding::{CheckId, Evidence, Remedy};

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    let mailbox = &subject.wanted.address;
    // Whoever is not in the manifest is reported by the rights, whether active or not.
    for member in members.iter().filter(|member| member.is_wanted()) {
        if let Some(unknown) = member.unknown(subject.now) {
            results.unknown.push(subject.unknown(None, format!("whether {} is active", member.label), &unknown));
        }
        let Some(inactive) = member.inactive_at(subject.now) else { continue };
        let mut finding = subject.finding_about(
            member,
            CheckId::DelegateInactive,
            format!("{} is a delegate of {mailbox} but cannot act: {inactive}", member.label),
            Remedy::say("name somebody else in the manifest and run `tripod apply`")
                .run(format!("tripod impact {} --patch", member.label)),
        );
        finding.evidence.push(Evidence::new("account", &inactive));
        results.findings.push(finding);
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
        // Where the manifest names enough people who can act, only their access is missing.
        let able = |member: &&Member<'_>| member.is_wanted() && member.inactive_at(subject.now).is_none();
        let remedy = if members.iter().filter(able).count() < quorum {
            Remedy::say("add an active person to the manifest and run `tripod apply`").run("tripod apply")
        } else if members.iter().filter(able).filter(|member| !member.kept_out).count() < quorum {
            Remedy::say("turn mail delegation on where it is off, or name people for whom it is on")
        } else {
            Remedy::say("run `tripod apply` to give the people of the manifest their access").run("tripod apply")
        };
        let mut finding =
            subject.finding(CheckId::BelowQuorum, format!("{mailbox} stands on {people}, needs {quorum}"), remedy);
        for (word, counts) in [("active delegate", true), ("does not count", false)] {
            let delegates = results.standing.delegates.iter().filter(|delegate| delegate.counts() == counts);
            finding.evidence.extend(delegates.map(|delegate| Evidence::new(word, &delegate.who)));
        }
        results.findings.push(finding);
    }
}
