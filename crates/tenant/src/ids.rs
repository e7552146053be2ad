//! The providers' immutable ids. Addresses change; these do not.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a mailbox: the Exchange `ExternalDirectoryObjectId` or group id at Microsoft, the numeric user id or the
/// group id at Google.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailboxId(pub String);

/// The id of a person: the Entra object id at Microsoft, the numeric user id at Google.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub String);

impl fmt::Display for MailboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
