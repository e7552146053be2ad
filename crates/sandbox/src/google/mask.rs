//! Partial responses: `fields=users(primaryEmail,name/givenName),nextPageToken` (facts sheet, Google 3.2).

use serde_json::{Map, Value};

use super::schema::Shape;

/// How deep a mask may go. No resource here has as many levels, and a parser that follows brackets without an end ends
/// the whole process with its stack.
const DEEPEST: usize = 24;

/// A parsed `fields` parameter.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Mask {
    /// What is selected: a name or `*`, and what of it; nothing selects all of it.
    fields: Vec<(String, Option<Mask>)>,
}

impl Mask {
    /// Reads a mask; an error names the part that cannot be read, or that goes deeper than any resource does.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let mask = list(&mut rest, DEEPEST)?;
        if rest.is_empty() { Ok(mask) } else { Err(rest.to_owned()) }
    }

    /// The first selected name that the shape does not have.
    pub(super) fn unknown(&self, shape: &Shape) -> Option<String> {
        self.fields.iter().find_map(|(name, inner)| {
            if name == "*" {
                return None;
            }
            let Some(field) = shape.field(name) else { return Some(name.clone()) };
            inner.as_ref().and_then(|inner| inner.unknown(field))
        })
    }

    /// What of a value is selected. Of a list, the same of each item.
    pub(super) fn apply(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => Value::Array(items.iter().map(|item| self.apply(item)).collect()),
            Value::Object(fields) => {
                let mut out = Map::new();
                for (name, value) in fields {
                    let selected = self.fields.iter().filter(|(field, _)| field == name || field == "*");
                    for (_, inner) in selected {
                        let part = inner.as_ref().map_or_else(|| value.clone(), |inner| inner.apply(value));
                        merge(out.entry(name.clone()).or_insert(Value::Null), part);
                    }
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }
}

/// `a/b,a/c` selects both parts of `a`.
fn merge(into: &mut Value, part: Value) {
    match (into, part) {
        (Value::Object(into), Value::Object(part)) => {
            for (name, value) in part {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(part)) if into.len() == part.len() => {
            for (into, part) in into.iter_mut().zip(part) {
                merge(into, part);
            }
        }
        (into, part) => *into = part,
    }
}

fn list(rest: &mut &str, levels: usize) -> Result<Mask, String> {
    let mut mask = Mask::default();
    if rest.is_empty() {
        return Ok(mask);
    }
    loop {
        mask.fields.push(item(rest, levels)?);
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Ok(mask),
        }
    }
}

fn item(rest: &mut &str, levels: usize) -> Result<(String, Option<Mask>), String> {
    let trimmed = rest.trim_start();
    let end = trimmed.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '@' | '.')));
    let (name, after) = trimmed.split_at(end.unwrap_or(trimmed.len()));
    if name.is_empty() {
        return Err((*rest).to_owned());
    }
    *rest = after.trim_start();
    let below = || levels.checked_sub(1).ok_or_else(|| format!("{name}: more than {DEEPEST} levels"));
    if let Some(after) = rest.strip_prefix('/') {
        *rest = after;
        return Ok((name.to_owned(), Some(Mask { fields: vec![item(rest, below()?)?] })));
    }
    if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let inner = list(rest, below()?)?;
        *rest = rest.strip_prefix(')').ok_or_else(|| (*rest).to_owned())?.trim_start();
        return Ok((name.to_owned(), Some(inner)));
    }
    Ok((name.to_owned(), None))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(mask: &str) -> Value {
        let users = json!([{"primaryEmail": "a", "name": {"givenName": "A", "familyName": "B"}, "id": "1"}]);
        Mask::parse(mask).unwrap().apply(&json!({"kind": "k", "users": users, "nextPageToken": "n"}))
    }

    #[test]
    fn a_mask_selects_by_slashes_and_parentheses() {
        assert_eq!(masked("nextPageToken,users(id)"), json!({"nextPageToken": "n", "users": [{"id": "1"}]}));
        assert_eq!(masked("users/name/givenName"), json!({"users": [{"name": {"givenName": "A"}}]}));
        let both = json!({"users": [{"name": {"givenName": "A", "familyName": "B"}}]});
        assert_eq!(masked("users/name/givenName,users/name/familyName"), both);
        assert_eq!(masked("users(name(givenName,familyName))"), both);
        assert_eq!(masked("users(*)"), masked("users"));
        assert_eq!(masked("*/id"), json!({"kind": "k", "users": [{"id": "1"}], "nextPageToken": "n"}));
        assert_eq!(masked(""), json!({}));
    }

    #[test]
    fn a_mask_without_an_end_is_refused_and_ends_nothing_else() {
        for text in ["a(".repeat(200_000), "a/".repeat(200_000), format!("{}b", "a/".repeat(DEEPEST + 1))] {
            let problem = Mask::parse(&text).unwrap_err();
            assert!(problem.contains("levels"), "{problem}");
        }
        assert!(Mask::parse(&format!("{}b", "a/".repeat(DEEPEST))).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_read_or_refused(text in "[a-z(),/* ]{0,200}") {
            let _ = Mask::parse(&text);
        }
    }

    #[test]
    fn a_mask_that_names_nothing_known_is_refused() {
        for text in ["users(", "users(id", "a,,b", "users)", "/a", "a b"] {
            assert!(Mask::parse(text).is_err(), "{text}");
        }
        let unknown = |text: &str| Mask::parse(text).unwrap().unknown(&super::super::schema::USERS);
        assert_eq!(unknown("users(id,primaryMail)"), Some("primaryMail".to_owned()));
        assert_eq!(unknown("users(externalIds/value),nextPageToken"), None);
    }
}
