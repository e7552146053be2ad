//! Why each check matters and how what it finds is mended.

mod states;

use tripod_model::CheckId;

/// What the reference says of a check beyond when it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Why it matters.
    pub why: &'static str,
    /// How to mend what it finds.
    pub mend: &'static str,
    /// What the reading credential needs beyond the usual.
    pub needs: Option<&'static str>,
    /// Where it comes from, if a baseline asks for it.
    pub source: Option<&'static str>,
}

const fn plain(why: &'static str, mend: &'static str) -> Page {
    Page { why, mend, needs: None, source: None }
}

const LAST_SIGN_IN: &str = "The last sign-in. Microsoft 365: `AuditLog.Read.All` and a licence of Entra ID P1. Google \
    Workspace: nothing more.";
const SECOND_FACTOR: &str = "Whether a second factor is registered. Microsoft 365: `AuditLog.Read.All`, and by \
    experience a licence of Entra ID P1. Google Workspace: nothing more.";

/// The page of a check.
#[must_use]
pub fn page(check: CheckId) -> Page {
    match check {
        CheckId::BelowQuorum => plain(
            "With the next people who leave, nobody is left who can receive a sign-up or reset mail, and every integration behind the mailbox is lost. This check cannot be turned off.",
            "Name an active person in the manifest and run `tripod apply`.",
        ),
        CheckId::OnTheEdge => plain(
            "The day after the leave date the mailbox stands on too few. A successor is best named while the one who leaves can still explain.",
            "`tripod impact PERSON --patch` proposes a successor; then run `tripod apply`.",
        ),
        CheckId::EdgeIdle => Page {
            needs: Some(LAST_SIGN_IN),
            ..plain(
                "Somebody on parental leave, or who has in truth left, is counted as active. Exactly the quorum with one of them is one too few.",
                "Ask them. If they no longer look after the mailbox, name somebody else in the manifest.",
            )
        },
        CheckId::DelegateLeaving => plain(
            "The mailbox will stand, but on fewer, and nobody may remember it then.",
            "`tripod impact PERSON --patch` proposes a successor; then run `tripod apply`.",
        ),
        CheckId::DelegateIdle => Page {
            needs: Some(LAST_SIGN_IN),
            ..plain(
                "An account that nobody uses carries nothing, and is a way in that nobody watches.",
                "Ask them, and name somebody else in the manifest if need be.",
            )
        },
        CheckId::DelegateInactive => plain(
            "The manifest counts on somebody who cannot open the mailbox.",
            "Name somebody else in the manifest and run `tripod apply`.",
        ),
        CheckId::DelegateDeparted => plain(
            "What is left of a deleted account does no harm by itself, but hides how many people there are; an account made again under the same id would have access.",
            "Run `tripod apply`, which takes the entry away.",
        ),
        CheckId::DelegateNoSecondFactor => Page {
            needs: Some(SECOND_FACTOR),
            source: Some(
                "CIS Microsoft 365 Foundations asks for a second factor of every user; CISA ScubaGoggles GWS.COMMONCONTROLS.1 asks for the same.",
            ),
            ..plain(
                "Whoever has the password of one delegate reads the reset mails of every service behind the mailbox.",
                "Let the person register a second factor, best a security key or passkey.",
            )
        },
        CheckId::OneManager => plain(
            "A reorganisation, or one bad decision, takes all of them away at once.",
            "Name somebody from another team in the manifest.",
        ),
        CheckId::OneDepartment => plain(
            "What happens to a department happens to all of its people: it moves, is sold, is on the same flight.",
            "Name somebody from another department in the manifest.",
        ),
        CheckId::GroupAsDelegate => plain(
            "Who is in a group changes without the manifest. Its people are shown as evidence and not counted, neither as one nor as many.",
            "Name the people themselves in the manifest and run `tripod apply`, which takes the group away.",
        ),
        CheckId::DelegateMissing => plain(
            "Somebody is held responsible who cannot open the mailbox.",
            "Run `tripod apply`, which gives the access.",
        ),
        CheckId::DelegateExtra => plain(
            "Somebody can read reset mails, and so take over every service behind the mailbox, without anybody having agreed.",
            "Add the person to the manifest, or run `tripod apply`, which ends the access.",
        ),
        CheckId::EverybodyHasAccess => plain(
            "Every account of the organisation reads the reset mails, and so can take over every service behind the mailbox.",
            "Take the entry away in the admin console. No plan does it, because it would end the access of many people at once.",
        ),
        CheckId::NotAPerson => plain(
            "An agent, a device or a contact carries nothing, and what uses it reads the reset mails.",
            "Find out what uses it, then take the entry away in the admin console.",
        ),
        CheckId::RightsIncomplete => plain(
            "Who reads but cannot send as the mailbox answers a provider from the own address, and is refused; the reverse cannot see the answer.",
            "Run `tripod apply`, which gives both rights.",
        ),
        CheckId::DelegationNotInForce => {
            plain("A delegation that nobody accepted gives nothing.", "Run `tripod apply`, which gives it again.")
        }
        CheckId::MailboxMissing => {
            plain("Mail to it bounces: sign-ups, invoices, resets.", "Run `tripod apply`, which makes it.")
        }
        CheckId::MailboxReplaced => plain(
            "What somebody believes to be a service mailbox is one person's account or a list, and goes with them.",
            "Give the service mailbox another address, free this one, or write `adopt: true` if this is it.",
        ),
        CheckId::MailboxDeleted => plain(
            "For some days it can be restored with all its mail; afterwards it cannot (Microsoft 365: 30 days, Google Workspace: 20 days).",
            "Restore it in the admin console, or delete it for good and run `tripod apply`.",
        ),
        CheckId::MailboxSuspended
        | CheckId::MailboxArchived
        | CheckId::MailboxWithoutMail
        | CheckId::MailboxUnlicensed
        | CheckId::MailboxOnHold
        | CheckId::MailboxHidden
        | CheckId::MailboxSynchronised
        | CheckId::MembersByRule
        | CheckId::MembersHidden
        | CheckId::MailboxIsTeam
        | CheckId::MailboxExpires => states::page(check),
        CheckId::AddressMoved => plain(
            "Mail arrives by the alias only. Whoever removes the alias cuts off every service that knows the old address, and answers go out under the new one.",
            "Write the new address into the manifest, or make the old one primary again in the admin console.",
        ),
        CheckId::MailboxNotRetired => plain(
            "A mailbox that nobody looks after any more still receives reset mails.",
            "Run `tripod apply`, which deletes it.",
        ),
        CheckId::SignInOpen => Page {
            source: Some("CIS Microsoft 365 Foundations 1.2.2, «Ensure sign-in to shared mailboxes is blocked»."),
            ..plain(
                "A shared mailbox has an account with a password. If signing in is open, that password is one that nobody watches and that no second factor guards.",
                "Run `tripod apply`, which blocks it and reads back that it is.",
            )
        },
        CheckId::SignInUsed => Page {
            needs: Some(LAST_SIGN_IN),
            source: Some("CIS Microsoft 365 Foundations 1.2.2, «Ensure sign-in to shared mailboxes is blocked»."),
            ..plain(
                "Somebody knows the password of an account that is to have none that anybody knows.",
                "Look into the sign-in log who it was. Run `tripod apply` to block it, or write `sign-in: allowed` if an app needs it.",
            )
        },
        CheckId::SignInUnused => Page {
            needs: Some(LAST_SIGN_IN),
            ..plain(
                "An account that may sign in and never does is a risk without a use.",
                "Take `sign-in: allowed` out of its entry and run `tripod apply`.",
            )
        },
        CheckId::SignInNoSecondFactor => Page {
            needs: Some(SECOND_FACTOR),
            ..plain(
                "Its password alone opens every app that is connected by it.",
                "Register a second factor that at least two people hold, e.g. two security keys.",
            )
        },
        CheckId::ForwardingOutside => Page {
            source: Some(
                "CISA ScubaGoggles GWS.GMAIL.11 (automatic forwarding) and SCuBA MS.EXO.1.1 ask for no automatic forwarding to outside.",
            ),
            ..plain(
                "Reset mails leave the organisation. Forwarding, and a rule of the inbox that forwards, is also what an intruder sets up.",
                "Ask who set it up, then remove it in the admin console.",
            )
        },
        CheckId::RecoveryOfAPerson => plain(
            "Whoever holds the recovery address or telephone takes the account over alone, even after leaving.",
            "Take it away in the admin console.",
        ),
        CheckId::ApplicationPasswords => Page {
            needs: Some(
                "Google Workspace would want `admin.directory.user.security`, which has no read-only form. Tripod never asks for it, so the answer there is always unknown; that is why the check is off unless a policy wants it.",
            ),
            ..plain(
                "An application password gets around the second factor, and nobody sees who uses it.",
                "Find out which programs use them, connect these by OAuth, and revoke the passwords.",
            )
        },
        CheckId::NearLimit => Page {
            needs: Some(
                "The size of the mailbox. Google Workspace tells it in each user's usage report only, which Tripod does not read: the answer there is always unknown. A provider that tells no limit is held to 50 GB, what a shared mailbox holds without a licence at Microsoft 365.",
            ),
            ..plain(
                "A full mailbox refuses mail, and with it sign-ups and resets.",
                "Delete or archive old mail, or give the mailbox a licence with more room.",
            )
        },
        CheckId::OutsideMailRefused => plain(
            "The mails that a service mailbox is for come from outside.",
            "Run `tripod apply`, which lets everybody write to the group.",
        ),
        CheckId::OpenToStrangers => plain(
            "Whoever joins reads reset mails, and so takes over every service behind the mailbox.",
            "Run `tripod apply`, which makes it by invitation only.",
        ),
        CheckId::SettingOff => plain(
            "Without sent copies no delegate sees what another has answered; without the collaborative inbox nobody sees who takes care.",
            "Run `tripod apply`, which turns it on.",
        ),
        CheckId::DelegationOff => Page {
            needs: Some("Google Workspace: the Cloud Identity Policy API, `cloud-identity.policies.readonly`."),
            source: Some(
                "CISA ScubaGoggles GMAIL.1 and checks of the same kind in Prowler and CIS Google Workspace Foundations ask for mail delegation to be off. A service mailbox needs it, for its own organisational unit and those of its delegates only. The finding carries the text of the exception to file.",
            ),
            ..plain(
                "While it is off for the mailbox or for a delegate, that delegate cannot open the mailbox and does not count, and an empty list of delegates looks like an order.",
                "Turn it on for these units in the admin console (Apps, Google Workspace, Gmail, User settings, Mail delegation) and file the exception.",
            )
        },
        CheckId::UnmanagedMailbox => Page {
            needs: Some("A look at every shared mailbox and group of the tenant, which takes a while in a large one."),
            ..plain(
                "Nobody looks after its people. Most integrations that break unnoticed hang on a mailbox like this.",
                "`tripod import` writes entries for the manifest; the finding carries the one for this mailbox.",
            )
        },
        CheckId::DeviationExpired => plain(
            "Somebody answered for a risk until a day that has passed.",
            "Put right what was accepted and remove the deviation, or agree on a new end date.",
        ),
        CheckId::OwnRule => plain(
            "The policy says so; the finding carries the id and the text of the rule.",
            "The rule says what to do.",
        ),
    }
}
