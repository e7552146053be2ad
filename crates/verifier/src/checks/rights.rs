//! Whether exactly the people of the manifest have access, with both rights and in force.

use tripod_model::Kind;
use tripod_tenant::{Acceptance, Observed, Principal, Rights};

use super::{Member, Results, Subject};
use crate::finding::{CheckId, Evidence, Finding, Remedy};

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    let mailbox = &subject.wanted.address;
    for member in members {
        let who = &member.label;
        let Some(access) = member.access else {
            results.findings.push(subject.finding_about(
                member,
                CheckId::DelegateMissing,
                format!("{who} is in the manifest but has no access to {mailbox}"),
                Remedy::say("run `tripod apply` to give it").run("tripod apply"),
            ));
            continue;
        };
        if let Principal::Departed { shown } = &access.who {
            results.findings.push(subject.finding_about(
                member,
                CheckId::DelegateDeparted,
                format!("{mailbox} still lists `{shown}`, an account that is gone"),
                Remedy::say("run `tripod apply` to take the entry away").run("tripod apply"),
            ));
            continue;
        }
        if matches!(access.who, Principal::Group { .. }) {
            let finding = group(subject, member, results);
            results.findings.push(finding);
            continue;
        }
        if !member.is_wanted() {
            results.findings.push(
                subject.finding_about(
                    member,
                    CheckId::DelegateExtra,
                    format!("{who} has access to {mailbox} but is not in the manifest"),
                    Remedy::say("add the person to the manifest, or run `tripod apply` to end the access")
                        .run("tripod apply")
                        .write(format!("delegates:\n  - {who}")),
                ),
            );
            continue;
        }
        if !access.rights.is_full() {
            let mut finding = subject.finding_about(
                member,
                CheckId::RightsIncomplete,
                format!("{who} {} {mailbox}", incomplete(subject.wanted.kind, access.rights)),
                Remedy::say("run `tripod apply` to give both rights").run("tripod apply"),
            );
            let word = |there: bool| if there { "yes" } else { "no" };
            finding.evidence.push(Evidence::new("reads", word(access.rights.read)));
            finding.evidence.push(Evidence::new("acts for it", word(access.rights.act)));
            results.findings.push(finding);
        }
        let state = match access.acceptance {
            Acceptance::Accepted => continue,
            Acceptance::Pending => "waits to be accepted",
            Acceptance::Refused => "was rejected or has expired",
        };
        results.findings.push(subject.finding_about(
            member,
            CheckId::DelegationNotInForce,
            format!("the delegation of {mailbox} to {who} {state}"),
            Remedy::say("run `tripod apply` to give it again").run("tripod apply"),
        ));
    }
}

/// A group with access, and the people in it as evidence: none of them is counted.
fn group(subject: &Subject<'_>, member: &Member<'_>, results: &mut Results) -> Finding {
    let (who, mailbox) = (&member.label, &subject.wanted.address);
    let mut finding = subject.finding_about(
        member,
        CheckId::GroupAsDelegate,
        format!("the group {who} has access to {mailbox}; a group is not counted as a person"),
        Remedy::say("name the people themselves in the manifest and run `tripod apply`").run("tripod apply"),
    );
    let address = member.access.and_then(|access| access.who.address());
    let (Some(audit), Some(address)) = (subject.audit, address) else { return finding };
    match audit.group(address) {
        Observed::Present(people) => {
            finding.evidence.push(Evidence::new("people in the group", people.len()));
            finding.evidence.extend(people.iter().map(|person| Evidence::new("in the group", person)));
            if !people.is_empty() {
                let lines: Vec<String> = people.iter().map(|person| format!("\n  - {person}")).collect();
                finding.remedy.patch = Some(format!("delegates:{}", lines.concat()));
            }
        }
        Observed::Absent => finding.evidence.push(Evidence::new("people in the group", "there is no such group")),
        Observed::Unknown(unknown) => {
            let what = format!("who is in the group {who}");
            results.unknown.push(subject.unknown(Some(CheckId::GroupAsDelegate), what, &unknown));
        }
    }
    finding
}

fn incomplete(kind: Kind, rights: Rights) -> &'static str {
    match (kind, rights.read) {
        (Kind::SharedMailbox, true) => "can read but not send as",
        (Kind::SharedMailbox, false) => "can send as but not read",
        (Kind::GroupInbox, true) => "is a member but not an owner of",
        (Kind::GroupInbox, false) => "is an owner but not a member of",
    }
}
