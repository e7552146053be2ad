//! Filters: Graph's `$filter` (OData) and Exchange's `Filter` (OPATH), read into one form and held against JSON rows.

use serde_json::Value;

/// A condition on a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Test(Test),
}

/// A comparison of one property. Where the property is a list, one member that fits is enough.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    /// The property's path, e.g. `signInActivity/lastSignInDateTime`.
    pub(super) property: String,
    /// Whether it was written as `property/any(…)`.
    pub(super) any: bool,
    pub(super) operator: Operator,
    pub(super) literal: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    StartsWith,
    EndsWith,
    /// OPATH's `-like`, with `*` at either end.
    Like,
}

impl Condition {
    /// Whether a row fits. Texts compare whatever their case, as both vendors do.
    pub(super) fn fits(&self, row: &Value) -> bool {
        match self {
            Self::And(left, right) => left.fits(row) && right.fits(row),
            Self::Or(left, right) => left.fits(row) || right.fits(row),
            Self::Not(inner) => !inner.fits(row),
            Self::Test(test) => test.fits(row),
        }
    }

    /// Every comparison in it.
    pub(super) fn tests(&self) -> Vec<&Test> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => [left.tests(), right.tests()].concat(),
            Self::Not(inner) => inner.tests(),
            Self::Test(test) => vec![test],
        }
    }

    /// The texts one of which every row that fits has, as far as `of` tells for a single comparison for equality.
    pub(super) fn pinned(&self, of: &impl Fn(&Test) -> Option<String>) -> Option<Vec<String>> {
        match self {
            Self::And(left, right) => left.pinned(of).or_else(|| right.pinned(of)),
            Self::Or(left, right) => Some([left.pinned(of)?, right.pinned(of)?].concat()),
            Self::Test(test) if test.operator == Operator::Equal => Some(vec![of(test)?]),
            Self::Not(_) | Self::Test(_) => None,
        }
    }

    /// Whether a row cannot fit, as far as the texts tell that are at hand before it is made.
    pub(super) fn excludes<'v>(&self, known: &impl Fn(&str) -> Option<&'v str>) -> bool {
        match self {
            Self::And(left, right) => left.excludes(known) || right.excludes(known),
            Self::Or(left, right) => left.excludes(known) && right.excludes(known),
            Self::Test(test) if !test.any => {
                known(&test.property).is_some_and(|value| !compare(&Value::from(value), test.operator, &test.literal))
            }
            Self::Not(_) | Self::Test(_) => false,
        }
    }

    /// Whether it has a `not` in it.
    pub(super) fn negates(&self) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.negates() || right.negates(),
            Self::Not(_) => true,
            Self::Test(_) => false,
        }
    }
}

impl Test {
    fn fits(&self, row: &Value) -> bool {
        let found = self.property.split('/').try_fold(row, |value, name| member(value, name));
        let value = found.unwrap_or(&Value::Null);
        match value {
            Value::Array(items) if self.operator == Operator::NotEqual => {
                !items.iter().any(|item| compare(item, Operator::Equal, &self.literal))
            }
            Value::Array(items) => items.iter().any(|item| compare(item, self.operator, &self.literal)),
            _ => compare(value, self.operator, &self.literal),
        }
    }
}

/// A property by its name in any case.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn compare(value: &Value, operator: Operator, literal: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match (text(value), text(literal)) {
        (Some(value), Some(literal)) => match operator {
            Operator::Equal => value == literal,
            Operator::NotEqual => value != literal,
            Operator::Less => value < literal,
            Operator::LessOrEqual => value <= literal,
            Operator::Greater => value > literal,
            Operator::GreaterOrEqual => value >= literal,
            Operator::StartsWith => value.starts_with(&literal),
            Operator::EndsWith => value.ends_with(&literal),
            Operator::Like => like(&value, &literal),
        },
        (None, None) => matches!(operator, Operator::Equal),
        _ => matches!(operator, Operator::NotEqual),
    }
}

fn like(value: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => value.contains(pattern.trim_matches('*')),
        (Some(end), None) => value.ends_with(end),
        (None, Some(start)) => value.starts_with(start),
        (None, None) => value == pattern,
    }
}

