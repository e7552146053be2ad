//! Whether enough people who can act today carry the mailbox.

use super::{Member, Results, Subject};
use crate::finding::{CheckId, Evidence, Remedy};

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    let mailbox = &subject.wanted.address;
    // Whoever is not in the manifest is reported by the rights, whether active or not.
    for member in members.iter().filter(|member| member.is_wanted()) {
        if let Some(unknown) = member.unknown() {
            results.unknown.push(subject.unknown(None, format!("whether {} is active", member.label), unknown));
        }
        let Some(inactive) = member.inactive() else { continue };
        let mut finding = subject.finding_about(
            member,
            CheckId::DelegateInactive,
            format!("{} is a delegate of {mailbox} but cannot act: {inactive}", member.label),
            Remedy::say("name another person in the manifest, then run `tripod apply`; the command proposes one")
                .run(format!("tripod impact {} --patch", member.label)),
        );
        finding.evidence.push(Evidence::new("account", inactive));
        results.findings.push(finding);
    }

    let (active, uncertain) = (results.standing.active, results.standing.uncertain);
    // With somebody uncertain the count may still reach the quorum; that is then unknown and reported as such above.
    let quorum = subject.policy.quorum;
    if active + uncertain < quorum {
        let people = match active {
            0 => "no active delegate".to_owned(),
            1 => "1 active delegate".to_owned(),
            n => format!("{n} active delegates"),
        };
        let remedy = remedy(members, quorum);
        let mut finding =
            subject.finding(CheckId::BelowQuorum, format!("{mailbox} stands on {people}, needs {quorum}"), remedy);
        for (word, counts) in [("active delegate", true), ("does not count", false)] {
            let delegates = results.standing.delegates.iter().filter(|delegate| delegate.counts() == counts);
            finding.evidence.extend(delegates.map(|delegate| Evidence::new(word, &delegate.who)));
        }
        results.findings.push(finding);
    }
}

/// Where the manifest names enough people who can act, only their access is missing. Where it names one who cannot, no
/// plan mends it before the manifest names another.
fn remedy(members: &[Member<'_>], quorum: usize) -> Remedy {
    let able = |member: &&Member<'_>| member.is_wanted() && member.inactive().is_none();
    let gone: Vec<&str> = members
        .iter()
        .filter(|member| member.is_wanted() && member.inactive().is_some())
        .map(|member| member.label.as_str())
        .collect();
    if !gone.is_empty() {
        let sentence = format!("name other people for {} in the manifest, then run `tripod apply`", gone.join(", "));
        return Remedy::say(sentence).run(format!("tripod impact {} --patch", gone.join(" ")));
    }
    if members.iter().filter(able).count() < quorum {
        return Remedy::say("name one more active person in the manifest, then run `tripod apply`");
    }
    if members.iter().filter(able).filter(|member| !member.is_kept_out()).count() < quorum {
        return Remedy::say("turn mail delegation on where it is off, or name people for whom it is on");
    }
    Remedy::say("run `tripod apply` to give the people of the manifest their access").run("tripod apply")
}
