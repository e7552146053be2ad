//! The search syntax of `users.list` (Directory API, «Search for users»; facts sheet, Google 3.1).

use super::errors;
use super::state::Searchable;
use crate::wire::Reply;

/// Clauses, all of which have to hold.
#[derive(Debug, PartialEq)]
pub(super) struct Query(Vec<Clause>);

#[derive(Debug, PartialEq)]
struct Clause {
    /// The field; empty where only a text is given, which is compared with names and addresses.
    field: String,
    /// `=`, else `:`.
    exact: bool,
    /// The value had a star at its end.
    prefix: bool,
    value: String,
}

/// The fields that are texts.
const TEXTS: [&str; 13] = [
    "email",
    "name",
    "givenName",
    "familyName",
    "externalId",
    "manager",
    "directManager",
    "orgName",
    "orgTitle",
    "orgDepartment",
    "orgDescription",
    "orgCostCenter",
    "orgUnitPath",
];
/// The fields that are yes or no. `isGuest` stands in no table of Google's, and clients use it.
const FLAGS: [&str; 7] =
    ["isSuspended", "isArchived", "isAdmin", "isDelegatedAdmin", "isEnrolledIn2Sv", "isEnforcedIn2Sv", "isGuest"];
/// What Google documents besides, and the stand-in has not.
const NOT_BUILT: [&str; 12] = [
    "im",
    "managerId",
    "directManagerId",
    "address",
    "addressPoBox",
    "addressExtended",
    "addressStreet",
    "addressLocality",
    "addressRegion",
    "addressPostalCode",
    "addressCountry",
    "phone",
];

impl Query {
    /// Reads a query; what is not in the documented syntax is refused as Google does, and what is in it and not built
    /// says so.
    pub(super) fn parse(text: &str) -> Result<Self, Reply> {
        let refuse = || errors::invalid("query");
        let mut clauses = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (clause, after) = clause(rest)?;
            rest = after.trim_start();
            clauses.push(clause);
        }
        if clauses.is_empty() { Err(refuse()) } else { Ok(Self(clauses)) }
    }

    /// Whether a user as searches see it is found; `manager_of` gives the manager of whoever has an address.
    pub(super) fn finds(&self, user: &Searchable, manager_of: &dyn Fn(&str) -> Option<String>) -> bool {
        self.0.iter().all(|clause| clause.holds(user, manager_of))
    }
}

