//! The password of an account that nobody is to sign in to.

use secrecy::SecretString;
use uuid::Uuid;

/// A password that nobody knows: 244 random bits from the operating system, by way of two random UUIDs. It goes to
/// Google and nowhere else. Google takes 8 to 100 characters.
pub(super) fn unknown_to_all() -> SecretString {
    SecretString::from(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
}
