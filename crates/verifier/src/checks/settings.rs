//! The settings that a mailbox must have by its provider and kind.

use tripod_model::{SignIn, WantedMailbox};
use tripod_tenant::{Observed, ObservedMailbox, Setting};

use super::{Results, Subject};
use crate::finding::{CheckId, Evidence, Remedy};

pub(super) fn check(subject: &Subject<'_>, found: &ObservedMailbox, results: &mut Results) {
    // A mailbox that is to be signed in to is not asked whether it can be.
    let asked = |setting: Setting| setting != Setting::SignInBlocked || subject.wanted.sign_in == SignIn::Blocked;
    for (setting, state) in found.settings.iter().filter(|(setting, _)| asked(**setting)) {
        let check = check_of(*setting);
        match state {
            Observed::Present(true) => {}
            Observed::Present(false) | Observed::Absent => {
                let mut finding = subject.finding(
                    check,
                    message(*setting, subject.wanted),
                    Remedy::say("run `tripod apply` to turn it on").run("tripod apply"),
                );
                finding.subject = Some(setting.words().to_owned());
                finding.evidence.push(Evidence::new(setting.words(), "no"));
                results.findings.push(finding);
            }
            Observed::Unknown(unknown) => results.unknown.push(subject.unknown(Some(check), setting.words(), unknown)),
        }
    }
}

fn check_of(setting: Setting) -> CheckId {
    match setting {
        Setting::SignInBlocked => CheckId::SignInOpen,
        Setting::OutsideMailAccepted => CheckId::OutsideMailRefused,
        Setting::JoiningByInvitation | Setting::OutsidersRefused | Setting::ReadByMembersOnly => {
            CheckId::OpenToStrangers
        }
        Setting::SentCopiesKept | Setting::CollaborativeInbox | Setting::LeavingClosed => CheckId::SettingOff,
    }
}

fn message(setting: Setting, wanted: &WantedMailbox) -> String {
    let mailbox = &wanted.address;
    match setting {
        Setting::SignInBlocked => format!("{mailbox} can be signed in to"),
        Setting::OutsideMailAccepted => format!("{mailbox} refuses mail from outside, or holds it back"),
        Setting::JoiningByInvitation => format!("anybody in the organisation can join {mailbox} without being invited"),
        Setting::OutsidersRefused => format!("people from outside can be members of {mailbox}"),
        Setting::ReadByMembersOnly => format!("people who are no members can read what {mailbox} receives"),
        Setting::SentCopiesKept => format!("{mailbox} keeps no copy of what its delegates send"),
        Setting::CollaborativeInbox => format!("{mailbox} does not work as a shared inbox"),
        Setting::LeavingClosed => format!("members can leave {mailbox} by themselves"),
    }
}
