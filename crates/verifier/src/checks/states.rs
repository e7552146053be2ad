//! The states that a provider can put a mailbox into, beside the settings that Tripod makes.

use tripod_tenant::{MailboxState, Observed, ObservedMailbox};

use super::{Results, Subject};
use crate::finding::{CheckId, Evidence, Remedy};

/// Looks at every state that the provider knows for this kind; only at those that were told where it is not known which
/// provider it is. A state of which the tenant's answer says nothing is unknown.
pub(super) fn check(subject: &Subject<'_>, found: &ObservedMailbox, results: &mut Results) {
    let told: Vec<MailboxState> = found.states.keys().copied().collect();
    let possible = match subject.provider {
        Some(provider) => MailboxState::possible(provider, subject.wanted.kind),
        None => told.as_slice(),
    };
    for state in possible {
        let check = check_of(*state);
        match found.state(*state) {
            Observed::Absent => {}
            Observed::Unknown(unknown) => {
                let what = format!("whether it is {}", state.words());
                results.unknown.push(subject.unknown(Some(check), what, &unknown));
            }
            Observed::Present(detail) => {
                let message = message(*state, subject.wanted.address.as_str(), &detail);
                let mut finding = subject.finding(check, message, Remedy::say(remedy(*state)));
                let detail = if detail.is_empty() { "yes".to_owned() } else { detail };
                finding.evidence.push(Evidence::new(state.words(), detail));
                results.findings.push(finding);
            }
        }
    }
}

/// The check that looks at a state.
pub(crate) fn check_of(state: MailboxState) -> CheckId {
    match state {
        MailboxState::Suspended => CheckId::MailboxSuspended,
        MailboxState::Archived => CheckId::MailboxArchived,
        MailboxState::WithoutMailbox => CheckId::MailboxWithoutMail,
        MailboxState::Unlicensed => CheckId::MailboxUnlicensed,
        MailboxState::OnHold => CheckId::MailboxOnHold,
        MailboxState::Hidden => CheckId::MailboxHidden,
        MailboxState::Synchronised => CheckId::MailboxSynchronised,
        MailboxState::MembersByRule => CheckId::MembersByRule,
        MailboxState::MembersHidden => CheckId::MembersHidden,
        MailboxState::Team => CheckId::MailboxIsTeam,
        MailboxState::Expires => CheckId::MailboxExpires,
    }
}

fn message(state: MailboxState, mailbox: &str, detail: &str) -> String {
    let words = match state {
        MailboxState::Suspended => format!("the account of {mailbox} is suspended, so that mail to it bounces"),
        MailboxState::Archived => format!("the account of {mailbox} is archived, so that it receives no mail"),
        MailboxState::WithoutMailbox => format!("the account of {mailbox} has no mailbox, so that mail to it bounces"),
        MailboxState::Unlicensed => format!("{mailbox} needs a licence that it does not have"),
        MailboxState::OnHold => format!("a hold keeps what is in {mailbox}"),
        MailboxState::Hidden => format!("the address list does not show {mailbox}"),
        MailboxState::Synchronised => {
            format!("{mailbox} is synchronised from the organisation's own directory and cannot be changed here")
        }
        MailboxState::MembersByRule => format!("a membership rule decides who the members of {mailbox} are"),
        MailboxState::MembersHidden => format!("{mailbox} hides its members"),
        MailboxState::Team => format!("{mailbox} is a team as well, which would be deleted with it"),
        MailboxState::Expires => format!("the provider deletes {mailbox} unless an owner renews it"),
    };
    if detail.is_empty() { words } else { format!("{words} ({detail})") }
}

fn remedy(state: MailboxState) -> &'static str {
    match state {
        MailboxState::Suspended => "find out why it was suspended, then reactivate the account in the admin console",
        MailboxState::Archived => "unarchive the account in the admin console; it then takes a licence of its own",
        MailboxState::WithoutMailbox => {
            "give the account a licence with a mailbox in the admin console, and wait until the mailbox is set up"
        }
        MailboxState::Unlicensed => "give the mailbox the licence that it needs in the admin console",
        MailboxState::OnHold => {
            "ask the owner of the hold how long it lasts; until then the mailbox cannot be deleted for good"
        }
        MailboxState::Hidden => "show it in the address list in the admin console",
        MailboxState::Synchronised => "change it in the organisation's own directory, or end its synchronisation there",
        MailboxState::MembersByRule => {
            "change the group to assigned membership in the admin console, or have the rule include the delegates"
        }
        MailboxState::MembersHidden => {
            "give the reading identity the permission to read hidden members, or use a group that shows its members"
        }
        MailboxState::Team => "move the team to a group of its own, or accept it by a deviation with an end date",
        MailboxState::Expires => {
            "have an owner renew the group, or exclude it from the expiration policy in the admin console"
        }
    }
}
