//! OData query parameters: `$select`, `$filter`, `$top`, `$count`, `$orderby`, `$search`, `$expand` and paging.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::super::condition::{self, Condition, Operator, Test};
use super::errors::{Failure, failure, unsupported};
use crate::wire::{Moment, Reply, Request};

/// A type of rows, with what can be asked about it.
pub(super) struct Kind {
    /// Its name in messages, e.g. `microsoft.graph.user`.
    pub(super) name: &'static str,
    /// Its name in `Unsupported or invalid query filter clause` messages.
    pub(super) resource: &'static str,
    /// Where its rows are listed, for `@odata.context`.
    pub(super) set: &'static str,
    /// Every property.
    pub(super) properties: &'static [&'static str],
    /// What comes without `$select`; all that there is where this is empty.
    pub(super) default: &'static [&'static str],
    /// What `$filter` takes.
    pub(super) filterable: &'static [&'static str],
    /// What `$filter` takes as an advanced query only.
    pub(super) advanced: &'static [&'static str],
    /// Whether the rows are directory objects, for which the rules of advanced queries hold.
    pub(super) directory: bool,
}

impl Kind {
    /// Rows that are no directory objects to the rules of queries: everything comes and everything can be filtered by.
    pub(super) const fn plain(name: &'static str, set: &'static str, properties: &'static [&'static str]) -> Self {
        Self {
            name,
            resource: name,
            set,
            properties,
            default: &[],
            filterable: properties,
            advanced: &[],
            directory: false,
        }
    }
}

/// What a request asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) select: Option<Vec<String>>,
    pub(super) filter: Option<Condition>,
    top: Option<usize>,
    count: bool,
    order: Option<(String, bool)>,
    search: Vec<String>,
    pub(super) expand: Vec<String>,
    skip: usize,
    /// The id of the last row of the page before, in lists that go on by it.
    after: String,
}

/// The parameters that a query may have.
const KNOWN: [&str; 9] =
    ["$select", "$filter", "$top", "$count", "$orderby", "$search", "$expand", "$skiptoken", "$deltatoken"];
/// How many rows there are on a page where nobody says.
const PAGE: usize = 100;
/// The most rows on a page.
const MOST: usize = 999;

impl Query {
    /// Reads the query of a request for rows of a kind.
    pub(super) fn read(request: &Request, kind: &Kind) -> Result<Self, Failure> {
        let mut query = Self::default();
        for (name, value) in request.query_pairs() {
            // The dollar sign may be left out.
            let name = if name.starts_with('$') { name } else { format!("${name}") };
            if !KNOWN.contains(&name.as_str()) {
                continue;
            }
            query.take(&name, &value, kind)?;
        }
        if kind.directory {
            query.check_advanced(request, kind)?;
        }
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str, kind: &Kind) -> Result<(), Failure> {
        let names = || value.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        match name {
            "$select" => {
                let select: Vec<String> = names().collect();
                if let Some(unknown) = select.iter().find(|name| !knows(kind.properties, name) && *name != "*") {
                    return Err(no_property(kind, unknown));
                }
                self.select = Some(select);
            }
            "$expand" => {
                self.expand = expanded(value);
                if let Some(unknown) = self.expand.iter().find(|name| !knows(kind.properties, name)) {
                    return Err(no_property(kind, unknown));
                }
            }
            "$filter" => self.filter = Some(read_filter(value, kind)?),
            "$top" => {
                let top = value.parse().ok().filter(|top| (1..=MOST).contains(top));
                self.top = Some(top.ok_or_else(|| {
                    let text = format!("Invalid page size specified: '{value}'. Must be between 1 and 999 inclusive.");
                    unsupported(text)
                })?);
            }
            "$count" => self.count = value.eq_ignore_ascii_case("true"),
            "$orderby" => {
                let (property, direction) = value.trim().split_once(' ').unwrap_or((value.trim(), "asc"));
                if !knows(kind.properties, property) {
                    return Err(no_property(kind, property));
                }
                self.order = Some((property.to_owned(), direction.trim().eq_ignore_ascii_case("desc")));
            }
            "$search" => self.search = read_search(value)?,
            "$skiptoken" => (self.skip, self.after) = read_skip_token(value)?,
            _ => {}
        }
        Ok(())
    }

