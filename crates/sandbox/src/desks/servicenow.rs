//! ServiceNow's Table API as far as requested items go (ServiceNow, REST API reference, «Table API», «Service Catalog
//! API», «Inbound REST API rate limiting»).
//!
//! Who calls signs in by HTTP Basic with a user name and the password `sandbox`; the address is NAME@contoso.com.
//! Accounts whose name begins with `itil` or `tripod` work on items; others order them, and approve what they are asked
//! to approve. An account whose name begins with `left` is deactivated, and one that begins with `admin` may also answer for
//! an approver. Closing an item (state 3, 4 or 7) makes it inactive.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::table::{Rows, Table};
use crate::wire::{Moment, Reply, Request};

type Answer = Result<Reply, Reply>;
/// A row's columns, dot-walked ones included as they were when the row was made.
type Row = BTreeMap<String, String>;

/// The tables that are there.
const TABLES: [&str; 5] =
    ["sc_req_item", "sc_item_option_mtom", "sc_item_option", "sysapproval_approver", "sys_journal_field"];

/// An instance of ServiceNow. Rows are by table and sys_id, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct ServiceNow {
    rows: Table<Row>,
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"error": {"message": message, "detail": null}, "status": "failure"}))
}

pub(super) fn throttled(moment: &mut Moment) -> Reply {
    let wait = moment.random.u32(1..=60);
    let reset = moment.now.as_second() + i64::from(wait);
    error(429, "Rate limit exceeded")
        .header("retry-after", wait.to_string())
        .header("x-ratelimit-limit", "500")
        .header("x-ratelimit-reset", reset.to_string())
}

pub(super) fn unavailable() -> Reply {
    error(503, "Service Unavailable")
}

fn missing() -> Reply {
    error(404, "No Record found")
}

fn denied() -> Reply {
    error(403, "Operation Failed: ACL restricts the record retrieval")
}

fn works(who: &str) -> bool {
    ["itil", "tripod", "admin"].iter().any(|name| who.starts_with(name))
}

fn caller(request: &Request) -> Result<String, Reply> {
    let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let pair = basic.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    match pair.as_deref().and_then(|pair| pair.rsplit_once(':')) {
        Some((name, "sandbox")) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(error(401, "User Not Authenticated")),
    }
}

