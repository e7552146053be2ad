//! E-mail addresses, checked before they can become part of a URL, and equal whatever their case.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::read::printable;

/// An e-mail address in lower case.
///
/// An invariant of this type is that its text is safe as one segment of a URL path after percent-encoding and in
/// every query language that the providers have: no slash, quote, space, control character or non-ASCII letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(description = "An e-mail address.", extend("format" = "email"))]
pub struct Address(String);

/// Why a text is not an address that Tripod accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A character that no provider accepts in a mailbox address, or that would change the meaning of a URL.
    #[error("`{text}` has {character:?} in it, which an address cannot have")]
    Character {
        /// The text as it was given, what is invisible in it written out, cut after 80 characters.
        text: String,
        /// The first offending character.
        character: char,
    },
    /// Not of the form `name@domain.tld`.
    #[error("`{text}` is not an e-mail address; write it as name@example.com")]
    Form {
        /// The text as it was given, what is invisible in it written out, cut after 80 characters.
        text: String,
    },
    /// Longer than the 64 characters before the @ or the 254 in all that mail allows (RFC 5321, 4.5.3.1).
    #[error("`{text}` is too long for an e-mail address")]
    Length {
        /// The text as it was given, what is invisible in it written out, cut after 80 characters.
        text: String,
    },
}

impl Address {
    /// The address in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the @.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or(self.0.as_str(), |(local, _)| local)
    }

    /// What stands after the @, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 254 || text.split('@').next().is_some_and(|local| local.len() > 64) {
            return Err(AddressError::Length { text: printable(text) });
        }
        // Stricter than RFC 5322 on purpose: neither provider accepts more than this in a mailbox address, and
        // everything beyond it is a way to smuggle something into a path, a filter or a terminal.
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+' | '\'' | '&');
        if let Some(character) = text.chars().find(|c| !allowed(*c)) {
            return Err(AddressError::Character { text: printable(text), character });
        }
        let form = || AddressError::Form { text: printable(text) };
        let (_, domain) = text.split_once('@').ok_or_else(form)?;
        if !email_address::EmailAddress::is_valid(text) || !is_domain(domain) {
            return Err(form());
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// Whether a text is a DNS name of at least two labels.
#[must_use]
pub fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_tell_addresses_apart() {
        assert_eq!("Ana@Example.COM".parse::<Address>(), "ana@example.com".parse());
    }

    #[test]
    fn nothing_that_could_change_a_url_is_an_address() {
        for text in
            ["x/../y@a.test", "a?b@a.test", "a#b@a.test", "a%2f@a.test", "a b@a.test", "a\u{202e}@a.test", "а@a.test"]
        {
            assert!(matches!(text.parse::<Address>(), Err(AddressError::Character { .. })), "{text}");
        }
    }

    #[test]
    fn an_address_has_a_name_and_a_domain_of_two_labels() {
        for text in ["", "a", "@a.test", "a@", "a@test", "a@-x.test", "a@b@c.test", "a..b@a.test"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