    /// Advanced queries need a header and a count (facts sheet, Microsoft 3, «Users»).
    fn check_advanced(&self, request: &Request, kind: &Kind) -> Result<(), Failure> {
        let eventual = request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
        let header = "A custom query option requires the header 'ConsistencyLevel: eventual' and $count=true.";
        if self.count && !eventual {
            return Err(unsupported("$count is not currently supported."));
        }
        if !self.search.is_empty() && !eventual {
            return Err(unsupported(
                "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
            ));
        }
        if self.filter.is_some() && self.order.is_some() && !(eventual && self.count) {
            return Err(unsupported("Sorting not supported for current query."));
        }
        let Some(filter) = &self.filter else { return Ok(()) };
        if eventual && self.count {
            return Ok(());
        }
        for test in filter.tests() {
            match test.operator {
                Operator::NotEqual | Operator::EndsWith => return Err(unsupported(header)),
                _ if knows(kind.advanced, &test.property) => {
                    return Err(unsupported_clause(kind, &test.property));
                }
                _ => {}
            }
        }
        if filter.negates() { Err(unsupported(header)) } else { Ok(()) }
    }

    /// Whether a row fits.
    pub(super) fn fits(&self, row: &Value) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.fits(row))
            && (self.search.is_empty() || self.search.iter().any(|clause| found(row, clause)))
    }

    /// Whether a row cannot fit, as far as the texts tell that are at hand before it is made.
    pub(super) fn excludes<'v>(&self, text: &impl Fn(&str) -> Option<&'v str>) -> bool {
        let misses = |clause: &String| {
            let told = clause.split_once(':').and_then(|(property, wanted)| Some((text(property)?, wanted)));
            told.is_some_and(|(value, wanted)| !begins(value, wanted))
        };
        self.filter.as_ref().is_some_and(|filter| filter.excludes(text))
            || (!self.search.is_empty() && self.search.iter().all(misses))
    }

    /// The texts one of which every row that fits has as its id or as an address, where the filter says so.
    pub(super) fn pinned(&self) -> Option<Vec<String>> {
        let of = |test: &Test| match (test.property.as_str(), &test.literal) {
            ("id" | "mail" | "userPrincipalName" | "mailNickname" | "displayName", Value::String(text)) => {
                Some(text.clone())
            }
            ("proxyAddresses", Value::String(text)) => {
                Some(text.split_once(':').map_or(text.as_str(), |(_, address)| address).to_owned())
            }
            _ => None,
        };
        self.filter.as_ref()?.pinned(&of)
    }

    /// The rows that fit, in order.
    pub(super) fn matching(&self, rows: Vec<Value>) -> Vec<Value> {
        let mut rows: Vec<Value> = rows.into_iter().filter(|row| self.fits(row)).collect();
        if let Some((property, descending)) = &self.order {
            let key = |row: &Value| row.get(property).and_then(Value::as_str).unwrap_or_default().to_lowercase();
            rows.sort_by(|a, b| {
                let order: Ordering = key(a).cmp(&key(b));
                if *descending { order.reverse() } else { order }
            });
        }
        rows
    }

    /// One page of the rows that fit, with a link to the next one.
    pub(super) fn page(&self, rows: Vec<Value>, kind: &Kind, request: &Request, moment: &Moment) -> Reply {
        let rows = self.matching(rows);
        let total = rows.len();
        let size = self.top.unwrap_or(PAGE);
        let page: Vec<Value> = rows.into_iter().skip(self.skip).take(size).map(|row| self.project(row, kind)).collect();
        let mut body = Map::new();
        body.insert("@odata.context".to_owned(), self.context(kind, false).into());
        if self.count {
            body.insert("@odata.count".to_owned(), total.into());
        }
        if self.skip + size < total {
            body.insert("@odata.nextLink".to_owned(), next_link(request, moment, self.skip + size).into());
        }
        body.insert("value".to_owned(), page.into());
        Reply::json(200, body.into())
    }

    /// One page of rows that come in the order of their ids and are made one by one: `rows` gives those after an id.
    pub(super) fn page_by_id<R>(
        &self,
        rows: impl Fn(&str) -> R,
        kind: &Kind,
        request: &Request,
        moment: &Moment,
    ) -> Reply
    where
        R: Iterator<Item = Value>,
    {
        if self.order.is_some() {
            return self.page(rows("").collect(), kind, request, moment);
        }
        let size = self.top.unwrap_or(PAGE);
        let mut body = Map::new();
        body.insert("@odata.context".to_owned(), self.context(kind, false).into());
        if self.count && self.after.is_empty() {
            // The vendor counts on the first page only.
            body.insert("@odata.count".to_owned(), rows("").filter(|row| self.fits(row)).count().into());
        }
        let mut page = Vec::new();
        let mut last = String::new();
        for row in rows(&self.after).filter(|row| self.fits(row)) {
            if page.len() == size {
                body.insert("@odata.nextLink".to_owned(), link_to(request, moment, &format!("after {last}")).into());
                break;
            }
            row["id"].as_str().unwrap_or_default().clone_into(&mut last);
            page.push(self.project(row, kind));
        }
        body.insert("value".to_owned(), page.into());
        Reply::json(200, body.into())
    }

    /// One row.
    pub(super) fn single(&self, row: Value, kind: &Kind) -> Reply {
        let mut body = Map::new();
        body.insert("@odata.context".to_owned(), self.context(kind, true).into());
        if let Value::Object(row) = self.project(row, kind) {
            body.extend(row);
        }
        Reply::json(200, body.into())
    }

    fn context(&self, kind: &Kind, single: bool) -> String {
        let select = self.select.as_ref().map(|names| format!("({})", names.join(","))).unwrap_or_default();
        let entity = if single { "/$entity" } else { "" };
        format!("https://graph.microsoft.com/v1.0/$metadata#{}{select}{entity}", kind.set)
    }

    /// The row with the properties that were asked for, or the default ones.
    pub(super) fn project(&self, row: Value, kind: &Kind) -> Value {
        let Value::Object(row) = row else { return row };
        let wanted = |name: &str| {
            if name.starts_with('@') || self.expand.iter().any(|expanded| expanded == name) {
                return true;
            }
            match &self.select {
                Some(names) => names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name) || wanted == "*"),
                None => kind.default.is_empty() || kind.default.contains(&name),
            }
        };
        Value::Object(row.into_iter().filter(|(name, _)| wanted(name)).collect())
    }

    /// Bounds the number of rows on a page.
    pub(super) fn at_most(&mut self, rows: usize) {
        self.top = self.top.map(|top| top.min(rows));
    }

    /// Whether a property was asked for by name.
    pub(super) fn selects(&self, name: &str) -> bool {
        self.select.as_ref().is_some_and(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
    }

    /// Whether a property is in the filter.
    pub(super) fn filters_by(&self, name: &str) -> bool {
        self.filter.as_ref().is_some_and(|filter| {
            filter
                .tests()
                .iter()
                .any(|test| test.property.split('/').next().is_some_and(|p| p.eq_ignore_ascii_case(name)))
        })
    }
}

