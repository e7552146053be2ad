//! JSON Schemas of the user's files, for editors that complete and check while somebody writes.
//!
//! They say the shape and the words. What only shows when files are seen together (the same mailbox twice, the domain
//! of no tenant) is for [`crate::read`].

mod mailboxes;
mod policy;
mod workspace;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of `tripod.yaml`.
pub fn workspace() -> Value {
    schema::<workspace::Workspace>("tripod.yaml")
}

/// The schema of a file of mailboxes.
pub fn mailboxes() -> Value {
    schema::<Vec<mailboxes::Mailbox>>("Service mailboxes")
}

/// The schema of a policy file.
pub fn policy() -> Value {
    schema::<policy::PolicyFile>("Policy")
}

fn schema<T: JsonSchema>(title: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    let mut schema = schema.to_value();
    without_null(&mut schema);
    schema
}

/// Takes out `null`: a key may be left out, but where it is written it has to have a value.
fn without_null(schema: &mut Value) {
    let null = serde_json::json!({"type": "null"});
    match schema {
        Value::Object(keywords) => {
            if let Some(Value::Array(types)) = keywords.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    keywords.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(options)) = keywords.get_mut("anyOf") {
                options.retain(|option| *option != null);
                if let [Value::Object(only)] = options.as_slice() {
                    let only = only.clone();
                    keywords.remove("anyOf");
                    keywords.extend(only);
                }
            }
            keywords.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
