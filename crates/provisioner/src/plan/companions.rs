//! What a provider deletes together with a mailbox. All of it has to be named before any of it goes.

use std::collections::BTreeSet;

use tripod_model::{Companion, Kind, Provider, WantedMailbox};
use tripod_tenant::{MailboxState, Observed, ObservedMailbox};

use super::report::{Reason, Unsafe};

/// Why a mailbox that is due is not deleted: what would go with it is not named in the manifest, or is not known.
pub(super) fn against(provider: Provider, wanted: &WantedMailbox, mailbox: &ObservedMailbox) -> Option<Reason> {
    match unnamed(provider, wanted, mailbox) {
        Observed::Present(unnamed) => Some(Reason::Unsafe(Unsafe::TakesMoreAlong { unnamed })),
        Observed::Absent => None,
        Observed::Unknown(unknown) => Some(Reason::unknown("what would be deleted with it", &unknown)),
    }
}

/// What would be deleted with a mailbox though the manifest does not name it; absent if there is nothing of the kind.
pub(super) fn unnamed(
    provider: Provider,
    wanted: &WantedMailbox,
    mailbox: &ObservedMailbox,
) -> Observed<BTreeSet<Companion>> {
    if (provider, wanted.kind) != (Provider::Microsoft365, Kind::GroupInbox) {
        return Observed::Absent;
    }
    match mailbox.state(MailboxState::Team) {
        Observed::Absent => Observed::Absent,
        Observed::Unknown(unknown) => Observed::Unknown(unknown),
        Observed::Present(_) => {
            let all = BTreeSet::from([Companion::Team, Companion::Site]);
            let unnamed: BTreeSet<_> = all.difference(&wanted.also_deletes).copied().collect();
            if unnamed.is_empty() { Observed::Absent } else { Observed::Present(unnamed) }
        }
    }
}
