//! The pages of the checks on a mailbox's own states.

use tripod_model::CheckId;

use super::{Page, plain};

/// The page of a check on a state.
pub(super) fn page(check: CheckId) -> Page {
    match check {
        CheckId::MailboxSuspended => plain(
            "Google refuses all mail to a suspended account. Sign-ups, invoices and resets bounce, while the list of delegates looks as it should.",
            "Find out why it was suspended, then reactivate the account in the Admin console.",
        ),
        CheckId::MailboxArchived => plain(
            "An archived account keeps its mail and receives none.",
            "Unarchive the account in the Admin console; it then takes a licence of its own.",
        ),
        CheckId::MailboxWithoutMail => plain(
            "Without a mailbox behind the address every mail bounces, and no delegate can open anything.",
            "Give the account a licence with Gmail, and wait until Google has set the mailbox up.",
        ),
        CheckId::MailboxUnlicensed => plain(
            "A shared mailbox needs no licence up to 50 GB and without an archive or a hold. Beyond that Microsoft 365 can lock it or stop delivering.",
            "Assign the licence that it needs, or make it smaller and take archive and hold away.",
        ),
        CheckId::MailboxOnHold => plain(
            "What is deleted from a mailbox on hold stays, out of sight, and counts towards its size. It is a decision that others rely on.",
            "Ask the owner of the hold how long it lasts. Accept it by a deviation with an end date.",
        ),
        CheckId::MailboxHidden => plain(
            "Outlook resolves addresses by the address list. A delegate who cannot find the mailbox there may be unable to open it or to send as it.",
            "Show the mailbox in the address list in the admin console, or accept it by a deviation.",
        ),
        CheckId::MailboxSynchronised => plain(
            "What the organisation's own directory decides cannot be changed at Microsoft 365: `tripod apply` is refused there.",
            "Change it in that directory, or end the synchronisation of this object.",
        ),
        CheckId::MembersByRule => plain(
            "A membership rule adds and removes people by their attributes. No permission lets anybody be added by name, so that `tripod apply` is refused.",
            "Change the group to assigned membership in the admin console, or have the rule include the delegates.",
        ),
        CheckId::MembersHidden => plain(
            "A reader without the permission for hidden members gets a shorter list, which looks complete.",
            "Give the reading identity `Member.Read.Hidden`, or use a group that shows its members.",
        ),
        CheckId::MailboxIsTeam => plain(
            "A Microsoft 365 group that became a team has channels and files of its own. Retiring the mailbox deletes all of it.",
            "Move the team to a group of its own, or accept it by a deviation with an end date.",
        ),
        _ => plain(
            "An expiration policy deletes the group, with its mail, on the day that it names. It can be restored for 30 days after that, and then no longer.",
            "Have an owner renew the group, or exclude it from the expiration policy in the admin console.",
        ),
    }
}
