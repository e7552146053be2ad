//! The fields of a request type in Jira Service Management, with the types of Jira's custom fields.

use serde_json::{Value, json};

use super::{INTRODUCTION, TITLE};
use crate::request::{FIELDS, FieldKind, KINDS};

pub(super) fn form() -> String {
    let fields: Vec<Value> = FIELDS
        .iter()
        .map(|field| {
            let (kind, searcher) = match field.kind {
                FieldKind::Choice => ("select", "multiselectsearcher"),
                FieldKind::People => ("textarea", "textsearcher"),
                FieldKind::Date => ("datepicker", "daterange"),
                FieldKind::Address | FieldKind::Line(_) => ("textfield", "textsearcher"),
            };
            let of = |name: &str| format!("com.atlassian.jira.plugin.system.customfieldtypes:{name}");
            let mut entry = json!({
                "request-field": field.key.name(),
                "name": field.label,
                "description": field.help,
                "type": of(kind),
                "searcherKey": of(searcher),
                "required": field.required,
            });
            if field.kind == FieldKind::Choice {
                entry["options"] = KINDS.iter().map(|kind| json!({"value": kind.word()})).collect();
            }
            entry
        })
        .collect();
    super::servicenow::pretty(&json!({
        "request-type": {"name": TITLE, "description": INTRODUCTION},
        "fields": fields,
    }))
}
