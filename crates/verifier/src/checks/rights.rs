//! Whether exactly the people of the manifest have access, with both rights and in force.

use tripod_model::Kind;
use tripod_tenant::{Acceptance, Principal, Rights};

use super::{Member, Results, Subject};
use crate::finding::CheckId;

pub(super) fn check(subject: &Subject<'_>, members: &[Member<'_>], results: &mut Results) {
    let mailbox = &subject.wanted.address;
    for member in members {
        let who = &member.label;
        let Some(access) = member.access else {
            results.findings.push(subject.finding_about(
                member,
                CheckId::DelegateMissing,
                format!("{who} is in the manifest but has no access to {mailbox}"),
                "run `tripod apply` to give it".to_owned(),
            ));
            continue;
        };
        if let Principal::Departed { shown } = &access.who {
            results.findings.push(subject.finding_about(
                member,
                CheckId::DelegateDeparted,
                format!("{mailbox} still lists `{shown}`, an account that is gone"),
                "run `tripod apply` to take the entry away".to_owned(),
            ));
            continue;
        }
        if matches!(access.who, Principal::Group { .. }) {
            results.findings.push(subject.finding_about(
                member,
                CheckId::GroupAsDelegate,
                format!("the group {who} has access to {mailbox}; a group is not counted as a person"),
                "name the people themselves in the manifest and run `tripod apply`".to_owned(),
            ));
            continue;
        }
        if !member.is_wanted() {
            results.findings.push(subject.finding_about(
                member,
                CheckId::DelegateExtra,
                format!("{who} has access to {mailbox} but is not in the manifest"),
                "add the person to the manifest, or run `tripod apply` to end the access".to_owned(),
            ));
            continue;
        }
        if !access.rights.is_full() {
            results.findings.push(subject.finding_about(
                member,
                CheckId::RightsIncomplete,
                format!("{who} {} {mailbox}", incomplete(subject.wanted.kind, access.rights)),
                "run `tripod apply` to give both rights".to_owned(),
            ));
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
            "run `tripod apply` to give it again".to_owned(),
        ));
    }
}

fn incomplete(kind: Kind, rights: Rights) -> &'static str {
    match (kind, rights.read) {
        (Kind::SharedMailbox, true) => "can read but not send as",
        (Kind::SharedMailbox, false) => "can send as but not read",
        (Kind::GroupInbox, true) => "is a member but not an owner of",
        (Kind::GroupInbox, false) => "is an owner but not a member of",
    }
}