/// A piece of a filter's text.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&c) = rest.peek() {
        match c {
            ' ' | '\t' => {
                rest.next();
            }
            '(' | ')' | ',' | '{' | '}' => {
                rest.next();
                // OPATH filters may stand in braces, which mean no more than brackets.
                out.push(match c {
                    '(' | '{' => Token::Open,
                    ')' | '}' => Token::Close,
                    _ => Token::Comma,
                });
            }
            '\'' | '"' => {
                rest.next();
                let mut literal = String::new();
                loop {
                    match rest.next()? {
                        quote if quote == c && rest.peek() == Some(&c) => {
                            rest.next();
                            literal.push(c);
                        }
                        quote if quote == c => break,
                        other => literal.push(other),
                    }
                }
                out.push(Token::Text(literal));
            }
            _ => {
                let mut word = String::new();
                while let Some(&c) = rest.peek() {
                    if matches!(c, ' ' | '\t' | '(' | ')' | ',' | '\'' | '"' | '{' | '}') {
                        break;
                    }
                    word.push(c);
                    rest.next();
                }
                out.push(Token::Word(word));
            }
        }
    }
    Some(out)
}

/// Which of the two languages a filter is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    OData,
    Opath,
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    language: Language,
}

/// Reads a `$filter`; nothing where it is not one.
pub(super) fn odata(text: &str) -> Option<Condition> {
    parse(text, Language::OData)
}

/// Reads an Exchange `Filter`; nothing where it is not one.
pub(super) fn opath(text: &str) -> Option<Condition> {
    parse(text, Language::Opath)
}

fn parse(text: &str, language: Language) -> Option<Condition> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), language };
    let condition = parser.disjunction(0)?;
    parser.tokens.peek().is_none().then_some(condition)
}

/// How deep a filter may nest; more than that is refused, as it is at the vendor.
const DEPTH: u8 = 30;

impl Parser {
    fn keyword(&mut self, word: &str) -> bool {
        let wanted = if self.language == Language::Opath { format!("-{word}") } else { word.to_owned() };
        let is = matches!(self.tokens.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(&wanted));
        if is {
            self.tokens.next();
        }
        is
    }

    fn take(&mut self, token: &Token) -> Option<()> {
        (self.tokens.next()? == *token).then_some(())
    }

    fn disjunction(&mut self, depth: u8) -> Option<Condition> {
        let mut left = self.conjunction(depth)?;
        while self.keyword("or") {
            left = Condition::Or(Box::new(left), Box::new(self.conjunction(depth)?));
        }
        Some(left)
    }

    fn conjunction(&mut self, depth: u8) -> Option<Condition> {
        let mut left = self.primary(depth)?;
        while self.keyword("and") {
            left = Condition::And(Box::new(left), Box::new(self.primary(depth)?));
        }
        Some(left)
    }

    fn primary(&mut self, depth: u8) -> Option<Condition> {
        if depth > DEPTH {
            return None;
        }
        if self.keyword("not") {
            return Some(Condition::Not(Box::new(self.primary(depth + 1)?)));
        }
        if self.tokens.peek() == Some(&Token::Open) {
            self.tokens.next();
            let inner = self.disjunction(depth + 1)?;
            self.take(&Token::Close)?;
            return Some(inner);
        }
        let Token::Word(word) = self.tokens.next()? else { return None };
        match self.language {
            Language::OData => self.odata_test(&word),
            Language::Opath => self.opath_test(word),
        }
    }

    fn odata_test(&mut self, word: &str) -> Option<Condition> {
        if let Some(property) = word.strip_suffix("/any") {
            self.take(&Token::Open)?;
            let Token::Word(start) = self.tokens.next()? else { return None };
            let (variable, first) = start.split_once(':')?;
            let test = self.simple(first)?;
            self.take(&Token::Close)?;
            // `p:p eq …` compares the member itself, `p:p/name eq …` one of its properties.
            let inner = test.property.strip_prefix(variable)?;
            return Some(Condition::Test(Test { property: format!("{property}{inner}"), any: true, ..test }));
        }
        if matches!(self.tokens.peek(), Some(Token::Word(next)) if next == "in") {
            self.tokens.next();
            return self.members_of(word);
        }
        self.simple(word).map(Condition::Test)
    }

