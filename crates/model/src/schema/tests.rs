//! The schemas accept what the reader accepts, as far as the shape goes.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{mailboxes, policy, workspace};

/// The keywords that `accepts` judges, and those that only help an editor.
const JUDGED: [&str; 19] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "dependentRequired",
    "enum",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "type",
    "uniqueItems",
];
const HELPFUL: [&str; 6] = ["$defs", "$schema", "title", "description", "format", "pattern"];

/// Whether a schema accepts a value. It fails on a keyword that it does not know.
fn accepts(root: &Value, schema: &Value, value: &Value) -> bool {
    let Value::Object(keywords) = schema else { return *schema == json!(true) };
    let all = |schemas: &Value, judge: &dyn Fn(&[bool]) -> bool| {
        let results: Vec<bool> =
            schemas.as_array().into_iter().flatten().map(|schema| accepts(root, schema, value)).collect();
        judge(&results)
    };
    keywords.iter().all(|(keyword, wanted)| match keyword.as_str() {
        "$ref" => {
            let path = wanted.as_str().and_then(|path| path.strip_prefix('#')).expect("a reference within the schema");
            accepts(root, root.pointer(path).expect("the reference leads somewhere"), value)
        }
        "anyOf" => all(wanted, &|results| results.contains(&true)),
        "oneOf" => all(wanted, &|results| results.iter().filter(|result| **result).count() == 1),
        "const" => value == wanted,
        "enum" => wanted.as_array().is_some_and(|words| words.contains(value)),
        "type" => match wanted.as_str().expect("one type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64(),
            other => panic!("the type {other}"),
        },
        _ => match value {
            Value::Object(map) => accepts_keys(root, keywords, keyword, wanted, map),
            Value::Array(items) => match keyword.as_str() {
                "items" => items.iter().all(|item| accepts(root, wanted, item)),
                "minItems" => items.len() as u64 >= wanted.as_u64().expect("a number"),
                "uniqueItems" => items.iter().enumerate().all(|(index, item)| !items[..index].contains(item)),
                other => JUDGED.contains(&other) || HELPFUL.contains(&other) || panic!("the keyword {other}"),
            },
            Value::String(text) => match keyword.as_str() {
                "minLength" => text.chars().count() as u64 >= wanted.as_u64().expect("a number"),
                "maxLength" => text.chars().count() as u64 <= wanted.as_u64().expect("a number"),
                other => JUDGED.contains(&other) || HELPFUL.contains(&other) || panic!("the keyword {other}"),
            },
            Value::Number(number) => match keyword.as_str() {
                "minimum" => number.as_u64() >= wanted.as_u64(),
                "maximum" => number.as_u64() <= wanted.as_u64(),
                other => JUDGED.contains(&other) || HELPFUL.contains(&other) || panic!("the keyword {other}"),
            },
            _ => true,
        },
    })
}

fn accepts_keys(
    root: &Value,
    schema: &Map<String, Value>,
    keyword: &str,
    wanted: &Value,
    map: &Map<String, Value>,
) -> bool {
    let there = |names: &Value| {
        names.as_array().into_iter().flatten().all(|name| map.contains_key(name.as_str().unwrap_or("")))
    };
    match keyword {
        "required" => there(wanted),
        "properties" => {
            map.iter().all(|(key, value)| wanted.get(key).is_none_or(|schema| accepts(root, schema, value)))
        }
        "additionalProperties" => {
            let known = |key: &String| schema.get("properties").is_some_and(|properties| properties.get(key).is_some());
            map.iter().filter(|(key, _)| !known(key)).all(|(_, value)| accepts(root, wanted, value))
        }
        "minProperties" => map.len() as u64 >= wanted.as_u64().expect("a number"),
        "dependentRequired" => {
            wanted.as_object().into_iter().flatten().all(|(key, names)| !map.contains_key(key) || there(names))
        }
        other => JUDGED.contains(&other) || HELPFUL.contains(&other) || panic!("the keyword {other}"),
    }
}

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two-tenants").join(name);
    let text = std::fs::read_to_string(path).expect("a file of the example");
    // As editors and this crate read YAML: `off` is a word.
    serde_yaml::from_str_with_options(&text, serde_yaml::options! { strict_booleans: true }).expect("YAML")
}

