//! What a tenant says of a thing.

use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, TenantError};

/// What a tenant says of a thing. `Unknown` is never treated as `Absent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observed<T> {
    /// It is there, and this is what it looks like.
    Present(T),
    /// The tenant said that it is not there.
    Absent,
    /// The tenant could not be asked, or its answer could not be believed.
    Unknown(Unknown),
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unknown {
    /// The kind of the error that stood in the way; the exit status follows from it.
    pub kind: ErrorKind,
    /// The reason, as a sentence without a full stop.
    pub reason: String,
}

impl<T> Observed<T> {
    /// The value, if it is there.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// The same observation of something made from the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Present(value) => Observed::Present(f(value)),
            Self::Absent => Observed::Absent,
            Self::Unknown(unknown) => Observed::Unknown(unknown),
        }
    }

    /// A result as an observation: *missing* is absent, every other error is unknown.
    pub fn from_result(result: Result<T, TenantError>) -> Self {
        match result {
            Ok(value) => Self::Present(value),
            Err(error) if error.kind == ErrorKind::Missing => Self::Absent,
            Err(error) => Self::Unknown(error.into()),
        }
    }
}

impl From<TenantError> for Unknown {
    fn from(error: TenantError) -> Self {
        Self { kind: error.kind, reason: error.to_string() }
    }
}