    /// `property in ('a','b')`
    fn members_of(&mut self, property: &str) -> Option<Condition> {
        self.take(&Token::Open)?;
        let mut condition = None;
        loop {
            let literal = self.literal()?;
            let test = Test { property: property.to_owned(), any: false, operator: Operator::Equal, literal };
            let test = Condition::Test(test);
            condition = Some(match condition {
                None => test,
                Some(left) => Condition::Or(Box::new(left), Box::new(test)),
            });
            match self.tokens.next()? {
                Token::Comma => {}
                Token::Close => return condition,
                _ => return None,
            }
        }
    }

    fn simple(&mut self, word: &str) -> Option<Test> {
        let function = match word.to_ascii_lowercase().as_str() {
            "startswith" => Some(Operator::StartsWith),
            "endswith" => Some(Operator::EndsWith),
            _ => None,
        };
        if let Some(operator) = function {
            self.take(&Token::Open)?;
            let Token::Word(property) = self.tokens.next()? else { return None };
            self.take(&Token::Comma)?;
            let literal = self.literal()?;
            self.take(&Token::Close)?;
            return Some(Test { property, any: false, operator, literal });
        }
        let Token::Word(operator) = self.tokens.next()? else { return None };
        let operator = operator_of(&operator)?;
        let literal = self.literal()?;
        Some(Test { property: word.to_owned(), any: false, operator, literal })
    }

    fn opath_test(&mut self, property: String) -> Option<Condition> {
        let Token::Word(operator) = self.tokens.next()? else { return None };
        let operator = operator.strip_prefix('-')?.to_ascii_lowercase();
        let literal = self.literal()?;
        let test = |operator| Condition::Test(Test { property, any: false, operator, literal });
        Some(match operator.as_str() {
            "like" => test(Operator::Like),
            "notlike" => Condition::Not(Box::new(test(Operator::Like))),
            other => test(operator_of(other)?),
        })
    }

    fn literal(&mut self) -> Option<Value> {
        Some(match self.tokens.next()? {
            Token::Text(text) => Value::from(text),
            Token::Word(word) => match word.to_ascii_lowercase().trim_start_matches('$') {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => word.parse::<i64>().map_or_else(|_| Value::from(word.clone()), Value::from),
            },
            _ => return None,
        })
    }
}

fn operator_of(word: &str) -> Option<Operator> {
    Some(match word.to_ascii_lowercase().as_str() {
        "eq" => Operator::Equal,
        "ne" => Operator::NotEqual,
        "lt" => Operator::Less,
        "le" => Operator::LessOrEqual,
        "gt" => Operator::Greater,
        "ge" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({"accountEnabled": false, "userType": "Member", "displayName": "Ana O'Neill",
               "proxyAddresses": ["SMTP:ana@x.test", "smtp:a@x.test"], "department": null,
               "leaves": "2026-05-01T00:00:00Z"})
    }

    #[test]
    fn a_filter_of_graph_is_held_against_a_row() {
        let fits = |text: &str| odata(text).unwrap_or_else(|| panic!("{text}")).fits(&row());
        assert!(fits("accountEnabled eq false and userType eq 'Member'"));
        assert!(fits("proxyAddresses/any(p:p eq 'SMTP:A@x.test')"));
        assert!(fits("proxyAddresses/any(x:startswith(x,'smtp:a@'))"));
        assert!(fits("startswith(displayName,'ana o''n')"));
        assert!(fits("not(userType eq 'Guest') and (department eq null or department eq 'IT')"));
        assert!(fits("userType in ('Guest','Member')"));
        assert!(fits("leaves le 2026-06-01T00:00:00Z"));
        assert!(!fits("userType ne 'Member'"));
        assert!(!fits("proxyAddresses/any(p:p eq 'smtp:b@x.test')"));
    }

    #[test]
    fn a_filter_of_exchange_is_held_against_a_row() {
        let fits = |text: &str| opath(text).unwrap_or_else(|| panic!("{text}")).fits(&row());
        assert!(fits("UserType -eq 'Member' -and ProxyAddresses -eq 'smtp:a@x.test'"));
        assert!(fits("DisplayName -like 'Ana*'"));
        assert!(fits("AccountEnabled -eq $false"));
        assert!(!fits("(DisplayName -notlike '*neill') -or (UserType -eq 'Guest')"));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in ["", "userType", "userType eq", "userType eq 'x", "a eq 1 b", "(a eq 1", "userType xx 'y'"] {
            assert_eq!(odata(text), None, "{text}");
        }
        assert_eq!(odata(&"(".repeat(5000)), None);
        assert_eq!(opath("UserType eq 'x'"), None);
    }
}
