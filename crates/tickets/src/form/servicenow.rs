//! The variables of a ServiceNow catalogue item, as rows of the table `item_option_new` and `question_choice`.

use serde_json::{Value, json};

use super::{INTRODUCTION, TITLE};
use crate::request::{FIELDS, FieldKind, KINDS};

/// The types of variables that are used (ServiceNow documentation, «Types of service catalog variables»).
const MULTI_LINE: &str = "2";
const SELECT_BOX: &str = "5";
const SINGLE_LINE: &str = "6";
const DATE: &str = "9";

pub(super) fn form() -> String {
    let variables: Vec<Value> = (1..)
        .zip(&FIELDS)
        .map(|(place, field)| {
            let kind = match field.kind {
                FieldKind::Choice => SELECT_BOX,
                FieldKind::People => MULTI_LINE,
                FieldKind::Date => DATE,
                FieldKind::Address | FieldKind::Line(_) => SINGLE_LINE,
            };
            let mut entry = json!({
                "name": field.key.variable(),
                "question_text": field.label,
                "help_text": field.help,
                "type": kind,
                "mandatory": field.required,
                "order": place * 100,
            });
            if field.kind == FieldKind::Choice {
                let choice = |kind: &tripod_model::Kind| json!({"text": kind.word(), "value": kind.word()});
                entry["question_choice"] = KINDS.iter().map(choice).collect();
            }
            entry
        })
        .collect();
    pretty(&json!({
        "sc_cat_item": {"name": TITLE, "short_description": INTRODUCTION},
        "item_option_new": variables,
    }))
}

/// Indented JSON with a line break at its end.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
