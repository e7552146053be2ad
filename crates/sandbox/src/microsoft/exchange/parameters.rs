//! A cmdlet's parameters as they come in JSON. Their names count in any case.

use serde_json::{Map, Value};

use super::errors::{Failure, binding};

/// The mark of a hashtable; without it the vendor does not read an object as one (facts sheet, Microsoft 1a).
const HASHTABLE: &str = "#Exchange.GenericHashTable";

/// The parameters, by name in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Map<String, Value>);

/// A change of a list: in its place, or some in and some out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListChange {
    Replace(Vec<String>),
    Alter { add: Vec<String>, remove: Vec<String> },
}

impl Parameters {
    /// Takes the parameters over; `null` values count as not given.
    pub(super) fn new(object: &Map<String, Value>) -> Self {
        Self(object.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect())
    }

    /// The names, in lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a parameter was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(&name.to_ascii_lowercase())
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(&name.to_ascii_lowercase()).filter(|value| !value.is_null())
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(cannot_convert(name, other, "System.String")),
        }
    }

    /// A text that must be there and not empty.
    pub(super) fn required(&self, name: &str) -> Result<String, Failure> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(binding(format!(
                "Cannot bind argument to parameter '{name}' because it is null or an empty string."
            ))),
        }
    }

    /// A switch or a truth value.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(other) => Err(cannot_convert(name, other, "System.Management.Automation.SwitchParameter")),
        }
    }

    /// A switch that is on.
    pub(super) fn on(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.flag(name)?.unwrap_or(false))
    }

    /// A list of texts; one text stands for a list of one.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Failure> {
        self.value(name).map_or(Ok(Vec::new()), |value| texts(name, value))
    }

    /// A change of a list.
    pub(super) fn list_change(&self, name: &str) -> Result<Option<ListChange>, Failure> {
        let key = name.to_ascii_lowercase();
        match self.0.get(&key) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(ListChange::Replace(Vec::new()))),
            Some(Value::Object(table)) => {
                if table.get("@odata.type").and_then(Value::as_str) != Some(HASHTABLE) {
                    return Err(cannot_convert(
                        name,
                        &Value::from("a hashtable"),
                        "Microsoft.Exchange.Data.MultiValuedProperty",
                    ));
                }
                let (mut add, mut remove) = (Vec::new(), Vec::new());
                for (key, value) in table {
                    match key.to_ascii_lowercase().as_str() {
                        "@odata.type" => {}
                        "add" => add = texts(name, value)?,
                        "remove" => remove = texts(name, value)?,
                        other => {
                            return Err(invalid_key(name, other));
                        }
                    }
                }
                Ok(Some(ListChange::Alter { add, remove }))
            }
            Some(value) => Ok(Some(ListChange::Replace(texts(name, value)?))),
        }
    }

    /// How many rows are asked for: a thousand where nothing is said, all of them for `Unlimited`.
    pub(super) fn result_size(&self) -> Result<(usize, bool), Failure> {
        match self.text("ResultSize")? {
            None => Ok((1000, false)),
            Some(text) if text.eq_ignore_ascii_case("unlimited") => Ok((usize::MAX, true)),
            Some(text) => match text.parse() {
                Ok(number) => Ok((number, true)),
                Err(_) => Err(cannot_convert("ResultSize", &Value::from(text), "Microsoft.Exchange.Data.Unlimited")),
            },
        }
    }
}

fn texts(name: &str, value: &Value) -> Result<Vec<String>, Failure> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        other => Err(cannot_convert(name, other, "System.String")),
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        other => Ok(vec![one(other)?]),
    }
}

fn cannot_convert(name: &str, value: &Value, to: &str) -> Failure {
    binding(format!(
        "Cannot process argument transformation on parameter '{name}'. Cannot convert value \"{value}\" to type \"{to}\"."
    ))
}

fn invalid_key(name: &str, key: &str) -> Failure {
    binding(format!(
        "Cannot process argument transformation on parameter '{name}'. The hashtable has the key \"{key}\"; \"Add\" and \"Remove\" are the ones that it may have."
    ))
}