/// Holds that a schema accepts a value, and refuses it with something else in one place, or without what is there.
#[track_caller]
fn refuses(schema: &Value, sound: &Value, pointer: &str, change: Option<Value>) {
    let mut value = sound.clone();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = value.pointer_mut(parent).expect("a place in the example");
    match (parent, change) {
        (Value::Object(map), Some(change)) => drop(map.insert(key.to_owned(), change)),
        (Value::Object(map), None) => drop(map.remove(key).expect("a key of the example")),
        other => panic!("{other:?}"),
    }
    assert!(accepts(schema, schema, sound));
    assert!(!accepts(schema, schema, &value), "{pointer}");
}

#[test]
fn the_schemas_accept_the_example() {
    for (schema, names) in [
        (workspace(), &["tripod.yaml"][..]),
        (mailboxes(), &["mailboxes/juniper.yaml", "mailboxes/northwind.yaml"]),
        (policy(), &["policies/baseline.yaml"]),
    ] {
        for name in names {
            assert!(accepts(&schema, &schema, &example(name)), "{name}");
        }
    }
}

#[test]
fn the_schemas_refuse_slips() {
    let (schema, sound) = (workspace(), example("tripod.yaml"));
    refuses(&schema, &sound, "/version", Some(json!(2)));
    refuses(&schema, &sound, "/polices", Some(json!([])));
    refuses(&schema, &sound, "/policies", Some(Value::Null));
    refuses(&schema, &sound, "/tenants", Some(json!({})));
    refuses(&schema, &sound, "/tenants/juniper/admin", None);
    refuses(&schema, &sound, "/tenants/juniper/tenant-id", Some(json!("x")));
    refuses(&schema, &sound, "/tenants/northwind/provider", Some(json!("microsoft")));
    refuses(&schema, &sound, "/tenants/northwind/credentials/certificate", None);
    refuses(&schema, &sound, "/tenants/northwind/credentials/client-secret", Some(json!({"env": "X"})));
    refuses(&schema, &sound, "/tenants/northwind/credentials/certificate", Some(json!("secret")));

    let (schema, sound) = (mailboxes(), example("mailboxes/juniper.yaml"));
    refuses(&schema, &sound, "/0/delegates", Some(json!(["a@juniper.example", "b@juniper.example"])));
    refuses(&schema, &sound, "/0/kind", Some(json!("shared")));
    refuses(&schema, &sound, "/0/name", Some(json!("x".repeat(65))));
    refuses(&schema, &sound, "/0/name", Some(json!(12)));
    refuses(&schema, &sound, "/0/purpose", None);
    refuses(&schema, &sound, "/0/retired-on", Some(json!("2026-12-31")));

    let (schema, sound) = (policy(), example("policies/baseline.yaml"));
    refuses(&schema, &sound, "/quorum", Some(json!(2)));
    refuses(&schema, &sound, "/removal-percent", Some(json!(26)));
    refuses(&schema, &sound, "/removals-counted-from", Some(json!(11)));
}

#[test]
fn every_key_has_a_description_for_editors() {
    fn look(schema: &Value, place: &str) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                let obvious = ["path", "env", "keychain", "provider"].contains(&key.as_str());
                assert!(obvious || property.get("description").is_some(), "{place}/{key}");
            }
        }
        match schema {
            Value::Object(map) => map.iter().for_each(|(key, value)| look(value, &format!("{place}/{key}"))),
            Value::Array(items) => items.iter().for_each(|value| look(value, place)),
            _ => {}
        }
    }
    for schema in [workspace(), mailboxes(), policy()] {
        look(&schema, "");
    }
}
