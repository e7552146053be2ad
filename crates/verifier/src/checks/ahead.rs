//! What is going to happen to the people: who leaves soon, who has not been seen for long, who is badly protected.

use jiff::Timestamp;
use tripod_tenant::Person;

use super::{Member, Results, Subject, day, days_between};
use crate::finding::{CheckId, Evidence, Remedy};

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    let quorum = subject.policy.quorum;
    // With somebody uncertain the mailbox may or may not be on the edge; that person is reported as unknown already.
    let on_the_edge = results.standing.active == quorum && results.standing.uncertain == 0;
    for member in members {
        let Some(person) = member.carries() else { continue };
        leaving(subject, member, person, on_the_edge, results);
        let Some(audit) = subject.audit else { continue };
        let facts = audit.person(&person.address);
        idle(subject, member, on_the_edge, &facts, results);
        let factor = format!("whether {} has a second factor", member.label);
        let check = CheckId::DelegateNoSecondFactor;
        if subject.fact(check, &factor, facts.second_factor, results) == Some(false) {
            let mut finding = subject.finding_about(
                member,
                check,
                format!("{}, a delegate of {}, has no second factor", member.label, subject.wanted.address),
                Remedy::say("let them register a second factor, or name somebody else in the manifest"),
            );
            finding.evidence.push(Evidence::new("second factor registered", "no"));
            results.findings.push(finding);
        }
    }
}

/// Somebody who leaves soon. Where the mailbox stands on exactly the quorum, the sharper check speaks instead.
fn leaving(subject: &Subject<'_>, member: &Member<'_>, person: &Person, on_the_edge: bool, results: &mut Results) {
    let Some(leaves) = person.leaves else { return };
    let left = days_between(subject.now, leaves);
    let (who, mailbox, on) = (&member.label, &subject.wanted.address, day(leaves));
    let edge = CheckId::OnTheEdge;
    let is_edge = on_the_edge && subject.policy.is_on(edge) && left <= subject.days(edge, "leave-days");
    let (check, message) = if is_edge {
        let quorum = subject.policy.quorum;
        (edge, format!("{mailbox} stands on exactly {quorum} people, and {who} leaves on {on}"))
    } else if left <= subject.days(CheckId::DelegateLeaving, "leave-days") {
        (CheckId::DelegateLeaving, format!("{who}, a delegate of {mailbox}, leaves on {on}"))
    } else {
        return;
    };
    let mut finding = subject.finding_about(member, check, message, successor(member));
    finding.evidence.push(Evidence::new("leaves on", on));
    finding.evidence.push(Evidence::new("days left", left));
    finding.evidence.push(Evidence::new("active delegates", results.standing.active));
    results.findings.push(finding);
}

fn successor(member: &Member<'_>) -> Remedy {
    Remedy::say("name a successor in the manifest and run `tripod apply`")
        .run(format!("tripod impact {} --patch", member.label))
}

/// Somebody who has not signed in for long.
fn idle(
    subject: &Subject<'_>,
    member: &Member<'_>,
    on_the_edge: bool,
    facts: &tripod_tenant::PersonFacts,
    results: &mut Results,
) {
    let what = format!("when {} last signed in", member.label);
    for check in [CheckId::EdgeIdle, CheckId::DelegateIdle] {
        if check == CheckId::EdgeIdle && !on_the_edge {
            continue;
        }
        let Some(last) = subject.fact(check, &what, facts.last_sign_in.clone(), results) else { continue };
        let limit = subject.days(check, "idle-days");
        let days = last.map(|last| days_between(last, subject.now));
        if days.is_some_and(|days| days < limit) {
            continue;
        }
        let (who, mailbox, seen) = (&member.label, &subject.wanted.address, seen(last, days));
        let message = if check == CheckId::EdgeIdle {
            format!("{mailbox} stands on exactly {} people, and {who} {seen}", subject.policy.quorum)
        } else {
            format!("{who}, a delegate of {mailbox}, {seen}")
        };
        let mut finding = subject.finding_about(
            member,
            check,
            message,
            Remedy::say("ask whether they still look after it; if not, name somebody else in the manifest")
                .run(format!("tripod impact {who} --patch")),
        );
        let last = last.map_or_else(|| "never".to_owned(), |last| day(last).to_string());
        finding.evidence.push(Evidence::new("last signed in", last));
        finding.evidence.push(Evidence::new("counts as idle after days", limit));
        results.findings.push(finding);
    }
}

fn seen(last: Option<Timestamp>, days: Option<i64>) -> String {
    match (last, days) {
        (Some(last), Some(days)) => format!("has not signed in for {days} days, since {}", day(last)),
        _ => "has never signed in".to_owned(),
    }
}
