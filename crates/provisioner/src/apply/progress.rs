//! What happens while a plan is carried out, told as it happens.

use std::collections::BTreeMap;

use tripod_model::{Address, TenantName};

use super::report::{Failure, MailboxState};
use crate::plan::Step;

/// Is told what happens. Called from several tasks at once; it must not wait.
pub trait Progress: Send + Sync {
    /// Something happened.
    fn tell(&self, event: &Event<'_>);
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The run begins: how many steps each mailbox has.
    Begun {
        /// The steps by mailbox.
        mailboxes: &'a BTreeMap<(TenantName, Address), usize>,
    },
    /// A step is about to be sent.
    StepBegun {
        /// The step.
        step: &'a Step,
    },
    /// A step was carried out, or was so already.
    StepDone {
        /// The step.
        step: &'a Step,
    },
    /// A step failed.
    StepFailed {
        /// The step.
        step: &'a Step,
        /// Why.
        failure: &'a Failure,
    },
    /// A step is not sent, because of what was seen right before it.
    StepHeldBack {
        /// The step.
        step: &'a Step,
        /// Why, as a sentence without a full stop.
        reason: &'a str,
    },
    /// A mailbox waits for something.
    Waiting {
        /// The tenant.
        tenant: &'a TenantName,
        /// The mailbox.
        mailbox: &'a Address,
        /// For what, e.g. `the new mailbox to work`.
        what: &'a str,
    },
    /// Nothing more is done for a mailbox.
    MailboxFinished {
        /// The tenant.
        tenant: &'a TenantName,
        /// The mailbox.
        mailbox: &'a Address,
        /// How it ended.
        state: MailboxState,
    },
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn tell(&self, _event: &Event<'_>) {}
}
