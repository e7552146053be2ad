//! The first password of an account that may sign in: handed over before the account is made, and never kept.

use async_trait::async_trait;
use secrecy::SecretString;
use tripod_model::{Address, CredentialDelivery};

/// Makes first passwords and hands each to where the people find it.
///
/// It is handed over *before* the account is made. A run that dies in between leaves a password in the vault that
/// opens nothing, and the next run hands over another one; the reverse would leave an account that nobody can enter.
#[async_trait]
pub trait FirstPasswords: Send + Sync {
    /// Makes a password and hands it over; the error says in one sentence why it could not be, without the password.
    async fn hand_over(&self, mailbox: &Address, delivery: &CredentialDelivery) -> Result<SecretString, String>;
}

/// Hands nothing over: for callers whose mailboxes never sign in.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPasswords;

#[async_trait]
impl FirstPasswords for NoPasswords {
    async fn hand_over(&self, _mailbox: &Address, _delivery: &CredentialDelivery) -> Result<SecretString, String> {
        Err("there is nobody here who could hand a password over".to_owned())
    }
}
