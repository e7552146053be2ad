//! The request's own schema as JSON.

use serde_json::Value;
use tripod_model::suggest;

use super::super::field::{FIELDS, Key};
use super::super::fields::Texts;
use super::super::problem::RequestProblem;
use crate::text::printable;

pub(super) fn texts(value: &Value, texts: &mut Texts) -> Result<(), String> {
    let entries = value.as_object().ok_or("a request has to be an object with the fields as keys")?;
    for (name, value) in entries {
        let Some(key) = FIELDS.iter().map(|field| field.key).find(|key| key.name() == name) else {
            let problem = RequestProblem::ticket(format!("`{}` is no field of a request", printable(name, 80)));
            let near = suggest::closest(name, FIELDS.iter().map(|field| field.key.name()));
            texts.say(match near {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            });
            continue;
        };
        match value {
            Value::String(text) => texts.put(key, text),
            Value::Null if key == Key::NeededBy => {}
            Value::Array(items) if key == Key::People && items.iter().all(Value::is_string) => {
                let people: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                // Two people in one text would be read as two; here each stands for itself.
                if people.iter().any(|person| person.contains([',', ';', '\n', '\r', ' ', '\t'])) {
                    texts.say(RequestProblem::of(key, "an item of the list is not one address"));
                }
                texts.put(key, &people.join("\n"));
            }
            _ if key == Key::People => {
                texts.say(RequestProblem::of(key, "this has to be a list of addresses"));
            }
            _ => texts.say(RequestProblem::of(key, "this has to be a text")),
        }
    }
    Ok(())
}
