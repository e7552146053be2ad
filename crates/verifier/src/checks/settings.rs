//! The settings that a mailbox must have by its provider and kind.

use std::collections::BTreeSet;

use tripod_model::{SignIn, WantedMailbox};
use tripod_tenant::{ErrorKind, Observed, ObservedMailbox, Setting, Unknown};

use super::{Results, Subject};
use crate::finding::{CheckId, Evidence, Remedy};

/// Looks at every setting that the mailbox must have; where it is not known which provider it is, at those that were
/// told. A setting of which the tenant's answer says nothing is unknown.
pub(super) fn check(subject: &Subject<'_>, found: &ObservedMailbox, results: &mut Results) {
    let wanted = subject.wanted;
    // A mailbox that is to be signed in to is not asked whether it can be.
    let asked = |setting: &Setting| *setting != Setting::SignInBlocked || wanted.sign_in == SignIn::Blocked;
    let mut settings: BTreeSet<Setting> = found.settings.keys().copied().filter(asked).collect();
    if let Some(provider) = subject.provider {
        settings.extend(Setting::required(provider, wanted.kind, wanted.sign_in));
    }
    for setting in settings {
        let check = check_of(setting);
        match found.settings.get(&setting) {
            Some(Observed::Present(true)) => {}
            Some(Observed::Present(false) | Observed::Absent) => {
                let mut finding = subject.finding(
                    check,
                    message(setting, wanted),
                    Remedy::say("run `tripod apply` to set it right").run("tripod apply"),
                );
                finding.subject = Some(setting.words().to_owned());
                finding.evidence.push(Evidence::new(setting.words(), "no"));
                results.findings.push(finding);
            }
            Some(Observed::Unknown(unknown)) => {
                results.unknown.push(subject.unknown(Some(check), setting.words(), unknown));
            }
            None => {
                let reason = "the tenant's answer does not say".to_owned();
                let unknown = Unknown { kind: ErrorKind::Invalid, reason };
                results.unknown.push(subject.unknown(Some(check), setting.words(), &unknown));
            }
        }
    }
}

/// The check that looks at a setting.
pub(crate) fn check_of(setting: Setting) -> CheckId {
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
