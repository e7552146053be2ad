//! JSON from strangers: bounded in size, depth and number of values, and no key twice.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The largest document that is read. The body of a GitHub issue has at most 65,536 characters, which JSON may write
/// as six bytes each.
pub(super) const LARGEST: usize = 1024 * 1024;
/// How deep a document may be nested. The rich text of Jira needs about ten levels.
const DEEPEST: usize = 48;
/// How many values a document may hold.
const MOST_VALUES: usize = 50_000;

/// Reads a document, or says in words why it is refused.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    if bytes.len() > LARGEST {
        return Err(format!("the ticket has more than {} KiB", LARGEST / 1024));
    }
    let left = Cell::new(MOST_VALUES);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0, left: &left }.deserialize(&mut deserializer).map_err(|error| in_words(&error))?;
    deserializer.end().map_err(|error| in_words(&error))?;
    Ok(value)
}

fn in_words(error: &serde_json::Error) -> String {
    format!("the ticket cannot be read as JSON: {}", crate::text::printable(&error.to_string(), 160))
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    left: &'a Cell<usize>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(E::custom("it is nested too deeply"));
        }
        Ok(Self { depth: self.depth + 1, left: self.left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| D::Error::custom("it holds too many values"))?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{}` is there twice", crate::text::printable(&key, 80))));
            }
            let value = entries.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_there_twice_is_refused() {
        assert!(parse(br#"{"a":{"b":1,"b":2}}"#).unwrap_err().contains("`b` is there twice"));
        assert!(parse(br#"{"a":1,"\u0061":2}"#).unwrap_err().contains("twice"));
    }

    #[test]
    fn depth_size_and_number_are_bounded() {
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).unwrap_err().contains("nested too deeply"));
        let many = format!("[{}0]", "0,".repeat(MOST_VALUES));
        assert!(parse(many.as_bytes()).unwrap_err().contains("too many values"));
        assert!(parse(&vec![b' '; LARGEST + 1]).unwrap_err().contains("1024 KiB"));
    }

    #[test]
    fn what_follows_the_document_is_refused() {
        assert!(parse(b"{} {}").is_err());
        assert_eq!(
            parse(br#"{"a":[1,-1,1.5,true,null,"x"]}"#).unwrap().to_string(),
            r#"{"a":[1,-1,1.5,true,null,"x"]}"#
        );
    }
}
