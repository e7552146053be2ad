//! The fields of a reply, and what may become of one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spoil {
    /// It is not there.
    Dropped,
    /// It is null.
    Nulled,
    /// It is the empty text, list or object, or zero.
    Emptied,
    /// It is of another type.
    Retyped,
}

impl Spoil {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dropped, Self::Nulled, Self::Emptied, Self::Retyped];
}

/// The fields of a value by their paths, e.g. `users[].suspended`. The elements of a list are one.
#[must_use]
pub fn fields(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(value, "", "", &mut |path, _| {
        found.insert(path.to_owned());
    });
    found
}

/// Where the fields with this path are, as JSON pointers.
#[must_use]
pub fn places(value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, "", "", &mut |here, pointer| {
        if here == path {
            found.push(pointer.to_owned());
        }
    });
    found
}

/// Where all fields are, as JSON pointers.
#[must_use]
pub fn all_places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, "", "", &mut |_, pointer| found.push(pointer.to_owned()));
    found
}

fn walk(value: &Value, path: &str, pointer: &str, told: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                told(&path, &pointer);
                walk(member, &path, &pointer, told);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let (path, pointer) = (format!("{path}[]"), format!("{pointer}/{place}"));
                told(&path, &pointer);
                walk(item, &path, &pointer, told);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Spoils the field at this pointer; false where that would change nothing.
pub fn spoil(value: &mut Value, pointer: &str, how: Spoil) -> bool {
    let Some(field) = value.pointer_mut(pointer) else { return false };
    let new = match (how, &*field) {
        (Spoil::Dropped, _) => return remove(value, pointer),
        (Spoil::Nulled, _) => Value::Null,
        (Spoil::Emptied, Value::String(_)) => json!(""),
        (Spoil::Emptied, Value::Object(_)) => json!({}),
        (Spoil::Emptied, Value::Number(_)) => json!(0),
        (Spoil::Emptied, Value::Bool(_) | Value::Null) => return false,
        (Spoil::Retyped, Value::String(_)) => json!(7),
        (Spoil::Retyped, Value::Number(_) | Value::Bool(_)) => json!("perhaps"),
        (Spoil::Retyped, Value::Array(_)) => json!("a, b"),
        (Spoil::Emptied, Value::Array(_)) | (Spoil::Retyped, Value::Object(_) | Value::Null) => json!([]),
    };
    let changes = *field != new;
    *field = new;
    changes
}

fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => members.remove(&name.replace("~1", "/").replace("~0", "~")).is_some(),
        Some(Value::Array(items)) => match name.parse::<usize>() {
            Ok(place) if place < items.len() => {
                items.remove(place);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_path_and_each_of_its_places_a_pointer() {
        let value = json!({"users": [{"id": "1"}, {"id": "2", "name": {"full": "B"}}]});
        let paths: Vec<String> = fields(&value).into_iter().collect();
        assert_eq!(paths, ["users", "users[]", "users[].id", "users[].name", "users[].name.full"]);
        assert_eq!(places(&value, "users[].id"), ["/users/0/id", "/users/1/id"]);
    }

    #[test]
    fn a_field_is_spoilt_where_it_stands_and_nowhere_else() {
        let whole = json!({"a": [{"on": true}, {"on": true}]});
        let spoilt = |pointer: &str, how| {
            let mut value = whole.clone();
            spoil(&mut value, pointer, how).then_some(value)
        };
        assert_eq!(spoilt("/a/1/on", Spoil::Dropped), Some(json!({"a": [{"on": true}, {}]})));
        assert_eq!(spoilt("/a/0", Spoil::Dropped), Some(json!({"a": [{"on": true}]})));
        assert_eq!(spoilt("/a/0/on", Spoil::Retyped), Some(json!({"a": [{"on": "perhaps"}, {"on": true}]})));
        assert_eq!(spoilt("/a/0/on", Spoil::Emptied), None);
        assert_eq!(spoilt("/b", Spoil::Nulled), None);
    }
}
