//! Objects that cmdlets give back: property names in any case, annotations left out.

use std::collections::HashMap;

use serde_json::Value;

/// An object that a cmdlet gave back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row(HashMap<String, Value>);

impl Row {
    /// Reads an object; every key with an `@` in it is an annotation (facts sheet, Microsoft 1a).
    pub(crate) fn read(value: Value) -> Option<Self> {
        let Value::Object(members) = value else { return None };
        let plain = members.into_iter().filter(|(key, _)| !key.contains('@'));
        Some(Self(plain.map(|(key, value)| (key.to_ascii_lowercase(), value)).collect()))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(&name.to_ascii_lowercase())
    }

    /// Whether a property is there at all, if only as null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A switch; `{"IsPresent": false}` is another way to write one (facts sheet, Microsoft 2, FullAccess).
    pub(crate) fn switch(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(on) => Some(*on),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Value::Object(members) => {
                members.iter().find(|(key, _)| key.eq_ignore_ascii_case("IsPresent")).and_then(|(_, on)| on.as_bool())
            }
            _ => None,
        }
    }

    /// The texts of a list; one text alone counts as a list too, whatever is in it.
    pub(crate) fn items(&self, name: &str) -> Vec<String> {
        let items = match self.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text.as_str()],
            _ => Vec::new(),
        };
        items.into_iter().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// The words of a list; one word alone, or several with commas between them, count as a list too.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let word = |value: &Value| match value {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        match self.get(name) {
            Some(Value::Array(items)) => items.iter().map(word).collect(),
            Some(Value::String(text)) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_come_in_any_case_and_annotations_are_no_properties() {
        let row =
            Row::read(json!({"guid": "g", "Guid@odata.type": "#Guid", "AccessRights": ["FullAccess", 1], "Alias": ""}))
                .unwrap();
        assert_eq!(row.text("Guid"), Some("g"));
        assert_eq!(row.text("Guid@odata.type"), None);
        assert_eq!(row.text("Alias"), None);
        assert_eq!(row.words("accessrights"), ["FullAccess", "1"]);
    }

    #[test]
    fn a_switch_is_written_in_several_ways() {
        let row = Row::read(json!({"a": true, "b": {"IsPresent": false}, "c": "True", "d": null})).unwrap();
        assert_eq!(
            [row.switch("A"), row.switch("B"), row.switch("C"), row.switch("D")],
            [Some(true), Some(false), Some(true), None]
        );
    }
}