/// The names in an `$expand`, without what they have in brackets.
fn expanded(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let mut names = vec![String::new()];
    for c in text.chars() {
        match (c, names.last_mut()) {
            ('(', _) => depth += 1,
            (')', _) => depth = depth.saturating_sub(1),
            (',', _) if depth == 0 => names.push(String::new()),
            (c, Some(name)) if depth == 0 => name.push(c),
            _ => {}
        }
    }
    names.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn knows(names: &[&str], name: &str) -> bool {
    let first = name.split('/').next().unwrap_or(name);
    names.iter().any(|known| known.eq_ignore_ascii_case(first))
}

fn no_property(kind: &Kind, name: &str) -> Failure {
    failure(
        400,
        "BadRequest",
        format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{}'.",
            kind.name
        ),
    )
}

fn unsupported_clause(kind: &Kind, property: &str) -> Failure {
    unsupported(format!(
        "Unsupported or invalid query filter clause specified for property '{property}' of resource '{}'.",
        kind.resource
    ))
}

fn read_filter(text: &str, kind: &Kind) -> Result<Condition, Failure> {
    let condition = condition::odata(text)
        .ok_or_else(|| failure(400, "BadRequest", format!("Invalid filter clause: syntax error in '{text}'.")))?;
    for test in condition.tests() {
        if !knows(kind.properties, &test.property) {
            let name = &test.property;
            let text =
                format!("Invalid filter clause: Could not find a property named '{name}' on type '{}'.", kind.name);
            return Err(failure(400, "BadRequest", text));
        }
        if !knows(kind.filterable, &test.property) && !knows(kind.advanced, &test.property) {
            return Err(unsupported_clause(kind, &test.property));
        }
        let list = [
            "proxyAddresses",
            "otherMails",
            "groupTypes",
            "assignedLicenses",
            "supportedServices",
            "methodsRegistered",
        ];
        if knows(&list, &test.property) != test.any {
            return Err(unsupported_clause(kind, &test.property));
        }
    }
    Ok(condition)
}

