//! Whether exactly the people of the manifest have access, with both rights and in force.

use tripod_model::Kind;
use tripod_tenant::{Acceptance, ErrorKind, Observed, Principal, Rights, Unknown};

use super::{Member, Results, Subject, members};
use crate::finding::{CheckId, Evidence, Finding, Remedy};

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    for member in members {
        let Some(access) = member.entries.first() else {
            without_access(subject, member, members, results);
            continue;
        };
        match &access.who {
            Principal::Account { .. } if member.is_wanted() => judge(subject, member, results),
            Principal::Account { address, .. } => {
                results.findings.push(stranger(subject, member, subject.is_own_domain(address.domain())));
            }
            Principal::Group { .. } => {
                let finding = group(subject, member, results);
                results.findings.push(finding);
            }
            Principal::Unclear { reason, .. } => {
                let unknown = Unknown { kind: ErrorKind::Invalid, reason: reason.clone() };
                let what = format!("whose access `{}` is", member.label);
                results.unknown.push(subject.unknown(Some(CheckId::DelegateExtra), what, &unknown));
            }
            Principal::Departed { .. } | Principal::Everybody { .. } | Principal::Other { .. } => {
                results.findings.push(no_account(subject, member, &access.who));
            }
        }
    }
}

/// A delegate of the manifest with no entry. An entry of which nobody can tell whose it is may be theirs.
fn without_access(subject: &Subject<'_>, member: &Member<'_>, all: &[Member<'_>], results: &mut Results) {
    let (who, mailbox) = (&member.label, &subject.wanted.address);
    if let Some(unclear) = members::unclear(all).next() {
        let reason = format!("it is not known whose the entry `{}` is", unclear.label);
        let unknown = Unknown { kind: ErrorKind::Invalid, reason };
        let what = format!("whether {who} has access");
        results.unknown.push(subject.unknown(Some(CheckId::DelegateMissing), what, &unknown));
        return;
    }
    // No plan gives access to an account that cannot act; that account has a finding of its own.
    let remedy = if member.inactive().is_some() {
        Remedy::say("name another person in the manifest, then run `tripod apply`; the command proposes one")
            .run(format!("tripod impact {who} --patch"))
    } else {
        Remedy::say("run `tripod apply` to give it").run("tripod apply")
    };
    results.findings.push(subject.finding_about(
        member,
        CheckId::DelegateMissing,
        format!("{who} is in the manifest but has no access to {mailbox}"),
        remedy,
    ));
}

/// Whom the manifest does not name. People from outside cannot be named in it, so that they are not proposed.
fn stranger(subject: &Subject<'_>, member: &Member<'_>, is_own: bool) -> Finding {
    let (who, mailbox) = (&member.label, &subject.wanted.address);
    let end = "run `tripod apply` to end the access";
    let (message, remedy) = if is_own {
        let message = format!("{who} has access to {mailbox} but is not in the manifest");
        let remedy = match member.inactive() {
            Some(_) => Remedy::say(end),
            None => {
                Remedy::say(format!("add the person to the manifest, or {end}")).write(format!("delegates:\n  - {who}"))
            }
        };
        (message, remedy.run("tripod apply"))
    } else {
        let message = format!("{who}, who is from outside the organisation, has access to {mailbox}");
        (message, Remedy::say(end).run("tripod apply"))
    };
    let mut finding = subject.finding_about(member, CheckId::DelegateExtra, message, remedy);
    finding.evidence.extend(member.inactive().map(|why| Evidence::new("account", why)));
    finding
}

/// An entry behind which no account stands.
fn no_account(subject: &Subject<'_>, member: &Member<'_>, who: &Principal) -> Finding {
    let (shown, mailbox) = (&member.label, &subject.wanted.address);
    let (check, message, remedy) = match who {
        Principal::Everybody { .. } => (
            CheckId::EverybodyHasAccess,
            format!("everybody in the organisation has access to {mailbox}, by the entry `{shown}`"),
            Remedy::say("take the entry away in the admin console; no plan does, because it would end many accesses"),
        ),
        Principal::Other { what, .. } => (
            CheckId::NotAPerson,
            format!("`{shown}`, {what}, has access to {mailbox}"),
            Remedy::say("find out what uses it, then take the entry away in the admin console"),
        ),
        _ => (
            CheckId::DelegateDeparted,
            format!("{mailbox} still lists `{shown}`, an account that is gone"),
            Remedy::say("run `tripod apply` to take the entry away").run("tripod apply"),
        ),
    };
    let mut finding = subject.finding_about(member, check, message, remedy);
    let rights = member.rights_given();
    finding.evidence.push(Evidence::new("reads", word(rights.read)));
    finding.evidence.push(Evidence::new("acts for it", word(rights.act)));
    finding
}

/// A delegate of the manifest with an entry: both rights are wanted, and in force.
fn judge(subject: &Subject<'_>, member: &Member<'_>, results: &mut Results) {
    if member.has_full_access() {
        return;
    }
    let (who, mailbox) = (&member.label, &subject.wanted.address);
    let given = member.rights_given();
    if !given.is_full() {
        let mut finding = subject.finding_about(
            member,
            CheckId::RightsIncomplete,
            format!("{who} {} {mailbox}", incomplete(subject.wanted.kind, given)),
            Remedy::say("run `tripod apply` to give both rights").run("tripod apply"),
        );
        finding.evidence.push(Evidence::new("reads", word(given.read)));
        finding.evidence.push(Evidence::new("acts for it", word(given.act)));
        results.findings.push(finding);
    }
    let state = member.entries.iter().find_map(|entry| match entry.acceptance {
        Acceptance::Accepted => None,
        Acceptance::Pending => Some("waits to be accepted"),
        Acceptance::Refused => Some("was rejected or has expired"),
    });
    if let Some(state) = state {
        results.findings.push(subject.finding_about(
            member,
            CheckId::DelegationNotInForce,
            format!("the delegation of {mailbox} to {who} {state}"),
            Remedy::say("run `tripod apply` to give it again").run("tripod apply"),
        ));
    }
}

fn word(is_there: bool) -> &'static str {
    if is_there { "yes" } else { "no" }
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
    let address = member.entries.first().and_then(|access| access.who.address());
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
