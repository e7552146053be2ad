//! ServiceNow: a requested item with its variables.
//!
//! Source: ServiceNow's REST API reference. Three shapes are read: `variables` of an item as name and value (or as
//! `{value, display_value}`), the same without the item around it, and rows of `sc_item_option_mtom` with dot-walked
//! columns, each around or without `result`.

use serde_json::{Map, Value};
use tripod_model::Address;

use super::super::field::{FIELDS, Key};
use super::super::fields::Texts;
use super::super::problem::RequestProblem;

const NAME: &str = "sc_item_option.item_option_new.name";
const VALUE: &str = "sc_item_option.value";
/// Who opened the item, where the query asked for the column.
const OPENED_BY: &str = "opened_by.email";

pub(super) fn texts(value: &Value, texts: &mut Texts) -> Result<(), String> {
    let result = value.get("result").unwrap_or(value);
    match result {
        Value::Array(rows) if rows.iter().any(|row| row.get(NAME).is_some()) => {
            for row in rows {
                if let Some(key) = row.get(NAME).and_then(plain).and_then(|name| variable(&name)) {
                    texts.put(key, &row.get(VALUE).and_then(plain).unwrap_or_default());
                }
            }
        }
        Value::Array(rows) => match rows.as_slice() {
            [Value::Object(item)] => from_item(item, texts),
            [] => return Err("there is no such requested item".to_owned()),
            _ => return Err("these are several requested items; give one".to_owned()),
        },
        Value::Object(item) => from_item(item, texts),
        _ => return Err("the ticket holds no requested item".to_owned()),
    }
    Ok(())
}

fn from_item(item: &Map<String, Value>, texts: &mut Texts) {
    let variables = item.get("variables").and_then(Value::as_object).unwrap_or(item);
    for (name, value) in variables {
        if let (Some(key), Some(text)) = (variable(name), plain(value)) {
            texts.put(key, &text);
        }
    }
    let opened_by = item.get(OPENED_BY).and_then(plain).filter(|text| !text.is_empty());
    if let Some(opened_by) = opened_by {
        match texts.get(Key::Requester).map(str::to_owned) {
            None => texts.put(Key::Requester, &opened_by),
            Some(named) => {
                let (named, opened_by): (Result<Address, _>, Result<Address, _>) = (named.parse(), opened_by.parse());
                if let (Ok(named), Ok(opened_by)) = (named, opened_by)
                    && named != opened_by
                {
                    let message = format!("the item was opened by {opened_by}, and names {named}");
                    texts.say(RequestProblem::of(Key::Requester, message).help("open the item yourself"));
                }
            }
        }
    }
}

fn variable(name: &str) -> Option<Key> {
    FIELDS.iter().map(|field| field.key).find(|key| key.variable() == name)
}

/// A plain value, or what stands behind `value` in one that has a display value too.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(object) => match object.get("value") {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
