//! Whether the people are independent of each other: what happens to one manager or department must not happen to all.

use tripod_tenant::{Observed, Person, Unknown};

use super::{Member, Results, Subject};
use crate::audit::Audit;
use crate::finding::{CheckId, Evidence, Remedy};

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    let Some(audit) = subject.audit else { return };
    let people: Vec<(&Member<'_>, &Person)> =
        members.iter().filter_map(|member| Some((member, member.carries()?))).collect();
    if people.len() < 2 {
        return;
    }
    // Somebody of whom nobody could tell whether they are active may be the one who is elsewhere.
    let uncertain = || members.iter().filter(|member| member.is_wanted() && member.has_full_access());
    for check in [CheckId::OneManager, CheckId::OneDepartment] {
        let mut values: Vec<_> = people.iter().map(|(_, person)| value(check, person, audit)).collect();
        values.extend(uncertain().filter_map(|member| member.unknown()).cloned().map(Observed::Unknown));
        judge(subject, check, &people, &values, results);
    }
}

/// A person's manager or department: from the facts, or where these have none, from the directory entry.
fn value(check: CheckId, person: &Person, audit: &Audit) -> Observed<Option<String>> {
    let facts = audit.person(&person.address);
    let (fact, entry) = if check == CheckId::OneManager {
        (facts.manager.map(|manager| manager.map(|m| m.to_string())), person.manager.as_ref().map(ToString::to_string))
    } else {
        (facts.department, person.department.clone())
    };
    match (fact, entry) {
        (Observed::Present(value), _) => Observed::Present(value),
        (_, Some(entry)) => Observed::Present(Some(entry)),
        (fact, None) => fact,
    }
}

fn judge(
    subject: &Subject<'_>,
    check: CheckId,
    people: &[(&Member<'_>, &Person)],
    values: &[Observed<Option<String>>],
    results: &mut Results,
) {
    let mut shared: Option<&str> = None;
    let mut unknown: Option<&Unknown> = None;
    for value in values {
        match value {
            Observed::Present(Some(value)) => match shared {
                None => shared = Some(value),
                Some(first) if first.eq_ignore_ascii_case(value) => {}
                // Two that differ settle it, whatever could not be read of the others.
                Some(_) => return,
            },
            // Somebody without a manager or department does not hang on the others' one.
            Observed::Present(None) | Observed::Absent => return,
            Observed::Unknown(reason) => unknown = Some(reason),
        }
    }
    let word = if check == CheckId::OneManager { "manager" } else { "department" };
    if let Some(unknown) = unknown {
        let what = format!("whether all delegates have the same {word}");
        results.unknown.push(subject.unknown(Some(check), what, unknown));
        return;
    }
    let Some(shared) = shared else { return };
    let mailbox = &subject.wanted.address;
    let message = match check {
        CheckId::OneManager => format!("all delegates of {mailbox} have the same manager, {shared}"),
        _ => format!("all delegates of {mailbox} are in the same department, {shared}"),
    };
    let mut finding = subject.finding(
        check,
        message,
        Remedy::say("name a person from another part of the organisation in the manifest, then run `tripod apply`"),
    );
    finding.evidence.push(Evidence::new(word, shared));
    finding.evidence.extend(people.iter().map(|(member, _)| Evidence::new("delegate", &member.label)));
    results.findings.push(finding);
}
