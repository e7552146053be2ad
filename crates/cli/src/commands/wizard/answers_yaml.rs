//! An answers file as YAML: which keys it has, where each stands, and what was written for it, letter by letter.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, Error, NonFiniteFloatPolicy, Spanned};

/// What is wrong with an answers file, and where. The file may have a secret in it by mistake, hence nothing of it is
/// repeated but the keys that there are.
#[derive(Debug)]
pub(super) struct Mistake {
    pub line: u64,
    pub column: u64,
    /// What is wrong, in a sentence.
    pub message: String,
    /// Whether it is that a key is none.
    pub is_unknown_key: bool,
}

impl Mistake {
    pub(super) fn at(line: u64, column: u64, message: impl Into<String>) -> Self {
        Self { line, column, message: message.into(), is_unknown_key: false }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// A key, and what was written for it.
pub(super) struct Entry {
    pub key: String,
    pub line: u64,
    pub column: u64,
    pub value: Written,
}

/// What was written.
pub(super) enum Written {
    /// A text, a number, `true`: as it stands in the file, without the quotes around it.
    Text(String),
    /// A list of such.
    List(Vec<String>),
    /// Nothing at all, or something else.
    Other,
}

/// The entries of a file, in its order.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, Mistake> {
    let options = serde_yaml::options! {
        // YAML 1.1 took `no` for false.
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    };
    let node: Spanned<Node> = serde_yaml::from_str_with_options(text, options).map_err(|error| explain(&error))?;
    let no_keys = || Mistake::at(1, 1, "this is no list of keys; write each answer as `key: answer`");
    let Node::Mapping(pairs) = node.value else { return Err(no_keys()) };
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in pairs {
        let (line, column) = (key.referenced.line(), key.referenced.column());
        let key = scalar(text, &key).ok_or_else(|| Mistake::at(line, column, "a key has to be a word"))?;
        let value = match &value.value {
            Node::List(items) => {
                items.iter().map(|item| scalar(text, item)).collect::<Option<_>>().map_or(Written::Other, Written::List)
            }
            _ => scalar(text, &value).map_or(Written::Other, Written::Text),
        };
        entries.push(Entry { key, line, column, value });
    }
    Ok(entries)
}

/// A single value as it was written: `007` is no 7, and `No` is a name.
fn scalar(text: &str, node: &Spanned<Node>) -> Option<String> {
    match &node.value {
        Node::Text(text) => Some(text.clone()),
        Node::Plain => {
            let span = node.referenced.span();
            let start = usize::try_from(span.byte_offset()?).ok()?;
            let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
            Some(text.get(start..end)?.trim().to_owned())
        }
        Node::Nothing | Node::List(_) | Node::Mapping(_) => None,
    }
}

/// What the parser objects to, in our words: its own could show a line of the file.
fn explain(error: &Error) -> Mistake {
    let error = error.without_snippet();
    let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
    let message = match error {
        Error::MultipleDocuments { .. } => "a second document begins here; remove the line `---`",
        Error::UnknownAnchor { .. } | Error::AliasError { .. } => {
            "`*` stands for a name given with `&`; put quotes around what is meant as a text"
        }
        Error::Budget { .. } => "this is too much for an answers file",
        _ => {
            "this cannot be read as YAML: look at the quotes, brackets, colons and the indentation here and just above"
        }
    };
    Mistake::at(line.max(1), column.max(1), message)
}

/// What YAML can say, as far as it matters here.
enum Node {
    Nothing,
    /// What YAML takes for a number or a truth value, which never stands in quotes.
    Plain,
    Text(String),
    List(Vec<Spanned<Self>>),
    Mapping(Vec<(Spanned<Self>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = access.next_entry()? {
            pairs.push(pair);
        }
        Ok(Node::Mapping(pairs))
    }
}
