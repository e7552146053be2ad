//! What came of carrying out a plan.

use jiff::Timestamp;
use serde::Serialize;
use tripod_model::{Address, TenantName};
use tripod_tenant::{ErrorKind, TenantError, Unknown};

use crate::plan::{Action, Digest};

/// What came of a plan.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ApplyReport {
    /// The plan.
    pub digest: Digest,
    /// When it began.
    pub begun: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How it went as a whole; the exit status follows from it.
    pub outcome: Outcome,
    /// When an earlier run of the same plan had finished it, in RFC 3339. Then this run has sent nothing.
    pub finished_before: Option<String>,
    /// How many active delegates a mailbox has to stand on.
    pub quorum: usize,
    /// How it went for each mailbox that has steps, by tenant and address.
    pub mailboxes: Vec<MailboxReport>,
}

/// How a run went as a whole: the worst that happened to any mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything was done, and reads show it.
    Done,
    /// Everything was done, but reads do not show all of it yet.
    Unconfirmed,
    /// Everything was done, and fewer people than the quorum can act for a mailbox all the same.
    BelowQuorum,
    /// Something was held back, because it would have left a mailbox on too few people or because of what was seen
    /// right before it.
    HeldBack,
    /// Something could not be done because a provider was unavailable or throttled; trying again may help.
    Unavailable,
    /// Something could not be done because of credentials, permissions or switches at a provider.
    SetUp,
    /// Something was refused or went wrong in another way.
    Failed,
}

/// What came of one mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MailboxReport {
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox.
    pub mailbox: Address,
    /// How it ended.
    pub state: MailboxState,
    /// How many active delegates the last look showed; nothing if it is not there or not known.
    pub active_delegates: Option<usize>,
    /// Its steps.
    pub steps: Vec<StepReport>,
}

/// How a mailbox ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailboxState {
    /// All steps are done and reads show them.
    Done,
    /// All steps are done, but reads do not show all of them yet.
    Unconfirmed,
    /// No step failed, and a safety rule holds at least one back.
    HeldBack,
    /// A step failed. What needs it was not tried; everything else was.
    Failed,
}

/// What came of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepReport {
    /// Its number in the plan.
    pub number: u32,
    /// What was to be done.
    pub action: Action,
    /// What came of it.
    pub state: StepState,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It was so before.
    AlreadySo,
    /// It was done, and a read shows it.
    Confirmed,
    /// It was done, but no read shows it yet.
    Unconfirmed,
    /// It was not sent, because of what was seen right before.
    HeldBack {
        /// Why, as a sentence without a full stop.
        reason: String,
    },
    /// It failed.
    Failed(Failure),
    /// It was not tried, because a step that it needs failed.
    NotTried,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    /// The kind of the error.
    pub kind: ErrorKind,
    /// What happened, as a sentence without a full stop.
    pub message: String,
    /// The permission that lacks, where that is known.
    pub permission: Option<String>,
    /// The provider's id of the request, for its support.
    pub request_id: Option<String>,
    /// Whether the step was certainly not carried out.
    pub not_done: bool,
}

impl From<TenantError> for Failure {
    fn from(error: TenantError) -> Self {
        Self {
            kind: error.kind,
            message: error.to_string(),
            permission: error.permission,
            request_id: error.request_id,
            not_done: error.not_done,
        }
    }
}

impl From<Unknown> for Failure {
    fn from(unknown: Unknown) -> Self {
        Self::before_the_call(unknown.kind, unknown.reason)
    }
}

impl Failure {
    /// A failure that kept a step from being sent.
    pub(crate) fn before_the_call(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), permission: None, request_id: None, not_done: true }
    }

    /// What it means for the run as a whole.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.kind {
            ErrorKind::Throttled | ErrorKind::Unavailable => Outcome::Unavailable,
            ErrorKind::Denied | ErrorKind::SetUp => Outcome::SetUp,
            ErrorKind::Missing | ErrorKind::Conflict | ErrorKind::Invalid => Outcome::Failed,
        }
    }

    pub(crate) fn kind_word(&self) -> &'static str {
        match self.kind {
            ErrorKind::Missing => "missing",
            ErrorKind::Conflict => "conflict",
            ErrorKind::Denied => "denied",
            ErrorKind::Throttled => "throttled",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::SetUp => "set-up",
            ErrorKind::Invalid => "invalid",
        }
    }
}

impl Outcome {
    /// The word for it in journals.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unconfirmed => "unconfirmed",
            Self::BelowQuorum => "below-quorum",
            Self::HeldBack => "held-back",
            Self::Unavailable => "unavailable",
            Self::SetUp => "set-up",
            Self::Failed => "failed",
        }
    }
}

impl ApplyReport {
    /// The mailboxes that are there and for which fewer people than the quorum can act, with how many can.
    pub fn below_quorum(&self) -> impl Iterator<Item = (&MailboxReport, usize)> {
        let short = |mailbox: &&MailboxReport| !mailbox.steps.iter().any(|step| step.action == Action::Retire);
        let counted = self.mailboxes.iter().filter(short);
        counted.filter_map(|mailbox| Some((mailbox, mailbox.active_delegates.filter(|count| *count < self.quorum)?)))
    }

    /// What was held back, with its mailbox and the reason.
    pub fn held_back(&self) -> impl Iterator<Item = (&MailboxReport, &StepReport, &str)> {
        self.mailboxes.iter().flat_map(|mailbox| {
            mailbox.steps.iter().filter_map(move |step| match &step.state {
                StepState::HeldBack { reason } => Some((mailbox, step, reason.as_str())),
                _ => None,
            })
        })
    }

    /// The failed steps with their mailboxes.
    pub fn failures(&self) -> impl Iterator<Item = (&MailboxReport, &StepReport, &Failure)> {
        self.mailboxes.iter().flat_map(|mailbox| {
            mailbox.steps.iter().filter_map(move |step| match &step.state {
                StepState::Failed(failure) => Some((mailbox, step, failure)),
                _ => None,
            })
        })
    }
}
