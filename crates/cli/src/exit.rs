//! The one place where errors become words and exit statuses.

use std::fmt;
use std::process::ExitCode;

use tripod_sandbox::SandboxError;
use tripod_tenant::{ErrorKind, TenantError};

/// How a command ended. The numbers are part of the program's interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, nothing to say.
    Done = 0,
    /// Something that should not happen.
    Unexpected = 1,
    /// `--detailed-exitcode`: there are changes to be made.
    ChangesPending = 2,
    /// Findings at or over the threshold.
    Findings = 3,
    /// Refused by a safety rule.
    Refused = 4,
    /// Credentials or set-up at the provider.
    SetUp = 5,
    /// The provider is unavailable or throttling; try again.
    Unavailable = 6,
    /// Applied, but not all of it is confirmed yet.
    Unconfirmed = 7,
    /// Wrong usage of the program.
    Usage = 64,
    /// A file of the user's is wrong.
    File = 65,
    /// Stopped by the person at the keyboard, as shells count an interrupt: 128 and the number of the signal.
    Interrupted = 130,
}

impl Exit {
    /// The exit status that an error at a provider leads to.
    pub(crate) fn from_kind(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Throttled | ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Denied | ErrorKind::SetUp => Self::SetUp,
            ErrorKind::Conflict => Self::Refused,
            ErrorKind::Missing | ErrorKind::Invalid => Self::Unexpected,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do its work, with what to do about it.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// The kind; the exit status follows from it.
    pub kind: Exit,
    /// What happened.
    pub error: anyhow::Error,
    /// What to do next, each a sentence of its own without a full stop.
    pub hints: Vec<String>,
}

impl CommandError {
    /// An error of a kind.
    pub(crate) fn new(kind: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { kind, error: error.into(), hints: Vec::new() }
    }

    /// An error of a kind, in words.
    pub(crate) fn message(kind: Exit, message: impl fmt::Display) -> Self {
        Self { kind, error: anyhow::anyhow!("{message}"), hints: Vec::new() }
    }

    /// The same error with a hint.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<TenantError> for CommandError {
    fn from(error: TenantError) -> Self {
        let kind = Exit::from_kind(error.kind);
        let hint = match kind {
            Exit::Unavailable => Some("nothing is lost; run the command again later"),
            _ => None,
        };
        let new = Self::new(kind, error);
        hint.into_iter().fold(new, CommandError::hint)
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Unexpected, error)
    }
}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(Exit::Unexpected, error)
    }
}

impl From<SandboxError> for CommandError {
    fn from(error: SandboxError) -> Self {
        let kind = match &error {
            SandboxError::Description { .. }
            | SandboxError::File(_)
            | SandboxError::Changed { .. }
            | SandboxError::NoState(_) => Exit::File,
            SandboxError::Nobody { .. }
            | SandboxError::NotApplicable { .. }
            | SandboxError::Listen { .. }
            | SandboxError::Tls { .. } => Exit::Usage,
            SandboxError::Held(_) => Exit::Refused,
            SandboxError::State { .. } | SandboxError::Content { .. } | SandboxError::WireLog { .. } => {
                Exit::Unexpected
            }
        };
        let changed = matches!(error, SandboxError::Changed { .. });
        let told = Self::new(kind, error);
        if changed {
            told.hint("`tripod sandbox reset` starts them again from it, and forgets what happened in them")
        } else {
            told
        }
    }
}
