//! The search syntax of `users.list` (facts sheet, Google 3.1).

use super::errors;
use super::state::Searchable;
use crate::wire::Reply;

/// Clauses, all of which have to hold.
#[derive(Debug, PartialEq)]
pub(super) struct Query(Vec<Clause>);

#[derive(Debug, PartialEq)]
struct Clause {
    field: String,
    /// `=`, else `:`.
    exact: bool,
    /// The value had a star at its end.
    prefix: bool,
    value: String,
}

const TEXTS: [&str; 7] = ["email", "name", "givenName", "familyName", "externalId", "manager", "orgUnitPath"];
const FLAGS: [&str; 6] =
    ["isSuspended", "isArchived", "isAdmin", "isDelegatedAdmin", "isEnrolledIn2Sv", "isEnforcedIn2Sv"];

impl Query {
    /// Reads a query; anything that is not in the documented syntax is refused as Google does.
    pub(super) fn parse(text: &str) -> Result<Self, Reply> {
        let refuse = || errors::invalid("query");
        let mut clauses = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (place, operator) =
                rest.char_indices().find(|(_, c)| matches!(c, '=' | ':' | ' ')).ok_or_else(refuse)?;
            if operator == ' ' {
                return Err(refuse());
            }
            let field = &rest[..place];
            rest = &rest[place + 1..];
            let (value, after) = value(rest).ok_or_else(refuse)?;
            rest = after.trim_start();
            let prefix = value.ends_with('*');
            let value = value.trim_end_matches('*').to_owned();
            let flag = FLAGS.contains(&field);
            if !(flag && matches!(value.as_str(), "true" | "false") || TEXTS.contains(&field) && !value.is_empty()) {
                return Err(refuse());
            }
            clauses.push(Clause { field: field.to_owned(), exact: operator == '=', prefix, value });
        }
        if clauses.is_empty() { Err(refuse()) } else { Ok(Self(clauses)) }
    }

    /// Whether a user as searches see it is found.
    pub(super) fn finds(&self, user: &Searchable) -> bool {
        self.0.iter().all(|clause| clause.holds(user))
    }
}

/// A value, in single quotes if it has spaces in it, and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let mut out = String::new();
        let mut chars = quoted.char_indices();
        while let Some((place, c)) = chars.next() {
            match c {
                '\\' => out.push(chars.next()?.1),
                '\'' => {
                    let after = &quoted[place + 1..];
                    return match after.strip_prefix('*') {
                        Some(after) => Some((out + "*", after)),
                        None => Some((out, after)),
                    };
                }
                other => out.push(other),
            }
        }
        return None;
    }
    let end = text.find(' ').unwrap_or(text.len());
    Some((text[..end].to_owned(), &text[end..]))
}

impl Clause {
    fn holds(&self, user: &Searchable) -> bool {
        let flag = |is: bool| is == (self.value == "true");
        let full = format!("{} {}", user.given, user.family);
        match self.field.as_str() {
            "isSuspended" => flag(user.suspended),
            "isArchived" => flag(user.archived),
            "isAdmin" => flag(user.admin),
            "isDelegatedAdmin" | "isEnforcedIn2Sv" => flag(false),
            "isEnrolledIn2Sv" => flag(user.second_factor),
            "email" => user.addresses.iter().any(|address| self.fits(address)),
            "name" => self.fits(&full) || self.fits(&user.given) || self.fits(&user.family),
            "givenName" => self.fits(&user.given),
            "familyName" => self.fits(&user.family),
            "externalId" => user.external_ids.iter().any(|id| self.fits(id)),
            "manager" => user.manager.as_ref().is_some_and(|manager| self.fits(manager)),
            // A unit includes those below it.
            _ => self.value == "/" || user.unit == self.value || user.unit.starts_with(&format!("{}/", self.value)),
        }
    }

    fn fits(&self, text: &str) -> bool {
        let (text, value) = (text.to_lowercase(), self.value.to_lowercase());
        match (self.prefix, self.exact) {
            (true, _) => {
                text.starts_with(&value) || text.split([' ', '.', '@', '-']).any(|word| word.starts_with(&value))
            }
            (false, true) => text == value,
            (false, false) => text == value || text.split([' ', '.', '@', '-']).any(|word| word == value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Searchable {
        Searchable {
            addresses: vec!["ana.silva@x.test".into()],
            given: "Ana".into(),
            family: "Silva".into(),
            suspended: false,
            archived: false,
            admin: false,
            second_factor: true,
            unit: "/Service mailboxes/Old".into(),
            external_ids: vec!["tripod".into()],
            manager: Some("boss@x.test".into()),
        }
    }

    fn finds(text: &str) -> bool {
        Query::parse(text).unwrap().finds(&ana())
    }

    #[test]
    fn clauses_are_joined_by_and() {
        assert!(finds("isSuspended=false name:silva externalId=tripod"));
        assert!(!finds("isSuspended=true name:silva"));
        assert!(finds("email:ana* orgUnitPath='/Service mailboxes'"));
        assert!(finds("name='Ana Silva' manager=boss@x.test"));
        assert!(!finds("email=ana"));
    }

    #[test]
    fn what_is_not_in_the_syntax_is_refused() {
        for text in ["", "ana", "colour=red", "isSuspended=maybe", "name='Ana", "email=", "a b=c"] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }
}