/// `"displayName:ana" OR "mail:ana"`
fn read_search(text: &str) -> Result<Vec<String>, Failure> {
    let clauses: Vec<&str> = text.split(" OR ").map(str::trim).collect();
    let quoted =
        |clause: &str| clause.len() > 2 && clause.starts_with('"') && clause.ends_with('"') && clause.contains(':');
    if clauses.iter().all(|clause| quoted(clause)) {
        return Ok(clauses.iter().map(|clause| clause.trim_matches('"').to_owned()).collect());
    }
    Err(failure(
        400,
        "BadRequest",
        format!("Syntax error in $search: '{text}'. A clause is of the form \"property:text\"."),
    ))
}

fn found(row: &Value, clause: &str) -> bool {
    let Some((property, text)) = clause.split_once(':') else { return false };
    begins(row.get(property).and_then(Value::as_str).unwrap_or_default(), text)
}

/// Whether a text or one of its words begins with another one.
fn begins(value: &str, text: &str) -> bool {
    let (value, text) = (value.to_lowercase(), text.to_lowercase());
    value.starts_with(&text) || value.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&text))
}

/// How many rows to leave out, or the id to go on after.
fn read_skip_token(token: &str) -> Result<(usize, String), Failure> {
    let decoded = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    if decoded.as_ref().is_some_and(|text| text.starts_with("delta ")) {
        // A delta query's own token, which it reads by itself.
        return Ok((0, String::new()));
    }
    let position = decoded.and_then(|text| match text.split_once(' ')? {
        ("skip", number) => Some((number.parse().ok()?, String::new())),
        ("after", id) => Some((0, id.to_owned())),
        _ => None,
    });
    position.ok_or_else(|| failure(400, "Directory_ExpiredPageToken", "Specified page token value has expired."))
}

/// The same request's link with so many rows left out.
fn next_link(request: &Request, moment: &Moment, position: usize) -> String {
    link_to(request, moment, &format!("skip {position}"))
}

/// The same request's link from another position on.
fn link_to(request: &Request, moment: &Moment, position: &str) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in request.query_pairs() {
        if name != "$skiptoken" {
            pairs.append_pair(&name, &value);
        }
    }
    pairs.append_pair("$skiptoken", &URL_SAFE_NO_PAD.encode(position));
    format!("{}{}?{}", moment.root, request.path, pairs.finish().replace("%24", "$"))
}

/// A reference to an object, which is all that a list of directory objects tells about each.
pub(super) fn reference(id: &str, kind: &str) -> Value {
    json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id})
}