/// The first clause of a text that is not empty, and what comes after it.
fn clause(text: &str) -> Result<(Clause, &str), Reply> {
    let refuse = || errors::invalid("query");
    let not_built = |what: &str| {
        let message = format!("The stand-in has not built the search by {what}");
        errors::directory(400, "invalid", &message)
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (field, operator) = (&text[..end], text[end..].chars().next());
    if !matches!(operator, Some('=' | ':')) || field.is_empty() {
        if matches!(operator, Some('<' | '>')) && !field.is_empty() {
            return Err(not_built("greater and less"));
        }
        let (value, after) = value(text).ok_or_else(refuse)?;
        // A bare text has no operator in it; an address has none either.
        if value.is_empty() || value.contains(['=', ':', '<', '>']) {
            return Err(refuse());
        }
        return Ok((Clause::new("", false, &value), after));
    }
    let (value, after) = value(&text[end + 1..]).ok_or_else(refuse)?;
    if NOT_BUILT.contains(&field) || field.contains('.') {
        return Err(not_built(field));
    }
    let mut clause = Clause::new(field, operator == Some('='), &value);
    if FLAGS.contains(&field) {
        // Clients in Python write `False`.
        clause.value = clause.value.to_ascii_lowercase();
        return if matches!(clause.value.as_str(), "true" | "false") { Ok((clause, after)) } else { Err(refuse()) };
    }
    if TEXTS.contains(&field) && !clause.value.is_empty() { Ok((clause, after)) } else { Err(refuse()) }
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

/// How far up a management chain is followed.
const HIGHEST: usize = 50;

impl Clause {
    fn new(field: &str, exact: bool, value: &str) -> Self {
        let prefix = value.ends_with('*');
        Self { field: field.to_owned(), exact, prefix, value: value.trim_end_matches('*').to_owned() }
    }

    fn holds(&self, user: &Searchable, manager_of: &dyn Fn(&str) -> Option<String>) -> bool {
        let flag = |is: bool| is == (self.value == "true");
        let full = format!("{} {}", user.given, user.family);
        match self.field.as_str() {
            "" => {
                let names = [&user.given, &user.family].into_iter().chain(&user.addresses);
                names.into_iter().any(|text| self.fits(text)) || self.fits(&full)
            }
            "isSuspended" => flag(user.suspended),
            "isArchived" => flag(user.archived),
            "isAdmin" => flag(user.admin),
            "isGuest" => flag(user.guest),
            "isDelegatedAdmin" | "isEnforcedIn2Sv" => flag(false),
            "isEnrolledIn2Sv" => flag(user.second_factor),
            "email" => user.addresses.iter().any(|address| self.fits(address)),
            "name" => self.fits(&full) || self.fits(&user.given) || self.fits(&user.family),
            "givenName" => self.fits(&user.given),
            "familyName" => self.fits(&user.family),
            "externalId" => user.external_ids.iter().any(|id| self.fits(id)),
            "directManager" => user.manager.as_ref().is_some_and(|manager| self.fits(manager)),
            "manager" => {
                let above = |address: &String| manager_of(address);
                std::iter::successors(user.manager.clone(), above).take(HIGHEST).any(|manager| self.fits(&manager))
            }
            // A unit includes those below it.
            "orgUnitPath" => {
                self.value == "/" || user.unit == self.value || user.unit.starts_with(&format!("{}/", self.value))
            }
            place => user.places.iter().any(|(part, text)| part == place && self.fits(text)),
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
            guest: false,
            archived: false,
            admin: false,
            second_factor: true,
            unit: "/Service mailboxes/Old".into(),
            external_ids: vec!["tripod".into()],
            manager: Some("boss@x.test".into()),
            places: vec![("orgDepartment".into(), "IT".into()), ("orgName".into(), "Juniper".into())],
        }
    }

    fn finds(text: &str) -> bool {
        let manager_of = |address: &str| (address == "boss@x.test").then(|| "chief@x.test".to_owned());
        Query::parse(text).unwrap().finds(&ana(), &manager_of)
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
        for text in ["", "colour=red", "isSuspended=maybe", "name='Ana", "email=", "a b=c", "=x", "'a=b'"] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bare_text_is_looked_for_in_names_and_addresses() {
        assert!(finds("ana") && finds("'Ana Silva'") && finds("ana.silva@x.test") && finds("silv* isSuspended=False"));
        assert!(!finds("ben") && !finds("IT"));
    }

    #[test]
    fn a_manager_is_anybody_above_and_a_direct_one_only_the_next() {
        assert!(finds("manager=chief@x.test") && finds("directManager=boss@x.test"));
        assert!(!finds("directManager=chief@x.test"));
    }

    #[test]
    fn places_in_the_organisation_and_guests_can_be_searched_for() {
        assert!(finds("orgDepartment=IT orgName:juniper isGuest=false"));
        assert!(!finds("orgDepartment=Sales") && !finds("isGuest=True"));
    }

    #[test]
    fn what_is_documented_and_not_built_says_so() {
        for text in ["phone=123", "im:x", "Employee.badge=1", "Employee.level>3"] {
            let reply = format!("{:?}", Query::parse(text).unwrap_err());
            assert!(reply.contains("has not built"), "{text}: {reply}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_read_or_refused(text in "[a-zA-Z=:<>'*\\\\ .é]{0,80}") {
            let _ = Query::parse(&text);
        }
    }
}
