//! Enough of JSON Schema 2020-12 to hold a document against `findings_schema()`. A word of a schema that this does not
//! know is a problem, so that nothing is taken for checked that was not.

use serde_json::Value;

/// What is wrong with a document, with the path to it.
pub(crate) fn problems(schema: &Value, document: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    hold(schema, schema, document, "$", &mut problems);
    problems
}

fn hold(root: &Value, schema: &Value, value: &Value, path: &str, problems: &mut Vec<String>) {
    let Some(words) = schema.as_object() else {
        // `true` lets everything in.
        if schema != &Value::Bool(true) {
            problems.push(format!("{path}: nothing is allowed here"));
        }
        return;
    };
    let matches = |schema: &Value| {
        let mut inner = Vec::new();
        hold(root, schema, value, path, &mut inner);
        inner.is_empty()
    };
    for (word, wanted) in words {
        let fits = match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
            "$ref" => {
                let target = wanted.as_str().and_then(|link| root.pointer(link.trim_start_matches('#')));
                hold(root, target.unwrap(), value, path, problems);
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|one| is_a(value, one.as_str().unwrap())),
                one => is_a(value, one.as_str().unwrap()),
            },
            "enum" => wanted.as_array().unwrap().contains(value),
            "const" => wanted == value,
            "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "oneOf" => wanted.as_array().unwrap().iter().filter(|schema| matches(schema)).count() == 1,
            "anyOf" => wanted.as_array().unwrap().iter().any(matches),
            "required" => value.as_object().is_none_or(|object| {
                wanted.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))
            }),
            "properties" => {
                for (key, schema) in wanted.as_object().unwrap() {
                    if let Some(inner) = value.get(key) {
                        hold(root, schema, inner, &format!("{path}.{key}"), problems);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = |key: &String| words.get("properties").and_then(|all| all.get(key)).is_some();
                wanted != &Value::Bool(false) || value.as_object().is_none_or(|object| object.keys().all(known))
            }
            "items" => {
                for (number, inner) in value.as_array().into_iter().flatten().enumerate() {
                    hold(root, wanted, inner, &format!("{path}[{number}]"), problems);
                }
                true
            }
            _ => {
                problems.push(format!("{path}: `{word}` is not known to this test"));
                true
            }
        };
        if !fits {
            problems.push(format!("{path}: {value} does not fit {word} {wanted}"));
        }
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    }
}