fn body(request: &Request) -> Result<Map<String, Value>, Reply> {
    match request.json() {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(error(400, "Exception while reading request")),
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A row's columns as a reply shows them: those that were asked for and are there.
fn shown(request: &Request, row: &Row) -> Value {
    let asked = request.query_value("sysparm_fields").unwrap_or_default();
    let asked: Vec<&str> = asked.split(',').filter(|name| !name.is_empty()).collect();
    let columns = row.iter().filter(|(name, _)| asked.is_empty() || asked.contains(&name.as_str()));
    columns.map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect::<Map<_, _>>().into()
}

/// Whether a row fits an encoded query: conditions `column=value` joined by `^`; ordering is by age as it is.
fn fits(query: &str, row: &Row) -> bool {
    let conditions = query.split('^').filter(|part| !part.starts_with("ORDERBY"));
    // What is no condition on a column that is there is ignored, as the instance does by default.
    conditions.filter_map(|part| part.split_once('=')).all(|(name, value)| row.get(name).is_none_or(|has| has == value))
}

impl ServiceNow {
    pub(super) fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        vec![("servicenow/rows".to_owned(), &mut self.rows)]
    }

    pub(super) fn answer(&mut self, request: &Request, moment: &Moment) -> Reply {
        self.route(request, moment).unwrap_or_else(|refusal| refusal)
    }

    fn route(&mut self, request: &Request, moment: &Moment) -> Answer {
        let who = caller(request)?;
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["api", "sn_sc", "servicecatalog", "items", item, "order_now"]) => {
                self.order(item, request, &who, moment)
            }
            (_, ["api", "now", "table", table, ..]) if !TABLES.contains(table) => {
                Err(error(400, &format!("Invalid table {table}")))
            }
            ("GET", ["api", "now", "table", table]) => {
                if !works(&who) {
                    return Err(denied());
                }
                Ok(self.list(table, request))
            }
            ("POST", ["api", "now", "table", "sysapproval_approver"]) => self.ask_approver(request, &who, moment),
            (
                "PATCH",
                ["api", "now", "table", table @ ("sc_req_item" | "sc_item_option" | "sysapproval_approver"), id],
            ) => self.change(table, id, request, &who, moment),
            _ => Err(missing()),
        }
    }

    fn list(&self, table: &str, request: &Request) -> Reply {
        let number = |name: &str, default: usize| {
            request.query_value(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(default)
        };
        let query = request.query_value("sysparm_query").unwrap_or_default();
        let prefix = format!("{table}/");
        let rows: Vec<&Row> =
            self.rows.with_prefix(&prefix).map(|(_, row)| row).filter(|row| fits(&query, row)).collect();
        let (offset, limit) = (number("sysparm_offset", 0), number("sysparm_limit", 10_000));
        let page: Vec<Value> = rows.iter().skip(offset).take(limit).map(|row| shown(request, row)).collect();
        Reply::json(200, json!({"result": page})).header("x-total-count", rows.len().to_string())
    }

    /// Puts a row into a table and gives its sys_id, which goes up.
    fn put(&mut self, table: &str, row: Row, who: &str, moment: &Moment) -> String {
        let id = format!("{:032x}", self.rows.len() + 1);
        let mut row = row;
        row.insert("sys_id".to_owned(), id.clone());
        row.insert("sys_created_by".to_owned(), who.to_owned());
        row.insert("sys_created_on".to_owned(), time(moment.now));
        row.insert("sys_updated_by".to_owned(), who.to_owned());
        row.insert("sys_updated_on".to_owned(), time(moment.now));
        self.rows.insert(format!("{table}/{id}"), row);
        id
    }

    /// «Order now» of the Service Catalog API. What the item asks for stands in `variables`.
    fn order(&mut self, item: &str, request: &Request, who: &str, moment: &Moment) -> Answer {
        let body = body(request)?;
        let variables = body.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
        let count = self.rows.with_prefix("sc_req_item/").count() + 1;
        let number = format!("RITM{count:07}");
        let row = [
            ("number", number.as_str()),
            ("cat_item", item),
            ("active", "true"),
            ("state", "1"),
            ("opened_by.user_name", who),
            ("opened_by.name", who),
            ("opened_by.email", &format!("{who}@contoso.com")),
            ("u_tripod_plan", ""),
        ];
        let row = row.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let id = self.put("sc_req_item", row, who, moment);
        for (name, value) in variables {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let option = BTreeMap::from([("value".to_owned(), text.clone())]);
            let option = self.put("sc_item_option", option, who, moment);
            let row = [
                ("request_item", id.clone()),
                ("sc_item_option", option),
                ("sc_item_option.item_option_new.name", name),
                ("sc_item_option.value", text),
            ];
            self.put("sc_item_option_mtom", row.map(|(name, value)| (name.to_owned(), value)).into(), who, moment);
        }
        Ok(Reply::json(200, json!({"result": {"sys_id": id, "number": number}})))
    }

    fn ask_approver(&mut self, request: &Request, who: &str, moment: &Moment) -> Answer {
        if !works(who) {
            return Err(denied());
        }
        let body = body(request)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let approver = text("approver");
        let row = [
            ("sysapproval", text("sysapproval")),
            ("state", "requested".to_owned()),
            ("approver.user_name", approver.clone()),
            ("approver.name", format!("The approver {approver}")),
            ("approver.active", (!approver.starts_with("left")).to_string()),
            ("approver.email", format!("{approver}@contoso.com")),
        ];
        let id =
            self.put("sysapproval_approver", row.map(|(name, value)| (name.to_owned(), value)).into(), who, moment);
        Ok(Reply::json(201, json!({"result": {"sys_id": id}})))
    }

    fn change(&mut self, table: &str, id: &str, request: &Request, who: &str, moment: &Moment) -> Answer {
        let body = body(request)?;
        let key = format!("{table}/{id}");
        let row = self.rows.get(&key).ok_or_else(missing)?;
        // An approver answers for themselves; that somebody else comments on it is possible.
        let own = row.get("approver.user_name").is_some_and(|approver| approver == who);
        if !works(who) && !own
            || body.contains_key("state") && table == "sysapproval_approver" && !own && !who.starts_with("admin")
        {
            return Err(denied());
        }
        for name in ["comments", "work_notes"] {
            if let Some(text) = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) {
                let entry = [("element_id", id), ("element", name), ("value", text)];
                let entry = entry.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
                self.put("sys_journal_field", entry, who, moment);
            }
        }
        let row = self.rows.get_mut(&key).ok_or_else(missing)?;
        row.insert("sys_updated_by".to_owned(), who.to_owned());
        row.insert("sys_updated_on".to_owned(), time(moment.now));
        for (name, value) in &body {
            // Columns that the table does not have are left out without a word.
            let systems = name.starts_with("sys_");
            if let (Some(column), Some(text), false) = (row.get_mut(name), value.as_str(), systems) {
                text.clone_into(column);
            }
        }
        if table == "sc_req_item" && row.get("state").is_some_and(|state| matches!(state.as_str(), "3" | "4" | "7")) {
            row.insert("active".to_owned(), "false".to_owned());
        }
        let value = row.get("value").cloned();
        let row = shown(request, row);
        if let ("sc_item_option", Some(value)) = (table, value) {
            self.set_variable(id, &value);
        }
        Ok(Reply::json(200, json!({"result": row})))
    }

    /// A variable is shown through the row that joins it to its item.
    fn set_variable(&mut self, option: &str, value: &str) {
        let joins = |row: &Row| row.get("sc_item_option").is_some_and(|joined| joined == option);
        let found = self.rows.with_prefix("sc_item_option_mtom/").find(|(_, row)| joins(row));
        let key = found.map(|(key, _)| key.to_owned());
        if let Some(row) = key.and_then(|key| self.rows.get_mut(&key)) {
            row.insert("sc_item_option.value".to_owned(), value.to_owned());
        }
    }
}
